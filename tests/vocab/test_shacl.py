"""The compiler of shapes: nothing in a shape is skipped, and no record makes it work for long."""

from decimal import Decimal

import pytest

from vocab import graph, lines
from vocab.errors import BadShapes
from vocab.lines import Literal
from vocab.shacl.shapes import Rules, compile_rules
from vocab.shacl.values import FORMS, rank
from vocab.terms import CN, PROV, RDF_TYPE, XSD, XSD_DATETIME
from vocab.validation import validate

PREFIXES = (
    "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix ex: <https://x.example/> . "
    "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . "
)
RECORD = "https://lab.example/experiments/knot"


def rules(shape: str) -> Rules:
    return compile_rules(graph.written(f"{PREFIXES} {shape}".encode()))


def faults(shape: str, *rows: tuple[str, str]) -> int:
    said = [("<https://x.example/a>", f"<https://x.example/{name}>", value) for name, value in rows]
    return len(
        rules(f"ex:S a sh:NodeShape ; sh:targetClass ex:C ; {shape} .").judge(
            [*said, ("<https://x.example/a>", f"<{RDF_TYPE}>", "<https://x.example/C>")]
        )
    )


@pytest.mark.parametrize(
    "shape",
    [
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:closed true .",
        "ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:deactivated true .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:minCount 1 .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:severity sh:Info .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:node ex:Missing .",
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:node ex:S .",
        "ex:S a sh:PropertyShape ; sh:path [ sh:zeroOrMorePath ex:p ] ; sh:minCount 1 .",
        "ex:S a sh:PropertyShape ; sh:path ex:p ; sh:pattern 'a' ; sh:flags 'i' .",
        "ex:S a sh:PropertyShape ; sh:path ex:p ; sh:pattern '(' .",
        "ex:S a sh:PropertyShape ; sh:path ex:p ; sh:datatype xsd:gMonthDay .",
        "ex:S a sh:PropertyShape ; sh:path ex:p ; sh:nodeKind sh:BlankNode .",
        "ex:S a sh:PropertyShape ; sh:path ex:p ; sh:maxCount 'two' .",
        "ex:S a sh:PropertyShape ; sh:path ex:p ; sh:in ex:NoList .",
        "ex:S a sh:PropertyShape ; sh:path ex:p ; sh:qualifiedMinCount 1 .",
    ],
)
def test_a_rule_that_is_not_understood_is_refused_and_never_skipped(shape: str) -> None:
    with pytest.raises(BadShapes):
        rules(shape)


def test_a_pattern_ends_where_the_text_ends() -> None:
    shape = "sh:property [ sh:path ex:p ; sh:pattern '^[0-9]+$' ]"

    assert faults(shape, ("p", '"12"')) == 0
    assert faults(shape, ("p", '"12\\n"')) == 1


def test_exactly_one_of_several_shapes_and_all_of_them_are_understood() -> None:
    digits, letters = "[ sh:pattern '[0-9]' ]", "[ sh:pattern '[a-z]' ]"
    one = f"sh:property [ sh:path ex:p ; sh:xone ( {digits} {letters} ) ]"
    both = f"sh:property [ sh:path ex:p ; sh:and ( {digits} {letters} ) ]"

    assert [faults(one, ("p", f'"{text}"')) for text in ("1", "a", "1a")] == [0, 0, 1]
    assert [faults(both, ("p", f'"{text}"')) for text in ("1", "a", "1a")] == [1, 1, 0]


def test_a_value_that_was_good_beside_another_is_not_good_beside_every_one() -> None:
    judged = rules(
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; "
        "sh:property [ sh:path ex:p ; sh:or ( [ sh:nodeKind sh:Literal ; sh:maxLength 3 ] "
        "[ sh:in ( ex:z ) ] ) ; sh:lessThan ex:q ] ; "
        "sh:property [ sh:path ex:r ; sh:maxCount 1 ; sh:node ex:Named ] . "
        "ex:Named sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:minLength 2 ] ."
    )

    def found(*rows: str) -> int:
        said = [row.split(" ") for row in ("a type C", *rows)]
        return len(judged.judge([(_of(one), _of(two), _of(three)) for one, two, three in said]))

    for _ in range(2):
        assert found("a p 'b'", "a q 'c'") == 0
        assert found("a p 'b'", "a q 'a'") == 1
        assert found("a p 'long'", "a q 'm'") == 1
        assert found("a r d", "d name 'it'") == 0
        assert found("a r d", "d name 'i'") == 1
        assert found("a r d") == 1
        assert found("a r d", "a r e", "d name 'it'", "e name 'at'") == 1


def _of(word: str) -> str:
    if word.startswith("'"):
        return word.replace("'", '"')
    return f"<{RDF_TYPE}>" if word == "type" else f"<https://x.example/{word}>"


def test_what_a_record_puts_below_a_class_is_judged_as_one_of_it() -> None:
    below = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
    made = rules(
        "ex:S a sh:NodeShape ; sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:minCount 1 ] ."
    )

    found = made.judge(
        [
            ("<https://x.example/D>", below, "<https://x.example/C>"),
            ("<https://x.example/a>", f"<{RDF_TYPE}>", "<https://x.example/D>"),
        ]
    )

    assert [each.focus for each in found] == ["<https://x.example/a>"]


@pytest.mark.parametrize(
    ("earlier", "later", "datatype"),
    [
        ("2020-02-28", "2020-02-29", "date"),
        ("-0001", "0001", "gYear"),
        ("2019-12", "2020-01", "gYearMonth"),
        ("2020-01-01T00:30:00+01:00", "2020-01-01T00:00:00Z", "dateTime"),
        ("2019-12-31T24:00:00Z", "2020-01-01T00:00:00.000000001Z", "dateTime"),
        ("-0.5", "+.25", "decimal"),
    ],
)
def test_values_are_put_in_order_by_what_they_mean(earlier: str, later: str, datatype: str) -> None:
    first, second = (rank(lines.term(Literal(each, XSD + datatype))) for each in (earlier, later))

    assert first is not None
    assert second is not None
    assert first < second


@pytest.mark.parametrize(
    ("text", "datatype"),
    [
        ("2019-02-29", XSD + "date"),
        ("2019-04-31T10:00:00Z", XSD_DATETIME),
        ("2019-04-30T24:00:01Z", XSD_DATETIME),
        ("2019-04-30T10:00:00+15:00", XSD_DATETIME),
        ("٢٠١٩", XSD + "gYear"),
        ("1" * 200, XSD + "gYear"),
        ("P", XSD + "duration"),
        ("P1DT", XSD + "duration"),
        ("1.", XSD + "integer"),
        (".", XSD + "decimal"),
        ("TRUE", XSD + "boolean"),
    ],
)
def test_what_no_datatype_allows_is_not_taken_for_a_value(text: str, datatype: str) -> None:
    assert not FORMS[datatype](text)
    assert rank(lines.term(Literal(text, datatype))) is None


def test_a_number_of_fifty_thousand_digits_is_compared_whole() -> None:
    assert rank(f'"{"9" * 50_000}"^^<{XSD}integer>') == ("number", Decimal("9" * 50_000))


def test_a_record_knotted_on_purpose_is_refused_by_itself() -> None:
    parts = [f"{RECORD}#step-{number}" for number in range(600)]
    rows = [lines.line(RECORD, CN + "transition", lines.Iri(part)) for part in parts]
    rows += [lines.line(parts[0], PROV + "wasInformedBy", lines.Iri(part)) for part in parts[1:]]
    date = "http://purl.org/dc/terms/date"
    rows += [lines.line(parts[0], date, Literal(str(year))) for year in range(600)]

    found = validate({RECORD: lines.canonical(rows)})

    assert [each.rule for each in found[RECORD]] == ["knotted"]
    assert set(found[RECORD][0].messages) == {"en", "it", "fr", "de", "es"}
