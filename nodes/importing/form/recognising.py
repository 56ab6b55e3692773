"""Which sheet of a workbook is which, and which column: whatever their names and their order.

The machine names in the hidden row above the headings decide. Where that row is gone, the hidden
sheet tells what the headings meant. A column that was added or copied for another language is
known by its heading and the language in brackets. What nobody knows is told.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import zip_longest
from typing import Final

from nodes.books.surveys import column_letters
from nodes.errors import ImportRefused
from nodes.importing.findings import Finding
from nodes.importing.form.layout import columns, many_languages, parsed, tables
from nodes.importing.form.pages import Grid, Page, Place, page
from nodes.importing.form.values import blank, plain
from nodes.importing.rows import Cell
from nodes.importing.sentences import say
from vocab import lines
from vocab.errors import BadTerm

Headings = Mapping[str, Mapping[str, str]]
"""By the title a sheet was given, its headings and the machine names of their columns."""

_LATEST: Final = 30
"""The last row in which headings are looked for."""
_LANGUAGE: Final = re.compile(r"(.+) \(([A-Za-z0-9-]{2,35})\)")


def recognised(title: str, grid: Grid, known: Headings) -> tuple[str, Page, list[Finding]] | None:
    """Find out what a sheet holds; None for one that is none of ours."""
    found = _machine_row(grid) or _by_headings(grid, known.get(title, {}))
    if found is None:
        return None
    name, top, machines = found
    bases = _bases(name, known)
    headings = ["" if blank(cell) else plain(cell) for cell in _row(grid, top)]
    width = max((len(line) for line in grid), default=0)
    pairs = list(zip_longest(machines, headings, fillvalue=""))
    pairs += [("", "")] * (width - len(pairs))
    named = [(heading, _column(name, machine, heading, bases)) for machine, heading in pairs]
    places = _places(title, named)
    return name, page(title, grid, top, places), _unknown(title, grid, top, named)


def _machine_row(grid: Grid) -> tuple[str, int, list[str]] | None:
    """Find the hidden row: the sheet it names, the row of the headings, the machine names."""
    for number, line in enumerate(grid[:_LATEST]):
        machines = [plain(cell) if isinstance(cell, str) else "" for cell in line]
        if (name := _sheet_of(machines)) is not None:
            return name, number + 1, machines
    return None


def _by_headings(grid: Grid, headings: Mapping[str, str]) -> tuple[str, int, list[str]] | None:
    """Find the row that has most of the headings."""
    counts = [sum(plain(cell) in headings for cell in line) for line in grid[:_LATEST]]
    if not any(counts):
        return None
    top = counts.index(max(counts))
    machines = [headings.get(plain(cell), "") for cell in grid[top]]
    name = _sheet_of(machines)
    return None if name is None else (name, top, machines)


def _sheet_of(machines: Sequence[str]) -> str | None:
    """Name the sheet of the first column that is known."""
    names = (found[0] for each in machines if (found := parsed(each)))
    return next((each for each in names if each in _known()), None)


def _row(grid: Grid, index: int) -> Sequence[Cell]:
    return grid[index] if index < len(grid) else ()


def _bases(sheet: str, known: Headings) -> dict[str, str]:
    """Give the headings of a sheet's texts without their language, and their columns."""
    found: dict[str, str] = {}
    for headings in known.values():
        for heading, machine in headings.items():
            match, said = _LANGUAGE.fullmatch(heading), parsed(machine)
            if match and said and said[0] == sheet and said[2] is not None:
                found[match[1]] = said[1]
    return found


def _column(sheet: str, machine: str, heading: str, bases: Mapping[str, str]) -> str | None:
    """Name a column; the language in a heading goes before that of the machine name."""
    said, match = parsed(machine), _LANGUAGE.fullmatch(heading)
    if match and _is_language(match[2]):
        base = bases.get(match[1])
        if base is not None and (said is None or said[1] == base):
            return f"{base}@{match[2].lower()}"
    if said is None or said[0] != sheet or said[1] not in _known()[sheet]:
        return None
    in_languages = _known()[sheet][said[1]]
    if in_languages != (said[2] is not None):
        return None
    return said[1] if said[2] is None else f"{said[1]}@{said[2]}"


@cache
def _known() -> dict[str, dict[str, bool]]:
    """Give the columns of every sheet, and whether each stands in several languages."""
    return {
        table.name: {each.name: many_languages(each) for each in (*table.keys, *columns(table.of))}
        for table in tables()
    }


def _is_language(tag: str) -> bool:
    try:
        lines.literal("", language=tag)
    except BadTerm:
        return False
    return True


def _places(title: str, named: Sequence[tuple[str, str | None]]) -> dict[str, Place]:
    """Give where each column stands; raises ImportRefused when one is there twice."""
    found: dict[str, Place] = {}
    for index, (heading, column) in enumerate(named):
        if column is None:
            continue
        letters = column_letters(index)
        if column in found:
            raise ImportRefused(
                f"the sheet '{title}' has the column '{heading or column}' twice "
                f"({found[column].letters} and {letters}): delete one"
            )
        found[column] = Place(index=index, letters=letters, heading=heading or column)
    return found


def _unknown(
    title: str, grid: Grid, top: int, named: Sequence[tuple[str, str | None]]
) -> list[Finding]:
    """Tell of columns that nobody knows, where there is anything in them."""
    found: list[Finding] = []
    for index, (heading, column) in enumerate(named):
        if column is not None:
            continue
        rows = (n for n in range(top + 1, len(grid)) if not blank(_cell(grid, n, index)))
        first = next(rows, None)
        if heading or first is not None:
            number = top if heading or first is None else first
            value = None if heading else plain(_cell(grid, number, index))
            said = say("column-unused" if heading else "no-heading")
            found.append(
                Finding(
                    severity="warning",
                    said=said,
                    sheet=title,
                    row=number + 1,
                    column=heading or None,
                    cell=f"{column_letters(index)}{number + 1}",
                    value=value,
                )
            )
    return found


def _cell(grid: Grid, row: int, index: int) -> Cell:
    line = grid[row]
    return line[index] if index < len(line) else None
