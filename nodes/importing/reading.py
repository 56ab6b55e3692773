"""Read a city's file: the whole of it, row by row, with everything that was noticed."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from nodes.books.limits import LIMITS, Limits
from nodes.city import City
from nodes.errors import ImportRefused
from nodes.importing.delimited import read_delimited
from nodes.importing.documents import read_geojson, read_json
from nodes.importing.findings import Finding, Locate, Reading
from nodes.importing.keyhole import read_kml
from nodes.importing.mapping import Mapping
from nodes.importing.opening import decoded, format_of, load
from nodes.importing.rdf import read_rdf
from nodes.importing.records import address, identifier, record, slug
from nodes.importing.rows import Notes, Row, Sheet, nearest
from nodes.importing.sentences import Sentence, say
from nodes.importing.tables import settled
from nodes.importing.tidying import tidied
from nodes.importing.workbooks import read_workbook
from vocab.records import Experiment
from vocab.whereabouts import Steps

_REQUIRED = ("title", "description")
_FIELDS = {
    "start": ("start", "period"),
    "end": ("end", "period"),
    "stage": ("status",),
    "status_word": ("status",),
    "source_pages": ("source", "landing_page"),
    "data_themes": ("themes",),
    "place.address": ("address",),
    "place.wkt": ("geometry", "point", "latitude"),
    "outcome.verdict": ("verdict", "status"),
    "outcome.lessons": ("lessons",),
    "outcome.causes": ("causes",),
    "cost_band": ("cost",),
}
"""Where a field of the model is read from, where the mapping calls it otherwise."""

_MOST_NAMED = 20
_STRIDE = 100


def read(
    path: Path,
    mapping: Mapping,
    city: City,
    now: datetime,
    *,
    limits: Limits = LIMITS,
    watch: Callable[[int, int], None] = lambda _done, _of: None,
) -> Reading:
    """Read a file as its mapping says; raises ImportRefused when it cannot be read at all.

    A row with an error is left out and reported, the others come through. Two rows with one
    identifier, or with identifiers that make one address, are both left out and both reported.
    `watch` is told now and then how many rows are read, of how many.
    """
    sheet = open_sheet(path, mapping, limits)
    findings = [*sheet.findings, *_unused(sheet, mapping)]
    if not mapping.fields.identifier:
        findings.append(_without_identifiers(sheet))
    broken = {each.row for each in findings if each.severity == "error"}
    clashes = _clashes(sheet, mapping)
    experiments: list[Experiment] = []
    held: list[str] = []
    unnamed = 0
    rows: dict[str, Row] = {}
    for done, row in enumerate(sheet.rows):
        if not done % _STRIDE:
            watch(done, len(sheet.rows))
        notes = Notes(row=row)
        if row.number in clashes:
            heading, name_there, others = clashes[row.number]
            notes.fail(heading, name_there, "clash", others=others)
        experiment = record(notes, mapping, city, now)
        findings.extend(notes.findings)
        if experiment is not None and row.number not in broken:
            experiments.append(experiment)
            rows[experiment.iri] = replace(row, cells={})  # what names the cell is enough
        elif name := identifier(row, mapping):
            held.append(address(city, name))
        else:
            unnamed += 1
    return Reading(
        records=tuple(experiments),
        findings=tuple(findings),
        rows=len(sheet.rows),
        held=tuple(dict.fromkeys(held)),
        unnamed=unnamed,
        locate=_locating(rows, mapping),
    )


def _locating(rows: dict[str, Row], mapping: Mapping) -> Locate:
    """Give what finds a field where the mapping reads it, or the row it would stand in."""
    headings: dict[str, str] = {}
    for name, heading in mapping.fields.headings():
        headings.setdefault(name, heading)

    def locate(iri: str, steps: Steps, said: Sentence, value: str) -> Finding | None:
        if (row := rows.get(iri)) is None:
            return None
        names = ".".join(each for each in steps if isinstance(each, str))
        fields = (*_FIELDS.get(names, ()), names.partition(".")[0])
        heading = next((headings[each] for each in fields if each in headings), None)
        return row.finding("error", heading, value, said)

    return locate


def open_sheet(path: Path, mapping: Mapping, limits: Limits = LIMITS) -> Sheet:
    """Read the rows of a file, in whatever format it is; raises ImportRefused."""
    file, wanted, name = mapping.file, mapping.wanted(), path.name
    kind = file.format or format_of(path)
    data = load(path, limits)
    if kind == "xlsx":
        sheet = read_workbook(
            name,
            data,
            limits,
            sheet=file.sheet,
            wanted=wanted,
            header_row=file.header_row,
            header_rows=file.header_rows,
        )
    elif kind == "rdf":
        sheet = read_rdf(name, data, file.query, limits, records=file.records)
    elif kind == "kml":
        sheet = read_kml(name, data, limits)
    else:
        text, remarks = decoded(name, data, file.encoding, file.fallback)
        if kind == "csv":
            sheet = read_delimited(
                name,
                text,
                wanted,
                limits,
                delimiter=file.delimiter,
                header_row=file.header_row,
                header_rows=file.header_rows,
                findings=remarks,
            )
        elif kind == "json":
            sheet = read_json(name, text, limits, records=file.records, findings=remarks)
        else:
            sheet = read_geojson(name, text, limits, findings=remarks)
    sheet = _present(sheet, mapping) if sheet.loose else settled(sheet, wanted)
    return tidied(_unpacked(sheet, mapping), mapping)


def _present(sheet: Sheet, mapping: Mapping) -> Sheet:
    """Check that a document has what the mapping names: required fields must be, others may."""
    findings = list(sheet.findings)
    for field, heading in mapping.fields.headings():
        if not sheet.rows or any(row.get(heading) is not None for row in sheet.rows):
            continue
        if any(heading in row.cells for row in sheet.rows):
            continue
        close = nearest(heading, sheet.headings)
        said = say(
            "heading-absent",
            heading=heading,
            field=field,
            meant=say("did-you-mean", word=close) if close else "",
            names=", ".join(sheet.headings[:60]),
        )
        if field in _REQUIRED:
            raise ImportRefused(f"{sheet.name}: {said}")
        findings.append(Finding(severity="warning", said=said, sheet=sheet.name, column=heading))
    return replace(sheet, findings=tuple(dict.fromkeys(findings)))


def _unpacked(sheet: Sheet, mapping: Mapping) -> Sheet:
    """Unpack the cells that hold JSON as text."""
    if not mapping.file.json_cells:
        return sheet
    rows, findings = [], list(sheet.findings)
    for row in sheet.rows:
        cells = dict(row.cells)
        for heading in mapping.file.json_cells:
            text = row.get(heading)
            if isinstance(text, str) and text.strip():
                try:
                    cells[heading] = json.loads(text)
                except (ValueError, RecursionError) as error:
                    said = say("json-broken", error=str(error))
                    findings.append(row.finding("warning", heading, text, said))
                    cells[heading] = None
        rows.append(replace(row, cells=cells))
    return replace(sheet, rows=tuple(rows), findings=tuple(findings))


def _unused(sheet: Sheet, mapping: Mapping) -> Iterator[Finding]:
    """Report the columns that nobody reads, so that none is lost by oversight."""
    used = set(mapping.wanted()) | {heading.split(".")[0] for heading in mapping.wanted()}
    for heading in sheet.headings:
        if heading in used or any(fnmatchcase(heading, each) for each in mapping.ignore):
            continue
        yield Finding(
            severity="warning",
            said=say("column-unused"),
            sheet=sheet.name,
            column=heading,
        )


def _without_identifiers(sheet: Sheet) -> Finding:
    return Finding(severity="warning", said=say("no-identifiers"), sheet=sheet.name)


def _clashes(
    sheet: Sheet, mapping: Mapping
) -> dict[int, tuple[str | None, str, tuple[Sentence, ...]]]:
    """Find the rows that would share an address, and say which rows those are."""
    named: dict[str, list[tuple[Row, str]]] = defaultdict(list)
    for row in sheet.rows:
        if name := identifier(row, mapping):
            named[slug(name)].append((row, name))
    columns = mapping.fields.identifier or mapping.fields.title
    heading = columns[0].column
    found: dict[int, tuple[str | None, str, tuple[Sentence, ...]]] = {}
    for group in named.values():
        for row, name in group if len(group) > 1 else ():
            others = tuple(
                say("quoted-in-row", name=each, row=other.number)
                for other, each in group[:_MOST_NAMED]
                if other is not row
            )
            found[row.number] = (heading, name, others)
    return found
