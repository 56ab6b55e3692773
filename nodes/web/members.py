"""The registry of this node as others see it: `/members`, and each membership at its address.

The page is for people, the other forms for programs; what is believed is the signed member of the
feed, which the Link header of each membership names.
"""

import asyncio
import json
from typing import Final

from aiohttp import web

from federation import keys
from federation.member import Kind
from nodes.errors import NotFound
from nodes.journal import registries
from nodes.web import exports, linked
from nodes.web.answers import answer, typed
from nodes.web.keys import CITY, FEEDS, JOURNAL
from nodes.web.middleware import say
from nodes.web.negotiation import accepted, choose
from nodes.web.rendering import links, page
from vocab import graph, lines
from vocab.jsonld import record_document
from vocab.membership import ROOM, Membership, to_payload

_MOST: Final = 10_000
_HTML: Final = "text/html"
_FORMS: Final = {
    "jsonld": "application/ld+json",
    "html": _HTML,
    "ttl": "text/turtle",
    "csv": "text/csv",
}
_OFFERS: Final = {media: suffix for suffix, media in _FORMS.items()} | {
    "application/json": "jsonld"
}
_COLUMNS: Final = ("name", "country", "base", "since", "until", "words")


def routes() -> list[web.RouteDef]:
    """Give the addresses of the registry."""
    return [
        web.get(f"/{ROOM}", members),
        web.get(f"/{ROOM}.{{suffix:{'|'.join(_FORMS)}}}", members),
        web.get(f"/{ROOM}/{{slug}}", membership),
    ]


async def members(request: web.Request) -> web.Response:
    """List the cities of the network that this node operates, past ones too."""
    city = request.app[CITY]
    suffix = request.match_info.get("suffix") or _negotiated(request)
    said, _ = await asyncio.to_thread(
        registries.memberships, request.app[JOURNAL], city.base, _MOST
    )
    forms = [(f"{city.base}{ROOM}.{each}", "alternate", _FORMS[each]) for each in _FORMS]
    headers = links(forms)
    if suffix == "html":
        own_key = keys.fingerprint(request.app[FEEDS].key().multibase)
        ordered = sorted(said, key=lambda each: (not each.lasts, each.name.casefold(), each.city))
        rows = [(each, _words(each), _anchor(each)) for each in ordered]
        told = {"rows": rows, "lasting": sum(each.lasts for each in said), "own_key": own_key}
        return page(request, "members.html", told, headers=headers)
    return answer(request, _write(said, suffix, city.base), typed(_FORMS[suffix]), headers=headers)


async def membership(request: web.Request) -> web.Response:
    """Give one membership as linked data; a browser is led to its place on the page."""
    base, key = request.app[CITY].base, request.app[FEEDS].key()
    slug, dot, suffix = request.match_info["slug"].rpartition(".")
    found = {each.suffix: each for each in linked.FORMATS if each.suffix != "html"}
    shape = found.get(suffix) if dot else None
    iri = f"{base}{ROOM}/{slug if shape else request.match_info['slug']}"
    entry = await asyncio.to_thread(request.app[JOURNAL].record, iri)
    if entry is None or entry.member.origin != base:
        raise NotFound(f"No membership is known here as {iri[:300]}")
    described = (entry.member.iri, "describedby", "application/ld+json")
    if entry.member.kind is Kind.DELETE:
        gone = say(request, 410, "This membership was withdrawn.", None)
        gone.headers.update(links([described]))
        return gone
    if shape is None:
        media = choose(accepted(request), (*(each.media for each in found.values()), _HTML))
        if media == _HTML:
            raise web.HTTPSeeOther(f"{base}{ROOM}#{iri.rpartition('/')[2]}")
        shape = next((each for each in found.values() if each.media == media), None)
    if shape is None:
        raise web.HTTPNotAcceptable(text=f"It can be had as {', '.join(found)}.")
    body = await asyncio.to_thread(linked.write, entry.member, shape, base, key)
    return answer(request, body, typed(shape.media), headers=links([described]))


def _negotiated(request: web.Request) -> str:
    media = choose(accepted(request), tuple(_OFFERS))
    if media is None:
        raise web.HTTPNotAcceptable(
            text=f"The registry can be had as {', '.join(_FORMS.values())}."
        )
    return _OFFERS[media]


def _write(said: list[Membership], suffix: str, base: str) -> bytes:
    if suffix == "csv":
        rows = [exports.csv_line(_COLUMNS), *(exports.csv_line(_cells(each)) for each in said)]
        return "".join(rows).encode()
    whole = lines.canonical(row for each in said for row in lines.rows(to_payload(each)))
    if suffix == "ttl":
        return graph.serialise(whole, "turtle")
    said_of = record_document(whole, f"{base}context/v1.jsonld")
    return json.dumps(said_of, ensure_ascii=False, indent=1).encode()


def _cells(said: Membership) -> tuple[str, ...]:
    cells = (said.name, said.country, said.city, said.since, said.until or "", _words(said))
    return tuple(exports.safe(each) for each in cells)


def _words(said: Membership) -> str:
    return ", ".join(keys.fingerprint(each.multibase) for each in said.keys)


def _anchor(said: Membership) -> str:
    return said.iri.rpartition("/")[2]
