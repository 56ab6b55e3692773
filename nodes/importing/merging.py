"""Cells merged down a column: their value belongs to each of the rows they stand in.

A spreadsheet keeps it in the first only. It is read in the others too where these rows hold
something of their own, so that a merge over empty rows makes no records.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from nodes.books.surveys import Range, column_letters
from nodes.importing.findings import Finding
from nodes.importing.rows import Cell
from nodes.importing.sentences import say


def spread(grid: Iterable[list[Cell]], merged: Sequence[Range]) -> Iterator[list[Cell]]:
    """Give the rows with the value of merged cells in each; rows without any value stay so."""
    starting: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (top, left), (bottom, _) in merged:
        if bottom > top:
            starting[top].append((left, bottom))
    reaching: dict[int, tuple[Cell, int]] = {}  # by column: the value, and the last row of it
    for number, line in enumerate(grid):
        reaching = {column: each for column, each in reaching.items() if each[1] >= number}
        if reaching and any(not _blank(cell) for cell in line):
            for column, (value, _) in reaching.items():
                if column < len(line) and _blank(line[column]):
                    line[column] = value
        for column, bottom in starting.get(number, ()):
            if column < len(line) and not _blank(line[column]):
                reaching[column] = (line[column], bottom)
        yield line


def merges_told(title: str, merged: Iterable[Range]) -> Iterator[Finding]:
    """Tell of each merge how it was read."""
    for (top, left), (bottom, right) in merged:
        first = f"{column_letters(left)}{top + 1}"
        cells = f"{first}:{column_letters(right)}{bottom + 1}"
        kind = "merged-across" if right > left else "merged-spread"
        yield Finding(
            severity="warning",
            said=say(kind, cells=cells, first=first),
            sheet=title,
            row=top + 1,
            cell=first,
        )


def _blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
