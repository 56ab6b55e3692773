"""Asking a feed what the clauses need to know: one request after the other, within bounds.

The story of a visit. The root as any client asks for it; the root in each syntax; the root with the
requests that caches, browsers and portals make; then every page the relations lead to, as far as
the bounds allow; after a pause some of it again, for what never changes must be as it was.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import urldefrag, urlsplit

from federation.doctor import probing
from federation.doctor.asking import ACCEPT, Bounds, Reader, Walk, ask, look_at, taken
from federation.doctor.shapes import ShapeSeen
from federation.doctor.survey import Edge, Survey, Visit, is_for_portals
from federation.doctor.terms import iri
from federation.errors import NoFeed
from federation.fetch import Client
from federation.limits import Limits
from vocab.terms import TREE

_AGAIN: Final = 12
_SHAPES: Final = 3
_TRIES: Final = 3
_FOR_PEOPLE: Final = "text/html"


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
    """Look at a feed; raises FederationError where its root gives no answer or is no feed (NoFeed).

    An address that shows a page for people is taken for that of a node, whose feed lies below it.
    `portal` says whether it is a feed of DCAT-AP; when it is None the members tell.
    """
    walk = Walk(
        client=client,
        reader=reader,
        limits=limits,
        bounds=bounds,
        deadline=time.monotonic() + bounds.seconds,
    )
    root = await _root(walk, url)
    seen = Survey(asked=root.url, root=root, now=now())
    for _ in range(_TRIES):
        seen = await _still(walk, seen)
        if not seen.moved:
            break
    root = seen.root
    seen = replace(seen, shapes=await _shapes(walk, seen))
    walk.paths = replace(walk.paths, shapes=_wanted(seen))
    pages, edges = await _pages(walk, root)
    seen = replace(seen, pages=pages, edges=edges)
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


async def _root(walk: Walk, url: str) -> Visit:
    """Find the root as a client does: the page is a view itself, or names one of the address."""
    first = await taken(walk, await ask(walk, url, {"Accept": ACCEPT}))
    page = first.page
    if page is None and first.media_type == _FOR_PEOPLE:
        return await _below(walk, url)
    if page is None or any(iri(view) in first.names for _, view in page.views):
        return first
    named = {iri(view) for stream, view in page.views if iri(stream) in (url, *first.names)}
    others = [each for each in named if each is not None]
    return await look_at(walk, others[0], ACCEPT) if len(others) == 1 else first


async def _below(walk: Walk, url: str) -> Visit:
    """Find the feed of the node whose home page this may be; raises NoFeed."""
    found = await look_at(walk, f"{urldefrag(url).url.rstrip('/')}/feed", ACCEPT)
    if found.page is None or not found.page.views:
        raise NoFeed(url, found.url)
    return found


async def _still(walk: Walk, seen: Survey) -> Survey:
    """Look at the root in every way, and whether it stood still meanwhile."""
    forms = await probing.forms(walk, seen.root)
    root = probing.fullest(seen.root, forms)
    walk.paths = replace(seen, root=root).paths
    probes = await probing.probes(walk, root)
    after = await look_at(walk, root.url, probing.accept_of(root))
    moved = after.page is not None and after.page.whole != (root.page.whole if root.page else "")
    return replace(seen, root=after if moved else root, forms=forms, probes=probes, moved=moved)


async def _pages(walk: Walk, root: Visit) -> tuple[dict[str, Visit], tuple[Edge, ...]]:
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
        visit = await look_at(walk, node, probing.accept_of(root))
        pages[node] = visit
        known.update(visit.names)
        found = list(_edges(visit))
        edges.extend(found)
        queue.extend(found)
    return pages, tuple(edges)


async def _shapes(walk: Walk, seen: Survey) -> dict[str, Visit]:
    """Fetch the shapes that the stream names."""
    named = [iri(each) for each in seen.stream.get(TREE + "shape", ())]
    return {
        each: await look_at(walk, urldefrag(each).url, "text/turtle, application/ld+json;q=0.5")
        for each in named[:_SHAPES]
        if each is not None and not walk.spent()
    }


def _wanted(seen: Survey) -> tuple[ShapeSeen, ...]:
    """Choose the shapes that the stream names out of the documents they stand in."""
    named = seen.stream.get(TREE + "shape", ())
    pages = (visit.page for visit in seen.shapes.values() if visit.page is not None)
    return tuple(shape for page in pages for shape in page.shapes if shape.name in named)


async def _again(walk: Walk, seen: Survey) -> dict[str, Visit]:
    """Look once more: at the root, at open pages, and at some of those that never change."""
    visits = [each for each in seen.read() if each.url != seen.root.url]
    open_pages = [each for each in visits if not each.sealed][-_AGAIN:]
    sealed = [each for each in visits if each.sealed]
    some = sealed[:: max(1, len(sealed) // _AGAIN)][:_AGAIN]
    accept = probing.accept_of(seen.root)
    return {
        each.url: await look_at(walk, each.url, accept)
        for each in (*some, *open_pages, seen.root)
        if not walk.spent()
    }


def _edges(visit: Visit) -> list[Edge]:
    relations = visit.page.relations if visit.page is not None else ()
    return [
        Edge(parent=visit.url, node=address, relation=relation)
        for relation in relations
        for node in relation.nodes
        if (address := iri(node)) is not None
    ]


def _host(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()
