"""How fast a whole feed is taken in, beside ldes-client reading the same feed.

A node with signed records serves its feed over HTTP. A second node starts with an empty folder
and the first as its peer; it is done when every record is in its journal, checked, in the RDF
store and found by a search. ldes-client (npm) reads the same feed to its end; it gives the
members to a program that counts them, keeps nothing and checks no signature.

Both read each syntax in turn, one after the other, the pages of the feed written and compressed
beforehand. Seconds of processor are those of the reader and its children alone, from the start
of the process; the node that is read is not counted.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from aiohttp import ClientSession

from benchmarks.measuring import Sizes, Table
from benchmarks.processes import megabytes, processor_seconds
from benchmarks.towns import door, findable, free_ports, held, make_town, publish, until
from federation.layout import PAGE
from federation.peers import Follow
from nodes.demo.town import Town

SYNTAXES: Final = {
    "JSON-LD": "application/ld+json",
    "TriG": "application/trig",
    "N-Quads": "application/n-quads",
}
CLIENT: Final = Path(__file__).parents[1] / "tests" / "interop"
_LONGEST: Final = 1_200.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one reader took for the whole feed."""

    reader: str
    syntax: str
    members: int
    seconds: float
    processor: float
    megabytes: float

    def row(self) -> tuple[str, ...]:
        """Show it as a row of the table."""
        return (
            f"{self.reader}, {self.syntax}",
            f"{self.seconds:.1f}",
            f"{self.members / self.seconds:,.0f}",
            f"{self.processor:.1f}",
            f"{self.members / self.processor:,.0f}",
            f"{self.megabytes:.0f}",
        )


def measurements(sizes: Sizes) -> Iterator[Table | str]:
    """Read a feed of `sizes.members` records with both, in each syntax."""
    has_client = shutil.which("node") is not None and (CLIENT / "node_modules").is_dir()
    if not has_client:
        yield "  ldes-client is not here: install Node.js and npm and run `make test` once"
    with TemporaryDirectory(prefix="citynode-bench-") as name:
        runs = asyncio.run(_runs(Path(name), sizes, has_client=has_client))
    heads = ("reader", "seconds", "members/s", "processor s", "members/processor s", "MB")
    yield Table(heads=heads, rows=tuple(run.row() for run in runs))
    yield from _ratios(runs)


def _ratios(runs: list[Run]) -> Iterator[str]:
    for syntax in SYNTAXES:
        ours = [run for run in runs if run.syntax == syntax and run.reader == "citynode"]
        theirs = [run for run in runs if run.syntax == syntax and run.reader != "citynode"]
        if ours and theirs:
            clock = min(run.seconds for run in theirs) / min(run.seconds for run in ours)
            work = min(run.processor for run in theirs) / min(run.processor for run in ours)
            yield f"  {syntax}: citynode is {clock:.2f} times as fast, by processor time {work:.2f}"


async def _runs(folder: Path, sizes: Sizes, *, has_client: bool) -> list[Run]:
    public, inner, own = free_ports(3)
    town = make_town("read", folder, inner, f"http://127.0.0.1:{public}/")
    publish(town, 0, sizes.members)
    chosen = {name: media for name, media in SYNTAXES.items() if name in sizes.syntaxes}
    accept = {"feed": ""}
    found: list[Run] = []
    async with door(public, inner, accept):
        await town.start()
        try:
            for _ in range(sizes.runs):
                for syntax, media in chosen.items():
                    accept["feed"] = media
                    await _warm(town, sizes.members)
                    if has_client:
                        found.append(await _ldes_client(town, syntax, sizes.members))
                    found.append(await _citynode(town, folder, own, syntax, sizes.members))
        finally:
            await town.stop()
    return found


async def _warm(town: Town, members: int) -> None:
    """Have each page written and compressed, as after the first reader of the day."""
    addresses = [f"{town.base}feed/pages/{number}" for number in range(members // PAGE + 1)]
    async with ClientSession(auto_decompress=False) as session:
        for address in (f"{town.base}feed", *addresses):
            for coding in ("gzip", "br", "identity"):
                async with session.get(address, headers={"Accept-Encoding": coding}) as answer:
                    await answer.read()


async def _citynode(town: Town, folder: Path, port: int, syntax: str, members: int) -> Run:
    reader = make_town("reader", folder, port)
    await reader.befriend(town, Follow.OWN)
    start = time.perf_counter()
    await reader.start()
    try:
        assert reader.pid is not None
        most = 0.0

        async def durable() -> bool:
            nonlocal most
            most = max(most, megabytes(reader.pid or 0))
            return held(reader, town.base) >= members

        async def found() -> bool:
            return await findable(reader) >= members

        await until(durable, _LONGEST)
        await until(found, _LONGEST)
        seconds, processor = time.perf_counter() - start, processor_seconds(reader.pid)
    finally:
        await reader.stop()
        shutil.rmtree(reader.folder)
    return Run(
        reader="citynode",
        syntax=syntax,
        members=members,
        seconds=seconds,
        processor=processor,
        megabytes=most,
    )


async def _ldes_client(town: Town, syntax: str, members: int) -> Run:
    return await asyncio.to_thread(_replicate, town.base, syntax, members)


def _replicate(base: str, syntax: str, members: int) -> Run:
    start = time.perf_counter()
    command = ["node", str(CLIENT / "replicate.mjs"), "--count", f"{base}feed"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode or f'"members":{members}' not in told.decode():
        sys.exit(f"ldes-client did not read the feed to its end: {told.decode()[-200:]}")
    return Run(
        reader="ldes-client",
        syntax=syntax,
        members=members,
        seconds=seconds,
        processor=usage.ru_utime + usage.ru_stime,
        megabytes=usage.ru_maxrss / 1000,
    )
