"""In which formats a query can be answered, by the kind of answer it gives."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a query gives: SELECT a table, ASK a truth, CONSTRUCT and DESCRIBE a graph."""

    TABLE = "table"
    TRUTH = "truth"
    GRAPH = "graph"


@dataclass(frozen=True)
class Format:
    """One way to write an answer. `name` is what `?format=` and suffixes say."""

    name: str
    media_type: str
    iri: str
    aliases: tuple[str, ...] = ()
    text: bool = False


_W3C: Final = "http://www.w3.org/ns/formats/"

_RESULTS: Final = (
    Format(
        "json",
        "application/sparql-results+json",
        f"{_W3C}SPARQL_Results_JSON",
        ("application/json", "text/json"),
    ),
    Format(
        "xml",
        "application/sparql-results+xml",
        f"{_W3C}SPARQL_Results_XML",
        ("application/xml", "text/xml"),
    ),
)
_TABLES: Final = (
    Format("csv", "text/csv", f"{_W3C}SPARQL_Results_CSV", text=True),
    Format("tsv", "text/tab-separated-values", f"{_W3C}SPARQL_Results_TSV", text=True),
)
_GRAPHS: Final = (
    Format("ttl", "text/turtle", f"{_W3C}Turtle", ("application/x-turtle", "text/n3"), text=True),
    Format("nt", "application/n-triples", f"{_W3C}N-Triples", ("text/plain",), text=True),
    Format("rdf", "application/rdf+xml", f"{_W3C}RDF_XML", ("application/xml", "text/xml")),
    Format("jsonld", "application/ld+json", f"{_W3C}JSON-LD", ("application/json",)),
    Format("nq", "application/n-quads", f"{_W3C}N-Quads", text=True),
    Format("trig", "application/trig", f"{_W3C}TriG", text=True),
)

FORMATS: Final[dict[Kind, tuple[Format, ...]]] = {
    Kind.TABLE: (*_RESULTS, *_TABLES),
    Kind.TRUTH: _RESULTS,
    Kind.GRAPH: _GRAPHS,
}
"""Every format of every kind, the one given by default first."""

OTHER_NAMES: Final = {
    "turtle": "ttl",
    "n3": "ttl",
    "ntriples": "nt",
    "n-triples": "nt",
    "rdfxml": "rdf",
    "rdf+xml": "rdf",
    "json-ld": "jsonld",
    "nquads": "nq",
    "n-quads": "nq",
    "srj": "json",
    "srx": "xml",
}


def named(kind: Kind, name: str) -> Format | None:
    """Find a format by its name or media type; `json` and `xml` of a graph are linked data."""
    said = name.lower().replace(" ", "+")  # what a plus becomes that was not escaped
    plain = OTHER_NAMES.get(said, said)
    if kind is Kind.GRAPH:
        plain = {"json": "jsonld", "xml": "rdf"}.get(plain, plain)
    return next(
        (each for each in FORMATS[kind] if plain in {each.name, each.media_type, *each.aliases}),
        None,
    )


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is told of a canonical answer: how many rows or triples, the SHA-256 of its one form.

    `hosts` are the beginnings of the http(s) addresses in it, up to the first slash of the path.
    """

    rows: int
    sha256: str
    hosts: tuple[str, ...]
