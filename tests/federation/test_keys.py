"""A city may change its key, and nobody else may; what a thief signs with an old one is nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from federation import keys, succession
from federation.dids import did_document, read_did_document
from federation.errors import BadKey
from federation.keys import PublicKey, SigningKey
from federation.member import Kind, Member
from federation.peers import Follow, Peer
from nodes.journal import known, trust
from tests.city import City, experiment
from tests.federation.node import ME, Node
from vocab.triples import to_payload


def torino() -> City:
    city = City("torino")
    city.publish("navetta")
    city.publish("lampioni")
    return city


async def followed(tmp_path: Path) -> tuple[City, Node, Peer]:
    """Give a city, a node that has read it, and as whom the node met it."""
    city, node = torino(), Node(tmp_path)
    first = city.peer
    node.knows(first)
    await node.reads(first, city)
    return city, node, first


def pinned(node: Node, city: City) -> tuple[PublicKey, ...]:
    return known.pinned_keys(known.peers(node.journal))[city.base]


def notices(node: Node, city: City) -> dict[str, str]:
    found = trust.notices(node.journal.db()).get(city.base, [])
    return {each.kind.value: each.told for each in found}


def folder(above: Path, name: str) -> Path:
    (above / name).mkdir()
    return above / name


def words(key: SigningKey) -> str:
    return keys.fingerprint(key.multibase)


async def test_a_follower_learns_the_new_key_from_the_feed_and_reads_on(tmp_path: Path) -> None:
    city, node, first = await followed(tmp_path)
    before = city.key

    city.rotate()
    city.publish("orti")
    done = await node.reads(first, city)
    city.publish("piste")
    again = await node.reads(first, city)

    assert (done.failure, done.refused, again.failure) == (None, 0, None)
    assert node.titles() == ["lampioni", "navetta", "orti", "piste"]
    assert [key.multibase for key in pinned(node, city)] == [city.key.multibase, before.multibase]
    assert [(key.first, key.last) for key in pinned(node, city)] == [(4, None), (1, 3)]
    assert again.requests == 1


async def test_a_follower_that_was_away_during_two_changes_catches_up(tmp_path: Path) -> None:
    city, node = torino(), Node(tmp_path)
    city.page_size = 5
    first = city.peer
    node.knows(first)
    await node.reads(first, city)

    for turn in range(2):
        city.rotate()
        for number in range(9):
            city.publish(f"prova-{turn}-{number}")
    done = await node.reads(first, city)

    assert (done.failure, done.refused) == (None, 0)
    assert len(node.titles()) == 20
    assert len(pinned(node, city)) == 3


async def test_the_new_key_is_learnt_through_a_relay_by_who_never_asks_the_city(
    tmp_path: Path,
) -> None:
    city, hub, node = torino(), City("hub"), Node(tmp_path)
    node.knows(replace(city.peer, follow=Follow.NOTHING), hub.relay)

    city.rotate()
    city.publish("orti")
    hub.relayed = list(city.members)
    done = await node.reads(hub.relay, hub)

    assert (done.failure, done.refused) == (None, 0)
    assert node.titles() == ["lampioni", "navetta", "orti"]
    assert pinned(node, city)[0].multibase == city.key.multibase


@pytest.mark.parametrize("page", [5, 250])
async def test_a_newcomer_who_was_told_only_the_present_key_believes_the_whole_history(
    tmp_path: Path, page: int
) -> None:
    city, hub, node = torino(), City("hub"), Node(tmp_path)
    hub.page_size = page
    for number in range(8):
        city.publish(f"prova-{number}")
    city.rotate()
    city.publish("orti")
    city.rotate()
    city.publish("piste")
    hub.relayed = list(city.members)
    node.knows(replace(city.peer, follow=Follow.NOTHING), hub.relay)

    done = await node.reads(hub.relay, hub)

    assert done.failure is None
    assert len(node.titles()) == 12
    assert node.reasons() == []
    assert [key.first for key in pinned(node, city)] == [14, 12, 1]


async def test_a_newcomer_who_pins_what_the_did_document_says_reads_it_all_at_once(
    tmp_path: Path,
) -> None:
    city, node = torino(), Node(tmp_path)
    city.rotate()
    city.publish("orti")
    document = did_document(city.base, city.ring, city.key)
    peer = Peer(base=city.base, name="Torino", keys=read_did_document(document, city.base))
    node.knows(peer)

    done = await node.reads(peer, city)

    assert (done.failure, done.refused, done.requests) == (None, 0, 1)
    assert node.titles() == ["lampioni", "navetta", "orti"]


def test_a_did_document_whose_history_the_present_key_does_not_vouch_for_names_that_key_alone() -> (
    None
):
    city, thief = torino(), keys.generate()
    city.rotate()
    said = did_document(city.base, city.ring, city.key)
    forged = did_document(city.base, (city.ring[0], thief.public(city.base)), thief)

    assert read_did_document(said, city.base) == city.ring
    assert read_did_document({**said, "cn:vouched": forged["cn:vouched"]}, city.base) == (
        city.public,
    )
    mixed = {**said, "verificationMethod": [*said["verificationMethod"], forged]}
    assert read_did_document(mixed, city.base)[0].multibase == city.key.multibase
    with pytest.raises(BadKey):
        read_did_document({**said, "assertionMethod": []}, city.base)


async def test_what_the_old_key_signs_after_it_was_retired_is_refused(tmp_path: Path) -> None:
    city, node = torino(), Node(tmp_path)
    first, old = city.peer, city.key
    node.knows(first)
    city.rotate()
    stolen = signed_by(city, old, "rubato")
    city.members.append(stolen)
    done = await node.reads(first, city)

    assert "rubato" not in node.titles()
    assert done.refused == 1
    assert any("was retired by https://torino.example/ with member 3" in r for r in node.reasons())


def signed_by(city: City, key: SigningKey, slug: str, **more: object) -> Member:
    """A member that would come next, signed with another key."""
    right, city.key = city.key, key
    record = experiment(city.base, slug)
    try:
        return city.sign(object=record.iri, payload=to_payload(record), **more)
    finally:
        city.key = right


async def test_a_thief_with_the_old_key_cannot_change_the_key_again(tmp_path: Path) -> None:
    city, node, first = await followed(tmp_path)
    old, thief = city.key, keys.generate()
    city.rotate()
    await node.reads(first, city)

    theft = replace_history(city, old, city.members[:2])
    theft.rotate(thief)
    theft.publish("rubato")
    done = await node.reads(first, theft)

    assert done.failure is not None
    assert node.titles() == ["lampioni", "navetta"]
    assert pinned(node, city)[0].multibase == city.key.multibase
    told = notices(node, city)["fork"]
    assert city.members[2].iri in told
    assert theft.members[2].iri in told


def replace_history(city: City, key: SigningKey, members: list[Member]) -> City:
    """Another history of a city, as whoever has one of its keys can tell it."""
    return City(city.id, key=key, members=list(members), clock=city.clock)


@pytest.mark.parametrize("vouches", [True, False])
async def test_nobody_is_made_the_key_of_a_city_by_its_own_word(
    tmp_path: Path, vouches: bool
) -> None:
    city, node = torino(), Node(tmp_path)
    first, new = city.peer, keys.generate()
    node.knows(first)
    ring = succession.rotated((city.public,), new.public(city.base), 3, "2026-11-22T08:00:00Z")
    if vouches:  # signed by the new key, which nothing announced
        city.key = new
        city.say_keys(ring, new)
    else:  # announced, but the new key does not know of it
        city.say_keys(ring, city.key)
        city.key = new
    city.publish("orti")
    done = await node.reads(first, city)

    assert done.failure is not None
    assert "key changed without notice" in done.failure
    assert words(new) in done.failure
    assert words_of(first) in done.failure
    assert node.titles() == ["lampioni", "navetta"]
    assert pinned(node, city) == first.keys
    assert notices(node, city)["key"] == done.failure


def words_of(peer: Peer) -> str:
    return keys.fingerprint(peer.keys[0].multibase)


SPOILT = {
    "leaves out the key": lambda ring: ring[:1],
    "not the next one": lambda ring: (replace(ring[0], first=9), *ring[1:]),
    "otherwise until when": lambda ring: (ring[0], replace(ring[1], last=2)),
    "otherwise since when": lambda ring: (ring[0], replace(ring[1], first=2)),
    "twice of did:web:": lambda ring: (*ring, replace(ring[1], first=2)),
    "that speaks now is revoked": lambda ring: (replace(ring[0], revoked_from=4), *ring[1:]),
    "is no key of": lambda ring: (replace(ring[0], method=f"did:web:ghent.example#{0}"), *ring[1:]),
}


@pytest.mark.parametrize("reason", SPOILT)
async def test_an_announcement_that_does_not_follow_from_what_is_known_changes_nothing(
    tmp_path: Path, reason: str
) -> None:
    city, node = torino(), Node(tmp_path)
    first, new = city.peer, keys.generate()
    node.knows(first)
    ring = succession.rotated((city.public,), new.public(city.base), 3, "2026-11-22T08:00:00Z")
    city.say_keys(SPOILT[reason](ring), new)
    city.publish("orti")

    done = await node.reads(first, city)

    assert (done.failure, done.refused) == (None, 1)
    assert reason in node.reasons()[0]
    assert node.titles() == ["lampioni", "navetta", "orti"]
    assert pinned(node, city) == first.keys


async def test_what_was_taken_back_with_a_stolen_key_vanishes_and_the_word_before_it_returns(
    tmp_path: Path,
) -> None:
    city, node, late = torino(), Node(tmp_path), Node(folder(tmp_path, "late"))
    first, old = city.peer, city.key
    node.knows(first)
    city.publish("navetta", "Rubata", kind=Kind.UPDATE)
    city.withdraw("lampioni")
    city.publish("rubato")
    city.rotate()
    await node.reads(first, city)
    before = node.titles()
    city.revoke(old.multibase, 3)
    city.publish("orti")
    done = await node.reads(first, city)
    late.knows(replace(first, keys=city.ring))
    await late.reads(first, city)

    assert before == ["navetta", "rubato"]
    assert done.failure is None
    for each in (node, late):
        assert each.titles() == ["lampioni", "navetta", "orti"]
        entry = each.journal.record(f"{city.base}experiments/navetta")
        assert entry is not None
        assert entry.member.sequence == 1
        assert sum("revoked its key from member 3 on" in each for each in each.reasons()) == 3
    revoked = pinned(node, city)[1].revoked_from
    assert revoked == 3


async def test_a_revocation_is_never_taken_back_but_can_reach_further(tmp_path: Path) -> None:
    city, node = torino(), Node(tmp_path)
    first, old = city.peer, city.key
    node.knows(first)
    city.publish("rubato")
    city.rotate()
    clean = city.ring
    city.revoke(old.multibase, 3)
    city.say_keys(clean, city.key)  # as if it had never been
    await node.reads(first, city)
    gone = node.titles()
    city.revoke(old.multibase, 2)
    await node.reads(first, city)

    assert gone == ["lampioni", "navetta"]
    assert node.titles() == ["navetta"]
    assert pinned(node, city)[1].revoked_from == 2
    with pytest.raises(BadKey, match="revoked from member 2 on already"):
        city.revoke(old.multibase, 2)
    with pytest.raises(BadKey, match="still speaks"):
        city.revoke(city.key.multibase, 7)


async def test_keys_are_no_record_and_our_own_come_home_unharmed(tmp_path: Path) -> None:
    city, node = torino(), Node(tmp_path)
    node.knows(city.peer)
    city.rotate()
    await node.reads(city.peer, city)

    assert node.journal.record(f"{city.base}#node") is None
    assert ME not in known.pinned_keys(known.peers(node.journal))
    assert node.states() == {1: "accepted", 2: "accepted", 3: "accepted"}
