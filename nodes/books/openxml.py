"""A survey of XLSX and XLSM: an archive with a part of XML for each sheet."""

import re
import zipfile
from array import array
from collections.abc import Mapping, Sequence
from typing import Final

from nodes.books.parts import walk
from nodes.books.surveys import Book, Survey, of_formula

_REFERENCE: Final = re.compile(r"\$?([A-Za-z]+)\$?([0-9]+)")
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_TRUE: Final = {"1", "true"}


def survey(archive: zipfile.ZipFile, book: Book) -> None:
    """Look through every sheet; raises ImportRefused at cells too far out."""
    titles: dict[str, str] = {}

    def workbook(element: str, attributes: dict[str, str]) -> None:
        if element == "workbookPr":
            book.from_1904 = attributes.get("date1904") in _TRUE
        elif element == "sheet" and "id" in attributes:
            titles[attributes["id"]] = attributes.get("name", "")

    parts: dict[str, str] = {}

    def relations(element: str, attributes: dict[str, str]) -> None:
        title = titles.get(attributes.get("Id", "")) if element == "Relationship" else None
        if title is not None:
            target = attributes.get("Target", "")
            parts[_place(target)] = title

    names = named(archive)
    if {"xl/workbook.xml", _RELATIONS} <= names.keys():
        walk(archive, names["xl/workbook.xml"], workbook, _nothing)
        walk(archive, names[_RELATIONS], relations, _nothing)
    shared = _shared(archive, names, book)
    for place, part in sorted(names.items()):
        if place in parts or (place.startswith("xl/worksheets/") and place.endswith(".xml")):
            links = _links(archive, part, set(names.values()))
            _Sheet(book, book.sheet(parts.get(place, part)), links, shared).read(archive, part)


def named(archive: zipfile.ZipFile) -> dict[str, str]:
    """Give the parts by their names in small letters, for the reader tells no others apart."""
    return {part.lower(): part for part in archive.namelist()}


def _place(target: str) -> str:
    """Tell where a part lies that the workbook names."""
    target = target.lstrip("/").lower() if target.startswith("/") else target.lower()
    return target if target.startswith("xl/") else f"xl/{target}"


def _shared(archive: zipfile.ZipFile, names: Mapping[str, str], book: Book) -> Sequence[int]:
    """Give the lengths of the texts that cells share."""
    found = array("Q")

    def begin(element: str, _: dict[str, str]) -> None:
        if element == "si":
            found.append(0)
            book.refuse_many(len(found))

    def text(said: str) -> None:
        if found:
            found[-1] += len(said)

    if part := names.get("xl/sharedstrings.xml"):
        walk(archive, part, begin, _nothing, text)
    return found


def _links(archive: zipfile.ZipFile, part: str, names: set[str]) -> dict[str, str]:
    """Give the addresses that a sheet's links lead to, by their ids."""
    found: dict[str, str] = {}

    def relation(element: str, attributes: dict[str, str]) -> None:
        if element == "Relationship" and attributes.get("TargetMode") == "External":
            found[attributes.get("Id", "")] = attributes.get("Target", "")

    folder, _, name = part.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    if relations in names:
        walk(archive, relations, relation, _nothing)
    return found


class _Sheet:
    """Follows the rows and cells of one sheet."""

    def __init__(
        self, book: Book, found: Survey, links: Mapping[str, str], shared: Sequence[int]
    ) -> None:
        self._book = book
        self._shared = shared
        self._links = links
        self._found = found
        self._row = -1
        self._column = -1
        self._kind = ""
        self._holds = False
        self._formula = False
        self._text: list[str] | None = None
        self._formula_text: list[str] | None = None

    def read(self, archive: zipfile.ZipFile, part: str) -> None:
        walk(archive, part, self._start, self._end, self._said)
        self._book.refuse_far(self._found)

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        if element == "c":
            self._cell(attributes)
        elif element in {"v", "is"}:
            self._text = []
        elif element == "f":
            self._formula, self._formula_text = True, []
        elif element == "hyperlink":
            place = _REFERENCE.fullmatch(attributes.get("ref", ""))
            if place and (address := self._links.get(attributes.get("id", ""))):
                self._found.link(int(place[2]) - 1, _number(place[1]), address)
        elif element == "row":
            number = attributes.get("r", "")
            self._row = int(number) - 1 if number.isdigit() else self._row + 1
            self._column = -1
            if attributes.get("hidden") in _TRUE:
                self._found.hide_rows((self._row,))
        elif element == "col" and attributes.get("hidden") in _TRUE:
            first, last = int(attributes.get("min", 1)), int(attributes.get("max", 1))
            self._found.hide_columns(range(first - 1, last))

    def _cell(self, attributes: dict[str, str]) -> None:
        place = _REFERENCE.fullmatch(attributes.get("r", ""))
        self._column = _number(place[1]) if place else self._column + 1
        if place:
            self._row = int(place[2]) - 1
        self._kind, self._holds, self._formula = attributes.get("t", ""), False, False

    def _said(self, text: str) -> None:
        if self._text is not None:
            self._book.weigh(len(text))
        said = self._formula_text if self._text is None else self._text
        if said is not None and len(said) < 8:
            said.append(text)

    def _end(self, element: str) -> None:
        if element == "f" and self._formula_text is not None:
            said, self._formula_text = "".join(self._formula_text), None
            if address := of_formula(said):
                self._found.link(self._row, self._column, address)
        elif element in {"v", "is"} and self._text is not None:
            said, self._text = "".join(self._text), None
            self._holds = self._holds or bool(said) or self._kind == "str"  # a text may be empty
            if self._kind == "s" and said.isdecimal() and int(said) < len(self._shared):
                self._book.weigh(self._shared[int(said)])
            if self._kind == "e" and said:
                self._found.fail(self._row, self._column, said)
        elif element == "c" and (self._holds or self._formula):
            self._found.use(self._row, self._column)
            if not self._holds:
                self._found.miss(self._row, self._column)
            if self._row % 10_000 == 0:
                self._book.refuse_far(self._found)


def _number(letters: str) -> int:
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


def _nothing(_element: str) -> None:
    """Pass over the end of an element."""
