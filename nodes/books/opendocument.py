"""A survey of ODS: all sheets stand in one part of XML, where rows and cells are repeated."""

import re
import zipfile
from typing import Final

from nodes.books.parts import walk
from nodes.books.surveys import Book, Survey, locked, of_formula

_CONTENT: Final = "content.xml"
_MANIFEST: Final = "META-INF/manifest.xml"
_HIDDEN: Final = {"collapse", "filter"}
_FAILED: Final = {
    "#REF!", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!",
    *(f"Err:{number}" for number in range(500, 541)),
}  # fmt: skip
_NUMBER: Final = re.compile(r"\+?[0-9]+")  # as the reader takes it
_FARTHEST: Final = 1 << 40
_MOST_MERGED: Final = 100_000


def survey(archive: zipfile.ZipFile, book: Book) -> None:
    """Look through every sheet; raises ImportRefused at cells too far out."""
    names = set(archive.namelist())
    if _MANIFEST in names and b"encryption-data" in archive.read(_MANIFEST):
        raise locked(book.name)
    if _CONTENT in names:
        _Tables(book).read(archive)


class _Tables:
    """Follows tables, rows and cells, each as often as it is repeated."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._found = Survey()
        self._row = self._column = self._next_column = 0
        self._row_times = self._times = 1
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._length = 0
        self._depth = 0

    def read(self, archive: zipfile.ZipFile) -> None:
        walk(archive, _CONTENT, self._start, self._end, self._said)

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "null-date":
            self._book.from_1904 = attributes.get("date-value", "").startswith("1904-01-01")
        elif element == "table":
            self._found = self._book.sheet(attributes.get("name", ""))
            self._row = self._next_column = 0
        elif element == "table-column":
            times = _times(attributes, "number-columns-repeated")
            if attributes.get("visibility") in _HIDDEN:
                self._found.hide_columns(range(self._next_column, self._next_column + times))
            self._next_column += times
        elif element == "table-row":
            self._column = 0
            self._row_times = _times(attributes, "number-rows-repeated")
            if attributes.get("visibility") in _HIDDEN:
                self._found.hide_rows(range(self._row, self._row + self._row_times))
        elif element in {"table-cell", "covered-table-cell"}:
            self._times = _times(attributes, "number-columns-repeated")
            self._cell, self._text, self._depth = attributes, [], 0
            self._length = len(attributes.get("string-value", ""))
        elif self._cell is not None:
            self._depth += 1
            if element == "a":
                self._found.link(self._row, self._column, attributes.get("href", ""))
            if element == "s":  # so many spaces
                self._length += _times(attributes, "c")

    def _said(self, text: str) -> None:
        if self._cell is not None:
            self._length += len(text)
            if len(self._text) < 8:
                self._text.append(text)

    def _end(self, element: str) -> None:
        if element in {"table-cell", "covered-table-cell"} and self._cell is not None:
            self._finish_cell(self._cell)
            self._cell = None
        elif element == "table-row":
            self._row = min(self._row + self._row_times, _FARTHEST)
        elif element == "table":
            self._book.refuse_far(self._found)

    def _finish_cell(self, cell: dict[str, str]) -> None:
        said = "".join(self._text).strip()
        row, column = self._row, self._column
        if "value-type" in cell or said or "formula" in cell:
            last = row + self._row_times - 1
            self._found.use(last, column + self._times - 1)
            self._book.refuse_far(self._found)
            if "formula" in cell and "value-type" not in cell and not said:
                self._found.miss(row, column)
            if address := of_formula(cell.get("formula", "")):
                self._found.link(row, column, address)
            if "formula" in cell and said in _FAILED:
                self._found.fail(row, column, said)
            down = _times(cell, "number-rows-spanned")
            across = _times(cell, "number-columns-spanned")
            if (down > 1 or across > 1) and len(self._found.merged) < _MOST_MERGED:
                corner = (row + down - 1, column + across - 1)
                self._found.merged.append(((row, column), corner))
        self._book.weigh(self._length * self._times * self._row_times)
        self._column = min(column + self._times, _FARTHEST)


def _times(attributes: dict[str, str], name: str) -> int:
    said = attributes.get(name, "1")
    return max(1, min(int(said), _FARTHEST)) if _NUMBER.fullmatch(said) else 1
