"""SHACL property paths: read from a page, compared, and followed through a member's statements.

Two paths are the same when they are written alike, save that a sequence of one step is that step.
Everything is bounded: a path that is longer or deeper than any real one is not understood.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from federation.ldes.dataset import Dataset, Statement
from federation.statements import iri_of
from vocab.terms import RDF, SH

_DEEPEST: Final = 6
_LONGEST: Final = 16
_FOUND: Final = 10_000
_MODIFIED: Final = {
    SH + "inversePath": "inverse",
    SH + "zeroOrMorePath": "any",
    SH + "oneOrMorePath": "some",
    SH + "zeroOrOnePath": "maybe",
}


@dataclass(frozen=True)
class Path:
    """A path: a `step` along a property, or a way of putting `parts` together."""

    kind: str
    iri: str = ""
    parts: tuple["Path", ...] = ()


def step(property_iri: str) -> Path:
    """Give the path that is one property."""
    return Path("step", property_iri)


def read_path(dataset: Dataset, term: str | None, depth: int = 0) -> Path | None:
    """Read a path from the default graph; None for what is none, or is not understood."""
    if term is None or depth > _DEEPEST:
        return None
    named = iri_of(term)
    if named is not None:
        return step(named) if named != RDF + "nil" else None
    if dataset.one(term, RDF + "first") is not None:
        return _several(dataset, "sequence", term, depth)
    for predicate, kind in _MODIFIED.items():
        inner = read_path(dataset, dataset.one(term, predicate), depth + 1)
        if inner is not None:
            return Path(kind, parts=(inner,))
    choices = dataset.one(term, SH + "alternativePath")
    return None if choices is None else _several(dataset, "alternative", choices, depth)


def _several(dataset: Dataset, kind: str, term: str, depth: int) -> Path | None:
    found = [read_path(dataset, each, depth + 1) for each in dataset.items(term)[: _LONGEST + 1]]
    parts = tuple(each for each in found if each is not None)
    if not parts or len(parts) != len(found) or len(parts) > _LONGEST:
        return None
    return parts[0] if len(parts) == 1 else Path(kind, parts=parts)


def follow(path: Path, start: str, said: Sequence[Statement]) -> list[str]:
    """List what a path leads to from a term, each once, in the order of the statements."""
    return _follow(path, [start], said)


def _follow(path: Path, starts: Sequence[str], said: Sequence[Statement]) -> list[str]:
    match path.kind:
        case "step":
            places = set(starts)
            return _each(o for s, p, o in said if p == path.iri and s in places)
        case "sequence":
            for part in path.parts:
                starts = _follow(part, starts, said)
            return list(starts)
        case "alternative":
            return _each(each for part in path.parts for each in _follow(part, starts, said))
        case "inverse":
            return _follow(_turned(path.parts[0]), starts, [(o, p, s) for s, p, o in said])
        case "maybe":
            return _each([*starts, *_follow(path.parts[0], starts, said)])
        case "any":
            return _closure(path.parts[0], list(starts), said)
        case _:
            return _closure(path.parts[0], _follow(path.parts[0], starts, said), said)


def _turned(path: Path) -> Path:
    """Turn the order of a sequence round, for walking it backwards."""
    if path.kind != "sequence":
        return path
    return Path("sequence", parts=tuple(_turned(each) for each in reversed(path.parts)))


def _closure(part: Path, starts: list[str], said: Sequence[Statement]) -> list[str]:
    found = dict.fromkeys(starts)
    level: list[str] = starts
    while level and len(found) < _FOUND:
        level = [each for each in _follow(part, level, said) if each not in found]
        found.update(dict.fromkeys(level))
    return list(found)


def _each(found: Iterable[str] | Iterator[str]) -> list[str]:
    return list(dict.fromkeys(found))
