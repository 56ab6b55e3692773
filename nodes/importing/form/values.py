"""What a cell says: the value of a field, or why there is none. Plain functions.

A date cell, a number, a word of a list: what can be read without doubt is read. A text that
`escaping` marks as a literal is taken as it is. What cannot be read raises Misread, saying what to
write instead.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal as Number
from typing import Any, Final

from nodes.importing.dates import Custom, Unread, dated
from nodes.importing.form.choices import BOOLEAN
from nodes.importing.form.escaping import is_literal, parted, trimmed, unescaped
from nodes.importing.form.tongue import Tongue
from nodes.importing.rows import Cell, nearest
from nodes.importing.sentences import Sentence, no_geometry, say
from vocab import fields as said
from vocab import geometry, lines
from vocab.errors import BadTerm, NoGeometry
from vocab.fields import Moment, Said
from vocab.languages import authority, primary
from vocab.reading import MAILTO
from vocab.schemes import find, fold

_MOMENT: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_INSTANT: Final = re.compile(
    r"-?[0-9]{4,9}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,40}(?:[.,][0-9]{1,40})?")
_THOUSANDS: Final = re.compile(r"[-+]?[0-9]{1,3},[0-9]{3}")
_PAIR: Final = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]+)?)\s*[,;]\s*(-?[0-9]{1,3}(?:\.[0-9]+)?)")
_SHAPE: Final = re.compile(r"[A-Z]+ ?\(")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST: Final = 40  # figures of a number


class Misread(ValueError):
    """A cell that says nothing we understand; `said` says what to write."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said


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


def read(how: Said, cell: Cell, tongue: Tongue) -> Any:
    """Read a cell that is not blank, of a field that holds no links; raises Misread."""
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


def _geometry(text: str) -> str:
    if (pair := _PAIR.fullmatch(text)) is not None:
        latitude, longitude = float(pair[1]), float(pair[2])
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            return geometry.point(longitude, latitude)
    try:
        ours = geometry.from_text(text)
    except NoGeometry as error:
        raise Misread(say("geometry-left", reason=no_geometry(error))) from None
    return text if _SHAPE.match(text) else ours
