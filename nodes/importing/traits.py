"""What the values of a column look like: how many are dates, addresses, words of a scheme.

A column of a table is its cells; a document is taken apart into the paths that lead to values.
Only the first records are looked at. Everything here counts; deciding is left to `proposing`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from nodes.importing.dates import Unread, moment
from nodes.importing.degrees import angles
from nodes.importing.glimpse import json_inside
from nodes.importing.lexicon import is_nothing
from nodes.importing.maplinks import is_map_link, place_of_link
from nodes.importing.numerals import decimal
from nodes.importing.partners import form_pattern
from nodes.importing.periods import halves
from nodes.importing.rows import Row, Sheet
from nodes.importing.texts import REMARK, split, whole_names
from vocab import geometry, schemes
from vocab.errors import NoGeometry

_LOOKED_AT: Final = 200
_LONGEST_PAIR: Final = 60
_LONGEST_DATE: Final = 100
_LONGEST: Final = 2_000  # characters of a cell that are looked at
_MOST_COLUMNS: Final = 400
_DEEPEST: Final = 3
_NUMBER: Final = re.compile(r"[+-]?\d{1,3}(?:[.,]\d+)?")
_METRES: Final = re.compile(r"[+-]?\d{4,8}(?:[.,]\d+)?")
_MAIL: Final = re.compile(r"(?:mailto:)?[^@\s]+@[^@\s]+\.[^@\s]+")
_PAIR: Final = re.compile(
    r"[(\[]?\s*([+-]?\d{1,3}[.,]\d+)\s*([,;/|\s\u060c\u3001])\s*([+-]?\d{1,3}[.,]\d+)\s*[)\]]?"
)
_UNPARTED: Final = re.compile(r"[)\]]\s*[,;|+/\u3001\u060c\u061b]")  # `ZDM (city), PW`
_UUID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
FORMS: Final = ("name (role)", "name [role]", "name \N{EN DASH} role", "name: role", "role: name")
SEPARATORS: Final = ("\n", "|", ";", "\uff1b", "\u061b", " + ", ",", "\u3001", "\uff0c", "\u060c")
"""What parts the items of a cell, also in wide letters and in Arabic."""
BETWEEN: Final = ("\uff0f", " / ", " & ", "\u30fb")
"""What parts partners too, where roles or a third partner show that it does."""


@dataclass(frozen=True)
class Traits:
    """The values under one heading, by row; those that say "nothing" are left out."""

    heading: str
    by_row: dict[int, Any]
    language: str
    unpacked: bool = False  # was JSON in a text cell

    @cached_property
    def values(self) -> list[Any]:
        """The values, without their places."""
        return list(self.by_row.values())

    @cached_property
    def texts(self) -> list[str]:
        """The values as text; of lists each item."""
        return [text for value in self.values for text in _texts(value)]

    @cached_property
    def objects(self) -> bool:
        """Whether the values are objects, or lists of them."""
        return any(_objects(value) for value in self.values)

    @cached_property
    def lists(self) -> bool:
        """Whether some values are lists."""
        return any(isinstance(value, list) for value in self.values)

    @cached_property
    def length(self) -> float:
        """The mean length of the texts."""
        return sum(map(len, self.texts)) / len(self.texts) if self.texts else 0.0

    @cached_property
    def distinct(self) -> float:
        """How many of the values are different ones, as a share."""
        return len(set(map(repr, self.values))) / len(self.values) if self.values else 0.0

    def share(self, test: Callable[[Any], bool]) -> float:
        """Give the share of values that pass a test."""
        return sum(map(test, self.values)) / len(self.values) if self.values else 0.0

    @cached_property
    def dates(self) -> float:
        """The share of values that are dates."""
        return self.share(lambda value: _is_date(value, self.language))

    @cached_property
    def periods(self) -> float:
        """The share of values that hold two dates."""
        return self.share(lambda value: _is_period(value, self.language))

    @cached_property
    def numbers(self) -> list[float]:
        """The values that are numbers as coordinates are."""
        return [each for each in map(_number, self.values) if each is not None]

    @cached_property
    def metres(self) -> list[float]:
        """The values that are numbers as coordinates in metres are."""
        found = (str(each).strip() for each in self.values if isinstance(each, str | int | float))
        return [float(each.replace(",", ".")) for each in found if _METRES.fullmatch(each)]

    @cached_property
    def degrees(self) -> float:
        """The share of values that are one coordinate in degrees with letters or signs."""
        found = (angles(each, self.language) for each in self.values if isinstance(each, str))
        return sum(each is not None and len(each) == 1 for each in found) / max(1, len(self.values))

    @cached_property
    def pages(self) -> float:
        """The share of values that are web addresses."""
        return self.share(lambda value: bool(_texts(value)) and _is_page(_texts(value)[0]))

    @cached_property
    def mails(self) -> float:
        """The share of values that are mail addresses."""
        return self.share(lambda value: isinstance(value, str) and bool(_MAIL.fullmatch(value)))

    @cached_property
    def pairs(self) -> list[tuple[str, str, str]]:
        """The values that are two coordinates: first, what stands between, second."""
        short = (decimal(each.strip(), ".") for each in self.texts if len(each) < _LONGEST_PAIR)
        found = map(_PAIR.fullmatch, short)
        linked = (place_of_link(each) for each in self.texts)
        return [
            *((each[1], each[2], each[3]) for each in found if each),
            *((str(each[0]), ",", str(each[1])) for each in linked if each),
        ]

    @cached_property
    def map_links(self) -> float:
        """The share of values that are links to a place on a map."""
        return self.share(lambda value: isinstance(value, str) and is_map_link(value))

    @cached_property
    def lettered(self) -> int:
        """How many values are two coordinates in degrees with letters or signs."""
        found = (angles(each, self.language) for each in self.texts)
        return sum(each is not None and len(each) == 2 for each in found)

    @cached_property
    def shapes(self) -> float:
        """The share of values that are geometries."""
        return self.share(_is_shape)

    @cached_property
    def names(self) -> float:
        """The share of values that are codes: short, without spaces, no random ones."""
        return self.share(_is_name)

    @cached_property
    def separator(self) -> str | None:
        """What parts the items of a cell, if anything does."""
        texts = [value[:_LONGEST] for value in self.values if isinstance(value, str)]
        most = {
            each: sum(len(list(split(text, (each,)))) > 1 for text in texts) for each in SEPARATORS
        }
        for each in SEPARATORS:
            if most[each] and most[each] * 2 >= max(most.values()):
                return each
        return None

    @cached_property
    def items(self) -> list[str]:
        """The items of all cells."""
        marks = (self.separator,) if self.separator else ()
        return [item for text in self.texts for item in split(text, marks) if item]

    def counts(self) -> list[int]:
        """How many items each cell has."""
        marks = (self.separator,) if self.separator else ()
        return [
            len(value)
            if isinstance(value, list)
            else len(list(split(str(value)[:_LONGEST], marks)))
            for value in self.values
        ]

    @cached_property
    def _between(self) -> str | None:
        """A mark between three or more items; between two it may part languages or a name."""
        return next((m for m in BETWEEN if any(t.count(m) > 1 for t in self.texts)), None)

    @cached_property
    def form(self) -> tuple[str, str | None, float]:
        """How names and roles stand in cells: the form, the separator, the share of known roles."""
        best: tuple[str, str | None, float] = ("name", self.separator or self._between, 0.0)
        most = 0
        for mark in dict.fromkeys((self.separator, *SEPARATORS, None)):
            if mark is not None and not any(mark in text for text in self.texts):
                continue
            for form, known, items in self._roles(mark):
                more = known > most and known / items > best[2] - 0.05
                if more or known / items > best[2] + 0.05:
                    best, most = (form, mark, known / items), known
        for mark in BETWEEN:
            for form, known, items in self._roles(mark):
                if known > most and known / items > best[2] - 0.05:  # it parts what was one
                    best, most = (form, mark, known / items), known
        return best

    def marks(self, mark: str | None, known: Callable[[str], bool]) -> tuple[str, ...]:
        """Give a separator and those that in other cells part what is known into more of it."""
        found = (mark,) if mark else ()
        count = self._count(found, known)
        for each in SEPARATORS if mark else ():
            if each not in found and (more := self._count((*found, each), known)) > count:
                found, count = (*found, each), more
        return found

    def _count(self, marks: tuple[str, ...], known: Callable[[str], bool]) -> int:
        return sum(known(item) for text in self.texts for item in split(text, marks))

    def partner_marks(self) -> tuple[str, ...]:
        """Give what parts the partners of cells."""
        form, mark, _ = self.form

        def known(item: str) -> bool:
            found = form_pattern(form).fullmatch(item)
            role = found["role"].strip() if found and "role" in form else None
            return role is not None and found_in("helix", role) is not None

        return self.marks(mark, known)

    def word_marks(self, scheme: str) -> tuple[str, ...]:
        """Give what parts the words of a scheme."""
        return self.marks(self.separator, lambda item: found_in(scheme, item) is not None)

    def _roles(self, mark: str | None) -> Iterator[tuple[str, int, int]]:
        """Count for each form the roles that are known, of how many items."""
        marks = (mark,) if mark else ()
        items = [item for text in self.texts for item in whole_names(split(text, marks)) if item]
        for form in FORMS:
            found = [match for each in items if (match := form_pattern(form).fullmatch(each))]
            known = sum(
                found_in("helix", each["role"].strip()) is not None
                and not _UNPARTED.search(each["name"])
                for each in found
            )
            yield form, known, max(1, len(items))

    def words(self, scheme: str) -> float:
        """Give the share of items that are words of a scheme, in any language."""
        known = sum(found_in(scheme, item) is not None for item in self.items)
        return known / len(self.items) if self.items else 0.0


def found_in(scheme: str, word: str) -> str | None:
    """Look a word up in a scheme: whole, without a remark, then by either half of two."""
    bare = REMARK.sub("", word)
    for each in (word, bare, *(half.strip() for half in bare.split("/"))):
        if each and (found := schemes.find(scheme, each)):
            return found
    return None


def columns(sheet: Sheet, language: str) -> list[Traits]:
    """Take a sheet apart into its columns, those inside documents by their paths."""
    found: dict[str, dict[int, Any]] = {heading: {} for heading in sheet.headings}
    unpacked: set[str] = set()
    for row in sheet.rows[:_LOOKED_AT]:
        for heading, value in _parts(row, unpacked):
            if heading in found or len(found) < _MOST_COLUMNS:
                found.setdefault(heading, {})[row.number] = value
    parents = {
        heading for heading, values in found.items() if any(_opens(v) for v in values.values())
    }
    listed = {
        heading
        for heading, values in found.items()
        if any(_holds_objects(v) for v in values.values())
    }
    return [
        Traits(heading, values, language, heading in unpacked)
        for heading, values in found.items()
        if heading not in parents - listed
    ]


def _parts(row: Row, unpacked: set[str]) -> Iterator[tuple[str, Any]]:
    for heading, cell in row.cells.items():
        yield from _inside(heading, cell, unpacked, _DEEPEST)


def _inside(heading: str, value: Any, unpacked: set[str], depth: int) -> Iterator[tuple[str, Any]]:
    inner = json_inside(value)
    if inner is not None and not _is_shape(inner):
        unpacked.add(heading)
        value = inner
    if value in (None, "", [], {}) or (isinstance(value, str) and _says_nothing(value)):
        return
    yield heading, value
    if not depth or _is_shape(value):
        return
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _inside(f"{heading}.{key}", each, unpacked, depth - 1)
    elif _keyed(value):
        for each in value:
            yield from _inside(f"{heading}.{each['key']}", each["value"], unpacked, depth - 1)
    elif _objects(value) and isinstance(value, list):
        for key in dict.fromkeys(key for each in value if isinstance(each, dict) for key in each):
            inner_values = [each.get(key) for each in value if isinstance(each, dict)]
            if all(isinstance(each, str | int | float | None) for each in inner_values):
                yield f"{heading}.{key}", [each for each in inner_values if each is not None]


def _opens(value: Any) -> bool:
    """Whether a value is only the way to others: an object, or a list of keys and values."""
    return (isinstance(value, dict) and not _is_shape(value)) or _keyed(value)


def _keyed(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(each, dict) and {"key", "value"} <= each.keys() for each in value)
    )


def _says_nothing(text: str) -> bool:
    return not text.strip(" -\u2013\u2014?\n\t") or is_nothing(text)


def _objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _holds_objects(value: Any) -> bool:
    return _objects(value) and not _keyed(value)


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    if isinstance(value, str):
        return [value.strip()[:_LONGEST]]
    return [] if value is None or isinstance(value, dict | bool | date) else [str(value)]


def _is_date(value: Any, language: str) -> bool:
    if isinstance(value, bool | list | dict | None):
        return False
    if isinstance(value, str) and len(value) > _LONGEST_DATE:
        return False
    for order in ("day-month-year", "month-day-year"):
        try:
            moment(value, order, language)
        except Unread:
            continue
        return True
    return False


def _is_period(value: Any, language: str) -> bool:
    if not isinstance(value, str) or len(value) > 60:
        return False
    return any(
        first and last and _is_date(first, language) and _is_date(last, language)
        for first, last in halves(value)
    )


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(text := decimal(value.strip(), ".")):
        return float(text.replace(",", "."))
    return None


def _is_page(text: str) -> bool:
    begins = text.lower().startswith(("http://", "https://", "www."))
    return begins and not is_map_link(text)


def _is_shape(value: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(value.get("type"), str) and (
            "coordinates" in value or "geometries" in value
        )
    if not isinstance(value, str):
        return False
    if (inner := json_inside(value)) is not None:
        return isinstance(inner, dict) and _is_shape(inner)
    try:
        geometry.from_text(value)
    except NoGeometry:
        return False
    return True


def _is_name(value: Any) -> bool:
    text = str(value).strip() if isinstance(value, str | int) else ""
    return (
        0 < len(text) <= 40 and " " not in text and "://" not in text and not _UUID.fullmatch(text)
    )
