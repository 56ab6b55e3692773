"""Turtle and TriG, written by hand: short names, one block per subject, nothing re-interpreted.

A value keeps its letters: libraries like to write `007` as an integer or to tidy dates, and then
the statements are not the ones that were signed. The same statements always give the same text.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

from vocab import lines
from vocab.lines import Iri, Object, Triple
from vocab.terms import PREFIXES, RDF_TYPE

_LOCAL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def turtle(triples: Iterable[Triple]) -> bytes:
    """Write statements as Turtle."""
    used: set[str] = set()
    body = _blocks(triples, used)
    return (_prefixes(used) + body).encode()


def trig(graphs: Mapping[str, Iterable[Triple]]) -> bytes:
    """Write graphs by name as TriG; the default graph has an empty name."""
    used: set[str] = set()
    blocks = [
        _blocks(triples, used)
        if not name
        else f"{lines.iri(name)} {{\n{_blocks(triples, used)}}}\n"
        for name, triples in sorted(graphs.items())
    ]
    return (_prefixes(used) + "\n".join(blocks)).encode()


def _prefixes(used: set[str]) -> str:
    said = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in sorted(used))
    return said + "\n" if said else ""


def _blocks(triples: Iterable[Triple], used: set[str]) -> str:
    ordered = sorted(set(triples), key=_order)
    return "\n".join(
        _block(subject, list(group), used)
        for subject, group in groupby(ordered, key=lambda triple: triple.subject)
    )


def _order(triple: Triple) -> tuple[str, bool, str, str]:
    return triple.subject, triple.predicate != RDF_TYPE, triple.predicate, lines.term(triple.object)


def _block(subject: str, triples: list[Triple], used: set[str]) -> str:
    said = []
    for predicate, group in groupby(triples, key=lambda triple: triple.predicate):
        objects = ",\n        ".join(_term(triple.object, used) for triple in group)
        verb = "a" if predicate == RDF_TYPE else _name(predicate, used)
        said.append(f"{verb} {objects}")
    return f"{_name(subject, used)} " + " ;\n    ".join(said) + " .\n"


def _term(value: Object, used: set[str]) -> str:
    if isinstance(value, Iri):
        return _name(value.value, used)
    text = lines.term(value)
    if value.language is None and text.endswith(">"):
        return lines.literal(value.value) + "^^" + _name(value.datatype, used)
    return text


def _name(iri: str, used: set[str]) -> str:
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
            used.add(prefix)
            return f"{prefix}:{iri[len(namespace) :]}"
    return lines.iri(iri)
