"""Coordinates in degrees: `45° 4' 20" N`, `N 45°04,33'`, `7,68° E`, `52.09N, 5.12E`.

The four directions may be said in 36 languages, as in Turkish `39,93 K, 32,85 D`.
`compass.toml` holds the words. A letter that means different things in two languages counts in
the language of the file only, so a word nobody knows is no direction, and is reported.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from nodes.importing.numerals import western

_COMPASS: Final = Path(__file__).with_name("compass.toml")
_CANONICAL: Final = {"north": "N", "south": "S", "east": "E", "west": "W"}
_NUMBER: Final = r"\d{1,3}(?:[.,]\d{1,12})?"
_SIDE: Final = r"[NSEW]"
_PARTS: Final = (
    rf"(?P<sign>[-+])?(?P<d>{_NUMBER})\s*°\s*(?:(?P<m>{_NUMBER})\s*(?:'|min\b)\s*)?"
    rf"(?:(?P<s>{_NUMBER})\s*(?:\"|'')\s*)?"
)
_BEFORE: Final = re.compile(rf"(?P<letter>{_SIDE})\s*{_PARTS}")
_AFTER: Final = re.compile(rf"{_PARTS}(?P<letter>{_SIDE})?")
_PLAIN_BEFORE: Final = re.compile(rf"(?P<letter>{_SIDE})\s?(?P<d>{_NUMBER})(?!\d)")
_PLAIN_AFTER: Final = re.compile(rf"(?<!\d)(?P<d>{_NUMBER})\s?(?P<letter>{_SIDE})")
_MARKS: Final = str.maketrans({
    "º": "°", "˚": "°", "度": "°", "도": "°",
    "\u2019": "'", "\u2032": "'", "\u00b4": "'", "`": "'", "分": "'", "분": "'",
    "\u201d": '"', "\u2033": '"', "秒": '"', "초": '"',
    "\N{MINUS SIGN}": "-", "\u060c": ",", "\u3001": ",", "\N{ARABIC DECIMAL SEPARATOR}": ".",
})  # fmt: skip
_LONGEST: Final = 100
_DIGIT: Final = re.compile(r"\d")
_SAYS_MORE: Final = re.compile(r"[^\W\d_]|[°º˚]")
_BETWEEN: Final = " ,;/|()[]\n\t"
_EASTERN_O: Final = {"de", "nl", "sv", "da", "nb", "no", "nn"}
"""Languages in which O is the east; in others that write it, it is the west."""


@dataclass(frozen=True, kw_only=True)
class Angle:
    """One coordinate; `axis` is "latitude" or "longitude" where a letter says so."""

    value: float
    axis: str | None


def angles(text: str, language: str) -> list[Angle] | None:
    """Read every coordinate of a text; None unless the whole of it is such coordinates."""
    if len(text) > _LONGEST or not (_DIGIT.search(text) and _SAYS_MORE.search(text)):
        return None
    said = _canonical(western(text.translate(_MARKS)), language.split("-", 1)[0].lower())
    first = said.lstrip(_BETWEEN)[:1] in set("NSEW")
    if "°" in said:
        pattern = _BEFORE if first else _AFTER
    else:
        pattern = _PLAIN_BEFORE if first else _PLAIN_AFTER
    if pattern.sub("", said).strip(_BETWEEN):
        return None
    found = [each for each in map(_angle, pattern.finditer(said)) if each is not None]
    axes = [each.axis for each in found if each.axis]
    whole = len(found) == len(pattern.findall(said))
    return found if found and whole and len(set(axes)) == len(axes) else None


def _angle(match: re.Match[str]) -> Angle | None:
    said = match.groupdict()
    degrees, minutes, seconds = (
        float((said.get(part) or "0").replace(",", ".")) for part in ("d", "m", "s")
    )
    if minutes >= 60 or seconds >= 60 or degrees > 180:
        return None
    value = degrees + minutes / 60 + seconds / 3600
    letter = said["letter"]
    if said.get("sign") == "-" or letter in {"S", "W"}:
        value = -value
    axis = ("latitude" if letter in {"N", "S"} else "longitude") if letter else None
    return Angle(value=round(value, 7), axis=axis)


def _canonical(text: str, language: str) -> str:
    """Write the directions of a text as N, S, E and W, and all else as it is."""
    words = _words(language)
    return _pattern(language).sub(lambda found: words[_bare(found[0])], text)


@cache
def _words(language: str) -> dict[str, str]:
    """Give the words for directions: of the language, then long ones of all others."""
    data = tomllib.loads(_COMPASS.read_text("utf-8"))
    found = {"n": "N", "s": "S", "e": "E", "w": "W"}
    found["o"] = "E" if language in _EASTERN_O else "W"
    own = data.get("nb" if language in {"no", "nn"} else language, {})
    for section in (own, data["any"], *(each for tag, each in data.items() if tag != language)):
        for side, words in section.items():
            for word in map(_bare, words):
                if section is own:
                    found[word] = _CANONICAL[side]
                elif len(word) > 2:
                    found.setdefault(word, _CANONICAL[side])
    return found


@cache
def _pattern(language: str) -> re.Pattern[str]:
    """Make the pattern that finds these words, with stops and spaces where they may be."""
    words = sorted(_words(language), key=len, reverse=True)
    spelt = "|".join(r"\.?\s?".join(map(re.escape, word)) for word in words)
    return re.compile(rf"(?<![^\W\d_])(?:{spelt})(?![^\W\d_])\.?", re.IGNORECASE)


def _bare(word: str) -> str:
    return re.sub(r"[.\s]", "", word).casefold()
