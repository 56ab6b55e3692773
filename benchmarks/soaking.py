"""Many nodes on one machine: do all come to hold the same, and how soon is news everywhere?

Each node is a real one with its own journal, key, views and address; ten share a process. Every
node knows the key of every other. In the *mesh* each reads every other; among *hubs* each node
reads one of them, every hub reads its own nodes and the other hubs, and members are relayed.

First each node publishes a few records, and the clock runs until the journals of all hold the
same members and the same records. Then one record at a time is published at different nodes, and
the clock runs until a search at every node finds it; with pings, where polling is slow, and then
by polling alone. A record is published into the journal from outside, as `citynode import` does.
"""

import asyncio
import hashlib
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.measuring import Sizes, Table
from benchmarks.processes import megabytes, processor_seconds
from benchmarks.towns import findable, free_ports, publish, until
from federation import keys
from federation.peers import Follow, Peer
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import JOURNAL, open_desk
from nodes.founding import make_node
from nodes.harvesting import utc_now
from nodes.journal import known
from nodes.keyring import KEY

HOSTED: Final = 10
EACH: Final = 4
NEWS: Final = 5
POLLED: Final = 10.0
_LONGEST: Final = 3_600.0


def measurements(sizes: Sizes) -> Iterator[Table | str]:
    """Run `sizes.nodes` nodes, with pings and then without."""
    shape = "mesh" if sizes.mesh else "hubs"
    rows = []
    for pings in (True, False):
        with TemporaryDirectory(prefix="citynode-soak-") as name:
            rows.append(asyncio.run(_soak(Path(name), sizes.nodes, shape, pings=pings)))
    heads = ("nodes", "converged s", "visible s: median", "slowest", "processor s", "MB", "same")
    yield Table(heads=heads, rows=tuple(rows))


async def _soak(folder: Path, count: int, shape: str, *, pings: bool) -> tuple[str, ...]:
    towns = _found(folder, count, shape, pings=pings)
    for town in towns:
        publish(town, 0, EACH)
    start = time.perf_counter()
    async with _hosted(towns) as pids:
        total = len(towns) * EACH
        await _everywhere(towns, total)
        converged = time.perf_counter() - start
        delays = []
        for number in range(NEWS):
            begun = time.perf_counter()
            speaker = towns[number * 7 % count]
            await asyncio.to_thread(publish, speaker, EACH + number, EACH + number + 1)
            total += 1
            await _everywhere(towns, total)
            delays.append(time.perf_counter() - begun)
        used = sum(processor_seconds(pid) for pid in pids)
        memory = sum(megabytes(pid) for pid in pids)
        same = len({_contents(town) for town in towns}) == 1
    how = "pings" if pings else f"polled every {POLLED:.0f} s"
    return (
        f"{count}, {shape}, {how}",
        f"{converged:.0f}",
        f"{statistics.median(delays):.1f}",
        f"{max(delays):.1f}",
        f"{used:.0f}",
        f"{memory:.0f}",
        "yes" if same else "NO",
    )


def _found(folder: Path, count: int, shape: str, *, pings: bool) -> list[Town]:
    """Make the nodes and let each know the keys of all."""
    towns = []
    for number, port in enumerate(free_ports(count)):
        base = f"http://127.0.0.1:{port}/"
        town = Town(id=f"n{number}", name=f"Node {number}", folder=folder / f"n{number}", base=base)
        city = {"name": town.name, "country": "IT", "language": "it", "base": base}
        interval = 120.0 if pings else POLLED
        harvest = {
            "interval": interval,
            "polling_interval": int(interval),
            "allow_private_peers": True,
            "pings": pings,
            "ping_pause": 0.5,
        }
        server = {"host": "127.0.0.1", "port": port}
        make_node(
            town.folder,
            {"city": city, "server": server, "harvest": harvest, "query": {"workers": 1}},
        )
        towns.append(town)
    peers = [_peer(town) for town in towns]
    for number, town in enumerate(towns):
        with open_desk(read_config(town.folder)) as desk:
            for other, peer in enumerate(peers):
                if other != number:
                    follow = _follow(number, other, count, shape)
                    known.add_peer(desk.journal, replace(peer, follow=follow), utc_now())
    return towns


def _peer(town: Town) -> Peer:
    key = keys.load((town.folder / KEY).read_bytes()).public(town.base)
    return Peer(base=town.base, name=town.name, keys=(key,), follow=Follow.OWN)


def _follow(reader: int, other: int, count: int, shape: str) -> Follow:
    """Say what a node reads of another; the hubs are the first nodes, one for every ten."""
    if shape == "mesh":
        return Follow.OWN
    hubs = max(1, count // HOSTED)
    if reader < hubs and other < hubs:
        return Follow.ALL
    if reader < hubs:
        return Follow.OWN if other % hubs == reader else Follow.NOTHING
    return Follow.ALL if other == reader % hubs else Follow.NOTHING


@asynccontextmanager
async def _hosted(towns: list[Town]) -> AsyncIterator[list[int]]:
    """Serve all nodes, some to a process, until the block ends."""
    parts = range(0, len(towns), HOSTED)
    processes = [_host(towns[first : first + HOSTED]) for first in parts]
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                await asyncio.to_thread(process.wait, 60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _host(towns: list[Town]) -> subprocess.Popen[bytes]:
    """Start a process that serves some nodes; its log is in the first folder."""
    command = [sys.executable, "-m", "benchmarks.hosting", *(str(town.folder) for town in towns)]
    with (towns[0].folder / "hosting.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


async def _everywhere(towns: list[Town], total: int) -> None:
    """Wait until a search at every node finds so many records."""
    waiting = list(towns)

    async def all_found() -> bool:
        while waiting:
            if await findable(waiting[0]) < total:
                return False
            waiting.pop(0)
        return True

    await until(all_found, _LONGEST, 0.1)


def _contents(town: Town) -> str:
    """Digest all that a node holds: each member, and which of them speak for a record."""
    with closing(sqlite3.connect(f"file:{town.folder / JOURNAL}?mode=ro", uri=True)) as db:
        query = (
            "SELECT members.iri, members.digest, records.object FROM members "
            "LEFT JOIN records USING (position) ORDER BY members.iri"
        )
        return hashlib.sha256(repr(db.execute(query).fetchall()).encode()).hexdigest()
