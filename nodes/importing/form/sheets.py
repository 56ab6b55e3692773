"""A filled workbook, taken apart: which sheet is which, which column is which, and the rows.

It is known by its hidden sheet, which carries the version, the language, and what every heading
of every sheet means. A column is known by the machine name in the hidden row above its heading,
so it may be moved, renamed or deleted; where that row is gone, by its heading. A column that was
added for another language is known by its heading and the language in brackets.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Final

from nodes.errors import ImportRefused
from nodes.importing.findings import Finding, Severity, shown
from nodes.importing.form.choices import BOOLEAN, KINDS, Lists, concepts
from nodes.importing.form.layout import parsed
from nodes.importing.form.values import Tongue, blank, plain
from nodes.importing.form.wording import kind_name, spoken, yes_and_no
from nodes.importing.limits import Limits
from nodes.importing.opening import load
from nodes.importing.rows import Cell, column_letters
from nodes.importing.sentences import Sentence, say
from nodes.importing.workbooks import every_sheet, first_cells
from vocab import lines, records, schemes
from vocab.errors import BadTerm

MARK: Final = "citynode workbook"
VERSION: Final = 1
HIDDEN: Final = "_citynode"
LISTS: Final = "_lists"

_SUFFIXES: Final = frozenset({".xlsx", ".xlsm", ".ods"})
_LATEST: Final = 30
"""The last row in which headings are looked for."""
_LANGUAGE: Final = re.compile(r"(.+) \(([A-Za-z0-9-]{2,35})\)")

Grid = Sequence[Sequence[Cell]]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row below the headings. `cells` and `places` go by the names of columns.

    A place is the letters of the column and its heading, for telling where something stands;
    `tags` are the languages in which a column of texts is there.
    """

    sheet: str
    number: int
    cells: Mapping[str, Cell]
    places: Mapping[str, tuple[str, str]]
    tags: Mapping[str, tuple[str, ...]]

    def finding(
        self, severity: Severity, name: str | None, said: Sentence, value: object = None
    ) -> Finding:
        """Say something about a cell of this row."""
        letters, heading = self.places.get(name or "", ("", None))
        return Finding(
            severity=severity,
            said=said,
            sheet=self.sheet,
            row=self.number,
            column=heading,
            cell=f"{letters}{self.number}" if letters else None,
            value=shown(value),
        )


@dataclass(frozen=True, kw_only=True)
class Page:
    """One sheet of the file: its columns by name, and its rows."""

    title: str
    places: Mapping[str, tuple[str, str]]
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A workbook: its pages by the machine names of their sheets."""

    tongue: Tongue
    pages: Mapping[str, Page]
    findings: tuple[Finding, ...] = field(default=())


def is_form(path: Path, limits: Limits) -> bool:
    """Tell whether a file is a workbook of ours; raises ImportRefused for another version."""
    if path.suffix.lower() not in _SUFFIXES:
        return False
    mark = first_cells(path.name, load(path, limits), limits, HIDDEN)
    if mark[:1] != [MARK]:
        return False
    if len(mark) < 3 or mark[1] != VERSION:
        raise ImportRefused(
            f"{path.name} is a workbook of another version: export it again with this one, or "
            "make a new template"
        )
    return True


def open_form(path: Path, limits: Limits) -> Filled:
    """Take a workbook of ours apart; raises ImportRefused."""
    grids = every_sheet(path.name, load(path, limits), limits)
    hidden = grids.pop(HIDDEN, [])
    lists = grids.pop(LISTS, [])
    language = _language(hidden)
    known = _headings(hidden)
    pages: dict[str, Page] = {}
    findings: list[Finding] = []
    for title, grid in grids.items():
        found = _recognised(title, grid, known)
        if found is None:
            continue
        name, page, remarks = found
        if name in pages:
            raise ImportRefused(
                f"{path.name} has two sheets with the same columns, '{pages[name].title}' and "
                f"'{title}': put their rows into one"
            )
        if len(page.lines) > limits.rows:
            raise ImportRefused(
                f"the sheet '{title}' of {path.name} has more than {limits.rows:,} rows: split it"
            )
        pages[name] = page
        findings += remarks
    tongue = Tongue(language=language, lists=_lists(lists, language))
    return Filled(tongue=tongue, pages=pages, findings=tuple(findings))


def _language(hidden: Grid) -> str:
    said = plain(hidden[0][2]) if hidden and len(hidden[0]) > 2 else "en"
    return said if re.fullmatch(r"[A-Za-z0-9-]{2,35}", said) else "en"


def _headings(hidden: Grid) -> dict[str, dict[str, str]]:
    """Give for each sheet, by the name it was given, its headings and their machine names."""
    found: dict[str, dict[str, str]] = {}
    for line in hidden[1:]:
        if len(line) >= 3 and isinstance(line[0], str) and parsed(plain(line[2])):
            found.setdefault(line[0], {})[plain(line[1])] = plain(line[2])
    return found


def _lists(grid: Grid, language: str) -> Lists:
    """Read the lists the workbook carries; what it lacks is that of this node."""
    yes, no = yes_and_no(language)
    found: dict[str, dict[str, str]] = {
        BOOLEAN: {yes: "true", no: "false"},
        KINDS: {kind_name(kind, spoken(language)): kind.room for kind in records.KINDS},
        **{name: concepts(name, language) for name in schemes.NAMES},
    }
    for index, name in enumerate(grid[0] if grid else ()):
        if isinstance(name, str) and name in found:
            for line in grid[1:]:
                if len(line) > index + 1 and not blank(line[index]) and not blank(line[index + 1]):
                    found[name][plain(line[index])] = plain(line[index + 1])
    return found


def _recognised(
    title: str, grid: Grid, known: Mapping[str, Mapping[str, str]]
) -> tuple[str, Page, list[Finding]] | None:
    """Find out which sheet this is; None for one that is none of ours."""
    row = next((n for n, line in enumerate(grid[:_LATEST]) if _machine_row(line)), None)
    bases = _bases(known.get(title, {}))
    if row is not None:
        machines = [plain(cell) if isinstance(cell, str) else "" for cell in grid[row]]
        top = row + 1
        for each in known.values():
            if any(_sheet_of([one]) == _sheet_of(machines) for one in each.values()):
                bases = _bases(each)
    elif title in known:
        top = _best(grid, known[title])
        machines = [known[title].get(plain(cell), "") for cell in _line(grid, top)]
    else:
        return None
    name = _sheet_of(machines)
    if name is None:
        return None
    headings = ["" if blank(cell) else plain(cell) for cell in _line(grid, top)]
    pairs = list(zip_longest(machines, headings, fillvalue=""))
    found = [(heading, _column(name, machine, heading, bases)) for machine, heading in pairs]
    places, remarks = _places(title, top, found)
    return name, _page(title, grid, top, places), remarks


def _machine_row(line: Sequence[Cell]) -> bool:
    return any(isinstance(cell, str) and parsed(cell) for cell in line)


def _sheet_of(machines: Sequence[str]) -> str | None:
    return next((found[0] for each in machines if (found := parsed(each))), None)


def _bases(headings: Mapping[str, str]) -> dict[str, str]:
    """Give the headings of texts without their language, and their columns."""
    found: dict[str, str] = {}
    for heading, machine in headings.items():
        match, said = _LANGUAGE.fullmatch(heading), parsed(machine)
        if match and said and said[2] is not None:
            found[match[1]] = said[1]
    return found


def _best(grid: Grid, headings: Mapping[str, str]) -> int:
    counts = [sum(plain(cell) in headings for cell in line) for line in grid[:_LATEST]]
    return counts.index(max(counts)) if counts else 0


def _line(grid: Grid, index: int) -> Sequence[Cell]:
    return grid[index] if index < len(grid) else ()


def _places(
    title: str, top: int, columns: Sequence[tuple[str, str | None]]
) -> tuple[dict[str, tuple[str, str]], list[Finding]]:
    """Give where each column stands; one that nobody knows is told."""
    found: dict[str, tuple[str, str]] = {}
    remarks: list[Finding] = []
    for index, (heading, column) in enumerate(columns):
        letters = column_letters(index)
        if column is not None and column in found:
            raise ImportRefused(
                f"the sheet '{title}' has the column '{heading or column}' twice "
                f"({found[column][0]} and {letters}): delete one"
            )
        if column is not None:
            found[column] = letters, heading or column
        elif heading:
            remarks.append(
                Finding(
                    severity="warning",
                    said=say("column-unused"),
                    sheet=title,
                    column=heading,
                    cell=f"{letters}{top + 1}",
                )
            )
    return found, remarks


def _column(sheet: str, machine: str, heading: str, bases: Mapping[str, str]) -> str | None:
    """Name a column; the language in a heading goes before that of the machine name."""
    said, match = parsed(machine), _LANGUAGE.fullmatch(heading)
    if match and _is_language(match[2]):
        base = bases.get(match[1])
        if base is not None and (said is None or said[1] == base):
            return f"{base}@{match[2].lower()}"
    if said is None or said[0] != sheet:
        return None
    return said[1] if said[2] is None else f"{said[1]}@{said[2]}"


def _is_language(tag: str) -> bool:
    try:
        lines.literal("", language=tag)
    except BadTerm:
        return False
    return True


def _page(title: str, grid: Grid, top: int, places: Mapping[str, tuple[str, str]]) -> Page:
    found = tuple(_rows(title, grid, top, places))
    return Page(title=title, places=places, lines=found)


def _rows(
    title: str, grid: Grid, top: int, places: Mapping[str, tuple[str, str]]
) -> Iterator[Line]:
    indices = {letters: index for index, letters in enumerate(_letters(grid))}
    tags = _tags(places)
    for number, line in enumerate(grid[top + 1 :], start=top + 2):
        cells = {
            name: line[index]
            for name, (letters, _) in places.items()
            if (index := indices.get(letters, len(line))) < len(line)
        }
        if not all(map(blank, cells.values())):
            yield Line(sheet=title, number=number, cells=cells, places=places, tags=tags)


def _letters(grid: Grid) -> Iterator[str]:
    for index in range(max(map(len, grid), default=0)):
        yield column_letters(index)


def _tags(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in names:
        name, _, tag = each.partition("@")
        if name and tag:
            found[name] = (*found.get(name, ()), tag)
    return found
