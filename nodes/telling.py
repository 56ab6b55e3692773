"""Telling others: that we follow them, and that there is news.

Whoever publishes, here or in another process, writes to the journal; the clock looks there. Each
follower is told once for all that came since it was told last, and not again for a while. A
follower that does not answer is left alone for longer and longer, and keeps no other waiting;
it polls.
"""

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from federation import pings
from federation.errors import PeerRefused, PeerUnreachable
from federation.fetch import open_client, post
from federation.keys import SigningKey
from federation.messages import signed_message
from federation.pings import Ping, Verb
from nodes.config import Config
from nodes.harvesting import agent
from nodes.journal import Journal, followers, receipts
from nodes.journal.followers import FOLLOWED, STREAMS, Follower, Following
from nodes.journal.receipts import Owed

_LOG: Final = logging.getLogger(__name__)
_AGAIN: Final = 86_400.0
_FIRST_PAUSE: Final = 60.0
_LONGEST_PAUSE: Final = 86_400.0
_LONGEST_RECEIPT: Final = 3_600.0
_JITTER: Final = 0.1
_SECONDS: Final = 10.0
_AT_ONCE: Final = 8


@dataclass(kw_only=True)
class Telling:
    """Sends pings. `outcomes` counts them by what they said and whether they were taken."""

    config: Config
    journal: Journal
    key: Callable[[], SigningKey]
    now: Callable[[], datetime]
    random: Random
    outcomes: Counter[tuple[Verb, str]] = field(default_factory=Counter)
    _under_way: dict[tuple[Verb, str], asyncio.Task[None]] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def tick(self) -> None:
        """Tell whoever has news to hear, ask whoever shall tell us; returns before they answer."""
        now = self.now()
        for owed in await asyncio.to_thread(receipts.owed, self.journal, now):
            self._start(Verb.ACCEPT, owed.member, partial(self._receipt, owed))
        if not self.config.harvest.pings:
            return
        for follower in await asyncio.to_thread(followers.untold, self.journal, now):
            self._start(Verb.ANNOUNCE, follower.base, partial(self._announce, follower))
        for following in await asyncio.to_thread(followers.unasked, self.journal, now):
            self._start(Verb.FOLLOW, following.base, partial(self._follow, following))

    async def close(self) -> None:
        """Break off what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, verb: Verb, base: str, act: Callable[[], Awaitable[None]]) -> None:
        if (verb, base) not in self._under_way:
            self._under_way[verb, base] = asyncio.create_task(self._one(verb, base, act))

    async def _one(self, verb: Verb, base: str, act: Callable[[], Awaitable[None]]) -> None:
        try:
            async with self._turns:
                await act()
        except Exception:  # the job runner: a bug with one peer must not stop the others
            _LOG.exception("could not tell %s", base)
        finally:
            self._under_way.pop((verb, base), None)

    async def _announce(self, to: Follower) -> None:
        """Tell a follower that there is news; a later round of its own finds what it misses."""
        feed = f"{self.journal.base}{STREAMS[to.follow]}"
        failure = await self._send(to.base, Verb.ANNOUNCE, feed)
        if failure is None:
            told, failures, pause = to.size, 0, self.config.harvest.ping_pause
        else:
            told, failures = None, to.failures + 1
            pause = self._pause(self.config.harvest.ping_pause, failures, failure)
            if failures == 1:
                _LOG.info("%s was not told of news, it has to poll: %s", to.name, failure.reason)
        due = self.now() + timedelta(seconds=pause)
        await asyncio.to_thread(
            followers.note_told, self.journal, to.base, told, due=due, failures=failures
        )

    async def _follow(self, to: Following) -> None:
        """Ask a peer to tell us; what it said before it agreed is read in a round of its own."""
        failure = await self._send(to.base, Verb.FOLLOW, f"{to.base}{STREAMS[to.follow]}")
        now = self.now()
        if failure is None:
            due = now + timedelta(seconds=_AGAIN * (1 - _JITTER * self.random.random()))
            await asyncio.to_thread(
                followers.note_asked, self.journal, to, due=due, until=now + FOLLOWED
            )
            if not to.lasts:
                _LOG.info("%s tells this node of its news at once", to.name)
                pause = self.config.harvest.ping_pause
                await asyncio.to_thread(followers.heard_of_news, self.journal, to.base, now, pause)
            return
        failures = to.failures + 1
        if failures == 1:
            _LOG.info("%s does not tell of its news, it is polled: %s", to.name, failure.reason)
        due = now + timedelta(seconds=self._pause(_FIRST_PAUSE, failures, failure))
        await asyncio.to_thread(followers.note_asked, self.journal, to, due=due, failures=failures)

    async def _receipt(self, owed: Owed) -> None:
        """Tell an origin that nothing is left here of what it erased; again until it is heard."""
        failure = await self._send(owed.origin, Verb.ACCEPT, owed.member)
        now = self.now()
        if failure is None:
            await asyncio.to_thread(
                receipts.note_sent, self.journal, owed.member, due=now, told=now
            )
            return
        failures = owed.failures + 1
        if failures == 1:
            _LOG.info("%s does not take a receipt: %s", owed.origin, failure.reason)
        pause = self._pause(self.config.harvest.ping_pause, failures, failure)
        await asyncio.to_thread(
            receipts.note_sent,
            self.journal,
            owed.member,
            due=now + timedelta(seconds=min(pause, _LONGEST_RECEIPT)),
            told=None,
            failures=failures,
        )

    async def _send(self, base: str, verb: Verb, feed: str) -> PeerUnreachable | None:
        """Post a ping to a node; returns why it was not taken, None if it was."""
        mine, url = self.journal.base, pings.address(base)
        key = await asyncio.to_thread(self.key)
        body = pings.write(Ping(verb=verb, actor=f"{mine}#node", object=feed))
        headers = signed_message(
            body,
            pings.MEDIA,
            url,
            key,
            method=key.public(mine).method,
            created=int(self.now().timestamp()),
            nonce=secrets.token_urlsafe(12),
        )
        limits = self.config.limits
        limits = replace(limits, request_seconds=min(_SECONDS, limits.request_seconds))
        try:
            async with open_client(
                agent=agent(self.config),
                limits=limits,
                allow_private=self.config.harvest.allow_private_peers,
            ) as client:
                await post(client, url, body, limits, headers=headers)
        except PeerUnreachable as failure:
            self.outcomes[verb, "refused" if isinstance(failure, PeerRefused) else "failed"] += 1
            if isinstance(failure, PeerRefused) and failure.at is not None:
                self._tell_clock(base, self.now().timestamp() - failure.at)
            return failure
        self.outcomes[verb, "taken"] += 1
        return None

    def _tell_clock(self, base: str, apart: float) -> None:
        """Warn of a clock by which peers believe no ping, and leave for later what is published."""
        if abs(apart) > self.config.limits.clock_skew_seconds:
            _LOG.warning(
                "the clock of this node is %d seconds %s that of %s: set it by the network's time "
                "(NTP), for what is dated in the future is refused until then",
                abs(apart),
                "ahead of" if apart > 0 else "behind",
                base,
            )

    def _pause(self, first: float, failures: int, failure: PeerUnreachable) -> float:
        """Give the seconds until the next try: doubled each time, and as the peer asked."""
        asked = (failure.retry_after or 0.0) if isinstance(failure, PeerRefused) else 0.0
        pause = max(min(first * 2.0 ** min(failures - 1, 20), _LONGEST_PAUSE), asked)
        return pause * (1 + _JITTER * self.random.random())
