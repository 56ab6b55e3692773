"""Bringing what is old up to date because somebody asks for it, and hammering nobody.

Who asks for data no older than so many seconds waits, at most `deadline` seconds, for one round
with each peer that was verified longer ago: one conditional request each when there is nothing
new, all at the same time. The same round serves everybody who asks meanwhile. A peer is asked at
most once in `pause` seconds whoever asks, all peers together so many a second and no more, and one
that failed is left alone until it is due again: what could not be brought up to date is named.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from federation.peers import Follow
from nodes.budgets import Allowance
from nodes.errors import TooOften
from nodes.journal import Journal, known
from nodes.journal.known import Standing

BURST: Final = 64
RATE: Final = 8.0


@dataclass(frozen=True, kw_only=True)
class Unreached:
    """A peer that could not be brought up to date."""

    base: str
    reason: str


@dataclass(kw_only=True)
class Refreshing:
    """Does rounds on demand. `begin` starts one, or gives the one under way."""

    journal: Journal
    begin: Callable[[Standing], asyncio.Task[None]]
    catch_up: Callable[[], Awaitable[None]]
    now: Callable[[], datetime]
    pause: float = 5.0
    deadline: float = 5.0
    allowance: Allowance = field(default_factory=lambda: Allowance(burst=BURST, rate=RATE))
    _asked: dict[str, datetime] = field(default_factory=dict)
    _rounds: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def bring(self, age: float) -> tuple[Unreached, ...]:
        """See to it that no peer was verified more than `age` seconds ago; name the others."""
        limit = self.now() - timedelta(seconds=max(age, self.pause))
        stale = [each for each in await self._followed() if not _verified_since(each, limit)]
        if not stale:
            return ()
        reasons: dict[str, str] = {}
        rounds = []
        for standing in stale:
            base = standing.peer.base
            if base in self._rounds:
                rounds.append(self._rounds[base])
            elif reason := self._spared(standing):
                reasons[base] = reason
            else:
                rounds.append(self._start(standing))
        if rounds:
            await asyncio.wait(rounds, timeout=self.deadline)
            await self.catch_up()
        return tuple(
            Unreached(
                base=each.peer.base,
                reason=reasons.get(each.peer.base)
                or ("its round failed" if each.failures else "its round takes longer"),
            )
            for each in await self._followed()
            if not _verified_since(each, limit)
        )

    def _start(self, standing: Standing) -> asyncio.Task[None]:
        base = standing.peer.base
        self._asked[base] = self.now()
        started = self._rounds[base] = self.begin(standing)
        started.add_done_callback(lambda _: self._rounds.pop(base, None))
        return started

    def _spared(self, standing: Standing) -> str:
        """Say why a peer is not asked now; empty when it may be."""
        if standing.peer.follow.observed:
            return "it has no feed, and is observed at its own pace"
        now, base = self.now(), standing.peer.base
        last = self._asked.get(base)
        if last is not None and timedelta(0) <= now - last < timedelta(seconds=self.pause):
            return "it was asked a moment ago"
        if standing.failures and datetime.fromisoformat(standing.due) > now:
            return f"{standing.failures} rounds with it failed; it is asked again later"
        try:
            self.allowance.take()
        except TooOften:
            return "too many peers are being asked already"
        return ""

    async def _followed(self) -> list[Standing]:
        standings = await asyncio.to_thread(known.standings, self.journal)
        found = [each for each in standings if each.peer.follow is not Follow.NOTHING]
        bases = {each.peer.base for each in found}
        self._asked = {base: at for base, at in self._asked.items() if base in bases}
        return sorted(found, key=lambda each: each.last_good or "")


def _verified_since(standing: Standing, limit: datetime) -> bool:
    last = standing.last_good
    return last is not None and datetime.fromisoformat(last) >= limit
