"""A node put together: everything is opened here, and closed in reverse order.

`open_desk` gives what the command line needs to speak for the city: configuration, key, journal.
`open_node` adds views, workers and the catalogue, and is what `citynode serve` runs.
"""

import asyncio
import gc
import logging
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import (
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryFile
from threading import Event, Lock
from typing import Final, TypeVar

from federation.keys import SigningKey
from federation.member import Kind, Member
from federation.schedule import open_clock
from nodes import cities, projection
from nodes.acquaintance import JournalNetwork
from nodes.apart import Apart
from nodes.aside import aside
from nodes.catalogue import Catalogue
from nodes.changes import View
from nodes.city import City
from nodes.config import Config
from nodes.errors import Served, ViewDamaged, ViewsClosed
from nodes.examiner import SandboxExaminer
from nodes.feeds import Feeds
from nodes.harvesting import Harvesting, utc_now
from nodes.health import Health, Pace
from nodes.hearing import Hearing
from nodes.index import Index
from nodes.journal import Journal
from nodes.journal.inbox import JournalInbox
from nodes.keyring import Keyring
from nodes.meaning.following import Meaning, open_meaning
from nodes.prepared import Prepared
from nodes.publishing import Draft, compose
from nodes.queries import Limits as QueryLimits
from nodes.queries import Queries
from nodes.recalling import Bounds, Recalling
from nodes.remembering import Memory
from nodes.sandbox.pool import Sandbox
from nodes.store import Store
from nodes.telling import Telling
from vocab.records import Record
from vocab.triples import from_payload

_LOG: Final = logging.getLogger(__name__)
_LOOK_SECONDS: Final = 0.2
_LONGEST_PAUSE: Final = 60.0
_LONGEST_REST: Final = 0.7
_HARVEST_RESTS: Final = {"store": 2.0, "index": 1.0}
"""Seconds between two steps while a round goes on; what the index has not seen nobody finds."""

_MUCH: Final = 100
"""How many changes at once tell that a harvest is going on."""

_SETTLED_SECONDS: Final = 5.0
_READER: Final = 128 << 20
"""A worker that reads pages begins with some 75 MB and keeps 100 after large ones; one that keeps
more than this is replaced, which costs a second of processor time."""

JOURNAL: Final = "journal.sqlite"
VIEWS: Final = "views"
PAST: Final = "past"
"""The folder, among the views, of stores of earlier times."""

_ROOM: Final = 1 << 20
"""Bytes that must find room on the disk before a view that cannot be opened is called damaged."""

_View = TypeVar("_View", Store, Index)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What it takes to speak for the city."""

    config: Config
    city: City
    keyring: Keyring
    journal: Journal

    @property
    def key(self) -> SigningKey:
        """The key that speaks for the city now; raises ConfigError when it is not there."""
        return self.keyring.key()

    @property
    def views(self) -> Path:
        """The folder of everything that can be rebuilt."""
        return self.config.folder / VIEWS

    def current(self, iri: str) -> Member | None:
        """Return the member that speaks for a record now."""
        entry = self.journal.record(iri)
        return None if entry is None else entry.member

    def published(self, iri: str) -> Record | None:
        """Return a record of this city as it is published now; None when there is none."""
        entry = self.journal.record(iri) if iri.startswith(self.city.base) else None
        if entry is None or entry.member.kind is Kind.DELETE:
            return None
        return from_payload(entry.member.payload, iri)

    def speak(self, drafts: Sequence[Draft], source: str | None, now: datetime) -> list[Member]:
        """Sign drafts and append them to the journal; they are on disk when this returns."""
        if not drafts:
            return []

        def signed(newest: Member | None) -> list[Member]:
            return compose(self.city.base, self.key, newest, now, drafts)

        return self.journal.publish(signed, source, now)

    def tell_of_city(self, now: datetime) -> list[Member]:
        """Say what the configuration says of the city, unless that is what is said already."""
        current = self.current(self.city.iri)
        return self.speak(cities.drafts(self.city, current), None, now)

    def signed(self, newest: Member | None, drafts: Sequence[Draft]) -> list[Member]:
        """Sign drafts as the members that follow the newest one, without keeping them."""
        return compose(self.city.base, self.key, newest, utc_now(), drafts)


@dataclass(frozen=True, kw_only=True)
class Views:
    """The store and the index, held by the one process that projects.

    Each is brought forward by itself, for the store takes longer. A thread that does it outlives
    the task that waits for it: so closing waits for the batch under way, which is the last one
    then.
    """

    store: Store
    index: Index
    _store_turn: Lock = field(default_factory=Lock)
    _index_turn: Lock = field(default_factory=Lock)
    _closing: Event = field(default_factory=Event)

    def catch_up(self, journal: Journal) -> int:
        """Bring both to the journal's end; raises ViewsClosed when they are closed meanwhile."""
        with self.held():
            return projection.catch_up(journal, (self.store, self.index), self._go_on)

    def store_up(self, journal: Journal) -> None:
        """Bring the store to the journal's end; raises ViewsClosed as `catch_up` does."""
        with self._store_turn:
            self._go_on()
            projection.catch_up(journal, (self.store,), self._go_on)

    def index_up(self, journal: Journal) -> None:
        """Bring the index to the journal's end; raises ViewsClosed as `catch_up` does."""
        with self._index_turn:
            self._go_on()
            projection.catch_up(journal, (self.index,), self._go_on)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep them from being brought forward for the time of the block."""
        with self._store_turn, self._index_turn:
            self._go_on()
            yield

    def tidy(self) -> None:
        """Let questions of the index cost less, if nothing has come for a while."""
        with self._index_turn:
            self._go_on()
            self.index.tidy()

    def rest(self) -> None:
        """Bring them forward no more: wait for the batch under way."""
        self._closing.set()
        with self._store_turn, self._index_turn:
            pass

    def _go_on(self, *_: int) -> None:
        if self._closing.is_set():
            raise ViewsClosed("the views are closed; they go on from here at the next start")


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

    async def stay_ready(self) -> None:
        """Read ahead what questions need: after the start, and when they have missed something.

        It begins when a start is over, so that nothing waits for it.
        """
        woken = False
        while True:
            await asyncio.sleep(_SETTLED_SECONDS)
            try:
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


@contextmanager
def open_desk(config: Config, *, keyless: bool = False) -> Iterator[Desk]:
    """Open configuration, key and journal; raises ConfigError or JournalError.

    A `keyless` desk is for a city whose key is lost.
    """
    city = config.city.city()
    journal = Journal(config.folder / JOURNAL, city.base)
    keyring = Keyring(folder=config.folder, journal=journal)
    try:
        if not keyless:
            keyring.key()
        yield Desk(config=config, city=city, keyring=keyring, journal=journal)
    finally:
        journal.close()


@contextmanager
def open_views(folder: Path) -> Iterator[Views]:
    """Open the views to write to them; the caller holds `projection.lock`.

    A view that is damaged, or was made by another version, is deleted: it is made anew from the
    journal when it catches up. One that only lacks room is kept: raises OSError.
    """
    with ExitStack() as stack:
        store = stack.enter_context(closing(_open_or_renew(Store.open, folder / "store")))
        index = stack.enter_context(closing(_open_or_renew(Index.open, folder / "index")))
        views = Views(store=store, index=index)
        stack.callback(views.rest)
        yield views


def _open_or_renew(open_view: Callable[[Path], _View], folder: Path) -> _View:
    try:
        return aside(partial(open_view, folder))
    except ViewDamaged as error:
        _need_room(folder.parent)
        _LOG.warning("%s; it is made anew from the journal", error)
        shutil.rmtree(folder, ignore_errors=True)
        return aside(partial(open_view, folder))


def _need_room(folder: Path) -> None:
    try:
        with TemporaryFile(dir=folder) as probe:
            probe.write(bytes(_ROOM))
            probe.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None


def inbox_of(desk: Desk) -> JournalInbox:
    """Give the journal as rounds see it."""
    limits = desk.config.limits
    return JournalInbox(
        journal=desk.journal,
        own=desk.keyring.ring(),
        now=utc_now,
        quarantine=limits.quarantine_per_peer,
        quarantine_bytes=limits.quarantine_bytes,
        withdrawn_share=limits.withdrawn_share,
        free_bytes=limits.free_bytes,
    )


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
        views = stack.enter_context(open_views(desk.views))
        await asyncio.to_thread(views.catch_up, desk.journal)
        queries = await stack.enter_async_context(
            Queries(
                views.store,
                desk.views / "checkpoints",
                workers=config.query.workers,
                queue=config.query.queue,
                limits=QueryLimits(
                    seconds=config.query.seconds,
                    memory=config.query.memory,
                    answer_bytes=config.query.answer_bytes,
                    waiting_bytes=4 * config.query.answer_bytes,
                ),
                memory=Memory(most_bytes=config.query.memory_bytes),
                recalling=Recalling(
                    views.store,
                    desk.journal,
                    desk.views / PAST,
                    Bounds(
                        stores=config.past.stores,
                        most_bytes=config.past.store_bytes,
                        seconds=config.past.build_seconds,
                        memory=config.query.memory,
                    ),
                ),
            )
        )
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
        yield Node(
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
