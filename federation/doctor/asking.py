"""Asking politely: one request after the other, with pauses, within bounds."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from federation.doctor.seeing import PageSeen, Paths
from federation.doctor.survey import Visit
from federation.errors import FederationError, PageUnreadable
from federation.fetch import Answer, Client, probe
from federation.limits import Limits

SYNTAXES: Final = (
    "application/n-quads",
    "application/trig",
    "application/ld+json",
    "text/turtle",
    "application/n-triples",
)
GRAPHS: Final = SYNTAXES[:3]
"""Those that can hold named graphs."""

ACCEPT: Final = ", ".join((*GRAPHS, *(f"{media};q=0.5" for media in SYNTAXES[3:])))
_PATIENCE: Final = 10.0


class Reader(Protocol):
    """Reads pages somewhere safe; raises PageUnreadable, whatever the page did."""

    async def see(
        self, body: bytes, media_type: str, url: str, names: Sequence[str], paths: Paths
    ) -> PageSeen:
        """Read one page."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How much is asked: pages, bytes on the wire, seconds in all; pauses in seconds.

    `pause` lies between two requests, `wait` between the two looks.
    """

    pages: int = 100
    wire_bytes: int = 200_000_000
    seconds: float = 300.0
    pause: float = 0.1
    wait: float = 2.0


@dataclass(kw_only=True)
class Walk:
    """What one examination carries along."""

    client: Client
    reader: Reader
    limits: Limits
    bounds: Bounds
    deadline: float
    paths: Paths = field(default_factory=Paths)
    requests: int = 0
    wire: int = 0
    stopped: str | None = None
    refusals: list[Answer] = field(default_factory=list)

    def spent(self) -> bool:
        """Tell whether a bound is reached, and remember which."""
        if self.stopped is None:
            if self.wire > self.bounds.wire_bytes:
                self.stopped = f"{self.wire} bytes were read"
            elif time.monotonic() > self.deadline:
                self.stopped = f"{self.bounds.seconds:g} seconds have passed"
        return self.stopped is not None


async def look_at(walk: Walk, url: str, accept: str) -> Visit:
    """Get a page and have it read."""
    try:
        answer = await ask(walk, url, {"Accept": accept})
    except FederationError as error:
        return Visit(url=url, trouble=str(error))
    return await taken(walk, answer)


async def taken(walk: Walk, answer: Answer) -> Visit:
    """Have the page of an answer read."""
    size, kept = len(answer.body), replace(answer, body=b"")
    found = Visit(url=answer.asked, answer=kept, size=size)
    if answer.status != 200:
        return replace(found, trouble=f"status {answer.status}")
    try:
        page = await walk.reader.see(
            answer.body, answer.media_type, answer.url, found.names, walk.paths
        )
    except PageUnreadable as error:
        return replace(found, trouble=str(error))
    return replace(found, page=page)


async def ask(walk: Walk, url: str, headers: Mapping[str, str], method: str = "GET") -> Answer:
    """Make one request after a pause; when the host says "not now", wait once as it asks."""
    for last in (False, True):
        await asyncio.sleep(walk.bounds.pause)
        walk.requests += 1
        answer = await probe(walk.client, url, walk.limits, headers=headers, method=method)
        walk.wire += answer.wire
        wanted = answer.headers.get("retry-after", "1")
        if answer.status not in (429, 503):
            return answer
        walk.refusals.append(answer)
        if last:
            return answer
        seconds = float(wanted[:6]) if wanted.isascii() and wanted.isdigit() else _PATIENCE
        await asyncio.sleep(min(seconds, _PATIENCE))
    raise AssertionError("the last attempt returns")
