"""What other programs look for first: keys, a description of the node, its health."""

import asyncio
import json

from aiohttp import web

from federation import keys
from federation.pings import address
from federation.times import stamp
from nodes.city import City
from nodes.journal.walking import counts_by_room
from nodes.web.answers import answer
from nodes.web.keys import CITY, FEEDS, HEALTH, JOURNAL
from vocab.records import ROOMS

_JSON = "application/json"


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    return [
        web.get("/.well-known/did.json", did_document),
        web.get("/did.json", did_document),
        web.get("/.well-known/citynode", describe),
        web.get("/healthz", healthz),
        web.get("/readyz", readyz),
    ]


async def did_document(request: web.Request) -> web.Response:
    """Give the node's key as a DID document (did:web)."""
    city, feeds = request.app[CITY], request.app[FEEDS]
    said = keys.did_document(city.base, feeds.key.public(city.base))
    return _json(request, said, "application/did+json")


async def describe(request: web.Request) -> web.Response:
    """Say who this node speaks for and where everything is."""
    city, feeds, journal = request.app[CITY], request.app[FEEDS], request.app[JOURNAL]
    counts = await asyncio.to_thread(counts_by_room, journal)
    own = counts.get(city.base, {})
    public = feeds.key.public(city.base)
    said = {
        **identity(city, public),
        "feed": f"{city.base}feed",
        "feedOfAll": f"{city.base}feed/all",
        "inbox": address(city.base),
        "sparql": f"{city.base}sparql",
        "search": f"{city.base}search",
        **{
            room: {"own": own.get(room, 0), "all": sum(each[room] for each in counts.values())}
            for room in ROOMS
        },
    }
    return _json(request, said, _JSON)


def identity(city: City, public: keys.PublicKey) -> dict[str, object]:
    """Say who a node speaks for, and by which key, wherever it is served."""
    return {
        "software": "citynode",
        "base": city.base,
        "city": city.name,
        "country": city.country,
        "language": city.language,
        "publisher": city.publisher,
        "licence": city.licence,
        "key": public.method,
        "fingerprint": keys.fingerprint(public.multibase),
    }


async def healthz(request: web.Request) -> web.Response:
    """Say that the process answers."""
    del request
    return web.Response(text="ok\n", headers={"Cache-Control": "no-store"})


async def readyz(request: web.Request) -> web.Response:
    """Say whether the views have caught up with the journal."""
    health = await request.app[HEALTH]()
    said = {"ready": health.ready, "behind": health.behind, "at": stamp(health.at)}
    return web.json_response(
        said, status=200 if health.ready else 503, headers={"Cache-Control": "no-store"}
    )


def _json(request: web.Request, said: object, media: str) -> web.Response:
    body = json.dumps(said, ensure_ascii=False, indent=2).encode()
    return answer(request, body, media, vary="Accept-Encoding")
