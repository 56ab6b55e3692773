"""What an officer is told of a workbook beside its values: what is hidden, failed, never saved."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from nodes.books.surveys import Place, Survey, column_letters
from nodes.importing.findings import Finding
from nodes.importing.rows import Sheet
from nodes.importing.sentences import say

_MOST_NAMED: Final = 12
_MOST_TOLD: Final = 1_000
_OF_CELLS: Final = {"formula-error", "formula-without-value"}


def book_told(
    title: str, hidden: Sequence[str], *, from_1904: bool, shown: bool
) -> Iterator[Finding]:
    """Tell of hidden sheets with something in them, and of days counted otherwise than usual."""
    if from_1904:
        yield Finding(severity="warning", said=say("counts-from-1904"), sheet=title)
    if not shown:
        yield Finding(severity="warning", said=say("sheet-is-hidden"), sheet=title)
    elif hidden:
        said = say("hidden-sheet", sheets=", ".join(f"'{each}'" for each in hidden[:_MOST_NAMED]))
        yield Finding(severity="warning", said=said, sheet=title)


def hidden_told(title: str, survey: Survey, top: int) -> Iterator[Finding]:
    """Tell of hidden rows and columns of the table: they are read, seen or not."""
    if rows := sorted(each for each in survey.hidden_rows if top <= each < survey.rows):
        listed = _listed([str(each + 1) for each in rows])
        said = say("hidden-row", count=len(rows), rows=listed)
        yield Finding(severity="warning", said=said, sheet=title)
    if columns := sorted(each for each in survey.hidden_columns if each < survey.columns):
        listed = _listed([column_letters(each) for each in columns])
        said = say("hidden-column", count=len(columns), columns=listed)
        yield Finding(severity="warning", said=said, sheet=title)


def formulas_told(title: str, survey: Survey, top: int) -> Iterator[Finding]:
    """Tell of cells that are empty because their formula failed or was never worked out."""
    places: dict[Place, str | None] = dict.fromkeys(survey.unsaved) | survey.failed
    for row, column in sorted(each for each in places if each[0] >= top)[:_MOST_TOLD]:
        error = places[row, column]
        yield Finding(
            severity="warning",
            said=say("formula-error" if error else "formula-without-value"),
            sheet=title,
            row=row + 1,
            cell=f"{column_letters(column)}{row + 1}",
            value=error,
        )


def with_headings(sheet: Sheet) -> Sheet:
    """Name the column of the findings about a cell of the table."""
    letters = sheet.rows[0].letters if sheet.rows else {}
    headings = {letter: heading for heading, letter in letters.items()}
    findings = tuple(
        replace(each, column=headings.get((each.cell or "").rstrip("0123456789")))
        if each.column is None and each.said.kind in _OF_CELLS
        else each
        for each in sheet.findings
    )
    return replace(sheet, findings=tuple(dict.fromkeys(findings)))


def _listed(places: Sequence[str]) -> str:
    return ", ".join(places[:_MOST_NAMED]) + (", …" if len(places) > _MOST_NAMED else "")
