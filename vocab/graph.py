"""RDF syntaxes at the edges: our Turtle files in, records out. An owner of rdflib.

Nothing from outside is parsed here; only files of our own and canonical lines that were checked.
The same statements always give the same bytes.
"""

from collections.abc import Iterator
from typing import Literal as OneOf

import rdflib

from vocab import lines
from vocab.errors import BadTerm, NotCanonical
from vocab.lines import Iri, Literal, Object, Triple
from vocab.rdfxml import rdfxml
from vocab.turtle import trig, turtle

Format = OneOf["turtle", "trig", "xml", "nt", "nquads"]
"""The syntaxes a record can be had in, beside JSON-LD (`vocab.jsonld`)."""


def statements(turtle: bytes) -> Iterator[Triple]:
    """Read Turtle of our own; raises BadTerm when it has blank nodes."""
    graph = rdflib.Graph(store="SimpleMemory", bind_namespaces="none")
    graph.parse(data=turtle, format="turtle")
    for subject, predicate, value in graph:
        if not isinstance(subject, rdflib.URIRef):
            raise BadTerm(f"a vocabulary file has a blank node: {subject}")
        yield Triple(str(subject), str(predicate), _value(value))


def written(turtle: bytes) -> list[tuple[str, str, str]]:
    """Read Turtle of our own as terms in canonical form; blank nodes are `_:…`."""
    graph = rdflib.Graph(bind_namespaces="none")
    graph.parse(data=turtle, format="turtle")
    return [(_term(subject), _term(predicate), _term(value)) for subject, predicate, value in graph]


def texts(turtle: bytes, predicate: str) -> dict[str, dict[str, str]]:
    """Read from Turtle of our own what one property says, by subject and language."""
    graph = rdflib.Graph(bind_namespaces="none")
    graph.parse(data=turtle, format="turtle")
    found: dict[str, dict[str, str]] = {}
    for subject, value in graph.subject_objects(rdflib.URIRef(predicate)):
        if isinstance(value, rdflib.Literal):
            found.setdefault(str(subject), {})[value.language or ""] = str(value)
    return found


def serialise(canonical: bytes, fmt: Format) -> bytes:
    """Write canonical lines, of a record or of a whole member, in another syntax.

    Turtle, RDF/XML and N-Triples have no named graphs: there the statements of all graphs stand
    together. Raises BadTerm when RDF/XML cannot name a property (see `vocab.rdfxml`).
    """
    if fmt == "nquads":
        return canonical
    quads = [_split(row) for row in lines.rows(canonical)]
    if fmt == "nt":
        return lines.canonical(" ".join([*quad[:3], "."]) for quad in quads)
    if fmt == "trig":
        graphs: dict[str, list[Triple]] = {}
        for quad in quads:
            name = quad[3][1:-1] if len(quad) == 4 else ""
            graphs.setdefault(name, []).append(_triple(quad))
        return trig(graphs)
    write = turtle if fmt == "turtle" else rdfxml
    return write(_triple(quad) for quad in quads)


def _split(row: str) -> tuple[str, ...]:
    try:
        return lines.check_triple(row)
    except NotCanonical:
        return lines.check_quad(row)


def _triple(quad: tuple[str, ...]) -> Triple:
    return Triple(quad[0][1:-1], quad[1][1:-1], lines.parse_term(quad[2]))


def _term(node: object) -> str:
    return f"_:{node}" if isinstance(node, rdflib.BNode) else lines.term(_value(node))


def _value(node: object) -> Object:
    if isinstance(node, rdflib.URIRef):
        return Iri(str(node))
    if isinstance(node, rdflib.Literal):
        if node.language is not None:
            return Literal(str(node), language=node.language)
        return Literal(str(node), str(node.datatype or rdflib.XSD.string))
    raise BadTerm(f"a vocabulary file has a blank node: {node}")
