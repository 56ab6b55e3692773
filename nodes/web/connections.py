"""How connections are served: what is answered before the application sees a request.

What cannot be read as HTTP, or has an address or header field too long to be looked up, is refused
with a problem document, and nothing of the library that found it. Port scanners send such things
all day: the log has them at DEBUG, without a trace.

Connections are as many as leave the node files to open for itself, and one address has three
quarters of them at most: further ones are closed before anything is read from them. Who takes
nothing of an answer for a minute is given up, on Linux by the kernel itself, whatever is sent.
"""

import asyncio
import logging
import resource
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
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

READ_ON: Final = 8 << 20
"""Bytes that are taken from a connection beyond the longest body before the next request: what is
refused is read, for a while, so that whoever sends it hears why."""

MOST: Final = 4_000
"""Connections at once."""

TAKEN_AT_ONCE: Final = 100
"""Connections that wait to be taken, which is then done before any of them is counted."""

STUCK: Final = 60.0
"""Seconds for which a client may take nothing of what was sent."""

_OWN_FILES: Final = 200 + 4 * TAKEN_AT_ONCE
_SHARE: Final = 0.75

_LOG: Final = logging.getLogger(__name__)


def room_for_connections() -> int:
    """Raise the limit of open files as far as needed, and say how many connections fit below it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + _OWN_FILES
    if 0 <= soft < wanted:
        soft = wanted if hard < 0 else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST if soft < 0 else min(MOST, max(soft - _OWN_FILES, soft // 2))


@asynccontextmanager
async def running(
    app: web.Application,
    *,
    most: int = MOST,
    body_bytes: int,
    shutdown_timeout: float,
    cancelling: bool = False,
    stuck: float = STUCK,
    **settings: Any,
) -> AsyncIterator[web.ServerRunner]:
    """Run an application until the block ends, with `most` connections, which refuse in words.

    `body_bytes` is the longest body that the application reads. `cancelling` ends a handler when
    its client is gone, `stuck` are seconds after which one that takes nothing is given up. The
    other settings are those of aiohttp's request handler.
    """
    started = web.AppRunner(app)
    await started.setup()
    try:
        assert started.server is not None
        longest = READ_ON + body_bytes
        server = _Server(
            started.server, most, longest, settings, cancelling=cancelling, stuck=stuck
        )
        runner = web.ServerRunner(server, shutdown_timeout=shutdown_timeout)
        await runner.setup()
        try:
            yield runner
        finally:
            await runner.cleanup()
    finally:
        await started.cleanup()


class _Server(web.Server):
    """Makes connections for `made`, which makes the answers, and counts them."""

    def __init__(
        self,
        made: web.Server,
        most: int,
        longest: int,
        settings: dict[str, Any],
        *,
        cancelling: bool,
        stuck: float,
    ) -> None:
        self._stuck = stuck
        self._most, self._most_of_one = most, max(1, int(most * _SHARE))
        self._longest, self._settings = longest, settings
        self._open: dict[web.RequestHandler, str] = {}
        self._of_addresses: Counter[str] = Counter()
        self._told = False

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if isinstance(request.protocol, _Connection):
                request.protocol.begin()
            if len(request.raw_path.partition("?")[0]) > LONGEST_PATH:
                long = f"The path of the address has more than {LONGEST_PATH} characters."
                return _refused(HTTPStatus.REQUEST_URI_TOO_LONG, long)
            try:
                return await made.request_handler(request)
            except web.HTTPExpectationFailed:
                unknown = "No expectation but 100-continue is met here."
                return _refused(HTTPStatus.EXPECTATION_FAILED, unknown)

        super().__init__(
            handle, request_factory=made.request_factory, handler_cancellation=cancelling
        )

    def __call__(self) -> web.RequestHandler:
        loop = asyncio.get_running_loop()
        return _Connection(self, loop=loop, longest=self._longest, **self._settings)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Take a connection, or close it when there are too many, in all or of its address."""
        super().connection_made(handler, transport)
        _give_up_after(transport, self._stuck)
        self._open[handler] = address = _address(transport)
        self._of_addresses[address] += 1
        if len(self._open) > self._most or self._of_addresses[address] > self._most_of_one:
            if not self._told:
                self._told = True
                _LOG.warning(
                    "closed a connection of %s: there are %d already, %d of them its own",
                    *(address, len(self._open) - 1, self._of_addresses[address] - 1),
                )
            transport.abort()

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Make room for another one."""
        if (address := self._open.pop(handler, None)) is not None:
            self._of_addresses[address] -= 1
            if not self._of_addresses[address]:
                del self._of_addresses[address]
        if len(self._open) < self._most // 2:
            self._told = False
        super().connection_lost(handler, exc)


def _give_up_after(transport: asyncio.Transport, seconds: float) -> None:
    """End a connection whose other end takes nothing for some seconds (RFC 5482), on Linux."""
    opened = transport.get_extra_info("socket")
    if sys.platform == "linux" and opened is not None:
        with suppress(OSError):  # it is gone already
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1_000 * seconds))


def _address(transport: asyncio.Transport) -> str:
    """Give the address at the other end; of IPv6 as it stands, since sites have many."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if peer else ""


class _Connection(web.RequestHandler):
    """One connection; whoever sends more than `longest` bytes for a request is cut off.

    What is sent compressed stays so: what a megabyte of it unpacks to would hold everybody up for
    hours, and nobody asked for it.
    """

    __slots__ = ("_longest", "_taken")

    def __init__(self, manager: web.Server, *, longest: int, **settings: Any) -> None:
        super().__init__(manager, auto_decompress=False, **settings)
        self._longest, self._taken = longest, 0

    def begin(self) -> None:
        """Count anew: a request begins."""
        self._taken = 0

    def data_received(self, data: bytes) -> None:
        """Take what came, unless it is too much."""
        self._taken += len(data)
        if self._taken > self._longest:
            self.force_close()
        else:
            super().data_received(data)

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
