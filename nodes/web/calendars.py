"""Records as a calendar (RFC 5545), one component for each.

- An experiment or a testbed with dates is an event over whole days, from its start to its end. A
  year or a month stands for all its days, and the description says what the city gave. Without an
  end the event covers the start only: nobody said how long it lasts.
- A call is an event on its deadline.
- What has no date is a journal entry without one: a program finds every record of the search, and
  a calendar shows nothing on a day that nobody named.

Events block no time. `UID` is the record's IRI, `DTSTAMP` its last change and `SEQUENCE` the number
of the member that made it, so a calendar that subscribes changes what it has. Line ends within
texts are escaped and other control characters shown, so no text can begin a line of its own.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from icalendar import Calendar as Whole
from icalendar import Event, Journal, vText

from nodes.catalogue import Known
from nodes.places import centre
from nodes.web.exports import Address, text_for
from nodes.web.shown import link, shown
from vocab.fields import Moment
from vocab.records import Call, Experiment, Record
from vocab.schemes import label

_MOMENT: Final = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_BREAK: Final = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = date(9999, 12, 31)
_LONGEST_NUMBER: Final = 2**31 - 1
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Days:
    """Whole days from `first` up to, not including, `after`; `of` is what the city gave."""

    first: date
    after: date
    of: str


class Calendar:
    """Records as one calendar, a few components at a time."""

    def __init__(
        self, languages: Sequence[str], address: Address, *, name: str, source: str
    ) -> None:
        self._languages = languages
        self._address = address
        whole = Whole()
        whole.add("prodid", "-//citynode//search//EN")
        whole.add("version", "2.0")
        whole.add("method", "PUBLISH")
        title = vText(" ".join(_plain(name).split()))  # else what the library does not know is raw
        whole.add("name", title)
        whole.add("x-wr-calname", title)
        whole.add("source", source, parameters={"VALUE": "URI"})
        whole.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
        self._frame = whole.to_ical().partition(b"END:VCALENDAR")

    def begin(self) -> bytes:
        """Open the calendar."""
        return bytes(self._frame[0])

    def add(self, known: Sequence[Known]) -> bytes:
        """Write a component for each record."""
        return b"".join(
            component(each, self._languages, self._address(each)).to_ical() for each in known
        )

    def end(self) -> Iterator[bytes]:
        """Close the calendar."""
        yield self._frame[1] + self._frame[2]

    def close(self) -> None:
        """Leave nothing behind."""


def component(known: Known, languages: Sequence[str], address: str) -> Event | Journal:
    """Write a record as an event, or as a journal entry if it has no date."""
    record = known.record
    when, note, lead = _when(record)
    made: Event | Journal = Journal() if when is None else Event()
    changed = _instant(record.modified)
    title = text_for(record.title, languages, record.language) or record.identifier
    text = text_for(record.summary or record.description, languages, record.language)[:2_000]
    made.add("uid", _plain(record.iri))
    made.add("dtstamp", changed)
    made.add("last-modified", changed)
    made.add("created", _instant(record.issued))
    made.add("sequence", min(max(known.member.sequence, 0), _LONGEST_NUMBER))
    made.add("summary", _plain(f"{lead}{title}"))
    made.add("description", _plain("\n\n".join(filter(None, (text, note, record.publisher.name)))))
    if page := link(address):
        made.add("url", page)
    if themes := [_plain(label(each, (*languages, "en"))) for each in record.themes]:
        made.add("categories", themes)
    if when is not None:
        made.add("dtstart", when.first)
        made.add("dtend", when.after)
        made.add("transp", "TRANSPARENT")
        _locate(made, record, languages)
    return made


def days(moment: Moment | None) -> Days | None:
    """Give the days a date stands for: one, a month's, a year's; None when it is none."""
    match = _MOMENT.fullmatch(moment.value) if moment is not None else None
    if match is None:
        return None
    parts = [int(part) for part in match.groups() if part]
    try:
        first = date(*parts, *(1,) * (3 - len(parts)))
    except ValueError:
        return None
    try:
        if len(parts) == 1:
            after = date(first.year + 1, 1, 1)
        elif len(parts) == 2:
            after = (first + timedelta(days=31)).replace(day=1)
        else:
            after = first + _DAY
    except (ValueError, OverflowError):
        after = _LAST
    return Days(first=first, after=after, of=match[0]) if first < after else None


def _when(record: Record) -> tuple[Days | None, str, str]:
    """Give the days of a record, a note on what was given, and what stands before the title."""
    start, end = days(_start(record)), days(_end(record))
    if isinstance(record, Call):
        if end is not None:
            since = f"Open from {start.of}. " if start else ""
            return end, f"{since}Deadline as the city gave it: {end.of}.", "Deadline: "
        if start is not None:
            return start, f"Opens: {start.of}. No deadline is given.", "Opens: "
        return None, "Open at any time." if record.rolling else "No dates are given.", ""
    if start is None and end is None:
        return None, "No dates are given.", ""
    if start is None or end is None:
        known, given = (start, "start") if start else (end, "end")
        missing = "end" if start else "start"
        note = f"Only the {given} is given: {known.of if known else ''}; no {missing}."
        return known, note, ""
    if end.after <= start.first:
        return start, f"Dates as the city gave them: {start.of} to {end.of}.", ""
    whole = len(start.of) >= 10 and len(end.of) >= 10
    note = "" if whole else f"Dates as precise as the city gave them: {start.of} to {end.of}."
    return Days(first=start.first, after=end.after, of=start.of), note, ""


def _start(record: Record) -> Moment | None:
    exact = record.started_at if isinstance(record, Experiment) else None
    return record.start or (Moment(value=exact[:10]) if exact else None)


def _end(record: Record) -> Moment | None:
    exact = record.ended_at if isinstance(record, Experiment) else None
    return record.end or (Moment(value=exact[:10]) if exact else None)


def _locate(made: Event | Journal, record: Record, languages: Sequence[str]) -> None:
    place = record.place
    if place is None:
        return
    name = text_for(place.name, languages, record.language)
    said = dict.fromkeys(filter(None, (name, place.address, place.city, place.country)))
    if said:
        made.add("location", _plain(", ".join(said)))
    if middle := centre(place.wkt):
        made.add("geo", (middle[1], middle[0]))


def _instant(text: str) -> datetime:
    """Read an xsd:dateTime; the epoch when it is none."""
    try:
        found = datetime.fromisoformat(text).replace(microsecond=0)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return _EPOCH


def _plain(text: str) -> str:
    """Show what cannot be seen; every kind of line end becomes the one that is escaped."""
    return shown(_BREAK.sub("\n", text))
