"""Dates of other calendars than ours, where nothing is left to guess.

A date lasts, in our calendar, from a first day to a last one; of that only the precision on which
both agree is kept, so that no day and no month is made up: the fifth month of 1402 in Iran began
in July and ended in August, and gives 2023. The moon is sighted, not computed, so an Islamic date
is taken two days wider on either side.

Which calendar it is must be certain: by a mark in the cell (`พ.ศ.`, `令和`, `هـ`), by the name of a
month that only one calendar has, by the mapping, or by a language that counts years in one.
"""

import re
import tomllib
import warnings
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Final, Literal, get_args

from convertdate import coptic, hebrew, islamic, persian

from vocab.schemes import fold

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
_ERA: Final = re.compile(r"^(令和|平成|昭和|大正|明治|令|平|昭|大|明)\s*(\d{1,2})(?!\d)\s*(.*)$")
_ERA_LETTER: Final = re.compile(
    r"^([RHSTM])\s*\.?\s*(\d{1,2})((?:[./-]\s*\d{1,2}){0,2})$", re.IGNORECASE
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


def marked(text: str) -> tuple[Calendar, str] | None:
    """Tell whose a date is by the mark at its end or before its year; the rest is the date."""
    folded = text.strip()
    for mark, calendar in _marks():
        for found in (_before(mark).search(folded), _after(mark).search(folded)):
            if found and re.search(r"\d", rest := folded[: found.start()] + folded[found.end() :]):
                return calendar, rest.strip(" ,.-/")
    return None


def named_month(text: str) -> tuple[Calendar, str, int] | None:
    """Find a month that only another calendar has; gives its name as it stands, and its number."""
    folded = fold(text)
    for name, (calendar, number) in _months().items():
        if name in folded and (found := _word(name).search(folded)):
            return calendar, found[0], number
    return None


def era(text: str, *, letters: bool) -> tuple[str, Parts] | None:
    """Read a year of a Japanese era, such as `令和5-3-1`; `letters` allows `R5.3.1` too."""
    eras = _data()["eras"]
    if found := _ERA.match(text):
        name = next(each for each in eras if each.startswith(found[1]))
        rest = re.findall(r"\d+", found[3])
        if re.sub(r"[\d\s./-]", "", found[3]) or len(rest) > 2:
            return None
    elif letters and (found := _ERA_LETTER.match(text)):
        name = next(key for key, each in eras.items() if each["letter"] == found[1].upper())
        rest = re.findall(r"\d+", found[3])
    else:
        return None
    month, day = ([int(each) for each in rest] + [None, None])[:2]
    return name, (int(found[2]), month, day)


def era_span(name: str, parts: Parts) -> Span:
    """Say how long a date of an era lasts; raises NoSuchDay beyond the era."""
    bounds, (year, month, day) = _data()["eras"][name], parts
    if year < 1:
        raise NoSuchDay
    found = span("gregorian", bounds["first"].year + year - 1, month, day)
    if found.last < bounds["first"] or found.first > bounds["last"]:
        raise NoSuchDay
    return found


def of_language(language: str) -> Calendar | None:
    """Tell which calendar a year that is none of ours is of, where the language makes it sure."""
    known = _data()["languages"]
    found = known.get(language) or known.get(language.split("-", maxsplit=1)[0])
    return found if found in get_args(Calendar) else None


def possible(year: int, language: str) -> tuple[Calendar, ...]:
    """List the calendars in which a year of four digits can be one of our time."""
    found = tuple(
        name
        for name, (first, last) in _YEARS.items()
        if first <= year <= last and name not in {"minguo", "ethiopian"}
    )
    # In Ethiopia either count is used, seven or eight years apart: nothing tells them apart.
    both = language.split("-", maxsplit=1)[0] in {"am", "ti"}
    return (*found, "ethiopian") if both and _within("ethiopian", year) else found


def can_be(calendar: Calendar, year: int) -> bool:
    """Whether a year is one of our time in a calendar."""
    return _within(calendar, year)


def _within(calendar: Calendar, year: int) -> bool:
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


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("calendars.toml").read_text("utf-8"))


@cache
def _marks() -> tuple[tuple[str, Calendar], ...]:
    """Give the marks of all calendars, the longest first."""
    found = [(mark, name) for name, marks in _data()["marks"].items() for mark in marks]
    return tuple(sorted(found, key=lambda each: -len(each[0])))


@cache
def _months() -> dict[str, tuple[Calendar, int]]:
    """Give the names of the months of other calendars, the longest first."""
    found: dict[str, tuple[Calendar, int]] = {}
    for calendar, names in _data()["months"].items():
        for number, several in enumerate(names, start=1):
            found |= {fold(name): (calendar, number) for name in several.split("|")}
    return dict(sorted(found.items(), key=lambda each: -len(each[0])))


@cache
def _before(mark: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_]){re.escape(mark)}\s*(?=\d)", re.IGNORECASE)


@cache
def _after(mark: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_])\s*{re.escape(mark)}\s*$", re.IGNORECASE)


@cache
def _word(name: str) -> re.Pattern[str]:
    # The little words that stand before months in Hebrew and Arabic belong to them.
    return re.compile(rf"(?<![^\W\d_])[במל]?{re.escape(name)}(?![^\W\d_])")
