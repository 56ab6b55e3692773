"""Answers that are the same byte by byte, whenever and from whatever copy they are given.

SPARQL gives the rows of an answer in no order of its own, and names blank nodes anew each time. A
canonical answer has one form: its rows are sorted as they are written (so `ORDER BY` decides which
rows a `LIMIT` takes, not where they stand), its triples likewise, each once; the columns of
`SELECT *` are sorted by name, and blank nodes are called as RDFC-1.0 calls them. Every format is
written from that form, which is TSV with terms in full for a table, N-Triples for a graph, JSON
for a truth; `Facts.sha256` is of these bytes, which owe nothing to the writers of a library.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import IO, Any, Final, cast

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    parse_query_results,
    serialize,
)

from nodes.errors import QueryRefused
from nodes.sandbox.formats import Facts

Term = Any
_ROW: Final = "urn:citynode:row"
_HOST: Final = re.compile(r"<(https?://[^/<>\s]+/)")
_AGAIN: Final = CanonicalizationAlgorithm.RDFC_1_0


def write(
    results: QuerySolutions | QueryBoolean | QueryTriples,
    form: QueryResultsFormat | RdfFormat,
    into: IO[bytes],
    *,
    most: int,
    starred: bool,
) -> dict[str, Any]:
    """Write an answer, of at most so many bytes in its one form; return its `Facts`.

    `starred` tells that the query asked for all variables. Raises QueryRefused when it is larger.
    """
    if isinstance(results, QueryBoolean):
        text = b'{"head":{},"boolean":%s}' % (b"true" if results else b"false")
        if form == QueryResultsFormat.JSON:
            into.write(text)
        else:
            results.serialize(into, format=cast("QueryResultsFormat", form))
        return _facts(1, text)
    if isinstance(results, QueryTriples):
        triples = _triples(results, most)
        lines = [f"{each} .\n" for each in map(str, triples)]
        text = "".join(lines).encode()
        if form in {RdfFormat.N_TRIPLES, RdfFormat.N_QUADS}:
            into.write(text)
        else:
            serialize(triples, into, format=cast("RdfFormat", form))
        return _facts(len(lines), text)
    rows = _rows(results, most, starred=starred)
    text = "".join(f"{row}\n" for row in rows).encode()
    if form == QueryResultsFormat.TSV:
        into.write(text)
    else:
        again = parse_query_results(text, QueryResultsFormat.TSV)
        again.serialize(into, format=cast("QueryResultsFormat", form))
    return _facts(len(rows) - 1, text)


def _facts(rows: int, text: bytes) -> dict[str, Any]:
    hosts = sorted(set(_HOST.findall(text.decode())))
    return asdict(Facts(rows=rows, sha256=sha256(text).hexdigest(), hosts=tuple(hosts)))


def _triples(results: QueryTriples, most: int) -> list[Triple]:
    """Give the triples of a graph, sorted, each once, its blank nodes named."""
    graph = Dataset()
    size = 0
    for each in results:
        size += len(str(each)) + 3
        _hold(size, most)
        graph.add(Quad(each.subject, each.predicate, each.object))
    graph.canonicalize(_AGAIN)
    return sorted((each.triple for each in graph), key=str)


def _rows(results: QuerySolutions, most: int, *, starred: bool) -> list[str]:
    """Give the rows of a table, sorted, after its head."""
    names = [each.value for each in results.variables]
    if starred:
        names.sort()
    plain: list[str] = []
    blank: list[Sequence[Term]] = []
    size = 0
    for solution in results:
        terms = [solution[name] for name in names]
        row = "\t".join(map(_written, terms))
        size += len(row) + 1
        _hold(size, most)
        if any(isinstance(each, BlankNode | Triple) for each in terms):
            blank.append(terms)
        else:
            plain.append(row)
    plain.extend(_named(blank))
    return ["\t".join(f"?{name}" for name in names), *sorted(plain)]


def _named(rows: Sequence[Sequence[Term]]) -> list[str]:
    """Write rows whose blank nodes are called by their place among all of these rows."""
    graph = Dataset()
    for terms in rows:
        row = BlankNode()
        graph.add(Quad(row, NamedNode(_ROW), NamedNode(_ROW)))
        for column, term in enumerate(terms):
            if term is not None:
                graph.add(Quad(row, NamedNode(f"{_ROW}:{column}"), term))
    graph.canonicalize(_AGAIN)
    found: dict[str, dict[int, Term]] = {}
    for each in graph:
        cells = found.setdefault(str(each.subject), {})
        column = each.predicate.value.removeprefix(_ROW).removeprefix(":")
        if column:
            cells[int(column)] = each.object
    width = max((len(terms) for terms in rows), default=0)
    return [
        "\t".join(_written(cells.get(column)) for column in range(width))
        for cells in found.values()
    ]


def _written(term: Term) -> str:
    """Write a term in full; nothing for one that is not bound."""
    if term is None:
        return ""
    if isinstance(term, Triple):
        parts = (term.subject, term.predicate, term.object)
        return f"<<( {' '.join(map(_written, parts))} )>>"
    return str(term)


def _hold(size: int, most: int) -> None:
    if size > most:
        raise QueryRefused(f"the answer is larger than {most >> 20} MiB", reason="size")
