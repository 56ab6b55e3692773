"""Statements as a tree of nodes in expanded JSON-LD: each part stands where it is first named.

A node is put inside the one that names it when it is a part of it (`{record}#place`) and is named
only once, or by the record itself. What is left over, or lies deeper than a record's parts do,
stands beside the record.
"""

from collections import Counter
from typing import Any, Final

from vocab.lines import Iri, Object, Triple
from vocab.terms import RDF_TYPE, XSD_STRING

_DEPTH: Final = 4

Node = dict[str, Any]


def nested(triples: list[Triple]) -> list[Node]:
    """Write statements as expanded JSON-LD, parts inside their wholes."""
    named = Counter(each.object.value for each in triples if isinstance(each.object, Iri))
    nodes: dict[str, Node] = {}
    for subject, predicate, value in triples:
        node = nodes.setdefault(subject, {"@id": subject})
        if predicate == RDF_TYPE and isinstance(value, Iri):
            node.setdefault("@type", []).append(value.value)
        else:
            node.setdefault(predicate, []).append(_value(value))
    direct = {each.object.value for each in triples if "#" not in each.subject}
    parts = {name for name in nodes if "#" in name and (named[name] == 1 or name in direct)}
    inside: set[str] = set()
    for subject in sorted(nodes, key=lambda each: ("#" in each, each)):
        if subject not in inside:
            parts.discard(subject)
            _fill(nodes[subject], nodes, parts, inside, _DEPTH)
    return [node for subject, node in nodes.items() if subject not in inside]


def _fill(
    node: Node, nodes: dict[str, Node], parts: set[str], inside: set[str], depth: int
) -> None:
    """Put the parts of a node in place of their names."""
    if depth == 0:
        return
    filled: list[Node] = []
    for predicate, values in node.items():
        if predicate.startswith("@"):
            continue
        for place, value in enumerate(values):
            part = value.get("@id", "")
            if part in parts and part not in inside:
                inside.add(part)
                values[place] = nodes[part]
                filled.append(nodes[part])
    for part_node in filled:
        _fill(part_node, nodes, parts, inside, depth - 1)


def _value(value: Object) -> Node:
    if isinstance(value, Iri):
        return {"@id": value.value}
    if value.language is not None:
        return {"@value": value.value, "@language": value.language}
    if value.datatype == XSD_STRING:
        return {"@value": value.value}
    return {"@value": value.value, "@type": value.datatype}
