"""Dates at the precision given: a year, a month or a day, and never more.

Every way of writing is accepted that leaves no doubt: ISO dates, dates in the order the mapping
names, and months by their names. What leaves a doubt is not read, and the reason says what to
write instead.
"""

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names

from nodes.importing.columns import DateOrder
from nodes.importing.lexicon import is_vague
from nodes.importing.rows import Cell
from vocab.experiment import Moment
from vocab.schemes import fold

_EARLIEST: Final = 1900
_LATEST: Final = 2100
_SERIAL: Final = re.compile(r"\d{5}(?:[.,]\d+)?")
_SERIALS: Final = (20_000, 80_000)  # 1954 to 2119
_FIRST_DAY: Final = date(1899, 12, 30)
_ISO: Final = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ]\d{2}:\d{2}\S*)?)?)?")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[./-](\d{1,2})(?:[./-](\d{1,2}))?\.?")
_YEAR_LAST: Final = re.compile(r"(?:(\d{1,2})\s*[./-]\s*)?(\d{1,2})\s*[./-]\s*(\d{4})")
_NAMED: Final = re.compile(
    r"(?:(\d{1,2})(?:\.|º|°|er|st|nd|rd|th)?\s+)?(?:de\s+|d['\u2019]|of\s+)?"
    r"([^\W\d_]+)\.?,?\s+(?:de\s+|del\s+)?(\d{4})"
)
_EXAMPLES: Final[dict[DateOrder, str]] = {
    "year-month-day": "2019-09-16, 2019-09 or 2019",
    "day-month-year": "16/09/2019, 09/2019 or 2019",
    "month-day-year": "09/16/2019, 09/2019 or 2019",
}


class Unread(ValueError):
    """A cell that is no date beyond doubt; the text says what to write."""


def moment(cell: Cell, order: DateOrder, language: str) -> Moment:
    """Read a cell as a date at its precision; raises Unread saying what to write instead."""
    write = f"write {_EXAMPLES[order]}"
    if isinstance(cell, date):
        return _checked(cell.year, cell.month, cell.day, write)
    if isinstance(cell, bool | list | dict | None):
        raise Unread(f"is no date: {write}")
    if isinstance(cell, int | float):
        if (counted := serial_day(cell)) is not None:
            return _checked(counted.year, counted.month, counted.day, write)
        if isinstance(cell, int) and _EARLIEST <= cell <= _LATEST:
            return _checked(cell, None, None, write)
        raise Unread(f"is a plain number, not a date: give the cell a date format, or {write}")
    if (counted := serial_day(cell)) is not None:
        return _checked(counted.year, counted.month, counted.day, write)
    year, month, day = _parts(" ".join(cell.split()), order, language, write)
    return _checked(year, month, day, write)


def serial_day(cell: Cell) -> date | None:
    """Give the day that a spreadsheet program counts so, from the end of 1899; else None."""
    if isinstance(cell, str) and _SERIAL.fullmatch(cell.strip()):
        cell = float(cell.strip().replace(",", "."))
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    return _FIRST_DAY + timedelta(days=int(cell)) if _SERIALS[0] <= cell <= _SERIALS[1] else None


def vague_year(text: str) -> str | None:
    """Give the year of a text that says no more that is sure: `primavera 2019`, `Q3 2019`."""
    words = fold(text).replace(".", " ").replace(",", " ").split()
    years = [each for each in words if re.fullmatch(r"(?:19|20)\d\d", each)]
    rest = [each for each in words if each not in years]
    sure = all(is_vague(each) or re.fullmatch(r"[qts][1-4]|[1-4][qts°ºªe]?", each) for each in rest)
    return years[0] if len(years) == 1 and rest and sure else None


def _parts(
    text: str, order: DateOrder, language: str, write: str
) -> tuple[int, int | None, int | None]:
    """Take a text apart into year, month and day."""
    if match := _ISO.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        year, month, day = match.groups()
        return int(year), _number(month), _number(day)
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = match.groups()
        if first is None:
            return int(year), int(second), None
        if order == "year-month-day":
            raise Unread(
                "leaves open which number is the day: write date_order in the mapping, or the "
                "date as 2019-09-16"
            )
        day, month = (first, second) if order == "day-month-year" else (second, first)
        return int(year), int(month), int(day)
    text = _without_weekday(text, language)
    if match := _NAMED.fullmatch(text):
        day, name, year = match.groups()
        if (number := _months(language).get(fold(name))) is not None:
            return int(year), number, _number(day)
    if re.search(r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2}\b", text):
        raise Unread(f"has a year of two digits: {write}")
    raise Unread(f"is no date that can be read: {write}")


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _checked(year: int, month: int | None, day: int | None, write: str) -> Moment:
    """Refuse what no calendar has."""
    if not _EARLIEST <= year <= _LATEST:
        raise Unread(f"has the year {year}: {write}")
    if month is None:
        return Moment(value=f"{year:04}")
    if not 1 <= month <= 12:
        raise Unread(f"has a month {month}: {write}")
    if day is None:
        return Moment(value=f"{year:04}-{month:02}")
    if not 1 <= day <= monthrange(year, month)[1]:
        raise Unread(f"has a day {day} that this month does not have: {write}")
    return Moment(value=f"{year:04}-{month:02}-{day:02}")


def _without_weekday(text: str, language: str) -> str:
    """Take the name of a weekday off the front."""
    first, space, rest = text.partition(" ")
    return rest if space and fold(first).strip(".,") in _weekdays(language) else text


@lru_cache(maxsize=32)
def _weekdays(language: str) -> frozenset[str]:
    found: set[str] = set()
    for tag in (language, "en"):
        try:
            locale = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        for width in ("wide", "abbreviated"):
            found |= {
                fold(name).strip(".") for name in get_day_names(width, locale=locale).values()
            }
    return frozenset(found)


@lru_cache(maxsize=32)
def _months(language: str) -> dict[str, int]:
    """Give the names of months, long and short, in a language and in English."""
    found: dict[str, int] = {}
    for tag in (language, "en", "en-gb"):
        try:
            locale = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in get_month_names(width, context, locale).items():
                    found.setdefault(fold(name).removesuffix("."), number)
    return found
