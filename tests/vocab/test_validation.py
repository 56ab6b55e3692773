"""The shapes keep out what is not a record, ask for what is missing, and say both in words."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from rdflib.collection import Collection

from tests.vocab import generated
from tests.vocab.broken import SHAPES, broken, rules
from tests.vocab.test_triples import SHUTTLE, with_rows, without
from tests.vocab.valid import valid
from vocab import fields as said_as
from vocab import lines, schemes, shelf
from vocab.fields import Moment, declared
from vocab.lines import Iri, Literal
from vocab.parts import City, Grant, Kpi, Outcome, Permit, Place, Transition
from vocab.records import KINDS, Experiment, Record
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


def names(payload: bytes, severity: str = "error") -> set[str]:
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
    assert rule in names(without(to_payload(GOOD), predicate))


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

    assert rule in names(payload, "warning")
    assert names(payload) == set()


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
    assert names(payload) == {rule}


@pytest.mark.parametrize("point", ["POINT(190 45)", "POINT(7 95)", "POINT(45 -90.5)"])
def test_a_point_outside_the_map_is_refused(point: str) -> None:
    assert names(to_payload(replace(GOOD, place=Place(wkt=point)))) == {"point-range"}


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

    assert names(payload) == ({"period-order"} if refused else set())


def test_a_finding_speaks_the_languages_of_the_city() -> None:
    [found] = judged(without(to_payload(GOOD), DCTERMS + "subject"))

    assert found.message == "No theme is chosen."
    assert found.messages["it"] == "Non è scelto nessun tema."
    assert found.advice.startswith("Choose at least one theme from the list")
    assert found.told("fr-CA").startswith("Aucun thème n'est choisi. Choisissez au moins un thème")
    assert found.told("fi") == f"{found.message} {found.advice}"
    assert (found.severity, found.part, found.path) == ("error", GOOD.iri, DCTERMS + "subject")


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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0, 0.2, 1])
def test_what_is_right_in_every_field_has_no_findings(kind: type[Record], share: float) -> None:
    records = [valid(kind, seed, share=share) for seed in range(20)]

    found = validate({record.iri: to_payload(record) for record in records})

    assert not [each for said in found.values() for each in said]


def test_every_rule_can_be_broken_and_is_as_severe_as_it_says() -> None:
    payloads = dict(broken(rule, seed) for rule in rules().values() for seed in range(3))

    found = validate(payloads)

    seen = {(each.rule, each.severity) for said in found.values() for each in said}
    assert seen == {(rule.name, rule.severity) for rule in rules().values()}


def test_every_rule_speaks_five_languages_and_gives_an_example_or_a_way() -> None:
    shapes = rdflib.Graph().parse(data=shelf.read("shapes.ttl"), format="turtle")
    named = {each for each in shapes.objects(None, rdflib.SH.property) if "#" in each}
    told = {each for each in shapes.subjects(rdflib.SH.message) if isinstance(each, rdflib.URIRef)}

    assert named <= told
    for rule in told:
        for predicate in (rdflib.SH.message, rdflib.URIRef(CN + "advice")):
            said = list(shapes.objects(rule, predicate))
            assert sorted(text.language for text in said) == sorted(shelf.TONGUES), rule
            assert len(set(map(str, said))) == len(said), f"{rule}: a sentence is not translated"
            for text in said:
                assert re.fullmatch(r"\S.*[.][”“»]?", text), text
                assert not re.search(r"[{}]|TODO|\?\?|  |…", text), text


def test_parts_are_looked_at_through_every_property_that_leads_to_one() -> None:
    shapes = rdflib.Graph().parse(data=shelf.rules(), format="turtle")

    looked_at = {str(each) for each in shapes.objects(None, rdflib.SH.targetObjectsOf)}

    assert looked_at == {predicate for kind in KINDS for predicate in leading(kind)}
    assert not looked_at & {predicate for kind in KINDS for predicate in linking(kind)}


def leading(kind: type) -> Iterator[str]:
    """Give the properties from a class to its parts and the nodes between, all the way down."""
    for each in declared(kind):
        if each.said.via is not None:
            yield each.said.via.predicate
        if isinstance(each.said, said_as.Part) and each.part is not None:
            yield each.said.predicate
            yield from leading(each.part)


def linking(kind: type) -> Iterator[str]:
    """Give the properties from a class and its parts to others' things."""
    for each in declared(kind):
        if isinstance(each.said, said_as.Link | said_as.Links):
            yield each.said.predicate
        if each.part is not None:
            yield from linking(each.part)


def test_the_types_of_parts_are_those_of_the_model() -> None:
    shapes = rdflib.Graph().parse(data=shelf.rules(), format="turtle")
    rule = rdflib.URIRef(SHAPES + "part-type")
    inner = shapes.value(rule, rdflib.SH.qualifiedValueShape)
    listed = {str(each) for each in Collection(shapes, shapes.value(inner, rdflib.SH["in"]))}

    assert listed == {name for kind in KINDS for name in types_within(kind)}


def types_within(kind: type) -> Iterator[str]:
    for each in declared(kind):
        if each.said.via is not None:
            yield each.said.via.type
        if each.part is not None:
            yield each.part.rdf_type
            yield from types_within(each.part)


def test_every_property_of_the_model_has_a_rule() -> None:
    shapes = rdflib.Graph().parse(data=shelf.rules(), format="turtle")

    ruled = {str(each) for each in shapes.objects(None, rdflib.SH.path)}

    assert {predicate for kind in KINDS for predicate in all_of(kind)} <= ruled


def all_of(kind: type) -> Iterator[str]:
    for each in declared(kind):
        yield each.said.predicate
        if each.said.via is not None:
            yield each.said.via.predicate
        if each.part is not None:
            yield from all_of(each.part)


def stages() -> list[tuple[str, str]]:
    known = [each.iri for each in schemes.scheme("lifecycle").concepts]
    return [(first, second) for first in known for second in known]


def test_only_the_steps_that_the_list_of_stages_allows_are_accepted() -> None:
    payloads = {}
    for number, (first, second) in enumerate(stages()):
        step = Transition(from_stage=first, to_stage=second)
        iri = f"{GOOD.iri}-{number}"
        payloads[iri] = to_payload(replace(GOOD, iri=iri, stage=second, transitions=(step,)))

    found = validate(payloads)

    refused = [any(each.rule == "step" for each in said) for said in found.values()]
    unknown = f"{SCHEMES}lifecycle/unknown"
    for (first, second), no in zip(stages(), refused, strict=True):
        before = schemes.concept(first)
        assert before is not None
        free = unknown in {first, second}
        assert no == (not free and second not in before.may_become), (first, second)


def life(*stages: str, dates: tuple[str, ...] = ()) -> Experiment:
    names = [f"{SCHEMES}lifecycle/{stage}" for stage in stages]
    steps = [
        Transition(from_stage=first, to_stage=second) for first, second in itertools.pairwise(names)
    ]
    for number, date in enumerate(dates):
        steps[number] = replace(steps[number], on=Moment(value=date))
    return replace(GOOD, stage=names[-1], transitions=tuple(steps))


def test_a_life_with_a_gap_or_another_end_is_asked_about_and_one_that_runs_backwards_refused() -> (
    None
):
    whole = life("ready", "running", "completed", dates=("2020-01-16", "2020-05-30"))
    gap = replace(
        whole,
        transitions=(whole.transitions[0], life("suspended", "completed").transitions[0]),
    )
    backwards = life("ready", "running", "completed", dates=("2020-05-30", "2020-01-16"))

    assert judged(to_payload(whole)) == ()
    assert rules_of(to_payload(gap)) == {("step-follows", "warning")}
    assert rules_of(to_payload(replace(whole, stage=f"{SCHEMES}lifecycle/archived"))) == {
        ("last-step", "warning")
    }
    assert rules_of(to_payload(backwards)) == {("step-order", "error")}
    coarse = life("ready", "running", "completed", dates=("2020-05-30", "2020"))
    assert judged(to_payload(coarse)) == ()


def rules_of(payload: bytes) -> set[tuple[str, str]]:
    return {(each.rule, each.severity) for each in judged(payload)}


def test_a_figure_a_failure_and_a_sum_say_what_makes_them_useful() -> None:
    poor = replace(
        GOOD,
        kpis=(Kpi(),),
        grants=(Grant(name="Horizon 2020", amount=Decimal(5)),),
        outcome=Outcome(verdict=f"{SCHEMES}verdict/failed"),
        permits=(Permit(title={"en": "A permit"}, granted=Moment(value="2020")),),
    )

    assert rules_of(to_payload(poor)) == {
        ("kpi-name-wanted", "warning"),
        ("kpi-figure-wanted", "warning"),
        ("unit-wanted", "warning"),
        ("currency-wanted", "warning"),
        ("cause-wanted", "warning"),
    }


def test_a_text_in_place_of_a_part_is_told_once() -> None:
    payload = said(DCTERMS + "spatial", Literal("Torino <http://x.example/>"))

    assert {(each.rule, each.part) for each in judged(payload)} == {
        ("place-form", GOOD.iri),
        ("point-wanted", GOOD.iri),
    }


def test_a_value_is_shown_as_it_was_written() -> None:
    value = 'A "title"\n\\ with 👩‍🚀 and \x07 ' + "x" * 500

    [found] = judged(said(DCTERMS + "title", Literal(value)))

    assert found.value == value[:200]


@given(generated.records)
@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
def test_whatever_a_record_says_is_judged_in_words(record: Record) -> None:
    found = validate({record.iri: to_payload(record)})[record.iri]

    for each in found:
        assert each.part.startswith(record.iri)
        assert each.told("de") != each.told("en") != each.message
