"""Shapes as far as they say plain things of a member: how often, of what kind, nothing else.

Read and applied in the worker, over the member's own statements. Constraints of other kinds, or on
paths of more than one step, are left alone: what is judged is certain, not everything is judged.
Source: W3C SHACL, sections 4.1 to 4.3 and 4.8.1.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from federation.doctor.contents import Contents
from federation.doctor.terms import Row, datatype, iri, number, text
from vocab.terms import RDF, RDF_TYPE, SH, XSD_STRING

_MOST: Final = 200
_KINDS: Final = {"IRI": "<", "BlankNode": "_", "Literal": '"'}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a shape says of one property; None where it says nothing."""

    path: str
    least: int | None = None
    most: int | None = None
    kinds: str | None = None
    datatype: str | None = None


@dataclass(frozen=True, kw_only=True)
class ShapeSeen:
    """A shape; a closed one allows the properties of its rules and those that it `ignored`."""

    name: str
    rules: tuple[Rule, ...]
    closed: bool = False
    ignored: tuple[str, ...] = ()


def read_shapes(contents: Contents) -> Iterator[ShapeSeen]:
    """Read the shapes of a page that have names."""
    for name, rows in contents.about.items():
        if iri(name) is None or not any(
            row.predicate == RDF_TYPE and row.value == f"<{SH}NodeShape>" for row in rows
        ):
            continue
        said = _by_property(rows)
        if said.get(SH + "deactivated", [""])[0].startswith('"true"'):
            continue
        labels = said.get(SH + "property", [])[:_MOST]
        rules = [_rule(_by_property(contents.about.get(label, ()))) for label in labels]
        yield ShapeSeen(
            name=name,
            rules=tuple(rule for rule in rules if rule is not None),
            closed=said.get(SH + "closed", [""])[0].startswith('"true"'),
            ignored=tuple(_listed(contents, said.get(SH + "ignoredProperties", [""])[0])),
        )


def unfit(shape: ShapeSeen, about: Sequence[Row]) -> Iterator[str]:
    """Say where the statements about a member break a shape."""
    said = _by_property(about)
    for rule in shape.rules:
        values = said.get(rule.path, [])
        if rule.least is not None and len(values) < rule.least:
            yield f"{len(values)} of {rule.path}, at least {rule.least} are asked for"
        if rule.most is not None and len(values) > rule.most:
            yield f"{len(values)} of {rule.path}, at most {rule.most} are allowed"
        for value in values:
            if rule.kinds is not None and value[0] not in rule.kinds:
                yield f"{rule.path} {value} is of another kind of node than asked for"
            elif rule.datatype is not None and _datatype(value) != rule.datatype:
                yield f"{rule.path} {value} is not of {rule.datatype}"
    if shape.closed:
        allowed = {*(rule.path for rule in shape.rules), *shape.ignored}
        for name in sorted(set(said) - allowed):
            yield f"{name} is not allowed"


def _rule(said: Mapping[str, list[str]]) -> Rule | None:
    path = iri(said.get(SH + "path", [""])[0])
    if path is None:
        return None
    return Rule(
        path=path,
        least=_number(said, "minCount"),
        most=_number(said, "maxCount"),
        kinds=_kinds(said.get(SH + "nodeKind", [""])[0]),
        datatype=iri(said.get(SH + "datatype", [""])[0]),
    )


def _number(said: Mapping[str, list[str]], name: str) -> int | None:
    return number(said.get(SH + name, [""])[0])


def _kinds(term: str) -> str | None:
    """Give the first characters that terms of a kind have, such as `<_` for BlankNodeOrIRI."""
    name = (iri(term) or "").removeprefix(SH)
    parts = [_KINDS[part] for part in name.split("Or") if part in _KINDS]
    return "".join(parts) or None


def _datatype(term: str) -> str | None:
    return datatype(term) or (XSD_STRING if text(term) is not None else None)


def _listed(contents: Contents, head: str) -> Iterator[str]:
    """Walk over the IRIs of a list."""
    for _ in range(_MOST):
        said = _by_property(contents.about.get(head, ()))
        if RDF + "first" not in said:
            return
        first = iri(said[RDF + "first"][0])
        if first is not None:
            yield first
        head = said.get(RDF + "rest", [""])[0]


def _by_property(rows: Sequence[Row]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.value not in found.setdefault(row.predicate, []):
            found[row.predicate].append(row.value)
    return found
