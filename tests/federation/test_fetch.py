"""Fetching: without these bounds one peer could fill memory, hang a node or use it as a spy."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from ipaddress import ip_network
from threading import Event

import httpx
import pytest
from aiohttp import web

from federation.addresses import is_public
from federation.errors import ForbiddenAddress, PeerRefused, PeerTooLarge, PeerUnreachable
from federation.fetch import Fetched, Private, fetch, open_client, post
from federation.limits import Limits
from tests.serving import serving

SMALL = Limits(wire_bytes=10_000, page_bytes=50_000)


async def ask(
    url: str, *, allow_private: Private = True, etag: str | None = None, limits: Limits = SMALL
) -> Fetched:
    async with open_client(agent="test", limits=limits, allow_private=allow_private) as client:
        return await fetch(client, url, limits, etag=etag)


async def test_reads_a_compressed_answer_and_says_what_it_cost() -> None:
    page = b"<urn:a:a> <urn:b:b> <urn:c:c> .\n" * 100

    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "gzip"
        return web.Response(
            body=gzip.compress(page),
            headers={
                "Content-Encoding": "gzip",
                "Content-Type": "application/n-quads; charset=utf-8",
                "ETag": '"x"',
                "Cache-Control": "public, immutable",
            },
        )

    async with serving(answer) as base:
        found = await ask(f"{base}feed")

    assert found.body == page
    assert (found.media_type, found.etag, found.immutable) == ("application/n-quads", '"x"', True)
    assert found.wire < len(page)


class Packed(httpx.AsyncByteStream, httpx.AsyncBaseTransport):
    """Whatever it is asked, it answers with bytes, and looks who was served meanwhile."""

    def __init__(self, body: bytes, turns: list[int]) -> None:
        self.body, self.turns, self.meanwhile = body, turns, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.method == "GET"
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=self)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        before = self.turns[0]
        yield self.body
        self.meanwhile = self.turns[0] - before


async def test_nobody_waits_while_a_large_answer_is_unpacked() -> None:
    page, turns = b"\0" * 4_000_000, [0]

    async def others() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    packed = Packed(gzip.compress(page), turns)
    served = asyncio.create_task(others())
    async with httpx.AsyncClient(transport=packed) as client:
        found = await fetch(client, "https://torino.example/feed", Limits())
    served.cancel()

    assert found.body == page
    assert packed.meanwhile > 0


async def test_names_the_version_it_has_and_takes_304_for_an_answer() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=304 if request.headers.get("If-None-Match") == '"x"' else 500)

    async with serving(answer) as base:
        found = await ask(f"{base}feed", etag='"x"')

    assert (found.status, found.body) == (304, None)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x" * 20_000, {}),
        (gzip.compress(b"\0" * 40_000_000, mtime=0), {"Content-Encoding": "gzip"}),
        (gzip.compress(b"\0" * 60_000, mtime=0), {"Content-Encoding": "gzip"}),
    ],
    ids=["long", "bomb", "just over"],
)
async def test_stops_reading_at_the_limit(body: bytes, headers: dict[str, str]) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers=headers)

    async with serving(answer) as base:
        with pytest.raises(PeerTooLarge):
            await ask(base)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"no gzip at all", "gzip"),
        (gzip.compress(b"cut" * 1_000, mtime=0)[:-4], "gzip"),
        (gzip.compress(b"one", mtime=0) + b"more", "gzip"),
        (zlib.compress(b"deflate"), "deflate"),
        (b"x", "zstd"),
        (b"x", "gzip, gzip"),
    ],
)
async def test_refuses_a_coding_that_is_broken_or_was_not_asked_for(
    body: bytes, encoding: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    async with serving(answer) as base:
        with pytest.raises(PeerUnreachable):
            await ask(base)


async def test_what_a_peer_writes_into_the_head_of_its_answer_speaks_to_no_terminal() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: \x1b]0;mine\x1b[31m\r\n\r\nx")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(PeerUnreachable, match="which was not asked for") as told:
            await ask(f"http://127.0.0.1:{port}/")

    assert f"{told.value}{told.value.reason}".isprintable()


async def test_what_a_peer_sets_as_cookies_is_neither_kept_nor_sent_back() -> None:
    sent: list[str | None] = []

    async def answer(request: web.Request) -> web.Response:
        sent.append(request.headers.get("Cookie"))
        response = web.Response(text="hello")
        for number in range(50):
            response.headers.add("Set-Cookie", f"c{len(sent)}-{number}={'v' * 50}; Path=/")
        return response

    async with (
        serving(answer) as base,
        open_client(agent="test", limits=SMALL, allow_private=True) as client,
    ):
        for path in ("feed", "feed/pages/0", "feed/pages/1"):
            await fetch(client, f"{base}{path}", SMALL)
        await post(client, f"{base}inbox", b"{}", SMALL, headers={})

    assert sent == [None] * 4


async def test_a_peer_that_stalls_is_left_at_the_deadline() -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.1)

    async with serving(drip) as base:
        async with asyncio.timeout(100):
            with pytest.raises(PeerUnreachable, match="no answer within 2 s"):
                await ask(base, limits=replace(SMALL, request_seconds=2.0))


async def test_follows_redirects_only_at_home_and_only_three() -> None:
    async def answer(request: web.Request) -> web.Response:
        step = request.path.rpartition("/")[2]
        if step == "away":
            raise web.HTTPFound("http://127.0.0.1:9/")
        if step == "file":
            raise web.HTTPFound("file:///etc/passwd")
        left = int(step)
        if left:
            raise web.HTTPFound(f"/{left - 1}")
        return web.Response(body=b"here")

    async with serving(answer) as base:
        found = await ask(f"{base}3")
        with pytest.raises(PeerUnreachable, match="more than 3 redirects"):
            await ask(f"{base}4")
        with pytest.raises(PeerUnreachable, match="another origin"):
            await ask(f"{base}away")
        with pytest.raises(PeerUnreachable):
            await ask(f"{base}file")

    assert found.body == b"here"


@pytest.mark.parametrize("wish", ["30", "999999999", "-1", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"])
async def test_hears_retry_after_within_a_day(wish: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": wish})

    async with serving(answer) as base:
        with pytest.raises(PeerRefused) as refused:
            await ask(base)

    assert refused.value.retry_after in (30.0, 86_400.0, 0.0, None)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]"],
)
async def test_loopback_in_every_disguise_is_not_dialled(host: str) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    async with serving(answer) as base:
        port = base.rstrip("/").rpartition(":")[2]
        with pytest.raises((ForbiddenAddress, PeerUnreachable)):
            await ask(f"http://{host}:{port}/", allow_private=False)

    assert asked == []


async def test_names_are_looked_up_while_all_threads_of_the_node_are_at_work() -> None:
    release = Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    work = asyncio.create_task(asyncio.to_thread(release.wait, 60))

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="here")

    try:
        async with serving(answer) as base:
            found = await ask(base.replace("127.0.0.1", "localhost"))
        busy = not work.done()
    finally:
        release.set()
        await work

    assert (found.body, busy) == (b"here", True)


async def test_a_closed_network_that_is_named_is_dialled_and_no_other() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    async with serving(answer) as base:
        await ask(base, allow_private=(ip_network("127.0.0.1/32"),))
        with pytest.raises(ForbiddenAddress, match=r"127\.0\.0\.2"):
            await ask(base.replace("0.1", "0.2"), allow_private=(ip_network("127.0.0.1/32"),))
        with pytest.raises(ForbiddenAddress):
            await ask(base, allow_private=(ip_network("10.0.0.0/8"), ip_network("fc00::/7")))

    assert asked == ["/"]


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.31.255.255",
     "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
     "::", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "fc00::1", "fe80::1%eth0", "ff02::1",
     "2001:db8::1", "2002:a00:1::", "not an address", ""],
)  # fmt: skip
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", ["ftp://torino.example/", "file:///etc/passwd", "http://", "x"])
async def test_only_http_is_asked(url: str) -> None:
    with pytest.raises(PeerUnreachable):
        await ask(url)


@pytest.mark.parametrize(
    ("date", "known"),
    [("Sun, 22 Nov 2026 10:00:01 GMT", True), ("Sun, 22 Nov 2026 10:00:00 GMT", False)],
)
async def test_a_plain_host_names_a_version_by_the_time_of_its_last_change(
    date: str, known: bool
) -> None:
    changed = "Sun, 22 Nov 2026 10:00:00 GMT"

    async def answer(request: web.Request) -> web.Response:
        if request.headers.get("If-Modified-Since") == changed:
            return web.Response(status=304)
        return web.Response(body=b"x", headers={"Last-Modified": changed, "Date": date})

    async with serving(answer) as base:
        first = await ask(f"{base}feed.nq")
        again = await ask(f"{base}feed.nq", etag=first.etag)

    assert first.etag == (changed if known else None)
    assert again.status == (304 if known else 200)


@pytest.mark.parametrize(
    ("path", "said", "read_as"),
    [
        ("feed.nq", "application/octet-stream", "application/n-quads"),
        ("feed.trig", "text/plain; charset=utf-8", "application/trig"),
        ("feed.jsonld", "application/json", "application/json"),
        ("feed", "application/octet-stream", "application/octet-stream"),
    ],
)
async def test_where_a_host_knows_no_type_for_a_file_its_suffix_tells(
    path: str, said: str, read_as: str
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"x", headers={"Content-Type": said})

    async with serving(answer) as base:
        found = await ask(base + path)

    assert found.media_type == read_as


async def send(url: str, *, allow_private: bool = True, limits: Limits = SMALL) -> None:
    async with open_client(agent="test", limits=limits, allow_private=allow_private) as client:
        await post(client, url, b"{}", limits, headers={"Content-Type": "application/json"})


async def test_a_message_arrives_as_it_was_sent_and_nothing_of_the_answer_is_read() -> None:
    heard: list[tuple[str, bytes]] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        heard.append((request.content_type, await request.read()))
        response = web.StreamResponse(status=202, headers={"Content-Length": "1000000000"})
        await response.prepare(request)
        return response

    async with serving(answer) as base:
        await send(f"{base}inbox")

    assert heard == [("application/json", b"{}")]


async def test_a_message_follows_no_redirect_and_waits_no_longer_than_it_may() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path == "/slow":
            await asyncio.sleep(60)
        status, headers = (429, {"Retry-After": "7"}) if request.path == "/busy" else (307, {})
        return web.Response(status=status, headers={"Location": "/other", **headers})

    async with serving(answer) as base:
        with pytest.raises(PeerRefused, match="307"):
            await send(f"{base}inbox")
        with pytest.raises(PeerRefused) as busy:
            await send(f"{base}busy")
        with pytest.raises(PeerUnreachable, match="no answer within"):
            await send(f"{base}slow", limits=replace(SMALL, request_seconds=0.2))
        with pytest.raises(ForbiddenAddress):
            await send(f"{base}inbox", allow_private=False)

    assert busy.value.retry_after == 7
    assert asked == ["/inbox", "/busy", "/slow"]
