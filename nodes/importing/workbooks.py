"""Workbooks: XLSX, XLSM, XLSB, XLS and ODS.

Each is surveyed before it is opened (`surveys`), so that nothing in it fills memory. A value in
cells that are merged down a column is read in each of their rows; what failed, was never saved or
is hidden is told.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import lru_cache
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
from nodes.importing import binaries, opendocument, openxml
from nodes.importing.findings import Finding
from nodes.importing.formats import Precision, coarse_dates
from nodes.importing.hyperlinks import with_links
from nodes.importing.limits import Limits
from nodes.importing.merging import merges_told, spread
from nodes.importing.opening import refuse_bombs
from nodes.importing.parts import BROKEN, refuse_liars
from nodes.importing.remarks import book_told, formulas_told, hidden_told, with_headings
from nodes.importing.rows import Cell, Sheet, column_letters, nearest
from nodes.importing.surveys import Book, Range, Survey, damaged, locked
from nodes.importing.tables import heading_row, tabulate

_Value = int | float | str | bool | time | date | datetime | timedelta

_FIRST_LINES: Final = 60
_MOST_TOLD: Final = 1_000


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
        surveyed = surveyed_book(name, data, limits)
        survey = surveyed.sheets.get(found.name, Survey())
        remark: tuple[Finding, ...] = ()
        if header_row is None:
            header_row, remark = heading_row(found.name, _lines(found, data), wanted)
        top = header_row + header_rows - 1
        merged = [each for each in _merged(found, survey) if each[0][0] >= top]
        told = [
            *remark,
            *book_told(
                found.name,
                _hidden(book),
                from_1904=surveyed.from_1904,
                shown=found.name in _visible(book),
            ),
            *hidden_told(found.name, survey, top),
            *formulas_told(found.name, survey, top),
            *merges_told(found.name, merged[:_MOST_TOLD]),
        ]
        sheet_read = tabulate(
            found.name,
            spread(_lines(found, data), merged),
            header_row,
            limits,
            told,
            header_rows=header_rows,
            from_1904=surveyed.from_1904,
        )
        return with_links(with_headings(sheet_read), survey.links)


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


def every_sheet(name: str, data: bytes, limits: Limits) -> dict[str, list[list[Cell]]]:
    """Give all cells of every sheet, hidden or not; raises ImportRefused.

    A value in cells that are merged down a column is given in each of their rows.
    """
    with _opened(name, data, limits) as book:
        surveyed = surveyed_book(name, data, limits)
        surveyed.refuse_large()
        surveys = surveyed.sheets
        found: dict[str, list[list[Cell]]] = {}
        for title in book.sheet_names:
            sheet = book.get_sheet_by_name(title)
            merged = _merged(sheet, surveys.get(title, Survey()))
            found[title] = [list(line) for line in spread(_lines(sheet, data), merged)]
        return found


@contextmanager
def _opened(name: str, data: bytes, limits: Limits) -> Iterator[CalamineWorkbook]:
    surveyed_book(name, data, limits)
    try:
        with _without_panic(f"{name} is damaged: open it in a spreadsheet program"):
            opened = CalamineWorkbook.from_filelike(BytesIO(data))
        with opened as book:
            yield book
    except PasswordError as error:
        raise locked(name) from error
    except (CalamineError, ZipError, XmlError, WorksheetNotFound, *BROKEN) as error:
        raise ImportRefused(
            f"{name} is damaged or no workbook ({error}): open it in a spreadsheet program and "
            "save it again"
        ) from error


@lru_cache(maxsize=1)
def surveyed_book(name: str, data: bytes, limits: Limits) -> Book:
    """Look a workbook through before it is opened; raises ImportRefused when it must not be."""
    refuse_bombs(name, data, limits)
    book = Book(name=name, limits=limits)
    if not data.startswith(b"PK"):
        binaries.survey_old(data, book)
        return book
    refuse_liars(name, data, limits)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = [part.lower() for part in archive.namelist()]
            if len(set(names)) < len(names):  # the reader may take another one than we
                raise damaged(name)
            opendocument.survey(archive, book)
            openxml.survey(archive, book)
            binaries.survey_binary(archive, book)
    except BROKEN as error:
        raise damaged(name) from error
    return book


def _lines(sheet: CalamineSheet, data: bytes) -> Iterator[list[Cell]]:
    grid = _grid(sheet)
    coarse = coarse_dates(data, sheet.name)
    return (_cells(number, line, coarse) for number, line in enumerate(grid, start=1))


def _grid(sheet: CalamineSheet) -> list[list[_Value]]:
    """Give all cells of a sheet from A1 on.

    The reader panics over a number of days beyond all time.
    """
    with _without_panic(
        f"a cell of the sheet '{sheet.name}' holds what cannot be read, such as a date far "
        "beyond all years: show the cells as plain text, correct it"
    ):
        # Without this argument leading blank rows and columns vanish and cells are misnamed.
        return sheet.to_python(skip_empty_area=False)


@contextmanager
def _without_panic(told: str) -> Iterator[None]:
    """Make an ImportRefused of a panic of the reader, which is no Exception."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ImportRefused(f"{told} and save it again") from None


def _visible(book: CalamineWorkbook) -> list[str]:
    return [each.name for each in book.sheets_metadata if each.visible == SheetVisibleEnum.Visible]


def _hidden(book: CalamineWorkbook) -> list[str]:
    """Name the hidden sheets that hold something, but not those a program keeps for itself."""
    return [
        each.name
        for each in book.sheets_metadata
        if each.visible != SheetVisibleEnum.Visible
        and not each.name.startswith("_")
        and book.get_sheet_by_name(each.name).start is not None
    ]


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


def _merged(sheet: CalamineSheet, survey: Survey) -> list[Range]:
    """Give the merged ranges, by their first cell."""
    return sorted({*survey.merged, *(sheet.merged_cell_ranges or [])})


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
