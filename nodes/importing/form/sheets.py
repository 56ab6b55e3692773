"""A filled workbook, opened and taken apart.

It is known by its hidden sheet, which carries the version, the language, and what every heading
of every sheet means; another carries its lists to choose from.
"""

import re
from pathlib import Path
from typing import Final

from nodes.books.limits import Limits
from nodes.errors import ImportRefused
from nodes.importing.findings import Finding
from nodes.importing.form.choices import BOOLEAN, KINDS, Lists, concepts
from nodes.importing.form.layout import parsed
from nodes.importing.form.pages import Filled, Grid, Page
from nodes.importing.form.recognising import Headings, recognised
from nodes.importing.form.tongue import Tongue
from nodes.importing.form.values import blank, plain
from nodes.importing.form.wording import kind_name, yes_and_no
from nodes.importing.opening import load
from nodes.importing.sentences import say
from nodes.importing.workbooks import every_sheet, first_cells
from vocab import records, schemes

MARK: Final = "citynode workbook"
VERSION: Final = 1
HIDDEN: Final = "_citynode"
LISTS: Final = "_lists"

_SUFFIXES: Final = frozenset({".xlsx", ".xlsm", ".ods"})
_TAG: Final = re.compile(r"[A-Za-z0-9-]{2,35}")


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
    headings = _headings(hidden)
    pages: dict[str, Page] = {}
    findings: list[Finding] = []
    for title, grid in grids.items():
        found = recognised(title, grid, headings)
        if found is None:
            findings += _unread(title, grid)
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
    language = _language(hidden)
    tongue = Tongue(language=language, lists=_lists(lists, language))
    return Filled(tongue=tongue, pages=pages, findings=tuple(findings))


def _language(hidden: Grid) -> str:
    said = plain(hidden[0][2]) if hidden and len(hidden[0]) > 2 else "en"
    return said if _TAG.fullmatch(said) else "en"


def _headings(hidden: Grid) -> Headings:
    """Read what every heading means, by the title its sheet was given."""
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
        KINDS: {kind_name(kind, language): kind.room for kind in records.KINDS},
        **{name: concepts(name, language) for name in schemes.NAMES},
    }
    for index, name in enumerate(grid[0] if grid else ()):
        if isinstance(name, str) and name in found:
            for line in grid[1:]:
                if len(line) > index + 1 and not blank(line[index]) and not blank(line[index + 1]):
                    found[name][plain(line[index])] = plain(line[index + 1])
    return found


def _unread(title: str, grid: Grid) -> list[Finding]:
    if all(blank(cell) for line in grid for cell in line):
        return []
    return [Finding(severity="warning", said=say("form-sheet-unread"), sheet=title)]
