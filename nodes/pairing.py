"""Whether two records may be the same, or belong to one project: proposed, never decided.

Plain functions of what the two say. Each reason has a weight and a sentence; reasons add up, and
from a sum on the pair is proposed to people. Nothing is ever merged: each city's word stands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import asin, cos, radians, sqrt
from typing import Final

from nodes.catalogue import Known
from nodes.marks import names, page
from nodes.places import centre
from nodes.words import words
from vocab.records import Experiment, Record

ENOUGH: Final = 0.75
"""From this sum of weights on a pair is proposed."""

_NEAR_KM: Final = 1.0
_LONG_IDENTIFIER: Final = 8
_SHORTEST_WORD: Final = 3
_EARTH_KM: Final = 6_371.0
_FAR_FUTURE: Final = "9999"


class Kind(StrEnum):
    """What a pair may be."""

    DUPLICATE = "duplicate"
    PROJECT = "project"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why a pair may be what is proposed; one against it has a weight below zero."""

    name: str
    weight: float
    why: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two records and what they may be, with the reasons; the IRIs are in order."""

    kind: Kind
    first: str
    second: str
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> float:
        """The sum of the weights, at most 1."""
        return round(max(0.0, min(1.0, sum(each.weight for each in self.reasons))), 2)

    def other(self, iri: str) -> str:
        """Give the record beside one of the two."""
        return self.second if iri == self.first else self.first


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What of a record is compared."""

    iri: str
    origin: str
    room: str
    identifier: str
    titles: tuple[frozenset[str], ...]
    landing: str | None
    pages: frozenset[str]
    middle: tuple[float, float] | None
    place: str
    begins: str | None
    ends: str | None
    concepts: frozenset[str]
    projects: frozenset[str]
    partners: frozenset[str]
    named: frozenset[str]
    """The records it names itself, as one that it repeats: those are no doubles of it."""


def sight(known: Known) -> Sight:
    """Take from a record what is compared."""
    record = known.record
    trial = record if isinstance(record, Experiment) else None
    where = record.place
    series = (*trial.replicates, *trial.inspired_by) if trial else ()
    repeated = (each.experiment for each in trial.replications) if trial else ()
    return Sight(
        iri=record.iri,
        origin=known.origin,
        room=record.room,
        identifier=" ".join(words(record.identifier)),
        titles=tuple(map(_telling, list(record.title.values())[:5])),
        landing=page(record.landing_page or ""),
        pages=frozenset(filter(None, map(page, record.source_pages[:40]))),
        middle=centre(where.wkt) if where else None,
        place=" ".join(words(next(iter(where.name.values()), ""))) if where else "",
        begins=record.start.value if record.start else None,
        ends=record.end.value if record.end else None,
        concepts=frozenset((*record.themes, *record.technologies)),
        projects=frozenset(_projects(record)),
        partners=frozenset(" ".join(words(each.name)) for each in record.partners[:100]),
        named=frozenset((*series, *repeated)),
    )


def judge(first: Sight, second: Sight) -> Pair | None:
    """Say what two records may be; None when there is too little to propose anything."""
    if first.room != second.room or first.iri == second.iri:
        return None
    if second.iri in first.named or first.iri in second.named:
        return None
    low, high = sorted((first, second), key=lambda each: each.iri)
    for kind, reasons in (
        (Kind.DUPLICATE, tuple(_same(low, high))),
        (Kind.PROJECT, tuple(_one_project(low, high))),
    ):
        pair = Pair(kind=kind, first=low.iri, second=high.iri, reasons=reasons)
        if pair.score >= ENOUGH:
            return pair
    return None


def _same(first: Sight, second: Sight) -> Iterator[Reason]:
    """Weigh whether two records tell of one thing; without some core there is nothing to weigh."""
    core = list(_core(first, second))
    if not core:
        return
    yield from core
    if both := first.pages & second.pages:
        yield Reason(name="source", weight=0.35, why=f"one source page: {min(both)[:120]}")
    if near := _near(first, second):
        yield Reason(name="place", weight=0.20, why=near)
    elif first.middle and second.middle:
        yield Reason(name="place", weight=-0.30, why="their places lie apart")
    overlapping = _overlap(first, second)
    if overlapping:
        yield Reason(name="time", weight=0.15, why="their times overlap")
    elif overlapping is False:
        yield Reason(name="time", weight=-0.40, why="they ran at different times")
    if both := first.concepts & second.concepts:
        yield Reason(name="concepts", weight=0.10, why=f"{len(both)} concepts shared")


def _core(first: Sight, second: Sight) -> Iterator[Reason]:
    """Weigh titles, pages and identifiers; less within a city, which tells its own apart."""
    at_home = first.origin == second.origin
    alike = max((_alike(a, b) for a in first.titles for b in second.titles), default=0.0)
    if alike >= 0.8 or (alike >= 0.5 and not at_home):
        weight = 0.40 if alike >= 0.8 else 0.25
        why = f"a title has {100 * alike:.0f} % of the telling words of the other"
        yield Reason(name="title", weight=weight, why=why)
    if first.landing and first.landing == second.landing:
        weight = 0.20 if at_home else 0.40
        yield Reason(name="page", weight=weight, why=f"one page: {first.landing[:120]}")
    if first.identifier and first.identifier == second.identifier:
        weight = 0.35 if len(first.identifier) >= _LONG_IDENTIFIER else 0.10
        why = f"one identifier: {first.identifier[:80]}"
        yield Reason(name="identifier", weight=weight, why=why)


def _one_project(first: Sight, second: Sight) -> Iterator[Reason]:
    """Weigh whether two records of different cities are trials of one project."""
    if first.origin == second.origin:
        return
    projects = first.projects & second.projects
    partners = first.partners & second.partners
    if projects:
        shown = min(projects, key=lambda each: (len(each), each))
        yield Reason(name="project", weight=0.75, why=f"one project: {shown[:120]}")
    if len(partners) >= 2 or (projects and partners):
        shown = ", ".join(sorted(partners)[:3])
        weight = min(0.60, 0.20 * len(partners))
        yield Reason(name="partners", weight=weight, why=f"{len(partners)} partners: {shown[:200]}")
        if first.concepts & second.concepts:
            yield Reason(name="concepts", weight=0.15, why="a theme or technology in common")


def _telling(title: str) -> frozenset[str]:
    """Give the words of a title that are no articles; all of them when there are few."""
    found = frozenset(words(title))
    return frozenset(each for each in found if len(each) >= _SHORTEST_WORD) or found


def _alike(first: frozenset[str], second: frozenset[str]) -> float:
    """Say how much of the shorter title stands in the longer one; short ones must be equal."""
    short, long = sorted((first, second), key=len)
    if len(short) < 3:
        return 1.0 if short and short == long else 0.0
    contained = len(short & long) / len(short)
    return contained if len(long) <= 3 * len(short) else 0.0


def _near(first: Sight, second: Sight) -> str:
    if first.middle and second.middle:
        apart = _kilometres(first.middle, second.middle)
        return f"{apart * 1_000:.0f} m apart" if apart <= _NEAR_KM else ""
    return f"one place: {first.place[:80]}" if first.place and first.place == second.place else ""


def _kilometres(first: tuple[float, float], second: tuple[float, float]) -> float:
    (x, y), (u, v) = ((radians(a), radians(b)) for a, b in (first, second))
    chord = sqrt(
        (1 - cos(v - y)) / 2 + cos(y) * cos(v) * (1 - cos(u - x)) / 2
    )  # the haversine of the angle between them
    return 2 * _EARTH_KM * asin(min(1.0, chord))


def _overlap(first: Sight, second: Sight) -> bool | None:
    """Tell whether two periods overlap, at the precision both have; None when it is not known."""
    if not (first.begins or first.ends) or not (second.begins or second.ends):
        return None
    (a, b), (c, d) = _period(first), _period(second)
    size = min(map(len, (a, b, c, d)))
    return a[:size] <= d[:size] and c[:size] <= b[:size]


def _period(sight: Sight) -> tuple[str, str]:
    """Give begin and end; a missing end is open, a missing begin is the year of the end."""
    end = sight.ends or _FAR_FUTURE
    begin = sight.begins or end[:4]
    return begin, max(begin, end)


def _projects(record: Record) -> Iterator[str]:
    if isinstance(record, Experiment):
        for project in record.projects[:10]:
            yield from names(project)
            for address in filter(None, (project.homepage, *project.matches[:5])):
                yield page(address) or address
