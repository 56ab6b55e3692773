"""The vocabulary as this node serves it: the ontology, the context, the schemes and the shapes.

The persistent addresses are not registered yet; until then every node answers for them.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from aiohttp import hdrs, web

from nodes.errors import NotFound
from nodes.web.answers import answer
from nodes.web.negotiation import choose
from nodes.web.rendering import page
from vocab import graph, schemes, shelf
from vocab.lines import Iri, Triple
from vocab.terms import RDF_TYPE, RDFS

_LD: Final = "application/ld+json"
_TURTLE: Final = "text/turtle"
_MEDIA: Final = {"jsonld": _LD, "ttl": _TURTLE, "html": "text/html"}
_FILES: Final = {
    "/context/v1": ("context-v1.jsonld", _LD),
    "/context/v1.jsonld": ("context-v1.jsonld", _LD),
    "/shapes": ("shapes.ttl", f"{_TURTLE}; charset=utf-8"),
    **{
        f"/schemes/{name}": (f"schemes/{name}.ttl", f"{_TURTLE}; charset=utf-8")
        for name in schemes.NAMES
    },
}


def routes() -> list[web.RouteDef]:
    """Give the addresses of the vocabulary."""
    suffixes = "|".join(_MEDIA)
    return [
        web.get("/ns", ontology),
        web.get(f"/ns.{{suffix:{suffixes}}}", ontology),
        *(web.get(path, file) for path in _FILES),
    ]


async def ontology(request: web.Request) -> web.Response:
    """Serve the ontology by Accept or suffix."""
    suffix = request.match_info.get("suffix")
    media = _MEDIA[suffix] if suffix else choose(request.headers.get(hdrs.ACCEPT), _offers())
    if media is None:
        raise web.HTTPNotAcceptable(text=f"The ontology can be had as {', '.join(_offers())}.")
    if media == _TURTLE:
        return answer(request, shelf.read("ns.ttl"), f"{_TURTLE}; charset=utf-8")
    if media == _LD:
        return answer(request, _as_json(), _LD)
    return page(request, "ns.html", {"terms": _terms()})


async def file(request: web.Request) -> web.Response:
    """Serve a file of the vocabulary as it is."""
    name, media = _FILES[request.path]
    try:
        body = shelf.read(name)
    except FileNotFoundError as error:
        raise NotFound(f"The vocabulary has no file {name}.") from error
    return answer(request, body, media, headers={hdrs.CACHE_CONTROL: "public, max-age=3600"})


def _offers() -> tuple[str, ...]:
    return _TURTLE, _LD, "text/html"


@cache
def _said() -> tuple[Triple, ...]:
    return tuple(sorted(graph.statements(shelf.read("ns.ttl")), key=str))


@cache
def _as_json() -> bytes:
    """Write the ontology as expanded JSON-LD, which needs no context."""
    nodes: dict[str, dict[str, Any]] = {}
    for triple in _said():
        node = nodes.setdefault(triple.subject, {"@id": triple.subject})
        if triple.predicate == RDF_TYPE:
            node.setdefault("@type", []).append(triple.object.value)
        else:
            node.setdefault(triple.predicate, []).append(_value(triple))
    return json.dumps(list(nodes.values()), ensure_ascii=False, indent=1).encode()


def _value(triple: Triple) -> dict[str, str]:
    value = triple.object
    if isinstance(value, Iri):
        return {"@id": value.value}
    if value.language:
        return {"@value": value.value, "@language": value.language}
    return {"@value": value.value, "@type": value.datatype}


@cache
def _terms() -> tuple[tuple[str, str, str], ...]:
    """List name, label and comment of every term, in English."""
    labels = _english(_said(), RDFS + "label")
    comments = _english(_said(), RDFS + "comment")
    return tuple((iri, labels[iri], comments.get(iri, "")) for iri in sorted(labels))


def _english(said: Iterable[Triple], predicate: str) -> dict[str, str]:
    return {
        triple.subject: triple.object.value
        for triple in said
        if triple.predicate == predicate
        and not isinstance(triple.object, Iri)
        and triple.object.language in {None, "en"}
    }
