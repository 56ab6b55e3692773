"""Rounds with peers: who is due, one lease a peer, and what came of each round.

One verb for the scheduler, the command line and the tests: `round_with`.
"""

import asyncio
import logging
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from contextvars import Context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from federation.dcat.following import observe
from federation.errors import MuchToRead
from federation.fetch import Client, open_client
from federation.harvest import harvest
from federation.ldes.following import follow
from federation.peers import Follow, Peer, Round
from federation.schedule import next_due
from nodes.apart import Apart
from nodes.config import Config
from nodes.errors import JournalError, ProcessFailed
from nodes.examiner import SandboxExaminer
from nodes.joining import introduce
from nodes.journal import Journal, digests, known, runs
from nodes.journal.inbox import JournalInbox
from nodes.journal.known import Standing
from nodes.journal.observed import JournalObserved, Sign
from nodes.journal.unsigned import UnsignedInbox

_LOG: Final = logging.getLogger(__name__)
_LEASE_SECONDS: Final = 10.0
_DAY: Final = timedelta(days=1)

MUCH: Final = 1_000
"""So many new members are read in a second or two, as long as a process takes to start."""


@dataclass(kw_only=True)
class Harvesting:
    """What rounds need. `now` gives the time; `random` spreads due times.

    `sign` speaks for this node: what is observed elsewhere is its own to say. Where there is an
    `apart`, it does the rounds that have more than `much` to read, one at a time.
    """

    config: Config
    journal: Journal
    inbox: JournalInbox
    examiner: SandboxExaminer
    sign: Sign
    now: Callable[[], datetime]
    random: Random
    apart: Apart | None = None
    much: int = MUCH
    _apart_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(init=False)
    _tidied: datetime | None = None

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.config.harvest.rounds_at_once)

    async def tick(self) -> None:
        """Start a round with every peer that is due; a slow one keeps no other waiting.

        Before the first, and once a day, the journal is tidied.
        """
        await self.tidy()
        for standing in await asyncio.to_thread(known.due_peers, self.journal, self.now()):
            self.begin(standing)

    def begin(self, standing: Standing) -> asyncio.Task[None]:
        """Start a round with a peer, or give the one under way."""
        base = standing.peer.base
        found = self._under_way.get(base)
        if found is None:
            round_ = self._one(standing)  # the node's own work, whoever wished for it
            found = self._under_way[base] = asyncio.create_task(round_, context=Context())
            found.add_done_callback(lambda _: self._under_way.pop(base, None))
        return found

    @property
    def busy(self) -> bool:
        """Whether a round is under way."""
        return bool(self._under_way)

    async def tidy(self) -> None:
        """Count the digests of live sets again when that is due, and drop reports of old rounds.

        Cities whose share of the disk was used up are heard again when it no longer is.
        """
        now, last = self.now(), self._tidied
        if last is None or not timedelta(0) <= now - last < _DAY:
            self._tidied = now
            kept = timedelta(days=self.config.harvest.runs_kept_days)
            await asyncio.to_thread(runs.prune, self.journal, now - kept)
            if await asyncio.to_thread(digests.recount, self.journal):
                _LOG.warning("the digests of live records did not fit them, and were made anew")
            for base in await self.inbox.reopen():
                _LOG.info("%s is heard again: its share of the disk is not used up any more", base)

    async def close(self) -> None:
        """Break off the rounds under way; the next ones go on from their bookmarks."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, standing: Standing) -> None:
        async with self._turns:
            try:
                await self._here_or_apart(standing)
            except ProcessFailed as error:
                _LOG.error("the round with %s broke off: %s", standing.peer.name, error)
                reason = "the process that did the round ended; the next goes on from there"
                broken = Round(peer=standing.peer.base, started=self.now(), failure=reason)
                await self._note(standing, broken)
            except Exception:  # the job runner: a bug with one peer must not stop the others
                _LOG.exception("the round with %s broke off", standing.peer.name)
                broken = Round(
                    peer=standing.peer.base, started=self.now(), failure="an internal error"
                )
                await self._note(standing, broken)

    async def _here_or_apart(self, standing: Standing) -> None:
        """Do one round, in a process of its own when there is much to read and none does one."""
        if self.apart is not None and not self._apart_turn.locked():
            try:
                await self.round_with(standing, self.much)
            except MuchToRead as error:
                _LOG.info("%s: read in a process of its own", error)
            else:
                return
            if not self._apart_turn.locked():
                async with self._apart_turn:
                    await self.apart.round_with(standing.peer.base)
                return
        await self.round_with(standing)

    async def round_with(self, standing: Standing, most: int | None = None) -> Round | None:
        """Do one round; None when another round with this peer is under way.

        Raises MuchToRead where its feed has more than `most` new members.
        """
        peer = standing.peer
        async with self._lease(f"harvest {peer.base}") as held:
            if not held:
                return None
            async with self.client() as client:
                done = await self._read(client, peer, most)
            await self._note(standing, done)
            await self._introduce(peer.base)
        return done

    async def _introduce(self, base: str) -> None:
        """Take the cities that a registry lists, if that peer is one we joined."""
        taken = await asyncio.to_thread(
            introduce, self.journal, self.config.harvest, base, self.now(), self.random
        )
        for city in taken:
            _LOG.info("%s at %s is a peer now, listed by %s", city.name, city.base, base)

    async def _read(self, client: Client, peer: Peer, most: int | None) -> Round:
        limits, now = self.config.limits, self.now()
        if peer.follow is Follow.UNSIGNED:
            unsigned = UnsignedInbox(inbox=self.inbox)
            return await follow(client, peer, unsigned, self.examiner, limits=limits, now=now)
        if not peer.follow.observed:
            return await harvest(
                client, peer, self.inbox, self.examiner, limits=limits, now=now, most=most
            )
        signing = known.pinned_keys(await asyncio.to_thread(known.peers, self.journal))
        return await observe(
            client,
            peer,
            JournalObserved(inbox=self.inbox, sign=self.sign),
            self.examiner,
            base=self.journal.base,
            known=tuple(signing),
            limits=limits,
            now=now,
        )

    def client(self) -> AbstractAsyncContextManager[Client]:
        """Open a client for one peer."""
        return open_client(
            agent=agent(self.config),
            limits=self.config.limits,
            allow_private=self.config.harvest.allow_private_peers,
        )

    @asynccontextmanager
    async def _lease(self, name: str) -> AsyncIterator[bool]:
        """Hold a short lease by a heartbeat; when the process dies it runs out by itself."""
        holder = f"{os.getpid()}-{secrets.token_hex(4)}"

        async def take() -> bool:
            return await asyncio.to_thread(
                known.take_lease, self.journal, name, holder, _LEASE_SECONDS
            )

        async def beat() -> None:
            while True:
                await asyncio.sleep(_LEASE_SECONDS / 4)
                with suppress(JournalError):  # a busy journal; the next beat comes in time
                    await take()

        if not await take():
            yield False
            return
        heart = asyncio.create_task(beat())
        try:
            yield True
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)
            await asyncio.to_thread(known.give_back, self.journal, name, holder)

    async def _note(self, standing: Standing, done: Round) -> None:
        failures = standing.failures + 1 if done.failure else 0
        now = self.now()
        due = next_due(done, failures, self.config.harvest.interval, now, self.random)
        await asyncio.to_thread(known.keep_round, self.journal, done, due, now)
        if done.failure is not None:
            _LOG.warning("harvesting %s failed: %s", standing.peer.name, done.failure)
        if done.new or done.changed or done.deleted or done.refused or done.repaired:
            _LOG.info("harvested %s: %s", standing.peer.name, told(done))
        for reason in done.reasons:
            _LOG.warning("refused from %s: %s", standing.peer.name, reason)


def told(done: Round) -> str:
    """Say what a round brought in one line."""
    others = f", {done.others} no records" if done.others else ""
    repaired = f", {done.repaired} put right" if done.repaired else ""
    differs = f"; differs: {done.differs}" if done.differs else ""
    return (
        f"{done.new} new, {done.changed} changed, {done.deleted} withdrawn, "
        f"{done.known} known, {done.refused} refused{others}{repaired}{differs}"
    )


def agent(config: Config) -> str:
    """Name the node to those it asks."""
    return f"citynode (+{config.city.base})"


def utc_now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)
