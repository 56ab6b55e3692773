"""A value of a record in a cell. Plain functions.

What is shown here, `values.read` reads as the same value: where the plain form would be read
otherwise, such as a year that another calendar may claim, the value is written as a literal
(`escaping`), which is taken as it is.
"""

import re
from decimal import Decimal as Number
from typing import Any, Final

from nodes.importing.form.choices import BOOLEAN
from nodes.importing.form.escaping import escaped, is_literal, joined, literal
from nodes.importing.form.tongue import Tongue
from nodes.importing.form.values import Misread, blank, read
from vocab import fields as said
from vocab.fields import Moment, Said

Shown = str | int | float
"""What is written into a cell."""

_EXACT: Final = 10**15
"""Beyond this, spreadsheet programs round whole numbers."""


def shown(how: Said, value: Any, tongue: Tongue, listed: str | None) -> Shown:
    """Write a value; of a text in several languages, that of one."""
    if isinstance(value, bool):
        return tongue.word(BOOLEAN, "true" if value else "false") or str(value).lower()
    match how:
        case said.Links():
            return joined(_shown_link(each, tongue, listed) for each in value)
        case said.Tagged() | said.Names():
            return joined(map(escaped, value))
        case said.Link():
            return _shown_link(value, tongue, listed)
        case said.Integer() | said.Days():
            return value if abs(value) < _EXACT else str(value)
        case said.Decimal():
            return _shown_number(value)
        case said.Text() | said.Texts() | said.Word():
            return escaped(value)
    text: str = value.value if isinstance(value, Moment) else value
    for cell in (_pair(text), text) if isinstance(how, said.Typed) else (text,):
        if _reads_as(how, cell, value, tongue):
            return cell
    return literal(text)


def _reads_as(how: Said, cell: str, value: Any, tongue: Tongue) -> bool:
    if blank(cell) or is_literal(cell):
        return False
    try:
        return bool(read(how, cell, tongue) == value)
    except Misread:
        return False


def _shown_link(value: str, tongue: Tongue, listed: str | None) -> str:
    word = None if listed is None else tongue.word(listed, value)
    return value if word is None else escaped(word)


def _shown_number(value: Number) -> Shown:
    """Write a number as one, where a spreadsheet program keeps all of its figures."""
    short = len(value.as_tuple().digits) <= 15 and -9 <= value.adjusted() <= 15
    if short and Number(repr(float(value))) == value:
        return float(value)
    return f"{value:f}"


def _pair(wkt: str) -> str:
    """Write a point as maps show it, latitude first, where that gives the same point."""
    match = re.fullmatch(r"POINT\((\S+) (\S+)\)", wkt)
    return wkt if match is None else f"{match[2]}, {match[1]}"
