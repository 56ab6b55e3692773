"""What a record is found by: its texts, its facets, its place in an order. No library, no disk.

Concepts are found by every label they have in every language: a record in Finnish about a
technology is found by an Italian who knows that technology's Italian name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urldefrag

from nodes.marks import marks
from nodes.places import box
from nodes.searches import Box
from nodes.words import fold
from vocab.fields import LanguageMap
from vocab.languages import primary
from vocab.parts import Challenge, Service
from vocab.records import Call, Experiment, Record, Testbed
from vocab.schemes import concept

_LONGEST_VALUE: Final = 200
_MOST_VALUES: Final = 200
_MOST_LABELS: Final = 2_000
_MOST_YEARS: Final = 60
_MENTIONING: Final = (
    "replicates",
    "inspired_by",
    "testbeds",
    "services",
    "calls",
    "challenges",
    "series",
)
_YEAR: Final = re.compile(r"[0-9]{4}")
_DIGITS: Final = re.compile(r"[0-9]")


@dataclass(frozen=True, kw_only=True)
class Said:
    """A text of a record: the field it counts for, and its language where that is known."""

    field: str
    text: str
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Findable:
    """A record as the index sees it; `started` and `updated` are numbers that sort as dates do."""

    iri: str
    said: tuple[Said, ...]
    facets: Mapping[str, tuple[str, ...]]
    mentions: tuple[str, ...]
    """The IRIs of the records it names, or names a part of."""

    marks: tuple[str, ...]
    """What it may share with a record that is the same (`nodes.marks`)."""

    title: str
    started: int | None
    updated: int
    box: Box | None


def findable(record: Record, origin: str) -> Findable:
    """Say what a record is found by; `origin` is the base of the node that tells it."""
    return Findable(
        iri=record.iri,
        said=tuple(_said(record)),
        facets={name: _values(found) for name, found in _facets(record, origin).items()},
        mentions=tuple(dict.fromkeys(urldefrag(iri)[0] for _, iri in mentions(record))),
        marks=marks(record),
        title=fold(_first(record.title, record.language))[:_LONGEST_VALUE],
        started=_started(record),
        updated=int("".join(_DIGITS.findall(record.modified))[:14] or 0),
        box=box(record.place.wkt) if record.place else None,
    )


def mentions(record: Record) -> Iterator[tuple[str, str]]:
    """Give the records, or parts of records, that one names, each with the field that does."""
    for name in _MENTIONING:
        for iri in getattr(record, name, ())[:_MOST_VALUES]:
            if isinstance(iri, str):  # a testbed's services are parts of its own
                yield name, iri
    if isinstance(record, Experiment):
        for each in record.replications[:_MOST_VALUES]:
            yield "replicates", each.experiment


def concepts(record: Record) -> Iterator[str]:
    """Give the concepts a record is about; stages and kinds of partners are facets only."""
    yield from (*record.themes, *record.technologies, *record.urban_topics, *record.goals)
    if isinstance(record, Experiment):
        yield from record.involvement
        if record.outcome and record.outcome.verdict:
            yield record.outcome.verdict
    elif isinstance(record, Testbed):
        yield from filter(None, (record.kind, *(each.kind for each in record.services)))
    elif isinstance(record, Call):
        for challenge in record.challenges:
            yield from (*challenge.themes, *challenge.technologies, *challenge.goals)


def _said(record: Record) -> Iterator[Said]:
    yield from _texts("title", record.title)
    yield from _texts("summary", record.summary)
    yield from _texts("body", record.description)
    yield from _said_of_kind(record)
    for language, keyword in record.keywords[:_MOST_LABELS]:
        yield Said(field="about", text=keyword, language=primary(language))
    for partner in record.partners[:_MOST_VALUES]:
        yield Said(field="about", text=partner.name)
        yield from _texts("body", partner.task)
    if place := record.place:
        yield from _texts("about", place.name)
        for text in filter(None, (place.address, place.city)):
            yield Said(field="about", text=text)
    yield Said(field="about", text=record.identifier)
    for iri in dict.fromkeys(concepts(record)):
        yield from _labels(iri)


def _said_of_kind(record: Record) -> Iterator[Said]:
    """Say what only one kind of record tells."""
    if isinstance(record, Experiment):
        for project in record.projects[:_MOST_VALUES]:
            yield Said(field="about", text=project.name)
        for solution in record.solutions[:_MOST_VALUES]:
            yield from _texts("about", solution.title)
            yield from _texts("body", solution.description)
        for condition in record.preconditions[:_MOST_VALUES]:
            yield from _texts("body", condition.note)
        for permit in record.permits[:_MOST_VALUES]:
            yield from _texts("body", permit.title)
        if record.outcome:
            yield from _texts("body", record.outcome.text)
            for language, lesson in record.outcome.lessons[:_MOST_LABELS]:
                yield Said(field="body", text=lesson, language=primary(language))
    parts: tuple[Service | Challenge, ...] = ()
    if isinstance(record, Testbed):
        parts = record.services
    elif isinstance(record, Call):
        parts = record.challenges
    for part in parts[:_MOST_VALUES]:
        yield from _texts("about", part.title)
        yield from _texts("body", part.description)


@lru_cache(maxsize=4_096)
def _labels(iri: str) -> tuple[Said, ...]:
    known = concept(iri)
    if known is None:
        return ()
    return tuple(
        Said(field="labels", text=text, language=primary(language))
        for language, label in known.labels.items()
        for text in (label, *known.others.get(language, ()))
    )


def _texts(field: str, texts: LanguageMap) -> Iterator[Said]:
    for language, text in list(texts.items())[:_MOST_LABELS]:
        yield Said(field=field, text=text, language=primary(language))


def _facets(record: Record, origin: str) -> dict[str, Iterable[str | None]]:
    place = record.place
    ran = record if isinstance(record, Experiment) else None
    outcome = ran.outcome if ran else None
    return {
        "kind": [record.room],
        "theme": record.themes,
        "technology": record.technologies,
        "stage": [ran.stage if ran else None],
        "verdict": [outcome.verdict if outcome else None],
        "city": [place.city if place else None],
        "country": [place.country if place else None],
        "helix": [partner.helix for partner in record.partners],
        "partner": [partner.name for partner in record.partners],
        "year": _years(record),
        "language": [record.language],
        "goal": record.goals,
        "role": [role for partner in record.partners for role in partner.roles],
        "permit": [permit.kind for permit in ran.permits] if ran else [],
        "origin": [origin],
    }


def _values(found: Iterable[str | None]) -> tuple[str, ...]:
    unique = dict.fromkeys(value.strip()[:_LONGEST_VALUE] for value in found if value)
    return tuple(value for value in unique if value)[:_MOST_VALUES]


def _years(record: Record) -> list[str]:
    moments = [moment.value for moment in (record.start, record.end) if moment]
    years = [int(found[0]) for value in moments if (found := _YEAR.match(value))]
    if not years:
        return []
    first, last = min(years), max(years)
    return [f"{year:04}" for year in range(first, min(last, first + _MOST_YEARS) + 1)]


def _started(record: Record) -> int | None:
    moment = record.start or record.end
    if moment is None:
        return None
    digits = "".join(_DIGITS.findall(moment.value))[:8]
    return int(digits.ljust(8, "0")) if digits else None


def _first(texts: LanguageMap, language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
