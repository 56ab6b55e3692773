"""The worker's task "examine": a page is examined, and its records are prepared for search.

The worker has the records at hand, and a processor of its own; what the index would find out about
them later is written down here. It stops when that takes long: what is not prepared the index makes
by itself, and no page is lost because its texts are many.

The answer is a line for the page and one for each member, in JSON: so the node can take it up
piece by piece.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter

from federation import succession
from federation.errors import FederationError
from federation.examining import Checked, Examined, Signature
from nodes.index.documents import prepared
from nodes.prepared import Arrival, Ready
from nodes.sandbox import examining

_MOST_SECONDS: Final = 5.0
"""Seconds of processor for one page; a full page of long records takes one."""

_MOST_CHARACTERS: Final = 32_000_000
_PAGE: Final = TypeAdapter(Examined)
_ARRIVAL: Final = TypeAdapter(Arrival)


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Read a page of any sort; one that cannot be read is an answer with `unreadable`."""
    if "asked" in header or "looking" in header:
        return examining.answer(header, body)
    try:
        found = examining.examined(header, body)
    except FederationError as error:
        return {"unreadable": str(error)}, b""
    page = _PAGE.dump_json(replace(found, checked=()))
    return {}, b"\n".join((page, *map(_ARRIVAL.dump_json, arrivals(found))))


def arrivals(examined: Examined) -> Iterator[Arrival]:
    """Prepare the records of a page, up to a bound."""
    end, room = time.process_time() + _MOST_SECONDS, _MOST_CHARACTERS
    for each in examined.checked:
        ready = _ready(each) if room > 0 and time.process_time() < end else None
        room -= len(ready.found_by) if ready is not None else 0
        yield Arrival(checked=each, ready=ready)


def _ready(checked: Checked) -> Ready | None:
    member = checked.carried.member
    if member is None or checked.signature is not Signature.GOOD or checked.faults:
        return None
    return None if succession.about_keys(member) else prepared(member)
