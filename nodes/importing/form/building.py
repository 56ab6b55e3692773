"""The rows of a filled workbook become records again, together with what is published.

What the file has no column or sheet for stays as it is published; an empty cell in a column that
is there clears it. A part keeps what its row does not say by the position written there, or where
none is written, by its place, as long as what names it is the same. What cannot be read is told
and left empty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from nodes.importing.findings import Finding
from nodes.importing.form.choices import BOOLEAN, scheme_of
from nodes.importing.form.escaping import KEEP, trimmed
from nodes.importing.form.grouping import Above, Named, Parts, Placed
from nodes.importing.form.layout import STATED, list_name
from nodes.importing.form.sheets import Filled, Line
from nodes.importing.form.values import Misread, blank, items, plain, read, read_link
from nodes.importing.rows import Cell
from nodes.importing.sentences import say
from vocab import fields as said
from vocab.fields import Field, declared


class _Absent:
    """No column, or a cell that leaves what is published."""


_ABSENT: Final = _Absent()
_EMPTY: Final[tuple[Any, ...]] = (None, (), {})


@dataclass(frozen=True, kw_only=True)
class _At:
    """Where values are looked up: a row, or without one what is published."""

    table: str
    record: Named
    line: Line | None
    prefix: str = ""
    above: Above = ()


class Builder:
    """Reads the values of records, and notes what it could not read."""

    def __init__(self, filled: Filled, parts: Parts) -> None:
        self._tongue = filled.tongue
        self._tables = frozenset(filled.pages)
        self._parts = parts
        self._defaults: Mapping[str, Any] = {}
        self._known = False
        self.findings: list[Finding] = []

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

    def leftovers(self, titles: Mapping[str, str], above: Mapping[str, str]) -> None:
        """Tell of the rows whose part above is not there."""
        for table, line in self._parts.left():
            column = above.get(table, "")
            sheet = titles.get(column.removeprefix("@in "), "")
            cell = line.cells.get(column)
            self.findings.append(
                line.finding("error", column, say("form-no-part", sheet=f"'{sheet}'"), cell)
            )

    def _values(self, of: type[Any], at: _At, before: Any | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for each in declared(of):
            earlier = _nothing(each) if before is None else getattr(before, each.name)
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
            if earlier in _EMPTY:
                self._warn(at, name, cell, Misread(say("form-nothing-kept")))
            return _ABSENT
        return cell

    def _single(self, of: type[Any], each: Field, at: _At, earlier: Any) -> Any:
        name = at.prefix + each.name
        cell = self._cell(at, name, earlier)
        default = self._defaults.get(name) if at.line is None or not at.above else None
        default = default if not at.table.startswith(".") else None
        if isinstance(cell, _Absent):
            return default if earlier in _EMPTY and not self._known and default else earlier
        if blank(cell):
            kept_empty = default is None or (self._known and earlier in _EMPTY)
            return _nothing(each) if kept_empty else default
        listed = scheme_of(of, each)
        if isinstance(each.said, said.Links):
            return self._links(each, cell, at, listed)
        if isinstance(each.said, said.Names):
            return tuple(items(each.said, cell))
        try:
            return read(each.said, cell, self._tongue, listed)
        except Misread as error:
            self._warn(at, name, cell, error)
            return default if each.needed else None

    def _links(self, each: Field, cell: Cell, at: _At, listed: str | None) -> tuple[str, ...]:
        found: list[str] = []
        for item in items(each.said, cell):
            try:
                found.append(read_link(item, self._tongue, listed))
            except Misread as error:
                self._warn(at, at.prefix + each.name, item, error)
        return tuple(found)

    def _texts(self, each: Field, at: _At, earlier: Mapping[str, str]) -> dict[str, str]:
        name, found = at.prefix + each.name, dict(earlier)
        for tag in self._tags(at, name):
            cell = self._cell(at, f"{name}@{tag}", earlier.get(tag))
            if isinstance(cell, _Absent):
                continue
            found.pop(tag, None)
            if not blank(cell):
                found[tag] = read(each.said, cell, self._tongue, None)
        return found

    def _tagged(
        self, each: Field, at: _At, earlier: tuple[tuple[str, str], ...]
    ) -> tuple[tuple[str, str], ...]:
        name, found = at.prefix + each.name, list(earlier)
        for tag in self._tags(at, name):
            mine = [pair for pair in earlier if pair[0] == tag]
            cell = self._cell(at, f"{name}@{tag}", tuple(mine))
            if isinstance(cell, _Absent):
                continue
            found = [pair for pair in found if pair[0] != tag]
            if not blank(cell):
                found += [(tag, text) for text in items(each.said, cell)]
        return tuple(found)

    def _tags(self, at: _At, name: str) -> Sequence[str]:
        return () if at.line is None else at.line.tags.get(name, ())

    def _part(self, each: Field, at: _At, earlier: Any | None) -> Any:
        inner = replace(at, prefix=f"{at.prefix}{each.name}.")
        if not self._touched(inner):
            return earlier
        values = self._values(_part(each), inner, earlier)
        if all(value in _EMPTY for value in values.values()):
            return self._empty_part(each, at, earlier)
        if missing := _missing(_part(each), values):
            if (default := self._defaults.get(f"{inner.prefix}{missing}")) is None:
                column = f"{inner.prefix}{missing}"
                part = at.line.places.get(column, ("", each.name))[1] if at.line else each.name
                self._warn(at, column, None, Misread(say("form-part-needed", part=part)))
                return None
            values[missing] = default
        return _part(each)(**values)

    def _touched(self, at: _At) -> bool:
        """Tell whether the file says anything of a part: in a column, or in the sheet of a list."""
        if at.line is not None and any(name.startswith(at.prefix) for name in at.line.places):
            return True
        below = list_name(at.table, at.prefix, "")
        return any(table.startswith(below) for table in self._tables)

    def _empty_part(self, each: Field, at: _At, earlier: Any | None) -> Any:
        """Give a part with nothing in it where the file or what is published has one."""
        name = at.prefix + each.name + STATED
        cell = self._cell(at, name, None)
        if isinstance(cell, _Absent):
            stays = earlier is not None and _is_empty(earlier)
        else:
            stays = not blank(cell) and self._tongue.meaning(BOOLEAN, plain(cell)) == "true"
        return _part(each)() if stays and not _missing(_part(each), {}) else None

    def _list(self, each: Field, at: _At, earlier: tuple[Any, ...]) -> tuple[Any, ...]:
        table = list_name(at.table, at.prefix, each.name)
        if table not in self._tables:
            return earlier
        rows = self._parts.take(table, at.record, at.above)
        found: list[Any] = []
        for placed in rows:
            inner = _At(
                table=table,
                record=at.record,
                line=placed.line,
                above=(*at.above, placed.position),
            )
            before = self._before(each, inner, placed, earlier, alike=len(rows) == len(earlier))
            values = self._values(_part(each), inner, before)
            if all(value in _EMPTY for value in values.values()) and not placed.written:
                continue
            if missing := _missing(_part(each), values):
                said_ = say("form-needed")
                column = next((n for n in placed.line.places if n.split("@")[0] == missing), None)
                self.findings.append(placed.line.finding("error", column, said_))
                continue
            found.append(_part(each)(**values))
        return tuple(found)

    def _before(
        self, each: Field, at: _At, placed: Placed, earlier: Sequence[Any], *, alike: bool
    ) -> Any | None:
        """Give the published part that a row stands for."""
        if not 0 < placed.position <= len(earlier):
            return None
        candidate = earlier[placed.position - 1]
        return candidate if placed.written or self._same(each, at, candidate, alike) else None

    def _same(self, each: Field, at: _At, candidate: Any, alike: bool) -> bool:
        """Tell whether a row without a position names the same part."""
        mark = len(self.findings)
        needed = [one for one in declared(_part(each)) if one.needed]
        same = alike if not needed else True
        for one in needed:
            mine = getattr(candidate, one.name)
            if isinstance(one.said, said.Texts):
                value: Any = {**mine, **self._texts(one, at, {})}
            else:
                value = self._single(_part(each), one, at, mine)
            same = same and value == mine
        del self.findings[mark:]
        return same

    def _warn(self, at: _At, name: str, value: object, error: Misread) -> None:
        if at.line is not None:
            self.findings.append(at.line.finding("warning", name, error.said, value))


def _part(each: Field) -> type[Any]:
    assert each.part is not None, each.name
    return each.part


def _nothing(each: Field) -> Any:
    match each.said:
        case said.Texts():
            return {}
        case said.Tagged() | said.Names() | said.Links() | said.Parts():
            return ()
    return None


def _is_empty(part: Any) -> bool:
    return all(getattr(part, each.name) in _EMPTY for each in declared(type(part)))


def _missing(of: type[Any], values: Mapping[str, Any]) -> str | None:
    """Name a field that a part cannot do without and does not have."""
    return next(
        (
            each.name
            for each in declared(of)
            if each.needed
            and not isinstance(each.said, said.Texts)
            and values.get(each.name) is None
        ),
        None,
    )
