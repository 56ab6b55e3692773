"""Statements ordered for looking things up, and digests that do not depend on blank labels."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from federation.doctor.terms import Row

_ROUNDS: Final = 3
_ROWS_OF_A_MEMBER: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class Contents:
    """A page's statements: those of the default graph by subject, those of each named graph."""

    about: Mapping[str, Sequence[Row]]
    graphs: Mapping[str, Sequence[Row]]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        """Order the statements of a page."""
        about: dict[str, list[Row]] = {}
        graphs: dict[str, list[Row]] = {}
        for row in rows:
            place = graphs.setdefault(row.graph, []) if row.graph else None
            (about.setdefault(row.subject, []) if place is None else place).append(row)
        return cls(about=about, graphs=graphs)

    def member(self, name: str) -> tuple[list[Row], list[Row], list[Row]]:
        """Give a member's statements: its own, those of its graph, and all with blank nodes.

        All is what a client extracts without a profile (LDES 1.0): the star of the member, its
        graph, and whatever its blank nodes say.
        """
        star, graph = list(self.about.get(name, ())), list(self.graphs.get(name, ()))
        found, waiting, seen = [*star, *graph], [*star, *graph], {name}
        while waiting and len(found) < _ROWS_OF_A_MEMBER:
            value = waiting.pop().value
            if value.startswith("_:") and value not in seen:
                seen.add(value)
                more = self.about.get(value, ())
                found.extend(more)
                waiting.extend(more)
        return star, graph, found


def fingerprint(rows: Sequence[Row]) -> str:
    """Hash statements so that their order and the labels of blank nodes make no difference.

    Equal sets of statements have equal fingerprints. Sets that differ only in how alike blank nodes
    hang together may have equal ones too; for telling whether a page changed that is enough.
    """
    colours = dict.fromkeys(
        (term for row in rows for term in (row.subject, row.value, row.graph) if _blank(term)), ""
    )
    for _ in range(_ROUNDS if colours else 0):
        colours = _recoloured(rows, colours)
    lines = sorted(
        " ".join(
            (
                colours.get(row.subject, row.subject),
                row.predicate,
                colours.get(row.value, row.value),
                colours.get(row.graph, row.graph),
            )
        )
        for row in rows
    )
    return _hash("\n".join(dict.fromkeys(lines)))


def _recoloured(rows: Sequence[Row], colours: Mapping[str, str]) -> dict[str, str]:
    """Colour each blank node by what is said of it and by it."""
    said: dict[str, list[str]] = {name: [] for name in colours}
    for row in rows:
        if row.subject in said:
            value = colours.get(row.value, row.value)
            said[row.subject].append(f"> {row.predicate} {value} {row.graph}")
        if row.value in said:
            subject = colours.get(row.subject, row.subject)
            said[row.value].append(f"< {row.predicate} {subject} {row.graph}")
    return {name: "_:" + _hash("\n".join(sorted(each))) for name, each in said.items()}


def _blank(term: str) -> bool:
    return term.startswith("_:")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
