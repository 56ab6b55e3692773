"""Bodies of requests: what they are, and reading them, of bounded size in bounded time.

They are read as they were sent: a few hundred bytes could be unpacked for minutes.
"""

import asyncio
from http import HTTPStatus

from aiohttp import hdrs, web

from nodes.web.problems import Problem


def kind_of_body(request: web.Request) -> str:
    """Give the media type of a body without its parameters, in lower case; empty for none.

    `request.content_type` reads the parameters too, which takes half a second for some headers.
    """
    return request.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()


async def read_body(
    request: web.Request, *, most: int, seconds: int, kind: str = "request"
) -> bytes:
    """Read a body; raises Problem (415, 413, 408) for a packed one, `most` bytes or `seconds`."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A compressed body is not read here.", kind=kind
        )
    long = Problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body has more than {most} bytes.", kind=kind
    )
    if (request.content_length or 0) > most:  # nobody needs to wait for it
        raise long
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > most:
                    raise long
    except TimeoutError:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT,
            f"The body did not come within {seconds} seconds.",
            kind=kind,
        ) from None
    return bytes(body)
