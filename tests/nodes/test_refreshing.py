"""Who asks for fresh data gets it where it can be had, and nobody is hammered."""

import asyncio
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from federation.peers import Follow
from nodes.acquaintance import JournalNetwork
from nodes.budgets import Allowance
from nodes.freshness import JournalFreshness
from nodes.journal import known
from nodes.journal.known import Standing
from nodes.refreshing import Refreshing
from nodes.web.freshness import wanted
from tests.city import NOON, City
from tests.federation.node import Node
from tests.nodes.town import TORINO

INTERVAL = timedelta(minutes=5)


class Reader:
    """A node that reads its peers when it is asked to."""

    def __init__(self, folder: Path, *cities: City) -> None:
        self.node, self.cities = Node(folder), cities
        self.node.knows(*(each.peer for each in cities))
        self.caught_up = 0
        self.under_way: dict[str, asyncio.Task[None]] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    def refreshing(self, **settings: float) -> Refreshing:
        return Refreshing(
            journal=self.node.journal,
            begin=self.begin,
            catch_up=self.catch_up,
            now=lambda: self.node.now,
            allowance=Allowance(burst=int(settings.pop("burst", 100)), rate=1e-9),
            **{"deadline": 100.0, **settings},
        )

    def begin(self, standing: Standing) -> asyncio.Task[None]:
        base = standing.peer.base
        if base not in self.under_way or self.under_way[base].done():
            self.under_way[base] = asyncio.create_task(self.round(standing))
        return self.under_way[base]

    async def round(self, standing: Standing) -> None:
        await self.gate.wait()
        done = await self.node.reads(standing.peer, *self.cities)
        now = self.node.now
        await asyncio.to_thread(known.keep_round, self.node.journal, done, now + INTERVAL, now)

    async def catch_up(self) -> None:
        self.caught_up += 1

    def passes(self, seconds: float) -> None:
        self.node.now += timedelta(seconds=seconds)

    def asked(self) -> list[int]:
        return [len(each.requests) for each in self.cities]


@pytest.fixture
def cities() -> tuple[City, ...]:
    found = tuple(City(name) for name in ("ghent", "helsinki", "paris"))
    for each in found:
        each.publish("one")
    return found


async def test_stale_peers_are_read_once_for_all_who_ask(
    tmp_path: Path, cities: tuple[City, ...]
) -> None:
    reader = Reader(tmp_path, *cities)
    refreshing = reader.refreshing()
    await refreshing.bring(60)
    reader.passes(120)
    before = reader.asked()

    found = await asyncio.gather(*(refreshing.bring(60) for _ in range(8)))

    assert found == [()] * 8
    assert [now - then for now, then in zip(reader.asked(), before, strict=True)] == [1, 1, 1]
    assert len(reader.node.titles()) == 3


async def test_fresh_peers_are_not_asked(tmp_path: Path, cities: tuple[City, ...]) -> None:
    reader = Reader(tmp_path, *cities)
    refreshing = reader.refreshing()
    await refreshing.bring(60)
    before, views = reader.asked(), reader.caught_up
    reader.passes(59)

    assert await refreshing.bring(60) == ()
    assert (reader.asked(), reader.caught_up) == (before, views)


async def test_no_cache_asks_a_peer_again_only_after_a_pause(
    tmp_path: Path, cities: tuple[City, ...]
) -> None:
    reader = Reader(tmp_path, *cities)
    refreshing = reader.refreshing(pause=5)
    counts = []
    for seconds in (0, 1, 3, 2):
        reader.passes(seconds)
        assert await refreshing.bring(0) == ()
        counts.append(sum(reader.asked()))

    assert counts == [3, 3, 3, 6]


async def test_a_peer_that_is_down_is_named_and_left_alone(
    tmp_path: Path, cities: tuple[City, ...]
) -> None:
    reader = Reader(tmp_path, *cities)
    refreshing = reader.refreshing(pause=1)
    cities[1].answers["*"] = lambda *_: httpx.Response(503)

    found = [await refreshing.bring(0)]
    asked = reader.asked()[1]
    for _ in range(5):
        reader.passes(10)
        found.append(await refreshing.bring(0))

    assert [[each.base for each in said] for said in found] == [[cities[1].base]] * 6
    assert "failed" in found[0][0].reason
    assert "again later" in found[-1][0].reason
    assert reader.asked()[1] == asked
    assert len(reader.node.titles()) == 2


async def test_an_answer_waits_for_slow_peers_no_longer_than_allowed(
    tmp_path: Path, cities: tuple[City, ...]
) -> None:
    reader = Reader(tmp_path, *cities)
    reader.gate.clear()

    found = await reader.refreshing(deadline=0.01).bring(0)
    reader.gate.set()
    await asyncio.gather(*reader.under_way.values())

    assert {each.base for each in found} == {each.base for each in cities}
    assert {each.reason for each in found} == {"its round takes longer"}
    assert len(reader.node.titles()) == 3


async def test_many_strangers_cannot_make_the_node_ask_many_peers(
    tmp_path: Path, cities: tuple[City, ...]
) -> None:
    reader = Reader(tmp_path, *cities)

    found = await reader.refreshing(burst=2).bring(0)

    assert sum(reader.asked()) == 2
    assert [each.reason for each in found] == ["too many peers are being asked already"]


async def test_tells_what_is_known_and_what_is_left_out(
    tmp_path: Path, cities: tuple[City, ...]
) -> None:
    ghent, helsinki, paris = cities
    ghent.relayed = [*helsinki.members]
    stranger = City("paris")
    ghent.relayed.append(stranger.publish("forged"))
    node = Node(tmp_path)
    node.knows(ghent.relay)
    node.knows_key_of(helsinki, paris)
    done = await node.reads(ghent.relay, ghent)
    known.keep_round(node.journal, done, node.now + INTERVAL, node.now)
    unread = City("bologna")
    node.knows(unread.peer)

    found = JournalFreshness(node.journal, TORINO).now(NOON + timedelta(seconds=90))

    said = {each.base: (each.records, found.age(each), each.through) for each in found.origins}
    assert said == {
        TORINO.base: (0, 0, None),
        ghent.base: (1, 90, None),
        helsinki.base: (1, 90, ghent.base),
        unread.base: (0, None, None),
    }
    assert found.oldest == 90
    ages = JournalNetwork(journal=node.journal, me=TORINO).ages(NOON + timedelta(seconds=90))
    assert ages == {each.base: found.age(each) for each in found.origins if each.verified}
    reasons = {each.origin: each for each in found.excluded}
    assert reasons[unread.base].reason == "it has not been read yet"
    paris_said = [each for each in found.excluded if each.origin == paris.base]
    assert {each.members for each in paris_said} == {0, 1}
    assert Follow.NOTHING not in {each.through for each in found.origins}


@pytest.mark.parametrize(("header", "age"), [
    ("", None), ("max-age=60", 60), ("no-cache", 0), ("No-Cache, max-age=9", 0),
    ("max-age=0", 0), ("max-age=90, max-age=30", 30), ('max-age="5"', 5), ("max-age=-1", None),
    ("max-age=x", None), ("no-cachet", None), ("max-age=99999999999999", 999999999),
    ("only-if-cached, max-stale=5", None),
])  # fmt: skip
def test_reads_how_old_data_may_be(header: str, age: float | None) -> None:
    assert wanted(header) == age
