"""Bodies of requests: of bounded size, read in bounded time."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from nodes.web.problems import Problem


async def read_body(
    request: web.Request, *, most: int, seconds: int, kind: str = "request"
) -> bytes:
    """Read a body; raises Problem (413, 408) for more than `most` bytes or `seconds`."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > most:
                    raise Problem(
                        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                        f"The body has more than {most} bytes.",
                        kind=kind,
                    )
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT,
            f"The body did not come within {seconds} seconds.",
            kind=kind,
        ) from None
    return bytes(body)
