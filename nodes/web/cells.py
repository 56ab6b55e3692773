"""Results of a query as cells of a table for people: from SPARQL TSV to text, link, language.

Only as many rows are read as are shown. Source: SPARQL 1.1 Query Results CSV and TSV Formats,
section 4: terms as in Turtle, separated by tabs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vocab.prefixed import short

_LITERAL: Final = re.compile(r'"((?:[^"\\]|\\.)*+)"(?:@([A-Za-z0-9-]+)|\^\^<([^>]*)>)?', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_PLAIN: Final = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One value: what to show, where an IRI leads, and the language of a text."""

    text: str
    link: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """The first rows of a result; `more` tells that there are others."""

    columns: tuple[str, ...]
    rows: tuple[Sequence[Cell], ...]
    more: bool


def table(tsv: str, most: int, *, cut: bool) -> Table:
    """Read up to `most` rows; `cut` tells that the text does not go to its end."""
    head, *rows = tsv.split("\n")
    columns = tuple(name.removeprefix("?") for name in head.split("\t")) if head else ()
    if rows:
        rows.pop()  # what stands after the last line feed: nothing, or half a row
    shown = tuple([_cell(term) for term in row.split("\t")] for row in rows[:most])
    return Table(columns=columns, rows=shown, more=cut or len(rows) > most)


def _cell(term: str) -> Cell:
    if term.startswith("<") and term.endswith(">"):
        return Cell(text=short(term[1:-1]), link=term[1:-1])
    literal = _LITERAL.fullmatch(term)
    if literal is None:
        return Cell(text=term)
    return Cell(text=_ESCAPE.sub(_character, literal[1]), language=literal[2] or "")


def _character(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "uU" and len(code) > 1:
        return chr(min(int(code[1:], 16), 0x10FFFF))
    return _PLAIN.get(code, code)
