"""When it took place: start and end, from a column each or from one cell.

`since 2019` is a start without an end and `until May 2021` the reverse; `2019/20` runs over two
years. A cell with both dates under a heading for one of them gives that one, and says so.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from nodes.importing.columns import Column
from nodes.importing.dates import Custom, Dated, Unread, dated, vague_years
from nodes.importing.lexicon import is_now, one_sided, span
from nodes.importing.numerals import western
from nodes.importing.rows import Cell
from nodes.importing.sentences import Sentence, say
from nodes.importing.texts import Reader
from vocab.fields import Moment

Period = tuple[Moment | None, Moment | None]
Side = Literal["since", "until"]

_DASHES: Final = ("\N{EN DASH}", "\N{EM DASH}", " - ", "/", "-", "~", "\N{WAVE DASH}")
_TWO_YEARS: Final = re.compile(r"((?:19|20)\d\d)\s*[/\N{EN DASH}-]\s*(\d\d)")
_WRONG_SIDE: Final = {"since": "only-an-end", "until": "only-a-start"}


def period(reader: Reader) -> Period:
    """Read start and end; what cannot be read is left out."""
    fields = reader.mapping.fields
    started = _first(reader, fields.start, "since")
    ended = _first(reader, fields.end, "until")
    if fields.period is not None:
        cell = reader.cell(Column(column=fields.period))
        first, last = _both(reader, fields.period, cell)
        started, ended = started or first, ended or last
    return started, ended


def halves(text: str) -> Iterator[tuple[str, str]]:
    """Take a text apart in every way it could be a period, the whole as a start first."""
    text = western(text).strip()
    yield text, ""
    if (years := _two_years(text)) is not None:
        yield years
    if (worded := span(text)) is not None:
        yield worded
    for dash in _DASHES:
        parts = tuple(part.strip() for part in f" {text} ".split(dash))
        if len(parts) == 2 and any(parts):
            yield parts[0], parts[1]


def _both(reader: Reader, heading: str, cell: Cell) -> Period:
    """Read a period in one cell; a single date is the start, since no end was given."""
    if _empty(cell):
        return None, None
    if not isinstance(cell, str):
        return _moment(reader, heading, cell, "since"), None
    if (sided := one_sided(cell)) is not None and (found := _try(reader, sided[1])):
        _note(reader, heading, cell, (found,))
        return (found.moment, None) if sided[0] == "since" else (None, found.moment)
    if (two := _pair(reader, cell)) is not None:
        _note(reader, heading, cell, tuple(each for each in two if each))
        first, last = two
        return first.moment if first else None, last.moment if last else None
    if sided is not None and (vague := vague_years(sided[1])) is not None:
        year = vague[0] if sided[0] == "since" else vague[1] or vague[0]
        reader.notes.warn(heading, cell, "vague-year", year=year)
        read = Moment(value=year)
        return (read, None) if sided[0] == "since" else (None, read)
    if (vague := vague_years(cell)) is not None:
        year, next_year = vague
        said = f"{year}/{next_year}" if next_year else year
        reader.notes.warn(heading, cell, "vague-year", year=said)
        return Moment(value=year), Moment(value=next_year) if next_year else None
    reader.notes.warn(heading, cell, "no-period")
    return None, None


def _pair(reader: Reader, text: str) -> tuple[Dated | None, Dated | None] | None:
    """Part a text in two dates; either may be missing, or the end not have come."""
    for parts in halves(text):
        open_end = bool(parts[0]) and is_now(parts[1])
        first = _try(reader, parts[0]) if parts[0] else None
        last = _try(reader, parts[1]) if parts[1] and not open_end else None
        if (first or not parts[0]) and (last or not parts[1] or open_end):
            return first, last
    return None


def _first(reader: Reader, columns: Iterable[Column], side: Side) -> Moment | None:
    found = (_moment(reader, column.column, reader.cell(column), side) for column in columns)
    return next((each for each in found if each is not None), None)


def _moment(reader: Reader, heading: str | None, cell: Cell, side: Side) -> Moment | None:
    """Read the start or the end in a cell."""
    if _empty(cell) or (side == "until" and isinstance(cell, str) and is_now(cell)):
        return None
    if isinstance(cell, str) and _two_meanings(cell):
        year = western(cell).strip()[:4]
        if side == "since":
            reader.notes.warn(heading, cell, "vague-year", year=year)
            return Moment(value=year)
        reader.notes.warn(heading, cell, "left-out", reason=_unread(reader))
        return None
    # First, for `des de 2019` also looks like a December of it.
    if isinstance(cell, str) and (sided := one_sided(cell)) and (found := _try(reader, sided[1])):
        if sided[0] != side:
            reader.notes.warn(heading, cell, _WRONG_SIDE[side])
            return None
        _note(reader, heading, cell, (found,))
        return found.moment
    try:
        found = dated(cell, custom(reader))
    except Unread as error:
        if isinstance(cell, str):
            return _of_words(reader, heading, cell, side, error.said)
        reader.notes.warn(heading, cell, "left-out", reason=error.said)
        return None
    _note(reader, heading, cell, (found,))
    return found.moment


def _of_words(
    reader: Reader, heading: str | None, text: str, side: Side, reason: Sentence
) -> Moment | None:
    """Read a start or an end that is no date alone: a season, or both dates."""
    sided = one_sided(text)
    if sided is not None and sided[0] != side:
        reader.notes.warn(heading, text, _WRONG_SIDE[side])
        return None
    if (vague := vague_years(sided[1] if sided else text)) is not None:
        first, last = vague
        year = first if side == "since" else last or first
        note = say("two-years", read=year) if last else say("vague-year", year=year)
        reader.notes.add(heading, text, note)
        return Moment(value=year)
    if (two := _pair(reader, text)) is not None and two[0] and two[1]:
        read = two[0] if side == "since" else two[1]
        reader.notes.warn(heading, text, "two-dates", read=read.moment.value)
        return read.moment
    reader.notes.warn(heading, text, "left-out", reason=reason)
    return None


def custom(reader: Reader) -> Custom:
    """How the mapping says that dates are written."""
    mapping = reader.mapping
    return Custom(
        order=mapping.date_order,
        language=mapping.language,
        calendar=mapping.calendar,
        from_1904=reader.notes.row.from_1904,
    )


def _unread(reader: Reader) -> Sentence:
    return say("date-unread", write=custom(reader).write)


def _note(reader: Reader, heading: str | None, cell: Cell, found: tuple[Dated, ...]) -> None:
    for note in dict.fromkeys(each.note for each in found if each.note is not None):
        reader.notes.add(heading, cell, note)


def _try(reader: Reader, text: str) -> Dated | None:
    try:
        return dated(text, custom(reader))
    except Unread:
        return None


def _two_years(text: str) -> tuple[str, str] | None:
    """Part `2019/20` and `2017-19`; what could be a month is none of them."""
    if (found := _TWO_YEARS.fullmatch(text)) is None:
        return None
    first, last = int(found[1]), int(found[1][:2] + found[2])
    return (str(first), str(last)) if last > first and int(found[2]) > 12 else None


def _two_meanings(text: str) -> bool:
    """Whether `2010/11` can be the November of a year or the year and the next."""
    found = _TWO_YEARS.fullmatch(western(text).strip())
    return (
        found is not None
        and "/" in text
        and int(found[2]) == int(found[1][2:]) + 1
        and 1 <= int(found[2]) <= 12
    )


def _empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
