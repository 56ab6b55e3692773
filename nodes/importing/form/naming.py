"""Which record each row is: by its address, its identifier, or at least its title.

Two rows with one address are both left out and both told, and so are rows that share an
identifier unless each has an address of its own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from nodes.city import City
from nodes.importing.findings import Finding
from nodes.importing.form.escaping import KEEP, trimmed, unescaped
from nodes.importing.form.grouping import Named, Names
from nodes.importing.form.layout import IRI, RECORD, tables
from nodes.importing.form.pages import Filled, Line
from nodes.importing.form.values import blank, plain
from nodes.importing.records import minted_of, slug
from nodes.importing.sentences import say
from vocab import lines
from vocab.errors import BadTerm
from vocab.records import KINDS, Record

Published = Callable[[str], Record | None]
"""Gives the record that is published at an address."""

_MOST_NAMED: Final = 20


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a record: what names it."""

    named: Named
    kind: type[Record]
    line: Line | None
    iri: str
    identifier: str
    before: Record | None
    addressed: bool  # whether the row carries its address


@dataclass(kw_only=True)
class Told:
    """Whose workbook it is, what is published, and what was found out on the way."""

    city: City
    published: Published
    findings: list[Finding] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    unnamed: int = 0
    left: set[tuple[str, str]] = field(default_factory=set)
    """The rooms and identifiers of rows that were left out and told already."""


def named_rows(filled: Filled, told: Told) -> dict[Named, Row]:
    """Name the record of every row; a row that cannot be named is told and left out."""
    found: dict[Named, Row] = {}
    for kind in KINDS:
        page = filled.pages.get(kind.room)
        for number, line in enumerate(page.lines if page is not None else ()):
            named = Named(kind.room, number)
            row = _row(named, kind, line, told)
            if row is not None:
                found[named] = row
    return found


def _row(named: Named, kind: type[Record], line: Line, told: Told) -> Row | None:
    published = told.published
    base = f"{told.city.base}{kind.room}/"
    cell = line.cells.get(IRI)
    iri = None if blank(cell) else plain(cell)
    before = published(iri) if iri is not None and iri.startswith(base) else None
    if iri is not None and before is None and not _is_own(iri, base):
        told.findings.append(line.finding("error", IRI, say("form-address", base=base), iri))
        told.unnamed += 1
        told.left.add((kind.room, unescaped(plain(line.cells.get("identifier")))))
        return None
    cell = line.cells.get("identifier")
    text = plain(cell) if isinstance(cell, str) else ""
    if before is not None and ("identifier" not in line.places or trimmed(text) == KEEP):
        identifier: str | None = before.identifier
    elif not blank(cell):
        identifier = unescaped(plain(cell))
    else:
        identifier = _minted(line, told)
    if identifier is None:
        told.findings.append(line.finding("error", "identifier", say("form-needed")))
        told.unnamed += 1
        return None
    if iri is None:
        before = published(f"{base}{slug(identifier)}")
    return Row(
        named=named,
        kind=kind,
        line=line,
        iri=iri or f"{base}{slug(identifier)}",
        identifier=identifier,
        before=before if isinstance(before, kind) else None,
        addressed=iri is not None,
    )


def _is_own(iri: str, base: str) -> bool:
    try:
        lines.iri(iri)
    except BadTerm:
        return False
    rest = iri.removeprefix(base)
    return iri.startswith(base) and rest != "" and not any(each in rest for each in "/?#")


def _minted(line: Line, told: Told) -> str | None:
    """Make an identifier of the title where there is none, the same whenever the title is."""
    tags = line.tags.get("title", ())
    cells = [line.cells.get(f"title@{each}") for each in tags]
    title = next((unescaped(plain(each)) for each in cells if not blank(each)), "")
    if not title.strip():
        return None
    name = minted_of(title)
    said = say("identifier-empty", name=name)
    told.findings.append(line.finding("warning", "identifier", said))
    return name


def apart(rows: Mapping[Named, Row], told: Told) -> dict[Named, Row]:
    """Leave out rows that share an address, or an identifier without having one of each."""
    by_iri: dict[str, list[Row]] = defaultdict(list)
    by_name: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for each in rows.values():
        by_iri[each.iri].append(each)
        by_name[each.kind.room, each.identifier].append(each)
    doubled = [group for group in by_iri.values() if len(group) > 1]
    doubled += [
        group
        for group in by_name.values()
        if len(group) > 1 and not all(each.addressed for each in group)
    ]
    left: set[Named] = set()
    for group in doubled:
        for each in group:
            if each.named not in left:
                _clash(each, group, told)
                left.add(each.named)
    return {named: each for named, each in rows.items() if named not in left}


def _clash(row: Row, group: Sequence[Row], told: Told) -> None:
    others = tuple(
        say("quoted-in-row", name=other.identifier, row=other.line.number)
        for other in group[:_MOST_NAMED]
        if other is not row and other.line is not None
    )
    told.held.append(row.iri)
    told.left.add((row.kind.room, row.identifier))
    if row.line is not None:
        column = "identifier" if "identifier" in row.line.places else IRI
        said = say("clash", others=others)
        told.findings.append(row.line.finding("error", column, said, row.identifier))


def beside(rows: dict[Named, Row], filled: Filled, names: Names, told: Told) -> int:
    """Add the published records that parts name, where the sheet of their kind is gone.

    Returns how many.
    """
    known = len(rows)
    for table in tables():
        page = filled.pages.get(table.name)
        if table.is_main or page is None:
            continue
        for kind in table.kinds:
            if kind.room in filled.pages:
                continue
            for text in dict.fromkeys(_keys(page.lines)):
                base = f"{told.city.base}{kind.room}/"
                iri = text if text.startswith(base) else f"{base}{slug(text)}"
                named = Named(kind.room, iri)
                before = told.published(iri) if named not in rows else None
                if before is not None and isinstance(before, kind):
                    names.add(named, text)
                    rows[named] = Row(
                        named=named,
                        kind=kind,
                        line=None,
                        iri=iri,
                        identifier=before.identifier,
                        before=before,
                        addressed=True,
                    )
    return len(rows) - known


def _keys(found: Sequence[Line]) -> Iterator[str]:
    for line in found:
        if not blank(cell := line.cells.get(RECORD)):
            yield unescaped(plain(cell))
