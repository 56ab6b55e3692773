"""Filling in a workbook as an officer does: by its visible headings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a workbook to change it; it is saved at the end."""
    book = openpyxl.load_workbook(path)
    yield book
    book.save(path)


def columns(sheet: Any) -> dict[str, int]:
    """Give the columns of a sheet by their headings, from 1."""
    return {cell.value: cell.column for cell in sheet[2]}


def fill(path: Path, sheet: str, *rows: dict[str, Any]) -> None:
    """Write rows below the headings of a sheet."""
    with opened(path) as book:
        page, first = book[sheet], book[sheet].max_row + 1
        places = columns(page)
        for number, row in enumerate(rows, start=max(first, 3)):
            for heading, value in row.items():
                page.cell(number, places[heading]).value = value


def drop_column(path: Path, sheet: str, heading: str) -> None:
    """Delete a column, as a spreadsheet program does."""
    with opened(path) as book:
        page = book[sheet]
        page.delete_cols(columns(page)[heading])


def cell_of(path: Path, sheet: str, heading: str, row: int = 3) -> Any:
    """Give what stands in a cell."""
    page = openpyxl.load_workbook(path)[sheet]
    return page.cell(row, columns(page)[heading]).value
