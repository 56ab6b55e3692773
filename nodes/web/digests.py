"""The digest of the city's live records: `/feed/digest`, and the records of one bucket of it."""

import asyncio
from typing import Final

from aiohttp import web

from federation.digests import BUCKETS
from federation.foreign import to_jsonld
from federation.page import live_nquads
from nodes.errors import NotFound
from nodes.web.answers import answer
from nodes.web.keys import FEEDS
from nodes.web.negotiation import accepted, choose

_OFFERS: Final = ("application/n-quads", "text/turtle", "application/ld+json")


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    return [
        web.get("/feed/digest", digest),
        web.get(r"/feed/digest/{bucket:0|[1-9]\d{0,2}}", digest),
    ]


async def digest(request: web.Request) -> web.Response:
    """Give the count and sum of every bucket, or the records of one, signed."""
    media = choose(accepted(request), (*_OFFERS, "text/html"))
    if media is None:
        raise web.HTTPNotAcceptable(text=f"A digest is had as {', '.join(_OFFERS)}.")
    live, asked = request.app[FEEDS].live, request.match_info.get("bucket")
    if asked is None:
        found = await asyncio.to_thread(live.buckets)
    elif int(asked) < BUCKETS:
        found = await asyncio.to_thread(live.bucket, int(asked))
    else:
        raise NotFound(f"there are only {BUCKETS} buckets, counted from 0")
    text = live_nquads(found)
    if media == "application/ld+json":
        return answer(request, await asyncio.to_thread(to_jsonld, text), media)
    media = _OFFERS[0] if media == "text/html" else media
    return answer(request, text.encode(), media)
