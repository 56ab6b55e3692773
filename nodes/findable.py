"""What a record is found by: its texts, its facets, its place in an order. No library, no disk.

A record has the concepts it names, not their labels: which words mean a concept, in any language,
is for the question to know (`nodes.index.lexicon`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urldefrag

from federation.member import Member
from nodes.marks import marks
from nodes.places import box, centre
from nodes.searches import NO, YES, Box
from nodes.words import fold
from vocab.fields import LanguageMap
from vocab.languages import primary
from vocab.parts import Challenge, Service
from vocab.readiness import score
from vocab.records import Call, Experiment, Record, Testbed
from vocab.terms import SCHEMES

_LONGEST_VALUE: Final = 200
_LONGEST_KEY: Final = 60  # characters by which records are ordered
LONGEST_TITLE: Final = 2 * _LONGEST_KEY
_MOST_VALUES: Final = 200
_MOST_LABELS: Final = 2_000
_MOST_CONCEPTS: Final = 1_000
_OVER: Final = frozenset({
    SCHEMES + "lifecycle/" + each
    for each in ("rejected", "completed", "evaluated", "archived", "withdrawn", "retracted",
                 "unknown")
})  # fmt: skip
_NO_END: Final = 99_991_231
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
_MOMENT: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?![0-9])")
_DIGITS: Final = re.compile(r"[0-9]")


@dataclass(frozen=True, kw_only=True)
class Said:
    """A text of a record: the field it counts for, and its language where that is known.

    It `names` when it is what somebody or something is called: a title, a partner, a project, a
    solution, a place, an identifier.
    """

    field: str
    text: str
    language: str | None = None
    names: bool = False


@dataclass(frozen=True, kw_only=True)
class Findable:
    """A record as the index sees it; `started` and `updated` are numbers that sort as dates do.

    `days` are the first and the last day on which it may have been under way, as numbers such as
    20190101; `point` is where it lies, latitude and longitude.
    """

    iri: str
    said: tuple[Said, ...]
    facets: Mapping[str, tuple[str, ...]]
    concepts: tuple[str, ...]
    mentions: tuple[str, ...]
    """The IRIs of the records it names, or names a part of."""

    marks: tuple[str, ...]
    """What it may share with a record that is the same (`nodes.marks`)."""

    title: str
    town: str
    started: int | None
    updated: int
    days: tuple[int, int] | None
    readiness: int
    box: Box | None
    point: tuple[float, float] | None


def findable(record: Record, origin: str) -> Findable:
    """Say what a record is found by; `origin` is the base of the node that tells it."""
    wkt = record.place.wkt if record.place else None
    middle = centre(wkt)
    return Findable(
        iri=record.iri,
        said=tuple(_said(record)),
        facets={name: _values(found) for name, found in _facets(record, origin).items()},
        concepts=tuple(dict.fromkeys(concepts(record)))[:_MOST_CONCEPTS],
        mentions=tuple(dict.fromkeys(urldefrag(iri)[0] for _, iri in mentions(record))),
        marks=marks(record),
        title=fold(_first(record.title, record.language))[:LONGEST_TITLE],
        town=fold((record.place and record.place.city) or "")[:_LONGEST_KEY],
        started=_started(record),
        updated=second(record.modified),
        days=days(record),
        readiness=score(record),
        box=box(wkt),
        point=(middle[1], middle[0]) if middle else None,
    )


def second(instant: str) -> int:
    """Give an instant in UTC as a number such as 20260101120000, which sorts as it does."""
    return int("".join(_DIGITS.findall(instant))[:14].ljust(14, "0"))


def changed(modified: str, member: Member) -> str:
    """Say when a record last changed: as it says itself, but not after the member that says so.

    What is dated in the future would come first until then. Members that nobody signed are dated
    by a feed that the node chose to believe.
    """
    late = member.proof is not None and second(modified) > second(member.published)
    return member.published if late else modified


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
    yield from _texts("title", record.title, names=True)
    yield from _texts("summary", record.summary)
    yield from _texts("body", record.description)
    yield from _said_of_kind(record)
    for language, keyword in record.keywords[:_MOST_LABELS]:
        yield Said(field="about", text=keyword, language=primary(language))
    for partner in record.partners[:_MOST_VALUES]:
        yield Said(field="about", text=partner.name, names=True)
        yield from _texts("body", partner.task)
    if place := record.place:
        yield from _texts("about", place.name, names=True)
        for text in filter(None, (place.address, place.city)):
            yield Said(field="about", text=text, names=True)
    yield Said(field="about", text=record.identifier, names=True)


def _said_of_kind(record: Record) -> Iterator[Said]:
    """Say what only one kind of record tells."""
    if isinstance(record, Experiment):
        for project in record.projects[:_MOST_VALUES]:
            yield Said(field="about", text=project.name, names=True)
        for solution in record.solutions[:_MOST_VALUES]:
            yield from _texts("about", solution.title, names=True)
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


def _texts(field: str, texts: LanguageMap, *, names: bool = False) -> Iterator[Said]:
    for language, text in list(texts.items())[:_MOST_LABELS]:
        yield Said(field=field, text=text, language=primary(language), names=names)


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
        "trl": _levels(ran) if ran else [],
        "outcome": [_yes(outcome is not None)] if ran else [],
        "replication": [_yes(ran.seeks_replication is True)] if ran else [],
        "cost": [record.cost_band if isinstance(record, Experiment | Call) else None],
        "testbed": [record.kind if isinstance(record, Testbed) else None],
    }


def _yes(true: bool) -> str:
    return YES if true else NO


def _levels(ran: Experiment) -> Iterator[str]:
    """Give the technology readiness levels a trial names, from 1 to 9."""
    for level in (ran.trl_at_start, ran.trl_at_end, *(each.trl for each in ran.solutions)):
        if level is not None and 1 <= level <= 9:
            yield str(level)


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


def days(record: Record) -> tuple[int, int] | None:
    """Give the first and last day on which a record may have been under way; None if unsaid.

    A date says as little as it says: 2019 is every day from 20190101 to 20191231. Without an end
    what is not over goes on; of what is over only the start is known.
    """
    start, end = record.start, record.end
    if start is None and end is None and not isinstance(record, Testbed):
        return None
    first = day(start.value, last=False) if start else None
    last = day(end.value, last=True) if end else None
    if last is None:
        over = isinstance(record, Experiment) and record.stage in _OVER
        last = day(start.value, last=True) if start and over else _NO_END
    if first is None:
        first = day(end.value, last=False) if end else 0
    if first is None or last is None:
        return None
    return first, max(first, last)


def day(date: str, *, last: bool) -> int | None:
    """Give the first or last day that a date at any precision may mean, as a number.

    The last day of a month is its 31st, which sorts as it should; None for what is no date.
    """
    match = _MOMENT.match(date)
    if match is None:
        return None
    year, month, number = (int(part) if part else 0 for part in match.groups())
    edge = (12, 31) if last else (1, 1)
    return year * 10_000 + (month or edge[0]) * 100 + (number or edge[1])


def _started(record: Record) -> int | None:
    moment = record.start or record.end
    if moment is None:
        return None
    digits = "".join(_DIGITS.findall(moment.value))[:8]
    return int(digits.ljust(8, "0")) if digits else None


def _first(texts: LanguageMap, language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
