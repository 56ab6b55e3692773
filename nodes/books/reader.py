"""The worker that reads workbooks: XLSX, XLSM, XLSB, XLS and ODS.

Each is surveyed before it is opened (`surveys`), so that nothing in it fills memory. The answer is
a line of JSON about the book, and then one for each row of each sheet that was asked for.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from io import BytesIO
from itertools import islice
from typing import Any, Final

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

from nodes.books import binaries, opendocument, openxml
from nodes.books.formats import Precision, coarse_dates
from nodes.books.kinds import refuse_bombs
from nodes.books.limits import Limits
from nodes.books.parts import BROKEN, refuse_liars
from nodes.books.surveys import Book, Survey, column_letters, damaged, locked
from nodes.errors import ImportRefused

_Value = int | float | str | bool | time | date | datetime | timedelta


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Read the sheets that are asked for (`nodes.books.asking`), or say why that cannot be done."""
    name, limits = header["name"], Limits(**header["limits"])
    try:
        with _opened(name, body, limits) as book:
            surveyed = surveyed_book(name, body, limits)
            if header["which"] == "every":
                surveyed.refuse_large()
            titles = _chosen(book, header["which"], header["sheet"])
            sheets = [book.get_sheet_by_name(each) for each in titles]
            weight = Book(name=name, limits=limits)
            written = [
                [
                    _json(_weighed(line, weight))
                    for line in islice(_lines(each, body), header["most"])
                ]
                for each in sheets
            ]
            facts = {
                "from_1904": surveyed.from_1904,
                "names": book.sheet_names,
                "visible": _visible(book),
                "hidden": _hidden(book) if header["which"] == "one" else [],
                "pages": [
                    {
                        "title": sheet.name,
                        "lines": len(lines),
                        "survey": _survey(sheet, surveyed).said(),
                    }
                    for sheet, lines in zip(sheets, written, strict=True)
                ],
            }
            return {}, b"\n".join((_json(facts), *(line for each in written for line in each)))
    except ImportRefused as error:
        return {"refused": str(error)}, b""


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


def _chosen(book: CalamineWorkbook, which: str, sheet: str | None) -> list[str]:
    """Give the sheets that are asked for; none when there is not the one."""
    if which == "every":
        return book.sheet_names
    visible = _visible(book)
    if which == "visible":
        return visible
    if sheet is not None:
        return [sheet] if sheet in book.sheet_names else []
    filled = [each for each in visible if book.get_sheet_by_name(each).start is not None]
    return next((each for each in (filled, visible) if len(each) == 1), [])


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


def _survey(sheet: CalamineSheet, book: Book) -> Survey:
    """Give what was seen of a sheet, with all merged ranges by their first cell."""
    found = book.sheets.get(sheet.name, Survey())
    return replace(found, merged=sorted({*found.merged, *(sheet.merged_cell_ranges or [])}))


def _weighed(line: list[Any], book: Book) -> list[Any]:
    """Count the texts of a row; raises ImportRefused at too many, which no survey of XLS counts."""
    book.weigh(sum(len(cell) for cell in line if isinstance(cell, str)))
    return line


def _lines(sheet: CalamineSheet, data: bytes) -> Iterator[list[Any]]:
    """Give the rows one after the other, each let go of: all of them fill half the memory."""
    coarse = coarse_dates(data, sheet.name)
    grid = _grid(sheet)
    grid.reverse()
    number = 0
    while grid:
        number += 1
        yield _cells(number, grid.pop(), coarse)


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


def _cells(number: int, line: list[_Value], coarse: Mapping[str, Precision]) -> list[Any]:
    return [
        _cell(cell, coarse.get(f"{column_letters(index)}{number}") if coarse else None)
        for index, cell in enumerate(line)
    ]


def _cell(cell: _Value, precision: Precision | None) -> str | int | float | bool | date:
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


def _json(said: Any) -> bytes:
    return _WRITER.encode(said).encode()


def _day(day: date) -> list[str]:
    """Write a day, as the one thing in a list: nothing else in a cell is one."""
    return [day.isoformat()]


_WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_day)
