"""What a record says, looked up from either end, and property paths over it (SHACL Core, 2.3)."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from vocab.errors import BadShapes
from vocab.terms import RDF, RDF_TYPE, RDFS, SH

Statement = tuple[str, str, str]
Path = Callable[["Known", str], Sequence[str]]
"""Gives the nodes that a path leads to, each once."""

MOST_STEPS = 50_000
"""How many nodes the paths of all rules may come to in one record."""

_FIRST, _REST, _NIL = f"<{RDF}first>", f"<{RDF}rest>", f"<{RDF}nil>"
_TYPE, _BELOW = f"<{RDF_TYPE}>", f"<{RDFS}subClassOf>"
_NOTHING: Mapping[str, Sequence[str]] = {}


class TooManySteps(Exception):
    """A record is knotted so that following it would take far too long."""


class Known:
    """The statements of one record, by subject; from objects back when that is asked for."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._said: dict[str, dict[str, list[str]]] = {}
        self.values: dict[str, list[str]] = {}
        """Values by property, whatever they are said of; one may stand there twice."""
        self._named: dict[str, dict[str, list[str]]] = {}
        self._steps = 0
        for subject, predicate, value in statements:
            self.values.setdefault(predicate, []).append(value)
            of = self._said.get(subject)
            if of is None:
                self._said[subject] = {predicate: [value]}
            elif predicate in of:
                of[predicate].append(value)
            else:
                of[predicate] = [value]

    def of(self, subject: str) -> Mapping[str, Sequence[str]]:
        """Give what is said of a node, by property."""
        return self._said.get(subject, _NOTHING)

    def naming(self, value: str, predicate: str) -> Sequence[str]:
        """Give the nodes that name a value by a property."""
        if predicate not in self._named:
            found: dict[str, list[str]] = {}
            for subject, said in self._said.items():
                for each in said.get(predicate, ()):
                    found.setdefault(each, []).append(subject)
            self._named[predicate] = found
        return self._named[predicate].get(value, ())

    def of_class(self, name: str) -> Sequence[str]:
        """Give the instances of a class and of those that the record puts below it."""
        classes, waiting = {name}, [name]
        while waiting:
            for each in self.naming(waiting.pop(), _BELOW):
                if each not in classes:
                    classes.add(each)
                    waiting.append(each)
        found = (node for each in classes for node in self.naming(each, _TYPE))
        return list(dict.fromkeys(found))

    def count(self, steps: int) -> None:
        """Note steps along paths; raises TooManySteps."""
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise TooManySteps


class Shapes:
    """The statements of a shapes graph, as they are compiled: blank nodes are `_:…`."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        found = list(statements)
        self._known = Known(found)
        self.subjects = list(dict.fromkeys(subject for subject, _, _ in found))

    def of(self, node: str) -> Mapping[str, Sequence[str]]:
        """Give what is said of a node."""
        return self._known.of(node)

    def listed(self, node: str) -> list[str]:
        """Read an RDF list; raises BadShapes when it is none."""
        found: list[str] = []
        while node != _NIL:
            said = self.of(node)
            if len(said.get(_FIRST, ())) != 1 or len(said.get(_REST, ())) != 1:
                raise BadShapes(f"{node} is no list")
            found.append(said[_FIRST][0])
            node = said[_REST][0]
        return found


def compile_path(shapes: Shapes, node: str) -> Path:
    """Make a path; raises BadShapes for a kind that is not known here."""
    if node.startswith("<"):
        return lambda known, focus: known.of(focus).get(node, ())
    said = shapes.of(node)
    if _FIRST in said:
        return _sequence([compile_path(shapes, each) for each in shapes.listed(node)])
    if set(said) == {f"<{SH}alternativePath>"}:
        [ways] = said[f"<{SH}alternativePath>"]
        return _alternatives([compile_path(shapes, each) for each in shapes.listed(ways)])
    if set(said) == {f"<{SH}inversePath>"}:
        [back] = said[f"<{SH}inversePath>"]
        if back.startswith("<"):
            return lambda known, focus: known.naming(focus, back)
    raise BadShapes(f"a path of a kind that is not known: {', '.join(said)}")


def _sequence(steps: Sequence[Path]) -> Path:
    def follow(known: Known, focus: str) -> Sequence[str]:
        reached: Sequence[str] = [focus]
        for step in steps:
            found = [value for node in reached for value in step(known, node)]
            known.count(len(found))
            reached = list(dict.fromkeys(found))
        return reached

    return follow


def _alternatives(ways: Sequence[Path]) -> Path:
    def follow(known: Known, focus: str) -> Sequence[str]:
        found = [value for way in ways for value in way(known, focus)]
        known.count(len(found))
        return list(dict.fromkeys(found))

    return follow
