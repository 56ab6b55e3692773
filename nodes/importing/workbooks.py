"""Workbooks: XLSX, XLSM, XLSB, XLS and ODS, which a worker reads (`nodes.books`).

A value in cells that are merged down a column is read in each of their rows; what failed, was
never saved or is hidden is told.
"""

from collections.abc import Sequence
from typing import Final

from nodes.books.asking import Answer, Page, ask
from nodes.books.limits import Limits
from nodes.errors import ImportRefused
from nodes.importing.findings import Finding
from nodes.importing.hyperlinks import with_links
from nodes.importing.merging import merges_told, spread
from nodes.importing.remarks import book_told, formulas_told, hidden_told, with_headings
from nodes.importing.rows import Cell, Sheet, nearest
from nodes.importing.tables import heading_row, tabulate

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
    book = ask(name, data, limits, "one", sheet=sheet)
    found = _chosen(name, book, sheet)
    survey = found.survey
    remark: tuple[Finding, ...] = ()
    if header_row is None:
        header_row, remark = heading_row(found.title, found.lines(), wanted)
    top = header_row + header_rows - 1
    merged = [each for each in survey.merged if each[0][0] >= top]
    told = [
        *remark,
        *book_told(
            found.title,
            book.hidden,
            from_1904=book.from_1904,
            shown=found.title in book.visible,
        ),
        *hidden_told(found.title, survey, top),
        *formulas_told(found.title, survey, top),
        *merges_told(found.title, merged[:_MOST_TOLD]),
    ]
    sheet_read = tabulate(
        found.title,
        spread(found.lines(), merged),
        header_row,
        limits,
        told,
        header_rows=header_rows,
        from_1904=book.from_1904,
    )
    return with_links(with_headings(sheet_read), survey.links)


def visible_sheets(name: str, data: bytes, limits: Limits) -> dict[str, list[list[Cell]]]:
    """Give the first lines of every visible sheet; raises ImportRefused."""
    book = ask(name, data, limits, "visible", most=_FIRST_LINES)
    return {page.title: list(page.lines()) for page in book.pages}


def first_cells(name: str, data: bytes, limits: Limits, sheet: str) -> list[Cell]:
    """Give the first row of a sheet, hidden or not; nothing if there is none of that name."""
    book = ask(name, data, limits, "named", sheet=sheet, most=1)
    return next((line for page in book.pages for line in page.lines()), [])


def every_sheet(name: str, data: bytes, limits: Limits) -> dict[str, list[list[Cell]]]:
    """Give all cells of every sheet, hidden or not; raises ImportRefused.

    A value in cells that are merged down a column is given in each of their rows.
    """
    book = ask(name, data, limits, "every")
    return {page.title: list(spread(page.lines(), page.survey.merged)) for page in book.pages}


def _chosen(name: str, book: Answer, sheet: str | None) -> Page:
    if book.pages:
        return book.pages[0]
    listed = ", ".join(f"'{each}'" for each in book.names)
    if sheet is None:
        raise ImportRefused(
            f'{name} has {len(book.visible)} sheets: write sheet = "…" under [file] in the '
            f"mapping. The sheets are: {listed}"
        )
    close = nearest(sheet, book.names)
    meant = f" Did you mean '{close}'?" if close else ""
    raise ImportRefused(
        f"{name} has no sheet '{sheet}', which the mapping names.{meant} The sheets are: {listed}"
    )
