"""Asking a feed what the clauses need to know: one request after the other, within bounds.

The story of a visit. The root as any client asks for it; the root in each syntax; the root with the
requests that caches, browsers and portals make; then every page the relations lead to, as far as
the bounds allow; after a pause some of it again, for what never changes must be as it was.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import urldefrag, urlsplit

from federation.doctor.seeing import PageSeen, Paths
from federation.doctor.survey import Edge, Survey, Visit, is_for_portals
from federation.doctor.terms import iri
from federation.errors import FederationError, PageUnreadable
from federation.fetch import Answer, Client, probe
from federation.limits import Limits
from vocab.terms import TREE

SYNTAXES: Final = (
    "application/n-quads",
    "application/trig",
    "application/ld+json",
    "text/turtle",
    "application/n-triples",
)
GRAPHS: Final = SYNTAXES[:3]
"""Those that can hold named graphs."""

_ACCEPT: Final = ", ".join((*GRAPHS, *(f"{media};q=0.5" for media in SYNTAXES[3:])))
_PROFILE: Final = "https://w3id.org/tree/profile"
_AGAIN: Final = 12
_PATIENCE: Final = 10.0
_SHAPES: Final = 3


class Reader(Protocol):
    """Reads pages somewhere safe; raises PageUnreadable, whatever the page did."""

    async def see(
        self, body: bytes, media_type: str, url: str, names: Sequence[str], paths: Paths
    ) -> PageSeen:
        """Read one page."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much is asked: pages, bytes on the wire, seconds in all; pauses in seconds.

    `pause` lies between two requests, `wait` between the two looks.
    """

    pages: int = 100
    wire_bytes: int = 200_000_000
    seconds: float = 300.0
    pause: float = 0.1
    wait: float = 2.0


@dataclass(kw_only=True)
class _Walk:
    """What one examination carries along."""

    client: Client
    reader: Reader
    limits: Limits
    bounds: Bounds
    deadline: float
    paths: Paths = field(default_factory=Paths)
    requests: int = 0
    wire: int = 0
    stopped: str | None = None
    refusals: list[Answer] = field(default_factory=list)

    def spent(self) -> bool:
        """Tell whether a bound is reached, and remember which."""
        if self.stopped is None:
            if self.wire > self.bounds.wire_bytes:
                self.stopped = f"{self.wire} bytes were read"
            elif time.monotonic() > self.deadline:
                self.stopped = f"{self.bounds.seconds:g} seconds have passed"
        return self.stopped is not None


async def survey(
    client: Client,
    reader: Reader,
    url: str,
    *,
    limits: Limits,
    bounds: Bounds,
    now: Callable[[], datetime],
    portal: bool | None = None,
) -> Survey:
    """Look at a feed; raises FederationError only where its root gives no answer at all.

    `portal` says whether it is a feed of DCAT-AP; when it is None the members tell.
    """
    walk = _Walk(
        client=client,
        reader=reader,
        limits=limits,
        bounds=bounds,
        deadline=time.monotonic() + bounds.seconds,
    )
    root = await _root(walk, url)
    forms = await _forms(walk, root)
    root = _fullest(root, forms)
    seen = Survey(asked=url, root=root, now=now(), forms=forms)
    walk.paths = seen.paths
    seen = replace(seen, probes=await _probes(walk, root))
    pages, edges = await _pages(walk, root)
    seen = replace(seen, pages=pages, edges=edges, shapes=await _shapes(walk, seen))
    await asyncio.sleep(bounds.wait)
    later = await _again(walk, seen)
    found = is_for_portals(seen.distinct()) if portal is None else portal
    return replace(
        seen,
        later=later,
        now=now(),
        portal=found,
        refusals=tuple(walk.refusals),
        stopped=walk.stopped,
        requests=walk.requests,
        received_bytes=walk.wire,
    )


async def _root(walk: _Walk, url: str) -> Visit:
    """Find the root as a client does: the page is a view itself, or names one of the address."""
    first = await _visit(walk, url, _ACCEPT)
    if first.answer is None:
        raise PageUnreadable(f"{url} gives no answer: {first.trouble}")
    page = first.page
    if page is None or any(iri(view) in first.names for _, view in page.views):
        return first
    named = {iri(view) for stream, view in page.views if iri(stream) in (url, *first.names)}
    [other, *more] = [*(each for each in named if each), ""]
    return first if not other or more != [""] else await _visit(walk, other, _ACCEPT)


async def _forms(walk: _Walk, root: Visit) -> dict[str, Visit]:
    """Ask for the root in each syntax alone."""
    return {media: await _visit(walk, root.url, media) for media in SYNTAXES if not walk.spent()}


def _fullest(root: Visit, forms: Mapping[str, Visit]) -> Visit:
    """Choose the form to walk on: one that can hold records, where there is one."""
    media = root.answer.media_type if root.answer is not None else ""
    if root.page is not None and media in GRAPHS:
        return root
    readable = (forms[media] for media in SYNTAXES if media in forms and forms[media].page)
    return next(
        (each for each in readable if each.answer and each.answer.media_type in GRAPHS), root
    )


async def _probes(walk: _Walk, root: Visit) -> dict[str, Answer]:
    """Make the requests of caches, browsers and portals."""
    accept = {"Accept": _accept(root)}
    etag, changed = root.header("etag"), root.header("last-modified")
    wanted: dict[str, tuple[str, str, dict[str, str]]] = {
        "head": ("HEAD", root.url, accept),
        "plain": ("GET", root.url, {**accept, "Accept-Encoding": "identity"}),
        "gzip": ("GET", root.url, {**accept, "Accept-Encoding": "gzip"}),
        "origin": ("GET", root.url, {**accept, "Origin": "https://portal.example"}),
        "other": ("GET", root.url, {**accept, "If-None-Match": '"no-such-version"'}),
    }
    if etag:
        bare = etag.removeprefix("W/")
        wanted["same"] = ("GET", root.url, {**accept, "If-None-Match": etag})
        wanted["weak"] = ("GET", root.url, {**accept, "If-None-Match": f"W/{bare}"})
        wanted["list"] = ("GET", root.url, {**accept, "If-None-Match": f'"no-such", {etag}'})
    elif changed:
        wanted["same"] = ("GET", root.url, {**accept, "If-Modified-Since": changed})
    if "?" not in root.url:
        nowhere = f"{urldefrag(root.url).url.rstrip('/')}/no-such-page-4d1f9c"
        wanted["unknown"] = ("GET", nowhere, accept)
    found: dict[str, Answer] = {}
    for name, (method, url, headers) in wanted.items():
        if not walk.spent():
            try:
                found[name] = await _ask(walk, url, headers, method)
            except FederationError:
                continue
    return found


async def _pages(walk: _Walk, root: Visit) -> tuple[dict[str, Visit], tuple[Edge, ...]]:
    """Visit what the relations lead to, nearest first, on the root's own host."""
    pages, edges = {root.url: root}, list(_edges(root))
    queue, known = deque(edges), set(root.names)
    while queue:
        node = urldefrag(queue.popleft().node).url
        if node in known or _host(node) != _host(root.url):
            continue
        known.add(node)
        if walk.spent():
            break
        if len(pages) >= walk.bounds.pages:
            walk.stopped = f"{len(pages)} pages were read"
            break
        visit = await _visit(walk, node, _accept(root))
        pages[node] = visit
        known.update(visit.names)
        found = list(_edges(visit))
        edges.extend(found)
        queue.extend(found)
    return pages, tuple(edges)


async def _shapes(walk: _Walk, seen: Survey) -> dict[str, Visit]:
    """Fetch the shapes that the stream names."""
    named = [iri(each) for each in seen.stream.get(TREE + "shape", ())]
    return {
        each: await _visit(walk, urldefrag(each).url, "text/turtle, application/ld+json;q=0.5")
        for each in named[:_SHAPES]
        if each is not None and not walk.spent()
    }


async def _again(walk: _Walk, seen: Survey) -> dict[str, Visit]:
    """Look once more: at the root, at open pages, and at some of those that never change."""
    visits = [each for each in seen.read() if each.url != seen.root.url]
    open_pages = [each for each in visits if not each.sealed][-_AGAIN:]
    sealed = [each for each in visits if each.sealed]
    some = sealed[:: max(1, len(sealed) // _AGAIN)][:_AGAIN]
    accept = _accept(seen.root)
    return {
        each.url: await _visit(walk, each.url, accept)
        for each in (*some, *open_pages, seen.root)
        if not walk.spent()
    }


async def _visit(walk: _Walk, url: str, accept: str) -> Visit:
    """Get a page and have it read."""
    try:
        answer = await _ask(walk, url, {"Accept": accept})
    except FederationError as error:
        return Visit(url=url, trouble=str(error))
    size, kept = len(answer.body), replace(answer, body=b"")
    visit = Visit(url=url, answer=kept, size=size)
    if answer.status != 200:
        return replace(visit, trouble=f"status {answer.status}")
    try:
        page = await walk.reader.see(
            answer.body, answer.media_type, answer.url, visit.names, walk.paths
        )
    except PageUnreadable as error:
        return replace(visit, trouble=str(error))
    return replace(visit, page=page)


async def _ask(walk: _Walk, url: str, headers: Mapping[str, str], method: str = "GET") -> Answer:
    """Make one request after a pause; when the host says "not now", wait once as it asks."""
    for last in (False, True):
        await asyncio.sleep(walk.bounds.pause)
        walk.requests += 1
        answer = await probe(walk.client, url, walk.limits, headers=headers, method=method)
        walk.wire += answer.wire
        wanted = answer.headers.get("retry-after", "1")
        if answer.status not in (429, 503):
            return answer
        walk.refusals.append(answer)
        if last:
            return answer
        seconds = float(wanted[:6]) if wanted.isascii() and wanted.isdigit() else _PATIENCE
        await asyncio.sleep(min(seconds, _PATIENCE))
    raise AssertionError("the last attempt returns")


def _edges(visit: Visit) -> list[Edge]:
    relations = visit.page.relations if visit.page is not None else ()
    return [
        Edge(parent=visit.url, node=address, relation=relation)
        for relation in relations
        for node in relation.nodes
        if (address := iri(node)) is not None
    ]


def _accept(root: Visit) -> str:
    """Ask for further pages in the form the root came in, in the profile where it has it."""
    if root.answer is None or root.page is None:
        return _ACCEPT
    media = root.answer.media_type
    profile = f'{media};profile="{_PROFILE}", ' if _PROFILE in root.header("content-type") else ""
    return f"{profile}{media}, */*;q=0.1"


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()
