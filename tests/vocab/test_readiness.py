import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, replace
from decimal import Decimal as Number
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vocab.generated import BASE, records
from vocab import schemes
from vocab.fields import Field, Moment, declared
from vocab.parts import Agent, Kpi, Outcome, Partner, Permit, Place, Precondition, Procedure
from vocab.readiness import LANGUAGES, catalogue, readiness, score, survey
from vocab.records import KINDS, Call, Experiment, Record
from vocab.records import Testbed as Bench
from vocab.terms import CN, DCAT, EU_LICENCE, GEO, QUDT, SCHEMES
from vocab.triples import to_payload
from vocab.validation import Finding, validate

HALF_SAID = {"title-wanted", "currency-wanted", "precondition-wanted", "kpi-name-wanted"}
"""Wishes about a part that is there and says too little; the check names the part."""

NOW = "2026-11-22T10:00:00Z"
SAID: Mapping[str, Any] = {
    "identifier": "torino-10",
    "title": {"it": "Navetta"},
    "description": {"it": "Una navetta senza conducente."},
    "language": "it",
    "themes": (f"{SCHEMES}theme/mobility",),
    "partners": (Partner(name="Città di Torino"),),
    "source_pages": ("https://www.example.org/navetta",),
    "publisher": Agent(name="Città di Torino"),
    "licence": EU_LICENCE + "CC_BY_4_0",
    "issued": NOW,
    "modified": NOW,
}


def bare(kind: type[Record], stage: str = "completed") -> Any:
    more = {"stage": f"{SCHEMES}lifecycle/{stage}"} if kind is Experiment else {}
    return kind(iri=f"{BASE}{kind.room}/navetta", **SAID, **more)


@settings(max_examples=150, deadline=None)
@given(records, st.data())
def test_nothing_that_a_city_adds_costs_it_points(record: Record, data: st.DataObject) -> None:
    poorer = _less(record, data)

    assert readiness(poorer).score <= readiness(record).score


@settings(max_examples=30, deadline=None)
@given(records)
def test_a_list_shows_the_score_that_the_record_has(record: Record) -> None:
    assert score(record) == readiness(record).score


@pytest.mark.parametrize("kind", KINDS)
def test_the_least_that_can_be_published_scores_low_but_not_nothing(kind: type[Record]) -> None:
    assert 0 < readiness(bare(kind)).score < 30


def test_steps_say_what_they_bring_and_the_best_comes_first() -> None:
    before = readiness(bare(Experiment))
    better = replace(bare(Experiment), contact="lab@torino.example")

    [step] = [each for each in before.next if each.field == "contact"]
    assert readiness(better).score == before.score + step.points
    points = [each.points for each in before.next]
    assert all(points)
    assert points[0] == max(points)
    assert "lab@citta.example" in step.told("it-CH")
    assert step.told("fi") == step.told("en")


def test_a_trial_that_has_not_ended_is_not_asked_how_it_ended() -> None:
    def asked(stage: str) -> set[str]:
        return {each.field for each in readiness(bare(Experiment, stage)).next}

    assert not {"outcome", "outcome.lessons", "kpis", "permits", "end"} & asked("proposed")
    assert {"permits"} == {"outcome.lessons", "kpis", "permits"} & asked("permitting")
    assert {"kpis", "permits"} == {"outcome.lessons", "kpis", "permits"} & asked("running")
    assert {"outcome", "outcome.lessons", "kpis.baseline", "end"} <= asked("completed")


def test_a_trial_that_needed_no_permit_can_say_so() -> None:
    law = Precondition(
        kind=f"{SCHEMES}precondition/law", note={"it": "Non serviva alcuna autorizzazione."}
    )
    free = replace(bare(Experiment), preconditions=(law,))
    empty = replace(bare(Experiment), preconditions=(replace(law, kind=None),))

    assert not any(each.field.startswith("permits") for each in readiness(free).next)
    assert any(each.field == "permits" for each in readiness(empty).next)


def test_a_trial_that_failed_is_asked_why_and_one_that_did_not_is_not() -> None:
    def asked(verdict: str) -> bool:
        outcome = Outcome(verdict=f"{SCHEMES}verdict/{verdict}")
        found = readiness(replace(bare(Experiment), outcome=outcome)).next
        return "outcome.causes" in {each.field for each in found}

    assert asked("failed")
    assert asked("discontinued")
    assert not asked("adopted")


def test_a_call_that_is_always_open_needs_no_dates() -> None:
    always = replace(bare(Call), rolling=True)
    not_always = replace(bare(Call), rolling=False)

    assert {"call-opening", "call-closing"} <= set(readiness(always).met)
    assert {"start", "end"} <= {each.field for each in readiness(not_always).next}


def test_an_empty_text_or_part_says_nothing() -> None:
    hollow = replace(
        bare(Experiment),
        summary={"en": "  "},
        place=Place(),
        permits=(Permit(title={"it": "x"}, procedure=Procedure()),),
        kpis=(Kpi(),),
        outcome=Outcome(),
        stage=f"{SCHEMES}lifecycle/unknown",
    )

    wanted = {each.field for each in readiness(hollow).next}
    assert {"summary.en", "place.wkt", "stage"} <= wanted


def test_many_records_are_told_what_would_gain_most_over_all_of_them() -> None:
    reachable = replace(bare(Experiment), contact="lab@torino.example")

    found = survey([bare(Experiment), bare(Experiment), reachable])

    assert (found.records, found.median) == (3, readiness(bare(Experiment)).score)
    counts = {step.field: count for step, count in found.missing}
    assert counts["contact"] == 2
    assert counts["outcome.lessons"] == 3
    assert survey([]).missing == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stage", ["proposed", "running", "completed", "unknown"])
def test_what_the_shapes_wish_for_is_asked_for_here_too(kind: type[Record], stage: str) -> None:
    record = bare(kind, stage)
    lacking = replace(record, place=Place(name={"it": "Lingotto"}))
    if isinstance(lacking, Experiment) and stage == "completed":
        outcome = Outcome(verdict=f"{SCHEMES}verdict/failed")
        lacking = replace(lacking, kpis=(Kpi(result=Number(1)),), outcome=outcome)

    asked = {path for each in readiness(lacking).next for path in _properties(each.field, kind)}
    for finding in validate({record.iri: to_payload(lacking)})[record.iri]:
        if finding.severity == "warning" and finding.rule not in HALF_SAID:
            assert asked & _wished(finding), finding


def test_the_catalogue_asks_for_fields_and_stages_that_exist() -> None:
    stages = {each.id for each in schemes.scheme("lifecycle").concepts}
    for each in catalogue():
        assert set(each.worth) <= {kind.room for kind in KINDS}
        assert (each.stages or set()) <= stages
        for kind in KINDS:
            if kind.room in each.worth:
                assert any(_path(str(place), kind) for place in each.places), each.name
        assert all(any(_path(str(place), kind) for kind in KINDS) for place in each.places)


def test_everything_is_asked_for_in_five_languages_with_an_example() -> None:
    for each in catalogue():
        assert list(each.texts) == list(LANGUAGES), each.name
        for language, text in each.texts.items():
            assert re.search(r"[.]$", text), (each.name, language)
            assert 40 < len(text) < 200, (each.name, language)
        assert len(set(each.texts.values())) == len(LANGUAGES)


def test_every_step_gains_at_least_a_point() -> None:
    for kind in KINDS:
        assert sum(each.worth.get(kind.room, 0) for each in catalogue()) <= 100


def test_a_testbed_is_asked_for_its_services_and_procedures() -> None:
    asked = {each.field for each in readiness(bare(Bench)).next}

    assert {"services", "procedures", "availability", "contact", "place.wkt"} <= asked


def test_days_of_a_permit_count_when_they_are_known() -> None:
    permit = Permit(title={"it": "Nulla osta"}, granted=Moment(value="2022-02"))

    met = readiness(replace(bare(Experiment), permits=(permit,))).met

    assert {"permits", "permit-days"} <= set(met)
    assert "permit-path" not in met


def _less(value: Any, data: st.DataObject) -> Any:
    """Take one thing away that need not be there, anywhere in a value."""
    said = [
        each
        for each in declared(type(value))
        if not each.needed and getattr(value, each.name) not in (None, (), {})
    ]
    if not said:
        return value
    each = data.draw(st.sampled_from(said))
    found = getattr(value, each.name)
    if each.part is not None and data.draw(st.booleans()):
        if not isinstance(found, tuple):
            return replace(value, **{each.name: _less(found, data)})
        place = data.draw(st.integers(0, len(found) - 1))
        changed = (*found[:place], _less(found[place], data), *found[place + 1 :])
        return replace(value, **{each.name: changed})
    if isinstance(found, tuple):
        return replace(value, **{each.name: found[1:]})
    return replace(value, **{each.name: _nothing(value, each)})


def _nothing(value: Any, each: Field) -> Any:
    [told] = [one for one in fields(value) if one.name == each.name]
    return told.default if told.default_factory is MISSING else told.default_factory()


def _path(place: str, kind: type[Any]) -> list[Field]:
    """Find the declared fields along a place of the catalogue; none when it leads nowhere."""
    found: list[Field] = []
    for name in place.split("."):
        step = next((each for each in declared(kind) if each.name == name), None)
        if step is None:
            return found if found and name == "en" else []
        found.append(step)
        kind = step.part or kind
    return found


def _properties(place: str, kind: type[Any]) -> Iterator[str]:
    for each in _path(place, kind):
        if each.said.via is not None:
            yield each.said.via.predicate
        yield each.said.predicate


def _wished(finding: Finding) -> set[str]:
    """Tell the property a rule is about, which a rule with a longer path tells by its name."""
    named = {
        "point-wanted": GEO + "asWKT",
        "start-wanted": DCAT + "startDate",
        "closing-wanted": DCAT + "endDate",
        "outcome-wanted": CN + "hasOutcome",
        "cause-wanted": CN + "causeOfFailure",
        "unit-wanted": QUDT + "unit",
    }
    return {named.get(finding.rule, finding.path)}
