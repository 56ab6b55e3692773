"""The least that aiohttp does for an answer: `python -m benchmarks.bare PORT [BYTES]`.

A handler gives the bytes of a lookup and the headers that a node sends, and looks at nothing.
At `/search.json` it gives so many bytes.
"""

import asyncio
import json
import sys
from typing import Final

from aiohttp import web

_CELL: Final = {"type": "uri", "value": "http://purl.org/dc/terms/description"}
_ROWS: Final = 25
_ANSWER: Final = {
    "head": {"vars": ["p", "o"]},
    "results": {"bindings": _ROWS * [{"p": _CELL, "o": _CELL}]},
}
_BODY: Final = json.dumps(_ANSWER).encode()
_HEADERS: Final = {
    "Content-Type": "application/sparql-results+json",
    "Cache-Control": "no-cache",
    "Age": "0",
    "Link": '<https://lab.example/freshness>; rel="describedby"; type="application/ld+json"',
    "Citynode-Freshness": "origins=1, oldest=0, failing=0, excluded=0",
    "ETag": 'W/"0123456789abcdef01234567"',
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Age, ETag, Link, Retry-After, Citynode-Freshness",
    "Vary": "Accept, Accept-Encoding",
    "RateLimit-Policy": '"query";q=60;w=60;qu="processor-seconds"',
    "RateLimit": '"query";r=60;t=0',
    "Server": "citynode",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'",
}


async def answer(request: web.Request) -> web.Response:  # noqa: ARG001 - that is the point
    """Give the same answer to everybody."""
    return web.Response(body=_BODY, headers=_HEADERS)


async def serve(port: int, size: int) -> None:
    """Serve until the process is ended."""

    async def sized(request: web.Request) -> web.Response:  # noqa: ARG001 - that is the point
        return web.Response(body=long, headers=_HEADERS)

    long = bytes(size)
    app = web.Application()
    app.add_routes([web.get("/sparql", answer), web.get("/search.json", sized)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
