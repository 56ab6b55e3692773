"""What only a person can decide about a city, and what is told so that one can."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from federation import head, keys
from federation.member import Kind
from federation.page import nquads
from federation.peers import Follow
from nodes import trusting
from nodes.errors import OriginBlocked, UnknownPeer
from nodes.journal import known, rows
from tests.city import NOON, City, body
from tests.federation.node import Node
from tests.federation.test_keys import followed, notices, pinned, torino, words


def believe(node: Node, city: City) -> trusting.Proposal:
    shown = replace(city.peer, keys=city.ring or (city.public,))
    proposal = trusting.propose(node.journal, shown)
    trusting.believe(node.journal, proposal, NOON)
    return proposal


async def test_a_city_that_lost_its_key_is_held_until_a_person_compared_the_words(
    tmp_path: Path,
) -> None:
    city, node, first = await followed(tmp_path)
    old = city.key
    city.key = keys.generate()  # lost: it goes on with another one, by its own word
    city.ring = (
        replace(city.public, first=3),
        replace(first.keys[0], last=2, retired="2026-11-22T08:00:00Z"),
    )
    city.say_keys(city.ring, city.key)
    city.publish("orti")
    held = await node.reads(first, city)
    visible, told = node.titles(), notices(node, city)

    proposal = believe(node, city)
    done = await node.reads(replace(first, keys=pinned(node, city)), city)

    assert held.failure is not None
    assert visible == ["lampioni", "navetta"]
    assert words(old) in told["key"]
    assert words(city.key) in told["key"]
    assert f"citynode peer trust {city.base}" in told["key"]
    assert (proposal.start, proposal.aside) == (None, 0)
    assert (done.failure, done.refused) == (None, 0)
    assert node.titles() == ["lampioni", "navetta", "orti"]
    assert notices(node, city) == {}


async def test_a_city_that_began_anew_takes_the_place_of_what_it_was(tmp_path: Path) -> None:
    city, node = torino(), Node(tmp_path)
    node.knows(city.peer)
    await node.reads(city.peer, city)
    anew = City("torino")
    anew.publish("navetta", "Di nuovo")
    held = await node.reads(city.peer, anew)
    before = node.titles()

    proposal = believe(node, anew)
    between = node.titles()
    done = await node.reads(anew.peer, anew)

    assert held.failure is not None
    assert before == ["lampioni", "navetta"]
    assert (proposal.start, proposal.aside) == (1, 2)
    assert between == []
    assert (done.failure, done.new) == (None, 1)
    assert node.titles() == ["navetta"]
    assert node.journal.size() == 3  # what was said stays in the journal


async def test_a_revocation_that_would_empty_a_city_waits_for_a_person(tmp_path: Path) -> None:
    """Else whoever steals the present key takes a city's whole work out of every catalogue."""
    city, node, first = await followed(tmp_path)
    old = city.key
    node.now += timedelta(days=2)
    city.rotate()
    city.revoke(old.multibase, 1)
    rounds = [await node.reads(first, city)]
    told, held = notices(node, city), node.titles()

    city.rotate()  # every later word about keys repeats the revocation
    city.publish("orti")
    rounds += [await node.reads(first, city) for _ in range(2)]
    still, kept = notices(node, city), node.titles()
    believe(node, city)
    done = await node.reads(replace(first, keys=pinned(node, city)), city)

    assert [each.failure for each in rounds] == [None] * 3
    assert "from member 1 on, and with it 2 of 2 records" in told["revoked"]
    assert f"citynode peer trust {city.base}" in told["revoked"]
    assert held == ["lampioni", "navetta"]
    assert still["revoked"] == told["revoked"]
    assert kept == ["lampioni", "navetta", "orti"]
    assert done.failure is None
    assert node.titles() == ["orti"]
    assert notices(node, city) == {}
    assert node.reasons("held") == []


async def test_what_a_thief_added_and_changed_goes_at_once_however_much_it_is(
    tmp_path: Path,
) -> None:
    city, node, first = await followed(tmp_path)
    old = city.key
    node.now += timedelta(days=2)
    for slug in ("navetta", "lampioni", *(f"rubato-{number}" for number in range(9))):
        city.publish(slug, "Rubato")
    await node.reads(first, city)
    stolen = node.titles()

    city.rotate()
    city.revoke(old.multibase, 3)
    done = await node.reads(first, city)

    assert len(stolen) == 11
    assert done.failure is None
    assert node.titles() == ["lampioni", "navetta"]
    assert all(b"Rubato" not in entry.member.payload for entry in node.journal.records())
    assert notices(node, city) == {}


@pytest.mark.parametrize("steps", [(8, 6, 4, 2)])
async def test_revoking_a_little_at_a_time_is_noticed_too(
    tmp_path: Path, steps: Sequence[int]
) -> None:
    city, node = City("torino"), Node(tmp_path)
    for number in range(10):
        city.publish(f"prova-{number}")
    first, old = city.peer, city.key
    node.knows(first)
    await node.reads(first, city)
    node.now += timedelta(days=2)
    city.rotate()
    left = []
    for number in steps:
        city.revoke(old.multibase, number + 1)
        await node.reads(first, city)
        left.append(len(node.titles()))

    assert left == [8, 8, 8, 8]
    assert "9 of 8" not in notices(node, city)["revoked"]
    assert "6 of 8 records" in notices(node, city)["revoked"]


async def test_two_histories_are_told_with_a_member_of_each_and_settled_by_the_citys_word(
    tmp_path: Path,
) -> None:
    city, node = torino(), Node(tmp_path)
    first, old = city.peer, city.key
    node.knows(first)
    theft = City("torino", key=old, members=list(city.members), clock=city.clock)
    stolen = theft.publish("rubato")
    await node.reads(first, theft)
    right = city.publish("orti")
    city.rotate()
    noticed = await node.reads(first, city)
    told, before = notices(node, city), node.titles()

    city.revoke(old.multibase, 3)
    city.publish("orti", kind=Kind.UPDATE)
    believe(node, city)
    done = await node.reads(replace(first, keys=pinned(node, city)), city)

    assert noticed.failure is not None
    assert stolen.iri in told["fork"]
    assert right.iri in told["fork"]
    assert "two histories" in told["fork"]
    assert before == ["lampioni", "navetta", "rubato"]
    assert done.failure is None
    assert node.titles() == ["lampioni", "navetta", "orti"]
    assert notices(node, city) == {}
    again = await node.reads(first, theft)
    assert again.failure is not None
    assert "rubato" not in node.titles()


async def test_a_member_that_was_set_aside_and_is_true_after_all_takes_its_old_place(
    tmp_path: Path,
) -> None:
    city, hub, node = torino(), City("hub"), Node(tmp_path)
    first, old = city.peer, city.key
    node.knows(first)
    await node.reads(first, city)
    city.rotate()
    city.revoke(old.multibase, 2)
    proposal = believe(node, city)
    done = await node.reads(replace(first, keys=pinned(node, city)), city)
    hub.relayed = list(city.members)

    assert (proposal.start, proposal.aside) == (2, 1)
    assert done.failure is None
    assert node.titles() == ["navetta"]
    assert node.states() == {1: "accepted", 2: "refused", 3: "accepted", 4: "accepted"}
    assert node.journal.size() == 4


async def test_a_fork_right_after_what_is_known_is_told_as_two_histories(tmp_path: Path) -> None:
    city, node = torino(), Node(tmp_path)
    node.knows(city.peer)
    await node.reads(city.peer, city)
    other = City("torino", key=city.key, members=[city.members[0]], clock=city.clock)
    other.publish("altro")
    other.publish("ancora")

    done = await node.reads(city.peer, other)

    assert done.refused >= 1
    told = notices(node, city)["fork"]
    assert city.members[1].iri in told
    assert any(each.iri in told for each in other.members[1:])
    assert node.titles() == ["lampioni", "navetta"]


async def test_a_feed_that_is_held_back_is_noticed_by_what_others_carry(tmp_path: Path) -> None:
    city, hub, node = torino(), City("hub"), Node(tmp_path)
    frozen = City("torino", key=city.key, members=list(city.members), clock=city.clock)
    node.knows(city.peer, hub.relay)
    await node.reads(city.peer, city)
    city.publish("orti")
    hub.relayed = list(city.members)
    await node.reads(hub.relay, hub)

    still = await node.reads(city.peer, frozen)
    told = notices(node, city)
    node.now = NOON
    thawed = await node.reads(city.peer, city)

    assert (still.failure, thawed.failure) == (None, None)
    assert "ends with member 2" in told["behind"]
    assert "up to 3" in told["behind"]
    assert notices(node, city) == {}


async def test_a_feed_that_went_back_or_ends_otherwise_is_told_on_the_page_until_it_is_mended(
    tmp_path: Path,
) -> None:
    city, node = torino(), Node(tmp_path)
    node.knows(city.peer)
    await node.reads(city.peer, city)
    short = City("torino", key=city.key, members=city.members[:1], clock=city.clock)
    await node.reads(city.peer, short)
    back = notices(node, city)["back"]
    await node.reads(city.peer, city)

    assert "went back: it had 2 members, now 1" in back
    assert notices(node, city) == {}


async def test_a_head_that_claims_what_nobody_can_find_is_told_and_stops_nothing_later(
    tmp_path: Path,
) -> None:
    city, node = torino(), Node(tmp_path)
    node.knows(city.peer)
    await node.reads(city.peer, city)

    def claim(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        del request, response
        root = city.page("feed")
        assert root is not None
        assert root.head is not None
        ahead = replace(root.head, count=10**6)
        method = city.public.method
        return body(nquads(replace(root, head=head.signed(ahead, city.key, method=method))))

    city.answers["feed"] = claim
    ahead = [await node.reads(city.peer, city) for _ in range(2)]
    del city.answers["feed"]
    city.publish("orti")
    after = await node.reads(city.peer, city)

    assert all("counts 1000000 members, but only 2" in (each.failure or "") for each in ahead)
    assert after.failure is None
    assert node.titles() == ["lampioni", "navetta", "orti"]


async def test_a_history_of_the_same_length_is_told_with_both_of_its_ends(tmp_path: Path) -> None:
    city, node = torino(), Node(tmp_path)
    node.knows(city.peer)
    await node.reads(city.peer, city)
    other = City("torino", key=city.key, members=[city.members[0]], clock=city.clock)
    other.publish("altro")

    done = await node.reads(city.peer, other)

    assert "ends with another member" in (done.failure or "")
    told = notices(node, city)["fork"]
    assert city.members[1].iri in told
    assert other.members[1].iri in told


async def test_a_blocked_city_stays_away_on_every_path_and_comes_back_whole(
    tmp_path: Path,
) -> None:
    city, hub, ghent, node = torino(), City("hub"), City("ghent"), Node(tmp_path)
    ghent.publish("straat")
    node.knows(city.peer, ghent.peer, hub.relay)
    await node.reads(city.peer, city)
    await node.reads(ghent.peer, ghent)

    gone = trusting.block(node.journal, "https://TORINO.example", "spam", NOON)
    city.publish("orti")
    hub.relayed = [*city.members, *ghent.members]
    by_relay = await node.reads(hub.relay, hub)
    blocked = node.titles()
    due = [each.peer.base for each in known.due_peers(node.journal, NOON)]
    with pytest.raises(OriginBlocked):
        node.knows(city.peer)
    with pytest.raises(OriginBlocked):
        node.knows(replace(city.peer, base=f"{city.base}sub/", follow=Follow.UNSIGNED, keys=()))
    kept = node.reasons()
    back = trusting.unblock(node.journal, city.base, NOON)
    at_once = node.titles()
    await node.reads(hub.relay, hub)

    assert gone == 2
    assert (by_relay.failure, by_relay.refused) == (None, 3)
    assert blocked == ["straat"]
    assert city.base not in due
    assert kept == []
    assert back == 2
    assert at_once == ["lampioni", "navetta", "straat"]
    assert node.titles() == ["lampioni", "navetta", "orti", "straat"]
    with pytest.raises(UnknownPeer):
        trusting.unblock(node.journal, city.base, NOON)


async def test_what_was_taken_in_while_a_city_was_being_blocked_is_not_shown(
    tmp_path: Path,
) -> None:
    city, node = torino(), Node(tmp_path)
    node.knows(city.peer)
    trusting.block(node.journal, city.base, "", NOON)
    with node.journal.transaction() as db:
        for entry in node.journal.append(
            db, [(each, "accepted") for each in city.members], via=city.base, now=NOON
        ):
            rows.speak(db, entry)

    assert node.titles() == []
    assert trusting.unblock(node.journal, city.base, NOON) == 2
    assert node.titles() == ["lampioni", "navetta"]
