"""Where the cities live: each has an address of its own, and they share one thread.

A `House` is a real server on a real port. It answers as the `City` inside it does, unless its
`wire` takes the connection in its own hands. What it was asked for is kept.
"""

import asyncio
import secrets
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx

from tests.city import City

Wire = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_T = TypeVar("_T")


@dataclass
class House:
    """A city at an address."""

    city: City
    port: int
    host: str = "127.0.0.1"
    wire: Wire | None = None
    asked: list[str] = field(default_factory=list)
    server: asyncio.Server | None = None
    closing: bool = False

    async def open(self) -> None:
        self.server = await asyncio.start_server(self._serve, self.host, self.port, limit=1 << 20)

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                if self.wire is not None:
                    self.asked.append("a connection")
                    await self.wire(reader, writer)
                else:
                    await self._answer(reader, writer)
        finally:
            if self.closing:
                writer.transport.abort()
            else:
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader, self.city.base)
        self.asked.append(request.url.path)
        response = self._page(request)
        if response.is_stream_consumed:
            body = response.content
        else:
            body = b"".join([chunk async for chunk in response.aiter_raw()])
        head = {**dict(response.headers), "Content-Length": str(len(body)), "Connection": "close"}
        writer.write(written(response.status_code, head) + body)
        await writer.drain()

    def _page(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            return httpx.Response(405)
        return self.city.answer(request)


async def read_request(reader: asyncio.StreamReader, base: str) -> httpx.Request:
    """Read the head of a request, and its body where it has one."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    fields = [tuple(line.split(": ", 1)) for line in head[1:] if ": " in line]
    request = httpx.Request(method, base.rstrip("/") + target, headers=fields)  # type: ignore[arg-type]
    await reader.readexactly(int(request.headers.get("Content-Length", 0)))
    return request


def written(status: int, fields: dict[str, str]) -> bytes:
    """Write the head of an answer."""
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection off with a reset."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _end() -> None:
    """Break off every conversation, and let the connections go."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.2)


class Street:
    """All the houses, and the thread in which they are served."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.houses: list[House] = []
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, what: Coroutine[Any, Any, _T]) -> _T:
        """Have something done in the thread of the street."""
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(120)

    def settle(self, name: str, *, host: str = "127.0.0.1", scheme: str = "http") -> House:
        """Give a new city a house."""
        while True:
            port = 32_000 - secrets.randbelow(11_000)
            city = City(name, at=f"{scheme}://{host}:{port}/", interval=1)
            city.clock = datetime.now(UTC) - timedelta(hours=1)
            house = House(city, port, host)
            try:
                self.do(house.open())
            except OSError:
                continue
            self.houses.append(house)
            return house

    def close(self) -> None:
        for house in self.houses:
            house.closing = True
            self.do(house.close())
        self.do(_end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
