"""Rounds that run at once: whichever is quicker, and wherever, the journal ends as it should.

Each round asks its journal one question at a time and waits for its turn before each, so that a
test decides the order, not the machine. One round goes on to some moment, then the other, then the
first to its end, then the other: every such order is played.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from federation.examining import Examined, Keys, examine
from federation.harvest import harvest
from federation.limits import Limits
from federation.member import Member
from federation.peers import Inbox, Peer, Round
from nodes.journal import known
from tests.city import City, World
from tests.federation.node import Node

Moment = tuple[str, int]
"""Before a round asks this question for the first time, or the second."""

MOMENTS: Sequence[Moment] = (("histories", 1), ("speaking", 1), ("keep", 1), ("waiting", 2))
"""A page is read; what is known of its cities too; it is judged; what is good is kept."""

DECIDING: Sequence[Moment] = (("keep", 1), ("withdrawn", 1), ("settle", 1))
"""What came is judged; withdrawals are to be counted; it is decided on them."""

END: Moment = ("the end", 1)


@dataclass
class Examiner:
    """Examines in this process, the same page once."""

    pages: dict[bytes, Examined] = field(default_factory=dict)

    async def examine(self, body: bytes, media_type: str, url: str, keys: Keys) -> Examined:
        name = hashlib.sha256(repr((body, media_type, url, keys)).encode()).digest()
        if name not in self.pages:
            self.pages[name] = examine(body, media_type, url, keys, LIMITS)
        return self.pages[name]


class Turns:
    """The journal of a node as one round sees it, answering only while the round has its turn."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.asked: list[str] = []
        self.asks = asyncio.Event()
        self.turns = asyncio.Semaphore(0)

    def __getattr__(self, question: str) -> Callable[..., Awaitable[Any]]:
        async def ask(*words: Any) -> Any:
            self.asked.append(question)
            self.asks.set()
            await self.turns.acquire()
            return await getattr(self.inbox, question)(*words)

        return ask

    async def goes_on(self, until: Moment, done: asyncio.Task[Round]) -> None:
        """Let the round have answers until it asks this question, or has ended."""
        question, times = until
        await self._question(done)
        while not done.done() and self.asked.count(question) < times:
            self.asks.clear()
            self.turns.release()
            await self._question(done)

    async def _question(self, done: asyncio.Task[Round]) -> None:
        asking = asyncio.create_task(self.asks.wait())
        await asyncio.wait((asking, done), return_when=asyncio.FIRST_COMPLETED)
        asking.cancel()


async def at_once(
    node: Node, world: World, peers: Sequence[Peer], moments: Sequence[Moment]
) -> list[Round]:
    """Do a round with each peer: each goes on to its moment in turn, and then to its end."""
    async with world.client() as client:
        turns = [Turns(node.inbox) for _ in peers]
        rounds = [
            asyncio.create_task(
                harvest(client, peer, cast("Inbox", turn), EXAMINER, limits=LIMITS, now=node.now)
            )
            for peer, turn in zip(peers, turns, strict=True)
        ]
        for until in (moments, [END] * len(peers)):
            for turn, done, moment in zip(turns, rounds, until, strict=True):
                await turn.goes_on(moment, done)
        return [await done for done in rounds]


def town(count: int) -> City:
    city = City("torino")
    for number in range(1, count + 1):
        city.publish(f"p{number}")
    return city


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path)
    node.knows(GHENT.relay, PARIS.relay)
    node.knows_key_of(TORINO)
    yield node
    node.journal.close()


def chain(node: Node) -> list[Member]:
    found = [each.member for each in node.journal.stream(0, 100, relayed=True)]
    return sorted(found, key=lambda member: member.sequence)


LIMITS = Limits()
TORINO, GHENT, PARIS, LIAR = town(4), City("ghent"), City("paris"), City("liar")
OTHER = replace(TORINO, members=TORINO.members[:1])
OTHER.publish("altro")
OTHER.publish("ancora")
EXAMINER = Examiner()
ORDERS = [
    pytest.param(first, (before, after), id=f"{first.id}-{before[0]}-{after[0]}")
    for first in (GHENT, PARIS)
    for before in MOMENTS
    for after in (*MOMENTS, END)
]
"""Who begins, where it stops for the other, and where that one stops in its turn."""

both_at_once = pytest.mark.parametrize(("first", "moments"), ORDERS)


def summed(rounds: Sequence[Round]) -> tuple[int, int, int]:
    """Count what both rounds together call new, known and refused."""
    return (
        sum(done.new for done in rounds),
        sum(done.known for done in rounds),
        sum(done.refused for done in rounds),
    )


async def read(node: Node, first: City, moments: Sequence[Moment]) -> list[Round]:
    """Read both relays at once in the order told."""
    second = PARIS if first is GHENT else GHENT
    return await at_once(node, World(GHENT, PARIS), (first.relay, second.relay), moments)


@both_at_once
async def test_two_histories_never_mix(
    node: Node, first: City, moments: tuple[Moment, Moment]
) -> None:
    GHENT.relayed, PARIS.relayed = TORINO.members[:3], OTHER.members

    rounds = await read(node, first, moments)
    again = await read(node, first, moments)

    said = chain(node)
    assert said in (GHENT.relayed, PARIS.relayed)
    assert [done.failure for done in (*rounds, *again)] == [None] * 4
    assert summed(rounds) == (3, 1, 2)
    assert sum(done.seen for done in again) == 0
    lost = PARIS.relayed if said == GHENT.relayed else GHENT.relayed
    told = known.refusals(node.journal)
    assert {each.iri for each in told} == {each.iri for each in lost[1:]}
    assert {each.status for each in told} == {"refused"}


@both_at_once
async def test_what_waits_comes_in_with_what_it_waits_for(
    node: Node, first: City, moments: tuple[Moment, Moment]
) -> None:
    one, two, three, four = TORINO.members
    GHENT.relayed, PARIS.relayed = [one, three], [two, four]

    rounds = await read(node, first, moments)

    assert [done.failure for done in rounds] == [None, None]
    assert chain(node) == TORINO.members
    assert sum(done.new for done in rounds) == 4
    assert node.reasons() == []


@both_at_once
async def test_holes_are_filled_while_another_round_reads(
    node: Node, first: City, moments: tuple[Moment, Moment]
) -> None:
    one, two, three, four = TORINO.members
    forged = [replace(each, payload=one.payload) for each in (two, three)]
    LIAR.relayed = [one, *forged, four]
    node.knows(LIAR.relay)
    await at_once(node, World(LIAR), [LIAR.relay], [END])
    GHENT.relayed, PARIS.relayed = [two], [three]

    rounds = await read(node, first, moments)

    assert [done.failure for done in rounds] == [None, None]
    assert chain(node) == TORINO.members
    assert sum(done.new for done in rounds) == 2
    assert node.reasons() == []


@pytest.mark.parametrize("first", [GHENT, PARIS], ids=lambda city: city.id)
@pytest.mark.parametrize("before", [*DECIDING, END], ids=lambda moment: moment[0])
@pytest.mark.parametrize("after", [*DECIDING, END], ids=lambda moment: moment[0])
async def test_a_catalogue_is_not_withdrawn_by_many_peers_at_once(
    node: Node, first: City, before: Moment, after: Moment
) -> None:
    city = replace(TORINO, members=list(TORINO.members))
    for number in range(5, 11):
        city.publish(f"p{number}")
    LIAR.relayed = list(city.members)
    gone = [city.withdraw(f"p{number}") for number in range(1, 5)]
    node.knows(LIAR.relay)
    await at_once(node, World(LIAR), [LIAR.relay], [END])
    GHENT.relayed, PARIS.relayed = gone[:2], gone[2:]

    rounds = await read(node, first, (before, after))

    assert [done.failure for done in rounds] == [None, None]
    assert (sum(done.deleted for done in rounds), len(node.titles())) in {(2, 8), (0, 10)}
    assert sum(done.deleted for done in rounds) + len(node.reasons("held")) == 4
    assert node.reasons("waits") == []


@both_at_once
async def test_a_hole_that_comes_meanwhile_lets_in_what_waits_behind_it(
    node: Node, first: City, moments: tuple[Moment, Moment]
) -> None:
    one, two, three, four = TORINO.members
    LIAR.relayed = [one]
    node.knows(LIAR.relay)
    await at_once(node, World(LIAR), [LIAR.relay], [END])
    GHENT.relayed, PARIS.relayed = [replace(two, payload=one.payload)], [three, four]

    rounds = await read(node, first, moments)

    assert [done.failure for done in rounds] == [None, None]
    assert chain(node) == [one, three, four]
    assert sum(done.new for done in rounds) == 2
    assert node.reasons("waits") == []
