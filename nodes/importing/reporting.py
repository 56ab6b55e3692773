"""The report: the city's own workbook, with what was found as comments in its cells.

A workbook is given back as it is; of another file one is made, with its rows where they stood.
A last sheet lists everything. Text that looks like a formula stays text.
"""

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import openpyxl

from nodes.books.asking import commented
from nodes.books.commenting import comment, put, writable
from nodes.books.limits import LIMITS, Limits
from nodes.books.surveys import column_letters
from nodes.errors import ImportRefused
from nodes.importing import mapping as mappings
from nodes.importing.findings import Finding
from nodes.importing.opening import format_of, load
from nodes.importing.reading import open_sheet
from nodes.importing.rows import Cell, Sheet
from nodes.importing.sentences import say

_MOST_COMMENTS: Final = 5_000
_MOST_LISTED: Final = 50_000
_MOST_COLUMNS: Final = 16_384  # of any workbook
_HEADINGS: Final = ("severity", "sheet", "row", "column", "cell", "value", "message")


def write_report(
    path: Path,
    mapping: mappings.Mapping | None,
    findings: Sequence[Finding],
    more: Sequence[str],
    target: Path,
    *,
    language: str = "en",
    limits: Limits = LIMITS,
) -> None:
    """Write the report of a file; raises ImportRefused. `more` are sentences without a cell.

    A workbook needs no mapping, other files do. Comments and the last sheet are in `language`
    where the catalogue has it, else in English.
    """
    if target.suffix.lower() != ".xlsx":
        raise ImportRefused(f"{target.name}: the report is a workbook, so end its name in .xlsx")
    if target.exists() and target.samefile(path):
        raise ImportRefused(f"the report would replace {path.name}: give it another name")
    own = path.suffix.lower() in {".xlsx", ".xlsm"} and format_of(path) == "xlsx"
    lines = _listed(findings, more, language)
    if own:
        places = dict(_cells_of_workbook(findings))
        data = load(path, limits)
        written = commented(path.name, data, limits, _comments(places, language), lines)
    elif mapping is None:
        raise ImportRefused(f"{path.name} is no workbook or table: --report is for those")
    else:
        sheet = open_sheet(path, mapping, limits)
        book, places = _made(sheet, findings)
        comment(book, _comments(places, language), lines)
        saved = BytesIO()
        book.save(saved)
        written = saved.getvalue()
    try:
        target.write_bytes(written)
    except OSError as error:
        raise ImportRefused(f"{target} cannot be written: {error.strerror or error}") from error


def _cells_of_workbook(findings: Sequence[Finding]) -> Iterator[tuple[Any, list[Finding]]]:
    """Gather what is said of each cell; of a whole row in its first cell."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for each in findings:
        if each.row is not None:
            found.setdefault((each.sheet, each.cell or f"A{each.row}"), []).append(each)
    yield from found.items()


def _made(
    sheet: Sheet, findings: Sequence[Finding]
) -> tuple[Any, dict[tuple[str, str], list[Finding]]]:
    """Make a workbook of a file that is none, and tell where each finding belongs in it."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None  # a new workbook has a sheet
    title = "".join(" " if each in "[]:*?/\\'" else each for each in writable(sheet.name))
    page.title = title[:31] or "file"
    letters = dict(sheet.rows[0].letters) if sheet.rows else {}
    for index, heading in enumerate(sheet.headings[:_MOST_COLUMNS]):
        letters.setdefault(heading, column_letters(index))
    shift = 1 if sheet.loose else 0
    top = 1 if sheet.loose else max(1, min((row.number for row in sheet.rows), default=2) - 1)
    # The other way round: links behind cells share their column, and what the cells say stays.
    for heading in reversed(letters):
        put(page[f"{letters[heading]}{top}"], heading)
    for row in sheet.rows:
        for heading, cell in reversed(list(row.cells.items())):
            if cell is not None and heading in letters:
                put(page[f"{letters[heading]}{row.number + shift}"], cell)
    places: dict[tuple[str, str], list[Finding]] = {}
    for each in findings:
        if each.row is not None:
            column = each.column or ""
            letter = letters.get(column) or letters.get(column.split(".")[0]) or "A"
            places.setdefault((page.title, f"{letter}{each.row + shift}"), []).append(each)
    return book, places


def _comments(
    places: Mapping[tuple[str, str], Sequence[Finding]], language: str
) -> list[tuple[str, str, str, str]]:
    """Give what is said of each cell, in a language: its sheet, its place, the worst, the text."""
    found: list[tuple[str, str, str, str]] = []
    for (name, reference), each in list(places.items())[:_MOST_COMMENTS]:
        said = [f"{say(one.severity).told(language)}: {one.said.told(language)}" for one in each]
        worst = "error" if any(one.severity == "error" for one in each) else "warning"
        found.append((name, reference, worst, "\n".join(said)))
    return found


def _listed(findings: Sequence[Finding], more: Sequence[str], language: str) -> list[list[Cell]]:
    lines: list[list[Cell]] = [[say(f"report-{name}").told(language) for name in _HEADINGS]]
    lines.extend(
        [
            say(each.severity).told(language),
            each.sheet,
            each.row,
            each.column,
            each.cell,
            each.value,
            each.said.told(language),
        ]
        for each in findings[:_MOST_LISTED]
    )
    lines.extend([None, None, None, None, None, None, text] for text in more[:_MOST_LISTED])
    return lines
