"""Testbeds, calls and permits of all cities, to be found: what a row of each is, in what order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from nodes.catalogue import Known
from nodes.gathering import Gathering, Where, where
from nodes.index import Index
from nodes.journal import Journal
from nodes.marks import CALL, PERMIT, TESTBED
from nodes.permits import PermitRow, permit_rows
from vocab.fields import LanguageMap, Moment
from vocab.parts import Service
from vocab.records import Call, Testbed
from vocab.schemes import folder

_MOST_PARTS: Final = 50


# Testbeds


@dataclass(frozen=True, kw_only=True)
class TestbedRow:
    """A testbed; `kind` and `availability` are concepts."""

    __test__ = False  # it is no test

    of: Where
    kind: str | None
    availability: str | None
    services: tuple[Service, ...]
    summary: LanguageMap


def testbed_rows(known: Known) -> Iterator[TestbedRow]:
    """Make the row of a testbed."""
    record = known.record
    if isinstance(record, Testbed):
        yield TestbedRow(
            of=where(known),
            kind=record.kind,
            availability=record.availability,
            services=record.services[:_MOST_PARTS],
            summary=record.summary or record.description,
        )


# Calls


@dataclass(frozen=True, kw_only=True)
class CallRow:
    """A call. `deadline` is its end; where it has none and is not rolling, that of its challenges.

    Of several challenges it is the last one: until then one can answer.
    """

    of: Where
    status: str | None
    rolling: bool
    opens: Moment | None
    deadline: Moment | None
    challenges: tuple[LanguageMap, ...]

    def standing(self, today: date) -> str:
        """Say whether one can answer: `open`, `planned` or `closed`, whatever was last said."""
        if self.status in _ENDED:
            return "closed"
        if self.deadline is not None and _before(self.deadline, today):
            return "closed"
        if self.status == _PLANNED or (self.opens is not None and _after(self.opens, today)):
            return "planned"
        return "open" if self.status or self.rolling or self.deadline else "closed"


_PLANNED: Final = folder("call-status") + "planned"
_ENDED: Final = frozenset(
    folder("call-status") + each for each in ("closed", "awarded", "cancelled")
)
_ORDER: Final = ("open", "planned", "closed")


def call_rows(known: Known) -> Iterator[CallRow]:
    """Make the row of a call."""
    record = known.record
    if isinstance(record, Call):
        parts = record.challenges[:_MOST_PARTS]
        last = max((each.deadline.value for each in parts if each.deadline), default=None)
        yield CallRow(
            of=where(known),
            status=record.status,
            rolling=bool(record.rolling),
            opens=record.start,
            deadline=record.end or (Moment(value=last) if last and not record.rolling else None),
            challenges=tuple(each.title for each in parts),
        )


def by_deadline(rows: Iterable[CallRow], today: date) -> list[CallRow]:
    """Order calls: the open ones first, each by its deadline; closed ones last, latest first."""

    def order(row: CallRow) -> tuple[int, str, str]:
        place = _ORDER.index(row.standing(today))
        value = row.deadline.value if row.deadline else ""
        if place == len(_ORDER) - 1:
            return place, "".join(chr(0x10FFFF - ord(each)) for each in value), row.of.iri
        return place, value or "9999-99", row.of.iri

    return sorted(rows, key=order)


def _before(moment: Moment, today: date) -> bool:
    """Tell whether all of a day, month or year is over."""
    return moment.value < today.isoformat()[: len(moment.value)]


def _after(moment: Moment, today: date) -> bool:
    return moment.value > today.isoformat()[: len(moment.value)]


@dataclass(frozen=True, kw_only=True)
class Finders:
    """The rows of all three."""

    testbeds: Gathering[TestbedRow]
    calls: Gathering[CallRow]
    permits: Gathering[PermitRow]


def finders(journal: Journal, index: Index) -> Finders:
    """Make the finders of a node."""
    return Finders(
        testbeds=Gathering(journal=journal, index=index, mark=TESTBED, make=testbed_rows),
        calls=Gathering(journal=journal, index=index, mark=CALL, make=call_rows),
        permits=Gathering(journal=journal, index=index, mark=PERMIT, make=permit_rows),
    )
