"""JSON in which each row is a list of values, and the names of the columns stand elsewhere.

Socrata writes them into `meta.view.columns`, a dump of CKAN's datastore into `fields`, others into
`columns` or the first row. A value of several parts, such as Socrata's places and links, becomes an
object with the names of these parts.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

_HOLDERS: Final = ("data", "records", "rows", "values")
_ADDRESS: Final = "human_address"
_OF_MACHINES: Final = ("machine_address", "needs_recoding")
_INTERNAL: Final = "meta_data"  # what a portal adds to each row for itself


def path_of_rows(document: Any) -> str | None:
    """Tell where a document keeps rows that are lists and have names; None where it does not."""
    for key in _HOLDERS if isinstance(document, dict) else ():
        if with_names(document, document.get(key)) is not None:
            return key
    return None


def with_names(document: Any, items: Any) -> list[Any] | None:
    """Make each row an object by the names of the columns; None where rows are no such lists."""
    if not isinstance(items, list) or not items:
        return None
    if not all(isinstance(each, list) for each in items):
        return None
    columns = _columns(document)
    if columns is None:
        first, *items = items
        if not _are_names(first):
            return None
        columns = [{"name": each} for each in first]
    return [_record(columns, each) for each in items]


def _columns(document: Any) -> list[Mapping[str, Any]] | None:
    """Give the columns of a document in their order, each with its name."""
    if not isinstance(document, dict):
        return None
    view = document.get("meta")
    view = view.get("view") if isinstance(view, dict) else None
    for said in (view.get("columns") if isinstance(view, dict) else None, *_listed(document)):
        if not isinstance(said, list) or not said:
            continue
        found: list[Mapping[str, Any]] = [
            each if isinstance(each, dict) else {"name": each} for each in said
        ]
        if _are_names([_name(each) for each in found]):
            return found
    return None


def _listed(document: Mapping[str, Any]) -> Sequence[Any]:
    return document.get("columns"), document.get("fields")


def _name(column: Mapping[str, Any]) -> Any:
    return column.get("name") or column.get("id") or column.get("label")


def _are_names(said: list[Any]) -> bool:
    return (
        len(said) > 1
        and all(isinstance(each, str) and each.strip() for each in said)
        and len(set(said)) == len(said)
    )


def _record(columns: Sequence[Mapping[str, Any]], row: list[Any]) -> Any:
    """Name the values of a row; one that is longer is left as it is, to be reported."""
    if len(row) > len(columns):
        return row
    return {
        _name(column): _named(value, column.get("subColumnTypes"))
        for column, value in zip(columns, row, strict=False)
        if column.get("dataTypeName") != _INTERNAL
    }


def _named(value: Any, parts: Any) -> Any:
    """Name the parts of a value; Socrata keeps the lines of an address as JSON in one of them."""
    if not isinstance(value, list) or not isinstance(parts, list) or len(parts) != len(value):
        return value
    found = dict(zip(map(str, parts), value, strict=True))
    for name in _OF_MACHINES:
        found.pop(name, None)
    address = found.get(_ADDRESS)
    if isinstance(address, str):
        try:
            found[_ADDRESS] = json.loads(address)
        except (ValueError, RecursionError):
            return found
    return found
