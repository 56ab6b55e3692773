"""What a workbook says of its sheets besides the values: looked up before the reader opens it.

The reader of workbooks holds every cell from A1 to the last one in use, so a stray cell in the
farthest corner, or one row repeated a million times, would end the process. It also passes over
what an officer should know: failed formulas, formulas whose result was never saved, hidden rows
and columns. Each format has a reader of its own (`openxml`, `opendocument`, `binaries`), which
keeps nothing but this.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from nodes.books.limits import Limits
from nodes.errors import ImportRefused

Place = tuple[int, int]
"""Row and column, counted from 0."""

Range = tuple[Place, Place]

_MOST: Final = 10_000
"""How many of a kind are kept; more say nothing new."""
_MOST_LINKS: Final = 100_000
_SHEETS: Final = 1_000
_FORMULA: Final = re.compile(r'(?:of:)?=?\s*HYPERLINK\(\s*"([^"]+)"\s*[,;)].*', re.IGNORECASE)


@dataclass(kw_only=True)
class Survey:
    """What was seen of one sheet. Rows and columns are those up to the last cell in use."""

    rows: int = 0
    columns: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    failed: dict[Place, str] = field(default_factory=dict)
    unsaved: set[Place] = field(default_factory=set)
    merged: list[Range] = field(default_factory=list)
    links: dict[Place, str] = field(default_factory=dict)

    def use(self, row: int, column: int) -> None:
        """Count a cell that holds something."""
        self.rows = max(self.rows, row + 1)
        self.columns = max(self.columns, column + 1)

    def fail(self, row: int, column: int, error: str) -> None:
        """Keep a cell whose formula failed."""
        if len(self.failed) < _MOST:
            self.failed[row, column] = error

    def miss(self, row: int, column: int) -> None:
        """Keep a cell whose formula has no saved result."""
        if len(self.unsaved) < _MOST:
            self.unsaved.add((row, column))

    def link(self, row: int, column: int, address: str) -> None:
        """Keep what a cell leads to."""
        if len(self.links) < _MOST_LINKS:
            self.links[row, column] = address

    def hide_rows(self, rows: Iterable[int]) -> None:
        """Keep rows that are hidden, as far as they matter."""
        _some(self.hidden_rows, rows)

    def hide_columns(self, columns: Iterable[int]) -> None:
        """Keep columns that are hidden."""
        _some(self.hidden_columns, columns)

    def said(self) -> dict[str, list[Any] | int]:
        """Give all of it in lists, as JSON has no keys but texts."""
        return {
            "rows": self.rows,
            "columns": self.columns,
            "hidden_rows": list(self.hidden_rows),
            "hidden_columns": list(self.hidden_columns),
            "failed": list(self.failed.items()),
            "unsaved": list(self.unsaved),
            "merged": self.merged,
            "links": list(self.links.items()),
        }

    @classmethod
    def heard(cls, said: dict[str, Any]) -> "Survey":
        """Take what was said as a survey again."""
        return cls(
            rows=said["rows"],
            columns=said["columns"],
            hidden_rows=set(said["hidden_rows"]),
            hidden_columns=set(said["hidden_columns"]),
            failed={(row, column): error for (row, column), error in said["failed"]},
            unsaved={(row, column) for row, column in said["unsaved"]},
            merged=[((top, left), (low, right)) for (top, left), (low, right) in said["merged"]],
            links={(row, column): address for (row, column), address in said["links"]},
        )


@dataclass(kw_only=True)
class Book:
    """A workbook as it was surveyed: its sheets by name, and from when it counts days."""

    name: str
    limits: Limits
    sheets: dict[str, Survey] = field(default_factory=dict)
    from_1904: bool = False
    characters: int = 0

    def sheet(self, title: str) -> Survey:
        """Give the survey of a sheet, a new one at first; raises ImportRefused at too many."""
        if len(self.sheets) >= _SHEETS:
            raise ImportRefused(f"{self.name} has more than {_SHEETS:,} sheets: delete some")
        return self.sheets.setdefault(title, Survey())

    def refuse_large(self) -> None:
        """Raise ImportRefused when all sheets at once would fill memory."""
        if sum(each.rows * each.columns for each in self.sheets.values()) > self.limits.cells:
            raise ImportRefused(
                f"{self.name}: its sheets have more than {self.limits.cells:,} cells: delete the "
                "rows and columns after the tables"
            )

    def refuse_many(self, texts: int) -> None:
        """Raise ImportRefused at more texts than cells could show."""
        if texts > self.limits.cells:
            raise ImportRefused(f"{self.name} has more than {self.limits.cells:,} texts: split it")

    def weigh(self, characters: int) -> None:
        """Count the text of cells; raises ImportRefused when all of it would fill memory.

        A text stands once in the file, however many cells show it; the reader gives each its own.
        """
        self.characters += characters
        if self.characters > self.limits.characters:
            raise ImportRefused(
                f"{self.name}: the texts of its cells have more than {self.limits.characters:,} "
                "characters: split it into several files"
            )

    def refuse_far(self, survey: Survey) -> None:
        """Raise ImportRefused when the cells up to the last one in use would fill memory."""
        if survey.rows * survey.columns > self.limits.cells:
            corner = f"{column_letters(survey.columns - 1)}{survey.rows}"
            raise ImportRefused(
                f"{self.name}: a sheet reaches to {corner}, so it has more than "
                f"{self.limits.cells:,} cells: delete the rows and columns after the table"
            )


def column_letters(index: int) -> str:
    """Name a column as a spreadsheet does: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def of_formula(formula: str) -> str | None:
    """Give the address that a formula leads to: `HYPERLINK("https://…";"page")`."""
    found = _FORMULA.fullmatch(formula)
    return None if found is None else found[1]


def locked(name: str) -> ImportRefused:
    """Make the error for a workbook that opens with a password only."""
    return ImportRefused(
        f"{name} is locked with a password: save a copy without one and import that"
    )


def damaged(name: str) -> ImportRefused:
    """Make the error for a workbook whose parts cannot be followed."""
    return ImportRefused(f"{name} is damaged: open it in a spreadsheet program and save it again")


def _some(kept: set[int], more: Iterable[int]) -> None:
    for each in more:
        if len(kept) >= _MOST:
            return
        kept.add(each)
