"""Dates at the precision given: a year, a month or a day, and never more.

Every way of writing is accepted that leaves no doubt: ISO dates, dates in the order the mapping
names, months by their names, and dates of other calendars where their marks leave no doubt.
What leaves a doubt is not read, and the reason says what to write instead.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from nodes.importing import calendarmarks, calendars
from nodes.importing.calendars import EARLIEST, LATEST, Calendar, NoSuchDay, Parts, Span
from nodes.importing.columns import DateOrder
from nodes.importing.lexicon import is_fiscal, is_vague
from nodes.importing.monthnames import month_of, without_weekday
from nodes.importing.numerals import han, of_hebrew, western
from nodes.importing.rows import Cell
from nodes.importing.sentences import Sentence, say
from nodes.importing.weeks import week, week_span
from vocab.fields import Moment
from vocab.schemes import fold

_SERIAL: Final = re.compile(r"\d{5}(?:[.,]\d+)?")
_EPOCH: Final = re.compile(r"\d{10}|\d{12,13}")
_SECONDS: Final = (1_000_000_000, 4_102_444_800)  # 2001 to 2099
_COMPACT: Final = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_SERIALS: Final = (29_221, 80_000)  # 1980 to 2119; below, it is a year with a digit too many
_FIRST_DAY: Final = date(1899, 12, 30)
_FIRST_DAY_1904: Final = date(1904, 1, 1)
_FIRST_DAY_1970: Final = date(1970, 1, 1)
_LONGEST: Final = 120
_ISO: Final = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ]\d{2}:\d{2}\S*|Z|[+-]\d{2}:\d{2})?)?)?"
)
_YEAR_FIRST: Final = re.compile(r"(\d{4})\s?[./-]\s?(\d{1,2})(?:\s?[./-]\s?(\d{1,2}))?\.?")
_YEAR_LAST: Final = re.compile(r"(?:(\d{1,2})\s*[./-]\s*)?(\d{1,2})\s*[./-]\s*(\d{4})\.?")
_SHORT: Final = re.compile(r"(\d{2,3})(?:\s?[./-]\s?(\d{1,2})(?:\s?[./-]\s?(\d{1,2}))?)?")
_QUARTER: Final = re.compile(
    r"(?<=\b[qtshk][1-4])[/-]?(?=\d{4}\b)|(?<=\b[1-4][qtshk])(?=\d{4}\b)|(?<=\b\d{4})[/-]?(?=[qtshk][1-4]\b)"
    r"|(?<=[^\W\d_])\s?[/-]\s?(?=\d{4}\b)"
)
_PART: Final = re.compile(
    r"[qtshk][1-4]|[1-4](?:[qtshkoea°ºª]|st|nd|rd|th|er|ra|ro)?|i{1,3}|iv|[αβγδ]"
)
"""The quarter, half or third of a year: `Q3`, `3º`, `III`."""

_YEAR_WORD: Final = re.compile(
    r"(?<=\d{4})\.?\s?(?:г\.?|год[аъе]?|година|годин[еу]|р\.?|рок[уи]?|r\.?|roku|rok|god\.?|godine)$"  # noqa: RUF001
)
_TIME: Final = re.compile(
    r"(?<=\d)(?:T|,?\s)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s?([ap]\.?m\.?)?"
    r"\s?(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$",
    re.IGNORECASE,
)
"""The time behind a day, which is not kept; one of UTC may be of the next day where the city is."""

_IN_UTC: Final = frozenset({"z", "utc", "gmt", "+00", "+0000", "+00:00"})
_WORDED: Final = re.compile(
    r"(?:ngày\s+)?(?:(?P<day>\d{1,2})\s+)?tháng\s+(?P<month>\d{1,2})(?:\s+năm\s+|\s?[/-]\s?)(?P<year>\d{4})",
    re.IGNORECASE,
)
"""Vietnamese says what each number is, and names the months by number."""

_YEAR_MARK: Final = re.compile(r"(?<=\d{4})\.?\s?m\.(?=\s)")
_DAY_WORD: Final = re.compile(r"(?<=\d)\s?d\.$")
_DAY: Final = r"(?P<day>\d{1,2})(?:\.|o|a|°|er|st|nd|rd|th|η)?"
_OF: Final = r"(?:(?:de|del|di|of|af|do)\s+|d['\u2019])?"
_NAME: Final = r"(?P<name>[^\d\s/,.'-][^\d/,-]*?)"
_NAMED: Final = re.compile(rf"(?:{_DAY}[\s/-]+)?{_OF}{_NAME}[.,]*[\s/-]+{_OF}(?P<year>\d{{4}})\.?")
_NAMED_LAST: Final = re.compile(rf"(?P<year>\d{{4}})\.?\s+{_NAME}\.?(?:\s+{_DAY}\.?)?")
_NAMED_FIRST: Final = re.compile(rf"{_NAME}\.?\s+{_DAY},?\s+(?P<year>\d{{4}})")
_LONG_YEAR: Final = re.compile(r"(?<!\d)(?:1[89]|2[01]|20\d|22)\d{3}(?!\d)|(?<!\d)20\d{3}(?!\d)")
_SHORT_YEAR: Final = re.compile(
    r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2}\b|^(?:\d{1,2}[\s./-]+)?[^\W\d_]{3,9}\.?[\s/'\u2019-]+\d{2}$"
)
_UNITS: Final = (
    (re.compile(r"\s*[年년]\s*"), "-"),
    (re.compile(r"\s*[月월]\s*"), "-"),
    (re.compile(r"\s*[日일](?![本曜])\s*"), ""),
)
_EXAMPLES: Final[dict[DateOrder, tuple[str, str]]] = {
    "year-month-day": ("2019-09-16", "2019-09"),
    "day-month-year": ("16/09/2019", "09/2019"),
    "month-day-year": ("09/16/2019", "09/2019"),
}


class Unread(ValueError):
    """A cell that is no date beyond doubt; `said` says what to write."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A date as it was read, and what is to be said about that."""

    moment: Moment
    note: Sentence | None = None


@dataclass(frozen=True, kw_only=True)
class Custom:
    """How a city writes dates."""

    order: DateOrder
    language: str
    calendar: Calendar | None = None
    from_1904: bool = False

    @property
    def write(self) -> Sentence:
        """What to write instead of a date that cannot be read."""
        day, month = _EXAMPLES[self.order]
        examples = say("one-of-three", day=day, month=month, year="2019")
        return say("write-date", examples=examples)


def moment(cell: Cell, order: DateOrder, language: str) -> Moment:
    """Read a cell as a date at its precision; raises Unread saying what to write instead."""
    return dated(cell, Custom(order=order, language=language)).moment


def dated(cell: Cell, custom: Custom) -> Dated:
    """Read a cell as a date, with what is odd about it; raises Unread."""
    if isinstance(cell, bool | list | dict | None):
        raise Unread(say("date-none", write=custom.write))
    if (counted := serial_day(cell, from_1904=custom.from_1904)) is not None:
        note = say("serial-day", day=counted.isoformat())
        return Dated(moment=Moment(value=counted.isoformat()), note=note)
    if (since := _since_1970(cell)) is not None:
        return since
    if _COMPACT.fullmatch(_digits(cell)):
        cell = _digits(cell)
    if isinstance(cell, date):
        if EARLIEST <= cell.year <= LATEST:
            return Dated(moment=Moment(value=cell.isoformat()[:10]))
        return _settled((cell.year, cell.month, cell.day), None, custom)
    if isinstance(cell, int | float):
        if isinstance(cell, int) and _LONG_YEAR.fullmatch(str(cell)):
            raise Unread(say("date-long-year", write=custom.write))
        if not isinstance(cell, int) or not 1000 <= cell <= 9999:
            raise Unread(say("date-plain-number", write=custom.write))
        return _settled((cell, None, None), None, custom)
    return _of_text(cell, custom)


def serial_day(cell: Cell, *, from_1904: bool = False) -> date | None:
    """Give the day that a spreadsheet program counts so, from the end of 1899 or from 1904."""
    if isinstance(cell, str) and _SERIAL.fullmatch(cell.strip()):
        cell = float(cell.strip().replace(",", "."))
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return None
    first = _FIRST_DAY_1904 if from_1904 else _FIRST_DAY
    shift = (first - _FIRST_DAY).days
    day = cell + shift
    return _FIRST_DAY + timedelta(days=int(day)) if _SERIALS[0] <= day <= _SERIALS[1] else None


def _since_1970(cell: Cell) -> Dated | None:
    """Read a count of seconds or milliseconds since 1970, as programs keep times."""
    text = _digits(cell)
    if not _EPOCH.fullmatch(text):
        return None
    unit, count = ("seconds", 1) if len(text) == 10 else ("milliseconds", 1000)
    seconds = int(text) // count
    if not (_SECONDS[0] if count == 1 else 0) <= seconds <= _SECONDS[1]:
        return None
    day = (_FIRST_DAY_1970 + timedelta(days=seconds // 86_400)).isoformat()
    note = say("epoch-day", unit=say(f"unit-{unit}"), day=day)
    return Dated(moment=Moment(value=day), note=note)


def _digits(cell: Cell) -> str:
    """Give the digits of a whole number, or of a text that is one; else nothing."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else ""
    plain = isinstance(cell, str | int) and not isinstance(cell, bool)
    return western(str(cell)).strip() if plain else ""


def vague_years(text: str) -> tuple[str, str | None] | None:
    """Give the year of a text that says no more that is sure, or both of `winter 2019/20`."""
    parted = _QUARTER.sub(" ", fold(western(text)))
    words = re.sub(r"[.,'\u2019\u0301\u0374\u5e74\ub144]", " ", parted).split()
    years = [each for each in words if re.fullmatch(r"(?:19|20)\d\d(?:[/-]\d\d(?:\d\d)?)?", each)]
    rest = [each for each in words if each not in years]
    two = len(years) == 1 and len(years[0]) > len("2019")
    sure = all(
        is_vague(each) or _PART.fullmatch(each) or (two and is_fiscal(each)) for each in rest
    )
    if len(years) != 1 or not rest or not sure:
        return None
    first, _, last = years[0].replace("-", "/").partition("/")
    if not last:
        return first, None
    last = last if len(last) == 4 else first[:2] + last
    return (first, last) if int(last) == int(first) + 1 else None


def _of_text(cell: str, custom: Custom) -> Dated:
    if len(cell) > _LONGEST:
        raise Unread(say("date-unread", write=custom.write))
    text = _YEAR_WORD.sub("", " ".join(western(cell).split()))
    text = _DAY_WORD.sub("", _YEAR_MARK.sub("", text))
    if _LONG_YEAR.search(text):
        raise Unread(say("date-long-year", write=custom.write))
    if (time := _TIME.search(text)) is not None:
        return _with_time(text[: time.start()], time, custom)
    if (found_week := week(text, custom.language)) is not None:
        return _of_week(*found_week, custom)
    mark, text = calendarmarks.marked(text) or (None, text)
    text = of_hebrew(_hyphenated(text))
    letters = custom.calendar == "japanese" or custom.language.split("-", maxsplit=1)[0] == "ja"
    if (of_era := calendarmarks.era(text, letters=letters)) is not None:
        try:
            return _read(calendarmarks.era_span(*of_era), "japanese", custom)
        except NoSuchDay:
            raise Unread(say("date-era", era=of_era[0], write=custom.write)) from None
    if (found := _foreign_month(text)) is not None:
        return _settled(found[1], mark or found[0], custom)
    own = mark or custom.calendar or calendarmarks.of_language(custom.language)
    if own == "minguo" and (short := _SHORT.fullmatch(text)):
        return _settled(_numbers(*short.groups()), "minguo", custom)
    return _settled(_parts(text, custom), mark, custom)


def _with_time(day: str, time: re.Match[str], custom: Custom) -> Dated:
    """Read the day before a time; raises Unread where that is no day."""
    found = _of_text(day, custom)
    if len(found.moment.value) < len("2019-09-16"):
        raise Unread(say("date-unread", write=custom.write))
    hour, minute, second, half, zone = time.groups()
    if zone and zone.lower() in _IN_UTC and (half or any(map(int, (hour, minute, second or 0)))):
        return Dated(moment=found.moment, note=say("utc-day", day=found.moment.value))
    return found


def _of_week(year: int, number: int, custom: Custom) -> Dated:
    """Keep of a week the month or year that all of it is in; raises Unread."""
    try:
        found = week_span(year, number)
    except NoSuchDay:
        raise Unread(say("date-week", week=number, year=year, write=custom.write)) from None
    facts = {"first": found.first.isoformat(), "last": found.last.isoformat()}
    if found.agreed is None:
        raise Unread(say("date-week-spans", **facts, write=custom.write))
    note = say("read-from-week", **facts, read=found.agreed, write=custom.write)
    return Dated(moment=Moment(value=found.agreed), note=note)


def _hyphenated(text: str) -> str:
    """Write `2023年5月1日` as `2023-5-1`."""
    if text.isascii():
        return text
    text = han(text)
    for unit, instead in _UNITS:
        text = unit.sub(instead, text)
    return text.strip("- ")


def _foreign_month(text: str) -> tuple[Calendar, Parts] | None:
    """Read a date whose month only another calendar has: `12 مرداد 1402`."""
    if (found := calendarmarks.named_month(text)) is None:
        return None
    calendar, name, month = found
    before, _, after = fold(text).partition(name)
    numbers = [int(each) for each in re.findall(r"\d+", f"{before} {after}")]
    years = [each for each in numbers if each > 999]
    days = [each for each in numbers if each <= 31]
    rest = re.sub(r"\b(?:of|de|ה)\b|[\d\s.,/-]", "", f"{before} {after}")
    if rest or len(years) != 1 or len(days) > 1 or len(years) + len(days) != len(numbers):
        return None
    return calendar, (years[0], month, days[0] if days else None)


def _parts(text: str, custom: Custom) -> Parts:
    """Take a text apart into year, month and day."""
    if match := _COMPACT.fullmatch(text):
        return _numbers(*match.groups())
    if match := _WORDED.fullmatch(text):
        return _numbers(match["year"], match["month"], match["day"])
    if match := _ISO.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        return _numbers(*match.groups())
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = match.groups()
        if first is None:
            return int(year), int(second), None
        if custom.order == "year-month-day":
            raise Unread(say("date-order-open"))
        day, month = (first, second) if custom.order == "day-month-year" else (second, first)
        return int(year), int(month), int(day)
    text = without_weekday(text, custom.language)
    for form in (_NAMED, _NAMED_FIRST, _NAMED_LAST):
        if (match := form.fullmatch(text)) is None:
            continue
        if (number := month_of(match["name"], custom.language)) is not None:
            day = match["day"]
            return int(match["year"]), number, None if day is None else int(day)
    if _SHORT_YEAR.search(text):
        raise Unread(say("date-two-digits", write=custom.write))
    raise Unread(say("date-unread", write=custom.write))


def _numbers(year: str, month: str | None, day: str | None) -> Parts:
    return int(year), None if month is None else int(month), None if day is None else int(day)


def _settled(parts: Parts, mark: Calendar | None, custom: Custom) -> Dated:
    """Decide whose date it is, and read it; raises Unread where that is not certain."""
    year, month, day = parts
    chosen, note = mark or _calendar(year, custom), None
    named = mark is None and custom.calendar not in {None, "japanese"}
    if named and chosen == "gregorian" != custom.calendar:
        read = _checked(parts, custom)
        note = say("read-as-gregorian", calendar=_name(custom.calendar), read=read.value)
    if chosen == "gregorian":
        return Dated(moment=_checked(parts, custom), note=note)
    if not calendars.can_be(chosen, year):
        raise Unread(say("date-year", year=year, write=custom.write))
    try:
        return _read(calendars.span(chosen, year, month, day), chosen, custom)
    except NoSuchDay:
        said = say("date-calendar-day", calendar=_name(chosen), write=custom.write)
        raise Unread(said) from None


def _calendar(year: int, custom: Custom) -> Calendar:
    """Tell whose year it is without a mark; raises Unread where several can be meant."""
    if custom.calendar is not None:
        own = calendars.can_be(custom.calendar, year)
        return custom.calendar if own else "gregorian"
    possible = calendarmarks.possible(year, custom.language)
    own_calendar = calendarmarks.of_language(custom.language)
    if own_calendar in possible:
        return own_calendar
    if possible in {(), ("gregorian",)}:
        return "gregorian"
    names = tuple(_name(each) for each in possible)
    said = say("date-calendar-open", calendars=names, first=possible[0], write=custom.write)
    raise Unread(said)


def _read(span: Span, calendar: Calendar, custom: Custom) -> Dated:
    """Keep of a span what is certain, and say so unless the mapping names the calendar."""
    read, name = span.agreed, _name(calendar)
    first, last = span.first.isoformat(), span.last.isoformat()
    if read is None:
        said = say("date-calendar-spans", calendar=name, first=first, last=last, write=custom.write)
        raise Unread(said)
    if not span.exact:
        note = say(
            "read-from-calendar-coarse",
            calendar=name, first=first, last=last, read=read, write=custom.write,
        )  # fmt: skip
        return Dated(moment=Moment(value=read), note=note)
    if calendar == custom.calendar:
        return Dated(moment=Moment(value=read))
    note = say("read-from-calendar", calendar=name, read=read, name=calendar)
    return Dated(moment=Moment(value=read), note=note)


def _name(calendar: Calendar | None) -> Sentence:
    return say(f"calendar-{calendar}")


def _checked(parts: Parts, custom: Custom) -> Moment:
    """Refuse what no calendar has."""
    year, month, day = parts
    if not EARLIEST <= year <= LATEST:
        raise Unread(say("date-year", year=year, write=custom.write))
    if month is None:
        return Moment(value=f"{year:04}")
    if not 1 <= month <= 12:
        raise Unread(say("date-month", month=month, write=custom.write))
    if day is None:
        return Moment(value=f"{year:04}-{month:02}")
    if not 1 <= day <= monthrange(year, month)[1]:
        raise Unread(say("date-day", day=day, write=custom.write))
    return Moment(value=f"{year:04}-{month:02}-{day:02}")
