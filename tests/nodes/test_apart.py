"""A long round in a process of its own: the same records, and its end harms nothing but itself."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from federation.times import stamp
from nodes.apart import Apart
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.harvesting import Harvesting
from nodes.journal import Journal, known
from nodes.journal.known import Standing
from nodes.node import open_harvesting
from nodes.prepared import Prepared
from tests.city import City
from tests.journeys.places import found, free_port
from tests.misbehaving.street import House

_MODULE = b"nodes.rounding"
RECORDS = 20
LONG = 150


@dataclass
class Nothing(httpx.AsyncByteStream):
    """An answer that does not come before somebody says so."""

    until: asyncio.Event

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await self.until.wait()
        yield b""


@dataclass
class Reader:
    """A node to which three records are much, and a city with more than its root shows."""

    harvesting: Harvesting
    journal: Journal
    prepared: Prepared
    city: City
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    recovered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def standing(self) -> Standing:
        [standing] = known.standings(self.journal)
        return standing

    def stalls(self) -> None:
        """Let the city keep whoever asks for a page of its feed waiting."""
        self.city.answers["*"] = self._later

    def recovers(self) -> None:
        self.city.answers.clear()
        self.recovered.set()

    def _later(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not request.url.path.startswith("/feed/pages/"):
            return answer
        self.stalled.set()
        return httpx.Response(200, stream=Nothing(self.recovered))

    def held(self) -> int:
        return sum(each.member.origin == self.city.base for each in self.journal.records())


@pytest.fixture
async def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Reader]:
    monkeypatch.setenv("CITYNODE_HARVEST__WORKERS", "1")
    port = free_port()
    city = City("vienna", at=f"http://127.0.0.1:{port}/", page_size=2)
    city.clock = datetime.now(UTC) - timedelta(hours=1)
    for number in range(RECORDS):
        city.publish(f"versuch-{number}")
    folder = found("torino", tmp_path).folder
    async with _open(House(city, port)):
        with open_desk(read_config(folder)) as desk:
            known.add_peer(desk.journal, city.peer, datetime.now(UTC))
            prepared = Prepared()
            apart = Apart(folder=folder, prepared=prepared)
            async with open_harvesting(desk, prepared=Prepared(0), apart=apart) as harvesting:
                harvesting.much = 3
                reader = Reader(harvesting, desk.journal, prepared, city)
                yield reader
                reader.recovers()


@asynccontextmanager
async def _open(house: House) -> AsyncIterator[None]:
    await house.open()
    try:
        yield
    finally:
        house.closing = True
        await house.close()


def processes() -> list[int]:
    """List the processes that do a long round of this one."""
    me = os.getpid()
    children = Path(f"/proc/{me}/task/{me}/children").read_text().split()
    return [int(each) for each in children if _MODULE in _command(each)]


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


async def test_a_long_round_is_broken_off_with_the_node_and_taken_up_again(
    reader: Reader,
) -> None:
    reader.stalls()
    broken = reader.harvesting.begin(reader.standing)
    await asyncio.wait_for(reader.stalled.wait(), LONG)
    assert len(processes()) == 1

    await reader.harvesting.close()

    assert broken.cancelled()
    assert processes() == []
    assert reader.held() == 0
    reader.recovers()
    async with asyncio.timeout(LONG):  # what had to be killed leaves a lease of ten seconds
        while reader.held() < RECORDS:
            await reader.harvesting.begin(reader.standing)
            await asyncio.sleep(0.1)
    assert reader.standing.last_good is not None
    assert all(reader.prepared.take(each) is not None for each in reader.city.members)
    reader.city.publish("one-more")
    reader.harvesting.apart = None  # a short round needs none
    await reader.harvesting.begin(reader.standing)
    assert reader.held() == RECORDS + 1


async def test_a_long_round_whose_process_dies_is_told_and_costs_no_more_than_a_round(
    reader: Reader,
) -> None:
    reader.stalls()
    task = reader.harvesting.begin(reader.standing)
    await asyncio.wait_for(reader.stalled.wait(), LONG)
    [process] = processes()

    os.kill(process, signal.SIGKILL)
    await task

    assert reader.standing.failures == 1
    assert reader.standing.due > stamp(datetime.now(UTC))
    assert processes() == []
