"""A filled or exported workbook as records: the way in, without a mapping.

Every kind of record may be there. What the node knows itself stands for empty cells.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nodes.books.limits import LIMITS, Limits
from nodes.city import City
from nodes.importing.findings import Finding, Reading
from nodes.importing.form.building import Builder
from nodes.importing.form.escaping import unescaped
from nodes.importing.form.grouping import Names, Parts, gathered
from nodes.importing.form.layout import ABOVE, tables
from nodes.importing.form.locating import locating
from nodes.importing.form.naming import Published, Row, Told, apart, beside, named_rows
from nodes.importing.form.pages import Filled
from nodes.importing.form.sheets import open_form
from nodes.importing.records import slug
from nodes.importing.sentences import say
from vocab import schemes
from vocab.errors import BadTerm
from vocab.parts import Agent
from vocab.records import ROOMS, Record
from vocab.terms import SCHEMES
from vocab.triples import normalised, to_payload


def read_form(
    path: Path, city: City, now: datetime, published: Published, *, limits: Limits = LIMITS
) -> Reading:
    """Read the records of a workbook of ours; raises ImportRefused when it cannot be read."""
    filled = open_form(path, limits)
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = Told(city=city, published=published, findings=list(filled.findings))
    rows = named_rows(filled, told)
    count = sum(len(page.lines) for name, page in filled.pages.items() if not name.startswith("."))
    rows = apart(rows, told)
    names = Names(filled, {each.named: each.identifier for each in rows.values()}, told.left)
    count += beside(rows, filled, names, told)
    parts = gathered(filled, names)

    def alias(room: str, text: str) -> str | None:
        found = names.find(unescaped(text), (room,))
        if len(found) == 1 and found[0] in rows:
            return rows[found[0]].iri
        iri = f"{city.base}{room}/{slug(text)}"
        return iri if published(iri) is not None else None

    builder = Builder(filled, parts, alias)
    records = [
        record
        for each in rows.values()
        if (record := _record(builder, each, stamp, told)) is not None
    ]
    found = [*told.findings, *parts.findings, *builder.findings, *_orphans(parts, filled)]
    order = {page.title: number for number, page in enumerate(filled.pages.values())}
    return Reading(
        records=tuple(records),
        findings=tuple(
            sorted(found, key=lambda one: (order.get(one.sheet, len(order)), one.row or 0))
        ),
        rows=count,
        held=tuple(dict.fromkeys(told.held)),
        unnamed=told.unnamed,
        rooms=tuple(room for room in ROOMS if room in filled.pages),
        locate=locating(filled, rows, builder.lines),
    )


def _record(builder: Builder, row: Row, stamp: str, told: Told) -> Record | None:
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
            failed = True
            if row.line is not None:
                column = row.line.column(name)
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


def _orphans(parts: Parts, filled: Filled) -> Iterator[Finding]:
    """Tell of the rows whose part above is not there."""
    above = {each.name: each.above[-1] for each in tables() if each.above}
    for table, line in parts.left():
        name = above.get(table, "")
        page = filled.pages.get(name)
        sheet = "" if page is None else f"'{page.title}'"
        said = say("form-no-part", sheet=sheet)
        yield line.finding("error", ABOVE + name, said, line.cells.get(ABOVE + name))
