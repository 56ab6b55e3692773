"""What other programs look for first: keys, a description of the node, its health."""

import asyncio
import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

from aiohttp import web

from federation import keys, succession
from federation.dids import did_document
from federation.keys import SigningKey
from federation.pings import address
from federation.times import stamp
from nodes.city import City
from nodes.journal import Journal, registries, trust
from nodes.journal.walking import counts_by_room
from nodes.web.answers import answer
from nodes.web.keys import CATALOGUE, CITY, FEEDS, HEALTH, JOURNAL
from vocab.membership import ROOM as MEMBERS
from vocab.records import ROOMS

_JSON: Final = "application/json"
_MOST_CITIES: Final = 10_000


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    return [
        web.get("/.well-known/did.json", keys_document),
        web.get("/did.json", keys_document),
        web.get("/.well-known/citynode", describe),
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
    ]


async def keys_document(request: web.Request) -> web.Response:
    """Give the node's keys as a DID document (did:web)."""
    city, feeds = request.app[CITY], request.app[FEEDS]
    said = await asyncio.to_thread(document_of, request.app[JOURNAL], city, feeds.key)
    return _json(request, said, "application/did+json")


async def describe(request: web.Request) -> web.Response:
    """Say who this node speaks for and where everything is."""
    city, feeds, journal = request.app[CITY], request.app[FEEDS], request.app[JOURNAL]
    counts = await asyncio.to_thread(counts_by_room, journal)
    cities = await asyncio.to_thread(_cities, journal)
    joined = await asyncio.to_thread(registries.joined, journal)
    own, base = counts.get(city.base, {}), city.base
    public = feeds.key().public(base)
    said = {
        **identity(city, public),
        "feed": f"{base}feed",
        "feedOfAll": f"{base}feed/all",
        "digest": f"{base}feed/digest",
        "runs": f"{base}feed/runs",
        "inbox": address(base),
        "sparql": f"{base}sparql",
        "search": f"{base}search",
        "searchesBy": list(request.app[CATALOGUE].ways),
        "cities": f"{base}cities",
        "interfaces": {
            "openapi": f"{base}openapi.json",
            "catalogue": f"{base}catalog",
            "dcatApFeed": f"{base}feed/dcat-ap",
            "void": f"{base}.well-known/void",
            "did": f"{base}.well-known/did.json",
            "vocabulary": f"{base}ns",
            "shapes": f"{base}shapes",
        },
        "registries": [each.base for each in joined],
        "members": {"own": cities, "at": f"{base}{MEMBERS}"},
        **{
            room: {"own": own.get(room, 0), "all": sum(each[room] for each in counts.values())}
            for room in ROOMS
        },
    }
    return _json(request, said, _JSON)


def _cities(journal: Journal) -> int:
    """Count the cities that are in the registry of this node."""
    said, _ = registries.memberships(journal, journal.base, _MOST_CITIES)
    return sum(each.lasts for each in said)


def document_of(
    journal: Journal, city: City, signer: Callable[[], SigningKey]
) -> dict[str, object]:
    """Write the DID document of a node, whichever key speaks for it by now."""
    while True:
        key = signer()
        ring = trust.own_ring(journal.db(), city.base) or (key.public(city.base),)
        if succession.speaking(ring)[0].multibase == key.multibase:
            return did_document(city.base, ring, key)


def identity(city: City, public: keys.PublicKey) -> dict[str, object]:
    """Say who a node speaks for, by which key and by whom it is kept, wherever it is served."""
    return {
        "software": "citynode",
        "version": version("citynode"),
        "base": city.base,
        "city": city.name,
        "country": city.country,
        "language": city.language,
        "publisher": city.publisher,
        "licence": city.licence,
        **({"homepage": city.homepage} if city.homepage else {}),
        **({"contact": f"mailto:{city.contact}"} if city.contact else {}),
        **({"profile": city.iri} if city.profile else {}),
        "key": public.method,
        "fingerprint": keys.fingerprint(public.multibase),
    }


async def healthz(request: web.Request) -> web.Response:
    """Say that the process answers."""
    del request
    return web.Response(text="ok\n", headers={"Cache-Control": "no-store"})


async def readyz(request: web.Request) -> web.Response:
    """Say whether the views follow the journal, and how far they are behind."""
    health = await request.app[HEALTH]()
    said = {"ready": health.ready, "behind": health.behind, "at": stamp(health.at)}
    return web.json_response(
        said, status=200 if health.ready else 503, headers={"Cache-Control": "no-store"}
    )


def _json(request: web.Request, said: object, media: str) -> web.Response:
    body = json.dumps(said, ensure_ascii=False, indent=2).encode()
    return answer(request, body, media, vary="Accept-Encoding")
