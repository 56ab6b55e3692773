"""How dates of other calendars are known: by marks, by months, by eras, by the language.

The marks and names are data, in `calendars.toml`. What is not known so is not guessed.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from nodes.importing.calendars import Calendar, NoSuchDay, Parts, Span, can_be, span
from vocab.schemes import fold

_UNMARKED: Final[tuple[Calendar, ...]] = ("gregorian", "buddhist", "persian", "islamic", "hebrew")
"""Calendars whose years of our time have four digits and tell them apart from ours."""

_ERA: Final = re.compile(r"^(令和|平成|昭和|大正|明治|令|平|昭|大|明)\s*(\d{1,2})(?!\d)\s*(.*)$")
_ERA_LETTER: Final = re.compile(
    r"^([RHSTM])\s*\.?\s*(\d{1,2})((?:[./-]\s*\d{1,2}){0,2})$", re.IGNORECASE
)


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
    found = tuple(name for name in _UNMARKED if can_be(name, year))
    # In Ethiopia either count is used, seven or eight years apart: nothing tells them apart.
    both = language.split("-", maxsplit=1)[0] in {"am", "ti"}
    return (*found, "ethiopian") if both and can_be("ethiopian", year) else found


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
