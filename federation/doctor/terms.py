"""Terms of RDF as they stand in N-Quads, and what times and numbers they say."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from vocab.terms import XSD

_NODE: Final = r"(?:<[^>]*+>|_:\S++)"
_ROW: Final = re.compile(
    rf"({_NODE}) (<[^>]*+>) "
    rf"({_NODE}|\"(?:[^\"\\]++|\\.)*+\"(?:@[A-Za-z0-9\-]++|\^\^<[^>]*+>)?+)(?: ({_NODE}))?+ ?\."
)
_LITERAL: Final = re.compile(r"\"((?:[^\"\\]++|\\.)*+)\"(?:@[A-Za-z0-9\-]+|\^\^<([^>]*)>)?")
_DURATION: Final = re.compile(
    r"(-)?P(?:(\d{1,5})Y)?(?:(\d{1,6})M)?(?:(\d{1,7})D)?"
    r"(?:T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,11})(?:\.\d+)?S)?)?",
    re.ASCII,
)
_SECONDS: Final = (365.25 * 86_400, 30.44 * 86_400, 86_400, 3_600, 60, 1)
_ZONE: Final = re.compile(r"(?:Z|[+\-]\d\d:\d\d)$")
_TIMES: Final = (XSD + "dateTime", XSD + "dateTimeStamp", XSD + "date")


@dataclass(frozen=True, slots=True)
class Row:
    """One statement; `graph` is empty in the default graph."""

    subject: str
    predicate: str
    value: str
    graph: str = ""


def read_rows(nquads: str) -> list[Row] | None:
    """Read lines of N-Quads that our own parser wrote; None when one has another form."""
    found = []
    for line in nquads.split("\n"):
        if line:
            match = _ROW.fullmatch(line)
            if match is None:
                return None
            subject, predicate, value, graph = match.groups()
            found.append(Row(subject, predicate[1:-1], value, graph or ""))
    return found


def iri(term: str) -> str | None:
    """Give the IRI of a term that is one."""
    return term[1:-1] if term.startswith("<") else None


def text(term: str) -> str | None:
    """Give the text of a literal."""
    match = _LITERAL.fullmatch(term)
    return match[1] if match else None


def datatype(term: str) -> str | None:
    """Give the datatype of a literal; None for what is none, or has no datatype written."""
    match = _LITERAL.fullmatch(term)
    return match[2] if match else None


def has_zone(term: str) -> bool:
    """Tell whether a time says its timezone."""
    return _ZONE.search(text(term) or "") is not None


def moment(term: str) -> datetime | None:
    """Read a time; one without a zone is taken for UTC. None for what is no time."""
    said = text(term)
    if said is None or datatype(term) not in _TIMES or len(said) > 60:
        return None
    try:
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", said))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def number(term: str) -> int | None:
    """Read a whole number of whatever integer type."""
    said = text(term)
    if said is None or len(said) > 15 or not re.fullmatch(r"[+\-]?\d+", said, re.ASCII):
        return None
    return int(said)


def duration(term: str) -> timedelta | None:
    """Read a duration; years and months are taken at their mean length."""
    match = _DURATION.fullmatch(text(term) or "")
    if match is None or not any(match.groups()[1:]):
        return None
    parts = zip(match.groups()[1:], _SECONDS, strict=True)
    try:
        length = timedelta(seconds=sum(int(count or 0) * unit for count, unit in parts))
    except OverflowError:
        return None
    return -length if match[1] else length
