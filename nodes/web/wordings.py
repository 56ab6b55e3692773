"""Dates, ages and numbers in words, as the English pages write them."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from nodes.places import centre
from vocab.fields import Moment
from vocab.records import ROOMS

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_SCHEME: Final = re.compile(r"^(?:https?://|mailto:)")
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


def number(value: Decimal | int) -> str:
    """Write a number: `1,234.5`."""
    return f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def days(value: int) -> str:
    """Write a number of days: `1 day`, `90 days`."""
    return counted(value, "day")


def money(amount: Decimal, currency: str | None) -> str:
    """Write an amount with its currency as it is given: `1,500 EUR`."""
    return f"{number(amount)} {currency}" if currency else number(amount)


def address(iri: str) -> str:
    """Write an address as people do: without `https://`, `mailto:` or a slash at its end."""
    return _SCHEME.sub("", iri).removesuffix("/") or iri


def tail(iri: str) -> str:
    """Give the last part of an IRI, by which most vocabularies name a thing."""
    return re.split(r"[/#]", iri.rstrip("/#"))[-1] or iri


def position(wkt: str | None) -> str | None:
    """Write where the middle of a geometry lies: `45.0703° N, 7.6869° E`."""
    middle = centre(wkt)
    if middle is None:
        return None
    east, north = middle
    return (
        f"{abs(north):.4f}° {'N' if north >= 0 else 'S'}, "
        f"{abs(east):.4f}° {'E' if east >= 0 else 'W'}"
    )


def listed(words: Sequence[str]) -> str:
    """Write several words in a row: `a, b and c`."""
    *first, last = words or [""]
    return f"{', '.join(first)} and {last}" if first else last


def tally(counts: Sequence[tuple[str, int]]) -> str:
    """Write how many there are of each kind: `3 experiments, 1 testbed and 2 calls`."""
    found = dict(counts)
    said = [counted(found[room], room[:-1]) for room in ROOMS if found.get(room)]
    return listed(said) or counted(0, ROOMS[0][:-1])


def when(value: datetime | str) -> str:
    """Write a point in time to the minute, in UTC."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return f"{read.day} {_MONTHS[read.month - 1]} {read.year}, {read:%H:%M} UTC"
