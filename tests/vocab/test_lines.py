"""Canonical lines: others read what we write; what they might read differently is refused."""

import re
import time

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vocab.generated import texts
from vocab import lines
from vocab.errors import BadTerm, NotCanonical
from vocab.lines import Iri, Literal
from vocab.terms import RDF_LANGSTRING, XSD_STRING

A, B = "https://a.example/x", "https://a.example/says"
XSD_DATE = "http://www.w3.org/2001/XMLSchema#date"

tags = st.from_regex(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8}){0,3}", fullmatch=True)
iris = st.one_of(
    st.from_regex(r"[a-zA-Z][a-z0-9+.\-]{0,5}:(//)?[!-~\u00a0-\uffff]{0,30}", fullmatch=True),
    st.text(max_size=20).map("https://city.example/".__add__),
    st.text("[]:0123456789abcdef./@?#%", max_size=20).map("http://".__add__),
)


def parsed(row: str) -> list[ox.Quad]:
    return list(ox.parse(row.encode(), format=ox.RdfFormat.N_QUADS))


def rewritten(row: str) -> str:
    return ox.serialize(parsed(row), format=ox.RdfFormat.N_QUADS).decode()


@given(texts, st.sampled_from([None, "it", "pt-br", "zh-hans-cn"]))
@settings(deadline=None)
def test_text_comes_back_and_is_written_as_another_library_writes_it(
    text: str, language: str | None
) -> None:
    row = lines.line(A, B, Literal(text, language=language))

    assert rewritten(row) == row + "\n"
    [triple] = lines.triples(lines.canonical([row]))
    assert isinstance(triple.object, Literal)
    assert triple.object.value == text
    assert triple.object.language == language
    assert lines.term(triple.object) == lines.check_triple(row)[2]


@given(iris)
@settings(deadline=None)
def test_an_iri_that_may_be_written_is_read_unchanged_by_another_library(value: str) -> None:
    try:
        written = lines.iri(value)
    except BadTerm:
        return

    row = f"{written} <urn:p> {written} ."
    assert rewritten(row) == row + "\n"
    assert lines.check_triple(row) == (written, "<urn:p>", written)


@given(tags)
@settings(deadline=None)
def test_a_tag_that_may_be_written_is_read_unchanged_by_another_library(tag: str) -> None:
    try:
        row = lines.line(A, B, Literal("x", language=tag))
    except BadTerm:
        return

    assert rewritten(row) == row + "\n"
    assert row.endswith(f"@{tag.lower()} .")


@given(st.lists(st.tuples(texts, st.sampled_from([None, "it"]))))
@settings(deadline=None)
def test_a_payload_splits_into_the_lines_it_was_made_of(
    found: list[tuple[str, str | None]],
) -> None:
    rows = {lines.line(A, B, Literal(text, language=language)) for text, language in found}

    payload = lines.canonical(rows)

    assert lines.rows(payload) == sorted(rows)
    assert lines.canonical(lines.rows(payload)) == payload
    assert len(list(lines.triples(payload))) == len(rows)


@given(st.text('<>"\\@^_:.#ab \u2028u0', max_size=40).map(lambda text: f'<{A}> <{B}> "{text}'))
@settings(deadline=None)
def test_what_passes_as_a_canonical_line_is_canonical_for_another_library(row: str) -> None:
    try:
        lines.check_triple(row)
    except NotCanonical:
        return

    assert rewritten(row) == row + "\n"


@pytest.mark.parametrize(
    "value",
    [
        "https://city.example/experiments/città-1",
        "urn:uuid:0",
        "mailto:a@b.example",
        "http://[::1]:8101/",
        "http://[fe80::1:2]/x",
        "http://h:80",
        "http://h?q=a?b",
        "http://h/#frag/?x",
        "tag:a,2000:b",
        "did:web:city.example%3A8101#key",
        "http://h/%C3%A0",
    ],
)
def test_writes_ordinary_iris(value: str) -> None:
    assert lines.iri(value) == f"<{value}>"
    assert parsed(f"<{value}> <urn:p> <urn:o> .")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "/path",
        "//host/x",
        "http://a/ b",
        "http://a/%zz",
        "http://a/[x]",
        "http://a:x/",
        "http://a/#b#c",
        "http://u:p@h/",
        "http://a/\ue000",
        "http://a/\ufdd0",
        "http://a/\ud800",
        "http://a/\u0085",
        "http://a/\\u0041",
        "http://a/>",
        "http://a/<",
        'http://a/"',
        "http://a/{x}",
        "http://a/a|b",
        "http://[zz]/",
        "http://[::1/",
        "1:a",
        "http://[1:2:3:4:5:6:7:8:9]/",
        "http://a/\n",
        "http://a/`",
    ],
)
def test_refuses_what_is_no_absolute_iri(value: str) -> None:
    with pytest.raises(BadTerm, match="not an absolute IRI"):
        lines.iri(value)


@pytest.mark.parametrize(
    "tag",
    ["", "i", "12", "it_IT", "en-", "en-x", "en--ltr", "en-us-latn", "i-klingon", "it\n", "en-a"],
)
def test_refuses_what_is_no_language_tag(tag: str) -> None:
    with pytest.raises(BadTerm, match="not a language tag"):
        lines.literal("x", language=tag)


def test_refuses_text_that_no_syntax_can_carry() -> None:
    with pytest.raises(BadTerm, match="surrogate"):
        lines.literal("a\ud800b")
    with pytest.raises(BadTerm, match="langString"):
        lines.literal("a", RDF_LANGSTRING)


@pytest.mark.parametrize(
    "row",
    [
        f'_:b <{B}> "x" .',
        f"<{A}> <{B}> _:b .",
        f"<{A}> _:b <{A}> .",
        "",
        " ",
        "# note",
        f'"x" <{B}> <{A}> .',
        f'<{A}> <{B}> "x"@IT .',
        f'<{A}> <{B}> "x"@it-IT .',
        f'<{A}> <{B}> "x"^^<{XSD_STRING}> .',
        f'<{A}> <{B}> "x" . ',
        f'<{A}> <{B}> "x"^^<{RDF_LANGSTRING}> .',
        f'<{A}> <{B}> "x".',
        f'<{A}>  <{B}> "x" .',
        f'<{A}>\t<{B}> "x" .',
        f'<{A}> <{B}> "x" .\r',
        f'<{A}> <{B}> "x\r" .',
        f'<{A}> <{B}> "x\t" .',
        f'<{A}> <{B}> "\\u0041" .',
        f'<{A}> <{B}> "\\u000A" .',
        f'<{A}> <{B}> "\\u00e0" .',
        f'<{A}> <{B}> "\\U0001F600" .',
        f'<{A}> <{B}> "\\\'" .',
        f'<{A}> <{B}> "\\u001f" .',
        f'<{A}> <{B}> "x" <{A}> .',
        f'<{A}> <{B}> "x" . # note',
        f'<{A}> <{B}> "a"b" .',
        f"<{A}> <{B}> 'x' .",
        f"<{A}> <{B}> 1 .",
        "<x> <y> <z> .",
        f"<{A}\\u0041> <{B}> <{A}> .",
        f'<{A}> <{B}> "x"@en--ltr .',
        f"<{A}> <{B}> <<( <{A}> <{B}> <{A}> )>> .",
        f'<{A}> <{B}> "\x7f" .',
        f'<{A}> <{B}> "\uffff" .',
        f"<{A}> <{B}> <{A}> .\n",
    ],
)
def test_refuses_lines_in_any_other_form(row: str) -> None:
    with pytest.raises(NotCanonical):
        lines.check_triple(row)
    with pytest.raises(NotCanonical):
        lines.check_quad(row.removesuffix(" .") + f" _:{A}> .")

    with pytest.raises(NotCanonical):
        lines.check(f"{row}\n".encode())


rows_of_all_sorts = st.one_of(
    st.text('<>"\\@^_:.#ab \u2028\ue000u0', max_size=30).map(lambda text: f'<{A}> <{B}> "{text}'),
    iris.map(lambda iri: f"<{iri}> <{B}> <{A}> ."),
    st.builds(
        lambda text, kind: lines.line(A, B, Literal(text)).removesuffix(" .") + kind,
        texts,
        st.sampled_from([" .", "@it .", f"^^<{XSD_STRING}> .", f"^^<{XSD_DATE}> .", "@IT ."]),
    ),
)


@given(st.lists(rows_of_all_sorts, max_size=4))
@settings(deadline=None)
def test_a_whole_record_is_held_to_the_form_as_its_lines_are(found: list[str]) -> None:
    rows = sorted({each for each in found if "\n" not in each})
    try:
        payload = lines.canonical(rows)
        said = [lines.check_triple(row) for row in rows]
    except (NotCanonical, UnicodeEncodeError):
        said = None

    for _ in range(2):  # what passed once is remembered
        if said is None:
            with pytest.raises((NotCanonical, UnicodeEncodeError)):
                lines.split(lines.canonical(rows))
        else:
            assert lines.split(payload) == said


def test_text_that_looks_like_syntax_is_only_text() -> None:
    for text in (
        f"^^<{XSD_STRING}>",
        f'"^^<{XSD_STRING}>',
        '"@it .',
        "<urn:x>",
        "\\u0041",
        "_:b",
        "\u2028\u0085\x0b",
    ):
        [triple] = lines.triples(lines.canonical([lines.line(A, B, Literal(text))]))

        assert triple.object == Literal(text)


def test_a_quad_tells_its_four_terms() -> None:
    row = lines.in_graph(lines.line(A, B, Literal("x. y .", XSD_DATE)), "urn:g")

    assert lines.check_quad(row) == (f"<{A}>", f"<{B}>", f'"x. y ."^^<{XSD_DATE}>', "<urn:g>")
    with pytest.raises(NotCanonical):
        lines.check_triple(row)
    with pytest.raises(NotCanonical):
        lines.check_quad(lines.line(A, B, Iri(A)))


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"<urn:b> <urn:p> <urn:o> .\n<urn:a> <urn:p> <urn:o> .\n", "not sorted"),
        (b"<urn:a> <urn:p> <urn:o> .\n<urn:a> <urn:p> <urn:o> .\n", "twice"),
        (b"<urn:a> <urn:p> <urn:o> .", "no line feed"),
        (b"<urn:a> <urn:p> <urn:o> .\r\n", "not a canonical triple"),
        (b"<urn:a> <urn:p> <urn:o> .\n\n", "not sorted"),
        (b"\n", "not a canonical triple"),
        (b'<urn:a> <urn:p> "\xff" .\n', "not UTF-8"),
        (b'<urn:a> <urn:p> "\xed\xa0\x80" .\n', "not UTF-8"),
        (b"\xef\xbb\xbf<urn:a> <urn:p> <urn:o> .\n", "not a canonical triple"),
    ],
)
def test_refuses_bytes_that_are_not_the_canonical_form(payload: bytes, reason: str) -> None:
    with pytest.raises(NotCanonical, match=reason):
        list(lines.triples(payload))


def test_an_empty_payload_has_no_triples() -> None:
    assert list(lines.triples(b"")) == []


def test_the_length_of_the_input_bounds_the_work() -> None:
    million = 1_000_000
    rows = [
        lines.line(A, B, Literal("à" * million)),
        lines.line(A, B, Literal("\\\n" * (million // 2))),
        lines.line(A, B, Iri("https://a.example/" + "%41" * (million // 3))),
        lines.line(A, B, Literal("x", language="en" + "-abcdef" * (million // 7))),
    ]
    spoiled = [row[:-3] for row in rows] + ['"' * million, f'<{A}> <{B}> "' + "\\" * million]
    spoiled += [
        "<" + "a" * million,
        "<a://[" + ":" * million,
        f'<{A}> <{B}> "x"@' + "en-" * million,
    ]

    started = time.process_time()
    assert len(list(lines.triples(lines.canonical(rows)))) == len(rows)
    for row in spoiled:
        with pytest.raises(NotCanonical):
            lines.check_triple(row)
    with pytest.raises(NotCanonical):
        lines.parse_term('"' * million + re.escape("x"))

    assert time.process_time() - started < 5
