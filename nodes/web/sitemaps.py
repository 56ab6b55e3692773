"""For crawlers: `/robots.txt`, `/sitemap.xml`, and `/feed.atom` for readers of news.

Only the city's own records are listed: those of others are at home at their own nodes.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from xml.etree import ElementTree as ET

from aiohttp import web

from nodes.dcat import titled
from nodes.errors import NotFound
from nodes.journal import Entry
from nodes.journal.walking import counts_by_room, live_after
from nodes.searches import SearchRequest, Sort
from nodes.web import exports
from nodes.web.answers import answer
from nodes.web.keys import CATALOGUE, CITY, JOURNAL
from nodes.web.reader import languages
from nodes.web.twins import address_of
from vocab.membership import ROOM as MEMBERS
from vocab.schemes import NAMES

_SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XML: Final = "application/xml"
_AT_ONCE: Final = 500
_NEWEST: Final = 50
_VARY: Final = "Accept-Encoding"
_PAGES: Final = (
    "",
    "search",
    "query",
    "cities",
    "testbeds",
    "calls",
    "permits",
    "network",
    "dumps",
    "ns",
    "schemes",
    *(f"schemes/{name}" for name in NAMES),
)
PER_FILE: Final = 10_000
"""How many addresses one file may hold; the format allows 50,000."""


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    return [
        web.get("/robots.txt", robots),
        web.get("/sitemap.xml", sitemap),
        web.get(r"/sitemap-{number:[1-9]\d{0,4}}.xml", sitemap_part),
        web.get("/feed.atom", atom),
    ]


async def robots(request: web.Request) -> web.Response:
    """Say what crawlers may visit: everything but queries."""
    base = request.app[CITY].base
    rules = "".join(f"Disallow: /{each}\n" for each in ("sparql", "search?", "query?", "cite"))
    body = f"User-agent: *\n{rules}Sitemap: {base}sitemap.xml\n"
    return answer(request, body.encode(), "text/plain; charset=utf-8", vary=_VARY)


async def sitemap(request: web.Request) -> web.Response:
    """List the pages of the node, or the files that list them when they are many."""
    base = request.app[CITY].base
    counts = await asyncio.to_thread(counts_by_room, request.app[JOURNAL])
    files = -(-sum(counts.get(base, {}).values()) // PER_FILE)
    if files <= 1:
        return await _listing(request, 1)
    index = ET.Element("sitemapindex", xmlns=_SITEMAP)
    for number in range(1, files + 1):
        ET.SubElement(ET.SubElement(index, "sitemap"), "loc").text = f"{base}sitemap-{number}.xml"
    return _xml(request, index)


async def sitemap_part(request: web.Request) -> web.Response:
    """Give one of the files of a large node."""
    return await _listing(request, int(request.match_info["number"]))


async def atom(request: web.Request) -> web.Response:
    """Tell what the city changed last, as an Atom feed."""
    city = request.app[CITY]
    found = await request.app[CATALOGUE].search(
        SearchRequest(filters={"origin": (city.base,)}, sort=Sort.UPDATED, limit=_NEWEST)
    )
    body = exports.atom(
        found.hits,
        languages(request),
        lambda known: address_of(request, known),
        this=f"{city.base}feed.atom",
        title=titled(city),
    )
    return answer(request, body, "application/atom+xml", vary="Accept-Encoding, Accept-Language")


async def own_records(request: web.Request) -> AsyncIterator[Entry]:
    """Walk over the city's own records, a few at a time."""
    journal, base, after = request.app[JOURNAL], request.app[CITY].base, ""
    while found := await asyncio.to_thread(live_after, journal, base, after, _AT_ONCE):
        for entry in found:
            yield entry
        after = found[-1].member.object


async def _listing(request: web.Request, number: int) -> web.Response:
    base = request.app[CITY].base
    first = (number - 1) * PER_FILE
    urls = ET.Element("urlset", xmlns=_SITEMAP)
    for path in _PAGES if number == 1 else ():
        ET.SubElement(ET.SubElement(urls, "url"), "loc").text = base + path
    index = 0
    async for entry in own_records(request):
        if entry.member.object.startswith(f"{base}{MEMBERS}/"):
            continue  # they have a page together, not each
        if first <= index < first + PER_FILE:
            url = ET.SubElement(urls, "url")
            ET.SubElement(url, "loc").text = entry.member.object
            ET.SubElement(url, "lastmod").text = entry.member.published
        index += 1
    if not len(urls):
        raise NotFound("There are not that many records.")
    return _xml(request, urls)


def _xml(request: web.Request, root: ET.Element) -> web.Response:
    text = ET.tostring(root, encoding="unicode")
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()
    return answer(request, body, _XML, vary=_VARY)
