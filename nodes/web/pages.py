"""Pages for people: the home page, the network, and what their look needs."""

import asyncio
import json
from dataclasses import asdict
from datetime import datetime
from typing import Final

from aiohttp import hdrs, web

from federation import keys
from nodes.searches import SearchRequest, Sort
from nodes.web import structured
from nodes.web.answers import answer
from nodes.web.discovery import relations
from nodes.web.keys import CATALOGUE, CITY, FEEDS, NETWORK
from nodes.web.negotiation import accepted, choose
from nodes.web.rendering import ASSETS, links, page

_LATEST: Final = 6
_HTML: Final = "text/html"
_JSON: Final = "application/json"
_TYPES: Final = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
_KEPT: Final = "public, max-age=86400"


def routes() -> list[web.RouteDef]:
    """Give the addresses of the pages."""
    return [
        web.get("/", home),
        web.get("/network", network),
        web.get("/network.{suffix:json}", network),
        *(web.get(f"/static/{name}", asset) for name in ASSETS),
    ]


async def home(request: web.Request) -> web.Response:
    """Say what this is, offer a search, and show what is new."""
    city = request.app[CITY]
    found = await request.app[CATALOGUE].search(
        SearchRequest(limit=_LATEST, sort=Sort.UPDATED, facets=("kind", "city", "theme"))
    )
    said = {
        "total": found.total,
        "latest": found.hits,
        "facets": found.facets,
        "ages": request.app[CATALOGUE].ages(),
        "structured": structured.catalogue(city),
    }
    base = city.base
    pointers: list[tuple[str, str, str | None]] = [
        (f"{base}search.json", "alternate", "application/json"),
        (f"{base}search.atom?sort=updated", "alternate", "application/atom+xml"),
        (f"{base}ns", "describedby", "text/turtle"),
        *relations(city),
    ]
    return page(request, "home.html", said, headers=links(pointers))


async def network(request: web.Request) -> web.Response:
    """Show the peers, how they fare, what was refused and who waits for an officer.

    Programs get the same as JSON, by suffix or Accept.
    """
    found = request.app[NETWORK]
    peers, cities, registries = await asyncio.to_thread(
        lambda: (found.peers(), found.cities(), found.registries())
    )
    own_key = keys.fingerprint(request.app[FEEDS].key().multibase)
    wanted = choose(accepted(request), (_HTML, _JSON))
    if wanted == _HTML and request.match_info.get("suffix") is None:
        said = {"peers": peers, "cities": cities, "registries": registries, "own_key": own_key}
        return page(request, "network.html", said)
    city = request.app[CITY]
    told = {
        "base": city.base,
        "city": city.name,
        "fingerprint": own_key,
        "registries": [asdict(each) for each in registries],
        "peers": [{**asdict(each), "counts": dict(each.counts)} for each in peers],
        "cities": [asdict(each) for each in cities],
    }
    body = json.dumps(told, ensure_ascii=False, indent=1, default=_iso).encode()
    return answer(request, body, _JSON)


def _iso(value: object) -> str:
    """Write a point in time; nothing else needs help to become JSON."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def asset(request: web.Request) -> web.Response:
    """Serve a style sheet or picture."""
    name = request.path.rsplit("/", 1)[-1]
    media = _TYPES[name.rsplit(".", 1)[-1]]
    return answer(
        request, ASSETS[name], media, vary="Accept-Encoding", headers={hdrs.CACHE_CONTROL: _KEPT}
    )
