"""Calendar weeks: `KW 12/2024`, `week 12, 2024`, `2024-W12`, `2024. 12. hét`.

A week is one of ISO 8601: it begins on a Monday, and the first of a year holds its fourth of
January. A word of another language counts only when it is no short one, for `kw.` is a quarter in
Polish. The words are data, in `languages.toml`.
"""

import re
import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nodes.importing.calendars import EARLIEST, LATEST, NoSuchDay, Span

_ISO: Final = re.compile(r"(\d{4})[-\s/]?W(\d{1,2})", re.IGNORECASE)
_WEEK_FIRST: Final = re.compile(r"W(\d{1,2})[-\s/](\d{4})", re.IGNORECASE)
_SHORT: Final = 3  # letters, up to which a word is one of its own language only
_BETWEEN: Final = r"[\s.,/_-]{0,3}"


def week(text: str, language: str) -> tuple[int, int] | None:
    """Take year and number of a week out of a text; None where it is none."""
    if found := _ISO.fullmatch(text):
        return int(found[1]), int(found[2])
    if found := _WEEK_FIRST.fullmatch(text):
        return int(found[2]), int(found[1])
    for pattern in _patterns(language.split("-", maxsplit=1)[0]):
        if found := pattern.fullmatch(text):
            return int(found["year"]), int(found["week"])
    return None


def week_span(year: int, number: int) -> Span:
    """Say from when to when a week lasts; raises NoSuchDay when the year does not have it."""
    if not EARLIEST <= year <= LATEST:
        raise NoSuchDay
    try:
        return Span(
            first=date.fromisocalendar(year, number, 1), last=date.fromisocalendar(year, number, 7)
        )
    except ValueError as error:
        raise NoSuchDay from error


@lru_cache(maxsize=64)
def _patterns(language: str) -> tuple[re.Pattern[str], ...]:
    data: dict[str, Any] = tomllib.loads(
        Path(__file__).with_name("languages.toml").read_text("utf-8")
    )
    said = data["weeks"]
    others = (each for words in said.values() for each in words if len(each) > _SHORT)
    words = dict.fromkeys((*said.get(language, ()), *said["en"], *others))
    word = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    year, number = r"(?P<year>\d{4})", r"(?P<week>\d{1,2})"
    return tuple(
        re.compile(each, re.IGNORECASE)
        for each in (
            rf"(?:{word}){_BETWEEN}{number}{_BETWEEN}{year}",
            rf"{number}{_BETWEEN}(?:{word}){_BETWEEN}{year}",
            rf"{year}{_BETWEEN}(?:{word}){_BETWEEN}{number}",
            rf"{year}{_BETWEEN}{number}{_BETWEEN}(?:{word})",
        )
    )
