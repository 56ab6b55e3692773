"""Records as rows of the workbook's sheets: what stands in which cell.

Nothing is lost: a text that no cell holds is told with the cell it belongs into, where a mark
stands that leaves it as it is published when the workbook is imported again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nodes.importing.form.absence import has_nothing, is_empty
from nodes.importing.form.choices import BOOLEAN, KINDS, scheme_of
from nodes.importing.form.escaping import KEEP, escaped, fits
from nodes.importing.form.layout import (
    ABOVE,
    IRI,
    KIND,
    POSITION,
    RECORD,
    STATED,
    list_name,
    tables,
)
from nodes.importing.form.showing import Shown, shown
from nodes.importing.form.tongue import Tongue
from vocab import fields as said
from vocab.fields import Field, declared
from vocab.records import Record

_ABOVE: Final = {each.name: each.above for each in tables() if not each.is_main}

Cells = dict[str, Shown]
"""The cells of a row by the full names of their columns."""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """The rows by sheet; `cut` are the cells whose text does not fit, by sheet and row number."""

    rows: dict[str, list[Cells]] = field(default_factory=dict)
    cut: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, table: str, cells: Cells) -> None:
        """Add a row to a sheet."""
        rows = self.rows.setdefault(table, [])
        for name, cell in cells.items():
            if isinstance(cell, str) and not fits(cell):
                self.cut.append((table, len(rows), name))
                cells[name] = KEEP
        rows.append(cells)


def listed(records: Sequence[Record], tongue: Tongue) -> Listed:
    """Give the rows of records, each normalised, in their order."""
    found = Listed()
    keys = _keys(records)
    for record in records:
        writer = _Writer(found, tongue, keys[record.iri], record.room)
        cells: Cells = {}
        writer.fields(record, record.room, "", (), cells)
        cells[IRI] = record.iri
        found.add(record.room, cells)
    return found


def _keys(records: Sequence[Record]) -> dict[str, str]:
    """Name each record for its parts: by its identifier, or its address where that is no name."""
    counts = Counter((each.room, each.identifier) for each in records)
    addresses = {each.iri for each in records}
    return {
        each.iri: each.identifier
        if counts[each.room, each.identifier] == 1
        and each.identifier not in addresses
        and fits(escaped(each.identifier))
        else each.iri
        for each in records
    }


@dataclass(frozen=True)
class _Writer:
    """Writes what one record says."""

    found: Listed
    tongue: Tongue
    key: str
    room: str

    def fields(
        self, value: Any, table: str, prefix: str, above: tuple[int, ...], cells: Cells
    ) -> None:
        """Write the fields of a value into the cells of its row, its lists into rows of theirs."""
        for each in declared(type(value)):
            found, name = getattr(value, each.name), prefix + each.name
            if is_empty(found):
                continue
            match each.said:
                case said.Parts():
                    self._list(found, list_name(table, prefix, each.name), above)
                case said.Part():
                    if has_nothing(found):
                        cells[name + STATED] = self.tongue.word(BOOLEAN, "true") or "yes"
                    self.fields(found, table, f"{name}.", above, cells)
                case _:
                    cells.update(self._cells(type(value), each, found, name))

    def _list(self, parts: Sequence[Any], table: str, above: tuple[int, ...]) -> None:
        for number, part in enumerate(parts, start=1):
            cells = dict(self._place(table, above, number))
            self.fields(part, table, "", (*above, number), cells)
            self.found.add(table, cells)

    def _place(
        self, table: str, above: tuple[int, ...], number: int
    ) -> Iterator[tuple[str, Shown]]:
        yield KIND, self.tongue.word(KINDS, self.room) or self.room
        yield RECORD, shown(said.Text(""), self.key, self.tongue, None)
        for name, position in zip(_ABOVE[table], above, strict=True):
            yield ABOVE + name, position
        yield POSITION, number

    def _cells(
        self, of: type[Any], each: Field, value: Any, name: str
    ) -> Iterator[tuple[str, Shown]]:
        how, scheme = each.said, scheme_of(of, each)
        if isinstance(how, said.Texts):
            for tag, text in value.items():
                yield f"{name}@{tag}", shown(how, text, self.tongue, None)
        elif isinstance(how, said.Tagged):
            for tag in dict.fromkeys(tag for tag, _ in value):
                texts = [text for other, text in value if other == tag]
                yield f"{name}@{tag}", shown(how, texts, self.tongue, None)
        else:
            yield name, shown(how, value, self.tongue, scheme)
