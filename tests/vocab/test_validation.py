"""The shapes keep out what is not a record, ask for what is missing, and say both in words."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pyshacl
import pytest
import rdflib

from tests.vocab.test_triples import SHUTTLE, with_rows, without
from vocab import lines, shelf
from vocab.fields import Moment
from vocab.lines import Iri, Literal
from vocab.parts import City, Partner, Place
from vocab.records import Experiment
from vocab.terms import (
    ADMS,
    CN,
    DCAT,
    DCTERMS,
    EU_ACCESS,
    EU_THEME,
    FOAF,
    GEO,
    PROV,
    RDF_TYPE,
    SCHEMES,
    SH,
    VCARD,
    XSD,
    XSD_DATETIME,
)
from vocab.triples import to_payload
from vocab.validation import Finding, validate

GOOD = replace(
    SHUTTLE,
    end=Moment(value="2020-05-30"),
    partners=SHUTTLE.partners[:2],
    data_themes=(EU_THEME + "TRAN",),
    access_rights=EU_ACCESS + "PUBLIC",
    city=City(name={"it": "Torino"}, population=848_748),
)


def judged(payload: bytes) -> tuple[Finding, ...]:
    return validate({GOOD.iri: payload})[GOOD.iri]


def rules(payload: bytes, severity: str = "error") -> set[str]:
    return {found.rule for found in judged(payload) if found.severity == severity}


def said(predicate: str, value: lines.Object, part: str = "") -> bytes:
    """Give the good record with one property said differently."""
    row = lines.line(GOOD.iri + part, predicate, value)
    kept = [
        each
        for each in lines.rows(to_payload(GOOD))
        if not each.startswith(f"<{GOOD.iri}{part}> <{predicate}> ")
    ]
    return lines.canonical([*kept, row])


def test_a_full_record_has_no_findings() -> None:
    assert judged(to_payload(GOOD)) == ()


@pytest.mark.parametrize(
    ("predicate", "rule"),
    [
        (RDF_TYPE, "kind"),
        (DCTERMS + "identifier", "identifier"),
        (DCTERMS + "title", "title"),
        (DCTERMS + "description", "description"),
        (DCTERMS + "language", "language"),
        (DCTERMS + "subject", "theme"),
        (ADMS + "status", "stage"),
        (PROV + "qualifiedAssociation", "partner"),
        (DCTERMS + "source", "page"),
        (DCTERMS + "publisher", "publisher"),
        (DCTERMS + "license", "licence"),
        (FOAF + "name", "name"),
    ],
)
def test_what_every_record_needs_is_missed_by_its_name(predicate: str, rule: str) -> None:
    assert rule in rules(without(to_payload(GOOD), predicate))


def test_a_landing_page_does_instead_of_a_source_page() -> None:
    payload = to_payload(replace(GOOD, source_pages=(), landing_page="https://olli.example/"))

    assert judged(payload) == ()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"summary": {"it": "Una navetta."}}, "summary-wanted"),
        ({"place": None}, "place-wanted"),
        ({"place": Place(city="Torino")}, "point-wanted"),
        ({"start": None, "end": None}, "start-wanted"),
        ({"contact": None}, "contact-wanted"),
        ({"outcome": None}, "outcome-wanted"),
    ],
)
def test_what_is_strongly_asked_for_is_a_warning(change: dict[str, object], rule: str) -> None:
    payload = to_payload(replace(GOOD, **change))  # type: ignore[arg-type]

    assert rule in rules(payload, "warning")
    assert rules(payload) == set()


def test_an_experiment_that_still_runs_needs_no_outcome() -> None:
    running = replace(GOOD, outcome=None, stage=f"{SCHEMES}lifecycle/running")

    assert judged(to_payload(running)) == ()


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (said(DCTERMS + "title", Literal("", language="it")), "title-form"),
        (said(DCTERMS + "title", Literal("x" * 501, language="it")), "title-form"),
        (said(DCTERMS + "title", Literal("x")), "title-form"),
        (said(DCTERMS + "description", Literal("x" * 20_001, language="it")), "description-form"),
        (said(DCTERMS + "subject", Literal("mobilità", language="it")), "theme-form"),
        (said(CN + "technology", Literal("5G")), "technology-form"),
        (said(ADMS + "status", Literal("conclusa")), "stage-form"),
        (said(DCTERMS + "source", Iri("ftp://a.example/")), "source-form"),
        (said(DCTERMS + "source", Iri("javascript:alert(1)")), "source-form"),
        (said(DCAT + "landingPage", Literal("https://a.example/")), "landing-page-form"),
        (said(DCTERMS + "issued", Literal("yesterday", XSD_DATETIME)), "issued-form"),
        (said(DCTERMS + "language", Literal("it")), "language-form"),
        (said(VCARD + "hasEmail", Iri("https://a.example/"), "#contact"), "contact-address-form"),
        (said(DCAT + "startDate", Literal("2019"), "#period"), "start-form"),
        (said(DCAT + "startDate", Literal("19", XSD + "gYear"), "#period"), "start-form"),
        (said(DCAT + "endDate", Literal("2019-02-31", XSD + "date"), "#period"), "end-form"),
        (said(GEO + "asWKT", Literal("Torino", GEO + "wktLiteral"), "#geometry"), "wkt-form"),
        (said(GEO + "asWKT", Literal("POINT(7 45)"), "#geometry"), "wkt-form"),
        (said(CN + "verdict", Literal("adopted"), "#outcome"), "verdict-form"),
        (said(FOAF + "name", Literal(" "), "#agent-1"), "name-form"),
        (
            with_rows(
                to_payload(GOOD),
                lines.line(GOOD.iri, DCTERMS + "title", Literal("Anders", language="it")),
            ),
            "title-form",
        ),
        (
            with_rows(
                to_payload(GOOD),
                lines.line(GOOD.iri, ADMS + "status", Iri(f"{SCHEMES}lifecycle/running")),
            ),
            "stage-form",
        ),
    ],
)
def test_values_have_the_form_their_readers_count_on(payload: bytes, rule: str) -> None:
    assert rules(payload) == {rule}


@pytest.mark.parametrize("point", ["POINT(190 45)", "POINT(7 95)", "POINT(45 -90.5)"])
def test_a_point_outside_the_map_is_refused(point: str) -> None:
    assert rules(to_payload(replace(GOOD, place=Place(wkt=point)))) == {"point-range"}


@pytest.mark.parametrize(
    ("start", "end", "refused"),
    [
        ("2019", "2018", True),
        ("2019-09", "2019-08", True),
        ("2019-09-30", "2019-09-29", True),
        ("2019", "2019", False),
        ("2019-09-30", "2019", False),
        ("2019-09", "2019-09-01", False),
    ],
)
def test_the_end_is_not_before_the_start_where_both_are_as_precise(
    start: str, end: str, *, refused: bool
) -> None:
    payload = to_payload(replace(GOOD, start=Moment(value=start), end=Moment(value=end)))

    assert rules(payload) == ({"period-order"} if refused else set())


def test_each_finding_speaks_five_languages() -> None:
    [found] = judged(without(to_payload(GOOD), DCTERMS + "subject"))

    assert found.message == "No theme is chosen."
    assert found.messages["it"] == "Non è scelto nessun tema."
    assert found.advice.startswith("Choose at least one theme from the list")
    assert found.told("fr-CA").startswith("Aucun thème n'est choisi. Choisissez au moins un thème")
    assert found.told("fi") == f"{found.message} {found.advice}"
    assert (found.severity, found.part, found.path) == ("error", GOOD.iri, DCTERMS + "subject")
    shapes = rdflib.Graph().parse(data=shelf.read("shapes.ttl"), format="turtle")
    for shape in set(shapes.objects(None, rdflib.SH.property)):
        if isinstance(shape, rdflib.URIRef):
            tongues = {text.language for text in shapes.objects(shape, rdflib.SH.message)}
            assert tongues == set(shelf.TONGUES), shape


def test_a_record_cannot_speak_for_its_neighbours() -> None:
    poor = without(to_payload(GOOD), DCTERMS + "title")
    liar = replace(GOOD, iri="https://liar.example/experiments/1")
    title = lines.line(GOOD.iri, DCTERMS + "title", Literal("Given", language="it"))
    outcome = lines.line(liar.iri, CN + "hasOutcome", Iri(GOOD.iri + "#place"))

    found = validate(
        {GOOD.iri: poor, liar.iri: with_rows(to_payload(liar), title), "https://c.example/#it": b""}
    )

    assert {each.rule for each in found[GOOD.iri]} == {"title"}
    assert found[liar.iri] == ()
    assert "kind" in {each.rule for each in found["https://c.example/#it"]}
    pointing = validate(
        {GOOD.iri: to_payload(GOOD), liar.iri: with_rows(to_payload(liar), outcome)}
    )
    assert pointing[GOOD.iri] == ()
    assert {each.rule for each in pointing[liar.iri]} == {
        "outcome-form",
        "part-type",
        "verdict-wanted",
    }


def test_nothing_to_judge_finds_nothing() -> None:
    assert validate({}) == {}


def test_the_engine_agrees_with_the_reference_engine() -> None:
    payloads = dict(broken_records(220, random.Random(7)))

    ours = {
        (found.part, found.rule, found.severity)
        for each in validate(payloads).values()
        for found in each
    }

    assert ours == reference(payloads)
    assert len({rule for _, rule, _ in ours}) > 25


def broken_records(number: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """Give records that each lack or garble a few statements."""
    garbled: list[lines.Object] = [
        Literal("x"),
        Literal(" ", language="it"),
        Literal("y" * 600, language="fi"),
        Literal("7", XSD + "integer"),
        Literal("2021-03-04", XSD + "date"),
        Iri("https://a.example/"),
        Iri("urn:x:y"),
    ]
    for count in range(number):
        whole = replace(
            GOOD,
            iri=f"https://city.example/experiments/{count}",
            stage=chance.choice([GOOD.stage, f"{SCHEMES}lifecycle/running"]),
            outcome=chance.choice([GOOD.outcome, None]),
            partners=tuple(Partner(name=f"P{n}") for n in range(chance.randrange(3))),
            place=chance.choice([GOOD.place, Place(wkt="POINT(7 95)"), None]),
        )
        yield whole.iri, garble(whole, garbled, chance)


def garble(whole: Experiment, garbled: list[lines.Object], chance: random.Random) -> bytes:
    rows = lines.rows(to_payload(whole))
    for _ in range(chance.randrange(4)):
        rows.remove(chance.choice(rows))
    for _ in range(chance.randrange(3)):
        subject, predicate, _ = lines.check_triple(chance.choice(rows))
        if predicate[1:-1] not in (DCAT + "startDate", DCAT + "endDate"):
            value = chance.choice(garbled)
            rows.append(f"{subject} {predicate} {lines.term(value)} .")
    return lines.canonical(rows)


def reference(payloads: Mapping[str, bytes]) -> set[tuple[str, str, str]]:
    """Run the shapes with pySHACL over all records at once."""
    data = rdflib.Graph()
    for iri, payload in payloads.items():
        data.parse(data=payload, format="nt")
        data.add((rdflib.URIRef(iri), rdflib.RDF.type, rdflib.URIRef(CN + "Claimed")))
    shapes = rdflib.Graph().parse(data=shelf.read("shapes.ttl"), format="turtle")
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes)
    assert isinstance(report, rdflib.Graph)
    return {
        (
            str(report.value(result, rdflib.SH.focusNode)),
            str(report.value(result, rdflib.SH.sourceShape)).rsplit("#", 1)[1],
            "error"
            if str(report.value(result, rdflib.SH.resultSeverity)) == SH + "Violation"
            else "warning",
        )
        for result in report.objects(None, rdflib.SH.result)
    }
