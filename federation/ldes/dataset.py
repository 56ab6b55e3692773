"""A page as statements: those of the default graph by subject, and those of each named graph.

Made from N-Quads that `federation.foreign` wrote, so the lines have the form; terms stay as they
are written: `<iri>`, `_:label`, `"text"@en`. Nothing here needs a graph library.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from federation.errors import PageUnreadable
from federation.times import stamp
from vocab import lines
from vocab.errors import NotCanonical
from vocab.lines import Iri, Literal, Object
from vocab.terms import RDF, XSD, XSD_DATETIME, XSD_STRING

_NODE: Final = r"(?:<[^\x00-\x20<>\"]*+>|_:[^\s<>\"]++)"
_LINE: Final = re.compile(
    rf"({_NODE}) (<[^\x00-\x20<>\"]*+>) "
    rf"({_NODE}|\"(?:[^\"\\\n\r]++|\\.)*+\"(?:@[A-Za-z0-9\-]++|\^\^<[^\x00-\x20<>\"]*+>)?+)"
    rf"(?: ({_NODE}))?+ \."
)
_ODD: Final = re.compile(rf"({_NODE}|<<).*?(?: ({_NODE}))? \.")
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d)?(?:\.(\d{1,30}))?(Z|[+\-]\d\d:\d\d)?", re.ASCII
)
_TIMES: Final = frozenset((XSD_DATETIME, XSD_STRING, XSD + "date", XSD + "dateTimeStamp"))
_TICK: Final = timedelta(microseconds=1)
_LISTED: Final = 10_000

Said = tuple[str, str]
"""Property (without angle brackets) and value of a statement."""
Statement = tuple[str, str, str]
"""Subject, property (without angle brackets) and value."""


@dataclass(kw_only=True)
class Dataset:
    """The statements of a page. `odd` names what says things that RDF 1.1 cannot."""

    default: dict[str, list[Said]] = field(default_factory=dict)
    graphs: dict[str, list[Statement]] = field(default_factory=dict)
    odd: set[str] = field(default_factory=set)

    def values(self, subject: str, predicate: str) -> list[str]:
        """List the values of a property in the default graph, members of RDF lists one by one."""
        found = [value for each, value in self.default.get(subject, ()) if each == predicate]
        return [item for value in found for item in self.items(value)]

    def one(self, subject: str, predicate: str) -> str | None:
        """Give the value of a property that has exactly one."""
        found = [value for each, value in self.default.get(subject, ()) if each == predicate]
        return found[0] if len(found) == 1 else None

    def items(self, node: str) -> list[str]:
        """List the members of an RDF list; anything else is a list of its own."""
        if node != f"<{RDF}nil>" and self.one(node, RDF + "first") is None:
            return [node]
        found: list[str] = []
        seen: set[str] = set()
        while node != f"<{RDF}nil>" and node not in seen and len(found) < _LISTED:
            seen.add(node)
            first, rest = self.one(node, RDF + "first"), self.one(node, RDF + "rest")
            if first is None or rest is None:
                break
            found.append(first)
            node = rest
        return found


def read_dataset(text: str, url: str) -> Dataset:
    """Sort the lines of a page; raises PageUnreadable for what is no statement at all."""
    found = Dataset()
    for row in text.split("\n"):
        if not row:
            continue
        match = _LINE.fullmatch(row)
        if match is None:
            odd = _ODD.fullmatch(row)
            if odd is None:
                raise PageUnreadable(f"{url}: not a statement: {row[:120]!r}")
            found.odd.update(filter(None, odd.groups()))
            continue
        subject, predicate, value, graph = match.groups()
        if graph is None:
            found.default.setdefault(subject, []).append((predicate[1:-1], value))
        else:
            found.graphs.setdefault(graph, []).append((subject, predicate[1:-1], value))
    return found


def object_of(term: str) -> Object:
    """Read an IRI or a literal, whatever the case of its language; raises NotCanonical."""
    if term.startswith("<"):
        return Iri(term[1:-1])
    text, at, tag = term.rpartition("@")
    if at and text.endswith('"') and '"' not in tag:
        return lines.parse_term(f"{text}@{tag.lower()}")
    return lines.parse_term(term)


def literal(term: str | None) -> Literal | None:
    """Read a literal; None for anything else."""
    if term is None or not term.startswith('"'):
        return None
    try:
        found = object_of(term)
    except NotCanonical:
        return None
    return found if isinstance(found, Literal) else None


def moment(term: str | None, *, up: bool = False) -> str | None:
    """Read a time as UTC to the microsecond, so that times sort as text; None for what is none.

    A time without a zone is taken for UTC, a date for its first moment, and a text that is written
    like one for that: so the own example of DCAT-AP Feeds has it. What is finer than a
    microsecond is cut, or with `up` rounded up, so that a bound never excludes too much.
    """
    said = literal(term)
    if said is None or said.language is not None or said.datatype not in _TIMES:
        return None
    match = _TIME.fullmatch(said.value.strip())
    if match is None:
        return None
    day, time, fraction, zone = match.groups()
    try:
        found = datetime.fromisoformat(f"{day}{time or 'T00:00:00'}{zone or '+00:00'}")
        micros = int((fraction or "0")[:6].ljust(6, "0"))
        found = found.astimezone(UTC).replace(microsecond=micros)
        finer = (fraction or "")[6:].strip("0")
        return stamp(found + _TICK if up and finer else found)
    except (ValueError, OverflowError):
        return None


def first(values: Iterable[str | None]) -> str | None:
    """Give the first value that is one."""
    return next(filter(None, values), None)
