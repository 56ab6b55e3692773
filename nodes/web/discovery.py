"""Where programs begin: `/.well-known/void`, `/.well-known/api-catalog`, and a whole dump.

What is listed here answers; nothing is promised.
"""

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from nodes import dumps
from nodes.city import City
from nodes.dcat import services, titled
from nodes.journal.walking import counts_by_room, first_of_each_room
from nodes.web.answers import answer, holds
from nodes.web.encodings import CODINGS, Packer, choose_encoding, packer
from nodes.web.keys import CITY, DUMPS, JOURNAL, PORTAL
from nodes.web.negotiation import accepted
from nodes.web.rendering import links
from nodes.web.sitemaps import own_records
from vocab import graph, lines
from vocab.lines import Iri, Literal, Object
from vocab.records import KINDS
from vocab.terms import (
    ADMS,
    CN,
    CPSV,
    DCAT,
    DCTERMS,
    FOAF,
    GEO,
    LOCN,
    M8G,
    ORG,
    PROV,
    RDF_TYPE,
    SCHEMA,
    SKOS,
    SOSA,
    VCARD,
    VOID,
    XSD,
    XSD_DATETIME,
)  # fmt: skip

_VOCABULARIES: Final = (
    CN, ADMS, CPSV, DCAT, DCTERMS, FOAF, GEO, LOCN, M8G, ORG, PROV, SCHEMA, SKOS, SOSA, VCARD,
)  # fmt: skip
_DUMPED: Final = ("records.nq.gz", "records.jsonld.gz")
_TURTLE: Final = "text/turtle"
_LINKSET: Final = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
_PATIENCE: Final = 60.0  # seconds a client may take for one record
_LONGEST_SENDING: Final = 1_800.0  # seconds for all of them
_NTRIPLES: Final = "application/n-triples"
_OPENAPI: Final = "application/json"


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    return [
        web.get("/.well-known/void", void),
        web.get("/.well-known/api-catalog", api_catalog),
        web.get("/dump.nt", dump),
    ]


def relations(city: City) -> list[tuple[str, str, str | None]]:
    """List what the home page points programs to: address, relation, media type."""
    base = city.base
    return [
        (f"{base}openapi.json", "service-desc", _OPENAPI),
        (f"{base}.well-known/void", "describedby", _TURTLE),
        (f"{base}.well-known/api-catalog", "api-catalog", "application/linkset+json"),
        (f"{base}catalog", "alternate", _TURTLE),
        (f"{base}feed", "alternate", "application/trig"),
        (f"{base}feed.atom", "alternate", "application/atom+xml"),
    ]


async def void(request: web.Request) -> web.Response:
    """Describe the city's own records as a set of linked data."""
    city, portal = request.app[CITY], request.app[PORTAL]
    first = await asyncio.to_thread(first_of_each_room, request.app[JOURNAL], city.base)
    counts = (await asyncio.to_thread(counts_by_room, request.app[JOURNAL])).get(city.base, {})
    here = f"{city.base}.well-known/void"
    dataset = f"{here}#dataset"
    said: list[tuple[str, str, Object]] = [
        (here, RDF_TYPE, Iri(VOID + "DatasetDescription")),
        (here, FOAF + "primaryTopic", Iri(dataset)),
        (dataset, RDF_TYPE, Iri(VOID + "Dataset")),
        (dataset, DCTERMS + "title", Literal(titled(city), language="en")),
        (dataset, DCTERMS + "license", Iri(city.licence)),
        (dataset, DCTERMS + "publisher", Iri(f"{city.base}#publisher")),
        (f"{city.base}#publisher", RDF_TYPE, Iri(FOAF + "Agent")),
        (f"{city.base}#publisher", FOAF + "name", Literal(city.publisher)),
        (dataset, FOAF + "homepage", Iri(city.base)),
        (dataset, VOID + "sparqlEndpoint", Iri(f"{city.base}sparql")),
        (dataset, VOID + "dataDump", Iri(f"{city.base}dump.nt")),
        (dataset, VOID + "uriSpace", Literal(city.base)),
        (dataset, VOID + "entities", _number(sum(counts.values()))),
        (dataset, VOID + "triples", _number(await portal.triples())),
        *((dataset, VOID + "vocabulary", Iri(each)) for each in _VOCABULARIES),
    ]
    for kind in KINDS:
        part = f"{here}#{kind.room}"
        said += [
            (dataset, VOID + "classPartition", Iri(part)),
            (part, VOID + "class", Iri(kind.rdf_type)),
            (part, VOID + "entities", _number(counts.get(kind.room, 0))),
            (part, VOID + "uriSpace", Literal(f"{city.base}{kind.room}/")),
        ]
    for entry in first.values():
        said.append((dataset, VOID + "exampleResource", Iri(entry.member.object)))
    said += await asyncio.to_thread(_everything, request.app[DUMPS], city)
    canonical = lines.canonical(lines.line(*each) for each in said)
    body = graph.serialise(canonical, "turtle")
    return answer(request, body, f"{_TURTLE}; charset=utf-8", vary="Accept-Encoding")


def _everything(folder: Path, city: City) -> list[tuple[str, str, Object]]:
    """Say where the newest dump of all that the node knows is, if there is one."""
    found = next(iter(dumps.kept(folder)), None)
    if found is None:
        return []
    address = f"{city.base}dumps/{found.name}"
    return [
        (found.iri, RDF_TYPE, Iri(VOID + "Dataset")),
        (found.iri, DCTERMS + "title", Literal(found.title, language="en")),
        (found.iri, DCTERMS + "issued", Literal(found.issued, XSD_DATETIME)),
        (found.iri, VOID + "entities", _number(found.records)),
        (found.iri, VOID + "sparqlEndpoint", Iri(f"{city.base}sparql")),
        *((found.iri, VOID + "dataDump", Iri(f"{address}/{each}")) for each in _DUMPED),
    ]


def _number(count: int) -> Literal:
    return Literal(str(count), XSD + "integer")


async def api_catalog(request: web.Request) -> web.Response:
    """List the interfaces of the node and what describes each (RFC 9727, RFC 9264)."""
    city = request.app[CITY]
    base = city.base
    description = [{"href": f"{base}openapi.json", "type": _OPENAPI}]
    here = f"{base}.well-known/api-catalog"
    anchors = [(title, address) for _, title, address, _ in services(city)]
    anchors += [
        (f"Search of {city.name}", f"{base}search.json"),
        (f"Catalogue of {city.name}", f"{base}catalog"),
    ]
    linkset = [
        {"anchor": here, "item": [{"href": href, "title": title} for title, href in anchors]},
        *({"anchor": address, "service-desc": description} for _, address in anchors),
    ]
    body = json.dumps({"linkset": linkset}, ensure_ascii=False, indent=1).encode()
    headers = links([(here, "api-catalog", "application/linkset+json")])
    return answer(request, body, _LINKSET, vary="Accept-Encoding", headers=headers)


async def dump(request: web.Request) -> web.StreamResponse:
    """Give all the city's own records as N-Triples, as they are read from the journal."""
    change = await asyncio.to_thread(request.app[JOURNAL].last_change)
    coding = choose_encoding(accepted(request, hdrs.ACCEPT_ENCODING), CODINGS)
    tag = f"{change}-nt" if coding == "identity" else f"{change}-nt-{coding}"
    headers = {
        hdrs.ETAG: f'"{tag}"',
        hdrs.VARY: "Accept-Encoding",
        hdrs.CACHE_CONTROL: "no-cache",
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
    }
    if holds(request, tag):
        return web.Response(status=304, headers=headers)
    headers[hdrs.CONTENT_TYPE] = _NTRIPLES
    if coding != "identity":
        headers[hdrs.CONTENT_ENCODING] = coding
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        await _send_records(request, response, packer(coding))
    return response


async def _send_records(request: web.Request, into: web.StreamResponse, packing: Packer) -> None:
    """Write the city's own records; what cannot be ended well ends the connection, which shows."""
    whole = False
    try:
        with suppress(ConnectionResetError, TimeoutError):  # the client has gone, or has gone slow
            async with asyncio.timeout(_LONGEST_SENDING):
                async for entry in own_records(request):
                    async with asyncio.timeout(_PATIENCE):
                        await into.write(packing.pack(entry.member.payload))
                await into.write(packing.finish())
            whole = True
    finally:
        if not whole and request.transport is not None:
            request.transport.abort()
