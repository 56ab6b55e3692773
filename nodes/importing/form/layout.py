"""What sheets the workbook has, and what columns each of them: made from the declarations.

A record is a row of the sheet of its kind, each part of a list a row of a sheet for that list.
What there is only one of, such as the place, has its columns in the row it belongs to. A column
is known by its machine name, `experiments:place.name@it` or `.permits:procedure.authority`, which
travels in a hidden row: whatever its heading says and wherever it has been moved.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from vocab import fields as said
from vocab.fields import Field, Said, declared
from vocab.records import KINDS, Record

RECORD: Final = "@record"
"""The column of a part that names its record, by identifier or address."""
KIND: Final = "@kind"
"""The column that says of which kind that record is, where a sheet serves several."""
POSITION: Final = "@position"
"""The column with the place of a part in its list, from 1."""
ABOVE: Final = "@in "
"""Begins the name of a column with the position of the part that this part belongs to."""
IRI: Final = "iri"
"""The column with the address of a record."""
STATED: Final = "!"
"""Ends the name of a column that says of a part with nothing in it that it is there."""

_MACHINE: Final = re.compile(r"(\.?[a-z_]+(?:\.[a-z_]+)*):(@?[a-z_.! ]+)(?:@([a-z0-9-]+))?")
_FIRST: Final = (
    "identifier", "title", "stage", "status_word", "kind", "status", "availability", "rolling",
    "description", "summary",
)  # fmt: skip
_LAST: Final = (
    "legislation", "note", "author", "access_rights", "publisher", "licence", "language",
    "issued", "modified",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: the fields that lead to it from the class of its row, and a language.

    `owner` is the class that declares the last field; keys of a part have no fields.
    """

    name: str
    path: tuple[Field, ...] = ()
    owner: type[Any] | None = None
    tag: str | None = None

    @property
    def said(self) -> Said | None:
        """How the column's field is said; None for keys and for what states a part."""
        return None if not self.path or self.name.endswith(STATED) else self.path[-1].said

    @property
    def full(self) -> str:
        """The name with its language."""
        return self.name if self.tag is None else f"{self.name}@{self.tag}"

    def in_language(self, tag: str) -> "Column":
        """Give the same column for another language."""
        return replace(self, tag=tag)


@dataclass(frozen=True)
class Table:
    """A sheet: its machine name, the class of its rows, the kinds of record it serves.

    `above` are the lists that a nested list stands under, the outermost first.
    """

    name: str
    of: type[Any]
    kinds: tuple[type[Record], ...]
    above: tuple[str, ...] = ()

    @property
    def is_main(self) -> bool:
        """Whether the rows are records."""
        return not self.name.startswith(".")

    @property
    def keys(self) -> tuple[Column, ...]:
        """The columns that say where a row belongs."""
        if self.is_main:
            return (Column(IRI),)
        kind = (KIND,) if len(self.kinds) > 1 else ()
        above = (ABOVE + each for each in self.above)
        return tuple(map(Column, (*kind, RECORD, *above, POSITION)))

    def machine(self, column: Column) -> str:
        """Name a column of this sheet for the machine."""
        return f"{self.name}:{column.full}"


@cache
def tables(kinds: tuple[type[Record], ...] = KINDS) -> tuple[Table, ...]:
    """Give the sheets for some kinds of record, those of the records first."""
    mains = [Table(kind.room, kind, (kind,)) for kind in kinds]
    lists: dict[str, Table] = {}
    for kind in kinds:
        for each in _lists(kind, kind, "", ()):
            known = lists.get(each.name)
            lists[each.name] = each if known is None else replace(known, kinds=(*known.kinds, kind))
    return (*mains, *lists.values())


def columns(of: type[Any]) -> tuple[Column, ...]:
    """Give the columns of a class, without languages, in the order in which they are shown."""
    known = _KNOWN.get(of)
    if known is None:
        known = tuple(_columns(of, ()))
        if issubclass(of, Record):
            known = tuple(sorted(known, key=_rank))
        _KNOWN[of] = known
    return known


_KNOWN: Final[dict[type[Any], tuple[Column, ...]]] = {}


def list_name(table: str, prefix: str, field: str) -> str:
    """Name the sheet of a list that stands in a row of `table`, below the part `prefix`."""
    return f"{table if table.startswith('.') else ''}.{prefix}{field}"


def parsed(machine: str) -> tuple[str, str, str | None] | None:
    """Take a machine name apart: sheet, column, language; None for any other text."""
    match = _MACHINE.fullmatch(machine.strip())
    return None if match is None else (match[1], match[2], match[3])


def many_languages(column: Column) -> bool:
    """Whether there is such a column for each language."""
    return isinstance(column.said, said.Texts | said.Tagged)


def many_values(how: Said | None) -> bool:
    """Whether a cell holds a list, an item in each line."""
    return isinstance(how, said.Tagged | said.Names | said.Links)


def _columns(of: type[Any], path: tuple[Field, ...]) -> Iterator[Column]:
    for each in declared(of):
        here = (*path, each)
        name = ".".join(one.name for one in here)
        if isinstance(each.said, said.Parts):
            continue
        if isinstance(each.said, said.Part):
            yield from _columns(_part(each), here)
            yield Column(name + STATED, here, of)
        else:
            yield Column(name, here, of)


def _lists(
    kind: type[Record], of: type[Any], prefix: str, above: tuple[str, ...]
) -> Iterator[Table]:
    for each in declared(of):
        if not isinstance(each.said, said.Part):
            continue
        name, part = prefix + each.name, _part(each)
        if isinstance(each.said, said.Parts):
            yield Table(f".{name}", part, (kind,), above)
            yield from _lists(kind, part, f"{name}.", (*above, f".{name}"))
        else:
            yield from _lists(kind, part, f"{name}.", above)


def _part(each: Field) -> type[Any]:
    assert each.part is not None, each.name
    return each.part


def _rank(column: Column) -> int:
    head = column.name.split(".")[0].rstrip(STATED)
    if head in _LAST:
        return 1 + _LAST.index(head)
    return _FIRST.index(head) - len(_FIRST) if head in _FIRST else 0


def with_languages(found: Iterable[Column], tags: dict[str, tuple[str, ...]]) -> tuple[Column, ...]:
    """Give each column in its languages."""
    return tuple(
        column
        for each in found
        for column in (
            map(each.in_language, tags.get(each.name, ())) if many_languages(each) else (each,)
        )
    )
