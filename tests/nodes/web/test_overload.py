"""Too many requests at once: others are told when to come back, and the node stays watched."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, web

from nodes.web import middleware, overload
from nodes.web.clients import Clients
from nodes.web.keys import CLIENTS

MOST = 8
"""Of which one client may take two."""


async def _slow(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    app = web.Application()
    middleware.setup(app)
    overload.setup(app, MOST)
    app[CLIENTS] = Clients(proxies=("127.0.0.0/8",))
    app.add_routes([web.post("/sparql", _slow), web.get("/healthz", _healthy)])
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def slow_sender(port: int, name: str = "192.0.2.1") -> socket.socket:
    """Begin a request, and never send the body that it promises."""
    client = socket.create_connection(("127.0.0.1", port))
    head = f"POST /sparql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {name}\r\nContent-Length: 9"
    client.sendall(f"{head}\r\n\r\nASK".encode())
    return client


async def ask(session: ClientSession, port: int, name: str) -> tuple[int, str | None]:
    url = f"http://127.0.0.1:{port}/sparql"
    headers = {"X-Forwarded-For": name}
    async with session.post(url, data=b"ASK {}", headers=headers) as answer:
        return answer.status, answer.headers.get("Retry-After")


async def until(
    session: ClientSession, port: int, status: int, name: str = "192.0.2.1"
) -> str | None:
    async with asyncio.timeout(60):
        while True:
            found, again = await ask(session, port, name)
            if found == status:
                return again
            await asyncio.sleep(0.02)


async def test_slow_clients_cannot_pile_up_and_the_watch_still_gets_its_answer() -> None:
    async with served() as port, ClientSession() as session:
        slow = [slow_sender(port, f"192.0.2.{number % 4}") for number in range(MOST)]
        try:
            again = await until(session, port, 429, "192.0.2.99")
            async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                watched = answer.status
        finally:
            for client in slow:
                client.close()
        await until(session, port, 200)

    assert again is not None
    assert int(again) >= 1
    assert watched == 200


async def test_a_client_that_takes_many_places_leaves_some_to_others() -> None:
    async with served() as port, ClientSession() as session:
        slow = [slow_sender(port) for _ in range(2)]
        try:
            again = await until(session, port, 429)
            other, _ = await ask(session, port, "192.0.2.2")
        finally:
            for client in slow:
                client.close()
        await until(session, port, 200)

    assert again is not None
    assert other == 200
