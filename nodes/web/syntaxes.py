"""The three forms in which the vocabulary answers: a page, Turtle, JSON-LD; by suffix or Accept."""

from collections.abc import Sequence
from typing import Final

from aiohttp import hdrs, web

from nodes.web.answers import answer, typed
from nodes.web.keys import CITY
from nodes.web.negotiation import accepted, choose
from nodes.web.rendering import links

TURTLE: Final = "text/turtle"
LD: Final = "application/ld+json"
HTML: Final = "text/html"
SUFFIXES: Final = {"ttl": TURTLE, "jsonld": LD, "html": HTML}
_OFFERS: Final = {TURTLE: TURTLE, LD: LD, HTML: HTML, "application/json": LD, "text/n3": TURTLE}


def routes(path: str) -> tuple[str, str]:
    """Give the two patterns of an address: with a suffix, and without."""
    return f"{path}.{{suffix:{'|'.join(SUFFIXES)}}}", path


def wanted(request: web.Request) -> str:
    """Choose the form by suffix, else by Accept; refuses what is none of the three with 406."""
    if suffix := request.match_info.get("suffix"):
        return SUFFIXES[suffix]
    media = choose(accepted(request), tuple(_OFFERS))
    if media is None:
        offers = ", ".join(SUFFIXES.values())
        raise web.HTTPNotAcceptable(text=f"The vocabulary can be had as {offers}.")
    return _OFFERS[media]


def data(
    request: web.Request, body: bytes, media: str, headers: dict[str, str] | None = None
) -> web.Response:
    """Send Turtle or JSON-LD, which may be kept for an hour."""
    kept = {hdrs.CACHE_CONTROL: "public, max-age=3600", **(headers or {})}
    return answer(request, body, typed(media), headers=kept)


def alternates(request: web.Request, path: str, about: str) -> dict[str, str]:
    """Point from an address to its three forms and to what it describes."""
    base = request.app[CITY].base
    said: Sequence[tuple[str, str, str | None]] = [
        (about, "describes", None),
        *((f"{base}{path}.{suffix}", "alternate", media) for suffix, media in SUFFIXES.items()),
    ]
    return links(said)
