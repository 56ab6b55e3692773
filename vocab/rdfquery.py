"""Questions to an RDF file that is not one of ours, asked with rdflib.

Used where a city keeps its experiments as RDF of its own shape: a query the city wrote makes plain
rows of them. Nothing is fetched: a query with `SERVICE` or `FROM` is refused.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from xml.sax import SAXException

import rdflib
from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from vocab import lines
from vocab.errors import CannotAsk
from vocab.lines import Triple

ROW: Final = Namespace("urn:row:")
_DEEPEST: Final = 8
_DEEP_ENOUGH: Final = 3
_MOST_TOLD: Final = 5_000  # facts about one record


def select(turtle: bytes, query: str, *, triples: int = 1_000_000) -> list[dict[str, Any]]:
    """Ask Turtle (or N-Triples) for rows; raises CannotAsk.

    A SELECT gives one row for each solution. A CONSTRUCT gives one for each subject it types
    `<urn:row:Row>`, in the order of their names: its properties `<urn:row:title>` become the
    row's `title`, several values a list, and a value that is itself described an object. The
    subject's own name is in `row`.
    """
    graph = _parsed(turtle, triples)
    asked = _prepared(query)
    result = graph.query(asked)
    if result.type == "SELECT":
        names = [str(name) for name in result.vars or ()]
        return [
            {name: _plain(value) for name, value in zip(names, solution, strict=True)}
            for solution in result
            if isinstance(solution, tuple)
        ]
    if result.type != "CONSTRUCT" or result.graph is None:
        raise CannotAsk("the query is neither a CONSTRUCT nor a SELECT")
    built = result.graph
    rows = sorted(set(built.subjects(RDF.type, ROW.Row)), key=str)
    if not rows and len(built):
        raise CannotAsk("the query gives triples, but types nothing <urn:row:Row>")
    return [{"row": str(each), **_described(built, each, _DEEPEST)} for each in rows]


def described(turtle: bytes, kind: str, *, triples: int = 1_000_000) -> list[dict[str, Any]]:
    """Give each subject of a class, in the order of their names; raises CannotAsk.

    Properties stand under their local names, text under `title@nl` where it says its language; a
    value that is itself described becomes an object. The subject's own name is in `row`.
    """
    graph = _parsed(turtle, triples)
    rows = sorted(set(graph.subjects(RDF.type, URIRef(kind))), key=str)
    whole = frozenset(rows)
    return [
        {"row": str(each), **_told(graph, each, whole, _DEEP_ENOUGH, iter(range(_MOST_TOLD)))}
        for each in rows
    ]


def classes(turtle: bytes, *, triples: int = 1_000_000) -> dict[str, int]:
    """Count the subjects of every class of a file; raises CannotAsk."""
    graph = _parsed(turtle, triples)
    return Counter(str(each) for each in graph.objects(None, RDF.type) if isinstance(each, URIRef))


def statements(data: bytes, *, triples: int = 1_000_000) -> list[Triple]:
    """Read the statements of a file; raises CannotAsk. Blank nodes are named `urn:blank:…`."""
    found = _parsed(data, triples)
    return [
        Triple(_name(subject), str(predicate), _object(value))
        for subject, predicate, value in found.triples((None, None, None))
    ]


def _name(node: Node) -> str:
    return f"urn:blank:{node}" if isinstance(node, BNode) else str(node)


def _object(node: Node) -> lines.Object:
    if not isinstance(node, Literal):
        return lines.Iri(_name(node))
    if node.language is not None:
        return lines.Literal(str(node), language=node.language.lower())
    return lines.Literal(str(node), str(node.datatype or XSD.string))


def _parsed(data: bytes, triples: int) -> Graph:
    """Parse Turtle, RDF/XML or JSON-LD, whichever it looks like; nothing is ever fetched."""
    graph = Graph()
    syntax, name = _syntax(data)
    if syntax == "json-ld":
        _refuse_remote_contexts(data)
    elif syntax == "xml" and b"<!ENTITY" in data:
        raise CannotAsk("it declares entities, which are not read: export it without")
    try:
        with _as_written():
            graph.parse(data=data, format=syntax)
    except BadSyntax as error:
        raise CannotAsk(f"it is not {name}: line {error.lines + 1}: {error.message}") from error
    except (SAXException, ParserError) as error:
        raise CannotAsk(f"it is not {name}: {str(error)[:200]}") from error
    except (
        ValueError, KeyError, TypeError, AttributeError, RecursionError, AssertionError, IndexError,
    ) as error:  # fmt: skip
        raise CannotAsk(f"it is not {name}: {str(error)[:200]}") from error
    if len(graph) > triples:
        raise CannotAsk(f"it has more than {triples:,} triples: split it into several files")
    return graph


@contextmanager
def _as_written() -> Iterator[None]:
    """Keep values as they stand: `Z` is not made `+00:00`, nor `05` a 5. rdflib has one switch."""
    before = rdflib.NORMALIZE_LITERALS
    rdflib.NORMALIZE_LITERALS = False
    try:
        yield
    finally:
        rdflib.NORMALIZE_LITERALS = before


def _syntax(data: bytes) -> tuple[str, str]:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]
    if start.startswith((b"<?xml", b"<rdf:RDF", b"<!--", b"<!DOCTYPE")):
        return "xml", "RDF/XML"
    if start.startswith(b"{") or re.match(rb"\[\s*[{\]]", start):
        return "json-ld", "JSON-LD"
    return "turtle", "Turtle"


def _refuse_remote_contexts(data: bytes) -> None:
    """Refuse JSON-LD that names a context elsewhere instead of holding it."""
    try:
        waiting: list[Any] = [json.loads(data)]
    except (ValueError, RecursionError) as error:
        raise CannotAsk(f"it is not JSON: {str(error)[:200]}") from error
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting.extend(part)
        elif isinstance(part, dict):
            said = part.get("@context")
            contexts = said if isinstance(said, list) else [said]
            elsewhere = [each for each in contexts if isinstance(each, str)]
            if elsewhere or "@import" in part:
                named = f" ({elsewhere[0][:200]})" if elsewhere else ""
                raise CannotAsk(
                    f"its context lies elsewhere{named}: write the context into the file"
                )
            waiting.extend(part.values())


def _prepared(query: str) -> Any:
    try:
        asked = prepareQuery(query)
    except Exception as error:  # the parser raises whatever its grammar met
        raise CannotAsk(f"the query cannot be read: {str(error)[:300]}") from error
    names = {part.name for part in _parts(asked.algebra)}
    if "ServiceGraphPattern" in names or asked.algebra.get("datasetClause"):
        raise CannotAsk("the query asks elsewhere (SERVICE or FROM): ask only the file itself")
    return asked


def _parts(value: Any) -> Iterator[CompValue]:
    """Give every part of a query's algebra."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, CompValue):
            yield part
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list | tuple | set):
            waiting.extend(part)


def _described(graph: Graph, subject: Node, depth: int) -> dict[str, Any]:
    """Give the properties of a subject in the row namespace, in a steady order."""
    found: dict[str, list[Any]] = {}
    for name in sorted(set(graph.predicates(subject)), key=str):
        if name == RDF.type or not str(name).startswith(str(ROW)):
            continue
        values = sorted(graph.objects(subject, name), key=_order)
        found[str(name).removeprefix(str(ROW))] = [_value(graph, each, depth) for each in values]
    return {name: each[0] if len(each) == 1 else each for name, each in found.items()}


def _value(graph: Graph, value: Node, depth: int) -> Any:
    if isinstance(value, URIRef | BNode) and depth and (value, None, None) in graph:
        return _described(graph, value, depth - 1)
    return _plain(value)


def _told(
    graph: Graph, subject: Node, whole: frozenset[Node], depth: int, left: Iterator[int]
) -> dict[str, Any]:
    """Give all that is said of a subject, by local names; other records are only named."""
    found: dict[str, list[Any]] = {}
    for name, value in sorted(graph.predicate_objects(subject), key=str):
        if next(left, None) is None:
            raise CannotAsk(f"more than {_MOST_TOLD:,} facts hang on {subject}: use a query")
        if name == RDF.type:
            continue
        heading = re.split(r"[#/:]", str(name))[-1] or str(name)
        if isinstance(value, Literal) and value.language:
            heading = f"{heading}@{value.language.lower()}"
        inner = depth and value not in whole and isinstance(value, URIRef | BNode)
        parts = _told(graph, value, whole, depth - 1, left) if inner else None
        found.setdefault(heading, []).append(parts or _plain(value))
    return {name: each[0] if len(each) == 1 else each for name, each in found.items()}


def _plain(value: Node | None) -> str | None:
    """Give the text of a literal as it is written, so that `2019` stays a year."""
    return None if value is None else str(value)


def _order(value: Node) -> tuple[str, str]:
    return (value.language or "" if isinstance(value, Literal) else "", str(value))
