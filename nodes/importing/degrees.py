"""Coordinates in degrees, minutes and seconds: `45° 4' 20" N`, `N 45°04,33'`, `7,68° E`."""

import re
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = r"\d{1,3}(?:[.,]\d+)?"
_LETTER: Final = r"(?:[NSEWO]|Est|Ovest|Nord|Sud|Ost|West|East|North|South)\b"
_DEGREES: Final = re.compile(
    rf"(?P<before>{_LETTER})?\.?\s*(?P<sign>[-+\N{{MINUS SIGN}}])?(?P<d>{_NUMBER})\s*[°º]"
    rf"\s*(?:(?P<m>{_NUMBER})\s*(?:['\u2019\u2032]|min\b)\s*)?"
    rf"(?:(?P<s>{_NUMBER})\s*(?:\"|\u201d|\u2033|''|\u2019\u2019)\s*)?(?P<after>{_LETTER})?",
    re.IGNORECASE,
)
_LETTERED: Final = re.compile(
    rf"(?P<one>{_NUMBER})\s?(?P<axis>[NS])[\s,;/]+(?P<other>{_NUMBER})\s?(?P<across>[EWO])",
    re.IGNORECASE,
)
_LONGEST: Final = 100
_OST: Final = {"de", "nl"}
"""Languages in which O is the east; in others that write it, it is the west."""


@dataclass(frozen=True, kw_only=True)
class Angle:
    """One coordinate; `axis` is "latitude" or "longitude" where a letter says so."""

    value: float
    axis: str | None


def angles(text: str, language: str) -> list[Angle] | None:
    """Read every coordinate of a text; None unless the whole of it is such coordinates."""
    if len(text) > _LONGEST:
        return None
    if not ("°" in text or "º" in text):
        return _decimal(text, language)
    if _DEGREES.sub("", text).strip(" ,;/|()[]\n\t"):
        return None
    found = [_angle(match, language) for match in _DEGREES.finditer(text)]
    return [each for each in found if each is not None] if all(found) else None


def _decimal(text: str, language: str) -> list[Angle] | None:
    """Read `52.0907N, 5.1214E`: two numbers of degrees with a letter each and no sign."""
    if (found := _LETTERED.fullmatch(text.strip())) is None:
        return None
    signed = f"{found['one']}° {found['axis']}, {found['other']}° {found['across']}"
    return angles(signed, language)


def _angle(match: re.Match[str], language: str) -> Angle | None:
    degrees, minutes, seconds = (
        float((match[part] or "0").replace(",", ".")) for part in ("d", "m", "s")
    )
    if minutes >= 60 or seconds >= 60 or degrees > 180:
        return None
    value = degrees + minutes / 60 + seconds / 3600
    letter = (match["before"] or match["after"] or "").lower()[:2]
    if letter in {"o", "os"}:
        letter = "e" if letter == "os" or language.split("-", 1)[0] in _OST else "w"
    south_or_west = letter[:1] in {"s", "w"} or letter == "ov"
    if match["sign"] in {"-", "\N{MINUS SIGN}"} or south_or_west:
        value = -value
    axis = None
    if letter:
        axis = "latitude" if letter[:1] in {"n", "s"} else "longitude"
    return Angle(value=round(value, 7), axis=axis)
