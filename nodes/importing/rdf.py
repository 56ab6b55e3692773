"""RDF files: a SPARQL CONSTRUCT (or SELECT) of the mapping turns them into rows.

They may be Turtle, N-Triples, RDF/XML, or JSON-LD with its context inside; nothing is fetched.

A CONSTRUCT describes each record by properties in the namespace `urn:row:`, whose local names
become the headings: `?e row:title ?title ; row:partner ?agent . ?agent row:name ?name`. What has
the type `row:Row` is a row; values that are described in turn become objects. Without a query every
subject of one class is a row, and its properties are the headings by their local names.
"""

import re
from typing import Final

from nodes.books.kinds import refuse_other_kinds
from nodes.books.limits import Limits
from nodes.errors import ImportRefused
from nodes.importing.lexicon import meanings
from nodes.importing.rows import Row, Sheet
from nodes.importing.sentences import Sentence, say
from vocab.errors import CannotAsk
from vocab.rdfquery import classes, described, select
from vocab.terms import CN, DCAT

_RECORDS: Final = (
    CN + "UrbanExperiment",
    DCAT + "Dataset",
    "http://xmlns.com/foaf/0.1/Project",
    "https://schema.org/Project",
    "http://schema.org/Project",
    "https://schema.org/Dataset",
    "http://schema.org/Dataset",
)
_SURE: Final = 0.6
_MARKUP: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|\w+[\s>])")
_DOCUMENT: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml")
_RDF_MARKS: Final = (b"rdf:RDF", b"<!ENTITY", b"22-rdf-syntax-ns#")
_RDF_NAMES: Final = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def read_rdf(
    name: str, data: bytes, query: str | None, limits: Limits, *, records: str | None = None
) -> Sheet:
    """Ask an RDF file for its rows; raises ImportRefused when file or query cannot be followed."""
    refuse_other_kinds(name, data, xml=True)
    try:
        if query is not None:
            found = select(data, query, triples=limits.triples)
        elif records is not None:
            found = described(data, records, triples=limits.triples)
        else:
            raise ImportRefused(
                f'{name} is RDF: write query = "…" under [file] in the mapping, the name of a '
                'file with a SPARQL CONSTRUCT that makes its rows, or records = "…", the class '
                "of its records"
            )
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


def class_of_records(name: str, data: bytes, limits: Limits) -> tuple[str, Sentence]:
    """Tell which class of an RDF file is the one of its records; raises ImportRefused."""
    try:
        counted = classes(data, triples=limits.triples)
    except CannotAsk as error:
        plain = _DOCUMENT.match(data) and not any(each in data for each in _RDF_MARKS)
        raise _other_xml(name) if plain else ImportRefused(f"{name}: {error}") from error
    if _MARKUP.match(data) and _RDF_NAMES not in data:
        raise _other_xml(name)
    for kind in _RECORDS:
        if counted.get(kind):
            return kind, say("why-class", count=counted[kind])
    if likely := [kind for kind in counted if _names_projects(kind)]:
        kind = max(likely, key=lambda each: (counted[each], each))
        return kind, say("why-class-name", count=counted[kind])
    raise ImportRefused(
        f"{name} has no class that is known to be one of records: write records under [file] in a "
        f"mapping. The classes are: {', '.join(sorted(counted)) or 'none'}"
    )


def _other_xml(name: str) -> ImportRefused:
    return ImportRefused(
        f"{name} is XML of another kind, no linked data: export it as a table (.csv, .xlsx) or as "
        "JSON"
    )


def _names_projects(kind: str) -> bool:
    """Whether the name of a class is a word for projects or trials, in whatever language."""
    found = meanings(re.split(r"[/#:]", kind)[-1])
    best = max(found.values(), key=lambda each: each.sure, default=None)
    return best is not None and best.field == "title" and best.sure >= _SURE
