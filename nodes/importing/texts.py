"""Cells as text: cleaned, parted into items and languages, nothing dropped unseen."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from nodes.importing.columns import Column
from nodes.importing.degrees import angles
from nodes.importing.lexicon import is_legal_form, tick
from nodes.importing.mapping import Mapping
from nodes.importing.markup import has_markup, without_markup
from nodes.importing.numerals import decimal
from nodes.importing.rows import Cell, Notes
from vocab.fields import LanguageMap
from vocab.schemes import fold

_BLANK: Final = frozenset({"", "-", "\u2013", "\u2014", "?", "n/a", "n.a.", "#n/a", "null"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_MOJIBAKE: Final = re.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]")
_LOST: Final = "\N{REPLACEMENT CHARACTER}"
REMARK: Final = re.compile(r"\s*[(\uff08][^()\uff08\uff09]*[)\uff09]$")
"""What stands in brackets at the end of a text."""

_WIDE_BRACKETS: Final = str.maketrans("\uff08\uff09", "()")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True, kw_only=True)
class Said:
    """A word or sentence as the city wrote it: whole, and by language."""

    whole: str
    texts: LanguageMap


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads the cells of one row as the mapping says, and notes what is odd."""

    mapping: Mapping
    notes: Notes

    def cell(self, column: Column) -> Cell:
        """Give a column's cell, or its constant; a word for "nothing" is nothing."""
        if column.column is None:
            return column.constant
        cell = self.notes.row.get(column.column)
        if column.ticked is not None:
            return column.ticked if self._is_ticked(column.column, cell) else None
        return None if isinstance(cell, str) and self.is_blank(cell) else cell

    def _is_ticked(self, heading: str, cell: Cell) -> bool:
        """Whether a box is marked; what is no mark is noted, and none."""
        if cell is None or (isinstance(cell, str) and self.is_blank(cell)):
            return False
        if (said := tick(cell)) is None:
            self.notes.warn(heading, cell, "no-tick")
        return bool(said)

    def is_blank(self, text: str) -> bool:
        """Whether a text is one of the words for "nothing"."""
        word = fold(text)
        return word in _BLANK or word in self.mapping.blank

    def text(self, columns: Iterable[Column]) -> str | None:
        """Give the first column that is filled, as one text."""
        return next((text for _, text in self.filled(columns)), None)

    def filled(self, columns: Iterable[Column]) -> Iterator[tuple[Column, str]]:
        """Give each column that is filled, with its clean text."""
        for column in columns:
            if text := self.plain(column.column, self.cell(column)):
                yield column, text

    def texts(self, columns: Iterable[Column], joint: str) -> LanguageMap:
        """Give the text by language; several columns of one language are joined."""
        found: dict[str, list[str]] = {}
        for column in columns:
            text = self.plain(column.column, self.cell(column))
            for language, part in self.by_language(column, text).items() if text else ():
                found.setdefault(language, []).append(part)
        return {language: joint.join(dict.fromkeys(parts)) for language, parts in found.items()}

    def said(self, columns: Iterable[Column]) -> Iterator[tuple[Column, Said]]:
        """Give every item of list columns: the parts of a cell, or the items of a list."""
        for column in columns:
            cell = self.cell(column)
            for item in self.items(column.column, cell, column.separator):
                yield column, Said(whole=item, texts=self.by_language(column, item))

    def items(self, heading: str | None, cell: Cell, separators: Sequence[str]) -> list[str]:
        """Part a cell into its items; blank ones are dropped."""
        if isinstance(cell, list):
            found = [self.plain(heading, each) for each in cell]
        else:
            text = self.plain(heading, cell) or ""
            found = list(split(text, separators or self.mapping.separator))
        return [each for each in found if each and not self.is_blank(each)]

    def plain(self, heading: str | None, cell: Any) -> str | None:
        """Give a cell as clean text, or None when it is blank or no text."""
        if cell is None or isinstance(cell, str):
            return None if cell is None else self._clean(heading, cell)
        if isinstance(cell, bool):
            return "true" if cell else "false"
        if isinstance(cell, date):
            return cell.isoformat()
        if isinstance(cell, list):
            texts = [self.plain(heading, each) for each in cell]
            return "; ".join(each for each in texts if each) or None
        if isinstance(cell, dict):
            self.notes.warn(
                heading,
                cell,
                "object-in-text",
                path=f"{heading}.{next(iter(cell), 'name')}",
            )
            return None
        return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)

    def number(self, column: Column) -> float | None:
        """Read a number with the decimal mark of the mapping."""
        cell = self.cell(column)
        if isinstance(cell, bool):
            cell = str(cell)
        if cell is None or isinstance(cell, int | float):
            return cell
        text = self.plain(column.column, cell)
        return None if text is None else self.parsed_number(column.column, text)

    def parsed_number(self, heading: str | None, text: str) -> float | None:
        """Read text as a number; what is none is noted and left out."""
        mark = self.mapping.decimal
        if (found := angles(text, self.mapping.language)) and len(found) == 1:
            return found[0].value
        text = decimal(text, mark)
        written = re.sub(r"\s", "", text).replace("\N{MINUS SIGN}", "-")
        if not _NUMBER.fullmatch(written):
            self.notes.warn(heading, text, "no-number", example=f"45{mark}095")
            return None
        other = "," if mark == "." else "."
        if other in written:
            self.notes.warn(
                heading,
                text,
                "decimal-other",
                mark=other,
                own=mark,
                read=written.replace(",", "."),
                write=written.replace(other, mark),
            )
        return float(written.replace(",", "."))

    def by_language(self, column: Column, text: str) -> dict[str, str]:
        """Part a bilingual text; one without divider is in the first of the languages."""
        if not column.bilingual:
            return {column.language or self.mapping.language: text}
        parts = [part.strip() for part in text.split(column.divider, len(column.bilingual) - 1)]
        return {tag: part for tag, part in zip(column.bilingual, parts, strict=False) if part}

    def _clean(self, heading: str | None, text: str) -> str | None:
        if _SURROGATE.search(text):
            text = _SURROGATE.sub(_LOST, text)
        if _LOST in text:
            self.notes.warn(heading, text, "letter-lost", letter=_LOST)
        elif (mended := _mended(text)) is not None:
            self.notes.warn(heading, text, "wrong-encoding", mended=mended)
        if has_markup(text):
            text = without_markup(text)
            self.notes.warn(heading, text, "html")
        text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
        return _CONTROL.sub("", text).strip() or None


def whole_names(parts: Iterable[str]) -> list[str]:
    """Join what says only what kind of company one is to the name before it: `Veolia`, `a.s.`."""
    found: list[str] = []
    for part in parts:
        if found and is_legal_form(part):
            found[-1] = f"{found[-1]}, {part}"
        else:
            found.append(part)
    return found


def split(text: str, separators: Sequence[str]) -> Iterator[str]:
    """Part a text at its separators, but not inside brackets, if every bracket is closed."""
    if not separators:
        yield text.strip()
        return
    plain = text.translate(_WIDE_BRACKETS)
    if plain.count("(") != plain.count(")"):
        yield from (part.strip() for part in re.split("|".join(map(re.escape, separators)), text))
        return
    depth, start, index = 0, 0, 0
    while index < len(text):
        mark = next((each for each in separators if text.startswith(each, index)), None)
        if mark is not None and depth == 0:
            yield text[start:index].strip()
            index += len(mark)
            start = index
            continue
        depth = max(0, depth + (plain[index] == "(") - (plain[index] == ")"))
        index += 1
    yield text[start:].strip()


def _mended(text: str) -> str | None:
    """Undo UTF-8 read as cp1252, if that is what happened to the text."""
    if not _MOJIBAKE.search(text):
        return None
    try:
        mended = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
    return mended[:80]
