"""Real nodes for journeys: each a process of its own on a free port, with its own folder."""

import asyncio
import io
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from federation import keys
from federation.peers import Follow, Peer
from nodes.commands.entry import main
from nodes.config import read_config
from nodes.demo.cities import ExampleCity, example_cities
from nodes.demo.town import Town
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.journal import known

MAPPING = """\
language = "it"
date_order = "day-month-year"

[fields]
identifier = "codice"
title = "titolo"
description = "descrizione"
status = "stato"
themes = "temi"
source = "fonte"
partners = { column = "soggetti", form = "name (role)" }

[values.status]
"in corso" = "running"

[values.roles]
"ente pubblico" = "public-administration"

[values.themes]
"mobilità" = "mobility"
"""


_WORKERS = 8
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _WORKERS
PORTS = range(10_100, 16_100)[750 * _WORKER : 750 * (_WORKER + 1)]
"""Those of this process among the tests that run side by side: a node that is killed comes back to
its own port, so nobody may take it in between. The system gives none of them to connections, and
none is among those that webhooks and browsers refuse, as 10080 is."""

_given: set[int] = set()


def free_port(many: int = 1) -> int:
    """Find a port nobody listens at and nobody was given, and as many as asked for after it."""
    while True:
        first = secrets.choice(PORTS[: len(PORTS) - many + 1])
        wanted = range(first, first + many)
        if not _given.isdisjoint(wanted):
            continue
        try:
            for port in wanted:
                with socket.create_server(("127.0.0.1", port)):
                    pass
        except OSError:
            continue
        _given.update(wanted)
        return first


def example(id_: str) -> ExampleCity:
    [found] = example_cities([id_])
    return found


def found(id_: str, folder: Path, name: str = "", **settings: Any) -> Town:
    """Make a node's folder."""
    port = free_port()
    town = Town(
        id=id_, name=name or id_.title(), folder=folder / id_, base=f"http://127.0.0.1:{port}/"
    )
    town.found({"name": town.name, "country": "IT", "language": "it", **settings}, port)
    return town


@asynccontextmanager
async def served(*towns: Town) -> AsyncIterator[None]:
    """Serve nodes until the block ends."""
    try:
        await asyncio.gather(*(town.start() for town in towns))
        yield
    finally:
        await asyncio.gather(*(town.stop() for town in towns))


async def eventually(what: Any, seconds: float = 150.0) -> Any:
    """Ask again and again until the answer is true; fails after a time, long on any machine."""
    deadline = time.monotonic() + seconds
    while not (answer := await what()):
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.2)
    return answer


@dataclass
class Table:
    """A city's own file, one row for each experiment."""

    file: Path
    rows: dict[str, str]

    def write(self) -> None:
        head = "codice;titolo;descrizione;stato;temi;soggetti;fonte"
        lines = [
            f"{code};{title};Prova di {title} in strada.;in corso;mobilità;"
            "Comune (ente pubblico);https://example.org/fonte"
            for code, title in self.rows.items()
        ]
        draft = self.file.with_suffix(".part")
        draft.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
        draft.replace(self.file)
        self.file.with_suffix(".toml").write_text(MAPPING, encoding="utf-8")


_TURN = threading.Lock()
"""Commands of this process write to one pair of streams: one after the other."""


def citynode(town: Town, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a node: the whole of it, without the start of a process."""
    with _TURN, ThreadPoolExecutor(1) as thread:  # a command brings its own event loop
        return thread.submit(_run, *words, "--folder", str(town.folder)).result(120)


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    status: Any = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(words)
        except SystemExit as end:
            status = end.code
    out.flush()
    err.flush()
    said, told = (each.buffer.getvalue().decode() for each in (out, err))  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(words, status, said, told)


def alone(town: Town, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a node in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "nodes", *words, "--folder", str(town.folder)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def take(town: Town, table: Table, *options: str) -> dict[str, Any]:
    """Import a table; returns the report."""
    table.write()
    mapping = str(table.file.with_suffix(".toml"))
    done = citynode(town, "import", str(table.file), "--mapping", mapping, "--json", *options)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


async def fetch_status(url: str, **headers: str) -> int:
    """Ask for an address and say with which status it answers."""
    async with ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status


def knows_somebody(town: Town) -> None:
    """Let a town know a peer that it does not follow, and that does not answer."""
    base = f"http://127.0.0.1:{free_port()}/"
    peer = Peer(
        base=base, name="Nobody", keys=(keys.generate().public(base),), follow=Follow.NOTHING
    )
    with open_desk(read_config(town.folder)) as desk:
        known.add_peer(desk.journal, peer, utc_now())


def kill(town: Town) -> None:
    """End a node's process with SIGKILL, as a power cut would."""
    assert town.pid is not None
    os.kill(town.pid, signal.SIGKILL)
