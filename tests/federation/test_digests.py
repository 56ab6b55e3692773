"""Whatever happened to a journal, a round later it shows what the city shows.

Each kind of damage is done to the file of the journal itself, while nobody has it open.
"""

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.digests import Listed, LiveSet, Sum, bucket_of, mark, sum_of
from federation.limits import Limits
from federation.member import Kind
from federation.peers import Round
from nodes.journal import digests
from nodes.journal.inbox import accept
from tests.city import City
from tests.federation.node import Node

LIMITS = Limits(withdrawn_share=1.0)
Harm = Callable[[sqlite3.Connection, Random], None]


def town(records: int = 12) -> City:
    """A city that has published, changed and withdrawn; it ends with a withdrawal."""
    city = City("torino", page_size=5)
    for number in range(records):
        city.publish(f"p{number}")
    for number in range(0, records, 3):
        city.publish(f"p{number}", "Di nuovo", Kind.UPDATE)
    for number in range(1, records, 5):
        city.withdraw(f"p{number}")
    return city


def some(db: sqlite3.Connection, random: Random, query: str) -> list[Any]:
    found = [row[0] for row in db.execute(query).fetchall()]
    return random.sample(found, random.randint(1, max(1, len(found) // 2))) if found else []


def lose_records(db: sqlite3.Connection, random: Random) -> None:
    for record in some(db, random, "SELECT object FROM records"):
        db.execute("DELETE FROM records WHERE object = ?", (record,))


def lose_members(db: sqlite3.Connection, random: Random) -> None:
    for position in some(db, random, "SELECT position FROM members"):
        db.execute("DELETE FROM members WHERE position = ?", (position,))


def lose_members_with_their_records(db: sqlite3.Connection, random: Random) -> None:
    lose_members(db, random)
    db.execute("DELETE FROM records WHERE position NOT IN (SELECT position FROM members)")


def lose_the_middle(db: sqlite3.Connection, _: Random) -> None:
    db.execute("DELETE FROM members WHERE sequence BETWEEN 3 AND 17")
    db.execute("DELETE FROM records WHERE position NOT IN (SELECT position FROM members)")


def lose_the_end(db: sqlite3.Connection, random: Random) -> None:
    db.execute("DELETE FROM members WHERE sequence > ?", (random.randint(1, 12),))


def go_back(db: sqlite3.Connection, random: Random) -> None:
    """Let records be what an older copy of them said: withdrawn ones are back, changed ones old."""
    for record in some(db, random, "SELECT object FROM records"):
        db.execute(
            "UPDATE records SET (position, sequence, live) = "
            "(SELECT position, sequence, 1 FROM members WHERE object = ?1 ORDER BY sequence) "
            "WHERE object = ?1 AND EXISTS (SELECT 1 FROM members WHERE object = ?1)",
            (record,),
        )


def forget_withdrawals(db: sqlite3.Connection, random: Random) -> None:
    go_back(db, random)
    db.execute("DELETE FROM members WHERE kind = 'Delete' AND sequence < 18")


def swap_flags(db: sqlite3.Connection, random: Random) -> None:
    for record in some(db, random, "SELECT object FROM records"):
        db.execute("UPDATE records SET live = 1 - live WHERE object = ?", (record,))


def lose_sums(db: sqlite3.Connection, random: Random) -> None:
    for bucket in some(db, random, "SELECT bucket FROM digests"):
        db.execute("DELETE FROM digests WHERE bucket = ?", (bucket,))


HARMS: list[Harm] = [
    lose_records,
    lose_members,
    lose_members_with_their_records,
    lose_the_end,
    go_back,
    forget_withdrawals,
    swap_flags,
    lose_sums,
]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    found = Node(tmp_path)
    yield found
    found.journal.close()


def shown(node: Node, city: City) -> list[Listed]:
    buckets = range(256)
    return digests.listed(node.journal.db(), city.base, buckets)


def truth(city: City) -> list[Listed]:
    return sorted(city.listed(), key=lambda each: each.record)


def differing(node: Node, city: City) -> set[int]:
    ours, theirs = set(shown(node, city)), set(truth(city))
    return {bucket_of(each.record) for each in ours ^ theirs}


def asked(city: City) -> list[str]:
    return [each.url.path for each in city.requests]


def harmed(node: Node, harm: Harm, random: Random) -> Node:
    """Harm a journal that nobody has open, and start the node again."""
    folder = node.journal.path.parent
    node.journal.close()
    with closing(sqlite3.connect(folder / "journal.sqlite")) as db, db:
        harm(db, random)
    again = Node(folder)
    digests.recount(again.journal)
    return again


async def heals(harms: list[Harm], random: Random) -> None:
    city = town()
    with tempfile.TemporaryDirectory() as folder:
        node = Node(Path(folder))
        node.knows(city.peer)
        await node.reads(city.peer, city, limits=LIMITS)
        assert shown(node, city) == truth(city)
        for harm in harms:
            node = harmed(node, harm, random)
        apart = differing(node, city)
        city.requests.clear()

        done = await node.reads(city.peer, city, limits=LIMITS)

        assert done.failure is None
        assert done.differs is None
        assert shown(node, city) == truth(city)
        assert {entry.member.object for entry in node.journal.records()} == {
            each.record for each in truth(city)
        }
        buckets = [int(path.split("/")[-1]) for path in asked(city) if "/digest/" in path]
        assert set(buckets) <= apart
        assert len(set(buckets)) == len(buckets), "a bucket was asked for twice"
        assert not digests.recount(node.journal)
        city.requests.clear()
        rounds = [await node.reads(city.peer, city, limits=LIMITS) for _ in range(3)]
        assert (rounds[-1].requests, rounds[-1].repaired) == (1, 0), "it never ends"
        assert shown(node, city) == truth(city)
        node.journal.close()


@settings(
    max_examples=int(os.environ.get("CITYNODE_HARMS", "10")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(st.sampled_from(HARMS), min_size=1, max_size=3), st.integers(0, 9_999))
def test_a_harmed_journal_shows_the_same_after_one_round(harms: list[Harm], seed: int) -> None:
    asyncio.run(heals(harms, Random(seed)))


async def test_the_log_heals_too_where_live_records_were_lost(node: Node) -> None:
    city = town()
    node.knows(city.peer)
    await node.reads(city.peer, city, limits=LIMITS)
    node = harmed(node, lose_the_middle, Random(1))

    await node.reads(city.peer, city, limits=LIMITS)
    await node.reads(city.peer, city, limits=LIMITS)

    kept = node.journal.db().execute("SELECT iri FROM members WHERE position > 0")
    assert {row["iri"] for row in kept} == {member.iri for member in city.members}
    assert shown(node, city) == truth(city)
    node.journal.close()


async def test_an_old_backup_catches_up(tmp_path: Path, node: Node) -> None:
    city = town()
    node.knows(city.peer)
    await node.reads(city.peer, city)
    node.journal.close()
    kept = (tmp_path / "journal.sqlite").read_bytes()
    node = Node(tmp_path)
    city.publish("p20")
    city.withdraw("p2")
    await node.reads(city.peer, city, limits=LIMITS)
    node.journal.close()
    (tmp_path / "journal.sqlite").write_bytes(kept)
    for each in ("-wal", "-shm"):
        (tmp_path / f"journal.sqlite{each}").unlink(missing_ok=True)

    node = Node(tmp_path)
    digests.recount(node.journal)
    await node.reads(city.peer, city, limits=LIMITS)

    assert shown(node, city) == truth(city)
    node.journal.close()


async def test_when_both_show_the_same_nothing_more_is_asked(node: Node) -> None:
    city = town()
    node.knows(city.peer)
    await node.reads(city.peer, city)
    city.publish("p30")
    city.requests.clear()

    one = await node.reads(city.peer, city)
    none = await node.reads(city.peer, city)

    assert (one.new, one.requests, none.requests, one.differs) == (1, 1, 1, None)
    assert one.received_bytes < 20_000


async def test_a_refused_record_is_told_and_looked_into_once(node: Node) -> None:
    city = town()
    city.publish("povero", themes=(), source_pages=())
    node.knows(city.peer)

    first = await node.reads(city.peer, city)
    city.publish("p40")
    city.requests.clear()
    second = await node.reads(city.peer, city)
    third = await node.reads(city.peer, city)

    assert (first.refused, first.differs) == (1, "1 refused here")
    assert (second.differs, third.differs) == ("1 refused here", "1 refused here")
    assert asked(city) == ["/feed", "/feed"]


async def test_a_record_that_is_released_differs_no_more(node: Node) -> None:
    city = town()
    poor = city.publish("povero", themes=(), source_pages=())
    node.knows(city.peer)
    await node.reads(city.peer, city)
    with node.journal.transaction() as db:
        accept(db, poor.iri)

    done = await node.reads(city.peer, city)

    assert done.differs is None
    assert shown(node, city) == truth(city)


def without_withdrawals(city: City, node: Node) -> Node:
    """Lose all that was said of withdrawals, so that only the digest tells of them."""

    def lose(db: sqlite3.Connection, _: Random) -> None:
        db.execute(
            "UPDATE records SET (position, sequence, live) = (SELECT position, sequence, 1 "
            "FROM members WHERE object = records.object ORDER BY sequence) WHERE live = 0"
        )
        db.execute("DELETE FROM members WHERE kind = 'Delete'")

    del city
    return harmed(node, lose, Random(1))


async def test_too_many_withdrawals_by_the_digest_are_held_for_a_person(node: Node) -> None:
    city = town()
    for number in (5, 7, 8, 10):
        city.withdraw(f"p{number}")
    city.publish("p50")  # the feed does not end with a withdrawal
    node.knows(city.peer)
    limits = Limits(withdrawn_share=0.2)
    await node.reads(city.peer, city, limits=LIMITS)
    node = without_withdrawals(city, node)
    before = node.titles()

    done = await node.reads(city.peer, city, limits=limits)
    city.requests.clear()
    again = await node.reads(city.peer, city, limits=limits)

    assert (done.deleted, done.refused) == (0, 7)
    assert node.titles() == before
    assert done.differs == "7 withdrawn there, held here for a person" == again.differs
    assert len(node.reasons("held")) == 7
    assert not [path for path in asked(city) if "digest" in path]
    node.journal.close()


async def test_a_withdrawal_by_the_digest_is_never_relayed(node: Node) -> None:
    city = town()
    city.publish("p50")
    node.knows(city.peer)
    await node.reads(city.peer, city)
    node = without_withdrawals(city, node)
    size = node.journal.size()

    done = await node.reads(city.peer, city, limits=LIMITS)

    assert done.deleted == 3
    assert shown(node, city) == truth(city)
    assert node.journal.size() == size
    city.publish("p1", "Di nuovo qui")
    await node.reads(city.peer, city, limits=LIMITS)
    assert shown(node, city) == truth(city)
    node.journal.close()


def more(live: LiveSet) -> LiveSet:
    """Claim a record that does not exist, wherever it must stand to add up."""
    record = "https://torino.example/experiments/fantasma"
    ghost = Listed(record=record, member="https://torino.example/feed/3-00000000", digest="zQm")
    number, summed = bucket_of(record), mark(record, "zQm")
    buckets = dict(live.buckets)
    if buckets:
        buckets[number] = buckets.get(number, Sum()) + summed
    if live.iri.endswith(f"/digest/{number}"):
        listed = (*live.listed, ghost)
        return replace(live, listed=listed, sum=sum_of(listed))
    if "/digest/" in live.iri:
        return live
    return replace(live, sum=live.sum + summed, buckets=buckets)


def elsewhere(live: LiveSet) -> LiveSet:
    """List a record of another city."""
    if "/digest/" not in live.iri:
        return replace(live, sum=Sum(count=1, total="1" * 64))
    return live


def old(live: LiveSet) -> LiveSet:
    return live if live.iri.endswith("#live") else replace(live, size=live.size - 1)


def wrong_count(live: LiveSet) -> LiveSet:
    return replace(live, sum=replace(live.sum, count=live.sum.count + 5))


def empty(live: LiveSet) -> LiveSet:
    return replace(live, sum=Sum(), buckets={}, listed=())


LIES: dict[Callable[[LiveSet], LiveSet], str] = {
    more: "cannot be had as the digest says",
    elsewhere: "do not add up",
    old: "the digest names no record|moved on",
    wrong_count: "do not add up",
}


@pytest.mark.parametrize("lie", LIES, ids=lambda each: each.__name__)
async def test_a_digest_that_lies_costs_little_and_changes_nothing(
    node: Node, lie: Callable[[LiveSet], LiveSet]
) -> None:
    city = town()
    city.live_lies = lie
    city.publish("povero", themes=(), source_pages=())
    node.knows(city.peer)
    before = {each.record for each in truth(city)} - {f"{city.base}experiments/povero"}

    first = await node.reads(city.peer, city)
    city.requests.clear()
    rounds = [await node.reads(city.peer, city) for _ in range(5)]
    wanted = LIES[lie].split("|")

    assert first.failure is None
    assert any(words in (first.differs or "") for words in wanted)
    assert {each.record for each in shown(node, city)} == before
    assert [each.requests for each in rounds] == [1] * 5
    node.now += timedelta(hours=2)
    later = await node.reads(city.peer, city)
    assert later.requests <= 6


async def test_an_empty_digest_empties_no_catalogue(node: Node) -> None:
    city = town()
    node.knows(city.peer)
    await node.reads(city.peer, city)
    before = node.titles()
    city.live_lies = empty
    city.publish("p60")

    done = await node.reads(city.peer, city)

    assert node.titles() == sorted([*before, "p60"])
    assert done.deleted == 0
    assert "held here for a person" in (done.differs or "")


async def test_a_digest_that_nobody_signed_is_not_looked_at(node: Node) -> None:
    city = town()
    node.knows(city.peer)
    city.live_lies = lambda live: replace(live, actor="https://ghent.example/#node")

    done = await node.reads(city.peer, city)

    assert (done.failure, done.differs, done.repaired) == (None, None, 0)
    assert not [path for path in asked(city) if "digest" in path]


@pytest.mark.parametrize("answer", [404, 500, "endless", "elsewhere"])
async def test_a_digest_that_cannot_be_had_makes_no_round_fail(
    node: Node, answer: int | str
) -> None:
    city = town()
    node.knows(city.peer)
    await node.reads(city.peer, city)

    def spoilt(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if answer == "endless":
            return httpx.Response(200, stream=httpx.ByteStream(b"x" * 300_000))
        if answer == "elsewhere":
            return httpx.Response(302, headers={"Location": "https://ghent.example/"})
        return httpx.Response(int(answer))

    city.answers["feed/digest"] = spoilt
    node = harmed(node, lose_records, Random(3))
    done: Round = await node.reads(city.peer, city, limits=replace(LIMITS, wire_bytes=200_000))

    assert done.failure is None
    assert "feed/digest" in (done.differs or "")
    node.journal.close()


async def test_when_too_many_are_missing_the_feed_is_read_again(node: Node) -> None:
    city = town()
    node.knows(city.peer)
    await node.reads(city.peer, city)
    node = harmed(node, lose_the_middle, Random(5))
    few = replace(LIMITS, repaired_members=1)

    done = await node.reads(city.peer, city, limits=few)
    for _ in range(3):
        await node.reads(city.peer, city, limits=few)

    assert "its feed is read again from the start" in (done.differs or "")
    assert shown(node, city) == truth(city)
    node.journal.close()


async def test_a_second_history_is_not_let_in_by_the_digest(node: Node) -> None:
    city = City("torino")
    city.publish("uno")
    city.publish("due")
    node.knows(city.peer)
    await node.reads(city.peer, city)
    city.members.pop()
    city.publish("altro")
    city.publish("ancora")

    done = await node.reads(city.peer, city)

    assert node.titles() == ["due", "uno"]
    assert "its history is not the one known here" in (done.differs or "")
