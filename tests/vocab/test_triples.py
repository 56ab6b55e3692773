"""A record becomes canonical triples and comes back whole."""

import re
from dataclasses import replace

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from pyld import jsonld

from tests.vocab.generated import BASE, full, records
from vocab import lines
from vocab.errors import BadTerm, NotARecord
from vocab.fields import Moment
from vocab.lines import Iri, Literal
from vocab.parts import Agent, Outcome, Partner, Place
from vocab.records import KINDS, Experiment, Record
from vocab.terms import CN, DCAT, DCTERMS, EU_LANGUAGE, EU_LICENCE, FOAF, RDF_TYPE, SCHEMES
from vocab.triples import from_payload, normalised, to_payload

SHUTTLE = Experiment(
    iri=f"{BASE}experiments/olli",
    identifier="torino-05",
    title={"it": "Navetta autonoma Olli", "en": "Olli, the driverless shuttle"},
    summary={"en": "A driverless shuttle on a campus."},
    description={"it": "Un minibus elettrico a guida autonoma nel campus ITC-ILO."},
    language="it",
    themes=(f"{SCHEMES}theme/mobility",),
    technologies=(f"{SCHEMES}technology/automated-driving",),
    keywords=(("it", "guida autonoma"),),
    stage=f"{SCHEMES}lifecycle/completed",
    status_word="conclusa",
    start=Moment(value="2020-01-16"),
    end=Moment(value="2020"),
    place=Place(name={"it": "Campus ITC-ILO"}, city="Torino", wkt="POINT(7.679 45.035)"),
    partners=tuple(Partner(name=f"Partner {number}") for number in range(1, 13)),
    outcome=Outcome(verdict=f"{SCHEMES}verdict/inconclusive", text={"it": "Quattro mesi."}),
    source_pages=("https://www.example.org/olli",),
    publisher=Agent(name="Città di Torino", homepage="https://www.comune.torino.it/"),
    contact="lab@torino.example",
    licence=EU_LICENCE + "CC_BY_4_0",
    issued="2026-11-22T10:00:00Z",
    modified="2026-11-22T10:00:00Z",
)


def without(payload: bytes, predicate: str) -> bytes:
    return lines.canonical(row for row in lines.rows(payload) if f" <{predicate}> " not in row)


def with_rows(payload: bytes, *rows: str) -> bytes:
    return lines.canonical([*lines.rows(payload), *rows])


@given(records)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_record_comes_back_from_its_triples(record: Record) -> None:
    payload = to_payload(record)

    assert from_payload(payload, record.iri) == normalised(record)
    assert to_payload(from_payload(payload, record.iri)) == payload
    assert normalised(normalised(record)) == normalised(record)


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_with_everything_comes_back_whole(kind: type[Record]) -> None:
    record = full(kind, f"{BASE}{kind.room}/x")

    payload = to_payload(record)

    assert from_payload(payload, record.iri) == normalised(record)
    subjects = {lines.check_triple(row)[0] for row in lines.rows(payload)}
    typed = {row.split(" ", 1)[0] for row in lines.rows(payload) if RDF_TYPE in row}
    assert subjects == typed


@given(records)
@settings(deadline=None)
def test_the_payload_is_what_two_other_libraries_call_canonical(record: Record) -> None:
    payload = to_payload(record)

    quads = set(ox.parse(payload, format=ox.RdfFormat.N_QUADS))
    assert len(quads) == len(lines.rows(payload))
    written = ox.serialize(quads, format=ox.RdfFormat.N_QUADS).decode()
    assert lines.canonical(written[:-1].split("\n")) == payload
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    again = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS).decode()
    assert lines.canonical(again[:-1].split("\n")) == payload

    assert pyld_canonical(payload) == payload


def pyld_canonical(payload: bytes) -> bytes:
    """Canonicalise with PyLD, from expanded JSON-LD: its N-Quads reader unescapes wrongly."""
    nodes = []
    for subject, predicate, value in lines.triples(payload):
        if isinstance(value, Iri):
            said = {"@id": value.value}
        elif value.language:
            said = {"@value": value.value, "@language": value.language}
        else:
            said = {"@value": value.value, "@type": value.datatype}
        nodes.append({"@id": subject, predicate: [said]})
    options = {"algorithm": "URDNA2015", "format": "application/n-quads"}
    found = jsonld.normalize(nodes, options)
    return lines.canonical(escaped(found)[:-1].split("\n"))


def escaped(text: str) -> str:
    """Escape what PyLD leaves raw although RDFC-1.0 asks for escapes: rare control characters."""
    names = {"\b": "\\b", "\f": "\\f"}
    return re.sub(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]",
        lambda found: names.get(found[0], f"\\u{ord(found[0]):04X}"),
        text,
    )


def test_partners_keep_the_order_the_city_gave() -> None:
    read = from_payload(to_payload(SHUTTLE), SHUTTLE.iri)

    assert [partner.name for partner in read.partners] == [f"Partner {n}" for n in range(1, 13)]


def test_unknown_statements_are_overlooked() -> None:
    payload = with_rows(
        to_payload(SHUTTLE),
        lines.line(SHUTTLE.iri, "https://later.example/costBand", Literal("B")),
        lines.line("https://else.example/x", DCTERMS + "title", Literal("no", language="it")),
        lines.line(SHUTTLE.iri, DCTERMS + "temporal", Literal("spring")),
        lines.line(SHUTTLE.iri + "#period", DCAT + "startDate", Literal("soon")),
    )

    assert from_payload(payload, SHUTTLE.iri) == normalised(SHUTTLE)


def test_of_two_texts_in_one_language_the_first_in_order_is_kept() -> None:
    payload = with_rows(
        to_payload(SHUTTLE),
        lines.line(SHUTTLE.iri, DCTERMS + "title", Literal("Aaa", language="it")),
        lines.line(SHUTTLE.iri, DCTERMS + "title", Literal("Zzz", language="it")),
    )

    assert from_payload(payload, SHUTTLE.iri).title["it"] == "Aaa"


def test_text_without_a_language_counts_as_the_language_of_the_record() -> None:
    payload = with_rows(
        without(to_payload(SHUTTLE), DCTERMS + "title"),
        lines.line(SHUTTLE.iri, DCTERMS + "title", Literal("Olli")),
    )

    assert from_payload(payload, SHUTTLE.iri).title == {"it": "Olli"}


@pytest.mark.parametrize(
    "name", ["identifier", "title", "description", "language", "publisher", "issued", "modified"]
)
def test_a_record_without_a_mandatory_property_is_refused_by_its_name(name: str) -> None:
    payload = without(to_payload(SHUTTLE), DCTERMS + name)

    with pytest.raises(NotARecord, match=name):
        from_payload(payload, SHUTTLE.iri)


@pytest.mark.parametrize(
    ("predicate", "reason"),
    [
        (DCTERMS + "license", "licence"),
        ("http://www.w3.org/ns/adms#status", "stage"),
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "cn:UrbanExperiment"),
        (FOAF + "name", "publisher has no name"),
    ],
)
def test_a_record_without_a_mandatory_part_is_refused_in_words(predicate: str, reason: str) -> None:
    with pytest.raises(NotARecord, match=reason):
        from_payload(without(to_payload(SHUTTLE), predicate), SHUTTLE.iri)


def test_only_what_is_mandatory_is_needed() -> None:
    bare = Experiment(
        iri=SHUTTLE.iri,
        identifier="1",
        title={"it": "x"},
        description={"it": "x"},
        language="it",
        stage=SHUTTLE.stage,
        publisher=Agent(name="Torino"),
        licence=SHUTTLE.licence,
        issued=SHUTTLE.issued,
        modified=SHUTTLE.modified,
    )

    assert from_payload(to_payload(bare), bare.iri) == bare
    empty_parts = replace(bare, place=Place(), outcome=Outcome(), partners=(Partner(name=""),))
    assert from_payload(to_payload(empty_parts), bare.iri) == empty_parts


def test_the_language_is_named_by_the_table_of_the_european_union() -> None:
    for tag, code in (("it", "ITA"), ("de-AT", "DEU"), ("vec", "VEC"), ("ita", "ITA")):
        payload = to_payload(replace(SHUTTLE, language=tag))

        row = lines.line(SHUTTLE.iri, DCTERMS + "language", Iri(EU_LANGUAGE + code))
        assert row in lines.rows(payload)


@pytest.mark.parametrize(
    "change",
    [
        {"iri": "experiments/x"},
        {"iri": SHUTTLE.iri + "#x"},
        {"language": "klingon"},
        {"title": {"it_IT": "x"}},
        {"title": {"it": "\ud800"}},
        {"source_pages": ("www.example.org",)},
        {"contact": "lab at torino"},
        {"start": Moment(value="spring 2019")},
    ],
)
def test_what_rdf_cannot_carry_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadTerm):
        to_payload(replace(SHUTTLE, **change))  # type: ignore[arg-type]


def test_own_terms_are_the_only_new_ones() -> None:
    own = {row.split(" ")[1] for row in lines.rows(to_payload(SHUTTLE)) if f" <{CN}" in row}

    assert {term[len(CN) + 1 : -1] for term in own if term.startswith(f"<{CN}")} == {
        "technology", "statusWord", "position", "hasOutcome", "verdict",
    }  # fmt: skip
