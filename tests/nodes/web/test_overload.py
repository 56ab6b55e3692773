"""Too many requests at once: others are told when to come back, and the node stays watched."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, web

from nodes.web import middleware, overload

MOST = 3


async def _slow(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    app = web.Application()
    middleware.setup(app)
    overload.setup(app, MOST)
    app.add_routes([web.post("/sparql", _slow), web.get("/healthz", _healthy)])
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def slow_sender(port: int) -> socket.socket:
    """Begin a request, and never send the body that it promises."""
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nASK")
    return client


async def ask(session: ClientSession, port: int) -> tuple[int, str | None]:
    url = f"http://127.0.0.1:{port}/sparql"
    async with session.post(url, data=b"ASK {}") as answer:
        return answer.status, answer.headers.get("Retry-After")


async def until(session: ClientSession, port: int, status: int) -> str | None:
    async with asyncio.timeout(60):
        while True:
            found, again = await ask(session, port)
            if found == status:
                return again
            await asyncio.sleep(0.02)


async def test_slow_clients_cannot_pile_up_and_the_watch_still_gets_its_answer() -> None:
    async with served() as port, ClientSession() as session:
        slow = [slow_sender(port) for _ in range(MOST)]
        try:
            again = await until(session, port, 429)
            async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                watched = answer.status
        finally:
            for client in slow:
                client.close()
        await until(session, port, 200)

    assert again is not None
    assert int(again) >= 1
    assert watched == 200
