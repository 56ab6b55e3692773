"""Too many requests at once: others are told when to come back, and the node stays watched."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, web

from nodes.hands import FairThreads
from nodes.web import middleware, overload
from nodes.web.clients import Clients
from nodes.web.keys import CLIENTS

_GO_ON = web.AppKey("go on", threading.Event)
MOST = 8
"""Of which one client may take two."""


async def _slow(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


async def _worked(request: web.Request) -> web.Response:
    await asyncio.to_thread(request.app[_GO_ON].wait, 60)
    return web.Response(text="done")


async def _go(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(lambda: "went")
    request.app[_GO_ON].set()
    return web.Response(text=found)


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


@asynccontextmanager
async def served(most: int = MOST) -> AsyncIterator[int]:
    app = web.Application()
    middleware.setup(app)
    overload.setup(app, most)
    app[_GO_ON] = threading.Event()
    app[CLIENTS] = Clients(proxies=("127.0.0.0/8",))
    app.add_routes([web.post("/sparql", _slow), web.get("/healthz", _healthy)])
    app.add_routes([web.get("/work", _worked), web.get("/go", _go)])
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


async def test_a_client_whose_work_would_fill_all_threads_keeps_nobody_waiting() -> None:
    asyncio.get_running_loop().set_default_executor(FairThreads(4))

    async def asked(session: ClientSession, path: str, name: str) -> str:
        url = f"http://127.0.0.1:{port}{path}"
        async with session.get(url, headers={"X-Forwarded-For": name}) as answer:
            return await answer.text()

    async with served(200) as port, ClientSession() as session:
        much = [asyncio.create_task(asked(session, "/work", "192.0.2.1")) for _ in range(40)]
        await asyncio.wait(much, timeout=1)
        other = await asked(session, "/go", "192.0.2.2")
        answers = await asyncio.gather(*much)

    assert other == "went"
    assert set(answers) == {"done"}
