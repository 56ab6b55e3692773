"""Links behind the cells of a workbook, which its cells do not show.

A column in which cells that say something else lead to the web gets a second one beside it, with
these addresses: `Titolo (link)`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from nodes.books.surveys import column_letters
from nodes.importing.rows import Sheet

HEADING: Final = "{heading} (link)"
_WEB: Final = ("http://", "https://")


def with_links(sheet: Sheet, links: Mapping[tuple[int, int], str]) -> Sheet:
    """Give each heading whose cells have links of their own a second one with the addresses."""
    found: dict[str, dict[int, str]] = {}
    rows = {row.number: row for row in sheet.rows}
    headings = {
        letters: heading for row in sheet.rows[:1] for heading, letters in row.letters.items()
    }
    for (line, column), address in sorted(links.items()):
        row, heading = rows.get(line + 1), headings.get(column_letters(column))
        if row is None or heading is None or not address.lower().startswith(_WEB):
            continue
        shown = str(row.get(heading) or "").strip()
        if shown and "://" not in shown and not shown.lower().startswith("www."):
            found.setdefault(heading, {})[line + 1] = address
    for heading, addresses in found.items():
        name = HEADING.format(heading=heading)
        if name not in sheet.headings:
            sheet = _with_column(sheet, heading, name, addresses)
    return sheet


def _with_column(sheet: Sheet, beside: str, name: str, cells: Mapping[int, str]) -> Sheet:
    rows = tuple(
        replace(
            row,
            cells={**row.cells, name: cells.get(row.number)},
            letters={**row.letters, name: row.letters[beside]},
        )
        for row in sheet.rows
    )
    return replace(sheet, headings=(*sheet.headings, name), rows=rows)
