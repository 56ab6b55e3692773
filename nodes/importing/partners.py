"""Who took part: names with their helix role, however a file sets them side by side."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from nodes.importing.columns import Column, PartnersColumn
from nodes.importing.texts import Reader, Said, whole_names
from nodes.importing.words import look_up
from vocab.fields import LanguageMap
from vocab.parts import Partner

_DASH: Final = r"[-\u2013\u2014]"
_LONGEST: Final = 2_000


def partners(reader: Reader, columns: Iterable[PartnersColumn]) -> tuple[Partner, ...]:
    """Read the partners of a row in the order given; saying one twice adds nothing."""
    found: list[Partner] = []
    for column in columns:
        for partner in _partners(reader, column):
            known = [each for each in found if each.name == partner.name]
            if not known or partner.task or partner.helix not in {None, known[0].helix}:
                found.append(partner)
    return tuple(found)


def _partners(reader: Reader, column: PartnersColumn) -> list[Partner]:
    source = Column(column=column.column, constant=column.constant)
    cell = reader.cell(source)
    if cell is None:
        return []
    if column.name is not None:
        return _from_objects(reader, column, cell)
    names = whole_names(reader.items(column.column, cell, column.separator))
    if column.roles is not None or column.tasks is not None:
        return _from_lists(reader, column, names)
    found = []
    for name in names:
        match = _parted(column.form, name)
        role = match["role"].strip() if match and "role" in match.groupdict() else None
        if role is None and column.all_are is None and "role" in column.form:
            reader.notes.warn(
                column.column,
                name,
                "role-missing",
                form=column.form,
            )
        found.append(_partner(reader, column, match["name"].strip() if match else name, role))
    return found


def _from_lists(reader: Reader, column: PartnersColumn, names: list[str]) -> list[Partner]:
    """Set two or three lists side by side; if they differ in length none is believed."""
    sides: list[list[str | None]] = []
    for heading in (column.roles, column.tasks):
        side: list[str] = []
        if heading is not None:
            side = reader.items(heading, reader.cell(Column(column=heading)), column.separator)
        if side and len(side) != len(names):
            reader.notes.warn(
                heading,
                "; ".join(side),
                "lists-uneven",
                count=len(side),
                names=len(names),
                column=str(column.column),
            )
            side = []
        sides.append([*side] if side else [None] * len(names))
    return [
        _partner(reader, column, name, role, task)
        for name, role, task in zip(names, *sides, strict=True)
    ]


def _from_objects(reader: Reader, column: PartnersColumn, cell: Any) -> list[Partner]:
    """Read a list of objects with the keys the mapping names."""
    found = []
    for item in _listed(reader, column, cell):
        if isinstance(item, str) and (name := reader.plain(column.column, item)):
            found.append(_from_text(reader, column, name))
            continue
        values = item if isinstance(item, dict) else {}
        name = reader.plain(column.column, values.get(column.name))
        if name is None:
            reader.notes.warn(
                column.column,
                item,
                "partner-nameless",
                key=str(column.name),
            )
            continue
        role = reader.plain(column.column, values.get(column.role)) if column.role else None
        task = reader.plain(column.column, values.get(column.task)) if column.task else None
        found.append(_partner(reader, column, name, role, task))
    return found


def _listed(reader: Reader, column: PartnersColumn, cell: Any) -> list[Any]:
    """Give the items of a list that is sometimes one item, and sometimes their names as text."""
    if isinstance(cell, str):
        return list(reader.items(column.column, cell, column.separator or (";",)))
    return cell if isinstance(cell, list) else [cell]


def _from_text(reader: Reader, column: PartnersColumn, text: str) -> Partner:
    """Read a name that stands where an object should, with its role behind it perhaps."""
    match = _parted("name (role)", text)
    if match and look_up_role(reader, match["role"].strip())[0]:
        return _partner(reader, column, match["name"].strip(), match["role"].strip())
    return _partner(reader, column, text, None)


def _parted(form: str, text: str) -> re.Match[str] | None:
    """Part a name from its role; looking for them takes the square of a text, so not of any."""
    return form_pattern(form).fullmatch(text) if len(text) <= _LONGEST else None


def look_up_role(reader: Reader, role: str) -> tuple[bool, str | None]:
    """Look up the word of a role in the mapping and in the scheme."""
    said = Said(whole=role, texts={reader.mapping.language: role})
    return look_up(said, "helix", reader.mapping.values.roles)


def _partner(
    reader: Reader, column: PartnersColumn, name: str, role: str | None, task: str | None = None
) -> Partner:
    """Give a partner its helix concept; the word of a role nobody knows stays as its task."""
    language = reader.mapping.language
    tasks: LanguageMap = {language: task} if task else {}
    role = role or column.all_are
    if role is None:
        return Partner(name=name, task=tasks)
    known, helix = look_up_role(reader, role)
    if not known:
        reader.notes.warn(
            column.roles or column.column,
            role,
            "role-unknown",
            name=name,
        )
    if not known or helix is None:
        tasks = tasks or {language: role}
    return Partner(name=name, helix=helix, task=tasks)


@lru_cache(maxsize=32)
def form_pattern(form: str) -> re.Pattern[str]:
    """Turn `name (role)` into a pattern; any dash or width of bracket will do.

    The role is the last part in brackets or after a dash, so a name may hold either.
    """
    dashed = re.search(_DASH, form) is not None
    pattern = re.sub(rf"\\?{_DASH}", lambda _: _DASH, re.escape(form))
    pattern = pattern.replace(r"\ ", r"\s+" if dashed else r"\s*")
    for mark, wide in (("\\(", "\uff08"), ("\\)", "\uff09"), (":", "\uff1a")):
        pattern = pattern.replace(mark, f"[{mark}{wide}]")
    role_first = re.search("role.*name", form) is not None
    pattern = re.sub("role", "(?P<role>.+?)" if role_first else "(?P<role>.+)", pattern, count=1)
    return re.compile(re.sub(r"(?<!<)name", "(?P<name>.+)", pattern, count=1), re.DOTALL)
