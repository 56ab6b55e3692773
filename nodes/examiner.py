"""Pages of strangers are examined in a worker process; here is the node's end of that."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from federation.dcat.reading import Looking
from federation.dcat.sight import CataloguePage
from federation.errors import PageUnreadable
from federation.examining import Examined, Keys
from federation.ldes.hearing import HeardPage
from federation.ldes.stream import Stream
from federation.limits import Limits
from federation.member import remember
from nodes.errors import Busy, NodeError
from nodes.prepared import Arrival, Prepared
from nodes.sandbox.pool import Sandbox

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
        arrival = await self._read(header, body, _ARRIVAL)
        for each, ready in zip(arrival.examined.checked, arrival.prepared, strict=False):
            if (member := each.carried.member) is None:
                continue
            if each.digest:
                remember(member, each.digest)
            if ready is not None:
                self.prepared.keep(member, ready)
        return arrival.examined

    async def hear(
        self, body: bytes, media_type: str, url: str, asked: str, stream: Stream | None
    ) -> HeardPage:
        """Read a page that nobody signed; raises PageUnreadable, whatever the page did."""
        described = None if stream is None else asdict(stream)
        header = {"media_type": media_type, "url": url, "asked": asked, "stream": described}
        return await self._read(header, body, _HEARD)

    async def look(self, body: bytes, media_type: str, url: str, looking: Looking) -> CataloguePage:
        """Read a page of a catalogue; raises PageUnreadable, whatever the page did."""
        header = {"media_type": media_type, "url": url, "looking": asdict(looking)}
        return await self._read(header, body, _LOOKED)

    async def _read(
        self, header: dict[str, Any], body: bytes, answer: TypeAdapter[_Answer]
    ) -> _Answer:
        return await read_page(self.sandbox, header, body, answer, self.limits)


async def read_page(
    sandbox: Sandbox,
    header: Mapping[str, Any],
    body: bytes,
    answer: TypeAdapter[_Answer],
    limits: Limits,
) -> _Answer:
    """Have a page read by a worker; raises PageUnreadable, whatever the page did.

    `header` names its `url`. That other pages keep the workers busy is nothing against this one.
    """
    asked = {**header, "limits": asdict(limits)}
    try:
        while True:
            try:
                said, found = await sandbox.run(asked, body, seconds=limits.read_seconds)
                break
            except Busy:
                await asyncio.sleep(_PAUSE)
        if "unreadable" in said:
            raise PageUnreadable(str(said["unreadable"]))
        return answer.validate_json(found)
    except (NodeError, ValidationError) as error:
        raise PageUnreadable(f"{header['url']} brought its reader down: {error}") from None
