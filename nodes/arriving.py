"""The worker's task "examine": a page is examined, and its records are prepared for search.

The worker has the records at hand, and a processor of its own; what the index would find out about
them later is written down here. It stops when that takes long: what is not prepared the index makes
by itself, and no page is lost because its texts are many.
"""

import time
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
_ARRIVAL: Final = TypeAdapter(Arrival)


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Read a page of any sort; one that cannot be read is an answer with `unreadable`."""
    if "asked" in header or "looking" in header:
        return examining.answer(header, body)
    try:
        found = examining.examined(header, body)
    except FederationError as error:
        return {"unreadable": str(error)}, b""
    return {}, _ARRIVAL.dump_json(arrival(found))


def arrival(examined: Examined) -> Arrival:
    """Prepare the records of a page, up to a bound."""
    end, room = time.process_time() + _MOST_SECONDS, _MOST_CHARACTERS
    found: list[Ready | None] = []
    for each in examined.checked:
        ready = _ready(each) if room > 0 and time.process_time() < end else None
        room -= len(ready.found_by) if ready is not None else 0
        found.append(ready)
    return Arrival(examined=examined, prepared=tuple(found))


def _ready(checked: Checked) -> Ready | None:
    member = checked.carried.member
    if member is None or checked.signature is not Signature.GOOD or checked.faults:
        return None
    return None if succession.about_keys(member) else prepared(member)
