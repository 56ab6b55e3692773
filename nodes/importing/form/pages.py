"""The sheets of a filled workbook, by what they are: their columns and their rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nodes.importing.findings import Finding, Severity, shown
from nodes.importing.form.tongue import Tongue
from nodes.importing.form.values import blank
from nodes.importing.rows import Cell
from nodes.importing.sentences import Sentence

Grid = Sequence[Sequence[Cell]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a column stands: its number from 0, its letters and its heading."""

    index: int
    letters: str
    heading: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row below the headings. `cells` and `places` go by the names of columns.

    `tags` are the languages in which a column of texts is there.
    """

    sheet: str
    number: int
    cells: Mapping[str, Cell]
    places: Mapping[str, Place]
    tags: Mapping[str, tuple[str, ...]]

    def finding(
        self, severity: Severity, name: str | None, said: Sentence, value: object = None
    ) -> Finding:
        """Say something about a cell of this row."""
        place = self.places.get(name or "")
        return Finding(
            severity=severity,
            said=said,
            sheet=self.sheet,
            row=self.number,
            column=None if place is None else place.heading,
            cell=None if place is None else f"{place.letters}{self.number}",
            value=shown(value),
        )

    def column(self, field: str) -> str | None:
        """Name the first column of a field, in whatever language; None when there is none."""
        return next((name for name in self.places if name.partition("@")[0] == field), None)


@dataclass(frozen=True, kw_only=True)
class Page:
    """One sheet of the file."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A workbook: its pages by the machine names of their sheets."""

    tongue: Tongue
    pages: Mapping[str, Page]
    findings: tuple[Finding, ...] = ()


def page(title: str, grid: Grid, top: int, places: Mapping[str, Place]) -> Page:
    """Read the rows below the headings, which stand in row `top`, from 0."""
    return Page(title=title, lines=tuple(_lines(title, grid, top, places)))


def _lines(title: str, grid: Grid, top: int, places: Mapping[str, Place]) -> Iterator[Line]:
    tags = _tags(places)
    for number, line in enumerate(grid[top + 1 :], start=top + 2):
        cells = {
            name: line[place.index] for name, place in places.items() if place.index < len(line)
        }
        if not all(map(blank, cells.values())):
            yield Line(sheet=title, number=number, cells=cells, places=places, tags=tags)


def _tags(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in names:
        name, _, tag = each.partition("@")
        if name and tag:
            found[name] = (*found.get(name, ()), tag)
    return found
