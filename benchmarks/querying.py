"""SPARQL over HTTP: ten queries of the catalogue, beside two other endpoints over the same data.

The others come from the package index into environments of their own, made when they are needed:
`oxigraph serve-read-only` on the same store, and `rdflib-endpoint` on the same statements in the
memory of rdflib. Each endpoint is asked the same queries, with constants that change from request
to request, so that a memory of answers is no help; `repeated` asks one query with the same words.
What counts is processor time of all processes of a server, since the machine may be busy with
others; requests a second would say how busy. Answers go unpacked, as not all of them can pack. What
takes longer than ten seconds is asked once; `<` stands before the rate of what was given up, which
cost more than was spent until then. `bare aiohttp` answers lookups with the same bytes each
time, asks nothing and looks at nothing: what a node in Python cannot be better than.

`--records` says how many there are; of more than 50,000 rdflib-endpoint is not asked, since rdflib
takes an hour and all memory to load them. From the environment come `BENCH_SECONDS` for each cell
(2), and `BENCH_RIVALS=oxigraph` to leave the other out.
"""

import asyncio
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
from pyoxigraph import RdfFormat
from pyoxigraph import Store as Quads

from benchmarks.catalogue import QUERIES, Query, write
from benchmarks.measuring import Measurement, Sizes
from benchmarks.processes import processor_seconds

SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "2"))
RIVALS: Final = os.environ.get("BENCH_RIVALS", "oxigraph,rdflib-endpoint").split(",")
AT_ONCE: Final = (1, 8, 32)
BARE: Final = "bare aiohttp"
_ENVIRONMENTS: Final = Path("build") / "bench"
_PATIENCE: Final = 60.0
_PATIENCE_FOR_EACH: Final = 0.002
"""Seconds more for each record: scans take longer, on a busy machine by much."""

_LONG: Final = 10.0
_MOST_IN_MEMORY: Final = 50_000
_TOO_SLOW: Final = 1500.0  # milliseconds: with more clients it would only take longer


@dataclass(frozen=True, kw_only=True)
class Server:
    """A process that answers SPARQL."""

    name: str
    pid: int
    address: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One query asked of one server by so many clients: latencies and processor seconds."""

    seconds: list[float]
    processor: float
    given_up: bool = False
    """No answer came in time: what was spent until then is less than what it costs."""

    @property
    def rate(self) -> float:
        """Requests for each second of processor time; at most so many when it was given up."""
        return len(self.seconds) / max(self.processor, 0.01)

    def percentile(self, part: float) -> float:
        """Latency in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def measurements(sizes: Sizes) -> Iterator[Measurement]:
    """Measure everything and print a table; yields requests per processor second of the mix."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        yield from asyncio.run(_measure(folder, sizes.records))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(folder: Path, records: int) -> list[Measurement]:
    data = folder / "data.nq"
    write(data, records)
    quads = Quads(folder / "store")
    quads.bulk_load(path=data, format=RdfFormat.N_QUADS)
    quads.optimize()
    quads.flush()
    del quads
    found: list[Measurement] = []
    rates: dict[tuple[str, int], list[float]] = {}
    print(f"  {records} records; requests per processor second, p50 and p99 in ms")
    print(f"  {'query':<11}{'server':<17}" + "".join(f"{n:>8} at once          " for n in AT_ONCE))
    starters = [_citynode(folder), _bare()]
    if "oxigraph" in RIVALS:
        starters.append(_oxigraph(folder))
    if "rdflib-endpoint" in RIVALS and records <= _MOST_IN_MEMORY:
        starters.append(_rdflib(folder))
    patience = _PATIENCE + records * _PATIENCE_FOR_EACH
    for starter in starters:
        async with starter as server:
            queries = {**QUERIES, "repeated": _same(QUERIES["aggregate"])}
            if server.name == BARE:
                queries = {"lookup": QUERIES["lookup"]}
            for name, query in queries.items():
                cells = await _row(server, query, patience)
                print(f"  {name:<11}{server.name:<17}" + "".join(map(_shown, cells)), flush=True)
                if name != "repeated" and server.name != BARE:
                    for clients, cell in zip(AT_ONCE, cells, strict=True):
                        rate = cell.rate if cell is not None else 0.0
                        rates.setdefault((server.name, clients), []).append(rate)
    for (name, clients), each in rates.items():
        if all(each):  # else the slow ones would be left out
            mix = len(each) / sum(1 / rate for rate in each)
            called = f"{name}, mix, {clients} at once"
            found.append(Measurement(name=called, figure=mix, unit="requests/CPU s"))
    return found


def _shown(cell: Cell | None) -> str:
    if cell is None or not cell.seconds:
        return f"{'-':>8} {'-':>7} {'-':>8} "
    digits = 1 if cell.rate >= 10 else 2
    rate = f"{'<' * cell.given_up}{cell.rate:.{digits}f}"
    return f"{rate:>8} {cell.percentile(0.5):>7.1f} {cell.percentile(0.99):>8.1f} "


async def _row(server: Server, query: Query, patience: float) -> list[Cell | None]:
    """Ask with more and more clients, until an answer takes too long."""
    cells: list[Cell | None] = []
    for clients in AT_ONCE:
        last = cells[-1] if cells else None
        slow = cells and (last is None or last.given_up or last.percentile(0.5) > _TOO_SLOW)
        cells.append(None if slow else await _ask(server, query, clients, patience))
    return cells


def _same(query: Query) -> Query:
    text = query(random.Random(0))
    return lambda _: text


async def _ask(server: Server, query: Query, clients: int, patience: float = _PATIENCE) -> Cell:
    chance = random.Random(clients)
    taken: list[float] = []
    timeout = aiohttp.ClientTimeout(total=patience)
    connector = aiohttp.TCPConnector(limit=clients)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        before = processor_seconds(server.pid)
        try:
            first = await _once(session, server, text := query(chance))
        except TimeoutError:
            spent = processor_seconds(server.pid) - before
            return Cell(seconds=[patience], processor=spent, given_up=True)
        if first > _LONG and text != query(chance):
            return Cell(seconds=[first], processor=processor_seconds(server.pid) - before)

        async def client() -> None:
            while time.monotonic() < end:
                try:
                    taken.append(await _once(session, server, query(chance)))
                except TimeoutError:
                    return

        if clients == 1:  # what a server keeps in memory of its files takes a while to be there
            end = time.monotonic() + SECONDS
            await client()
            taken.clear()
        before, end = processor_seconds(server.pid), time.monotonic() + SECONDS
        await asyncio.gather(*(client() for _ in range(clients)))
        return Cell(seconds=taken, processor=processor_seconds(server.pid) - before)


async def _once(session: aiohttp.ClientSession, server: Server, query: str) -> float:
    began = time.perf_counter()
    headers = {
        "Accept": "application/sparql-results+json, text/turtle;q=0.9",
        "Accept-Encoding": "identity",
    }
    async with session.get(server.address, params={"query": query}, headers=headers) as answer:
        body = await answer.read()
        if answer.status != 200:
            raise SystemExit(f"{server.name} answered {answer.status}: {body[:300]!r}\n{query}")
    return time.perf_counter() - began


@asynccontextmanager
async def _started(name: str, command: list[str], port: int, path: str) -> AsyncIterator[Server]:
    log = Path(tempfile.gettempdir()) / f"bench-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)  # noqa: ASYNC220
    server = Server(name=name, pid=process.pid, address=f"http://127.0.0.1:{port}{path}")
    try:
        async with aiohttp.ClientSession() as session:
            for _ in range(2400):
                if process.poll() is not None:
                    raise SystemExit(f"{name} ended: {log.read_text('utf-8')[-500:]}")
                try:
                    await _once(session, server, "ASK { ?s ?p ?o }")
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.25)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.unlink()


def _citynode(folder: Path) -> AbstractAsyncContextManager[Server]:
    command = [sys.executable, "-m", "benchmarks.serving", str(folder)]
    port = _port()
    return _started("citynode", [*command, str(port)], port, "/sparql")


def _bare() -> AbstractAsyncContextManager[Server]:
    port = _port()
    return _started(BARE, [sys.executable, "-m", "benchmarks.bare", str(port)], port, "/sparql")


def _oxigraph(folder: Path) -> AbstractAsyncContextManager[Server]:
    program = _environment("oxigraph") / "oxigraph"
    port = _port()
    command = [str(program), "serve-read-only", "--location", str(folder / "store")]
    command += ["--bind", f"127.0.0.1:{port}", "--union-default-graph"]
    return _started("oxigraph", command, port, "/query")


def _rdflib(folder: Path) -> AbstractAsyncContextManager[Server]:
    program = _environment("rdflib-endpoint[web]") / "rdflib-endpoint"
    port = _port()
    command = [str(program), "serve", "--host", "127.0.0.1", "--port", str(port)]
    return _started("rdflib-endpoint", [*command, str(folder / "data.nq")], port, "/")


def _environment(package: str) -> Path:
    """Install a package into an environment of its own, once; return where its commands are."""
    place = _ENVIRONMENTS / package.partition("[")[0]
    if not (place / ".ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        install = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", package]
        subprocess.run(install, check=True)
        (place / ".ready").touch()
    return place / "bin"


def _port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return int(free.getsockname()[1])
