"""Pages of strangers are examined in a worker process; here is the node's end of that.

What a worker says of a page is megabytes. It is taken up in a thread, and member by member, since
one call for all of it would keep Python's lock for a tenth of a second.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from federation.dcat.reading import Looking
from federation.dcat.sight import CataloguePage
from federation.errors import PageUnreadable
from federation.examining import Checked, Examined, Keys
from federation.ldes.hearing import HeardPage
from federation.ldes.stream import Stream
from federation.limits import Limits
from federation.member import remember
from federation.peers import Observing
from nodes.errors import Busy, NodeError
from nodes.prepared import Arrival, Prepared
from nodes.sandbox.pool import Sandbox

_PAGE: Final = TypeAdapter(Examined)
_ARRIVAL: Final = TypeAdapter(Arrival)
_HEARD: Final = TypeAdapter(HeardPage)
_LOOKED: Final = TypeAdapter(CataloguePage)
_PAUSE: Final = 0.5

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, kw_only=True)
class SandboxExaminer:
    """Gives pages to the workers of a `Sandbox("examine")`; `prepared` keeps what else they say."""

    sandbox: Sandbox
    limits: Limits
    prepared: Prepared = field(default_factory=Prepared)

    async def examine(self, body: bytes, media_type: str, url: str, keys: Keys) -> Examined:
        """Read, verify and validate one page; raises PageUnreadable, whatever the page did."""
        pinned = {base: [asdict(key) for key in each] for base, each in keys.items()}
        header = {"media_type": media_type, "url": url, "keys": pinned}
        return await self._read(header, body, self._take_up)

    async def hear(
        self,
        body: bytes,
        media_type: str,
        url: str,
        asked: str,
        stream: Stream | None,
        *,
        told: Observing | None,
    ) -> HeardPage:
        """Read a page that nobody signed; raises PageUnreadable, whatever the page did."""
        described = None if stream is None else asdict(stream)
        chosen = None if told is None else asdict(told)
        header = {
            "media_type": media_type,
            "url": url,
            "asked": asked,
            "stream": described,
            "told": chosen,
        }
        return await self._read(header, body, _HEARD.validate_json)

    async def look(self, body: bytes, media_type: str, url: str, looking: Looking) -> CataloguePage:
        """Read a page of a catalogue; raises PageUnreadable, whatever the page did."""
        header = {"media_type": media_type, "url": url, "looking": asdict(looking)}
        return await self._read(header, body, _LOOKED.validate_json)

    async def _read(
        self, header: dict[str, Any], body: bytes, answer: Callable[[bytes], _Answer]
    ) -> _Answer:
        return await read_page(self.sandbox, header, body, answer, self.limits)

    def _take_up(self, found: bytes) -> Examined:
        """Take up the answer of a worker (`nodes.arriving`); raises ValidationError."""
        page, *members = found.split(b"\n")
        arrived = [self._take_in(each) for each in members]
        return replace(_PAGE.validate_json(page), checked=tuple(arrived))

    def _take_in(self, said: bytes) -> Checked:
        arrival = _ARRIVAL.validate_json(said)
        checked, member = arrival.checked, arrival.checked.carried.member
        if member is not None and checked.digest:
            remember(member, checked.digest)
        if member is not None and arrival.ready is not None:
            self.prepared.keep(member, arrival.ready)
        return checked


async def read_page(
    sandbox: Sandbox,
    header: Mapping[str, Any],
    body: bytes,
    answer: Callable[[bytes], _Answer],
    limits: Limits,
) -> _Answer:
    """Have a page read by a worker; raises PageUnreadable, whatever the page did.

    `answer` reads what the worker says, in a thread; it may raise ValidationError. `header` names
    the page's `url`. That it has to wait for a worker is nothing against the page.
    """
    asked, seconds = {**header, "limits": asdict(limits)}, limits.read_seconds
    try:
        while True:
            try:
                said, found = await sandbox.run(asked, body, seconds=seconds, waiting=seconds)
                break
            except Busy:
                await asyncio.sleep(_PAUSE)
        if "unreadable" in said:
            raise PageUnreadable(str(said["unreadable"]))
        return await asyncio.to_thread(answer, found)
    except (NodeError, ValidationError) as error:
        raise PageUnreadable(f"{header['url']} brought its reader down: {error}") from None
