"""How connections are served: what is answered before the application sees a request.

What cannot be read as HTTP, or has an address or header field too long to be looked up, is refused
with a problem document, and nothing of the library that found it. Port scanners send such things
all day: the log has them at DEBUG, without a trace.
"""

import logging
from http import HTTPStatus
from typing import Any, Final

from aiohttp import http_exceptions, web
from aiohttp.hdrs import ACCESS_CONTROL_ALLOW_ORIGIN

from nodes.web.middleware import SAFE
from nodes.web.problems import problem

LONGEST_LINE: Final = 128 << 10
"""Characters of a request line, which has room for the longest query that `/sparql` takes."""

LONGEST_PATH: Final = 8_000
"""Characters of the path in it. Looking a path up takes its square, when it is all slashes."""

_LOG: Final = logging.getLogger(__name__)


class Runner(web.AppRunner):
    """Runs an application, with connections that refuse in words."""

    async def _make_server(self) -> web.Server:
        return _Server(await super()._make_server(), self._kwargs)


class _Server(web.Server):
    """Makes connections; `settings` are those of the server that it takes the place of."""

    def __init__(self, made: web.Server, settings: dict[str, Any]) -> None:
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if len(request.raw_path.partition("?")[0]) > LONGEST_PATH:
                long = f"The path of the address has more than {LONGEST_PATH} characters."
                return _refused(HTTPStatus.REQUEST_URI_TOO_LONG, long)
            return await made.request_handler(request)

        own = {name: each for name, each in settings.items() if name != "handler_cancellation"}
        super().__init__(
            handle,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            **own,
        )

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    """One connection."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Refuse what is no HTTP; the connection is closed after it."""
        if not isinstance(exc, http_exceptions.HttpProcessingError):
            return super().handle_error(request, status, exc, message)
        _LOG.debug("%s sent what cannot be read: %s", request.remote, exc.message)
        refused = _unreadable(exc)
        refused.force_close()
        return refused


def _unreadable(error: http_exceptions.HttpProcessingError) -> web.Response:
    if isinstance(error, http_exceptions.LineTooLong):
        if LONGEST_LINE in error.args:
            long = f"The address has more than {LONGEST_LINE} characters."
            return _refused(HTTPStatus.REQUEST_URI_TOO_LONG, long)
        return _refused(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "A header field is too long to be read."
        )
    return _refused(HTTPStatus.BAD_REQUEST, "The request cannot be read as HTTP.")


def _refused(status: HTTPStatus, detail: str) -> web.Response:
    refused = problem(status, detail)
    refused.headers.update({**SAFE, ACCESS_CONTROL_ALLOW_ORIGIN: "*"})
    return refused
