"""Rows of the records that bear a mark: gathered once, read again when they change.

`Gathering` takes the records from the index and keeps what rows they make; what a city has not
changed is not read again. It holds `MOST` records, those last changed, and `MOST_ROWS` rows, and
says if there are more. What may not be told any longer (`nodes.journal.past`) leaves it at once.
What a row is, is a plain function of a record.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Generic, TypeVar

from nodes.catalogue import Known, known_of
from nodes.index import Index
from nodes.journal import Journal, past
from vocab.fields import LanguageMap
from vocab.records import Record

MOST: Final = 5_000
MOST_ROWS: Final = 20_000
_REST: Final = 20.0

_Row = TypeVar("_Row")


@dataclass(frozen=True, kw_only=True)
class Rows(Generic[_Row]):
    """What was gathered; `whole` is whether that is all there is."""

    position: int = -1
    rows: tuple[_Row, ...] = ()
    whole: bool = True


@dataclass(kw_only=True)
class Gathering(Generic[_Row]):
    """Rows of the records that bear a mark. It reads for a twentieth of the time at most."""

    journal: Journal
    index: Index
    mark: str
    make: Callable[[Known], Iterable[_Row]]
    most: int = MOST
    _made: OrderedDict[str, tuple[_Row, ...]] = field(default_factory=OrderedDict)
    _rows: Rows[_Row] = field(default_factory=Rows)
    _due: float = 0.0
    _edition: int = -1
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def rows(self) -> Rows[_Row]:
        """Give all rows."""
        async with self._turn:
            edition = await asyncio.to_thread(past.edition, self.journal)
            moved = self.index.position != self._rows.position and time.monotonic() >= self._due
            if moved or edition != self._edition:
                began = time.monotonic()
                self._rows = await asyncio.to_thread(self._gather)
                self._edition = edition
                took = time.monotonic() - began
                self._due = time.monotonic() + _REST * took if took > 1 else 0.0
            return self._rows

    def _gather(self) -> Rows[_Row]:
        position = self.index.position
        hits, total = self.index.marked(self.mark, self.most)
        made: OrderedDict[str, tuple[_Row, ...]] = OrderedDict()
        for hit in hits:
            entry = self.journal.record(hit.iri)
            if entry is None:
                continue
            name = entry.member.iri
            rows = self._made.get(name)
            if rows is None:
                known = known_of(entry)
                rows = tuple(self.make(known)) if isinstance(known, Known) else ()
            made[name] = rows
        self._made = made
        rows = tuple(islice((row for each in made.values() for row in each), MOST_ROWS))
        whole = total <= len(hits) and len(rows) == sum(map(len, made.values()))
        return Rows(position=position, rows=rows, whole=whole)


@dataclass(frozen=True, kw_only=True)
class Where:
    """The record a row is of, in a few words."""

    iri: str
    origin: str
    room: str
    title: LanguageMap
    language: str
    city: str
    country: str
    wkt: str | None


def where(known: Known) -> Where:
    """Say of which record a row is."""
    record, place = known.record, known.record.place
    return Where(
        iri=record.iri,
        origin=known.origin,
        room=record.room,
        title=record.title,
        language=record.language,
        city=(place.city if place else None) or _town(record),
        country=(place.country if place else None) or "",
        wkt=place.wkt if place else None,
    )


def _town(record: Record) -> str:
    names = record.city.name if record.city else {}
    return next(iter(names.values()), "")
