"""Filling in a workbook as an officer does: by its visible headings."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

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


def as_ods(path: Path) -> Path:
    """Write the same workbook as an ODS file, as another spreadsheet program would."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    tables = "".join(
        f"<table:table table:name={quoteattr(page.title)}>"
        f"{''.join(map(_ods_row, page.iter_rows(values_only=True)))}</table:table>"
        for page in openpyxl.load_workbook(path).worksheets
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        f'xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    target = path.with_suffix(".ods")
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"><manifest:file-entry '
            f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>',
        )
    return target


def _ods_row(row: tuple[Any, ...]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>"


def _ods_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    texts = "".join(f"<text:p>{escape(each)}</text:p>" for each in str(value).split("\n"))
    if isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}>{texts}</table:table-cell>"
