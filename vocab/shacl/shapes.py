"""Shapes compiled into functions, and one record judged by them.

A shape's constraints are those of `components` and the ones about other shapes: `sh:property`,
`sh:node`, `sh:not`, `sh:or`, `sh:and`, `sh:xone` and `sh:qualifiedValueShape`. A node is looked at
by the properties that it has: of the rules for a property that is not there only those are asked
that would find a fault then.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from vocab.errors import BadShapes
from vocab.shacl.components import (
    ABOUT_A_VALUE,
    ABOUT_ALL,
    ABOUT_OTHERS,
    MEANINGFUL_WITHOUT_VALUES,
    Check,
    Test,
    number,
)
from vocab.shacl.paths import Known, Path, Shapes, Statement, compile_path
from vocab.shacl.values import text_of
from vocab.terms import RDF_TYPE, RDFS, SH

_SH: Final = f"<{SH}"
_TYPE: Final = f"<{RDF_TYPE}>"
_CLASSES: Final = frozenset((f"<{RDFS}Class>", "<http://www.w3.org/2002/07/owl#Class>"))
_SHAPES: Final = frozenset((f"{_SH}NodeShape>", f"{_SH}PropertyShape>"))
_UNTESTED: Final = frozenset(("path", "property", "severity", "message", "name", "order"))
_SEVERITIES: Final = {f"{_SH}Violation>": False, f"{_SH}Warning>": True}
_LOGIC: Final = frozenset(("node", "not", "or", "and", "xone"))
_QUALIFIED: Final = frozenset(("qualifiedValueShape", "qualifiedMinCount", "qualifiedMaxCount"))
_COUNTS: Final = frozenset(("minCount", "maxCount"))
_SHORT: Final = 200
_REMEMBERED: Final = 2_000
_TARGETS: Final = frozenset(("targetClass", "targetObjectsOf"))

ShapeTest = Callable[[Known, str], bool]


class Fault(NamedTuple):
    """A result: about which node, by which shape, at which value if it is about one."""

    focus: str
    shape: "Shape"
    value: str | None


@dataclass(kw_only=True, eq=False, slots=True)
class Shape:
    """A compiled shape; `path` is none for a node shape, `name` its IRI without brackets.

    `needed` are the properties that must be there at least once, with the shapes that say so;
    `fine` remembers short values that passed all tests, for many come again and again. Where
    nothing else counts than the values (`by_values`), `good` remembers all of a property's values
    together, one alone as it is.
    """

    name: str
    warning: bool
    path: Path | None = None
    predicate: str = ""
    least: int = 0
    most: int = sys.maxsize
    tests: list[Test] = field(default_factory=list)
    fine: set[str] = field(default_factory=set)
    checks: list[Check] = field(default_factory=list)
    shape_tests: list[ShapeTest] = field(default_factory=list)
    needed: list[tuple[str, "Shape"]] = field(default_factory=list)
    by_predicate: dict[str, list["Shape"]] = field(default_factory=dict)
    always: list["Shape"] = field(default_factory=list)
    by_values: bool = True
    good: set[str | tuple[str, ...]] = field(default_factory=set)

    def look(self, known: Known, focus: str, found: list[Fault]) -> None:
        """Judge a focus node and add what is found."""
        values = (focus,) if self.path is None else self.path(known, focus)
        self.look_at(known, focus, values, found)

    def look_at(self, known: Known, focus: str, values: Sequence[str], found: list[Fault]) -> None:
        """Judge the values that the path leads to from a focus node."""
        if not self.by_values:
            self._judge(known, focus, values, found)
            return
        together = values[0] if len(values) == 1 else tuple(values)
        if together in self.good:
            return
        before = len(found)
        self._judge(known, focus, values, found)
        if len(found) == before and sum(map(len, values)) < _SHORT:
            if len(self.good) >= _REMEMBERED:
                self.good.clear()
            self.good.add(together)

    def conforms(self, known: Known, focus: str) -> bool:
        """Tell whether a node has no fault, not even a small one."""
        if self.path is None and focus in self.good:
            return True
        found: list[Fault] = []
        self.look(known, focus, found)
        return not found

    def alone(self) -> bool:
        """Whether all that is asked is that a property is there."""
        return (
            bool(self.predicate)
            and (self.least, self.most) == (1, sys.maxsize)
            and not (self.tests or self.checks or self.shape_tests)
            and not (self.by_predicate or self.needed or self.always)
        )

    def _judge(self, known: Known, focus: str, values: Sequence[str], found: list[Fault]) -> None:
        if not self.least <= len(values) <= self.most:
            found.append(Fault(focus, self, None))
        if self.tests:
            for value in values:
                if value not in self.fine:
                    self._try(focus, value, found)
        for check in self.checks:
            found.extend([Fault(focus, self, wrong) for wrong in check(known, focus, values)])
        for fits in self.shape_tests:
            found.extend([Fault(focus, self, each) for each in values if not fits(known, each)])
        if self.by_predicate or self.needed or self.always:
            for value in values:
                self._look_around(known, value, found)

    def _try(self, focus: str, value: str, found: list[Fault]) -> None:
        text = text_of(value)
        if not all(test(value, text) for test in self.tests):
            found.append(Fault(focus, self, value))
        elif len(value) < _SHORT:
            if len(self.fine) >= _REMEMBERED:
                self.fine.clear()
            self.fine.add(value)

    def _look_around(self, known: Known, node: str, found: list[Fault]) -> None:
        """Judge the properties of a value node."""
        said = known.of(node)
        for predicate, shape in self.needed:
            if predicate not in said:
                found.append(Fault(node, shape, None))
        for predicate, objects in said.items():
            for shape in self.by_predicate.get(predicate, ()):
                if len(objects) > 1 or objects[0] not in shape.good:
                    shape.look_at(known, node, objects, found)
        for shape in self.always:
            shape.look(known, node, found)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """All shapes of a shapes graph that have targets."""

    of_class: Mapping[str, Sequence[Shape]]
    of_objects: Mapping[str, Sequence[Shape]]

    def judge(self, statements: Iterable[Statement]) -> list[Fault]:
        """Judge one record, by itself; raises TooManySteps."""
        known = Known(statements)
        found: list[Fault] = []
        for name, shapes in self.of_class.items():
            for focus in known.of_class(name):
                for shape in shapes:
                    shape.look(known, focus, found)
        for predicate, values in known.values.items():
            if shapes := self.of_objects.get(predicate, ()):
                for focus in dict.fromkeys(values):
                    for shape in shapes:
                        shape.look(known, focus, found)
        return found


def compile_rules(statements: Iterable[Statement]) -> Rules:
    """Compile a shapes graph; raises BadShapes for anything in it that is not known here."""
    shapes = Shapes(statements)
    compiler = _Compiler(shapes)
    of_class: dict[str, list[Shape]] = {}
    of_objects: dict[str, list[Shape]] = {}
    for node in shapes.subjects:
        said = shapes.of(node)
        kinds = set(said.get(_TYPE, ()))
        if kinds & _CLASSES:
            raise BadShapes(f"{node} is a shape and a class, which is not known here")
        named = node.startswith("<") and any(each.startswith(_SH) for each in said)
        if kinds & _SHAPES or named or any(f"{_SH}{each}>" in said for each in _TARGETS):
            shape = compiler.shape(node)
            for name in said.get(f"{_SH}targetClass>", ()):
                of_class.setdefault(name, []).append(shape)
            for predicate in said.get(f"{_SH}targetObjectsOf>", ()):
                of_objects.setdefault(predicate, []).append(shape)
    return Rules(of_class=of_class, of_objects=of_objects)


class _Compiler:
    """Makes each shape once."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._made: dict[str, Shape | None] = {}

    def shape(self, node: str) -> Shape:
        """Compile a shape; raises BadShapes."""
        if node not in self._made:
            self._made[node] = None
            self._made[node] = self._shape(node)
        made = self._made[node]
        if made is None:
            raise BadShapes(f"{node} leads to itself")
        return made

    def _shape(self, node: str) -> Shape:
        said = self._shapes.of(node)
        if not said:
            raise BadShapes(f"{node} is named as a shape, and nothing is said of it")
        names = self._parameters(node, said)
        [severity] = said.get(f"{_SH}severity>", [f"{_SH}Violation>"])
        if severity not in _SEVERITIES:
            raise BadShapes(f"{node} has a severity that is not known: {severity}")
        shape = Shape(name=node.strip("<>"), warning=_SEVERITIES[severity])
        if "path" in names:
            [path] = said[f"{_SH}path>"]
            shape.path = compile_path(self._shapes, path)
            shape.predicate = path if path.startswith("<") else ""
        elif names & {*_COUNTS, *ABOUT_ALL, *_QUALIFIED} - {"hasValue", "equals"}:
            raise BadShapes(f"{node} counts or compares values, and has no path to them")
        for name in names - _UNTESTED - _TARGETS:
            for parameter in said[f"{_SH}{name}>"]:
                self._constrain(shape, name, parameter)
        if names & _QUALIFIED:
            shape.checks.append(self._qualified(shape, node, said))
        for each in said.get(f"{_SH}property>", ()):
            shape.by_values = False
            inner = self.shape(each)
            if inner.alone():
                shape.needed.append((inner.predicate, inner))
            elif inner.predicate and not self._asks_for_values(each, inner):
                shape.by_predicate.setdefault(inner.predicate, []).append(inner)
            else:
                shape.always.append(inner)
        return shape

    def _asks_for_values(self, node: str, shape: Shape) -> bool:
        said = self._shapes.of(node)
        return shape.least > 0 or any(f"{_SH}{each}>" in said for each in MEANINGFUL_WITHOUT_VALUES)

    def _parameters(self, node: str, said: Mapping[str, Sequence[str]]) -> set[str]:
        names = {each[len(_SH) : -1] for each in said if each.startswith(_SH)}
        known = {*_UNTESTED, *_TARGETS, *_LOGIC, *_QUALIFIED, *_COUNTS}
        known |= {*ABOUT_A_VALUE, *ABOUT_ALL}
        if names - known:
            unknown = ", ".join(f"sh:{each}" for each in sorted(names - known))
            raise BadShapes(f"{node} uses what is not known here: {unknown}")
        return names

    def _constrain(self, shape: Shape, name: str, parameter: str) -> None:
        if name == "minCount":
            shape.least = max(shape.least, number(parameter))
        elif name == "maxCount":
            shape.most = min(shape.most, number(parameter))
        elif name in ABOUT_A_VALUE:
            shape.tests.append(ABOUT_A_VALUE[name](self._shapes, parameter))
        elif name in ABOUT_ALL:
            shape.checks.append(ABOUT_ALL[name](self._shapes, parameter))
            shape.by_values &= name not in ABOUT_OTHERS
        elif name in _LOGIC:
            shape.shape_tests.append(self._logic(shape, name, parameter))

    def _part(self, of: Shape, node: str) -> Shape:
        """Compile a shape that another one asks about its values."""
        shape = self.shape(node)
        of.by_values &= shape.by_values and shape.path is None
        return shape

    def _logic(self, of: Shape, name: str, parameter: str) -> ShapeTest:
        if name == "node":
            return self._part(of, parameter).conforms
        if name == "not":
            inner = self._part(of, parameter)
            return lambda known, value: not inner.conforms(known, value)
        several = [self._part(of, each) for each in self._shapes.listed(parameter)]
        if name == "or":
            return lambda known, value: any(each.conforms(known, value) for each in several)
        if name == "and":
            return lambda known, value: all(each.conforms(known, value) for each in several)
        return lambda known, value: sum(each.conforms(known, value) for each in several) == 1

    def _qualified(self, of: Shape, node: str, said: Mapping[str, Sequence[str]]) -> Check:
        wanted = said.get(f"{_SH}qualifiedValueShape>", ())
        least = said.get(f"{_SH}qualifiedMinCount>", ())
        most = said.get(f"{_SH}qualifiedMaxCount>", ())
        if len(wanted) != 1 or len(least) > 1 or len(most) > 1:
            raise BadShapes(f"{node} does not have one qualified shape, with one count at most")
        shape = self._part(of, wanted[0])
        lowest = number(least[0]) if least else 0
        highest = number(most[0]) if most else None

        def check(known: Known, _: str, values: Sequence[str]) -> Sequence[str | None]:
            fitting = sum(shape.conforms(known, each) for each in values)
            few = fitting < lowest
            return [None] if few or (highest is not None and fitting > highest) else []

        return check
