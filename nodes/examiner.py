"""Pages of strangers are examined in a worker process; here is the node's end of that."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from federation.errors import PageUnreadable
from federation.examining import Examined, Keys
from federation.ldes.hearing import HeardPage
from federation.ldes.stream import Stream
from federation.limits import Limits
from nodes.errors import Busy, NodeError
from nodes.sandbox.pool import Sandbox

_EXAMINED: Final = TypeAdapter(Examined)
_HEARD: Final = TypeAdapter(HeardPage)
_PAUSE: Final = 0.5

_Answer = TypeVar("_Answer", Examined, HeardPage)


@dataclass(frozen=True, kw_only=True)
class SandboxExaminer:
    """Gives pages to the workers of a `Sandbox("examine")`."""

    sandbox: Sandbox
    limits: Limits

    async def examine(self, body: bytes, media_type: str, url: str, keys: Keys) -> Examined:
        """Read, verify and validate one page; raises PageUnreadable, whatever the page did."""
        pinned = {base: [asdict(key) for key in each] for base, each in keys.items()}
        header = {"media_type": media_type, "url": url, "keys": pinned}
        return await self._read(header, body, _EXAMINED)

    async def hear(
        self, body: bytes, media_type: str, url: str, asked: str, stream: Stream | None
    ) -> HeardPage:
        """Read a page that nobody signed; raises PageUnreadable, whatever the page did."""
        described = None if stream is None else asdict(stream)
        header = {"media_type": media_type, "url": url, "asked": asked, "stream": described}
        return await self._read(header, body, _HEARD)

    async def _read(
        self, header: dict[str, Any], body: bytes, answer: TypeAdapter[_Answer]
    ) -> _Answer:
        try:
            said, found = await self._run({**header, "limits": asdict(self.limits)}, body)
            if "unreadable" in said:
                raise PageUnreadable(str(said["unreadable"]))
            return answer.validate_json(found)
        except (NodeError, ValidationError) as error:
            raise PageUnreadable(f"{header['url']} brought its reader down: {error}") from None

    async def _run(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Have it read; that others' pages keep the workers busy is nothing against this one."""
        while True:
            try:
                return await self.sandbox.run(header, body, seconds=self.limits.read_seconds)
            except Busy:
                await asyncio.sleep(_PAUSE)
