"""What is no HTTP is refused in words, and nothing of it fills the log or holds the node up."""

import asyncio
import json
import logging
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import brotli
import pytest
import pytest_asyncio
from aiohttp import web

from nodes.web import middleware
from nodes.web.connections import LONGEST_LINE, LONGEST_PATH, READ_ON, running

MOST = 12
"""Connections, of which one address may have nine."""

LONGEST_BODY = 12 << 20

HEAD = "Host: x\r\nConnection: close\r\n"


async def _hello(_: web.Request) -> web.Response:
    return web.Response(text="hello")


async def _long(_: web.Request) -> web.Response:
    return web.Response(body=b"x" * 12_000_000)


async def _length(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


@pytest_asyncio.fixture
async def port() -> AsyncIterator[int]:
    app = web.Application(client_max_size=LONGEST_BODY)
    middleware.setup(app)
    app.add_routes([web.get("/hello", _hello), web.get("/{one}/{two}", _hello)])
    app.add_routes([web.post("/body", _length), web.get("/long", _long)])
    async with running(
        app,
        most=MOST,
        body_bytes=LONGEST_BODY,
        shutdown_timeout=1.0,
        stuck=2.0,
        access_log=None,
        max_line_size=LONGEST_LINE,
    ) as runner:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield int(runner.addresses[0][1])


async def _say(port: int, request: str) -> tuple[int, str, str]:
    """Send bytes; returns the status, the headers and the body of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode("latin-1"))
    answer = (await reader.read()).decode()
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    return int(answer.split(" ", 2)[1]), head, body


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("\x16\x03\x01\x02\r\n\r\n", 400),
        ("FOO /hello HTTP/1.1\r\n" + HEAD + "\r\n", 400),
        ("GET /hello HTTP/1.1\r\n" + HEAD + "a b c\r\n\r\n", 400),
        ("GET /hello HTTP/1.1\r\n" + HEAD + "Expect: tea\r\n\r\n", 417),
        ("GET /hello\xe9<script> HTTP/1.1\r\n" + HEAD + "\r\n", 400),
        ("GET /hello HTTP/1.1\r\n" + HEAD + f"Accept: {'a' * 10_000}\r\n\r\n", 431),
        ("GET /hello HTTP/1.1\r\n" + HEAD + "A: b\r\n" * 500 + "\r\n", 400),
        (f"GET /hello?{'a' * (LONGEST_LINE + 9)} HTTP/1.1\r\n" + HEAD + "\r\n", 414),
        (f"GET {'/' * (LONGEST_PATH + 1)} HTTP/1.1\r\n" + HEAD + "\r\n", 414),
        (f"GET /hello?{'a' * 100_000} HTTP/1.1\r\n" + HEAD + "\r\n", 200),
    ],
)
async def test_whatever_comes_gets_an_answer_that_tells_nothing_of_the_inside(
    port: int, caplog: pytest.LogCaptureFixture, request_: str, status: int
) -> None:
    caplog.set_level(logging.INFO)
    found, head, body = await _say(port, request_)

    assert found == status
    assert "Server: citynode" in head
    assert "X-Content-Type-Options: nosniff" in head
    if status != 200:
        assert "application/problem+json" in head
        assert json.loads(body)["status"] == status
        assert "script" not in body
    assert not caplog.records
    assert (await _say(port, "GET /hello HTTP/1.1\r\n" + HEAD + "\r\n"))[2] == "hello"


async def test_who_opens_too_many_connections_keeps_those_there_are_and_gets_no_more(
    port: int,
) -> None:
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
    async with asyncio.timeout(60):
        ended, open_ = await asyncio.wait(
            [asyncio.ensure_future(reader.read(1)) for reader, _ in held[9:]]
        )
    assert not open_
    assert all(each.exception() is not None or each.result() == b"" for each in ended)

    reader, writer = held[0]
    writer.write(f"GET /hello HTTP/1.1\r\n{HEAD}\r\n".encode())
    assert (await reader.read()).endswith(b"hello")
    for _, each in held:
        each.close()
    for _ in range(6_000):
        if await _tried(port) == 200:
            return
        await asyncio.sleep(0.01)
    pytest.fail("who has closed connections is let in again")


async def test_a_body_as_long_as_the_node_reads_arrives_whole(port: int) -> None:
    assert LONGEST_BODY > READ_ON
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        head = f"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: {LONGEST_BODY}\r\n\r\n"
        writer.write(head.encode() + bytes(LONGEST_BODY))
        await writer.drain()
        said = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in said
        assert await reader.readexactly(8) == str(LONGEST_BODY).encode()
    writer.close()


async def test_what_comes_compressed_is_not_unpacked_before_anybody_asked_for_it(
    port: int,
) -> None:
    bomb = brotli.compress(bytes(10_000_000))
    head = (
        f"POST /body HTTP/1.1\r\n{HEAD}Content-Encoding: br\r\nContent-Length: {len(bomb)}\r\n\r\n"
    )

    status, _, said = await _say(port, head + bomb.decode("latin-1"))

    assert (status, said) == (200, str(len(bomb)))


async def test_who_goes_on_sending_what_was_refused_is_cut_off(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    size, sent = 1 << 30, 0
    writer.write(f"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode())
    refused = await reader.readuntil(b"\r\n\r\n")
    with suppress(ConnectionError):
        async with asyncio.timeout(60):
            while sent < size:
                writer.write(bytes(1 << 20))
                await writer.drain()
                sent += 1 << 20
    writer.close()

    assert b" 405 " in refused
    assert sent < size // 4
    for _ in range(40):
        assert (await _say(port, "GET /hello HTTP/1.1\r\n" + HEAD + "\r\n"))[0] == 200


async def _tried(port: int) -> int:
    try:
        return (await _say(port, "GET /hello HTTP/1.1\r\n" + HEAD + "\r\n"))[0]
    except (OSError, IndexError):
        return 0


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels are not asked for it")
async def test_who_takes_nothing_of_an_answer_does_not_keep_a_connection_for_ever(
    port: int,
) -> None:
    stuck = [socket.socket() for _ in range(9)]
    for each in stuck:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        each.connect(("127.0.0.1", port))
        each.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")

    answered = ""
    async with asyncio.timeout(60):
        while answered != "hello":
            with suppress(OSError, IndexError):
                answered = (await _say(port, "GET /hello HTTP/1.1\r\n" + HEAD + "\r\n"))[2]
            await asyncio.sleep(0.05)

    for each in stuck:
        each.close()
