"""Everything a city has published, in one file: a workbook, or linked data.

A workbook is what `citynode import` reads again. Linked data is said in the words of the model;
N-Quads name the graph of each record, the member that speaks for it.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from federation.member import Member
from nodes.errors import ImportRefused
from nodes.importing import Finding, write_form
from vocab import graph, lines
from vocab.jsonld import record_document
from vocab.records import KINDS, Record
from vocab.terms import CONTEXT
from vocab.triples import from_payload


def export(
    path: Path,
    members: Iterable[Member],
    kinds: Sequence[type[Record]],
    *,
    language: str,
    texts: str,
) -> tuple[int, list[Finding]]:
    """Write the records of these members that are of these kinds; raises ImportRefused.

    Returns how many there were, and what does not fit into a cell of a workbook.
    """
    suffix = path.suffix.lower()
    if suffix != ".xlsx" and suffix not in _WRITERS:
        known = ", ".join((".xlsx", *_WRITERS))
        raise ImportRefused(f"{path.name}: end its name in one of {known}")
    rooms = tuple(kind.room for kind in kinds)
    chosen = [each for each in members if _room(each) in rooms]
    if suffix == ".xlsx":
        records = [from_payload(each.payload, each.object) for each in chosen]
        of = tuple(kind for kind in KINDS if kind in kinds)
        return len(chosen), write_form(path, records, language=language, texts=texts, kinds=of)
    try:
        with path.open("xb") as file:
            file.write(_WRITERS[suffix](chosen))
    except FileExistsError as error:
        raise ImportRefused(f"{path} is there already: choose another name") from error
    except OSError as error:
        raise ImportRefused(f"{path} cannot be written: {error.strerror or error}") from error
    return len(chosen), []


def _room(member: Member) -> str:
    """Give the folder of a record's address."""
    return member.object.removeprefix(member.origin).split("/", 1)[0]


def _jsonld(members: Sequence[Member]) -> bytes:
    said = [record_document(each.payload) for each in members]
    bare = [{key: value for key, value in each.items() if key != "@context"} for each in said]
    document = {"@context": CONTEXT, "@graph": bare}
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _turtle(members: Sequence[Member]) -> bytes:
    return graph.serialise(_triples(members), "turtle")


def _triples(members: Sequence[Member]) -> bytes:
    return lines.canonical(row for each in members for row in lines.rows(each.payload))


def _quads(members: Sequence[Member]) -> bytes:
    return lines.canonical(
        lines.in_graph(row, each.iri) for each in members for row in lines.rows(each.payload)
    )


_WRITERS: Final[dict[str, Callable[[Sequence[Member]], bytes]]] = {
    ".jsonld": _jsonld,
    ".ttl": _turtle,
    ".nt": _triples,
    ".nq": _quads,
}
