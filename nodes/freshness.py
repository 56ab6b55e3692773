"""How old and how complete what the node knows is, origin by origin.

An answer speaks of every origin that is in scope: the node's own, each that is followed, and each
whose records came through another. What is followed was verified when the last good round with it
ended; what came through a relay, when the last good round with the relay did, or when its origin
had used up its share of the disk. Members that are not believed, or not yet, are excluded, and so
is what was never read: both are named with the reason.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from federation.errors import plain
from federation.peers import Follow
from nodes.city import City
from nodes.journal import Journal, known, shares
from nodes.journal.known import Standing

_FRESH: Final = 0.5
_MOMENT: Final = 0.1
_SILENT: Final = "it has used up its share of this node's disk; what it says since is not here"
_REASONS: Final = {
    "waits": "waits for an earlier member",
    "hole": "came in a form that cannot be believed",
    "held": "waits for a person to decide",
}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """One origin in scope. `through` is the relay its records came by, if not by itself."""

    base: str
    name: str
    records: int
    verified: datetime | None
    through: str | None = None
    failures: int = 0


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """What is left out: so many members of an origin, or all of it (`members` is 0)."""

    origin: str
    reason: str
    members: int = 0


@dataclass(frozen=True, eq=False)
class Freshness:
    """What holds at one moment, `at`. It equals itself alone, so what is said of it can be kept."""

    at: datetime
    origins: Sequence[Origin]
    excluded: Sequence[Exclusion]

    def age(self, origin: Origin) -> int | None:
        """Say how many seconds ago an origin was verified."""
        if origin.verified is None:
            return None
        return max(0, int((self.at - origin.verified).total_seconds()))

    @cached_property
    def oldest(self) -> int:
        """How old the oldest part of an answer can be, in seconds."""
        return max((self.age(each) or 0 for each in self.origins), default=0)

    @cached_property
    def failing(self) -> int:
        """How many origins did not answer when they were last asked."""
        return sum(each.failures > 0 for each in self.origins)


class JournalFreshness:
    """Freshness, read from the journal; it may be half a second old."""

    def __init__(self, journal: Journal, city: City) -> None:
        self._journal = journal
        self._city = city
        self._read: tuple[float, Freshness] | None = None
        self._counted: tuple[int, dict[str, int]] | None = None
        self._said: tuple[float, Freshness, Freshness] | None = None

    def now(self, now: datetime) -> Freshness:
        """Read what holds now; blocks."""
        found = self._look(now)
        self._read = (time.monotonic(), found)
        return found

    async def recent(self, now: datetime) -> Freshness:
        """Say what holds, as read a moment ago at most."""
        moment = time.monotonic()
        if self._read is None or moment - self._read[0] >= _FRESH:
            return await asyncio.to_thread(self.now, now)
        read = self._read[1]
        if self._said is None or self._said[1] is not read or moment - self._said[0] >= _MOMENT:
            self._said = moment, read, Freshness(now, read.origins, read.excluded)
        return self._said[2]

    def _counts(self) -> dict[str, int]:
        """Count the records of each origin; all of them are gone through only after a change."""
        reached = self._journal.last_change()
        if self._counted is None or self._counted[0] != reached:
            self._counted = reached, self._journal.counts()
        return dict(self._counted[1])

    def _look(self, now: datetime) -> Freshness:
        counts = self._counts()
        standings = {each.peer.base: each for each in known.standings(self._journal)}
        followed = {
            base: each for base, each in standings.items() if each.peer.follow is not Follow.NOTHING
        }
        own = Origin(
            base=self._city.base,
            name=self._city.name,
            records=counts.pop(self._city.base, 0),
            verified=now,
        )
        direct = [self._direct(each, counts.pop(base, 0)) for base, each in followed.items()]
        carriers, full = self._journal.carriers(), shares.used_up(self._journal)
        relayed = [
            self._relayed(base, number, standings, carriers.get(base), full.get(base))
            for base, number in counts.items()
        ]
        missing = [
            Exclusion(origin=base, reason="its key is known, and nothing of it was read")
            for base, each in standings.items()
            if each.peer.follow is Follow.NOTHING and base not in counts
        ]
        unread = [
            Exclusion(origin=each.base, reason="it has not been read yet")
            for each in direct
            if each.verified is None
        ]
        silent = [Exclusion(origin=base, reason=_SILENT) for base in sorted(full)]
        left_out = (*missing, *unread, *silent, *self._refused())
        return Freshness(now, (own, *direct, *relayed), left_out)

    def _direct(self, standing: Standing, records: int) -> Origin:
        return Origin(
            base=standing.peer.base,
            name=standing.peer.name,
            records=records,
            verified=_time(standing.last_good),
            failures=standing.failures,
        )

    def _relayed(
        self,
        base: str,
        records: int,
        standings: dict[str, Standing],
        through: str | None,
        full: datetime | None,
    ) -> Origin:
        relay = standings.get(through or "")
        named = standings.get(base)
        return Origin(
            base=base,
            name=named.peer.name if named else base,
            records=records,
            verified=shares.earliest(_time(relay.last_good), full) if relay else None,
            through=through,
            failures=relay.failures if relay else 0,
        )

    def _refused(self) -> list[Exclusion]:
        return [
            Exclusion(origin=each.origin, reason=_reason(each), members=each.members)
            for each in known.refused_by_reason(self._journal)
        ]


def _reason(refused: known.Refused) -> str:
    return _REASONS.get(refused.status, plain(refused.reason))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
