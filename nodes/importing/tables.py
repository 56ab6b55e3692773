"""From a grid of cells to rows under headings, the same for text tables and workbooks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from nodes.books.limits import Limits
from nodes.books.surveys import column_letters
from nodes.errors import ImportRefused
from nodes.importing.findings import Finding
from nodes.importing.lexicon import is_failed_formula
from nodes.importing.rows import Cell, Row, Sheet, nearest
from nodes.importing.sentences import say
from vocab.schemes import fold

_LATEST_HEADING: Final = 30


def tabulate(
    name: str,
    grid: Iterable[Sequence[Cell]],
    header_row: int,
    limits: Limits,
    findings: Iterable[Finding] = (),
    *,
    header_rows: int = 1,
    from_1904: bool = False,
) -> Sheet:
    """Take the grid apart below its heading row; raises ImportRefused when there is none.

    Rows are counted as a spreadsheet program counts them. Blank rows are passed over, cells
    beyond the last heading are an error, because something has slipped in such a row.
    """
    found = list(findings)
    lines = enumerate(grid, start=1)
    above = [line for _, line in islice(lines, header_row + header_rows - 1)][header_row - 1 :]
    headings = _headings(name, joined(above), header_row)
    letters = {heading: column_letters(i) for i, heading in enumerate(headings) if heading}
    if len(headings) > limits.columns:
        raise ImportRefused(f"{name} has more than {limits.columns:,} columns: delete empty ones")
    rows: list[Row] = []
    for number, line in lines:
        if all(_blank(cell) for cell in line):
            continue
        if len(rows) >= limits.rows:
            raise ImportRefused(
                f"{name} has more than {limits.rows:,} rows: split it into several files"
            )
        cells = {heading: cell for heading, cell in zip(headings, line, strict=False) if heading}
        row = Row(sheet=name, number=number, cells=cells, letters=letters, from_1904=from_1904)
        row = _without_errors(row, found)
        rows.append(row)
        found.extend(_slips(row, headings, line, limits))
    return Sheet(
        name=name,
        headings=tuple(heading for heading in headings if heading),
        rows=tuple(rows),
        findings=tuple(found),
    )


def settled(sheet: Sheet, wanted: Iterable[str]) -> Sheet:
    """Name the rows' cells as the mapping does; raises ImportRefused when a heading is missing.

    Case and extra white space make no difference, unless two headings differ in nothing else.
    """
    renamed: dict[str, str] = {}
    by_fold = Counter(fold(heading) for heading in sheet.headings)
    for heading in wanted:
        if heading in sheet.headings:
            continue
        same = [each for each in sheet.headings if fold(each) == fold(heading)]
        if len(same) != 1 or by_fold[fold(heading)] != 1:
            raise _missing(sheet, heading, same)
        renamed[same[0]] = heading
    if not renamed:
        return sheet

    def under(heading: str) -> str:
        return renamed.get(heading, heading)

    rows = tuple(
        replace(
            row,
            cells={under(heading): cell for heading, cell in row.cells.items()},
            letters={under(heading): letter for heading, letter in row.letters.items()},
        )
        for row in sheet.rows
    )
    return replace(sheet, headings=tuple(map(under, sheet.headings)), rows=rows)


def joined(lines: Sequence[Sequence[Cell]]) -> list[str]:
    """Join headings that stand in several rows: `Periodo` over `inizio` is `Periodo: inizio`.

    A heading that stands over several columns is written in the first of them only.
    """
    width = max(map(len, lines), default=0)
    found = [""] * width
    for depth, line in enumerate(lines):
        over = ""
        for index in range(width):
            cell = line[index] if index < len(line) else None
            text = "" if _blank(cell) else " ".join(str(cell).split())
            below = any(
                index < len(each) and not _blank(each[index]) for each in lines[depth + 1 :]
            )
            over = text or over
            text = text or (over if below else "")
            found[index] = (
                f"{found[index]}: {text}" if found[index] and text else found[index] + text
            )
    return found


def heading_row(
    name: str, lines: Iterable[Sequence[Cell]], wanted: Sequence[str]
) -> tuple[int, tuple[Finding, ...]]:
    """Find the row that holds most of the wanted headings, the first row if none does."""
    found = [headings_found(line, wanted) for line in islice(lines, _LATEST_HEADING)]
    if not found or max(found) <= found[0]:
        return 1, ()
    row = found.index(max(found)) + 1
    said = say("header-row-found", row=row)
    return row, (Finding(severity="warning", said=said, sheet=name),)


def headings_found(line: Sequence[Cell], wanted: Iterable[str]) -> int:
    """Count how many of the wanted headings a line holds."""
    present = {fold(str(cell)) for cell in line if not _blank(cell)}
    return sum(fold(heading) in present for heading in wanted)


def _headings(name: str, line: Sequence[Cell], header_row: int) -> list[str]:
    headings = ["" if _blank(cell) else " ".join(str(cell).split()) for cell in line]
    if not any(headings):
        raise ImportRefused(
            f"{name} has no headings in row {header_row}: write the row they stand in as "
            "header_row under [file] in the mapping"
        )
    for heading, times in Counter(headings).items():
        if heading and times > 1:
            places = [column_letters(i) for i, each in enumerate(headings) if each == heading]
            raise ImportRefused(
                f"{name} has the heading '{heading}' {times} times (columns {', '.join(places)}): "
                "give each column a heading of its own"
            )
    return headings


def _slips(
    row: Row, headings: Sequence[str], line: Sequence[Cell], limits: Limits
) -> Iterable[Finding]:
    for index, cell in enumerate(line):
        heading = headings[index] if index < len(headings) else ""
        if not heading and not _blank(cell):
            yield Finding(
                severity="error",
                said=say("no-heading"),
                sheet=row.sheet,
                row=row.number,
                cell=f"{column_letters(index)}{row.number}",
                value=str(cell)[:120],
            )
        elif isinstance(cell, str) and len(cell) > limits.cell_characters:
            yield row.finding(
                "error",
                heading,
                cell,
                say("cell-too-long", most=f"{limits.cell_characters:,}"),
            )


def _without_errors(row: Row, found: list[Finding]) -> Row:
    """Empty the cells that hold nothing but the error of a formula, with a finding for each."""
    failed = {
        heading: cell
        for heading, cell in row.cells.items()
        if isinstance(cell, str) and cell[:1] == "#" and is_failed_formula(cell)
    }
    for heading, cell in failed.items():
        found.append(row.finding("warning", heading, cell, say("formula-error")))
    return replace(row, cells={**row.cells, **dict.fromkeys(failed)}) if failed else row


def _missing(sheet: Sheet, heading: str, same: list[str]) -> ImportRefused:
    listed = ", ".join(f"'{each}'" for each in sheet.headings[:60])
    if same:
        return ImportRefused(
            f"{sheet.name} has several headings like '{heading}' ({', '.join(same)}): "
            "give each column a heading of its own"
        )
    close = nearest(heading, sheet.headings)
    meant = f" Did you mean '{close}'?" if close else ""
    return ImportRefused(
        f"{sheet.name} has no column '{heading}', which the mapping names.{meant} "
        f"The headings are: {listed}"
    )


def _blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
