"""Asking for a page again when the host says "not now" (LDES 1.0, clause C5).

408, 425, 429, 500, 502, 503 and 504 are asked again a few times, with pauses that double and are
never shorter than `Retry-After`, while that is short enough to be waited for within a round; 410 is
an empty page; any other error ends the round.
"""

import asyncio
from typing import Final

from federation.errors import PeerRefused
from federation.fetch import FEED_TYPES, Client, Fetched, fetch
from federation.limits import Limits

_AGAIN: Final = frozenset((408, 425, 429, 500, 502, 503, 504))


async def ask(
    client: Client, url: str, limits: Limits, etag: str | None, *, accept: str = FEED_TYPES
) -> tuple[Fetched, int]:
    """Get a page and say how many requests it took; raises PeerUnreachable or one of its kinds."""
    pause = limits.first_pause_seconds
    for attempt in range(1, limits.attempts + 1):
        try:
            return await fetch(client, url, limits, etag=etag, accept=accept), attempt
        except PeerRefused as error:
            wanted = max(pause, error.retry_after or 0.0)
            if (
                error.status not in _AGAIN
                or attempt == limits.attempts
                or wanted > limits.longest_pause_seconds
            ):
                raise
            await asyncio.sleep(wanted)
            pause *= 2
    raise AssertionError("the last attempt returns or raises")
