"""A city with a real journal that erases and compacts, served as its peers see it."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from federation import feed, keys, layout
from federation.fetch import Client
from federation.harvest import harvest
from federation.keys import SigningKey
from federation.limits import Limits
from federation.member import Kind
from federation.page import FeedPage, live_nquads, nquads
from federation.peers import Follow, Peer, Round
from nodes.city import City
from nodes.config import read_config
from nodes.desk import Desk, open_desk
from nodes.feeds import displaced, state
from nodes.founding import make_node
from nodes.journal import Journal, known
from nodes.journal.inbox import JournalInbox
from nodes.journal.outbox import JournalOutbox
from nodes.livesets import LiveSets
from nodes.publishing import Draft
from tests.city import NOON, experiment
from tests.federation.direct import DirectExaminer
from vocab.triples import to_payload

PAGE = 3
_TYPE = {"Content-Type": "application/n-quads"}
BASE = "https://torino.example/"
Live = dict[str, bytes]


@contextmanager
def city(folder: Path, **retention: Any) -> Iterator["Giver"]:
    """Found a city and open it."""
    facts = {"name": "Torino", "base": BASE, "country": "IT", "language": "it"}
    make_node(folder, {"city": facts, "retention": {"full_log_days": 10, **retention}})
    with open_desk(read_config(folder)) as desk:
        yield Giver(desk)


def live(journal: Journal) -> Live:
    """Give what each live record says."""
    return {each.member.object: each.member.payload for each in journal.records()}


@dataclass
class Giver:
    """The city: it says things about records by their slugs."""

    desk: Desk
    now: datetime = NOON
    said: int = 0

    @property
    def peer(self) -> Peer:
        return Peer(base=BASE, name="Torino", keys=(self.desk.key.public(BASE),))

    @property
    def journal(self) -> Journal:
        return self.desk.journal

    def say(self, slug: str, title: str = "") -> None:
        self.said += 1
        self.now += timedelta(minutes=1)
        iri = f"{BASE}experiments/{slug}"
        current = self.desk.current(iri)
        fresh = current is None or current.kind is Kind.DELETE
        payload = to_payload(experiment(BASE, slug, title or f"Prova {self.said}"))
        kind = Kind.CREATE if fresh else Kind.UPDATE
        self.desk.speak([Draft(kind=kind, object=iri, payload=payload)], None, self.now)

    def rotate(self) -> None:
        self.now += timedelta(minutes=1)
        self.desk.keyring.rotate(self.now)

    def revoke(self, number: int) -> None:
        """Take back what the key before signed from a member on."""
        self.now += timedelta(minutes=1)
        retired = next(key for key in self.desk.keyring.ring() if key.last is not None)
        self.desk.keyring.revoke(retired.multibase, number, self.now)

    def withdraw(self, slug: str) -> None:
        self.now += timedelta(minutes=1)
        iri = f"{BASE}experiments/{slug}"
        current = self.desk.current(iri)
        if current is not None and current.kind is not Kind.DELETE:
            self.desk.speak([Draft(kind=Kind.DELETE, object=iri)], None, self.now)


@dataclass
class Reader:
    """A node that reads others and is read."""

    folder: Path
    name: str
    key: SigningKey = field(default_factory=keys.generate)
    now: datetime = NOON

    def __post_init__(self) -> None:
        self.base = f"https://{self.name}.example/"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.journal = Journal(self.folder / f"{self.name}.sqlite", self.base)
        self.inbox = JournalInbox(
            journal=self.journal,
            own=(self.key.public(self.base),),
            now=lambda: self.now,
            quarantine=1_000,
        )

    @property
    def peer(self) -> Peer:
        keys = (self.key.public(self.base),)
        return Peer(base=self.base, name=self.name, keys=keys, follow=Follow.ALL)

    def knows(self, *peers: Peer) -> None:
        for peer in peers:
            known.add_peer(self.journal, peer, self.now)

    async def reads(self, peer: Peer, *nodes: "Giver | Reader") -> Round:
        limits = Limits(withdrawn_share=1.0)
        async with Client(transport=Network(*nodes)) as client:
            return await harvest(
                client, peer, self.inbox, DirectExaminer(limits), limits=limits, now=self.now
            )


def page_of(node: Giver | Reader, path: str) -> FeedPage | str | None:
    """Give the page of a node at a path, an address it moved to, or None when it is gone."""
    relayed = path.startswith("feed/all")
    base, key = (BASE, node.desk.key) if isinstance(node, Giver) else (node.base, node.key)
    stream = (feed.all_stream if relayed else feed.own_stream)(base, "x", 60)
    stream = replace(stream, page=PAGE)
    outbox = JournalOutbox(journal=node.journal, relayed=relayed)
    size = outbox.size()
    below = path.removeprefix("feed/all" if relayed else "feed").removeprefix("/")
    if not below:
        me = City(name="x", base=base, country="IT", language="it", publisher="x", licence="x")
        said = state(stream, outbox, size, me, key)
        total = (
            None
            if relayed
            else LiveSets(journal=node.journal, city=me, key=lambda: key).total(size)
        )
        return feed.root_page(stream, outbox, size, said, total)
    node_ = feed.node_at(below, PAGE)
    assert node_ is not None
    assert layout.exists(node_, size), path
    if elsewhere := displaced(stream, outbox, size, below):
        return elsewhere.moved or None
    return feed.node_page(stream, outbox, size, node_)


class Network(httpx.AsyncBaseTransport):
    """Joins nodes; `asked` are the addresses asked for."""

    def __init__(self, *nodes: Giver | Reader) -> None:
        self.nodes = {
            httpx.URL(BASE if isinstance(each, Giver) else each.base).host: each for each in nodes
        }
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        node, path = self.nodes[request.url.host], request.url.path.lstrip("/")
        if path.startswith("feed/digest") and isinstance(node, Giver):
            live = LiveSets(journal=node.journal, city=node.desk.city, key=lambda: node.desk.key)
            _, _, number = path.partition("digest/")
            text = live_nquads(live.bucket(int(number)) if number else live.buckets())
            return httpx.Response(200, headers=_TYPE, stream=_Body(text.encode()))
        page = page_of(node, path)
        if page is None:
            return httpx.Response(410)
        if isinstance(page, str):
            return httpx.Response(308, headers={"Location": page})
        text = nquads(page).encode()
        etag = f'"{hashlib.sha256(text).hexdigest()[:16]}"'
        headers = {**_TYPE, "ETag": etag}
        if request.headers.get("If-None-Match") == etag:
            return httpx.Response(304, headers=headers)
        return httpx.Response(200, headers=headers, stream=_Body(text))


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> Any:
        yield self.body
