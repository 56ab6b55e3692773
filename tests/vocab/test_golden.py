"""The golden records of examples/golden fill every field of the model, and stay good."""

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from vocab.fields import declared
from vocab.jsonld import expand_to_payload, loads, record_document
from vocab.readiness import readiness
from vocab.records import KINDS, Experiment, Record
from vocab.schemes import concept
from vocab.terms import SCHEMES
from vocab.triples import from_payload, to_payload
from vocab.validation import validate

FOLDER = Path(__file__).parents[2] / "examples/golden"
NAMES = ("torino-shuttle", "torino-testbed", "torino-call")


def payload(name: str) -> bytes:
    return expand_to_payload(loads((FOLDER / f"{name}.jsonld").read_bytes()))


def golden(name: str) -> Any:
    document = loads((FOLDER / f"{name}.jsonld").read_bytes())
    return from_payload(payload(name), document["id"])


def test_together_they_fill_every_field_of_the_model() -> None:
    filled: set[str] = set()
    for name in NAMES:
        filled |= set(_filled(golden(name)))

    assert set(_declared(*KINDS)) - filled == set()


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_record_says_the_same_after_reading_and_writing(name: str) -> None:
    record = golden(name)

    assert to_payload(record) == payload(name)
    assert from_payload(to_payload(record), record.iri) == record


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_file_is_written_as_a_node_writes_it(name: str) -> None:
    written = json.dumps(record_document(payload(name)), ensure_ascii=False, indent=2) + "\n"

    assert (FOLDER / f"{name}.jsonld").read_text("utf-8") == written


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_record_has_no_faults(name: str) -> None:
    iri = golden(name).iri

    assert validate({iri: payload(name)}) == {iri: ()}


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_record_is_asked_for_nothing_more(name: str) -> None:
    record = golden(name)

    assert readiness(record).score == 100
    assert readiness(record).next == ()


def test_the_golden_records_point_at_each_other() -> None:
    shuttle, testbed, call = (golden(name) for name in NAMES)

    assert isinstance(shuttle, Experiment)
    assert shuttle.testbeds == call.testbeds == (testbed.iri,)
    assert shuttle.calls == (call.iri,)
    said = payload("torino-testbed") + payload("torino-call")
    for part in (*shuttle.services, *shuttle.challenges):
        assert f"<{part}>".encode() in said


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_record_speaks_italian_and_english_and_says_what_is_made_up(name: str) -> None:
    record = golden(name)

    for told in (record.title, record.summary, record.description, record.note):
        assert {"it", "en"} <= set(told)
    assert "illustrativ" in record.note["it"]
    assert "llustrative" in record.note["en"]
    assert record.contact.endswith(".example")


@pytest.mark.parametrize("name", NAMES)
def test_every_concept_of_a_golden_record_is_in_its_scheme(name: str) -> None:
    ours = {
        value.split(">")[0]
        for value in payload(name).decode().split("<")
        if value.startswith(SCHEMES) and not value.startswith(f"{SCHEMES}ns#")
    }

    named = {value for value in ours if value != SCHEMES.rstrip("/")}
    assert {value for value in named if concept(value) is None} == set()


def _declared(*kinds: type[Any]) -> Iterator[str]:
    for kind in kinds:
        for each in declared(kind):
            yield _name(kind, each.name)
            if each.part is not None:
                yield from _declared(each.part)


def _filled(value: Any) -> Iterator[str]:
    for each in declared(type(value)):
        found = getattr(value, each.name)
        if found is None or found in ((), {}):
            continue
        yield _name(type(value), each.name)
        if each.part is not None:
            for part in found if isinstance(found, tuple) else (found,):
                yield from _filled(part)


def _name(kind: type[Any], field: str) -> str:
    """Name a field by the class that declares it; what all kinds of record share counts once."""
    shared = issubclass(kind, Record) and field in {each.name for each in fields(Record)}
    return f"{Record.__name__ if shared else kind.__name__}.{field}"
