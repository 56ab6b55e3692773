"""Whoever joins a network gets its cities in whatever order things happen, and nothing worse."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import keys
from federation.joining import Listed, Policy
from federation.member import Kind
from federation.peers import Follow, Peer
from nodes.acquaintance import JournalNetwork
from nodes.errors import NotListed
from nodes.joining import accept, introduce, listed
from nodes.journal import followers, known, registries, trust
from nodes.registering import ended, enlisted
from nodes.sections import HarvestSection
from tests.city import NOON, City
from tests.federation.node import Node
from tests.nodes.town import TORINO
from vocab.membership import Membership, to_payload

KEYS = {name: keys.generate() for name in "abcdef"}
SETTINGS = HarvestSection(interval=300, cities_per_registry=20)


def base(name: str) -> str:
    return f"https://{name}.example/"


@dataclass
class Network:
    """A registry, and a node that has joined it."""

    node: Node
    operator: City = field(default_factory=lambda: City("network"))
    said: dict[str, Membership] = field(default_factory=dict)
    random: Random = field(default_factory=lambda: Random(7))

    def join(self, policy: Policy) -> None:
        if self.operator.base not in {peer.base for peer in known.peers(self.node.journal)}:
            self.node.knows(self.operator.peer)
        registries.join(self.node.journal, self.operator.base, policy, NOON)

    def enlist(self, name: str, at: str = "", key: keys.SigningKey | None = None) -> None:
        city = at or base(name)
        public = (key or KEYS.get(name) or keys.generate()).public(city)
        peer = Peer(base=city, name=name.title(), keys=(public,))
        day = date(2026, 11, 22)
        self.tell(enlisted(self.operator.base, peer, "BE", self.said.values(), day))

    def end(self, name: str) -> None:
        with suppress(NotListed):
            self.tell(ended(base(name), self.said.values(), date(2026, 11, 23)))

    def tell(self, membership: Membership) -> None:
        kind = Kind.UPDATE if membership.iri in self.said else Kind.CREATE
        self.said[membership.iri] = membership
        payload = to_payload(membership)
        self.operator.say(kind=kind, object=membership.iri, payload=payload)

    async def round(self) -> list[Listed]:
        """Read the registry and do what follows."""
        await self.node.reads(self.operator.peer, self.operator)
        return self.follow()

    def follow(self) -> list[Listed]:
        return introduce(
            self.node.journal, SETTINGS, self.operator.base, self.node.now, self.random
        )

    def peers(self) -> set[str]:
        return {each.base for each in known.peers(self.node.journal)} - {self.operator.base}

    def standing(self) -> dict[str, str]:
        return {each.base: each.status.value for each in listed(self.node.journal, SETTINGS)}

    def refuse(self, name: str) -> None:
        registries.refuse(self.node.journal, base(name), NOON)

    def accept(self, name: str) -> None:
        accept(self.node.journal, SETTINGS, base(name), NOON)

    def remove(self, name: str) -> None:
        known.remove_peer(self.node.journal, base(name), NOON)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    node = Node(tmp_path)
    with closing(node.journal):
        yield Network(node)


async def test_cities_of_a_network_that_is_accepted_are_followed_with_the_operators_keys(
    network: Network,
) -> None:
    network.join(Policy.ACCEPT)
    for name in "abc":
        network.enlist(name)

    taken = await network.round()

    assert [each.base for each in taken] == sorted(network.peers()) == [base(n) for n in "abc"]
    pinned = {each.base: each.keys for each in known.peers(network.node.journal)}
    assert pinned[base("a")] == (KEYS["a"].public(base("a")),)
    assert await network.round() == []


async def test_proposed_cities_are_not_followed_until_an_officer_takes_them(
    network: Network,
) -> None:
    network.join(Policy.PROPOSE)
    network.enlist("a")
    network.enlist("b")

    assert await network.round() == []
    network.accept("a")
    network.refuse("b")
    network.join(Policy.ACCEPT)

    assert await network.round() == []
    assert network.standing() == {base("a"): "peer", base("b"): "refused"}
    with pytest.raises(NotListed, match="is a peer already"):
        network.accept("a")


async def test_who_was_removed_does_not_come_back_until_an_officer_adds_it(
    network: Network,
) -> None:
    network.join(Policy.ACCEPT)
    network.enlist("a")
    await network.round()

    network.remove("a")
    network.end("a")
    network.enlist("a")
    again = await network.round()

    assert (again, network.peers()) == ([], set())
    network.accept("a")
    assert network.peers() == {base("a")}


async def test_first_rounds_with_fifty_new_cities_are_spread_out(network: Network) -> None:
    network.join(Policy.ACCEPT)
    wide = SETTINGS.model_copy(update={"cities_per_registry": 100})
    for number in range(50):
        network.enlist(f"c{number}")
    await network.node.reads(network.operator.peer, network.operator)

    taken = introduce(network.node.journal, wide, network.operator.base, NOON, network.random)

    due = {
        each.peer.base: datetime.fromisoformat(each.due)
        for each in known.standings(network.node.journal)
        if each.peer.base != network.operator.base
    }
    assert len(taken) == len(set(due.values())) == 50
    assert max(due.values()) - min(due.values()) > timedelta(seconds=200)
    assert all(NOON <= each <= NOON + timedelta(seconds=300) for each in due.values())
    asked = {each.base for each in followers.unasked(network.node.journal, NOON)}
    assert asked == {network.operator.base}  # those new ones are asked when their round is due


async def test_a_blocked_city_comes_back_by_no_registry(network: Network) -> None:
    network.join(Policy.ACCEPT)
    with network.node.journal.transaction() as db:
        trust.block(db, base("a"), "it published what it must not", NOON)
    network.enlist("a")
    network.enlist("inner", at=f"{base('a')}inner/")

    assert await network.round() == []
    assert network.peers() == set()
    assert set(network.standing().values()) == {"refused"}
    with pytest.raises(NotListed, match="blocked"):
        network.accept("a")


async def test_a_city_that_leaves_stays_a_peer_and_is_told(network: Network) -> None:
    network.join(Policy.ACCEPT)
    network.enlist("a")
    await network.round()
    network.end("a")
    await network.round()

    [view] = [
        each
        for each in JournalNetwork(
            journal=network.node.journal, me=TORINO, settings=SETTINGS
        ).peers()
        if each.base == base("a")
    ]

    assert view.vouched == "no longer vouched for by Network, which introduced it"


async def test_a_network_that_was_left_introduces_nobody(network: Network) -> None:
    network.join(Policy.ACCEPT)
    network.enlist("a")
    await network.round()
    registries.leave(network.node.journal, network.operator.base)
    network.enlist("b")

    assert await network.round() == []
    assert network.peers() == {base("a")}


# A registry that lies


async def test_a_flapping_city_is_taken_once(network: Network) -> None:
    network.join(Policy.ACCEPT)
    taken = []
    for _ in range(10):
        network.enlist("a")
        taken += await network.round()
        network.end("a")
        await network.round()

    assert [each.base for each in taken] == [base("a")]


async def test_a_stolen_registry_replaces_no_key_and_takes_no_peer_away(network: Network) -> None:
    mine = Peer(base=base("a"), name="A", keys=(KEYS["a"].public(base("a")),))
    network.node.knows(mine)
    network.join(Policy.ACCEPT)

    network.enlist("a", key=keys.generate())
    await network.round()
    network.end("a")
    await network.round()

    assert mine in known.peers(network.node.journal)


async def test_of_a_registry_with_too_many_cities_nobody_is_taken(network: Network) -> None:
    network.join(Policy.ACCEPT)
    for number in range(SETTINGS.cities_per_registry + 1):
        network.enlist(f"c{number}")

    assert await network.round() == []
    assert network.peers() == set()
    [view] = JournalNetwork(journal=network.node.journal, me=TORINO, settings=SETTINGS).registries()
    assert view.too_many


async def test_what_is_read_of_a_registry_has_an_end(network: Network) -> None:
    network.join(Policy.PROPOSE)
    for number in range(8):
        network.enlist(f"c{number}")
    await network.node.reads(network.operator.peer, network.operator)

    said, whole = registries.memberships(network.node.journal, network.operator.base, 7)
    every, all_ = registries.memberships(network.node.journal, network.operator.base, 8)

    assert (len(said), whole, len(every), all_) == (7, False, 8, True)


async def test_only_what_the_operator_signs_counts_whoever_relays_it(network: Network) -> None:
    network.join(Policy.ACCEPT)
    other = City("other")
    network.node.knows(other.relay)
    network.enlist("a")
    forged = replace(network.said[f"{network.operator.base}members/a.example"], city=base("f"))
    other.say(
        object=f"{other.base}members/f",
        payload=to_payload(replace(forged, iri=f"{other.base}members/f")),
    )
    other.relayed = [
        replace(network.operator.members[0], payload=to_payload(forged)),
    ]

    await network.node.reads(other.relay, other)
    first = network.follow()
    second = await network.round()

    assert first == []
    assert [each.base for each in second] == [base("a")]


async def test_a_city_read_as_an_unsigned_feed_is_left_as_it_is(network: Network) -> None:
    feed = Peer(base=base("a"), name="Feed", keys=(), follow=Follow.UNSIGNED)
    network.node.knows(feed)
    network.join(Policy.ACCEPT)
    network.enlist("a")

    assert await network.round() == []
    assert feed in known.peers(network.node.journal)


# Any order

STEPS = st.lists(st.sampled_from(["enlist", "end", "accept", "refuse", "remove"]), max_size=5)


@settings(max_examples=10, deadline=None)
@given(
    scripts=st.lists(STEPS, min_size=1, max_size=4),
    policy=st.sampled_from(list(Policy)),
    random=st.randoms(use_true_random=False),
)
def test_any_order_and_any_rounds_between_lead_to_the_same_cities(
    scripts: Sequence[Sequence[str]], policy: Policy, random: Random
) -> None:
    """What becomes of a city depends on its own story alone.

    Each step of a story is followed by a round; what else happens between, to others, and how
    many more rounds there are, changes nothing.
    """
    names = "abcd"[: len(scripts)]
    apart = [
        asyncio.run(_play([(name, step) for step in script], policy))
        for name, script in zip(names, scripts, strict=True)
    ]
    waiting = {name: list(script) for name, script in zip(names, scripts, strict=True)}
    mixed: list[tuple[str, str]] = []
    while any(waiting.values()):
        name = random.choice([each for each, left in waiting.items() if left])
        mixed.append((name, waiting[name].pop(0)))
        if random.random() < 0.3:
            mixed.append((name, "round"))

    together = asyncio.run(_play(mixed, policy))

    assert together[0] == set().union(*(peers for peers, _ in apart))
    assert together[1] == {base: how for _, standing in apart for base, how in standing.items()}


async def _play(
    steps: Sequence[tuple[str, str]], policy: Policy
) -> tuple[set[str], dict[str, str]]:
    with TemporaryDirectory() as folder:
        node = Node(Path(folder))
        with closing(node.journal):
            network = Network(node)
            network.join(policy)
            for name, step in steps:
                if step != "round":
                    with suppress(NotListed):
                        getattr(network, step)(name)
                await network.round()
            await network.round()
            return network.peers(), network.standing()
