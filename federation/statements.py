"""Statements as a page writes them: looked up by property, and read into plain values.

Terms stay as they are written in N-Quads; what has not the form that is asked for is None. Plain
text work, without a graph library.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from federation.times import stamp
from vocab import lines
from vocab.errors import NotCanonical
from vocab.lines import Iri, Literal
from vocab.terms import XSD_DATETIME

_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+\-]\d\d:\d\d)", re.ASCII
)

_WORD_CHARS: Final = 100

Statements = Mapping[str, Sequence[tuple[str, str]]]
"""Property and value of what is said, by subject."""


def only(said: Iterable[tuple[str, str]], predicate: str) -> str | None:
    """Give the value of a property that has exactly one."""
    found = [value for each, value in said if each == predicate]
    return found[0] if len(found) == 1 else None


def required(said: Iterable[tuple[str, str]], predicate: str) -> str:
    """Give the one value of a property; raises ValueError when there is not exactly one."""
    value = only(said, predicate)
    if value is None:
        raise ValueError(f"the activity needs exactly one {predicate}")
    return value


def iri_of(text: str | None) -> str | None:
    """Read an IRI; None for anything else."""
    return text[1:-1] if text is not None and text.startswith("<") else None


def value_of(text: str | None) -> str | None:
    """Read the text of a literal; None for anything else."""
    if text is None or not text.startswith('"'):
        return None
    try:
        said = lines.parse_term(text)
    except NotCanonical:
        return None
    return said.value if isinstance(said, Literal | Iri) else None


def word_of(text: str | None) -> str | None:
    """Read a literal that is a digest, a signature or a time; None for what is longer.

    It is kept as it is, beside a record or in a bookmark, where nothing else bounds it.
    """
    said = value_of(text)
    return said if said is not None and len(said) <= _WORD_CHARS else None


def time_of(text: str | None) -> str | None:
    """Read an xsd:dateTime with a timezone, as UTC to the microsecond: sorts as text."""
    if text is None or not text.endswith(f"^^<{XSD_DATETIME}>"):
        return None
    value = value_of(text)
    if value is None or not _TIME.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return stamp(moment)


def number_of(text: str | None) -> int | None:
    """Read a whole number of at most 15 figures; None for anything else."""
    value = value_of(text)
    if value is None or len(value) > 15 or not value.isascii() or not value.isdigit():
        return None
    return int(value)
