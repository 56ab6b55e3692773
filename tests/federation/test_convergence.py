"""Whatever happens on the way, in the end every node knows what each city said, once.

Two cities publish; two relays read them and each other; a reader knows only the relays. Hypothesis
plays them schedules of publishing, reading, tampering, cutting, crashing, restarting and restoring
from backup. Then the faults end, everyone reads until nothing new comes, and all must agree.
`CITYNODE_SCHEDULES` says how many to play (a few by default; hundreds before a release).
"""

import asyncio
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation import feed, head, keys, layout
from federation.examining import Examined, Keys, examine
from federation.harvest import harvest
from federation.head import Head
from federation.keys import SigningKey
from federation.limits import Limits
from federation.member import Kind, digest
from federation.page import Entry, FeedPage, nquads
from federation.peers import Follow, Peer, Round
from nodes.checking import Report, check_chains, check_journal
from nodes.journal import Journal, known
from nodes.journal.inbox import JournalInbox, accept
from nodes.journal.outbox import JournalOutbox
from tests.city import NOON, City

LIMITS = Limits()
PAGE = 3
WENT_BACK = ("went back", "ends with another member")
SCHEDULES = int(os.environ.get("CITYNODE_SCHEDULES", "12"))
EXAMINED: dict[bytes, Examined] = {}


class Examiner:
    """Examines in this process, the same page once."""

    async def examine(self, body: bytes, media_type: str, url: str, keys: Keys) -> Examined:
        name = hashlib.sha256(repr((body, media_type, url, keys)).encode()).digest()
        if name not in EXAMINED:
            EXAMINED[name] = examine(body, media_type, url, keys, LIMITS)
        return EXAMINED[name]


@dataclass
class Place:
    """A node that reads and relays: a journal on disk and a key."""

    name: str
    folder: Path
    key: SigningKey = field(default_factory=keys.generate)
    seen: dict[str, int] = field(default_factory=dict)
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.base = f"https://{self.name}.example/"
        self.file = self.folder / f"{self.name}.sqlite"
        self.start()

    def start(self) -> None:
        self.journal = Journal(self.file, self.base)
        self.inbox = JournalInbox(
            journal=self.journal,
            own=(self.key.public(self.base),),
            now=lambda: self.now,
            quarantine=1_000,
        )

    @property
    def relay(self) -> Peer:
        keys = (self.key.public(self.base),)
        return Peer(base=self.base, name=self.name, keys=keys, follow=Follow.ALL)

    def page(self, path: str) -> FeedPage | None:
        stream = replace(feed.all_stream(self.base, self.name, 60), page=PAGE)
        outbox = JournalOutbox(journal=self.journal, relayed=True)
        size = outbox.size()
        below = path.removeprefix("feed/all").removeprefix("/")
        node = feed.node_at(below, PAGE)
        if below:
            return node and (
                feed.node_page(stream, outbox, size, node) if layout.exists(node, size) else None
            )
        last = outbox.entries(size - 1, size) if size else []
        said = Head(
            feed=stream.root,
            actor=f"{self.base}#node",
            count=size,
            published=last[0].stamp if last else "2026-01-01T00:00:00.000000Z",
            last=digest(last[0].member) if last else None,
        )
        signed = head.signed(said, self.key, method=self.key.public(self.base).method)
        return feed.root_page(stream, outbox, size, signed)

    def backup(self) -> None:
        self.journal.close()
        with closing(sqlite3.connect(self.file)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.file, self.file.with_suffix(".backup"))
        self.start()

    def restore(self) -> bool:
        backup = self.file.with_suffix(".backup")
        if not backup.exists():
            return False
        self.journal.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        shutil.copy(backup, self.file)
        self.start()
        self.seen.clear()
        return True

    def accepted(self) -> set[str]:
        query = "SELECT iri FROM members WHERE state = 'accepted'"
        return {row["iri"] for row in self.journal.db().execute(query)}

    def members(self) -> set[str]:
        return {row[0] for row in self.journal.db().execute("SELECT iri FROM members")}

    def never_goes_back(self) -> None:
        for row in self.journal.db().execute("SELECT object, sequence FROM records"):
            assert row["sequence"] >= self.seen.get(row["object"], 0), "a record came back"
            self.seen[row["object"]] = row["sequence"]


class Crash(BaseException):
    """The process ends here."""


Spoil = Callable[[Sequence[Entry], int, City], list[Entry]]


def _forged(entries: Sequence[Entry], at: int, stranger: City) -> list[Entry]:
    changed = list(entries)
    said = entries[at].member
    bare = replace(said, payload=said.payload.replace(b"Prova", b"Bugia"))
    changed[at] = replace(entries[at], member=stranger.resign(bare))
    return changed


def _changed(entries: Sequence[Entry], at: int, stranger: City) -> list[Entry]:
    changed = list(entries)
    said = entries[at].member
    payload = said.payload.replace(b"Prova", b"Pruva")
    changed[at] = replace(entries[at], member=replace(said, payload=payload, kind=Kind.UPDATE))
    return changed


SPOILS: dict[str, Spoil] = {
    "forge": _forged,
    "change": _changed,
    "forge all": lambda entries, _, stranger: [
        _forged(entries, at, stranger)[at] for at in range(len(entries))
    ],
    "drop": lambda entries, at, _: [*entries[:at], *entries[at + 1 :]],
    "empty": lambda *_: [],
    "reverse": lambda entries, *_: list(reversed(entries)),
    "future": lambda entries, *_: [
        replace(each, received=each.received and "2031" + each.received[4:]) for each in entries
    ],
    "timeless": lambda entries, *_: [replace(each, received=None) for each in entries],
}
ANSWERS = {
    "500": lambda: httpx.Response(500),
    "410": lambda: httpx.Response(410),
    "304": lambda: httpx.Response(304),
    "cut": lambda: httpx.Response(200, headers=_TYPE, stream=_Body(b"<urn:a:b> <urn:c")),
}
_TYPE = {"Content-Type": "application/n-quads"}


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> Any:
        yield self.body


class Network(httpx.AsyncBaseTransport):
    """Joins all of them; `faults` spoil every request to a host (3), or one in three."""

    def __init__(self, *nodes: City | Place) -> None:
        self.nodes = {httpx.URL(node.base).host: node for node in nodes}
        self.faults: dict[str, tuple[str, int]] = {}
        self.old: dict[str, bytes] = {}
        self.stranger = City("stranger")
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        host, path = request.url.host, request.url.path.lstrip("/")
        kind, turn = self.faults.get(host, ("", 0))
        struck = kind and (turn == 3 or self.asked % 3 == turn)
        if struck and kind == "crash":
            raise Crash
        if struck and kind in ANSWERS:
            return ANSWERS[kind]()
        page = self.nodes[host].page(path)
        if page is None:
            return httpx.Response(404)
        if struck and kind in SPOILS and page.entries:
            at = self.asked % len(page.entries)
            spoiled = tuple(SPOILS[kind](page.entries, at, self.stranger))
            page = replace(page, entries=spoiled)
        body = nquads(page).encode()
        if struck and kind == "stale":
            body = self.old.get(str(request.url), body)
        self.old.setdefault(str(request.url), body)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return httpx.Response(304, headers={"ETag": etag})
        return httpx.Response(200, headers={**_TYPE, "ETag": etag}, stream=_Body(body))


class World:
    """Two cities, two relays and a reader, and whom each of them reads."""

    def __init__(self, folder: Path) -> None:
        self.now = NOON
        self.cities = [City("torino", page_size=PAGE), City("ghent", page_size=PAGE)]
        self.relays = [Place("rex", folder), Place("ria", folder)]
        self.reader = Place("reader", folder)
        self.places = [*self.relays, self.reader]
        self.network = Network(*self.cities, *self.relays)
        torino, ghent = self.cities
        rex, ria = self.relays
        self.reads: list[tuple[Place, Peer]] = [
            (rex, torino.peer),
            (rex, ghent.peer),
            (rex, ria.relay),
            (ria, torino.peer),
            (ria, rex.relay),
            (self.reader, rex.relay),
            (self.reader, ria.relay),
        ]
        for place, peer in self.reads:
            known.add_peer(place.journal, peer, NOON)
        for place in self.places:
            for city in self.cities:
                if place is not self.reader and city.peer in [
                    peer for reading, peer in self.reads if reading is place
                ]:
                    continue
                known.add_peer(place.journal, replace(city.peer, follow=Follow.NOTHING), NOON)

    async def read(self, number: int) -> Round | None:
        place, peer = self.reads[number % len(self.reads)]
        self.now += timedelta(seconds=1)
        place.now = self.now
        before = place.accepted()
        async with httpx.AsyncClient(transport=self.network) as client:
            try:
                done = await harvest(
                    client, peer, place.inbox, Examiner(), limits=LIMITS, now=self.now
                )
            except Crash:
                place.journal.close()
                place.start()
                return None
        assert done.new + done.changed + done.deleted == len(place.accepted() - before)
        place.never_goes_back()
        return done

    async def play(self, step: tuple[Any, ...]) -> None:
        verb, which, detail = step
        if verb == "say":
            self.say(self.cities[which % 2], *detail)
        elif verb == "read":
            await self.read(which)
        elif verb == "spoilt":
            _, peer = self.reads[which]
            self.network.faults[httpx.URL(peer.base).host] = detail
            await self.read(which)
            self.network.faults.clear()
        elif verb == "backup":
            self.relays[which % 2].backup()
        elif verb == "restore":
            self.relays[which % 2].restore()

    @staticmethod
    def say(city: City, what: str, slug: int, many: int) -> None:
        for number in range(many):
            name = f"p{slug + number}"
            if what == "withdraw":
                city.withdraw(name)
            elif what == "poor":
                city.publish(name, f"Prova {len(city.members)}", themes=(), source_pages=())
            elif what == "presumptuous":
                elsewhere = f"https://elsewhere.example/experiments/{name}"
                city.say(object=elsewhere, kind=Kind.DELETE)
            else:
                kind = Kind.CREATE if what == "create" else Kind.UPDATE
                city.publish(name, f"Prova {len(city.members)}", kind)

    async def settle(self) -> None:
        """Let everyone read until nothing changes; re-add a peer whose feed went back."""
        self.network.faults.clear()
        quiet = 0
        for _ in range(30):
            self.now += timedelta(days=1, seconds=1)
            before = [place.members() for place in self.places]
            failures = []
            for number, (place, peer) in enumerate(self.reads):
                done = await self.read(number)
                assert done is not None
                failures.append(done.failure)
                if any(words in (done.failure or "") for words in WENT_BACK):
                    known.add_peer(place.journal, peer, NOON)
            same = before == [place.members() for place in self.places]
            quiet = quiet + 1 if same and not any(failures) else 0
            if quiet == 2:
                return
        raise AssertionError(f"no end of it: {failures}")

    def release(self) -> None:
        for place in self.places:
            with place.journal.transaction() as db:
                for row in db.execute("SELECT iri FROM members WHERE state = 'held'").fetchall():
                    accept(db, row["iri"])

    def agrees(self) -> None:
        said = {member.iri for city in self.cities for member in city.members}
        truth = {}
        for city in self.cities:
            for member in city.members:
                good = b"elsewhere" not in member.object.encode() and (
                    member.kind is Kind.DELETE or b"/theme/" in member.payload
                )
                if good:
                    truth[member.object] = member
        pinned = {city.base: (city.public,) for city in self.cities}
        for place in self.places:
            assert place.members() == said, f"{place.name} misses something"
            shown = {entry.member.object: entry.member for entry in place.journal.records()}
            assert shown == {
                name: member for name, member in truth.items() if member.kind is not Kind.DELETE
            }
            report = Report()
            check_journal(place.journal, pinned, report, lambda _: None)
            check_chains(place.journal, report)
            assert report.faults == []
            told = known.refusals(place.journal, most=1_000)
            assert not any(each.status in ("waits", "held") for each in told)
            assert said - {each.iri for each in told if each.status == "refused"} == (
                place.accepted()
            )


SAYING = st.tuples(
    st.sampled_from(("create", "create", "update", "withdraw", "poor", "presumptuous")),
    st.integers(0, 4),
    st.sampled_from((1, 1, 2, 3, 7)),
)
FAULT = st.tuples(
    st.sampled_from((*SPOILS, *ANSWERS, "stale", "crash")), st.sampled_from((0, 1, 2, 3))
)
STEP = st.one_of(
    st.tuples(st.just("say"), st.integers(0, 1), SAYING),
    st.tuples(st.just("read"), st.integers(0, 6), st.none()),
    st.tuples(st.just("read"), st.integers(0, 1), st.none()),
    st.tuples(st.just("spoilt"), st.sampled_from((5, 6, 2, 4, 5, 6, 0)), FAULT),
    st.tuples(st.just("spoilt"), st.sampled_from((5, 6)), FAULT),
    st.tuples(st.sampled_from(("backup", "restore")), st.integers(0, 1), st.none()),
)
FIRST = [("say", 0, ("create", 0, 4)), ("say", 1, ("create", 0, 2)), ("read", 0, None)]


async def tried(steps: Sequence[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            for step in [*FIRST, *steps]:
                await world.play(step)
            await world.settle()
            world.release()
            world.agrees()
        finally:
            for place in world.places:
                place.journal.close()


@settings(
    max_examples=SCHEDULES,
    derandomize="CITYNODE_SCHEDULES" not in os.environ,  # a landing is judged by the same plays
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
@given(st.lists(STEP, min_size=10, max_size=30))
def test_everyone_knows_everything_once_in_the_end(steps: list[tuple[Any, ...]]) -> None:
    # Small pages, so that a few members make a tree.
    with pytest.MonkeyPatch.context() as small:
        small.setattr(layout, "FANOUT", 2)
        small.setattr(feed, "INLINE", 2)
        asyncio.run(tried(steps))
