"""When too much is asked at once: 429 and when to come back, before anything is done.

A request counts from its headers to the end of its answer's making, so that clients which send
their bodies slowly cannot pile up without bound. What an operator's watch asks is always answered.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web

from nodes.web.middleware import say

_ALWAYS: Final = ("/healthz", "/readyz", "/metrics")
_AGAIN: Final = 5
"""Seconds after which a client may try again."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def setup(app: web.Application, most: int) -> None:
    """Let an application work on so many requests at once."""
    under_way = 0

    @web.middleware
    async def bounded(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal under_way
        resource = request.match_info.route.resource
        if resource is not None and resource.canonical.endswith(_ALWAYS):
            return await handler(request)
        if under_way >= most:
            refused = say(
                request,
                429,
                f"The node works on {most} requests already, and takes no more just now.",
                f"Ask again in {_AGAIN} seconds.",
            )
            refused.headers[hdrs.RETRY_AFTER] = str(_AGAIN)
            return refused
        under_way += 1
        try:
            return await handler(request)
        finally:
            under_way -= 1

    app.middlewares.append(bounded)
