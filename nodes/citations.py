"""Addresses of results: a query, an instant, and the beginning of the SHA-256 of what it gave.

All of it stands in the address itself, so nothing is kept on the node and nobody can fill it up:
a version, the instant in microseconds since 1970, sixteen bytes of the digest, and the query with
its dataset, deflated with a dictionary of what queries are made of. In base64url an everyday query
is some two hundred characters. Pure functions; what a stranger wrote is read within bounds.
"""

import base64
import binascii
import re
import struct
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

LONGEST: Final = 16_000
"""Characters of the longest address part that is written or read."""

_LONGEST_QUERY: Final = 256 << 10
_VERSION: Final = 1
_HEAD: Final = struct.Struct(">Bq16s")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST}}}")
_APART: Final = "\0"
_WORDS: Final = b"""\
/experiments/ http://publications.europa.eu/resource/authority/ /concept/ ?city ?label ?count
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX locn: <http://www.w3.org/ns/locn#> PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX schema: <https://schema.org/> PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX as: <https://www.w3.org/ns/activitystreams#> PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX cn: <https://w3id.org/citynode/ns#>
CONSTRUCT { } DESCRIBE ASK UNION VALUES MINUS BIND (COUNT(DISTINCT ?x) AS ?n) REGEX(
CONTAINS(LCASE(STR(?s ?p ?o) }
GROUP BY HAVING ( LIMIT 10 OFFSET ORDER BY DESC(?n) LANG(?title) = "en")
SELECT DISTINCT ?experiment ?title WHERE {
  ?experiment a cn:UrbanExperiment ; dcterms:title ?title ; dcterms:publisher/foaf:name ?city .
  GRAPH ?member { } ?member as:actor ?node ; as:published ?when .
  OPTIONAL { ?x skos:prefLabel ?label FILTER (LANG(?label) = "en") } FILTER NOT EXISTS { }
}
"""
"""The dictionary of version 1: to change a byte of it is to break every address there is."""


@dataclass(frozen=True, kw_only=True)
class Citation:
    """What an address says: a query of a dataset at an instant, and what it gave then.

    `digest` are the first 32 hexadecimal digits of the SHA-256 of the result's one form.
    """

    query: str
    asked: datetime
    digest: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


def encode(said: Citation) -> str | None:
    """Write the last part of the address; None when it would be too long."""
    graphs = [f"d{iri}" for iri in said.default_graphs] + [f"n{iri}" for iri in said.named_graphs]
    text = _APART.join([said.query, *graphs]).encode()
    packer = zlib.compressobj(9, wbits=-15, zdict=_WORDS)
    packed = packer.compress(text) + packer.flush()
    micros = (said.asked - _EPOCH) // timedelta(microseconds=1)
    head = _HEAD.pack(_VERSION, micros, bytes.fromhex(said.digest[:32]))
    written = base64.urlsafe_b64encode(head + packed).rstrip(b"=").decode()
    return written if len(written) <= LONGEST else None


def decode(written: str) -> Citation | None:
    """Read the last part of an address; None for what is none."""
    if not _TOKEN.fullmatch(written):
        return None
    try:
        whole = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
        version, micros, digest = _HEAD.unpack_from(whole)
        if version != _VERSION:
            return None
        unpacker = zlib.decompressobj(wbits=-15, zdict=_WORDS)
        text = unpacker.decompress(whole[_HEAD.size :], _LONGEST_QUERY + 1)
        if not unpacker.eof or unpacker.unused_data or len(text) > _LONGEST_QUERY:
            return None
        query, *graphs = text.decode().split(_APART)
        asked = _EPOCH + timedelta(microseconds=micros)
    except (binascii.Error, struct.error, zlib.error, UnicodeError, OverflowError):
        return None
    if not query.strip() or any(each[:1] not in {"d", "n"} for each in graphs):
        return None
    return Citation(
        query=query,
        asked=asked,
        digest=digest.hex(),
        default_graphs=tuple(each[1:] for each in graphs if each[0] == "d"),
        named_graphs=tuple(each[1:] for each in graphs if each[0] == "n"),
    )
