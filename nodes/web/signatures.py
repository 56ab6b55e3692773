"""Answers of the feed, the catalogue and the records carry the node's signature.

It is made when the answer is ready to be sent, over the bytes that travel, so it holds for each
format and encoding. Answers without content (304) and errors say nothing that needs one.
"""

import time
from functools import cache
from typing import Final

from aiohttp import web

from federation.messages import signed
from nodes.web.keys import CITY, FEEDS
from vocab.membership import ROOM as MEMBERS
from vocab.records import ROOMS

_SIGNED: Final = frozenset(("feed", "catalog", "catalogue", "dossiers", MEMBERS, *ROOMS))


def setup(app: web.Application) -> None:
    """Sign what this application answers."""
    app.on_response_prepare.append(_sign)


async def _sign(request: web.Request, response: web.StreamResponse) -> None:
    if response.status != 200 or not isinstance(response, web.Response):
        return
    base = request.config_dict[CITY].base
    below = request.path.removeprefix(_path(base))
    room = below.lstrip("/").split("/", 1)[0].split(".", 1)[0]
    if room in _SIGNED and isinstance(response.body, bytes):
        key = request.config_dict[FEEDS].key()
        method = key.public(base).method
        created = int(time.time())
        response.headers.update(
            signed(response.body, response.status, key, method=method, created=created)
        )


@cache
def _path(base: str) -> str:
    """Give the path of a node's base."""
    return "/" + base.split("/", 3)[3]
