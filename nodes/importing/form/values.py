"""A value of a record in a cell, and back. Plain functions; nothing is looked up elsewhere.

What `shown` writes, `read` reads as the same value: where the plain form would be read otherwise,
such as a year that another calendar may claim, the value is written as a literal (`escaping`),
which is taken as it is. What cannot be read raises Misread, saying what to write instead.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal as Number
from typing import Any, Final

from nodes.importing import geometry
from nodes.importing.columns import DateOrder
from nodes.importing.dates import Custom, Unread, dated
from nodes.importing.form.choices import BOOLEAN, Lists
from nodes.importing.form.escaping import (
    escaped,
    is_literal,
    joined,
    literal,
    parted,
    trimmed,
    unescaped,
)  # fmt: skip
from nodes.importing.rows import Cell, nearest
from nodes.importing.sentences import Sentence, say
from vocab import fields as said
from vocab import lines
from vocab.errors import BadTerm
from vocab.fields import Moment, Said
from vocab.languages import authority, primary
from vocab.reading import MAILTO
from vocab.schemes import find, fold

Shown = str | int | float
"""What is written into a cell."""

_MOMENT: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_INSTANT: Final = re.compile(
    r"-?[0-9]{4,9}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,40}(?:[.,][0-9]{1,40})?")
_THOUSANDS: Final = re.compile(r"[-+]?[0-9]{1,3},[0-9]{3}")
_PAIR: Final = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]+)?)\s*[,;]\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)")
_SHAPE: Final = re.compile(r"[A-Z]+ ?\(")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_EXACT: Final = 10**15
"""Beyond this, spreadsheet programs round whole numbers."""
_LONGEST: Final = 40  # figures of a number


class Misread(ValueError):
    """A cell that says nothing we understand; `said` says what to write."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """How a workbook speaks: its language, and its lists by name."""

    language: str
    lists: Lists

    def word(self, name: str, meaning: str) -> str | None:
        """Give the word of a list for what it means."""
        words = self.lists.get(name, {})
        return next((word for word, means in words.items() if means == meaning), None)

    def meaning(self, name: str, text: str) -> str | None:
        """Give what a word of a list means, whatever its case."""
        words = self.lists.get(name, {})
        if text in words:
            return words[text]
        folded = fold(text)
        found = {means for word, means in words.items() if fold(word) == folded}
        return found.pop() if len(found) == 1 else None

    @property
    def dates(self) -> Custom:
        """How dates are written by hand where it is not as a year, a month and a day."""
        english = self.language.split("-", maxsplit=1)[0] == "en"
        order: DateOrder = "year-month-day" if english else "day-month-year"
        return Custom(order=order, language=self.language)


def blank(cell: Cell) -> bool:
    """Tell whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not trimmed(cell))


def plain(cell: Cell) -> str:
    """Give the text of a cell of any type, as it is written."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, date):
        return cell.isoformat()
    return trimmed(str(cell))


def shown(how: Said, value: Any, tongue: Tongue, listed: str | None) -> Shown:
    """Write a value; of a text in several languages, that of one."""
    if isinstance(value, bool):
        return tongue.word(BOOLEAN, "true" if value else "false") or str(value).lower()
    match how:
        case said.Links():
            return joined(_shown_link(each, tongue, listed) for each in value)
        case said.Tagged() | said.Names():
            return joined(map(escaped, value))
        case said.Link():
            return _shown_link(value, tongue, listed)
        case said.Integer() | said.Days():
            return value if abs(value) < _EXACT else str(value)
        case said.Decimal():
            return _shown_number(value)
        case said.Text() | said.Texts() | said.Word():
            return escaped(value)
    text: str = value.value if isinstance(value, Moment) else value
    for cell in (_pair(text), text) if isinstance(how, said.Typed) else (text,):
        if _reads_as(how, cell, value, tongue):
            return cell
    return literal(text)


def read(how: Said, cell: Cell, tongue: Tongue, listed: str | None) -> Any:
    """Read a cell that is not blank; raises Misread."""
    text = plain(cell)
    match how:
        case said.Boolean():
            return _truth(cell, tongue)
        case said.Integer() | said.Days():
            return _whole(cell, least=0 if isinstance(how, said.Days) else None)
        case said.Decimal():
            return _number(cell)
        case said.Text() | said.Texts() | said.Word():
            return unescaped(text)
        case said.Link():
            return read_link(text, tongue, listed)
    if is_literal(text):
        return _literally(how, unescaped(text))
    match how:
        case said.When():
            return _moment(cell, tongue)
        case said.Instant():
            if not _INSTANT.fullmatch(text):
                raise Misread(say("form-instant"))
            return text
        case said.Language():
            return _language(text)
        case said.Mailbox():
            return _mailbox(text)
        case said.Typed():
            return _geometry(text)
    raise TypeError(f"a cell cannot hold {type(how).__name__}")


def items(how: Said, cell: Cell) -> list[str]:
    """Take apart a cell that holds a list; the texts in it are read, links are not."""
    found = parted(plain(cell))
    return found if isinstance(how, said.Links) else list(map(unescaped, found))


def read_link(text: str, tongue: Tongue, listed: str | None) -> str:
    """Read a word of a list or an IRI; raises Misread."""
    if listed is not None:
        if (meant := tongue.meaning(listed, text)) is not None:
            return meant
        if (found := find(listed, text, tongue.language)) is not None:
            return found
    if _is_iri(text):
        return text
    if listed is None:
        raise Misread(say("form-link"))
    close = nearest(text, tongue.lists.get(listed, {}))
    raise Misread(say("form-word", meant=say("did-you-mean", word=close) if close else ""))


def position(cell: Cell) -> int | None:
    """Read the position of a part, from 1; None for what is none."""
    try:
        found = _whole(cell, least=1)
    except Misread:
        return None
    return found if found < 10**9 else None


def _reads_as(how: Said, cell: str, value: Any, tongue: Tongue) -> bool:
    if blank(cell) or is_literal(cell):
        return False
    try:
        return bool(read(how, cell, tongue, None) == value)
    except Misread:
        return False


def _shown_link(value: str, tongue: Tongue, listed: str | None) -> str:
    word = None if listed is None else tongue.word(listed, value)
    return value if word is None else escaped(word)


def _shown_number(value: Number) -> Shown:
    """Write a number as one, where a spreadsheet program keeps all of its figures."""
    short = len(value.as_tuple().digits) <= 15 and -9 <= value.adjusted() <= 15
    if short and Number(repr(float(value))) == value:
        return float(value)
    return f"{value:f}"


def _is_iri(text: str) -> bool:
    try:
        lines.iri(text)
    except BadTerm:
        return False
    return True


def _truth(cell: Cell, tongue: Tongue) -> bool:
    if isinstance(cell, bool):
        return cell
    text = plain(cell)
    meant = tongue.meaning(BOOLEAN, text) or _TRUTHS.get(fold(text))
    if meant is None:
        yes, no = (tongue.word(BOOLEAN, each) or each for each in ("true", "false"))
        raise Misread(say("form-yes-no", yes=yes, no=no))
    return meant == "true"


_TRUTHS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("yes", "sì", "si", "oui", "ja", "sí", "true", "1", "x"), "true"),
    **dict.fromkeys(("no", "non", "nein", "false", "0"), "false"),
}


def _whole(cell: Cell, *, least: int | None) -> int:
    found = _number(cell, whole=True)
    if found != found.to_integral_value() or (least is not None and found < least):
        raise Misread(say("form-whole", least=least if least is not None else 0))
    return int(found)


def _number(cell: Cell, *, whole: bool = False) -> Number:
    """Read a number; a comma that may part thousands is not guessed at."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        found = Number(repr(cell)) if isinstance(cell, float) else Number(cell)
        if found.is_finite() and abs(found.adjusted()) < _LONGEST:
            return found
    text = plain(cell).replace("\u2212", "-")
    if isinstance(cell, str) and _NUMBER.fullmatch(text) and not _THOUSANDS.fullmatch(text):
        return Number(text.replace(",", "."))
    raise Misread(say("form-whole", least=0) if whole else say("no-number", example="1250.5"))


def _moment(cell: Cell, tongue: Tongue) -> Moment:
    try:
        return dated(cell, tongue.dates).moment
    except Unread as error:
        raise Misread(error.said) from None


def _literally(how: Said, text: str) -> Any:
    if isinstance(how, said.When):
        if not _MOMENT.fullmatch(text):
            raise Misread(say("date-unread", write=_ISO.write))
        return Moment(value=text)
    if isinstance(how, said.Language):
        return _language(text)
    if isinstance(how, said.Mailbox) and not _is_iri(MAILTO + text):
        raise Misread(say("mail-bad"))
    return text


_ISO: Final = Custom(order="year-month-day", language="en")


def _language(text: str) -> str:
    try:
        authority(text)
    except BadTerm:
        raise Misread(say("form-language")) from None
    return primary(text)


def _mailbox(text: str) -> str:
    found = text.removeprefix(MAILTO)
    if not (_MAIL.fullmatch(found) and _is_iri(MAILTO + found)):
        raise Misread(say("mail-bad"))
    return found


def _pair(wkt: str) -> str:
    """Write a point as maps show it, latitude first, where that gives the same point."""
    match = re.fullmatch(r"POINT\((\S+) (\S+)\)", wkt)
    return wkt if match is None else f"{match[2]}, {match[1]}"


def _geometry(text: str) -> str:
    if (pair := _PAIR.fullmatch(text)) is not None:
        latitude, longitude = float(pair[1]), float(pair[2])
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            return geometry.point(longitude, latitude)
    try:
        ours = geometry.from_text(text)
    except geometry.NoGeometry as error:
        raise Misread(say("geometry-left", reason=error.said)) from None
    return text if _SHAPE.match(text) else ours
