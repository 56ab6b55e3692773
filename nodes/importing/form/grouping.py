"""Which row belongs to which record: the rows of parts are found by their keys.

A record is named by its identifier or its address, a part above by its position. Parts stand in
the order of their positions, those without one after the others in the order of their rows.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nodes.importing.findings import Finding
from nodes.importing.form.choices import KINDS
from nodes.importing.form.escaping import unescaped
from nodes.importing.form.layout import ABOVE, IRI, KIND, POSITION, RECORD, Table, tables
from nodes.importing.form.pages import Filled, Line
from nodes.importing.form.tongue import Tongue
from nodes.importing.form.values import blank, plain, position
from nodes.importing.form.wording import title
from nodes.importing.sentences import say
from vocab.records import Record

Above = tuple[int, ...]
"""The positions of the parts above, the outermost first."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A row of a part: its position in its list, and whether that was written or counted."""

    line: Line
    position: int
    written: bool


@dataclass(frozen=True)
class Named:
    """A record as rows of parts name it: its room, and its row there or else its address."""

    room: str
    row: int | str


@dataclass(kw_only=True)
class Parts:
    """The rows of all lists, by their sheet, their record and the parts above."""

    _rows: dict[tuple[str, Named, Above], list[Line]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, table: str, record: Named, above: Above, line: Line) -> None:
        """Keep a row until it is taken."""
        self._rows.setdefault((table, record, above), []).append(line)

    def take(self, table: str, record: Named, above: Above) -> list[Placed]:
        """Give the rows of one list in their order."""
        lines = self._rows.pop((table, record, above), [])
        positions = [self._position(line) for line in lines]
        counts = Counter(each for each in positions if each is not None)
        order = sorted(range(len(lines)), key=lambda n: (positions[n] or 10**9, n))
        last = max(counts, default=0)
        found: list[Placed] = []
        for number in order:
            line, written = lines[number], positions[number]
            if written is not None and counts[written] > 1:
                said = say("form-position-twice")
                self.findings.append(line.finding("warning", POSITION, said, value=written))
            if written is None:
                last += 1
            place = last if written is None else written
            found.append(Placed(line=line, position=place, written=written is not None))
        return found

    def left(self) -> Iterator[tuple[str, Line]]:
        """Give the rows that no part took."""
        for (table, _, _), lines in self._rows.items():
            for line in lines:
                yield table, line

    def _position(self, line: Line) -> int | None:
        cell = line.cells.get(POSITION)
        if blank(cell):
            return None
        if (found := position(cell)) is None:
            self.findings.append(line.finding("warning", POSITION, say("form-position"), cell))
        return found


class Names:
    """The records of the file, by identifier and by address.

    `left` are the rooms and identifiers of records that are left out: so are their parts, untold.
    """

    def __init__(
        self, filled: Filled, identifiers: Mapping[Named, str], left: Collection[tuple[str, str]]
    ) -> None:
        self._left = left
        self._by_name: dict[tuple[str, str], list[Named]] = defaultdict(list)
        self._by_iri: dict[tuple[str, str], list[Named]] = defaultdict(list)
        for named, identifier in identifiers.items():
            self._by_name[named.room, identifier].append(named)
        for room, page in filled.pages.items():
            for number, line in enumerate(page.lines):
                cell = line.cells.get(IRI)
                if not room.startswith(".") and not blank(cell):
                    self._by_iri[room, plain(cell)].append(Named(room, number))

    def add(self, named: Named, text: str) -> None:
        """Add a record that has no row, under the text that names it."""
        self._by_name[named.room, text].append(named)

    def is_left(self, text: str, rooms: Sequence[str]) -> bool:
        """Tell whether a text names a record that is left out."""
        return any((room, text) in self._left for room in rooms)

    def find(self, text: str, rooms: Sequence[str]) -> list[Named]:
        """Give the records of these rooms that a text names."""
        found = [each for room in rooms for each in self._by_name.get((room, text), ())]
        return found or [each for room in rooms for each in self._by_iri.get((room, text), ())]


def gathered(filled: Filled, names: Names) -> Parts:
    """Put every row of a part to its record; what names none is told and left out."""
    parts = Parts()
    for table in tables():
        page = filled.pages.get(table.name)
        if table.is_main or page is None:
            continue
        for line in page.lines:
            if (record := _record(table, line, filled.tongue, names, parts.findings)) is not None:
                above = tuple(position(line.cells.get(ABOVE + each)) or 0 for each in table.above)
                parts.add(table.name, record, above, line)
    return parts


def _record(
    table: Table, line: Line, tongue: Tongue, names: Names, findings: list[Finding]
) -> Named | None:
    rooms = [kind.room for kind in table.kinds]
    if not blank(cell := line.cells.get(KIND)):
        room = tongue.meaning(KINDS, plain(cell))
        if room is None:
            findings.append(line.finding("warning", KIND, say("form-word", meant=""), cell))
        else:
            rooms = [room]
    cell = line.cells.get(RECORD)
    text = "" if blank(cell) else unescaped(plain(cell))
    found = [] if blank(cell) else names.find(text, rooms)
    if len(found) == 1:
        return found[0]
    if not names.is_left(text, rooms):
        sheets = _sheets([kind for kind in table.kinds if kind.room in rooms], tongue)
        said = say("form-which-record") if found else say("form-no-record", sheets=sheets)
        findings.append(line.finding("error", RECORD, said, cell))
    return None


def _sheets(kinds: Sequence[type[Record]], tongue: Tongue) -> str:
    names = (title(Table(kind.room, kind, (kind,)), tongue.language) for kind in kinds)
    return ", ".join(f"'{each}'" for each in names)
