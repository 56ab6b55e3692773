"""Statements of any kind as JSON-LD: one object per subject, names shortened by prefixes.

Unlike a record (`vocab.jsonld`) this needs no context of ours: the prefixes in use stand at the
top of the document. Values keep their letters: numbers stay strings with a type.
"""

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from vocab import lines
from vocab.lines import Iri, Object, Triple
from vocab.terms import PREFIXES, RDF_TYPE, XSD_STRING


def prefixed_json(triples: Iterable[Triple]) -> bytes:
    """Write statements as JSON-LD; the same statements always give the same bytes."""
    used: set[str] = set()
    ordered = sorted(set(triples), key=lambda each: (each.subject, each.predicate, _text(each)))
    nodes = [
        _node(subject, list(said), used)
        for subject, said in groupby(ordered, key=lambda each: each.subject)
    ]
    context = {prefix: PREFIXES[prefix] for prefix in sorted(used)}
    document = {"@context": context, "@graph": nodes}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def short(iri: str) -> str:
    """Shorten an IRI by a known prefix, `dcterms:title`; any other stays as it is."""
    return _short(iri, set())


def _node(subject: str, said: list[Triple], used: set[str]) -> dict[str, Any]:
    node: dict[str, Any] = {"@id": subject}
    for predicate, group in groupby(said, key=lambda each: each.predicate):
        if predicate == RDF_TYPE:
            node["@type"] = [_short(each.object.value, used) for each in group]
            continue
        values = [_value(each.object, used) for each in group]
        node[_short(predicate, used)] = values if len(values) > 1 else values[0]
    return node


def _value(value: Object, used: set[str]) -> Any:
    if isinstance(value, Iri):
        return {"@id": value.value}
    if value.language is not None:
        return {"@value": value.value, "@language": value.language}
    if value.datatype == XSD_STRING:
        return value.value
    return {"@value": value.value, "@type": _short(value.datatype, used)}


def _short(iri: str, used: set[str]) -> str:
    for prefix, namespace in PREFIXES.items():
        local = iri.removeprefix(namespace)
        if local not in {iri, ""} and not local.startswith("//"):
            used.add(prefix)
            return f"{prefix}:{local}"
    return iri


def _text(triple: Triple) -> str:
    return lines.term(triple.object)
