"""Statements as expanded JSON-LD: for files of our own, read without fetching any context."""

import json
from collections.abc import Iterable
from typing import Any

from vocab.lines import Iri, Triple
from vocab.terms import RDF_TYPE


def expanded(triples: Iterable[Triple]) -> bytes:
    """Write statements, one object for each subject, in the order they come."""
    nodes: dict[str, dict[str, Any]] = {}
    for triple in triples:
        node = nodes.setdefault(triple.subject, {"@id": triple.subject})
        if triple.predicate == RDF_TYPE:
            node.setdefault("@type", []).append(triple.object.value)
        else:
            node.setdefault(triple.predicate, []).append(_value(triple))
    return json.dumps(list(nodes.values()), ensure_ascii=False, indent=1).encode()


def _value(triple: Triple) -> dict[str, str]:
    value = triple.object
    if isinstance(value, Iri):
        return {"@id": value.value}
    if value.language:
        return {"@value": value.value, "@language": value.language}
    return {"@value": value.value, "@type": value.datatype}
