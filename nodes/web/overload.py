"""When too much is asked at once: 429 and when to come back, before anything is done.

A request counts from its headers to the end of its answer's making, so that clients which send
their bodies slowly cannot pile up without bound. One client takes at most a quarter of the places,
and what is done for it in threads has turns with what is done for others (`nodes.hands`).
What an operator's watch asks is always answered.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web

from nodes.hands import working_for
from nodes.web.keys import CLIENTS
from nodes.web.middleware import say

_ALWAYS: Final = ("/healthz", "/readyz", "/metrics")
_AGAIN: Final = 5
"""Seconds after which a client may try again."""

_SHARE: Final = 4

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def setup(app: web.Application, most: int) -> None:
    """Let an application work on so many requests at once; `CLIENTS` tells whose they are."""
    under_way = 0
    of_clients: Counter[str] = Counter()
    most_of_one = max(1, most // _SHARE)

    @web.middleware
    async def bounded(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal under_way
        resource = request.match_info.route.resource
        if resource is not None and resource.canonical.endswith(_ALWAYS):
            return await handler(request)
        if under_way >= most:
            return _refused(request, f"The node works on {most} requests already")
        client = app[CLIENTS].place(request)
        if of_clients.get(client, 0) >= most_of_one:
            return _refused(request, f"The node works on {most_of_one} requests of yours already")
        under_way += 1
        of_clients[client] += 1
        try:
            with working_for(client):
                return await handler(request)
        finally:
            under_way -= 1
            of_clients[client] -= 1
            if not of_clients[client]:
                del of_clients[client]

    app.middlewares.append(bounded)


def _refused(request: web.Request, why: str) -> web.Response:
    refused = say(
        request, 429, f"{why}, and takes no more just now.", f"Ask again in {_AGAIN} seconds."
    )
    refused.headers[hdrs.RETRY_AFTER] = str(_AGAIN)
    return refused
