"""The names of months and weekdays, in the languages of the schemes and in Thai.

The mapping's own language comes first, then English. A name of another language counts when it
means the same month in all that have it.
"""

from functools import lru_cache
from typing import Final, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names

from vocab.schemes import fold

Width = Literal["wide", "abbreviated"]

LANGUAGES: Final = (
    "en", "it", "fr", "de", "es", "nl", "fi", "da", "ca", "pt", "el", "et", "nb", "sv", "pl", "th",
)  # fmt: skip
_ENGLISH: Final = ("en", "en-gb")


def month_of(name: str, language: str) -> int | None:
    """Give the number of a month by its name."""
    bare = _bare(name)
    for known in (_months((language, *_ENGLISH)), _others(LANGUAGES)):
        if bare in known:
            return known[bare]
    return None


def without_weekday(text: str, language: str) -> str:
    """Take the name of a weekday off the front."""
    first, space, rest = text.partition(" ")
    days = _weekdays((language, *_ENGLISH, *LANGUAGES))
    return rest if space and _bare(first.strip(",")) in days else text


def _bare(name: str) -> str:
    return fold(name).replace(".", "").strip()


@lru_cache(maxsize=32)
def _months(
    tags: tuple[str, ...], widths: tuple[Width, ...] = ("wide", "abbreviated")
) -> dict[str, int]:
    """Give the names of months; of two meanings the first language's."""
    found: dict[str, int] = {}
    for tag in tags:
        for context in ("format", "stand-alone"):
            for width in widths:
                if (locale := _locale(tag)) is None:
                    continue
                for number, name in get_month_names(width, context, locale).items():
                    found.setdefault(_bare(name), number)
    return found


@lru_cache(maxsize=2)
def _others(tags: tuple[str, ...]) -> dict[str, int]:
    """Give the full names that mean the same month in every language that has them."""
    meanings: dict[str, set[int]] = {}
    for tag in tags:
        for name, number in _months((tag,), ("wide",)).items():
            meanings.setdefault(name, set()).add(number)
    return {name: min(numbers) for name, numbers in meanings.items() if len(numbers) == 1}


@lru_cache(maxsize=32)
def _weekdays(tags: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    for tag in tags:
        if (locale := _locale(tag)) is not None:
            for width in ("wide", "abbreviated"):
                found |= {_bare(name) for name in get_day_names(width, locale=locale).values()}
    return frozenset(found)


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return None
