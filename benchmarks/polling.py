"""What a round costs that finds one new record, or none, beside the size of the catalogue.

A node serves its feed over HTTP; another holds all of it but the newest record and does a round.
To begin with, the reader's journal is filled from the other's rather than over the network. The
seconds are those of a round on the clock; those of processor are of both ends, workers included.
Each figure is the mean of a few rounds.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.measuring import Sizes, Table
from benchmarks.processes import processor_seconds
from benchmarks.towns import free_ports, make_town, publish, until
from federation.errors import FederationError
from federation.member import digest
from federation.peers import Bookmark, Follow, Peer, Round
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import Desk, open_desk
from nodes.harvesting import Harvesting, utc_now
from nodes.journal import known, rows
from nodes.node import open_harvesting

ROUNDS: Final = 5
_BATCH: Final = 500
_START_SECONDS: Final = 120.0


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What rounds cost: their counts, and seconds of clock and processor for one of them."""

    rounds: tuple[Round, ...]
    seconds: float
    reader: float
    publisher: float

    def row(self, size: int, what: str) -> tuple[str, ...]:
        """Show it as a row of the table."""
        return (
            f"{size:,}, {what}",
            "/".join(sorted({str(each.requests) for each in self.rounds})),
            f"{max(each.received_bytes for each in self.rounds):,}",
            "/".join(sorted({str(each.new) for each in self.rounds})),
            f"{1000 * self.seconds:.0f}",
            f"{1000 * self.reader:.0f}",
            f"{1000 * self.publisher:.0f}",
        )


def measurements(sizes: Sizes) -> Iterator[Table]:
    """Do rounds with catalogues of each of `sizes.sizes`."""
    found: list[tuple[str, ...]] = []
    for size in sizes.sizes:
        with TemporaryDirectory(prefix="citynode-bench-") as name:
            found += asyncio.run(_rounds(Path(name), size))
    heads = ("records", "requests", "bytes", "new", "ms", "reader's processor ms", "publisher's")
    yield Table(heads=heads, rows=tuple(found))


async def _rounds(folder: Path, size: int) -> list[tuple[str, ...]]:
    ports = free_ports(2)
    town, reader = (
        make_town(id_, folder, port) for id_, port in zip(("a", "b"), ports, strict=True)
    )
    publish(town, 0, size)
    with open_desk(read_config(town.folder)) as told, open_desk(read_config(reader.folder)) as desk:
        await _take_over(told, desk)
        process = _serve(town)
        try:
            await until(lambda: _answers(town), _START_SECONDS)
            async with open_harvesting(desk) as harvesting:
                await harvesting.round_with(known.standings(desk.journal)[0])
                news = await _measured(harvesting, desk, process.pid, town, size)
                quiet = await _measured(harvesting, desk, process.pid, None, size)
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait)
    return [news.row(size, "one new"), quiet.row(size, "none")]


def _serve(town: Town) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.feeding", str(town.folder)]
    return subprocess.Popen(command)


async def _answers(town: Town) -> bool:
    try:
        await town.get("feed/shape", "*/*")
    except FederationError:
        return False
    return True


async def _measured(
    harvesting: Harvesting, desk: Desk, publisher: int, town: Town | None, size: int
) -> Cost:
    """Do a few rounds, each after a record was published by `town`."""
    done: list[Round] = []
    seconds = reader = served = 0.0
    for number in range(ROUNDS):
        if town is not None:
            publish(town, size + number, size + number + 1)
        begun = time.perf_counter(), processor_seconds(os.getpid()), processor_seconds(publisher)
        found = await harvesting.round_with(known.standings(desk.journal)[0])
        seconds += time.perf_counter() - begun[0]
        reader += processor_seconds(os.getpid()) - begun[1]
        served += processor_seconds(publisher) - begun[2]
        if found is None or found.failure is not None:
            sys.exit(f"a round failed: {found.failure if found else 'another is under way'}")
        done.append(found)
    return Cost(
        rounds=tuple(done),
        seconds=seconds / ROUNDS,
        reader=(reader - served) / ROUNDS,  # the publisher is a child of this process
        publisher=served / ROUNDS,
    )


async def _take_over(told: Desk, desk: Desk) -> None:
    """Write all that one journal says into another, as if it had been read up to its end."""
    base, size = told.city.base, told.journal.size(told.city.base)
    now = utc_now()
    key = told.key.public(base)
    peer = Peer(base=base, name=told.city.name, keys=(key,), follow=Follow.OWN)
    known.add_peer(desk.journal, peer, now)
    for first in range(0, size, _BATCH):
        members = [
            each.member for each in told.journal.stream(first, first + _BATCH, relayed=False)
        ]
        with desk.journal.transaction() as db:
            kept = [(member, "accepted") for member in members]
            for entry in desk.journal.append(db, kept, via=base, now=now):
                rows.speak(db, entry)
    last = members[-1]
    mark = replace(
        Bookmark(),
        stamp=last.published,
        at_stamp=(last.iri,),
        read=size,
        count=size,
        last=digest(last),
    )
    async with open_harvesting(desk) as harvesting:
        await harvesting.inbox.bookmark(peer)
        await harvesting.inbox.keep(peer, [], mark, {})
