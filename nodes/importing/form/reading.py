"""A filled or exported workbook as records: the way in, without a mapping.

Every kind of record may be there. The address of a record is the one in its row, or is made of
its identifier. Two rows with one address are both left out and both told.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from nodes.city import City
from nodes.importing.findings import Finding, Reading
from nodes.importing.form.building import Builder
from nodes.importing.form.escaping import KEEP, trimmed, unescaped
from nodes.importing.form.grouping import Named, Names, gathered
from nodes.importing.form.layout import ABOVE, IRI, RECORD, tables
from nodes.importing.form.sheets import Filled, Line, open_form
from nodes.importing.form.values import blank, plain
from nodes.importing.limits import LIMITS, Limits
from nodes.importing.records import minted_of, slug
from nodes.importing.sentences import say
from vocab import lines, schemes
from vocab.errors import BadTerm
from vocab.parts import Agent
from vocab.records import KINDS, ROOMS, Record
from vocab.terms import SCHEMES
from vocab.triples import normalised, to_payload

Published = Callable[[str], Record | None]
"""Gives the record that is published at an address."""

_MOST_NAMED: Final = 20


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A row of a record: what names it."""

    named: Named
    kind: type[Record]
    line: Line | None
    iri: str
    identifier: str
    before: Record | None
    addressed: bool  # whether the row carries its address


@dataclass(kw_only=True)
class _Told:
    """Whose workbook it is, what is published, and what was found out on the way."""

    city: City
    published: Published
    findings: list[Finding] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    unnamed: int = 0


def read_form(
    path: Path, city: City, now: datetime, published: Published, *, limits: Limits = LIMITS
) -> Reading:
    """Read the records of a workbook of ours; raises ImportRefused when it cannot be read."""
    filled = open_form(path, limits)
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = _Told(city=city, published=published, findings=list(filled.findings))
    rows = _named(filled, told)
    count = sum(len(page.lines) for name, page in filled.pages.items() if not name.startswith("."))
    rows = _apart(rows, told)
    names = Names(filled, {each.named: each.identifier for each in rows.values()})
    count += _beside(rows, filled, names, told)
    parts = gathered(filled, tables(), names, set(rows))
    builder = Builder(filled, parts)
    records = [
        record
        for each in rows.values()
        if (record := _record(builder, each, stamp, told)) is not None
    ]
    builder.leftovers(*_titles(filled))
    return Reading(
        records=tuple(records),
        findings=(*told.findings, *parts.findings, *builder.findings),
        rows=count,
        held=tuple(dict.fromkeys(told.held)),
        unnamed=told.unnamed,
        rooms=tuple(room for room in ROOMS if room in filled.pages),
    )


def _named(filled: Filled, told: _Told) -> dict[Named, _Row]:
    """Name the record of every row; a row that cannot be named is told and left out."""
    found: dict[Named, _Row] = {}
    for kind in KINDS:
        page = filled.pages.get(kind.room)
        for number, line in enumerate(page.lines if page is not None else ()):
            named = Named(kind.room, number)
            row = _row(named, kind, line, told)
            if row is not None:
                found[named] = row
    return found


def _row(named: Named, kind: type[Record], line: Line, told: _Told) -> _Row | None:
    published = told.published
    base = f"{told.city.base}{kind.room}/"
    cell = line.cells.get(IRI)
    iri = None if blank(cell) else plain(cell)
    before = published(iri) if iri is not None and iri.startswith(base) else None
    if iri is not None and before is None and not _is_own(iri, base):
        told.findings.append(line.finding("error", IRI, say("form-address", base=base), iri))
        told.unnamed += 1
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
    return _Row(
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


def _minted(line: Line, told: _Told) -> str | None:
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


def _apart(rows: Mapping[Named, _Row], told: _Told) -> dict[Named, _Row]:
    """Leave out rows that share an address, or an identifier without having one of each."""
    by_iri: dict[str, list[_Row]] = defaultdict(list)
    by_name: dict[tuple[str, str], list[_Row]] = defaultdict(list)
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


def _clash(row: _Row, group: Sequence[_Row], told: _Told) -> None:
    others = tuple(
        say("quoted-in-row", name=other.identifier, row=other.line.number)
        for other in group[:_MOST_NAMED]
        if other is not row and other.line is not None
    )
    told.held.append(row.iri)
    if row.line is not None:
        column = "identifier" if "identifier" in row.line.places else IRI
        said = say("clash", others=others)
        told.findings.append(row.line.finding("error", column, said, row.identifier))


def _beside(rows: dict[Named, _Row], filled: Filled, names: Names, told: _Told) -> int:
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
                    rows[named] = _Row(
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


def _record(builder: Builder, row: _Row, stamp: str, told: _Told) -> Record | None:
    """Read one record; None where something is missing that makes it one."""
    before = None if row.before is None else normalised(row.before)
    values = builder.values(row.kind, row.named, row.line, before, _defaults(told.city, stamp))
    values["identifier"] = row.identifier
    if before is not None:
        values["modified"] = stamp
    _complete(values, before, told.city)
    failed = False
    for name, kind in (("title", "needs-title"), ("description", "needs-description")):
        if not values[name]:
            column = next((n for n in _places(row) if n.split("@")[0] == name), None)
            failed = True
            if row.line is not None:
                told.findings.append(row.line.finding("error", column, say(kind)))
    if not failed:
        try:
            record = normalised(row.kind(iri=row.iri, **values))
            to_payload(record)
        except BadTerm as error:
            if row.line is not None:
                said = say("form-unfit", reason=str(error))
                told.findings.append(row.line.finding("error", None, said))
        else:
            return record
    told.held.append(row.iri)
    return None


def _places(row: _Row) -> Sequence[str]:
    return () if row.line is None else tuple(row.line.places)


def _defaults(city: City, stamp: str) -> dict[str, Any]:
    """Give what stands for an empty cell in the row of a record."""
    return {
        "language": city.language,
        "licence": city.licence,
        "issued": stamp,
        "modified": stamp,
        "contact": city.contact,
        "stage": f"{SCHEMES}lifecycle/unknown",
        "place.city": city.name,
        "place.country": city.country,
        "publisher.name": city.publisher,
    }


def _complete(values: dict[str, Any], before: Record | None, city: City) -> None:
    """Add what follows from the rest: the publisher's page, the broad themes."""
    publisher = values["publisher"] or Agent(name=city.publisher)
    if publisher == Agent(name=city.publisher) and (before is None or before.publisher.homepage):
        publisher = replace(publisher, homepage=city.homepage)
    values["publisher"] = publisher
    if not values["data_themes"] and (before is None or before.data_themes):
        broad = map(schemes.broad_theme, values["themes"])
        values["data_themes"] = tuple(dict.fromkeys(each for each in broad if each is not None))


def _titles(filled: Filled) -> tuple[dict[str, str], dict[str, str]]:
    """Give the titles of sheets, and of nested lists the column that says what is above."""
    titles = {name: page.title for name, page in filled.pages.items()}
    above = {each.name: ABOVE + each.above[-1] for each in tables() if each.above}
    return titles, above
