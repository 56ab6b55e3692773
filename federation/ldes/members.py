"""Cutting a member out of a page, and giving its unnamed parts names (LDES 1.0, clause C10).

A member is what the default graph says of it, all statements of the graph of its name, and what
the default graph says of the blank nodes these lead to, each statement once. Blank nodes then get
names below the member's own, made from what is said of them: so the same member has the same
names, and the same digest, whatever a syntax or a parser calls them.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from federation.ldes.dataset import Dataset, Said, Statement
from federation.limits import Limits


def statements(dataset: Dataset, member: str, limits: Limits) -> list[Statement]:
    """Extract a member by its IRI; raises ValueError, in words, for what cannot be one."""
    name = f"<{member}>"
    if name in dataset.odd:
        raise ValueError("it says things about statements, which RDF 1.1 cannot")
    found: dict[Statement, None] = {}
    waiting = [name]
    seen = {name}

    def add(each: Statement) -> None:
        if len(found) >= limits.quads_per_member and each not in found:
            raise ValueError(f"more than {limits.quads_per_member} statements")
        found[each] = None
        for node in (each[0], each[2]):
            if node.startswith("_:") and node not in seen:
                seen.add(node)
                waiting.append(node)

    for each in dataset.graphs.get(name, ()):
        add(each)
    while waiting:
        node = waiting.pop()
        if node in dataset.odd:
            raise ValueError("it says things about statements, which RDF 1.1 cannot")
        for predicate, value in dataset.default.get(node, ()):
            add((node, predicate, value))
    if sum(len(part) for each in found for part in each) > limits.member_bytes:
        raise ValueError(f"it takes more than {limits.member_bytes} bytes")
    return list(found)


def named(said: Sequence[Statement], member: str, limits: Limits) -> list[Statement]:
    """Give each blank node a name below the member's; raises ValueError when they form a circle.

    Two blank nodes of which the same is said become one: nothing is lost by that.
    """
    about: dict[str, list[Said]] = {}
    for subject, predicate, value in said:
        if subject.startswith("_:"):
            about.setdefault(subject, []).append((predicate, value))
    namer = _Namer(about, f"{member}{'-' if '#' in member else '#'}", limits.nesting)

    def name(term: str) -> str:
        return namer.name(term) if term.startswith("_:") else term

    return sorted({(name(subject), predicate, name(value)) for subject, predicate, value in said})


def fingerprint(said: Sequence[Statement]) -> str:
    """Hash what a member says, whatever the order it is said in."""
    found = hashlib.sha256()
    for row in sorted(" ".join(each) for each in said):
        found.update(row.encode() + b"\n")
    return found.hexdigest()


@dataclass
class _Namer:
    """Names blank nodes after what is said of them, from the leaves up."""

    about: Mapping[str, Sequence[Said]]
    stem: str
    deepest: int
    names: dict[str, str] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def name(self, node: str) -> str:
        if node not in self.names:
            if node in self.open:
                raise ValueError("its unnamed parts lead round in a circle")
            if len(self.open) >= self.deepest:
                raise ValueError(f"its unnamed parts are nested deeper than {self.deepest} levels")
            self.open.add(node)
            text = "\n".join(sorted(self._rows(node)))
            self.open.discard(node)
            digest = hashlib.sha256(text.encode()).hexdigest()[:24]
            self.names[node] = f"<{self.stem}b{digest}>"
        return self.names[node]

    def _rows(self, node: str) -> Iterator[str]:
        for predicate, value in self.about.get(node, ()):
            yield f"{predicate} {self.name(value) if value.startswith('_:') else value}"
