"""The feed over HTTP: `/feed`, `/feed/all`, their pages, and each member at its own IRI.

Our copy of a member that another node said is at `/catalogue/{origin}/feed/{name}`: the same
statements and the same proof, so whoever has its city's key need not believe us.

Syntax by Accept or by suffix, coding by Accept-Encoding; bytes come ready from `nodes.feeds`.
Sealed pages may be cached for good, everything else carries an ETag and answers 304.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from aiohttp import hdrs, web

from federation.member import document
from federation.page import Entry, member_nquads
from nodes.errors import NotFound
from nodes.feeds import ENCODINGS, SYNTAXES, Rendered
from nodes.journal import Journal
from nodes.web.addresses import origin_of
from nodes.web.answers import answer, holds
from nodes.web.encodings import choose_encoding
from nodes.web.keys import CITY, FEEDS, JOURNAL
from nodes.web.negotiation import accepted, choose
from nodes.web.rendering import links
from vocab.jsonld import member_document

_TREE_PROFILE: Final = '; profile="https://w3id.org/tree/profile"'
_SEALED: Final = "public, max-age=604800, immutable"
_SUFFIX: Final = re.compile(rf"(.*?)\.(?:tree\.)?({'|'.join(SYNTAXES)})")
_OPEN: Final = {"Access-Control-Allow-Origin": "*"}
Render = Callable[[str, str, str], Rendered | None]
_MEMBER: Final = r"{name:[1-9]\d*-[0-9a-f]{8}}"
_MEMBER_SUFFIX: Final = r"{suffix:(?:\.(?:jsonld|nq))?}"

SHAPE: Final = """\
@prefix as: <https://www.w3.org/ns/activitystreams#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<> a sh:NodeShape ;
    sh:property [ sh:path as:object ; sh:nodeKind sh:IRI ; sh:minCount 1 ; sh:maxCount 1 ] ;
    sh:property [ sh:path as:actor ; sh:nodeKind sh:IRI ; sh:minCount 1 ; sh:maxCount 1 ] ;
    sh:property [
        sh:path as:published ; sh:datatype xsd:dateTime ; sh:minCount 1 ; sh:maxCount 1
    ] .
"""


def routes() -> list[web.RouteDef]:
    """List the addresses of the feed."""
    pages = r"{path:(?:pages|index)/[^/]+}"
    return [
        web.get("/feed/shape", shape),
        web.get(f"/feed/{_MEMBER}{_MEMBER_SUFFIX}", member),
        web.get(f"/catalogue/{{origin}}/feed/{_MEMBER}{_MEMBER_SUFFIX}", other_member),
        web.get("/feed{suffix:(?:\\.[a-z.]+)?}", stream),
        web.get("/feed/all{suffix:(?:\\.[a-z.]+)?}", relayed_stream),
        web.get(f"/feed/{pages}", stream),
        web.get(f"/feed/all/{pages}", relayed_stream),
    ]


async def stream(request: web.Request) -> web.Response:
    """Give a page of what the city itself says."""
    return await _page(request, relayed=False)


async def relayed_stream(request: web.Request) -> web.Response:
    """Give a page of all that the node knows."""
    return await _page(request, relayed=True)


async def shape(request: web.Request) -> web.Response:
    """Give the shape that members of both streams meet."""
    base = request.app[CITY].base
    body = SHAPE.replace("<>", f"<{base}feed/shape>").encode()
    return answer(request, body, "text/turtle")


async def member(request: web.Request) -> web.Response:
    """Give one member: a secured document of its own as JSON-LD, or its N-Quads with proof."""
    return await _member(request, request.app[CITY].base)


async def other_member(request: web.Request) -> web.Response:
    """Give our copy of a member that another node said; raises NotFound."""
    origin = origin_of(request.match_info["origin"])
    if origin is None:
        raise NotFound("No node has the base that this address names.")
    return await _member(request, origin)


async def _member(request: web.Request, origin: str) -> web.Response:
    iri = f"{origin}feed/{request.match_info['name']}"
    entry = await asyncio.to_thread(request.app[JOURNAL].member, iri)
    if entry is not None and entry.gap is not None:
        raise web.HTTPGone(text=f"{iri} is given no longer; {entry.gap} says why in the feed.")
    if entry is None or entry.member.proof is None:
        raise NotFound(f"no member is called {iri}")
    wanted = {".jsonld": "application/ld+json", ".nq": "application/n-quads"}.get(
        request.match_info["suffix"]
    ) or choose(accepted(request), ("application/ld+json", "application/n-quads"))
    if wanted is None:
        raise web.HTTPNotAcceptable(text="A member is had as JSON-LD or N-Quads.")
    headers = {"Cache-Control": _SEALED, **links([(iri, "canonical", None)])}
    if wanted == "application/n-quads":
        body = member_nquads(Entry(member=entry.member)).encode()
        return answer(request, body, wanted, headers=headers)
    found = await asyncio.to_thread(secured, request.app[JOURNAL], iri, request.app[CITY].base)
    body = json.dumps(found, ensure_ascii=False, indent=2).encode()
    return answer(request, body, wanted, headers=headers)


def secured(journal: Journal, iri: str, base: str) -> dict[str, object]:
    """Write a member as a JSON-LD document that any Data Integrity verifier accepts."""
    entry = journal.member(iri)
    if entry is None or entry.member.proof is None:
        raise NotFound(f"no member is called {iri}")
    return member_document(document(entry.member), f"{base}context/v1.jsonld", entry.member.proof)


async def _page(request: web.Request, *, relayed: bool) -> web.Response:
    feeds = request.app[FEEDS]
    return await send(request, partial(feeds.render, relayed=relayed), SYNTAXES, feeds.interval)


async def send(
    request: web.Request, render: Render, syntaxes: Mapping[str, str], interval: int
) -> web.Response:
    """Send a page of a stream that can be had in some syntaxes; the first is for who has no wish.

    `render` is given the path below the root, a syntax and a coding.
    """
    path = request.match_info.get("path", "") + request.match_info.get("suffix", "")
    suffix = _SUFFIX.fullmatch(path)
    if suffix is not None and suffix[2] in syntaxes:
        path, syntax = suffix[1], suffix[2]
    else:
        offers = {media + _profile(each): each for each, media in syntaxes.items()}
        offers |= {"application/json": "jsonld"}
        wanted = choose(accepted(request), (*offers, "text/html"))
        if wanted is None:
            raise web.HTTPNotAcceptable(text=f"The feed is had as {', '.join(syntaxes.values())}.")
        syntax = offers.get(wanted, "trig")
    encoding = choose_encoding(accepted(request, hdrs.ACCEPT_ENCODING), ENCODINGS)
    found = await asyncio.to_thread(render, path, syntax, encoding)
    if found is None:
        raise NotFound("the feed has no such page")
    if found.gone:
        raise web.HTTPGone(text="All members of this page were given up; the root leads on.")
    if found.moved:
        end = (
            f".{suffix[0].split('.', 1)[1]}" if suffix is not None and suffix[2] in syntaxes else ""
        )
        raise web.HTTPPermanentRedirect(found.moved + end, headers=_OPEN)
    fresh = min(interval, 10)
    headers = {
        **_OPEN,
        "ETag": found.etag,
        "Vary": "Accept, Accept-Encoding",
        "Cache-Control": _SEALED if found.sealed else f"public, max-age={fresh}",
    }
    if holds(request, found.etag.strip('"')):
        return web.Response(status=304, headers=headers)
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    headers["Content-Type"] = syntaxes[syntax] + _profile(syntax)
    return web.Response(body=found.body, headers=headers)


def _profile(syntax: str) -> str:
    """Tell that members come in order and after the hypermedia, where the syntax keeps order."""
    return _TREE_PROFILE if syntax in ("trig", "nq") else ""
