"""The catalogue for data portals: `/catalog`, in DCAT-AP, in four syntaxes, by pages.

Syntax by Accept or by suffix, the same statements in each; pages by `?page=`. Each answer carries
an ETag, and a Link header to its neighbours.
"""

from typing import Final

from aiohttp import web

from nodes.dcat import address
from nodes.errors import NotFound
from nodes.portal import Page
from nodes.web import given
from nodes.web.answers import answer, typed
from nodes.web.keys import CITY, PORTAL
from nodes.web.negotiation import accepted, choose
from nodes.web.rendering import links
from vocab import graph, lines
from vocab.prefixed import prefixed_json

MEDIA: Final = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "nt": "application/n-triples",
}
OFFERS: Final = {media: syntax for syntax, media in MEDIA.items()} | {"application/json": "jsonld"}
"""The syntaxes by media type; who asks for JSON gets linked data that is."""

_HIGHEST: Final = 100_000


def routes() -> list[web.RouteDef]:
    """Give the addresses of the catalogue."""
    return [
        web.get("/catalog", catalog),
        web.get("/catalog.{suffix:" + "|".join(MEDIA) + "}", catalog),
    ]


async def catalog(request: web.Request) -> web.Response:
    """Give a page of the catalogue."""
    given.only(request, "page")
    number = given.whole(request, "page", 1, _HIGHEST)
    syntax = request.match_info.get("suffix") or _by_accept(request)
    page = await request.app[PORTAL].page(number)
    if page is None:
        raise NotFound(f"The catalogue has no page {number}.")
    body = await request.app[PORTAL].written(page, syntax, write)
    headers = links(_neighbours(request, page))
    return answer(request, body, typed(MEDIA[syntax]), headers=headers)


def write(triples: bytes, syntax: str) -> bytes:
    """Write canonical triples in one of the syntaxes of the catalogue."""
    if syntax == "jsonld":
        return prefixed_json(lines.triples(triples))
    if syntax == "rdf":
        return graph.serialise(triples, "xml")
    return graph.serialise(triples, "turtle") if syntax == "ttl" else triples


def _by_accept(request: web.Request) -> str:
    media = choose(accepted(request), tuple(OFFERS))
    if media is None:
        raise web.HTTPNotAcceptable(text=f"The catalogue is had as {', '.join(MEDIA.values())}.")
    return OFFERS[media]


def _neighbours(request: web.Request, page: Page) -> list[tuple[str, str, str | None]]:
    city = request.app[CITY]
    found: list[tuple[str, str, str | None]] = [
        (f"{city.base}catalog.{syntax}?page={page.number}", "alternate", media)
        for syntax, media in MEDIA.items()
    ]
    for relation, number in (("prev", page.number - 1), ("next", page.number + 1)):
        if 1 <= number <= page.last:
            found.append((address(city, number), relation, None))
    return found
