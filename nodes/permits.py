"""How long permits take, in rows and summed up. Plain functions of records.

Stated times and times it took are kept apart, and every figure says of how many it is made.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Final

from nodes.catalogue import Known
from nodes.gathering import Where, where
from nodes.words import fold
from vocab.fields import LanguageMap, Moment
from vocab.parts import Permit, Procedure
from vocab.records import Experiment, Testbed

_MOST_PARTS: Final = 50


@dataclass(frozen=True, kw_only=True)
class PermitRow:
    """A permit of an experiment, or the way to one that a testbed tells; `kind` is a concept.

    `declared` is the time the authority states, `actual` the time from asking to granting where
    both are known to the day; in days.
    """

    of: Where
    part: str
    kind: str | None
    title: LanguageMap
    authority: str
    declared: int | None
    actual: int | None
    submitted: Moment | None
    granted: Moment | None


def permit_rows(known: Known) -> Iterator[PermitRow]:
    """Make the rows of the permits that a record tells of."""
    record, of = known.record, where(known)
    if isinstance(record, Experiment):
        for number, permit in enumerate(record.permits[:_MOST_PARTS], start=1):
            path = permit.procedure
            yield PermitRow(
                of=of,
                part=f"permit-{number}",
                kind=permit.kind or (path.kind if path else None),
                title=permit.title,
                authority=(path.authority if path else None) or "",
                declared=path.declared_days if path else None,
                actual=days_taken(permit),
                submitted=permit.submitted,
                granted=permit.granted,
            )
    elif isinstance(record, Testbed):
        for number, path in enumerate(record.procedures[:_MOST_PARTS], start=1):
            yield _of_procedure(of, f"procedure-{number}", path)


def _of_procedure(of: Where, part: str, path: Procedure) -> PermitRow:
    return PermitRow(
        of=of,
        part=part,
        kind=path.kind,
        title=path.title,
        authority=path.authority or "",
        declared=path.declared_days,
        actual=None,
        submitted=None,
        granted=None,
    )


def days_taken(permit: Permit) -> int | None:
    """Count the days from asking to granting; None unless both are known to the day."""
    asked, granted = _day(permit.submitted), _day(permit.granted)
    if asked is None or granted is None or granted < asked:
        return None
    return (granted - asked).days


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Days observed. Of one observation there is no median: `middle` is None below two."""

    days: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many observations there are."""
        return len(self.days)

    @property
    def middle(self) -> float | None:
        """The median of two observations or more."""
        return float(median(self.days)) if len(self.days) > 1 else None


@dataclass(frozen=True, kw_only=True)
class PermitTimes:
    """How long one kind of permit takes, over all cities and in each of them."""

    kind: str | None
    declared: Spread
    actual: Spread
    permits: int
    cities: Mapping[str, tuple[Spread, Spread]]


def times(rows: Sequence[PermitRow]) -> tuple[PermitTimes, ...]:
    """Sum permits up by kind. The time an authority states counts once for each city and kind.

    So a procedure that ten experiments name is one declared time, and ten permits.
    """
    kinds: dict[str | None, list[PermitRow]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    found = [
        PermitTimes(
            kind=kind,
            declared=_declared(those),
            actual=_actual(those),
            permits=len(those),
            cities={
                city: (_declared(own), _actual(own))
                for city, own in sorted(_by_city(those).items())
            },
        )
        for kind, those in kinds.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.permits, each.kind or "~")))


def _declared(rows: Iterable[PermitRow]) -> Spread:
    said = {
        (row.of.city, fold(row.authority), row.declared) for row in rows if row.declared is not None
    }
    return Spread(days=tuple(sorted(days for _, _, days in said)))


def _actual(rows: Iterable[PermitRow]) -> Spread:
    return Spread(days=tuple(sorted(row.actual for row in rows if row.actual is not None)))


def _by_city(rows: Iterable[PermitRow]) -> dict[str, list[PermitRow]]:
    found: dict[str, list[PermitRow]] = {}
    for row in rows:
        found.setdefault(row.of.city, []).append(row)
    return found


def _day(moment: Moment | None) -> date | None:
    try:
        return date.fromisoformat(moment.value) if moment else None
    except ValueError:  # only a year or a month
        return None
