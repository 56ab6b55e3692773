"""The doctor put together: a guarded client that asks, workers that read, clauses that judge."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Final

from pydantic import TypeAdapter

from federation.doctor.asking import Bounds
from federation.doctor.clauses import judge
from federation.doctor.seeing import PageSeen, Paths
from federation.doctor.values import Report
from federation.doctor.walking import survey
from federation.fetch import Private, open_client
from federation.limits import Limits
from nodes.examiner import read_page
from nodes.harvesting import utc_now
from nodes.sandbox.pool import Sandbox

_SEEN: Final = TypeAdapter(PageSeen)


@dataclass(frozen=True, kw_only=True)
class SandboxReader:
    """Gives pages to the workers of a `Sandbox("diagnose")`."""

    sandbox: Sandbox
    limits: Limits

    async def see(
        self, body: bytes, media_type: str, url: str, names: Sequence[str], paths: Paths
    ) -> PageSeen:
        """Read one page; raises PageUnreadable, whatever the page did."""
        header = {
            "media_type": media_type,
            "url": url,
            "names": list(names),
            "paths": asdict(paths),
        }
        return await read_page(self.sandbox, header, body, _SEEN.validate_json, self.limits)


async def examine_feed(
    url: str,
    *,
    limits: Limits,
    bounds: Bounds,
    agent: str,
    allow_private: Private,
    portal: bool | None = None,
) -> Report:
    """Check a feed from outside; raises FederationError when its address gives no answer."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(
            open_client(agent=agent, limits=limits, allow_private=allow_private)
        )
        sandbox = await stack.enter_async_context(Sandbox("diagnose", workers=1, spares=1))
        seen = await survey(
            client,
            SandboxReader(sandbox=sandbox, limits=limits),
            url,
            limits=limits,
            bounds=bounds,
            now=utc_now,
            portal=portal,
        )
    return judge(seen)
