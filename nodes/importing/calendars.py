"""Dates of other calendars than ours, where nothing is left to guess.

A date lasts, in our calendar, from a first day to a last one; of that only the precision on which
both agree is kept, so that no day and no month is made up: the fifth month of 1402 in Iran began
in July and ended in August, and gives 2023. The moon is sighted, not computed, so an Islamic date
is taken two days wider on either side.
"""

import warnings
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType, ModuleType
from typing import Final, Literal

from convertdate import coptic, hebrew, islamic, persian

Calendar = Literal[
    "gregorian", "buddhist", "japanese", "minguo", "persian", "islamic", "hebrew", "ethiopian"
]
Parts = tuple[int, int | None, int | None]

EARLIEST: Final = 1900
LATEST: Final = 2100

_FIRST_JANUARY: Final = 2484  # the Buddhist year began in April before that
_SIGHTING: Final = timedelta(days=2)
_ADAR: Final = 14  # of which a leap year has two
_COPTIC: Final = 276  # years between the Ethiopian and the Coptic count
_YEARS: Final[MappingProxyType[Calendar, tuple[int, int]]] = MappingProxyType(
    {
        "gregorian": (EARLIEST, LATEST),
        "buddhist": (EARLIEST + 543, LATEST + 543),
        "minguo": (1, LATEST - 1911),
        "persian": (EARLIEST - 621, LATEST - 621),
        "islamic": (1318, 1524),
        "hebrew": (EARLIEST + 3761, LATEST + 3761),
        "ethiopian": (EARLIEST - 8, LATEST - 7),
    }
)


@dataclass(frozen=True, kw_only=True)
class Span:
    """How long a date of another calendar lasts in ours."""

    first: date
    last: date

    @property
    def agreed(self) -> str | None:
        """What first and last day have in common: a day, a month, a year; else None."""
        first, last = self.first.isoformat(), self.last.isoformat()
        if first == last:
            return first
        if first[:7] == last[:7]:
            return first[:7]
        return first[:4] if first[:4] == last[:4] else None

    @property
    def exact(self) -> bool:
        """Whether what is agreed says all of it: one day, one whole month, one whole year."""
        whole = self.first.day == 1 and self.last.day == monthrange(*self.last.timetuple()[:2])[1]
        if self.first.timetuple()[:2] == self.last.timetuple()[:2]:
            return whole or self.first == self.last
        return whole and (self.first.month, self.last.month) == (1, 12)


class NoSuchDay(ValueError):
    """A calendar has no such day."""


def span(calendar: Calendar, year: int, month: int | None, day: int | None) -> Span:
    """Say how long a date lasts; raises NoSuchDay when the calendar does not have it."""
    try:
        found = _SPANS[calendar](year, month, day)
    except (ValueError, OverflowError, IndexError, TypeError) as error:
        raise NoSuchDay from error
    if not EARLIEST <= found.first.year <= found.last.year <= LATEST:
        raise NoSuchDay
    return found


def can_be(calendar: Calendar, year: int) -> bool:
    """Whether a year is one of our time in a calendar."""
    first, last = _YEARS.get(calendar, (1, 0))
    return first <= year <= last


def _gregorian(year: int, month: int | None, day: int | None) -> Span:
    first = date(year, month or 1, day or 1)
    if day is not None:
        return Span(first=first, last=first)
    last = month or 12
    return Span(first=first, last=date(year, last, monthrange(year, last)[1]))


def _buddhist(year: int, month: int | None, day: int | None) -> Span:
    if year >= _FIRST_JANUARY:
        return _gregorian(year - 543, month, day)
    if month is None:
        last = date(year - 542, 3, 31) if year < _FIRST_JANUARY - 1 else date(year - 543, 12, 31)
        return Span(first=date(year - 543, 4, 1), last=last)
    if month < 4 and year == _FIRST_JANUARY - 1:
        raise NoSuchDay  # that year ended in December
    return _gregorian(year - 543 + (month < 4), month, day)


def _minguo(year: int, month: int | None, day: int | None) -> Span:
    return _gregorian(year + 1911, month, day)


def _counted(
    module: ModuleType, months: Callable[[int], list[int]], shift: int = 0
) -> Callable[[int, int | None, int | None], Span]:
    """Make the reading of a calendar of the library; `months` are a year's, first to last."""

    def quietly(year: int, month: int | None, day: int | None) -> Span:
        with warnings.catch_warnings():  # the library calls what it deprecates itself
            warnings.simplefilter("ignore", DeprecationWarning)
            return read(year, month, day)

    def read(year: int, month: int | None, day: int | None) -> Span:
        year -= shift
        order = months(year)
        if month is not None and month not in order:
            raise NoSuchDay
        if day is not None and month is not None:
            if not 1 <= day <= module.month_length(year, month):
                raise NoSuchDay
            at = date(*module.to_gregorian(year, month, day))
            return Span(first=at, last=at)
        start, end = (order[0], order[-1]) if month is None else (month, month)
        return Span(
            first=date(*module.to_gregorian(year, start, 1)),
            last=date(*module.to_gregorian(year, end, module.month_length(year, end))),
        )

    return lru_cache(maxsize=4096)(quietly)


def _twelve(_year: int) -> list[int]:
    return list(range(1, 13))


def _of_hebrew(year: int) -> list[int]:
    """Order its months: it begins with Tishri, the seventh."""
    return [*range(7, hebrew.year_months(year) + 1), *range(1, 7)]


def _islamic(year: int, month: int | None, day: int | None) -> Span:
    found = _tabular(year, month, day)
    return Span(first=found.first - _SIGHTING, last=found.last + _SIGHTING)


def _hebrew(year: int, month: int | None, day: int | None) -> Span:
    if month != _ADAR:
        return _lunisolar(year, month, day)
    if not hebrew.leap(year):
        return _lunisolar(year, 12, day)
    return Span(first=_lunisolar(year, 12, None).first, last=_lunisolar(year, 13, None).last)


_lunisolar: Final = _counted(hebrew, _of_hebrew)
_tabular: Final = _counted(islamic, _twelve)
_SPANS: Final[dict[Calendar, Callable[[int, int | None, int | None], Span]]] = {
    "gregorian": _gregorian,
    "buddhist": _buddhist,
    "minguo": _minguo,
    "persian": _counted(persian, _twelve),
    "islamic": _islamic,
    "hebrew": _hebrew,
    "ethiopian": _counted(coptic, lambda _: list(range(1, 14)), _COPTIC),
}
