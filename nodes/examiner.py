"""Pages of strangers are examined in a worker process; here is the node's end of that."""

import asyncio
from dataclasses import asdict, dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from federation.errors import PageUnreadable
from federation.examining import Examined, Keys
from federation.limits import Limits
from nodes.errors import Busy, NodeError
from nodes.sandbox.pool import Sandbox

_EXAMINED: Final = TypeAdapter(Examined)
_PAUSE: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class SandboxExaminer:
    """Gives pages to the workers of a `Sandbox("examine")`."""

    sandbox: Sandbox
    limits: Limits

    async def examine(self, body: bytes, media_type: str, url: str, keys: Keys) -> Examined:
        """Read, verify and validate one page; raises PageUnreadable, whatever the page did."""
        header = {
            "media_type": media_type,
            "url": url,
            "keys": {base: [asdict(key) for key in pinned] for base, pinned in keys.items()},
            "limits": asdict(self.limits),
        }
        try:
            said, examined = await self._run(header, body)
            if "unreadable" in said:
                raise PageUnreadable(str(said["unreadable"]))
            return _EXAMINED.validate_json(examined)
        except (NodeError, ValidationError) as error:
            raise PageUnreadable(f"{url} brought its reader down: {error}") from None

    async def _run(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Have it read; that others' pages keep the workers busy is nothing against this one."""
        while True:
            try:
                return await self.sandbox.run(header, body, seconds=self.limits.read_seconds)
            except Busy:
                await asyncio.sleep(_PAUSE)
