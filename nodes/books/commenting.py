"""The worker that gives a workbook back with comments in its cells, and what it does to any book.

A last sheet lists everything. Text that looks like a formula stays text.
"""

import json
import re
import warnings
import zipfile
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any, Final

import openpyxl
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.utils.exceptions import InvalidFileException

from nodes.books.kinds import refuse_bombs
from nodes.books.limits import Limits
from nodes.errors import ImportRefused

_MOST_BYTES: Final = 100_000_000  # of a workbook once unpacked; each cell takes far more in memory
_LONGEST: Final = 32_000  # characters of a cell
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_COLOURS: Final = {"error": "FFC7CE", "warning": "FFEB9C"}
_TITLE: Final = "citynode"
_WIDTHS: Final = (10, 20, 8, 24, 10, 30, 100)


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Give a workbook back with comments; both stand in the body, the comments first, as JSON."""
    said, data = json.loads(body[: header["said"]]), body[header["said"] :]
    try:
        book = _opened(header["name"], data, Limits(**header["limits"]))
    except ImportRefused as error:
        return {"refused": str(error)}, b""
    comment(book, said["comments"], said["lines"])
    written = BytesIO()
    book.save(written)
    return {}, written.getvalue()


def comment(book: Any, comments: Sequence[Sequence[str]], lines: Sequence[Sequence[Any]]) -> None:
    """Write comments (sheet, cell, severity, text) into a book, and lines on a sheet of its own."""
    for name, reference, severity, text in comments:
        if name in book.sheetnames:
            _comment(book[name][reference], severity, text)
    title = _TITLE
    while title in book.sheetnames:
        title += "_"
    page = book.create_sheet(title)
    for number, line in enumerate(lines, start=1):
        for index, value in enumerate(line, start=1):
            if value is not None:
                put(page.cell(number, index), value)
    for letter, width in zip("ABCDEFG", _WIDTHS, strict=True):
        page.column_dimensions[letter].width = width


def put(cell: Any, value: Any) -> None:
    """Give a cell a value; text is never taken for a formula."""
    if isinstance(value, str | list | dict):
        text = value if isinstance(value, str) else str(value)
        cell.value = writable(text)[:_LONGEST]
        cell.data_type = "s"  # also what begins with = is text
    elif isinstance(value, int | float | bool | date):
        cell.value = value


def writable(text: str) -> str:
    """Leave out the characters that no XML may hold."""
    return _UNWRITABLE.sub("", text)


def _opened(name: str, data: bytes, limits: Limits) -> Any:
    refuse_bombs(name, data, limits)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
            raise ImportRefused(
                f"{name} is too large for a report in its cells: import it without --report"
            )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of parts that are not kept, such as pictures
            return openpyxl.load_workbook(BytesIO(data))
    except (InvalidFileException, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise ImportRefused(
            f"{name} cannot be given back with comments ({error}): save it again as .xlsx"
        ) from error


def _comment(cell: Any, severity: str, text: str) -> None:
    if isinstance(cell, MergedCell):
        return
    if cell.comment is not None:
        text = f"{cell.comment.text}\n{text}"
    cell.comment = Comment(writable(text)[:_LONGEST], "citynode", height=140, width=320)
    cell.fill = PatternFill("solid", start_color=_COLOURS[severity])
