"""Terms as canonical text: what they say, whether a datatype allows it, and which comes first.

A term is written as on a canonical line: `<iri>`, `"text"`, `"text"@en` or `"5"^^<datatype>`.
Lexical forms are those of XML Schema 1.1, part 2; digits are ASCII.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from vocab import lines
from vocab.terms import RDF_LANGSTRING, XSD, XSD_DATETIME, XSD_STRING

Rank = tuple[str, Any]
"""Where a value stands: only those of the same kind (the first part) can be compared."""

_ZONE: Final = r"(Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_YEAR: Final = r"(-?(?:[1-9][0-9]{3,}|0[0-9]{3}))"
_DAY: Final = rf"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_YEARS: Final = re.compile(rf"{_YEAR}()(){_ZONE}", re.ASCII)
_MONTHS: Final = re.compile(rf"{_YEAR}-(0[1-9]|1[0-2])(){_ZONE}", re.ASCII)
_DAYS: Final = re.compile(rf"{_DAY}{_ZONE}", re.ASCII)
_INSTANTS: Final = re.compile(
    rf"{_DAY}T([01][0-9]|2[0-3]|24(?=:00:00(?:\.0+)?(?:Z|[+-]|$))):([0-5][0-9]):"
    rf"([0-5][0-9](?:\.[0-9]+)?){_ZONE}",
    re.ASCII,
)
_DURATION: Final = re.compile(
    r"-?P(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?"
    r"(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"
)
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_BOOLEAN: Final = re.compile("true|false|1|0")
_LONG_YEAR: Final = 12


class Value(NamedTuple):
    """A literal taken apart: what it says, its datatype, and its language or nothing."""

    text: str
    datatype: str
    language: str


def is_iri(term: str) -> bool:
    """Tell whether a term is an IRI; else it is a literal."""
    return term[0] == "<"


def text_of(term: str) -> str:
    """Give what a term says: an IRI without brackets, the lexical form of a literal."""
    return term[1:-1] if term[0] == "<" else value_of(term).text


def value_of(term: str) -> Value:
    """Take a literal apart."""
    end = term.rindex('"')
    text = term[1:end]
    if "\\" in text:
        text = lines.parse_term(f'"{text}"').value
    if end == len(term) - 1:
        return Value(text, XSD_STRING, "")
    if term[end + 1] == "@":
        return Value(text, RDF_LANGSTRING, term[end + 2 :])
    return Value(text, term[end + 4 : -1], "")


def _is_day(match: re.Match[str]) -> bool:
    year, month, day = int(match[1][-4:]), int(match[2]), int(match[3])
    if len(match[1]) > _LONG_YEAR:
        return False
    return day <= monthrange(2000 + year % 400, month)[1]


def _dated(form: re.Pattern[str]) -> Callable[[str], bool]:
    def allows(text: str) -> bool:
        match = form.fullmatch(text)
        return (
            match is not None and len(match[1]) <= _LONG_YEAR and (not match[3] or _is_day(match))
        )

    return allows


FORMS: Final[dict[str, Callable[[str], bool]]] = {
    XSD + "integer": lambda text: _INTEGER.fullmatch(text) is not None,
    XSD + "decimal": lambda text: _DECIMAL.fullmatch(text) is not None,
    XSD + "boolean": lambda text: _BOOLEAN.fullmatch(text) is not None,
    XSD + "duration": lambda text: _DURATION.fullmatch(text) is not None,
    XSD + "gYear": _dated(_YEARS),
    XSD + "gYearMonth": _dated(_MONTHS),
    XSD + "date": _dated(_DAYS),
    XSD_DATETIME: _dated(_INSTANTS),
    XSD_STRING: lambda _: True,
}
"""Whether a text is in the lexical space of a datatype of XML Schema."""

_NUMBERS: Final = frozenset((XSD + "integer", XSD + "decimal"))
_TIMES: Final = {
    XSD + "gYear": _YEARS,
    XSD + "gYearMonth": _MONTHS,
    XSD + "date": _DAYS,
    XSD_DATETIME: _INSTANTS,
}


def rank(term: str) -> Rank | None:
    """Say where a literal stands among its kind; None for what has no order here."""
    if is_iri(term):
        return None
    text, datatype, language = value_of(term)
    form = FORMS.get(datatype)
    if language or form is None or not form(text):
        return None
    if datatype in _NUMBERS:
        return "number", Decimal(text)
    if datatype == XSD_STRING:
        return "string", text
    times = _TIMES.get(datatype)
    match = times.fullmatch(text) if times is not None else None
    return None if match is None else _moment(datatype, match)


def _moment(datatype: str, match: re.Match[str]) -> Rank:
    """Rank a time; one without a time zone is compared only with its like."""
    parts = [part or "" for part in match.groups()]
    zone = parts.pop()
    year, month, day, *clock = parts
    seconds = Decimal(86_400 * _days(int(year), int(month or 1), int(day or 1)))
    if clock:
        hours, minutes, rest = clock
        seconds += 3600 * int(hours) + 60 * int(minutes) + Decimal(rest)
    kind = f"{datatype} {'with' if zone else 'without'} zone"
    if zone not in ("", "Z"):
        ahead = 60 * int(zone[1:3]) + int(zone[4:])
        seconds -= 60 * (ahead if zone[0] == "+" else -ahead)
    return kind, seconds


def _days(year: int, month: int, day: int) -> int:
    """Count the days of the Gregorian calendar up to a day of any year."""
    years = year - (month < 3)
    months = (month + 9) % 12
    return 365 * years + years // 4 - years // 100 + years // 400 + (153 * months + 2) // 5 + day
