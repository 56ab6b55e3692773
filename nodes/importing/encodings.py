# ruff: noqa: RUF001
"""Which old encoding a text is in, by the letters that come out of it.

A byte means a letter in each of them, so a wrong one is no error: `Bežigrad` becomes `Beľigrad`.
Each language has a usual encoding and some that programs also wrote or still write (ISO, DOS and
Mac; spreadsheet programs offer the last two). The one that gives most letters of the language's
own alphabet, small ones before capitals, is likely; in doubt it is the usual one.
"""

import unicodedata
from collections import Counter
from typing import Final

from nodes.importing.lexicon import alphabet, encoding_for

_SIBLINGS: Final = {
    "cp1250": ("iso8859_2", "cp852", "mac_latin2"),
    "cp1251": ("koi8_u", "cp866", "iso8859_5", "mac_cyrillic"),
    "cp1252": ("mac_roman", "cp850"),
    "cp1253": ("iso8859_7", "cp737"),
    "cp1254": ("cp857", "mac_turkish"),
    "cp1256": ("iso8859_6", "cp720"),
    "cp1257": ("cp775",),
}
_LOOKED_AT: Final = 200_000  # bytes
_MARKS: Final = frozenset("€§°²³½«»„“”‚‘’–—…·•№™©®¡¿ºª×´\N{NO-BREAK SPACE}")
_CAPITAL: Final = 0.6


def likely_encoding(data: bytes, language: str) -> str:
    """Give the encoding that bytes that are no UTF-8 are likely in, in a text of a language."""
    usual = encoding_for(language)
    letters = alphabet(language)
    found = (usual, *_SIBLINGS.get(usual, ())) if letters else (usual,)
    return max(found, key=lambda each: _points(data[:_LOOKED_AT], each, letters))


def _points(data: bytes, encoding: str, letters: frozenset[str]) -> float:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return float("-inf")
    counted = Counter(unicodedata.normalize("NFC", text))
    return sum(
        _worth(char, letters) * times for char, times in counted.items() if not char.isascii()
    )


def _worth(char: str, letters: frozenset[str]) -> float:
    if char in letters:
        return 1.0
    if char.lower() in letters:
        return _CAPITAL
    return 0.0 if char in _MARKS else -1.0
