"""What cities are called in the languages of others: *Wien* is Vienna, Wiedeń, Βιέννη.

The names are facts of languages and stand in `files/cities.txt`, which says how it is read. They
are for finding: which city a record is of, the record says, and a city is what its node says of it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from vocab import shelf

_NO_SURE_SIGN: Final = "~"


@dataclass(frozen=True, kw_only=True)
class Name:
    """One name of a city; a `common` one is also a usual word of some language."""

    text: str
    common: bool = False


@cache
def cities() -> tuple[tuple[Name, ...], ...]:
    """Give the names of each city, the one that its own people use first."""
    lines = shelf.read("cities.txt").decode().splitlines()
    return tuple(_names(line) for line in lines if line and not line.startswith("#"))


def _names(line: str) -> tuple[Name, ...]:
    return tuple(
        Name(text=said.removeprefix(_NO_SURE_SIGN), common=said.startswith(_NO_SURE_SIGN))
        for said in line.split(", ")
    )
