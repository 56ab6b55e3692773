"""The records that the demonstration publishes, as each city would: no journal, no network."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final

from benchmarks.sample import NOON
from nodes.demo.cities import ExampleCity, example_cities
from nodes.importing import load_mapping, read, read_own
from nodes.sayable import checked
from nodes.sections import CitySection
from vocab.languages import primary
from vocab.records import Experiment, Record, Testbed

_CONCEPTS: Final = ("themes", "technologies", "urban_topics", "goals", "involvement")


def records() -> list[Record]:
    """Import the files of the example cities and read their golden records."""
    return [record for example in example_cities() for record in _records(example)]


def name(record: Record) -> str:
    """Give the name by which the questions know a record: the end of its address."""
    return record.iri.rpartition("/")[2]


def languages(record: Record) -> frozenset[str]:
    """Give the languages a record is told in, whatever its summary is in."""
    told = {record.language, *record.title, *record.description}
    return frozenset(primary(each) or each for each in told)


def without_english_summary(record: Record) -> Record:
    """Leave the English summary out."""
    kept = {language: text for language, text in record.summary.items() if language != "en"}
    return replace(record, summary=kept)


def without_concepts(record: Record) -> Record:
    """Leave out every concept, so that only words that somebody wrote are found."""
    given = {each.name for each in fields(record)}
    none: dict[str, Any] = {name: () for name in _CONCEPTS if name in given}
    bare = replace(record, **none)
    if isinstance(bare, Experiment) and bare.outcome:
        return replace(bare, outcome=replace(bare.outcome, verdict=None))
    if isinstance(bare, Testbed):
        services = tuple(replace(each, kind=None) for each in bare.services)
        return replace(bare, kind=None, services=services)
    return bare


def _records(example: ExampleCity) -> Iterator[Record]:
    base = f"https://{example.id}.example/"
    city = CitySection.model_validate({**example.settings, "base": base}).city()
    read_in = read(example.data, load_mapping(example.mapping), city, NOON)
    yield from checked(read_in.records)[0]
    for file in example.golden:
        own = read_own(file, city, NOON)
        if own is not None:
            yield from own.records
