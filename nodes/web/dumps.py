"""Dumps over HTTP: `/dumps` lists those that are kept, `/dumps/{dump}/{file}` gives their files.

The list is a page, or DCAT in the syntaxes of the catalogue: a dataset for each dump, with a
distribution for each file. Files never change under their name, can be had in parts (`Range`) and
are sent as they lie on disk; `/dumps/latest/{file}` leads to the newest.
"""

import asyncio
import base64
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from nodes import dumps
from nodes.city import City
from nodes.dcat import Statement
from nodes.dumps import Dump, File
from nodes.errors import NotFound
from nodes.web import catalog
from nodes.web.answers import answer, typed
from nodes.web.keys import CITY, DUMPS
from nodes.web.negotiation import accepted, choose
from nodes.web.rendering import links, page
from vocab import lines
from vocab.lines import Iri, Literal
from vocab.terms import DCAT, DCTERMS, FOAF, RDF_TYPE, VOID, XSD, XSD_DATETIME

LATEST: Final = "latest"
_SPDX: Final = "http://spdx.org/rdf/terms#"
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_KEPT: Final = "public, max-age=604800, immutable"
_PART: Final = re.compile(r"bytes=(?:[0-9]+-[0-9]*|-[0-9]+)", re.IGNORECASE)
_SMALL: Final = {dumps.MANIFEST: "application/json", dumps.CITATION: "text/yaml"}


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    return [
        web.get("/dumps", listing),
        web.get("/dumps.{suffix:" + "|".join(catalog.MEDIA) + "}", listing),
        web.get("/dumps/{dump}/{file}", file),
    ]


async def listing(request: web.Request) -> web.Response:
    """List the dumps that are kept, the newest first."""
    city = request.app[CITY]
    found = await asyncio.to_thread(dumps.kept, request.app[DUMPS])
    said = links(
        [(f"{city.base}dumps.{name}", "alternate", each) for name, each in catalog.MEDIA.items()]
    )
    syntax = request.match_info.get("suffix") or _by_accept(request)
    if syntax == "html":
        return page(request, "dumps.html", {"dumps": found}, headers=said)
    triples = lines.canonical(lines.line(*each) for each in statements(city, found))
    body = await asyncio.to_thread(catalog.write, triples, syntax)
    return answer(request, body, typed(catalog.MEDIA[syntax]), headers=said)


async def file(request: web.Request) -> web.StreamResponse:
    """Give a file of a dump, or the part of it that is asked for."""
    folder, name = request.app[DUMPS], request.match_info["dump"]
    wanted = request.match_info["file"]
    if name == LATEST:
        found = await asyncio.to_thread(dumps.kept, folder)
        if not found or not _has(found[0], wanted):
            raise NotFound("No dump that is kept has such a file.")
        place = f"{request.app[CITY].base}dumps/{found[0].name}/{wanted}"
        raise web.HTTPFound(
            place, headers={hdrs.CACHE_CONTROL: "no-cache", hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"}
        )
    dump = await asyncio.to_thread(dumps.read, folder, name)
    if dump is None or not _has(dump, wanted):
        raise NotFound("No dump of this name is kept, or it has no such file.")
    return _sent(folder / dump.name / wanted, dump, wanted)


def _has(dump: Dump, name: str) -> bool:
    return name in _SMALL or dump.file(name) is not None


class _File(web.FileResponse):
    """A file, or a part of it; what aiohttp reads otherwise than RFC 9110 is set right.

    Of another version than `If-Range` names no part is sent (13.1.5): it would be joined to what
    the client has of that one. And `Range` is passed over where it is not of GET, not in bytes, or
    of several parts, which are sent as a whole (14.2).
    """

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send it."""
        if hdrs.RANGE in request.headers and not await self._in_part(request):
            kept = CIMultiDict(request.headers)
            kept.popall(hdrs.RANGE)
            request = request.clone(headers=kept)
        return await super().prepare(request)

    async def _in_part(self, request: web.BaseRequest) -> bool:
        if request.method != hdrs.METH_GET or not _PART.fullmatch(request.headers[hdrs.RANGE]):
            return False
        held = request.headers.get(hdrs.IF_RANGE, "")
        if '"' not in held:
            return True  # a date, which aiohttp compares
        found = await asyncio.to_thread(self._path.stat)
        return held.strip() == f'"{found.st_mtime_ns:x}-{found.st_size:x}"'


def _sent(path: Path, dump: Dump, name: str) -> web.FileResponse:
    described = dump.file(name)
    headers: dict[str, str] = {
        hdrs.CACHE_CONTROL: _KEPT,
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        hdrs.CONTENT_TYPE: _SMALL.get(name, "application/octet-stream"),
    }
    if described is not None:
        digest = base64.b64encode(bytes.fromhex(described.sha256)).decode()
        headers[hdrs.CONTENT_TYPE] = described.packing or described.media
        headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{dump.name}-{name}"'
        headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return _File(path, headers=headers)


def _by_accept(request: web.Request) -> str:
    offers = {**catalog.OFFERS, "text/html": "html"}
    media = choose(accepted(request), tuple(offers))
    if media is None:
        raise web.HTTPNotAcceptable(text=f"The dumps are listed as {', '.join(offers)}.")
    return offers[media]


def statements(city: City, found: Sequence[Dump]) -> Iterator[Statement]:
    """Describe dumps in DCAT: a series, a dataset for each, a distribution for each file."""
    series, publisher = f"{city.base}dumps#series", f"{city.base}#publisher"
    yield series, RDF_TYPE, Iri(DCAT + "DatasetSeries")
    title = f"Everything the node of {city.name} knows"
    yield series, DCTERMS + "title", Literal(title, language="en")
    yield series, DCTERMS + "publisher", Iri(publisher)
    yield publisher, RDF_TYPE, Iri(FOAF + "Agent")
    yield publisher, FOAF + "name", Literal(city.publisher)
    for dump in found:
        yield from _dataset(city, series, dump)


def _dataset(city: City, series: str, dump: Dump) -> Iterator[Statement]:
    iri, address = dump.iri, f"{city.base}dumps/{dump.name}"
    yield iri, RDF_TYPE, Iri(DCAT + "Dataset")
    yield iri, DCAT + "inSeries", Iri(series)
    yield iri, DCTERMS + "title", Literal(dump.title, language="en")
    yield iri, DCTERMS + "description", Literal(_about(dump), language="en")
    yield iri, DCTERMS + "identifier", Literal(dump.name)
    yield iri, DCTERMS + "issued", Literal(dump.issued, XSD_DATETIME)
    yield iri, DCTERMS + "publisher", Iri(f"{city.base}#publisher")
    yield iri, DCTERMS + "license", Iri(dump.licence)
    yield iri, DCTERMS + "bibliographicCitation", Literal(dump.citation["text"], language="en")
    yield iri, DCAT + "version", Literal(dump.name)
    yield iri, FOAF + "page", Iri(f"{city.base}dumps")
    for number, part in enumerate(dump.parts, 1):
        of = f"{address}#origin-{number}"
        yield iri, DCTERMS + "hasPart", Iri(of)
        yield of, RDF_TYPE, Iri(VOID + "Dataset")
        yield of, DCTERMS + "title", Literal(part.city or part.origin)
        yield of, DCTERMS + "source", Iri(part.origin)
        yield of, VOID + "entities", Literal(str(part.records), XSD + "integer")
        for licence in part.licences:
            yield of, DCTERMS + "license", Iri(licence)
    for each in dump.files:
        distribution = f"{address}/{each.name}#distribution"
        yield iri, DCAT + "distribution", Iri(distribution)
        yield from _distribution(dump, each, f"{address}/{each.name}", distribution)


def _distribution(dump: Dump, each: File, address: str, iri: str) -> Iterator[Statement]:
    checksum = f"{address}#checksum"
    yield iri, RDF_TYPE, Iri(DCAT + "Distribution")
    yield iri, DCTERMS + "title", Literal(each.title, language="en")
    yield iri, DCAT + "accessURL", Iri(address)
    yield iri, DCAT + "downloadURL", Iri(address)
    yield iri, DCAT + "mediaType", Iri(_IANA + each.media)
    if each.packing is not None:
        yield iri, DCAT + "compressFormat", Iri(_IANA + each.packing)
    yield iri, DCAT + "byteSize", Literal(str(each.size), XSD + "nonNegativeInteger")
    yield iri, DCTERMS + "issued", Literal(dump.issued, XSD_DATETIME)
    yield iri, DCTERMS + "license", Iri(dump.licence)
    yield iri, DCTERMS + "rights", Iri(f"{dump.iri.removesuffix('#dataset')}#rights")
    yield iri, _SPDX + "checksum", Iri(checksum)
    yield checksum, RDF_TYPE, Iri(_SPDX + "Checksum")
    yield checksum, _SPDX + "algorithm", Iri(_SPDX + "checksumAlgorithm_sha256")
    yield checksum, _SPDX + "checksumValue", Literal(each.sha256, XSD + "hexBinary")
    rights = f"{dump.iri.removesuffix('#dataset')}#rights"
    yield rights, RDF_TYPE, Iri(DCTERMS + "RightsStatement")
    yield rights, DCTERMS + "description", Literal(dump.rights, language="en")


def _about(dump: Dump) -> str:
    cities = [each.city or each.origin for each in dump.parts if each.records][:50]
    return f"{dump.records} records" + (f", of {', '.join(cities)}" if cities else "") + "."
