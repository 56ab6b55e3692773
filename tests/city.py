"""A simulated city: it signs, publishes, lies, stalls and returns, all in memory.

`City` is a whole node as a peer sees it, answering HTTP through a transport in memory: real pages
in real syntaxes, real signatures. Its faults are switches. Nothing of the node under test is
replaced by it.
"""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from federation import digests, feed, head, keys, layout, signing, succession
from federation.dids import did_document
from federation.digests import Listed, LiveSet, Sum, bucket_of, mark, sum_of
from federation.fetch import Client
from federation.head import Head
from federation.keys import PublicKey, SigningKey
from federation.member import Kind, Member, digest, document, name
from federation.page import Entry, FeedPage, Stream, live_nquads, member_nquads, nquads
from federation.peers import Follow, Peer
from federation.succession import Ring
from federation.times import stamp
from vocab.parts import Agent, Partner
from vocab.records import Experiment
from vocab.terms import EU_LICENCE, SCHEMES
from vocab.triples import to_payload

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)

Answer = Callable[[httpx.Request, httpx.Response], httpx.Response]


def experiment(base: str, slug: str, title: str = "Navetta autonoma", **more: Any) -> Experiment:
    """A small record that every rule accepts."""
    said: dict[str, Any] = {
        "iri": f"{base}experiments/{slug}",
        "identifier": slug,
        "title": {"it": title},
        "description": {"it": f"{title}: prova in strada."},
        "language": "it",
        "stage": SCHEMES + "lifecycle/running",
        "publisher": Agent(name="Città di Prova"),
        "licence": EU_LICENCE + "CC_BY_4_0",
        "issued": "2026-11-22T08:00:00Z",
        "modified": "2026-11-22T08:00:00Z",
        "themes": (SCHEMES + "theme/mobility",),
        "partners": (Partner(name="Comune", helix=SCHEMES + "helix/public-administration"),),
        "source_pages": ("https://example.org/fonte",),
    }
    return Experiment(**{**said, **more})


@dataclass
class City(feed.Members):
    """A peer in memory. `relayed` are members of others that it carries.

    It stands at an address of its own name, or `at` one where it is served for real.
    """

    id: str
    key: SigningKey = field(default_factory=keys.generate)
    members: list[Member] = field(default_factory=list)
    relayed: list[Member] = field(default_factory=list)
    clock: datetime = MORNING
    requests: list[httpx.Request] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    page_size: int = layout.PAGE
    hides_head: bool = False
    ring: Ring = ()
    head_key: SigningKey | None = None
    at: str = ""
    interval: int = 60
    hides_live: bool = False
    live_lies: Callable[[LiveSet], LiveSet] | None = None

    @property
    def base(self) -> str:
        return self.at or f"https://{self.id}.example/"

    @property
    def public(self) -> PublicKey:
        return self.key.public(self.base)

    @property
    def peer(self) -> Peer:
        return Peer(base=self.base, name=self.id.title(), keys=(self.public,))

    @property
    def relay(self) -> Peer:
        return replace(self.peer, follow=Follow.ALL)

    def publish(
        self, slug: str, title: str = "Navetta autonoma", kind: Kind = Kind.CREATE, **more: Any
    ) -> Member:
        """Say something about a record; the next member of its feed."""
        record = experiment(self.base, slug, title, **more)
        payload = b"" if kind is Kind.DELETE else to_payload(record)
        return self.say(kind=kind, object=record.iri, payload=payload)

    def withdraw(self, slug: str) -> Member:
        return self.publish(slug, kind=Kind.DELETE)

    def say(self, **facts: Any) -> Member:
        """Sign whatever it is told to say, and add it to its feed."""
        member = self.sign(**facts)
        self.members.append(member)
        return member

    def sign(self, **facts: Any) -> Member:
        """Sign a member that would come next, without publishing it."""
        self.clock += timedelta(seconds=1)
        last = self.members[-1] if self.members else None
        said: dict[str, Any] = {
            "iri": "",
            "sequence": last.sequence + 1 if last else 1,
            "kind": Kind.CREATE,
            "actor": f"{self.base}#node",
            "published": stamp(self.clock),
            "previous": digest(last) if last else None,
        }
        bare = Member(**{**said, **facts})
        if not bare.iri:
            bare = replace(bare, iri=name(self.base, bare.sequence, bare))
        return self.resign(bare)

    def resign(self, member: Member) -> Member:
        proof = signing.sign(
            document(member), self.key, method=self.public.method, created="2026-11-22T08:00:00Z"
        )
        return replace(member, proof=proof)

    def rotate(self, new: SigningKey | None = None) -> Member:
        """Announce a new key under the present one."""
        new = new or keys.generate()
        number = len(self.members) + 1
        known = self.ring or (self.public,)
        ring = succession.rotated(known, new.public(self.base), number, "2026-11-22T08:00:00Z")
        said = self.say_keys(ring, new)
        self.key, self.ring = new, ring
        return said

    def revoke(self, multibase: str, number: int) -> Member:
        """Take back what a retired key signed from a member on."""
        self.ring = succession.revoked(self.ring, multibase, number, "2026-11-22T09:00:00Z")
        return self.say_keys(self.ring, self.key)

    def say_keys(self, ring: Ring, voucher: SigningKey) -> Member:
        payload = succession.write(self.base, ring, voucher)
        return self.say(kind=Kind.UPDATE, object=f"{self.base}#node", payload=payload)

    # How it answers

    def size(self) -> int:
        return len(self.members)

    def entries(self, first: int, end: int) -> Sequence[Entry]:
        return [Entry(member=member) for member in self.members[first:end]]

    def stamp(self, index: int) -> str:
        return self.members[index].published

    def head(self, stream: Stream, entries: Sequence[Entry]) -> Head | None:
        if self.hides_head:
            return None
        said = Head(
            feed=stream.root,
            actor=f"{self.base}#node",
            count=len(entries),
            published=entries[-1].stamp if entries else stamp(MORNING),
            last=digest(entries[-1].member) if entries else None,
        )
        return head.signed(said, self.head_key or self.key, method=self.public.method)

    def listed(self) -> list[Listed]:
        """The records it publishes at present."""
        keys_ = self.ring or (self.public,)
        newest = {
            member.object: member
            for member in self.members
            if not succession.about_keys(member)
            and not (self.ring and succession.doubt(keys_, member))
            and not succession.disowned(keys_, member)
        }
        return [
            Listed(record=record, member=member.iri, digest=digest(member))
            for record, member in newest.items()
            if member.kind is not Kind.DELETE
        ]

    def live(self, path: str) -> LiveSet | None:
        """The digest of its live set at `feed`, `feed/digest` or `feed/digest/7`."""
        *_, last = path.split("/")
        records = self.listed()
        if last.isdigit():
            records = [each for each in records if bucket_of(each.record) == int(last)]
        buckets: dict[int, Sum] = {}
        for each in records if last == "digest" else ():
            number = bucket_of(each.record)
            buckets[number] = buckets.get(number, Sum()) + mark(each.record, each.digest)
        said = LiveSet(
            iri=self.base + ("feed#live" if path == "feed" else path),
            actor=f"{self.base}#node",
            size=len(self.members),
            published=self.members[-1].published if self.members else stamp(MORNING),
            sum=sum_of(records),
            buckets=buckets,
            listed=tuple(records) if last.isdigit() else (),
        )
        said = self.live_lies(said) if self.live_lies is not None else said
        return digests.signed(said, self.key, method=self.public.method)

    def below(self, path: str) -> str | None:
        """What stands below the feed and is no page: its digest, and each member."""
        if path == "feed/digest" or path.startswith("feed/digest/"):
            live = None if self.hides_live else self.live(path)
            return None if live is None else live_nquads(live)
        for member in self.members:
            if member.iri == self.base + path:
                return member_nquads(Entry(member=member))
        return None

    def page(self, path: str) -> FeedPage | None:
        """The page at a path such as `feed`, `feed/pages/0` or `feed/all`."""
        everything = path == "feed/all" or path.startswith("feed/all/")
        stream = (feed.all_stream if everything else feed.own_stream)(
            self.base, self.id, self.interval
        )
        stream = replace(stream, page=self.page_size)
        outbox = _Relay(self) if everything else self
        size = outbox.size()
        below = path.removeprefix("feed/all" if everything else "feed").removeprefix("/")
        if not below:
            head_ = self.head(stream, outbox.entries(0, size))
            live = None if everything or self.hides_live else self.live("feed")
            return feed.root_page(stream, outbox, size, head_, live)
        node = feed.node_at(below, self.page_size)
        if node is None or not layout.exists(node, size):
            return None
        return feed.node_page(stream, outbox, size, node)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, then let a fault spoil the answer."""
        self.requests.append(request)
        path = request.url.path.lstrip("/")
        if path == ".well-known/did.json":
            said = did_document(self.base, self.ring or (self.public,), self.key)
            return body(json.dumps(said), "application/did+json")
        page = self.page(path)
        text = self.below(path) if page is None else nquads(page)
        if text is None:
            response = httpx.Response(404)
        else:
            said = text.encode()
            etag = f'"{hash(said) & 0xFFFFFFFF:x}"'
            headers = {"Content-Type": "application/n-quads", "ETag": etag}
            if request.headers.get("If-None-Match") == etag:
                response = httpx.Response(304, headers=headers)
            else:
                packed = gzip.compress(said, mtime=0)
                headers["Content-Encoding"] = "gzip"
                response = httpx.Response(200, headers=headers, stream=_Stream(packed))
        spoil = self.answers.get(path) or self.answers.get("*")
        return spoil(request, response) if spoil else response


class _Relay(feed.Members):
    """What `/feed/all` of a city is made of: its own members, then those of others."""

    def __init__(self, city: City) -> None:
        self.everything = [*city.members, *city.relayed]

    def size(self) -> int:
        return len(self.everything)

    def entries(self, first: int, end: int) -> Sequence[Entry]:
        return [
            Entry(member=member, received=stamp(MORNING + timedelta(seconds=60 + index)))
            for index, member in enumerate(self.everything)
        ][first:end]

    def stamp(self, index: int) -> str:
        return self.entries(index, index + 1)[0].stamp


class _Stream(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> Any:
        yield self.body


def body(text: bytes | str, media_type: str = "application/n-quads") -> httpx.Response:
    """An answer with a body of the tester's choosing."""
    content = text.encode() if isinstance(text, str) else text
    headers = {"Content-Type": media_type}
    return httpx.Response(200, headers=headers, stream=_Stream(content))


class World(httpx.AsyncBaseTransport):
    """The network that joins the cities; a name that is no city leads nowhere."""

    def __init__(self, *cities: City) -> None:
        self.cities = {httpx.URL(city.base).host: city for city in cities}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        city = self.cities.get(request.url.host)
        if city is None:
            raise httpx.ConnectError("no such host")
        return city.answer(request)

    def client(self) -> Client:
        return Client(transport=self)
