"""RDF files: a SPARQL CONSTRUCT (or SELECT) of the mapping turns them into rows.

A CONSTRUCT describes each record by properties in the namespace `urn:row:`, whose local names
become the headings: `?e row:title ?title ; row:partner ?agent . ?agent row:name ?name`. What has
the type `row:Row` is a row; values that are described in turn become objects.
"""

from nodes.errors import ImportRefused
from nodes.importing.limits import Limits
from nodes.importing.opening import refuse_other_kinds
from nodes.importing.rows import Row, Sheet
from vocab.errors import CannotAsk
from vocab.rdfquery import select


def read_rdf(name: str, data: bytes, query: str | None, limits: Limits) -> Sheet:
    """Ask an RDF file for its rows; raises ImportRefused when file or query cannot be followed."""
    refuse_other_kinds(name, data)
    if query is None:
        raise ImportRefused(
            f'{name} is RDF: write query = "…" under [file] in the mapping, the name of a file '
            "with a SPARQL CONSTRUCT that makes its rows"
        )
    try:
        found = select(data, query, triples=limits.triples)
    except CannotAsk as error:
        raise ImportRefused(f"{name}: {error}") from error
    if len(found) > limits.rows:
        raise ImportRefused(f"{name} has more than {limits.rows:,} rows: split it")
    rows = tuple(
        Row(sheet=name, number=number, cells=cells, path=str(cells.get("row", number)))
        for number, cells in enumerate(found, start=1)
    )
    headings = dict.fromkeys(key for row in rows for key in row.cells)
    return Sheet(name=name, headings=tuple(headings), rows=rows, loose=True)
