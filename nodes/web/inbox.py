"""`/inbox`: where other nodes say that they follow, or that they have news.

Only the shape of the request is looked at here; whom to believe is decided in `nodes.hearing`.
Every refusal is a problem document that says why.
"""

from http import HTTPStatus
from typing import Final

from aiohttp import web

from federation.errors import BadMessage, NotBelieved
from federation.pings import LARGEST, READ
from nodes.errors import TooOften
from nodes.web.bodies import kind_of_body, read_body
from nodes.web.keys import HEARING
from nodes.web.problems import Problem

_BODY_SECONDS: Final = 10
_KIND: Final = "message"


def routes() -> list[web.RouteDef]:
    """List the address."""
    return [web.post("/inbox", inbox)]


async def inbox(request: web.Request) -> web.Response:
    """Take a message of another node."""
    try:
        return await _inbox(request)
    except Problem as problem:
        return problem.response()


async def _inbox(request: web.Request) -> web.Response:
    if kind_of_body(request) not in READ:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"A message of type {kind_of_body(request)[:100]} is not read here.",
            kind=_KIND,
            hint=f"Send it as {READ[0]}.",
        )
    body = await read_body(request, most=LARGEST, seconds=_BODY_SECONDS, kind=_KIND)
    fields = {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers}
    try:
        await request.app[HEARING].hear(fields, body)
    except NotBelieved as error:
        raise _refused(HTTPStatus.FORBIDDEN, error) from None
    except BadMessage as error:
        raise _refused(HTTPStatus.BAD_REQUEST, error) from None
    except TooOften as error:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"The message was not taken: {error}.",
            kind=_KIND,
            hint=error.hint,
            headers={"Retry-After": str(max(1, round(error.seconds)))},
        ) from None
    return web.Response(status=HTTPStatus.ACCEPTED, headers={"Cache-Control": "no-store"})


def _refused(status: HTTPStatus, error: BadMessage) -> Problem:
    said = f"The message was not taken: {error}."
    return Problem(status, said, kind=_KIND, hint=error.hint)
