"""Workbooks: XLSX, XLSM, XLSB, XLS and ODS.

The reader holds every cell from A1 to the last one in use. A stray cell in the farthest corner
would need half a terabyte and end the process, so the extent of XLSX sheets is looked up before.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from io import BytesIO
from itertools import islice
from typing import Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
    WorksheetNotFound,
    XmlError,
    ZipError,
)

from nodes.errors import ImportRefused
from nodes.importing.findings import Finding
from nodes.importing.formats import Precision, coarse_dates
from nodes.importing.limits import Limits
from nodes.importing.opening import refuse_bombs
from nodes.importing.rows import Cell, Sheet, column_letters, nearest
from nodes.importing.tables import heading_row, tabulate

_Value = int | float | str | bool | time | date | datetime | timedelta

# Cells that hold something: a value, a formula or a text; others are only formatted.
_CELL: Final = re.compile(
    rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<(?:\w+:)?(?:v|f|is)\b'
)
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
_CHUNK: Final = 1_000_000
_FIRST_LINES: Final = 60


def read_workbook(
    name: str,
    data: bytes,
    limits: Limits,
    *,
    sheet: str | None = None,
    wanted: Sequence[str] = (),
    header_row: int | None = None,
    header_rows: int = 1,
) -> Sheet:
    """Read one sheet of a workbook; raises ImportRefused when that cannot be done."""
    with _opened(name, data, limits) as book:
        found = book.get_sheet_by_name(_choose(name, book, sheet))
        remark: tuple[Finding, ...] = ()
        if header_row is None:
            header_row, remark = heading_row(found.name, _lines(found, data), wanted)
        return tabulate(
            found.name,
            _lines(found, data),
            header_row,
            limits,
            [*remark, *_merged(found, header_row + header_rows - 1)],
            header_rows=header_rows,
        )


def visible_sheets(name: str, data: bytes, limits: Limits) -> dict[str, list[list[Cell]]]:
    """Give the first lines of every visible sheet; raises ImportRefused."""
    with _opened(name, data, limits) as book:
        return {
            sheet: list(islice(_lines(book.get_sheet_by_name(sheet), data), _FIRST_LINES))
            for sheet in _visible(book)
        }


def first_cells(name: str, data: bytes, limits: Limits, sheet: str) -> list[Cell]:
    """Give the first row of a sheet, hidden or not; nothing if there is none of that name."""
    with _opened(name, data, limits) as book:
        if sheet not in book.sheet_names:
            return []
        return next(_lines(book.get_sheet_by_name(sheet), data), [])


@contextmanager
def _opened(name: str, data: bytes, limits: Limits) -> Iterator[CalamineWorkbook]:
    refuse_bombs(name, data, limits)
    _refuse_far_cells(name, data, limits)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as book:
            yield book
    except PasswordError as error:
        raise ImportRefused(
            f"{name} is locked with a password: save a copy without one and import that"
        ) from error
    except (CalamineError, ZipError, XmlError, WorksheetNotFound, *_BROKEN) as error:
        raise ImportRefused(
            f"{name} is damaged or no workbook ({error}): open it in a spreadsheet program and "
            "save it again"
        ) from error


def _lines(sheet: CalamineSheet, data: bytes) -> Iterator[list[Cell]]:
    # Without this argument leading blank rows and columns vanish and cells are misnamed.
    grid = sheet.to_python(skip_empty_area=False)
    coarse = coarse_dates(data, sheet.name)
    return (_cells(number, line, coarse) for number, line in enumerate(grid, start=1))


def _visible(book: CalamineWorkbook) -> list[str]:
    return [each.name for each in book.sheets_metadata if each.visible == SheetVisibleEnum.Visible]


def _choose(name: str, book: CalamineWorkbook, sheet: str | None) -> str:
    sheets = _visible(book)
    listed = ", ".join(f"'{each}'" for each in book.sheet_names)
    if sheet is None:
        filled = [each for each in sheets if book.get_sheet_by_name(each).start is not None]
        if len(sheets) == 1 or len(filled) == 1:
            return (filled or sheets)[0]
        raise ImportRefused(
            f'{name} has {len(sheets)} sheets: write sheet = "…" under [file] in the mapping. '
            f"The sheets are: {listed}"
        )
    if sheet in book.sheet_names:
        return sheet
    close = nearest(sheet, book.sheet_names)
    meant = f" Did you mean '{close}'?" if close else ""
    raise ImportRefused(
        f"{name} has no sheet '{sheet}', which the mapping names.{meant} The sheets are: {listed}"
    )


def _refuse_far_cells(name: str, data: bytes, limits: Limits) -> None:
    """Refuse an XLSX sheet whose last cell is so far out that the cells before it fill memory."""
    if not zipfile.is_zipfile(BytesIO(data)):
        return
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for part in archive.namelist():
            if not (part.startswith("xl/worksheets/") and part.endswith(".xml")):
                continue
            try:
                row, column = _extent(archive, part)
            except _BROKEN as error:
                raise ImportRefused(
                    f"{name} is damaged: open it in a spreadsheet program and save it again"
                ) from error
            if row * column > limits.cells:
                raise ImportRefused(
                    f"{name}: a sheet reaches to {column_letters(column - 1)}{row}, so it has more "
                    f"than {limits.cells:,} cells: delete the rows and columns after the table"
                )


def _extent(archive: zipfile.ZipFile, part: str) -> tuple[int, int]:
    row = column = 0
    with archive.open(part) as file:
        rest = b""
        while chunk := file.read(_CHUNK):
            for letters, number in _CELL.findall(rest + chunk):
                row = max(row, int(number))
                column = max(column, _column(letters))
            rest = chunk[-200:]
    return row, column


def _column(letters: bytes) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + letter - ord("A") + 1
    return index


def _merged(sheet: CalamineSheet, header_row: int) -> Iterator[Finding]:
    """Report merged cells below the headings: only the first of them holds the value."""
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if bottom >= header_row:
            first = f"{column_letters(left)}{top + 1}"
            yield Finding(
                severity="warning",
                message=f"cells {first}:{column_letters(right)}{bottom + 1} are merged, so only "
                f"{first} holds their value: write it into each cell",
                sheet=sheet.name,
                row=top + 1,
                cell=first,
            )


def _cells(number: int, line: list[_Value], coarse: Mapping[str, Precision]) -> list[Cell]:
    return [
        _cell(cell, coarse.get(f"{column_letters(index)}{number}") if coarse else None)
        for index, cell in enumerate(line)
    ]


def _cell(cell: _Value, precision: Precision | None) -> Cell:
    """Give a cell's value; a date only as far as the sheet shows it, a whole number as one."""
    if isinstance(cell, date):
        day = cell.date() if isinstance(cell, datetime) else cell
        if precision is None:
            return day
        return f"{day.year:04}" if precision == "year" else f"{day.year:04}-{day.month:02}"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    if isinstance(cell, time | timedelta):
        return str(cell)
    return cell
