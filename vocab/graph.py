"""RDF syntaxes at the edges: our Turtle files in, records out. The one owner of rdflib.

Nothing from outside is parsed here; only files of our own and canonical lines that were checked.
The same statements always give the same bytes.
"""

import logging
from collections.abc import Iterator
from typing import Final
from typing import Literal as OneOf

import rdflib

from vocab import lines
from vocab.errors import BadTerm, NotCanonical
from vocab.lines import Iri, Literal, Object, Triple
from vocab.rdfxml import rdfxml
from vocab.terms import PREFIXES

Format = OneOf["turtle", "trig", "xml", "nt", "nquads"]
"""The syntaxes a record can be had in, beside JSON-LD (`vocab.jsonld`)."""

_Node = rdflib.URIRef | rdflib.Literal

# rdflib logs each literal whose value it cannot compute; whether a date is one, the shapes say.
_QUIET: Final = logging.getLogger("rdflib.term")
_QUIET.setLevel(logging.ERROR)


def statements(turtle: bytes) -> Iterator[Triple]:
    """Read Turtle of our own; raises BadTerm when it has blank nodes."""
    graph = rdflib.Graph(bind_namespaces="none")
    graph.parse(data=turtle, format="turtle")
    for subject, predicate, value in graph:
        if not isinstance(subject, rdflib.URIRef):
            raise BadTerm(f"a vocabulary file has a blank node: {subject}")
        yield Triple(str(subject), str(predicate), _value(value))


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
    if fmt == "xml":
        return rdfxml(_triple(quad) for quad in quads)
    return _rdflib_text(quads, fmt)


def _rdflib_text(quads: list[tuple[str, ...]], fmt: str) -> bytes:
    dataset = rdflib.Dataset(default_union=fmt == "turtle")
    for prefix, namespace in PREFIXES.items():
        dataset.bind(prefix, namespace, replace=True)
    for quad in quads:
        subject, predicate, value = _triple(quad)
        in_graph = rdflib.URIRef(quad[3][1:-1]) if len(quad) == 4 and fmt == "trig" else None
        graph = dataset.default_graph if in_graph is None else dataset.graph(in_graph)
        graph.add((rdflib.URIRef(subject), rdflib.URIRef(predicate), _node(value)))
    source = dataset.default_graph if fmt == "turtle" else dataset
    return source.serialize(format=fmt, encoding="utf-8")


def _split(row: str) -> tuple[str, ...]:
    try:
        return lines.check_triple(row)
    except NotCanonical:
        return lines.check_quad(row)


def _triple(quad: tuple[str, ...]) -> Triple:
    return Triple(quad[0][1:-1], quad[1][1:-1], lines.parse_term(quad[2]))


def _node(value: Object) -> _Node:
    if isinstance(value, Iri):
        return rdflib.URIRef(value.value)
    if value.language is not None:
        return rdflib.Literal(value.value, lang=value.language)
    return rdflib.Literal(value.value, datatype=rdflib.URIRef(value.datatype), normalize=False)


def _value(node: object) -> Object:
    if isinstance(node, rdflib.URIRef):
        return Iri(str(node))
    if isinstance(node, rdflib.Literal):
        if node.language is not None:
            return Literal(str(node), language=node.language)
        return Literal(str(node), str(node.datatype or rdflib.XSD.string))
    raise BadTerm(f"a vocabulary file has a blank node: {node}")
