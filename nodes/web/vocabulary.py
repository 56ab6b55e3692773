"""The vocabulary as this node serves it: the ontology, the context, the shapes, the schemes.

The persistent addresses are not registered yet; until then every node answers for them. A term's
IRI, `https://w3id.org/citynode/ns#…`, leads to its place on the page. The schemes have a module of
their own, `concepts`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from aiohttp import web

from nodes.errors import NotFound
from nodes.web import concepts, syntaxes
from nodes.web.rendering import page
from vocab import graph, shelf
from vocab.expanded import expanded
from vocab.lines import Iri, Triple
from vocab.terms import CN, PREFIXES, RDF_TYPE, RDFS

_CLASS: Final = RDFS + "Class"
_FACTS: Final = {
    RDFS + "subClassOf": "a kind of",
    RDFS + "subPropertyOf": "narrower than",
    RDFS + "domain": "said of",
    RDFS + "range": "its value",
}
_FILES: Final = {
    "/context/v1": ("context-v1.jsonld", syntaxes.LD),
    "/context/v1.jsonld": ("context-v1.jsonld", syntaxes.LD),
    "/shapes": ("shapes.ttl", syntaxes.TURTLE),
    "/shapes/memberships": ("shapes/memberships.ttl", syntaxes.TURTLE),
    "/shapes/cities": ("shapes/cities.ttl", syntaxes.TURTLE),
}


@dataclass(frozen=True, kw_only=True)
class Term:
    """A class or property of ours as the page tells it, and how it stands to other terms."""

    iri: str
    name: str
    labels: Mapping[str, str]
    comments: Mapping[str, str]
    facts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def routes() -> list[web.RouteDef]:
    """Give the addresses of the vocabulary."""
    return [
        *(web.get(path, ontology) for path in syntaxes.routes("/ns")),
        *(web.get(path, partial(file, *which)) for path, which in _FILES.items()),
        *concepts.routes(),
    ]


async def ontology(request: web.Request) -> web.Response:
    """Serve the ontology by Accept or suffix."""
    media = syntaxes.wanted(request)
    headers = syntaxes.alternates(request, "ns", CN.removesuffix("#"))
    if media == syntaxes.TURTLE:
        return syntaxes.data(request, shelf.read("ns.ttl"), media, headers)
    if media == syntaxes.LD:
        return syntaxes.data(request, expanded(_said()), media, headers)
    found = {"kinds": _kinds()}
    return page(request, "ns.html", found, headers=headers)


async def file(name: str, media: str, request: web.Request) -> web.Response:
    """Serve a file of the vocabulary as it is."""
    try:
        body = shelf.read(name)
    except FileNotFoundError as error:
        raise NotFound(f"The vocabulary has no file {name}.") from error
    return syntaxes.data(request, body, media)


@cache
def _said() -> tuple[Triple, ...]:
    return tuple(sorted(graph.statements(shelf.read("ns.ttl")), key=str))


@cache
def _kinds() -> tuple[tuple[str, tuple[Term, ...]], ...]:
    """List the classes, then the properties, each by name."""
    said: dict[str, list[Triple]] = {}
    for triple in _said():
        if triple.subject.startswith(CN):
            said.setdefault(triple.subject, []).append(triple)
    classes = {
        iri
        for iri, about in said.items()
        if any(each.predicate == RDF_TYPE and each.object.value == _CLASS for each in about)
    }
    terms = [_term(iri, about) for iri, about in sorted(said.items())]
    return (
        ("Classes", tuple(each for each in terms if each.iri in classes)),
        ("Properties", tuple(each for each in terms if each.iri not in classes)),
    )


def _term(iri: str, about: list[Triple]) -> Term:
    return Term(
        iri=iri,
        name=iri.removeprefix(CN),
        labels=_texts(about, RDFS + "label"),
        comments=_texts(about, RDFS + "comment"),
        facts=tuple(
            (words, found)
            for fact, words in _FACTS.items()
            if (found := tuple(_links(about, fact)))
        ),
    )


def _links(about: list[Triple], predicate: str) -> Iterator[tuple[str, str]]:
    """Give the address and the short name of each term that a fact leads to."""
    for each in about:
        if each.predicate != predicate or not isinstance(each.object, Iri):
            continue
        iri = each.object.value
        names = (
            f"{prefix}:{iri.removeprefix(space)}"
            for prefix, space in PREFIXES.items()
            if iri.startswith(space)
        )
        yield (f"#{iri.removeprefix(CN)}" if iri.startswith(CN) else iri), next(names, iri)


def _texts(about: list[Triple], predicate: str) -> dict[str, str]:
    return {
        each.object.language or "en": each.object.value
        for each in about
        if each.predicate == predicate and not isinstance(each.object, Iri)
    }
