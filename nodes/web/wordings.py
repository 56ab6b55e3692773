"""Dates, ages and numbers in words, as the English pages write them."""

import re
from datetime import datetime
from typing import Final

from vocab.fields import Moment

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_VERSION: Final = re.compile(r"_([0-9])_([0-9])$")
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def moment(value: Moment) -> str:
    """Write a date at the precision it has: `2019`, `September 2019`, `30 September 2019`."""
    parts = value.value.split("-")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:
        return value.value
    year, month, day = (*parts, "0", "0")[:3]
    if not 1 <= int(month) <= 12:
        return parts[0]
    named = f"{_MONTHS[int(month) - 1]} {year}"
    return f"{int(day)} {named}" if int(day) else named


def period(start: Moment | None, end: Moment | None) -> str:
    """Write a period; a missing end is left open."""
    if start and end:
        same = start.value == end.value
        return moment(start) if same else f"{moment(start)} to {moment(end)}"
    if start:
        return f"from {moment(start)}"
    return f"until {moment(end)}" if end else ""


def ago(seconds: int) -> str:
    """Write an age: `3 minutes ago`."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{counted(seconds // size, unit)} ago"
    return "just now"


def licence(iri: str) -> str:
    """Name a licence by the end of its IRI: `…/CC_BY_4_0` is `CC BY 4.0`."""
    name = _VERSION.sub(r" \1.\2", iri.rstrip("/").rsplit("/", 1)[-1])
    return name.replace("_", " ") or iri


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: `1 experiment`, `2,000 experiments`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def when(value: datetime | str) -> str:
    """Write a point in time to the minute, in UTC."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return f"{read.day} {_MONTHS[read.month - 1]} {read.year}, {read:%H:%M} UTC"
