"""The report: the city's own workbook, with what was found as comments in its cells.

A workbook is given back as it is; of another file one is made, with its rows where they stood.
A last sheet lists everything. Text that looks like a formula stays text.
"""

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils.exceptions import InvalidFileException

from nodes.books.kinds import refuse_bombs
from nodes.books.limits import LIMITS, Limits
from nodes.books.surveys import column_letters
from nodes.errors import ImportRefused
from nodes.importing.findings import Finding
from nodes.importing.mapping import Mapping
from nodes.importing.opening import format_of, load
from nodes.importing.reading import open_sheet
from nodes.importing.rows import Cell, Sheet
from nodes.importing.sentences import say

_MOST_COMMENTS: Final = 5_000
_MOST_LISTED: Final = 50_000
_MOST_BYTES: Final = 100_000_000  # of a workbook once unpacked; each cell takes far more in memory
_LONGEST: Final = 32_000  # characters of a cell
_HEADINGS: Final = ("severity", "sheet", "row", "column", "cell", "value", "message")
_COLOURS: Final = {"error": "FFC7CE", "warning": "FFEB9C"}


def write_report(
    path: Path,
    mapping: Mapping | None,
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
    if own:
        book = _own(path, limits)
        places = dict(_cells_of_workbook(findings))
    elif mapping is None:
        raise ImportRefused(f"{path.name} is no workbook or table: --report is for those")
    else:
        sheet = open_sheet(path, mapping, limits)
        book, places = _made(sheet, findings)
    for (name, reference), found in list(places.items())[:_MOST_COMMENTS]:
        if name in book.sheetnames:
            _comment(book[name][reference], found, language)
    _list(book, findings, more, language)
    try:
        book.save(target)
    except OSError as error:
        raise ImportRefused(f"{target} cannot be written: {error.strerror or error}") from error


def _own(path: Path, limits: Limits) -> Any:
    data = load(path, limits)
    refuse_bombs(path.name, data, limits)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
            raise ImportRefused(
                f"{path.name} is too large for a report in its cells: import it without --report"
            )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that are not kept, such as pictures
            return openpyxl.load_workbook(BytesIO(data))
    except (InvalidFileException, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise ImportRefused(
            f"{path.name} cannot be given back with comments ({error}): save it again as .xlsx"
        ) from error


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
    page.title = "".join(" " if each in "[]:*?/\\'" else each for each in sheet.name)[:31] or "file"
    letters = dict(sheet.rows[0].letters) if sheet.rows else {}
    for index, heading in enumerate(sheet.headings):
        letters.setdefault(heading, column_letters(index))
    shift = 1 if sheet.loose else 0
    top = 1 if sheet.loose else max(1, min((row.number for row in sheet.rows), default=2) - 1)
    for heading in sheet.headings:
        _put(page[f"{letters[heading]}{top}"], heading)
    for row in sheet.rows:
        for heading, cell in row.cells.items():
            if cell is not None and heading in letters:
                _put(page[f"{letters[heading]}{row.number + shift}"], cell)
    places: dict[tuple[str, str], list[Finding]] = {}
    for each in findings:
        if each.row is not None:
            column = each.column or ""
            letter = letters.get(column) or letters.get(column.split(".")[0]) or "A"
            places.setdefault((page.title, f"{letter}{each.row + shift}"), []).append(each)
    return book, places


def _put(cell: Any, value: Cell) -> None:
    if isinstance(value, str | list | dict):
        text = value if isinstance(value, str) else str(value)
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:_LONGEST]
        cell.data_type = "s"  # also what begins with = is text
    elif isinstance(value, int | float | bool | date):
        cell.value = value


def _comment(cell: Any, found: Sequence[Finding], language: str) -> None:
    if isinstance(cell, MergedCell):
        return
    said = [f"{say(each.severity).told(language)}: {each.said.told(language)}" for each in found]
    before = [cell.comment.text] if cell.comment is not None else []
    text = ILLEGAL_CHARACTERS_RE.sub("", "\n".join([*before, *said]))[:_LONGEST]
    cell.comment = Comment(text, "citynode", height=140, width=320)
    worst = "error" if any(each.severity == "error" for each in found) else "warning"
    cell.fill = PatternFill("solid", start_color=_COLOURS[worst])


def _list(book: Any, findings: Sequence[Finding], more: Sequence[str], language: str) -> None:
    title = "citynode"
    while title in book.sheetnames:
        title += "_"
    page = book.create_sheet(title)
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
    for number, line in enumerate(lines, start=1):
        for index, value in enumerate(line, start=1):
            if value is not None:
                _put(page.cell(number, index), value)
    for letter, width in zip("ABCDEFG", (10, 20, 8, 24, 10, 30, 100), strict=True):
        page.column_dimensions[letter].width = width
