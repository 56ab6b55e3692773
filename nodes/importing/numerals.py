"""Numbers as the scripts of the world write them.

Every decimal digit of Unicode (Arabic-Indic, Devanagari, Thai, fullwidth …) is brought to 0-9, and
the small numbers that Chinese characters and Hebrew letters spell in dates are read. Text stays
as it is: this is for what is about to be read as a date or a number.
"""

import re
import unicodedata
from typing import Final

_UNSEEN: Final = re.compile("[\u00ad\u061c\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_HAN: Final = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "元": 1,
}
_HAN_NUMBER: Final = re.compile("[〇零元一二三四五六七八九十百]+(?=\\s*[年月日])")
_HEBREW: Final = dict(
    zip(
        "אבגדהוזחטיכלמנסעפצקרשת",
        (*range(1, 10), *range(10, 100, 10), *range(100, 401, 100)),
        strict=True,
    )
) | {"ך": 20, "ם": 40, "ן": 50, "ף": 80, "ץ": 90}  # noqa: RUF001
_HEBREW_NUMBER: Final = re.compile(
    "(?:ה['\u05f3\u2019])?([א-ת]+(?:[\"\u05f4\u201d][א-ת]|['\u05f3\u2019]))"
)


def western(text: str) -> str:
    """Write the digits of any script as 0-9, wide letters as plain ones, without unseen marks."""
    if text.isascii():
        return text
    text = _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
    return "".join(_digit(each) for each in text)


def decimal(text: str, mark: str) -> str:
    """Write a number of any script with 0-9, and the decimal mark of Arabic as `mark`."""
    if text.isascii():
        return text
    arabic = text.replace("\N{ARABIC DECIMAL SEPARATOR}", mark)
    return western(arabic.replace("\N{ARABIC THOUSANDS SEPARATOR}", ""))


def han(text: str) -> str:
    """Write the numbers before the characters for year, month and day in digits: 三月 is 3月."""
    return _HAN_NUMBER.sub(lambda found: str(_of_han(found[0])), text)


def of_hebrew(text: str) -> str:
    """Write the numbers that Hebrew letters spell, marked as such, in digits; years with 5000."""

    def written(found: re.Match[str]) -> str:
        value = sum(_HEBREW.get(letter, 0) for letter in found[1])
        return str(value + 5000 if value >= 100 else value)

    return _HEBREW_NUMBER.sub(written, text)


def _digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)


def _of_han(text: str) -> int:
    if not set(text) & {"十", "百"}:
        return int("".join(str(_HAN[char]) for char in text))
    total = part = 0
    for char in text:
        if char in _HAN:
            part = _HAN[char]
        else:
            total += max(part, 1) * (10 if char == "十" else 100)
            part = 0
    return total + part
