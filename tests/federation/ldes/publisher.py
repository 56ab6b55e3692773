"""A publisher of an event stream on a real web server, made by hand page by page.

It is not a citynode: no head, no proof, no chain. What it answers is what the tester writes.
`Reader` is a node under test that follows it: a real journal, a real client, a real parser.
"""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from federation import keys
from federation.dcat.versions import versions
from federation.fetch import open_client
from federation.ldes.following import follow
from federation.ldes.hearing import HeardPage, hear
from federation.ldes.stream import Stream
from federation.limits import Limits
from federation.peers import Follow, Observing, Peer, Round
from nodes.journal import Journal, known
from nodes.journal.inbox import JournalInbox
from nodes.journal.unsigned import UnsignedInbox
from tests.city import NOON

ME = "https://me.example/"
LIMITS = Limits(first_pause_seconds=0.01, longest_pause_seconds=0.05)

PREFIXES = """\
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix as: <https://www.w3.org/ns/activitystreams#> .
@prefix cn: <https://w3id.org/citynode/ns#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix ldes: <https://w3id.org/ldes#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix tree: <https://w3id.org/tree#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

STREAM = """\
<#stream> a ldes:EventStream ; tree:view <feed> ;
  ldes:timestampPath dct:created ; ldes:versionOfPath dct:isVersionOf .
"""
"""A stream of versions, as the root describes it when it stands at `/feed`."""

Answer = Callable[[web.Request], web.Response]


@dataclass
class Page:
    """What stands at an address. `etag` is made of the body unless it is to have none."""

    body: str | bytes
    media_type: str = "text/turtle"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: bool = True


class Publisher:
    """Pages by path, and what was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, Page | Answer] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.base = ""

    def turtle(self, path: str, body: str, **more: Any) -> None:
        self.pages[path] = Page(PREFIXES + body, **more)

    @property
    def feed(self) -> str:
        return f"{self.base}feed"

    @property
    def peer(self) -> Peer:
        return Peer(base=self.feed, name="Open data", keys=(), follow=Follow.UNSIGNED)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path_qs.lstrip("/")
        self.asked.append(path)
        self.headers.append(dict(request.headers))
        page = self.pages.get(path)
        if page is None:
            return web.Response(status=404)
        if not isinstance(page, Page):
            return page(request)
        body = page.body.encode() if isinstance(page.body, str) else page.body
        headers = {"Content-Type": page.media_type, **page.headers}
        if page.etag:
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if request.headers.get("If-None-Match") == tag:
                return web.Response(status=304, headers={"ETag": tag})
            headers["ETag"] = tag
        return web.Response(status=page.status, body=body, headers=headers)


@asynccontextmanager
async def publisher() -> AsyncIterator[Publisher]:
    """Serve a publisher at a free port until the block ends."""
    found = Publisher()
    app = web.Application()
    app.router.add_route("GET", "/{path:.*}", found.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.base = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield found
    finally:
        await runner.cleanup()


class HearsHere:
    """Reads pages in this process: the same function that the worker runs."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    async def hear(
        self,
        body: bytes,
        media_type: str,
        url: str,
        asked: str,
        stream: Stream | None,
        *,
        told: Observing | None,
    ) -> HeardPage:
        also = None if told is None else versions(told)
        return hear(body, media_type, url, asked, stream, limits=self.limits, also=also)


class Reader:
    """A node under test, whose clock a test may set."""

    def __init__(self, folder: Path) -> None:
        self.now: datetime = NOON
        self.journal = Journal(folder / "journal.sqlite", ME)
        self.inbox = JournalInbox(
            journal=self.journal,
            own=(keys.generate().public(ME),),
            now=lambda: self.now,
            quarantine=1_000,
        )

    def knows(self, peer: Peer) -> None:
        known.add_peer(self.journal, peer, self.now)

    async def reads(self, peer: Peer, limits: Limits = LIMITS) -> Round:
        if peer.base not in {each.base for each in known.peers(self.journal)}:
            self.knows(peer)
        async with open_client(agent="test", limits=limits, allow_private=True) as client:
            inbox = UnsignedInbox(inbox=self.inbox)
            return await follow(client, peer, inbox, HearsHere(limits), limits=limits, now=self.now)

    def titles(self) -> dict[str, str]:
        """The living records: the end of their address, and the line of their title."""
        found = {}
        for entry in self.journal.records():
            said = entry.member.payload.decode().splitlines()
            [title] = [row for row in said if "/terms/title>" in row]
            found[entry.member.object.rpartition("/")[2]] = title.split('"')[1]
        return found

    def reasons(self) -> list[str]:
        return [each.reason for each in known.refusals(self.journal, most=10_000)]


def counts(done: Round) -> tuple[int, int, int, int, int]:
    """New, changed, deleted, known and refused."""
    return done.new, done.changed, done.deleted, done.known, done.refused


def said(slug: str, title: str = "Navetta", more: str = "") -> str:
    """What a record says, after its subject: the least that the model asks for."""
    return f"""a cn:UrbanExperiment ;
  dct:identifier "{slug}" ; dct:title "{title}"@it ; dct:description "{title}: prova."@it ;
  dct:language <http://publications.europa.eu/resource/authority/language/ITA> ;
  adms:status <https://w3id.org/citynode/lifecycle/running> ;
  dct:license <http://publications.europa.eu/resource/authority/licence/CC_BY_4_0> ;
  dct:subject <https://w3id.org/citynode/theme/mobility> ;
  dct:source <https://example.org/fonte> ;
  dct:publisher [ a foaf:Agent ; foaf:name "Città di Prova" ] ;
  prov:qualifiedAssociation [ prov:agent [ foaf:name "Comune" ;
    org:classification <https://w3id.org/citynode/helix/public-administration> ] ] {more}"""


def version(slug: str, minute: int, title: str = "Navetta", more: str = "") -> str:
    """A version object of a record, as a member of the stream."""
    return f"""<#stream> tree:member <versions/{slug}/{minute}> .
<versions/{slug}/{minute}> dct:isVersionOf <id/{slug}> ; dct:created {at(minute)} ;
  {said(slug, title, more)} .
"""


def at(minute: int) -> str:
    """A time of that morning."""
    return f'"2026-11-22T08:{minute:02d}:00Z"^^xsd:dateTime'


def leads(node: str, kind: str = "Relation", minute: int | None = None) -> str:
    """A relation from this page."""
    bound = "" if minute is None else f"; tree:path dct:created ; tree:value {at(minute)}"
    return f"<> tree:relation [ a tree:{kind} ; tree:node <{node}> {bound} ] .\n"


def allowing(peer: Peer, *about: str) -> Peer:
    """The peer, allowed to speak about more than its own host."""
    return replace(peer, about=about)
