"""The concept schemes as this node serves them: all of them, each one, each concept.

What answers at `/schemes/theme/mobility` is what the persistent address
`https://w3id.org/citynode/theme/mobility` will lead to; schemes of others are told here as well,
under the IRIs that others gave them. A page says how often a concept is used, as far as it is a
facet of the search.
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from nodes.errors import NotFound
from nodes.searches import SCHEME_OF, SearchRequest
from nodes.web import syntaxes
from nodes.web.keys import CATALOGUE, NETWORK
from nodes.web.labels import word
from nodes.web.reader import languages
from nodes.web.rendering import page
from vocab import schemes, shelf
from vocab.expanded import expanded
from vocab.schemes import NAMES, Concept, Scheme
from vocab.terms import DCTERMS, RDF_TYPE, SCHEMES
from vocab.turtle import turtle

_FACET_OF: Final = {scheme: facet for facet, scheme in SCHEME_OF.items()}
_TOLD: Final = (RDF_TYPE, DCTERMS + "title")


def routes() -> list[web.RouteDef]:
    """Give the addresses of the schemes and their concepts."""
    return [
        *(web.get(path, every) for path in syntaxes.routes("/schemes")),
        *(web.get(path, one) for path in syntaxes.routes("/schemes/{scheme}")),
        *(web.get(path, concept) for path in syntaxes.routes("/schemes/{scheme}/{concept}")),
    ]


async def every(request: web.Request) -> web.Response:
    """List the schemes."""
    media = syntaxes.wanted(request)
    headers = syntaxes.alternates(request, "schemes", SCHEMES)
    found = [schemes.scheme(name) for name in NAMES]
    if media == syntaxes.HTML:
        return page(request, "schemes.html", {"schemes": found}, headers=headers)
    said = [
        each
        for scheme in found
        for each in schemes.statements(scheme.name)
        if each.subject == scheme.iri and each.predicate in _TOLD
    ]
    body = turtle(said) if media == syntaxes.TURTLE else expanded(said)
    return syntaxes.data(request, body, media, headers)


async def one(request: web.Request) -> web.Response:
    """Tell a scheme with all its concepts; raises NotFound when there is none of that name."""
    scheme = _scheme(request)
    media = syntaxes.wanted(request)
    headers = syntaxes.alternates(request, f"schemes/{scheme.name}", scheme.iri)
    if media == syntaxes.TURTLE:
        return syntaxes.data(request, shelf.read(f"schemes/{scheme.name}.ttl"), media, headers)
    if media == syntaxes.LD:
        return syntaxes.data(request, expanded(schemes.statements(scheme.name)), media, headers)
    said = {"scheme": scheme, **await _use(request, scheme.name)}
    return page(request, "scheme.html", said, headers=headers)


async def concept(request: web.Request) -> web.Response:
    """Tell one concept; raises NotFound when the scheme has none of that name."""
    scheme = _scheme(request)
    name = request.match_info["concept"]
    found = next((each for each in scheme.concepts if each.id == name), None)
    if found is None:
        raise NotFound(f"The scheme {scheme.name} has no concept {name[:100]!r}.")
    media = syntaxes.wanted(request)
    headers = syntaxes.alternates(request, f"schemes/{scheme.name}/{found.id}", found.iri)
    if media == syntaxes.TURTLE:
        return syntaxes.data(request, turtle(schemes.about(found.iri)), media, headers)
    if media == syntaxes.LD:
        return syntaxes.data(request, expanded(schemes.about(found.iri)), media, headers)
    said = {
        "scheme": scheme,
        "found": found,
        "languages": _languages(request, found),
        "next": [each for each in scheme.concepts if each.iri in found.may_become],
        "before": [each for each in scheme.concepts if found.iri in each.may_become],
        **await _use(request, scheme.name),
    }
    return page(request, "concept.html", said, headers=headers)


def _languages(request: web.Request, found: Concept) -> list[tuple[str, str]]:
    """Give the languages that name a concept, by their names as the reader knows them."""
    reader, network = languages(request), request.app[NETWORK]
    return sorted((word("language", tag, reader, network), tag) for tag in found.labels)


def _scheme(request: web.Request) -> Scheme:
    name = request.match_info["scheme"]
    if name not in NAMES:
        raise NotFound(f"There is no scheme {name[:100]!r}; there are {', '.join(NAMES)}.")
    return schemes.scheme(name)


async def _use(request: web.Request, scheme: str) -> Mapping[str, object]:
    """Say by which facet a scheme is searched, and how many records use each concept."""
    facet = _FACET_OF.get(scheme)
    if facet is None:
        return {"facet": None, "counts": {}}
    found = await request.app[CATALOGUE].search(SearchRequest(limit=0, facets=(facet,)))
    return {"facet": facet, "counts": dict(found.facets[facet])}
