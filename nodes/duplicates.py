"""Records that may be the same, and one project in several cities: found with bounded work.

Only records that share a mark (`nodes.marks`) are compared. A mark that too many bear says nothing
of any of them: it is named and not followed, so that ten thousand records of one title cost no more
than a line. What is compared of a record is read once, as long as its city says nothing new.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from nodes.catalogue import Known, known_of
from nodes.index import Index
from nodes.journal import Journal
from nodes.marks import marks
from nodes.pairing import Kind, Pair, Sight, judge, sight
from nodes.remembering import MIB, Memory, weight
from nodes.searches import Hit

CROWD: Final = 30
"""A mark that more records bear than this says nothing of any of them."""

MOST_PAIRS: Final = 2_000
_MOST_MARKS: Final = 10_000
_MOST_READ: Final = 3_000
_MOST_COMPARED: Final = 20_000
_REMEMBERED: Final = 6_000
_BYTES: Final = 32 * MIB
_AROUND: Final = 60
_REST: Final = 20.0
"""So many times as long as the last look took is nothing looked for again."""

_TELLING: Final = frozenset(("page", "title", "id", "project", "spot"))


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """A mark that too many records bear to compare them."""

    mark: str
    records: int


@dataclass(frozen=True, kw_only=True)
class Proposals:
    """What was found: pairs, best first, and what was not looked into. `whole` is whether all was.

    `position` is that of the journal.
    """

    position: int = -1
    pairs: tuple[Pair, ...] = ()
    crowds: tuple[Crowd, ...] = ()
    compared: int = 0
    whole: bool = True


@dataclass(kw_only=True)
class Duplicates:
    """Looks for pairs; it rests before it looks again: a twentieth of the time at most."""

    journal: Journal
    index: Index
    _sights: Memory[tuple[Sight | None]] = field(
        default_factory=lambda: Memory(most=_REMEMBERED, most_bytes=_BYTES)
    )
    _found: Proposals = Proposals()
    _due: float = 0.0
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def every(self) -> Proposals:
        """Give all pairs that are proposed now."""
        async with self._turn:
            if self.index.position != self._found.position and time.monotonic() >= self._due:
                began = time.monotonic()
                self._found = await asyncio.to_thread(self._look)
                ended = time.monotonic()
                self._due = ended + _REST * (ended - began) if ended - began > 1 else 0.0
            return self._found

    async def around(self, known: Known) -> tuple[Pair, ...]:
        """Give the pairs that one record is in, best first; waits for no look at all of them."""
        return await asyncio.to_thread(self._around, known)

    def _around(self, known: Known) -> tuple[Pair, ...]:
        others: dict[str, None] = {}
        for mark in marks(known.record):
            if mark.partition(":")[0] in _TELLING:
                hits, total = self.index.marked(mark, CROWD)
                if total <= CROWD:
                    others |= {hit.iri: None for hit in hits if hit.iri != known.record.iri}
        mine = sight(known)
        seen = filter(None, map(self._sight, list(others)[:_AROUND]))
        return _best(filter(None, (judge(mine, other) for other in seen)))

    def _look(self) -> Proposals:
        position = self.index.position
        every = self.index.crowds("marks", _MOST_MARKS)
        shared = [(count, mark) for mark, count in every if mark.partition(":")[0] in _TELLING]
        pairs: dict[tuple[str, str], Pair | None] = {}
        read: set[str] = set()
        whole = len(every) < _MOST_MARKS
        for count, mark in sorted(shared):
            if count > CROWD:
                break
            if len(read) >= _MOST_READ or len(pairs) >= _MOST_COMPARED:
                whole = False
                break
            hits, _ = self.index.marked(mark, CROWD)
            read |= {hit.iri for hit in hits}
            _compare(filter(None, map(self._sight, map(_iri, hits))), pairs)
        crowds = [Crowd(mark=mark, records=count) for count, mark in shared if count > CROWD]
        found = _best(filter(None, pairs.values()))
        return Proposals(
            position=position,
            pairs=found[:MOST_PAIRS],
            crowds=tuple(sorted(crowds, key=lambda each: (-each.records, each.mark)))[:100],
            compared=len(pairs),
            whole=whole and len(found) <= MOST_PAIRS,
        )

    def _sight(self, iri: str) -> Sight | None:
        entry = self.journal.record(iri)
        if entry is None:
            return None
        name = entry.member.iri
        if (before := self._sights.recall(None, name)) is not None:
            return before[0]
        known = known_of(entry)
        found = sight(known) if isinstance(known, Known) else None
        self._sights.keep(None, name, (found,), weight(found) + len(name))
        return found


def of_kind(pairs: Iterable[Pair], kind: Kind) -> tuple[Pair, ...]:
    """Keep the pairs of one kind."""
    return tuple(pair for pair in pairs if pair.kind is kind)


def _compare(sights: Iterable[Sight], pairs: dict[tuple[str, str], Pair | None]) -> None:
    for first, second in combinations(sorted(sights, key=lambda each: each.iri), 2):
        if (first.iri, second.iri) not in pairs:
            pairs[first.iri, second.iri] = judge(first, second)


def _best(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    return tuple(sorted(pairs, key=lambda each: (-each.score, each.first, each.second)))


def _iri(hit: Hit) -> str:
    return hit.iri
