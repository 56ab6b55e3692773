"""A node put together: everything is opened here, and closed in reverse order.

`open_node` puts views, workers and the catalogue around the desk (`nodes.desk`), and is what
`citynode serve` runs.
"""

import asyncio
import gc
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import (
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Final

from federation.schedule import open_clock
from nodes import projection
from nodes.acquaintance import JournalNetwork
from nodes.apart import Apart
from nodes.catalogue import Catalogue
from nodes.changes import View
from nodes.cities import called
from nodes.config import Config
from nodes.desk import Desk, inbox_of, open_desk
from nodes.errors import Served
from nodes.examiner import SandboxExaminer
from nodes.feeds import Feeds
from nodes.harvesting import Harvesting, utc_now
from nodes.health import Health, Pace
from nodes.hearing import Hearing
from nodes.meaning.following import Meaning, open_meaning
from nodes.prepared import Prepared
from nodes.queries import Limits as QueryLimits
from nodes.queries import Queries
from nodes.recalling import Bounds, Recalling
from nodes.remembering import Memory
from nodes.sandbox.pool import Sandbox
from nodes.telling import Telling
from nodes.views import Views, filling, open_views

_LOG: Final = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.2
_LONGEST_PAUSE: Final = 60.0
_LONGEST_REST: Final = 0.7
_HARVEST_RESTS: Final = {"store": 2.0, "index": 1.0}
"""Seconds between two steps while a round goes on; what the index has not seen nobody finds."""

_MUCH: Final = 100
"""How many changes at once tell that a harvest is going on."""

PAST: Final = "past"
"""The folder, among the views, of stores of earlier times."""

_SETTLED_SECONDS: Final = 5.0
_READER: Final = 128 << 20
"""A worker that reads pages begins with some 75 MB and keeps 100 after large ones; one that keeps
more than this is replaced, which costs a second of processor time."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """A running node."""

    desk: Desk
    views: Views
    queries: Queries
    meaning: Meaning | None
    """The vectors of records; None where they are switched off or the model is not installed."""

    catalogue: Catalogue
    network: JournalNetwork
    feeds: Feeds
    harvesting: Harvesting
    hearing: Hearing
    telling: Telling
    pace: Pace = field(default_factory=Pace)

    async def health(self) -> Health:
        """Compare the views with the journal."""
        end = await asyncio.to_thread(self.desk.journal.last_change)
        behind = end - min(self.views.store.position, self.views.index.position)
        ready = behind <= 0 or self.pace.keeps_up(time.monotonic())
        return Health(ready=ready, behind=max(0, behind), at=utc_now())

    async def catch_up(self) -> None:
        """Let the views follow the journal now, and queries see it."""
        await asyncio.to_thread(self.views.catch_up, self.desk.journal)
        await self.queries.refresh()

    async def follow_journal(self) -> None:
        """Let the views follow the journal for ever, whoever writes to it, each at its own pace."""
        held = {"store": time.monotonic(), "index": time.monotonic()}

        def note(name: str, at: float) -> None:
            held[name] = at
            self.pace.note(min(held.values()))

        await asyncio.gather(
            self._follow("store", self.views.store, self._store_up, note),
            self._follow("index", self.views.index, self._index_up, note),
        )

    async def _follow(
        self,
        name: str,
        view: View,
        bring_up: Callable[[], Awaitable[None]],
        note: Callable[[str, float], None],
    ) -> None:
        """Let a view follow for ever.

        A full disk or a busy journal keeps it back until it is over, and does not end this. After
        work it rests as long as it took, or longer where much had come, longest while a round
        brings more: few large steps cost less than many. There is no rest where enough for a large
        step is waiting already, nor where the city itself said something among much of others:
        somebody looks for it.
        """
        journal = self.desk.journal
        pause, done, rest = _LOOK_SECONDS, 0.0, 0.0
        while True:
            try:
                begun = time.monotonic()
                behind, own = await asyncio.to_thread(journal.waiting, view.position)
                wanted = rest
                if behind >= _MUCH and self.harvesting.busy:
                    wanted = 0.0 if own else _HARVEST_RESTS[name]
                due = behind >= projection.BATCH or (behind > 0 and begun - done >= wanted)
                if due:
                    await bring_up()
                    done = time.monotonic()
                    rest = _LONGEST_REST if behind >= _MUCH else min(done - begun, _LONGEST_REST)
                if due or behind <= 0:
                    note(name, begun)
                pause = _LOOK_SECONDS
            except Exception:  # the job runner: the views must follow again when they can
                pause = min(2 * pause, _LONGEST_PAUSE)
                _LOG.exception("a view cannot follow the journal; next try in %.0f s", pause)
            await asyncio.sleep(pause)

    async def _store_up(self) -> None:
        await asyncio.to_thread(self.views.store_up, self.desk.journal)
        await self.queries.refresh()

    async def _index_up(self) -> None:
        await asyncio.to_thread(self.views.index_up, self.desk.journal)

    def call(self) -> None:
        """Let records be found by what the nodes that tell them call their cities now."""
        self.views.index.call(called(self.desk.journal, self.desk.city, self.network.city))

    async def stay_ready(self) -> None:
        """Read ahead what questions need: after the start, and when they have missed something.

        It begins when a start is over, so that nothing waits for it.
        """
        woken, known = False, -1
        while True:
            await asyncio.sleep(_SETTLED_SECONDS)
            try:
                if (said := await asyncio.to_thread(self.desk.journal.last_change)) != known:
                    await asyncio.to_thread(self.call)
                    known = said
                await asyncio.to_thread(self.views.index.read_ahead)
                await asyncio.to_thread(self.views.tidy)
                if self.meaning is not None and not woken:
                    await self.meaning.wake()
                if not woken:
                    await asyncio.to_thread(_settle)
                woken = True
            except Exception:  # the job runner: what is missing is read when it is asked for
                _LOG.exception("could not read ahead")


def _settle() -> None:
    """Look no more, for what nobody needs any longer, among what is there after the start.

    Nearly all of it stays, and to look through it would hold every question up for a fifth of a
    second, again and again.
    """
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def open_harvesting(
    desk: Desk,
    shared: Sandbox | None = None,
    prepared: Prepared | None = None,
    apart: Apart | None = None,
) -> AsyncIterator[Harvesting]:
    """Start the workers that read peers' pages; nodes of one process may share theirs.

    `prepared` keeps what the workers write down for the index of this process, if there is one.
    `apart` does long rounds elsewhere.
    """
    limits, inbox = desk.config.limits, inbox_of(desk)
    workers = desk.config.harvest.workers
    own = Sandbox("examine", workers=workers, spares=1, resident=_READER)
    async with nullcontext(shared) if shared else own as sandbox:
        harvesting = Harvesting(
            config=desk.config,
            journal=desk.journal,
            inbox=inbox,
            examiner=SandboxExaminer(
                sandbox=sandbox, limits=limits, prepared=prepared or Prepared(0)
            ),
            sign=desk.signed,
            now=utc_now,
            random=SystemRandom(),
            apart=apart,
        )
        await harvesting.tidy()
        try:
            yield harvesting
        finally:
            await harvesting.close()


@asynccontextmanager
async def open_node(config: Config, shared: Sandbox | None = None) -> AsyncIterator[Node]:
    """Open a whole node and let its views catch up; raises NodeError.

    `shared` are workers for peers' pages that other nodes of the same process use too.
    """
    async with AsyncExitStack() as stack:
        desk = stack.enter_context(open_desk(config))
        if not stack.enter_context(projection.lock(desk.views)):
            raise Served(f"another process is serving {config.folder}")
        await asyncio.to_thread(desk.tell_of_city, utc_now())
        with filling(desk.views, desk.journal.path):
            views = stack.enter_context(open_views(desk.views))
            await asyncio.to_thread(views.catch_up, desk.journal)
        queries = await stack.enter_async_context(_queries(desk, views))
        harvesting = await stack.enter_async_context(
            open_harvesting(
                desk,
                shared,
                prepared := views.index.prepared,
                Apart(folder=config.folder.absolute(), prepared=prepared),
            )
        )
        meaning = await stack.enter_async_context(
            open_meaning(desk.views, wanted=config.search.vectors)
        )
        network = JournalNetwork(journal=desk.journal, me=desk.city, settings=config.harvest)
        node = Node(
            desk=desk,
            views=views,
            queries=queries,
            meaning=meaning,
            catalogue=Catalogue(
                desk.journal, views.index, lambda: network.ages(utc_now()), meaning
            ),
            network=network,
            feeds=Feeds(
                journal=desk.journal,
                city=desk.city,
                key=desk.keyring.key,
                interval=config.harvest.polling_interval,
                folder=desk.views / "pages",
                kept=config.retention.kept(),
            ),
            harvesting=harvesting,
            hearing=Hearing(config=config, journal=desk.journal, now=utc_now),
            telling=Telling(
                config=config,
                journal=desk.journal,
                key=desk.keyring.key,
                now=utc_now,
                random=SystemRandom(),
            ),
        )
        await asyncio.to_thread(node.call)
        yield node


def _queries(desk: Desk, views: Views) -> Queries:
    """Make the query service as the configuration has it."""
    query, past = desk.config.query, desk.config.past
    return Queries(
        views.store,
        desk.views / "checkpoints",
        workers=query.workers,
        queue=query.queue,
        limits=QueryLimits(
            seconds=query.seconds,
            memory=query.memory,
            answer_bytes=query.answer_bytes,
            waiting_bytes=4 * query.answer_bytes,
        ),
        memory=Memory(most_bytes=query.memory_bytes),
        recalling=Recalling(
            views.store,
            desk.journal,
            desk.views / PAST,
            Bounds(
                stores=past.stores,
                most_bytes=past.store_bytes,
                seconds=past.build_seconds,
                memory=query.memory,
            ),
        ),
    )


@asynccontextmanager
async def at_work(node: Node) -> AsyncIterator[None]:
    """Follow the journal, harvest peers and tell them of news, until the block ends."""
    following = [
        asyncio.create_task(node.follow_journal()),
        asyncio.create_task(node.stay_ready()),
    ]
    if node.meaning is not None:
        following.append(asyncio.create_task(node.meaning.follow(node.desk.journal)))
    settings = node.desk.config.harvest
    clocks = [
        open_clock(node.harvesting.tick, settings.tick),
        open_clock(node.telling.tick, settings.tick),
    ]
    try:
        yield
    finally:
        for clock in clocks:
            clock.shutdown(wait=False)
        await node.telling.close()
        await node.harvesting.close()
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
