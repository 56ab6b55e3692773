"""Real nodes to be measured: each a process of its own, in a folder that is removed."""

import asyncio
import secrets
import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from functools import lru_cache
from pathlib import Path
from typing import Final

from aiohttp import ClientConnectionError, ClientSession, web

from benchmarks import sample
from federation.member import Kind
from nodes.config import FILE, read_config
from nodes.demo.town import Town
from nodes.desk import JOURNAL, open_desk
from nodes.harvesting import utc_now
from nodes.publishing import Draft
from vocab.triples import to_payload

_PORTS: Final = range(20_000, 32_000)
_BY_WORDS: Final = "[search]\nvectors = false\n"
_BATCH: Final = 2_000
_PASSED_ON: Final = ("Accept-Encoding", "If-None-Match", "User-Agent", "Cache-Control")
_GIVEN_BACK: Final = ("Content-Type", "Content-Encoding", "ETag", "Cache-Control", "Vary")


def free_ports(many: int) -> list[int]:
    """Find ports that nobody listens at."""
    found: list[int] = []
    while len(found) < many:
        port = _PORTS.start + secrets.randbelow(len(_PORTS))
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        if port not in found:
            found.append(port)
    return found


def make_town(id_: str, folder: Path, port: int, base: str = "") -> Town:
    """Make a node's folder; it listens at a port and is asked at its base.

    It finds by words alone: vectors come later, in a process of their own, as long as that takes.
    """
    town = Town(
        id=id_,
        name=id_.title(),
        folder=folder / id_,
        base=base or f"http://127.0.0.1:{port}/",
    )
    town.found({"name": town.name, "country": "IT", "language": "it"}, port)
    settings = town.folder / FILE
    if _BY_WORDS not in (said := settings.read_text("utf-8")):
        settings.write_text(f"{said}\n{_BY_WORDS}", "utf-8")
    return town


def publish(town: Town, first: int, end: int) -> None:
    """Publish made-up records, signed and in the journal."""
    with open_desk(read_config(town.folder)) as desk:
        for start in range(first, end, _BATCH):
            drafts = [
                _draft(number, town.base) for number in range(start, min(start + _BATCH, end))
            ]
            desk.speak(drafts, None, utc_now())


def _draft(number: int, base: str) -> Draft:
    iri = f"{base}experiments/trial-{number}"
    payload = _first(base).replace(b"trial-0", f"trial-{number}".encode())
    return Draft(
        kind=Kind.CREATE,
        object=iri,
        payload=payload.replace(b"numero 0", f"numero {number}".encode()),
    )


@lru_cache(maxsize=1)
def _first(base: str) -> bytes:
    return to_payload(sample.experiment(0, base))


def held(town: Town, origin: str) -> int:
    """Count the members of a city in a town's journal, without asking its process."""
    with closing(sqlite3.connect(f"file:{town.folder / JOURNAL}?mode=ro", uri=True)) as db:
        query = "SELECT count(*) FROM members WHERE origin = ?"
        [number] = db.execute(query, (origin,)).fetchone()
    return int(number)


async def findable(town: Town) -> int:
    """Ask a town how many records a search finds, once its views have caught up; else 0."""
    if not await town.answers():
        return 0
    return int((await town.json("search.json?limit=1"))["total"])


async def until(true: Callable[[], Awaitable[bool]], seconds: float, pause: float = 0.2) -> None:
    """Wait until something holds; raises TimeoutError."""
    end = time.monotonic() + seconds
    while not await true():
        if time.monotonic() > end:
            raise TimeoutError(f"it did not come about within {seconds:.0f} seconds")
        await asyncio.sleep(pause)


@asynccontextmanager
async def door(public: int, inner: int, accept: dict[str, str]) -> AsyncIterator[None]:
    """Pass requests at one port on to another, asking for the media type that `accept` holds.

    So every reader reads the same syntax of the same node, whatever it would have asked for.
    """

    async def pass_on(request: web.Request) -> web.Response:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        headers["Host"] = request.headers["Host"]
        feed = request.path.startswith("/feed")
        headers["Accept"] = accept["feed"] if feed else request.headers.get("Accept", "*/*")
        url = f"http://127.0.0.1:{inner}{request.raw_path}"
        try:
            answer = await session.get(url, headers=headers)
        except ClientConnectionError:
            return web.Response(status=502)
        async with answer:
            said = {name: answer.headers[name] for name in _GIVEN_BACK if name in answer.headers}
            return web.Response(status=answer.status, body=await answer.read(), headers=said)

    app = web.Application()
    app.router.add_route("GET", "/{path:.*}", pass_on)
    runner = web.AppRunner(app, access_log=None)
    async with ClientSession(auto_decompress=False) as session:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", public).start()
        try:
            yield
        finally:
            await runner.cleanup()
