"""A feed made by hand after the examples of LDES, and a real server for it, easy to spoil.

Nothing of it is written by our own publisher: what the doctor finds well here, people wrote.
"""

import gzip
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from aiohttp import web
from pyoxigraph import RdfFormat, parse, serialize

from tests.serving import serving

PREFIXES = """\
@prefix as: <https://www.w3.org/ns/activitystreams#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix ldes: <https://w3id.org/ldes#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix tree: <https://w3id.org/tree#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SHAPE = """\
</shape> a sh:NodeShape ; sh:property [ sh:path as:object ; sh:nodeKind sh:IRI ] .
"""
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
IMMUTABLE = "public, max-age=604800, immutable"
PROFILE = 'application/trig;profile="https://w3id.org/tree/profile"'
FULL = 24
"""How many members the sealed page has; each is published a minute after the one before."""


@dataclass(kw_only=True)
class Reply:
    """An answer about to be sent."""

    path: str
    media: str
    hits: int
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(kw_only=True)
class Feed:
    """Pages as TriG by path. `second` replaces a page from its second visit on.

    `spoil` may change any answer before it goes out; `request` is what was asked.
    """

    pages: dict[str, str]
    second: dict[str, str] = field(default_factory=dict)
    sealed: set[str] = field(default_factory=set)
    spoil: Callable[[Reply, web.Request], None] = lambda _reply, _request: None

    def replace(self, path: str, old: str, new: str, *, count: int = 1) -> None:
        """Change the text of a page; fails when there is nothing to change."""
        assert old in self.pages[path], f"{old} is not on {path}"
        self.pages[path] = self.pages[path].replace(old, new, count)

    def add(self, path: str, text: str) -> None:
        """Add statements at the end of a page."""
        self.pages[path] += text + "\n"


def time(minute: int) -> str:
    """Write the time of the member with this number."""
    return f'"2026-11-20T{10 + minute // 60:02}:{minute % 60:02}:00Z"^^xsd:dateTime'


def member(number: int, deed: str = "Create", thing: int | None = None) -> str:
    """Write a member's block."""
    name, about = f"</things/{number}/v>", f"</things/{thing or number}>"
    block = (
        f"</stream> tree:member {name} .\n"
        f"{name} a as:{deed} ; as:published {time(number)} ; as:object {about} .\n"
    )
    if deed == "Delete":
        return block
    return block + f'{name} {{ {about} a dcat:Dataset ; dct:title "Thing {number}"@en . }}\n'


def relation(kind: str, node: str, minute: int) -> str:
    """Write a relation of the root."""
    return (
        f"</ldes> tree:relation [ a tree:{kind}Relation ; tree:node <{node}> ; "
        f"tree:path as:published ; tree:value {time(minute)} ] .\n"
    )


def feed() -> Feed:
    """Write a feed that breaks no clause: a root, a sealed page, an open one."""
    view = "</stream> a ldes:EventStream ; tree:view </ldes> .\n"
    root = (
        view
        + "</stream> ldes:timestampPath as:published ; ldes:versionOfPath as:object ;\n"
        + "  ldes:versionCreateObject as:Create ; ldes:versionUpdateObject as:Update ;\n"
        + "  ldes:versionDeleteObject as:Delete ; ldes:pollingInterval 60 ; tree:shape </shape> .\n"
        + "</ldes> a tree:Node .\n"
        + relation("GreaterThanOrEqualTo", "/ldes/1", 0)
        + relation("LessThan", "/ldes/1", FULL)
        + relation("GreaterThanOrEqualTo", "/ldes/2", FULL)
    )
    full = view + "</ldes/1> a tree:Node ; ldes:immutable true .\n"
    full += "".join(member(number) for number in range(FULL))
    growing = view + "</ldes/2> a tree:Node .\n"
    growing += member(FULL) + member(FULL + 1, "Update", 3) + member(FULL + 2, "Delete", 4)
    pages = {
        "/ldes": root,
        "/ldes/1": full,
        "/ldes/2": growing,
        "/shape": SHAPE,
    }
    return Feed(pages=pages, sealed={"/ldes/1"})


@asynccontextmanager
async def served(feed: Feed) -> AsyncIterator[str]:
    """Serve a feed until the block ends; yields the address of its root."""
    hits: Counter[str] = Counter()

    async def answer(request: web.Request) -> web.Response:
        hits[request.path] += 1
        reply = _reply(feed, request, hits[request.path])
        feed.spoil(reply, request)
        if reply.status == 304:
            reply.body = b""
        elif "gzip" in request.headers.get("Accept-Encoding", "") and reply.body:
            reply.body = gzip.compress(reply.body)
            reply.headers.setdefault("Content-Encoding", "gzip")
        if request.method == "HEAD":
            reply.body = b""
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)

    async with serving(answer) as base:
        yield f"{base}ldes"


@cache
def _written(text: str, base: str, quads: bool) -> bytes:
    body = (PREFIXES + f"@base <{base}> .\n" + text).encode()
    if quads:
        found = list(parse(body, format=RdfFormat.TRIG, base_iri=base))
        return serialize(found, format=RdfFormat.N_QUADS) or b""
    return body


def _reply(feed: Feed, request: web.Request, hits: int) -> Reply:
    path = request.path
    text = feed.second.get(path) if hits > 1 and path in feed.second else feed.pages.get(path)
    if text is None:
        return Reply(path=path, media="", hits=hits, status=404, headers={}, body=b"nothing here")
    accept = request.headers.get("Accept", "")
    quads = accept.startswith("application/n-quads") and "trig" not in accept
    media = "application/n-quads" if quads else PROFILE
    body = _written(text, f"http://{request.host}{path}", quads)
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {
        "Content-Type": media,
        "ETag": etag,
        "Vary": "Accept, Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": IMMUTABLE if path in feed.sealed else "public, max-age=10",
    }
    held = {
        each.strip().removeprefix("W/")
        for each in request.headers.get("If-None-Match", "").split(",")
    }
    status = 304 if etag in held else 200
    return Reply(path=path, media=media, hits=hits, status=status, headers=headers, body=body)
