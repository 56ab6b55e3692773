r"""Any text in a cell, and any list of texts in one cell.

A cell loses what a text may hold: that it is empty, spaces at its ends, characters that XML does
not have. Those are written as `\{…}` with their code points in hexadecimal, and `\{}` is the text
that is empty. Everything else stands as itself, so that an officer sees plain text. The items of a
list stand in lines of their own; a line break within an item is written as `\{A}`.
"""

import re
from collections.abc import Iterable
from typing import Final

KEEP: Final = r"\{=}"
"""Stands for what is published: a text that no cell can hold."""
LONGEST: Final = 32_767
"""How many characters a cell holds, as spreadsheet programs count them (UTF-16)."""

_EMPTY: Final = r"\{}"
_ESCAPE: Final = re.compile(r"\\\{([0-9A-F]{1,6})\}|\\\{\}")
_LITERAL: Final = re.compile(r"\\(?=\{)")
_LOST: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_OFFICE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # how XLSX itself escapes
_ENDS: Final = re.compile(r"^\s+|\s+$")


def escaped(text: str) -> str:
    """Write a text so that a cell holds it."""
    if not text:
        return _EMPTY
    for pattern in (_LITERAL, _LOST, _OFFICE, _ENDS):
        text = pattern.sub(_coded, text)
    return text


def unescaped(cell: str) -> str:
    """Read the text of a cell; what is no escape stands as it is."""
    return _ESCAPE.sub(_decoded, trimmed(cell))


def literal(text: str) -> str:
    """Write a text so that it is taken as it is, whatever it looks like."""
    return f"{_coded_char(text[0])}{escaped(text[1:]) if text[1:] else ''}" if text else _EMPTY


def is_literal(cell: str) -> bool:
    """Tell whether a cell is written as `literal` writes it."""
    return _ESCAPE.match(cell) is not None


def joined(items: Iterable[str]) -> str:
    """Write a list into one cell, its items escaped already."""
    return "\n".join(each.replace("\n", _coded_char("\n")) for each in items)


def parted(cell: str) -> list[str]:
    """Take a list apart; empty lines hold nothing."""
    lines = (each.strip() for each in cell.replace("\r\n", "\n").split("\n"))
    return [each for each in lines if each]


def trimmed(cell: str) -> str:
    """Drop the white space around a cell's text, which no one sees."""
    return cell.replace("\r\n", "\n").strip()


def fits(cell: str) -> bool:
    """Tell whether a cell holds so much text."""
    return len(cell) <= LONGEST and len(cell.encode("utf-16-le")) // 2 <= LONGEST


def _coded(match: re.Match[str]) -> str:
    return "".join(map(_coded_char, match[0]))


def _coded_char(char: str) -> str:
    return rf"\{{{ord(char):X}}}"


def _decoded(match: re.Match[str]) -> str:
    code = int(match[1] or "0", 16)
    if match[1] is None:
        return ""
    if code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return match[0]
    return chr(code)
