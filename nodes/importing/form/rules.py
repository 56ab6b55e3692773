"""How the columns of the workbook look, and what the spreadsheet program checks in them."""

from collections.abc import Mapping
from typing import Any, Final

from xlsxwriter.utility import xl_col_to_name

from nodes.importing.form.choices import list_of
from nodes.importing.form.layout import IRI, KIND, Column, Table, many_values
from nodes.importing.form.wording import heading
from vocab import fields as said

FIRST: Final = 2
"""The row, from 0, of the first record."""

_LONG: Final = (said.Texts, said.Tagged, said.Typed)
_NEEDED: Final = frozenset({"identifier", "title", "description", "themes"})
_DATE: Final = "=OR(ISNUMBER({0}),LEN({0})=4,LEN({0})=7,LEN({0})=10)"


def format_of(column: Column) -> str:
    """Name the format of a column's cells: text, so that nothing is changed, or number."""
    how = column.said
    if isinstance(how, said.Integer | said.Decimal | said.Days):
        return "number"
    return "wrap" if isinstance(how, _LONG) or many_values(how) else "text"


def width_of(column: Column) -> int:
    """Give how wide a column is shown."""
    return 40 if isinstance(column.said, _LONG) else 20


def is_needed(table: Table, column: Column) -> bool:
    """Tell whether a column is marked as needed."""
    if not column.path:
        return column.name not in {IRI, KIND} and "position" not in column.name
    if table.is_main:
        return column.name in _NEEDED
    return len(column.path) == 1 and column.path[0].needed


def rule(
    column: Column, index: int, language: str, ranges: Mapping[str, str], told: str
) -> dict[str, Any]:
    """Say what the spreadsheet program checks: it offers and warns, and forbids nothing."""
    name = heading(column, language)[:32]
    help_ = {"input_title": name, "input_message": told[:255]} if told else {}
    warns = {**help_, "error_title": name, "error_message": told[:255], "error_type": "warning"}
    if (named := list_of(column)) is not None:
        return {"validate": "list", "source": ranges[named], "show_error": False, **help_}
    if isinstance(column.said, said.When):
        cell = f"{xl_col_to_name(index)}{FIRST + 1}"
        return {"validate": "custom", "value": _DATE.format(cell), **warns}
    if isinstance(column.said, said.Integer | said.Days | said.Decimal):
        kind = "decimal" if isinstance(column.said, said.Decimal) else "integer"
        grade = column.name.startswith(("trl", "srl"))
        low, high = (1, 9) if grade else (-(10**15), 10**15)
        span = {"criteria": "between", "minimum": low, "maximum": high}
        return {"validate": kind, **span, **warns}
    return {"validate": "any", **help_}
