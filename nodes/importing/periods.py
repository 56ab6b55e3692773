"""When it took place: start and end, from a column each or from one cell."""

from collections.abc import Iterable, Iterator
from typing import Final

from nodes.importing.columns import Column
from nodes.importing.dates import Unread, moment, serial_day, vague_year
from nodes.importing.lexicon import span
from nodes.importing.rows import Cell
from nodes.importing.texts import Reader
from vocab.experiment import Moment

Period = tuple[Moment | None, Moment | None]

_DASHES: Final = ("\N{EN DASH}", "\N{EM DASH}", " - ", "/", "-")


def period(reader: Reader) -> Period:
    """Read start and end; what cannot be read is left out, an end before the start is an error."""
    fields = reader.mapping.fields
    started, ended = _first(reader, fields.start), _first(reader, fields.end)
    heading = next((each.column for each in fields.end if each.column), fields.period)
    if fields.period is not None:
        cell = reader.cell(Column(column=fields.period))
        first, last = _both(reader, fields.period, cell)
        started, ended = started or first, ended or last
    if started is not None and ended is not None and _before(ended, started):
        reader.notes.fail(
            heading, ended.value, f"is before the start, {started.value}: correct one of the dates"
        )
    return started, ended


def _both(reader: Reader, heading: str, cell: Cell) -> Period:
    """Read a period in one cell; a single date is the start, since no end was given."""
    if _empty(cell):
        return None, None
    if not isinstance(cell, str):
        return _moment(reader, heading, cell), None
    for parts in halves(cell):
        found = [_try(reader, part) if part else None for part in parts]
        if all(moment or not part for moment, part in zip(found, parts, strict=True)):
            return found[0], found[1]
    reader.notes.warn(
        heading, cell, "is no period, so it was left out: write 2017 \N{EN DASH} 2019, or 2017"
    )
    return None, None


def halves(text: str) -> Iterator[tuple[str, str]]:
    """Take a text apart in every way it could be a period, the whole as a start first."""
    yield text.strip(), ""
    if (worded := span(text)) is not None:
        yield worded
    for dash in _DASHES:
        parts = tuple(part.strip() for part in f" {text} ".split(dash))
        if len(parts) == 2 and any(parts):
            yield parts[0], parts[1]


def _first(reader: Reader, columns: Iterable[Column]) -> Moment | None:
    found = (_moment(reader, column.column, reader.cell(column)) for column in columns)
    return next((each for each in found if each is not None), None)


def _moment(reader: Reader, heading: str | None, cell: Cell) -> Moment | None:
    if _empty(cell):
        return None
    try:
        found = moment(cell, reader.mapping.date_order, reader.mapping.language)
    except Unread as error:
        if isinstance(cell, str) and (year := vague_year(cell)):
            reader.notes.warn(
                heading, cell, f"says no month for certain, so it was read as {year}: write 2019-09"
            )
            return Moment(value=year)
        reader.notes.warn(heading, cell, f"{error}; it was left out")
        return None
    if (day := serial_day(cell)) is not None:
        reader.notes.warn(
            heading,
            cell,
            f"is the number of a day, so it was read as {day}: give the cell a date format",
        )
    return found


def _try(reader: Reader, text: str) -> Moment | None:
    try:
        return moment(text, reader.mapping.date_order, reader.mapping.language)
    except Unread:
        return None


def _empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _before(one: Moment, other: Moment) -> bool:
    """Compare at the precision both have."""
    length = min(len(one.value), len(other.value))
    return one.value[:length] < other.value[:length]
