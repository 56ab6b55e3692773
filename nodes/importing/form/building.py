"""The rows of a filled workbook become records again, together with what is published.

What the file has no column or sheet for stays as it is published; an empty cell in a column that
is there clears it. A part keeps what its row does not say by the position written there, or where
none is written, by its place, as long as what names it is the same. What cannot be read is told
and left empty.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from nodes.importing.findings import Finding
from nodes.importing.form.absence import (
    all_empty,
    class_of,
    has_nothing,
    is_empty,
    missing,
    nothing,
)  # fmt: skip
from nodes.importing.form.choices import BOOLEAN, scheme_of
from nodes.importing.form.escaping import KEEP, trimmed
from nodes.importing.form.grouping import Above, Named, Parts, Placed
from nodes.importing.form.layout import STATED, list_name
from nodes.importing.form.pages import Filled, Line
from nodes.importing.form.values import Misread, blank, items, plain, read, read_link
from nodes.importing.rows import Cell
from nodes.importing.sentences import Sentence, say
from vocab import fields as said
from vocab.fields import Field, declared
from vocab.whereabouts import Steps

Alias = Callable[[str, str], str | None]
"""Gives the address of the record of a room that has an identifier."""

_ALIASES: Final = {
    "testbeds": "testbeds",
    "calls": "calls",
    "replicates": "experiments",
    "inspired_by": "experiments",
    "experiment": "experiments",
}
"""The fields that name records of ours, and of which kind."""


class _Absent:
    """No column, or a cell that leaves what is published."""


_ABSENT: Final = _Absent()


@dataclass(frozen=True, kw_only=True)
class _At:
    """Where values are looked up: a row, or without one what is published."""

    table: str
    record: Named
    line: Line | None
    prefix: str = ""
    above: Above = ()
    steps: Steps = ()


class Builder:
    """Reads the values of records, and notes what it could not read."""

    def __init__(self, filled: Filled, parts: Parts, alias: Alias) -> None:
        self._tongue = filled.tongue
        self._tables = frozenset(filled.pages)
        self._parts = parts
        self._alias = alias
        self._defaults: Mapping[str, Any] = {}
        self._known = False
        self.findings: list[Finding] = []
        self.lines: dict[tuple[Named, Steps], Line] = {}
        """The rows of parts, by their record and where in it they stand."""

    def values(
        self,
        of: type[Any],
        named: Named,
        line: Line | None,
        before: Any | None,
        defaults: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Read the fields of a record. `before` is what is published, if anything is.

        A default stands for a cell that is empty, unless what is published is empty too.
        """
        self._defaults, self._known = defaults, before is not None
        return self._values(of, _At(table=named.room, record=named, line=line), before)

    def _values(self, of: type[Any], at: _At, before: Any | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for each in declared(of):
            earlier = nothing(each) if before is None else getattr(before, each.name)
            match each.said:
                case said.Parts():
                    found[each.name] = self._list(each, at, earlier)
                case said.Part():
                    found[each.name] = self._part(each, at, earlier)
                case said.Texts():
                    found[each.name] = self._texts(each, at, earlier)
                case said.Tagged():
                    found[each.name] = self._tagged(each, at, earlier)
                case _:
                    found[each.name] = self._single(of, each, at, earlier)
        return found

    def _cell(self, at: _At, name: str, earlier: Any) -> Cell | _Absent:
        line = at.line
        if line is None or name not in line.places:
            return _ABSENT
        cell = line.cells.get(name)
        if isinstance(cell, str) and trimmed(cell) == KEEP:
            if is_empty(earlier):
                self._warn(at, name, say("form-nothing-kept"), cell)
            return _ABSENT
        return cell

    def _single(self, of: type[Any], each: Field, at: _At, earlier: Any) -> Any:
        name = at.prefix + each.name
        cell = self._cell(at, name, earlier)
        default = None if at.table.startswith(".") else self._defaults.get(name)
        if isinstance(cell, _Absent):
            return earlier if self._known or not is_empty(earlier) else default or earlier
        if blank(cell):
            stays_empty = default is None or (self._known and is_empty(earlier))
            return nothing(each) if stays_empty else default
        if isinstance(each.said, said.Names):
            return tuple(items(each.said, cell))
        is_list = isinstance(each.said, said.Links)
        found: list[Any] = []
        for text in items(each.said, cell) if is_list else [cell]:
            try:
                found.append(self._read(of, each, text))
            except Misread as error:
                if is_list and (several := self._several(of, each, text)):
                    found += several
                elif (page := self._page(of, each, text)) is not None:
                    self._warn(at, name, say("page-completed", page=page), text)
                    found.append(page)
                else:
                    self._warn(at, name, error.said, text)
        if is_list:
            return tuple(found)
        return found[0] if found else default if each.needed else None

    def _several(self, of: type[Any], each: Field, cell: Cell) -> list[Any]:
        """Read values parted by `;` or `,` on one line: all of them, or none.

        Only what is no value as it stands is parted: words of a list have commas in them.
        """
        for separator in ";,":
            parts = list(filter(None, map(trimmed, plain(cell).split(separator))))
            with suppress(Misread):
                if len(parts) > 1:
                    return [self._read(of, each, part) for part in parts]
        return []

    def _page(self, of: type[Any], each: Field, cell: Cell) -> str | None:
        """Give the whole address of a page that begins with `www.`, as people write it."""
        text = plain(cell)
        is_link = isinstance(each.said, said.Link | said.Links)
        if not is_link or scheme_of(of, each) is not None or not text.lower().startswith("www."):
            return None
        with suppress(Misread):
            return read_link(f"https://{text}", self._tongue, None)
        return None

    def _read(self, of: type[Any], each: Field, cell: Cell) -> Any:
        """Read one value; an address may be the identifier of a record of ours."""
        scheme = scheme_of(of, each)
        if not isinstance(each.said, said.Link | said.Links):
            return read(each.said, cell, self._tongue)
        try:
            return read_link(plain(cell), self._tongue, scheme)
        except Misread:
            room = _ALIASES.get(each.name)
            found = self._alias(room, plain(cell)) if room and scheme is None else None
            if found is None:
                raise
            return found

    def _texts(self, each: Field, at: _At, earlier: Mapping[str, str]) -> dict[str, str]:
        name, found = at.prefix + each.name, dict(earlier)
        for tag in self._tags(at, name):
            cell = self._cell(at, f"{name}@{tag}", earlier.get(tag))
            if isinstance(cell, _Absent):
                continue
            found.pop(tag, None)
            if not blank(cell):
                found[tag] = read(each.said, cell, self._tongue)
        return found

    def _tagged(
        self, each: Field, at: _At, earlier: tuple[tuple[str, str], ...]
    ) -> tuple[tuple[str, str], ...]:
        name, found = at.prefix + each.name, list(earlier)
        for tag in self._tags(at, name):
            mine = tuple(pair for pair in earlier if pair[0] == tag)
            cell = self._cell(at, f"{name}@{tag}", mine)
            if isinstance(cell, _Absent):
                continue
            found = [pair for pair in found if pair[0] != tag]
            if not blank(cell):
                found += [(tag, text) for text in items(each.said, cell)]
        return tuple(found)

    def _tags(self, at: _At, name: str) -> Sequence[str]:
        return () if at.line is None else at.line.tags.get(name, ())

    def _part(self, each: Field, at: _At, earlier: Any | None) -> Any:
        inner = replace(at, prefix=f"{at.prefix}{each.name}.", steps=(*at.steps, each.name))
        if not self._touched(inner):
            return earlier
        of = class_of(each)
        values = self._values(of, inner, earlier)
        if all_empty(values.values()):
            return self._empty_part(each, at, earlier)
        lacking = missing(of, values)
        if lacking is None:
            return of(**values)
        column = f"{inner.prefix}{lacking}"
        if (default := self._defaults.get(column)) is not None:
            return of(**{**values, lacking: default})
        place = at.line.places.get(column) if at.line is not None else None
        part = each.name if place is None else place.heading.partition(": ")[0]
        self._warn(at, column, say("form-part-needed", part=part))
        return None

    def _touched(self, at: _At) -> bool:
        """Tell whether the file says anything of a part: in a column, or in the sheet of a list."""
        if at.line is not None and any(name.startswith(at.prefix) for name in at.line.places):
            return True
        below = list_name(at.table, at.prefix, "")
        return any(table.startswith(below) for table in self._tables)

    def _empty_part(self, each: Field, at: _At, earlier: Any | None) -> Any:
        """Give a part with nothing in it where the file or what is published has one."""
        of = class_of(each)
        cell = self._cell(at, at.prefix + each.name + STATED, None)
        if isinstance(cell, _Absent):
            stays = earlier is not None and has_nothing(earlier)
        else:
            stays = not blank(cell) and self._tongue.meaning(BOOLEAN, plain(cell)) == "true"
        return of() if stays and missing(of, {}) is None else None

    def _list(self, each: Field, at: _At, earlier: tuple[Any, ...]) -> tuple[Any, ...]:
        table, of = list_name(at.table, at.prefix, each.name), class_of(each)
        if table not in self._tables:
            return self._untouched(of, table, replace(at, steps=(*at.steps, each.name)), earlier)
        rows = self._parts.take(table, at.record, at.above)
        alike = len(rows) == len(earlier)
        found: list[Any] = []
        for placed in rows:
            above = (*at.above, placed.position)
            steps = (*at.steps, each.name, len(found))
            inner = _At(table=table, record=at.record, line=placed.line, above=above, steps=steps)
            before = self._before(of, inner, placed, earlier, alike=alike)
            values = self._values(of, inner, before)
            if all_empty(values.values()) and not placed.written:
                continue
            if (lacking := missing(of, values)) is None:
                found.append(of(**values))
                self.lines[at.record, steps] = placed.line
            else:
                column = placed.line.column(lacking)
                self.findings.append(placed.line.finding("error", column, say("form-needed")))
        return tuple(found)

    def _untouched(
        self, of: type[Any], table: str, at: _At, earlier: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        """Keep the parts of a sheet that is not there, with the lists of theirs that are."""
        if not any(name.startswith(f"{table}.") for name in self._tables):
            return earlier
        inner = [
            _At(
                table=table,
                record=at.record,
                line=None,
                above=(*at.above, number + 1),
                steps=(*at.steps, number),
            )
            for number in range(len(earlier))
        ]
        return tuple(
            of(**self._values(of, each, part)) for each, part in zip(inner, earlier, strict=True)
        )

    def _before(
        self, of: type[Any], at: _At, placed: Placed, earlier: Sequence[Any], *, alike: bool
    ) -> Any | None:
        """Give the published part that a row stands for."""
        if not 0 < placed.position <= len(earlier):
            return None
        candidate = earlier[placed.position - 1]
        same = placed.written or self._same(of, at, candidate, alike=alike)
        return candidate if same else None

    def _same(self, of: type[Any], at: _At, candidate: Any, *, alike: bool) -> bool:
        """Tell whether a row without a position names the same part.

        Where nothing names a part, the place counts if the list is as long as before.
        """
        needed = [each for each in declared(of) if each.needed]
        if not needed:
            return alike
        mark = len(self.findings)
        mine = {each.name: getattr(candidate, each.name) for each in needed}
        read_now = {
            each.name: self._texts(each, at, mine[each.name])
            if isinstance(each.said, said.Texts)
            else self._single(of, each, at, mine[each.name])
            for each in needed
        }
        del self.findings[mark:]
        return read_now == mine

    def _warn(self, at: _At, name: str, told: Sentence, value: object = None) -> None:
        if at.line is not None:
            self.findings.append(at.line.finding("warning", name, told, value))
