"""Records as a workbook (XLSX): one sheet with the columns of the CSV, one that says whence.

Written to disk row by row, so that memory does not grow with the records. Every cell is text or a
number and none a formula or a link; texts are defused like those of the CSV, since a workbook may
be saved as one. The second sheet has the address of the search, how to cite it, and of which
cities and under which licences the records are.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import xlsxwriter

from nodes.catalogue import Known
from nodes.city import City
from nodes.web.exports import COLUMNS, Address, cells, safe

MOST_ROWS: Final = 50_000
"""Records of one workbook; larger tables are had as CSV."""

_LONGEST: Final = 32_767  # UTF-16 units that a cell holds
_CUT: Final = " […]"
_NUMBERS: Final = frozenset(COLUMNS.index(name) for name in ("longitude", "latitude"))
_WIDTHS: Final = {"title": 40, "summary": 40, "description": 60, "iri": 30, "page": 30}
_PIECE: Final = 256 << 10
_MOST_NAMED: Final = 5_000
_FIXED: Final = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class About:
    """What a workbook says of itself: whose node wrote it, its title, the address of the search."""

    city: City
    title: str
    address: str
    at: datetime


class Workbook:
    """A workbook that grows, in a folder of its own below the one given.

    `names` gives a city's name by the base of its node.
    """

    def __init__(
        self,
        languages: Sequence[str],
        address: Address,
        about: About,
        names: Callable[[str], str | None],
        folder: Path,
    ) -> None:
        self._languages = languages
        self._address = address
        self._about = about
        self._names = names
        self._below = folder
        self._folder: TemporaryDirectory[str] | None = None
        self._book: Any = None
        self._sheet: Any = None
        self._rows = 0
        self._sources: Counter[tuple[str, str]] = Counter()

    def begin(self) -> bytes:
        """Begin a file and write the names of the columns."""
        self._folder = TemporaryDirectory(dir=self._below, ignore_cleanup_errors=True)
        self._path = Path(self._folder.name) / "experiments.xlsx"
        options = {"constant_memory": True, "tmpdir": self._folder.name}
        self._book = xlsxwriter.Workbook(str(self._path), options)
        self._book.set_properties({"title": _fit(self._about.title), "created": _FIXED})
        self._sheet = self._book.add_worksheet("Results")
        bold = self._book.add_format({"bold": True})
        for column, name in enumerate(COLUMNS):
            self._sheet.set_column(column, column, _WIDTHS.get(name, 16))
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(COLUMNS):
            self._sheet.write_string(0, column, name, bold)
        return b""

    def add(self, known: Sequence[Known]) -> bytes:
        """Write a row for each record."""
        for each in known:
            self._rows += 1
            self._sources[each.origin, each.record.licence] += 1
            said = cells(each, self._languages, self._address(each))
            for column, cell in enumerate(said):
                if cell and column in _NUMBERS:
                    self._sheet.write_number(self._rows, column, float(cell))
                elif cell:
                    self._sheet.write_string(self._rows, column, _fit(cell))
        return b""

    def end(self) -> Iterator[bytes]:
        """Say whence it is, put it together and give it in pieces."""
        self._sheet.autofilter(0, 0, self._rows, len(COLUMNS) - 1)
        sheet = self._book.add_worksheet("About")
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 80)
        for row, line in enumerate(self._told()):
            for column, cell in enumerate(line):
                sheet.write_string(row, column, _fit(safe(cell)))
        self._book.close()
        with self._path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    def close(self) -> None:
        """Remove it from disk."""
        if self._folder is None:
            return
        for sheet in self._book.worksheets() if self._book is not None else ():
            if sheet.row_data_fh is not None:  # the library leaves it to the garbage collector
                sheet.row_data_fh.close()
        self._folder.cleanup()

    def _told(self) -> Iterator[Sequence[str]]:
        about, city = self._about, self._about.city
        day = f"{about.at:%Y-%m-%d}"
        yield "Title", about.title
        yield "Address", about.address
        yield "Retrieved", f"{about.at:%Y-%m-%dT%H:%M:%SZ}"
        yield "Records", str(self._rows)
        yield "Published by", f"{city.publisher}, {city.base}"
        yield "Cite as", f"{city.publisher} ({day[:4]}): {about.title}. {about.address} ({day})"
        yield "Licences", "Each record is under its own; they are, with the records of each city:"
        yield "", "Licence", "City", "Node", "Records"
        for (origin, licence), count in self._sources.most_common(_MOST_NAMED):
            yield "", licence, self._names(origin) or "", origin, str(count)


def _fit(text: str) -> str:
    """Cut a text to what a cell holds; the cut shows."""
    if len(text) + len(_ASTRAL.findall(text)) <= _LONGEST:
        return text
    room = _LONGEST - len(_CUT)
    return text.encode("utf-16-le", "replace")[: 2 * room].decode("utf-16-le", "ignore") + _CUT
