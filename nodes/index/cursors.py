"""Cursors: where a page of a search ended, as a short text that a client gives back.

It holds the rank of the last hit, how many hits stood before the next one then, and how the
question was read, so that the next page is asked in the same words. It is not a secret and not
believed: whatever is in it can only lead to other hits of the search that it comes with.
"""

import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from nodes.errors import BadCursor
from nodes.index.ordering import Rank
from nodes.searches import LONGEST_CURSOR, SearchRequest, Sort

_MOST: Final = 1 << 40
_TEXTUAL: Final = frozenset({Sort.TITLE, Sort.CITY})


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """A place in the hits of one search; `reading` is how its words were understood."""

    rank: Rank
    place: int
    reading: tuple[int, ...]


def written(request: SearchRequest, cursor: Cursor) -> str:
    """Write a cursor of a search."""
    key, tie = cursor.rank
    if isinstance(key, float) and math.isinf(key):
        key = -1.0  # no distance at all: JSON has no infinity
    said = [_digest(request), key, tie, cursor.place, *cursor.reading]
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode(errors="replace")).decode().rstrip("=")


def read(request: SearchRequest) -> Cursor | None:
    """Read the cursor of a search, if it has one; raises BadCursor for what none wrote."""
    text = request.cursor
    if not text:
        return None
    try:
        if len(text) > LONGEST_CURSOR:
            raise ValueError(text)
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        digest, key, tie, place, *reading = json.loads(raw)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadCursor(text) from error
    whole = [tie, place, *reading]
    fits = isinstance(key, str) if request.sort in _TEXTUAL else _number(key)
    if digest != _digest(request) or not fits or not all(map(_count, whole)):
        raise BadCursor(text)
    if not (0 <= place <= _MOST and all(0 <= each < 100 for each in reading)):
        raise BadCursor(text)
    if request.sort is Sort.DISTANCE and key < 0:
        key = math.inf
    return Cursor(rank=(key, tie), place=place, reading=tuple(reading))


def _number(value: object) -> bool:
    return _count(value) or (isinstance(value, float) and math.isfinite(value))


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64


def _digest(request: SearchRequest) -> str:
    """Tell one search from another, whatever page of it is asked for."""
    said = (
        request.text,
        sorted(request.filters.items()),
        request.box,
        request.period,
        request.near,
        request.among,
        request.sort.value,
        request.exact,
    )
    return sha256(repr(said).encode(errors="replace")).hexdigest()[:12]
