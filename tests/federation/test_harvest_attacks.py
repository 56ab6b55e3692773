"""Peers that lie, forget, flood and hurry: no good member is lost to them or counted twice."""

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from federation.limits import Limits
from federation.member import Kind, Member, name
from federation.page import nquads
from federation.peers import Follow
from nodes.errors import NotReleasable
from nodes.journal import known
from nodes.journal.inbox import accept
from tests.city import City, body
from tests.federation.node import Node
from vocab.terms import TREE


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path)
    yield node
    node.journal.close()


def town(count: int, called: str = "torino") -> City:
    city = City(called)
    for number in range(1, count + 1):
        city.publish(f"p{number}")
    return city


# What blocks what


async def test_two_holes_side_by_side_are_filled_by_the_true_members(node: Node) -> None:
    torino, ghent = town(4), City("ghent")
    forged = [replace(each, payload=torino.members[0].payload) for each in torino.members[1:3]]
    ghent.relayed = [torino.members[0], *forged, torino.members[3]]
    node.knows(ghent.relay, torino.peer)
    await node.reads(ghent.relay, ghent)

    done = await node.reads(torino.peer, torino)

    assert done.failure is None
    assert node.titles() == ["p1", "p2", "p3", "p4"]
    assert node.reasons("waits") == []


@pytest.mark.parametrize(
    "address",
    [
        "https://ghent.example/experiments/due",
        "https://torino.example.evil.example/experiments/due",
        "https://TORINO.example/experiments/due",
        "https://torino.example:443/experiments/due",
        "https://torino.example/b/experiments/due",
        "https://torino.example/experiments/../b/due",
        "https://torino.example/experiments/..",
        "https://torino.example/experiments/due?x",
        "https://torino.example/experiments/due/tre",
        "https://torino.example/experiments/",
    ],
)
async def test_a_city_that_speaks_out_of_turn_blocks_nothing_and_is_relayed(
    node: Node, tmp_path: Path, address: str
) -> None:
    torino, ghent = town(1), City("ghent")
    torino.say(object=address, kind=Kind.DELETE)
    torino.publish("tre")
    node.knows(torino.peer)
    (tmp_path / "other").mkdir()
    follower = Node(tmp_path / "other")
    follower.knows(ghent.relay)
    follower.knows_key_of(torino)

    done = await node.reads(torino.peer, torino)
    ghent.relayed = [each.member for each in node.journal.stream(0, 10, relayed=True)]
    relayed = await follower.reads(ghent.relay, ghent)

    assert (done.new, done.refused, node.titles()) == (2, 1, ["p1", "tre"])
    assert (relayed.new, relayed.refused, follower.titles()) == (2, 1, ["p1", "tre"])
    with pytest.raises(NotReleasable), node.journal.transaction() as db:
        accept(db, torino.members[1].iri)
    follower.journal.close()


async def test_a_base_inside_another_base_has_its_own_records(node: Node) -> None:
    outer, inner = City("torino"), City("torino")
    base = "https://torino.example/b/"
    inner.members = [
        inner.resign(replace(each, iri=name(base, 1, each)))
        for each in [
            Member(
                iri="",
                sequence=1,
                kind=Kind.CREATE,
                object=f"{base}experiments/uno",
                actor=f"{base}#node",
                published="2026-11-22T08:00:00.000000Z",
                payload=outer.publish("uno").payload.replace(b"example/exp", b"example/b/exp"),
            )
        ]
    ]
    stolen = outer.say(object=f"{base}experiments/uno", kind=Kind.DELETE)
    node.knows(outer.peer)

    done = await node.reads(outer.peer, outer)

    assert done.refused == 1
    assert node.journal.record(stolen.object) is None


async def test_a_member_too_large_to_be_read_blocks_nothing(node: Node) -> None:
    torino = town(1)
    torino.publish("grande", description={"it": "a" * 120_000})
    torino.publish("tre")
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino)

    assert (done.new, done.refused, done.failure) == (2, 1, None)
    assert "takes more than 120000 bytes" in node.reasons()[0]


async def test_what_is_dated_in_the_future_comes_in_when_its_time_has_come(node: Node) -> None:
    torino = town(1)
    torino.clock += timedelta(days=1)
    torino.publish("domani")
    torino.publish("poi")
    node.knows(torino.peer)
    early = await node.reads(torino.peer, torino)
    again = await node.reads(torino.peer, torino)
    node.now += timedelta(days=2)

    late = await node.reads(torino.peer, torino)

    assert (early.new, early.refused) == (1, 2)
    assert again.seen == 0
    assert (late.new, late.refused, node.reasons()) == (2, 0, [])


# What the officer sees


async def test_a_refused_record_stays_on_the_list_when_it_is_seen_again(node: Node) -> None:
    torino, ghent = town(1), City("ghent")
    torino.publish("povera", themes=(), source_pages=())
    for number in range(20):
        torino.publish(f"altra-{number}")
    ghent.relayed = list(torino.members)
    node.knows(torino.peer, ghent.relay)
    await node.reads(torino.peer, torino)

    await node.reads(ghent.relay, ghent)

    [refusal] = known.refusals(node.journal)
    assert refusal.iri == torino.members[1].iri


async def test_held_withdrawals_stay_on_the_list_when_they_are_seen_again(node: Node) -> None:
    torino = town(10)
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    for number in range(1, 6):
        torino.withdraw(f"p{number}")
    await node.reads(torino.peer, torino)
    torino.publish("nuova")

    await node.reads(torino.peer, torino)
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)

    assert len(node.reasons("held")) == 5


async def test_a_forged_copy_never_takes_the_place_of_what_is_held_or_waits(node: Node) -> None:
    torino, ghent = town(3), City("ghent")
    ghent.relayed = [torino.members[0], torino.members[2]]
    node.knows(ghent.relay)
    node.knows_key_of(torino)
    await node.reads(ghent.relay, ghent)
    ghent.relayed = [
        torino.members[0],
        torino.members[2],
        replace(torino.members[2], payload=torino.members[1].payload),
    ]
    await node.reads(ghent.relay, ghent)
    assert len(node.reasons("waits")) == 1
    ghent.relayed.append(torino.members[1])

    await node.reads(ghent.relay, ghent)

    assert node.titles() == ["p1", "p2", "p3"]


async def test_rubbish_pushes_out_rubbish_first(tmp_path: Path) -> None:
    node = Node(tmp_path, quarantine=5)
    torino, ghent, nobody = town(3), City("ghent"), town(30, "nobody")
    ghent.relayed = [torino.members[0], torino.members[2], *nobody.members]
    node.knows(ghent.relay)
    node.knows_key_of(torino)
    await node.reads(ghent.relay, ghent)
    assert len(node.reasons()) == 5
    ghent.relayed.append(torino.members[1])

    await node.reads(ghent.relay, ghent)

    assert node.titles() == ["p1", "p2", "p3"]
    node.journal.close()


async def test_good_members_for_which_there_was_no_room_are_read_again(tmp_path: Path) -> None:
    node = Node(tmp_path, quarantine=5)
    torino, ghent = town(30), City("ghent")
    ghent.relayed = [torino.members[0], *torino.members[2:]]
    node.knows(ghent.relay)
    node.knows_key_of(torino)
    await node.reads(ghent.relay, ghent)
    ghent.relayed.append(torino.members[1])

    for _ in range(2):
        await node.reads(ghent.relay, ghent)

    assert len(node.titles()) == 30
    assert node.reasons() == []
    node.journal.close()


async def test_quarantine_keeps_only_so_many_bytes(tmp_path: Path) -> None:
    node = Node(tmp_path, quarantine_bytes=20_000)
    ghent, nobody = City("ghent"), town(60, "nobody")
    ghent.relayed = list(nobody.members)
    node.knows(ghent.relay)

    await node.reads(ghent.relay, ghent)

    [kept] = node.journal.db().execute("SELECT sum(length(checked)) FROM quarantine").fetchone()
    assert 10_000 < kept <= 20_000
    node.journal.close()


# Withdrawals


async def test_changing_records_before_withdrawing_them_does_not_help(node: Node) -> None:
    torino = town(10)
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    for number in range(1, 9):
        torino.publish(f"p{number}", "Cambiata", Kind.UPDATE)
        torino.withdraw(f"p{number}")

    done = await node.reads(torino.peer, torino)

    assert (done.changed, done.deleted, done.refused) == (8, 0, 8)
    assert len(node.titles()) == 10


async def test_publishing_rubbish_before_withdrawing_does_not_help(node: Node) -> None:
    torino = town(10)
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    for number in range(30):
        torino.publish(f"pieno-{number}")
    for number in range(1, 6):
        torino.withdraw(f"p{number}")

    done = await node.reads(torino.peer, torino)

    assert (done.deleted, done.refused) == (0, 5)


async def test_whoever_was_away_for_long_still_hears_of_a_few_withdrawals(node: Node) -> None:
    torino = town(14)
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    for number in range(200):
        torino.publish(f"poi-{number}")
        if number % 16 == 0:
            torino.withdraw(f"poi-{number // 2}" if number else "p1")
    torino.withdraw("p2")

    done = await node.reads(torino.peer, torino)

    assert (done.deleted, done.refused) == (14, 0)
    assert node.reasons() == []
    assert len(node.titles()) == 200


async def test_a_catalogue_is_not_withdrawn_in_slices(node: Node) -> None:
    torino = town(40)
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    deleted = 0
    for number in range(1, 31, 2):
        torino.withdraw(f"p{number}")
        torino.withdraw(f"p{number + 1}")
        node.now += timedelta(minutes=1)
        deleted += (await node.reads(torino.peer, torino)).deleted

    assert deleted == 8
    assert len(node.titles()) == 32
    assert "in a day" in node.reasons("held")[0]


async def test_what_is_withdrawn_and_published_again_is_no_mass_withdrawal(node: Node) -> None:
    torino = town(10)
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    for number in range(1, 11):
        torino.withdraw(f"p{number}")
        torino.publish(f"p{number}", "Di nuovo")

    done = await node.reads(torino.peer, torino)

    assert (done.new, done.deleted, done.refused) == (10, 10, 0)
    assert len(node.titles()) == 10


async def test_withdrawals_left_by_a_peer_that_was_removed_are_decided(node: Node) -> None:
    torino, ghent = town(10), City("ghent")
    node.knows(torino.peer, ghent.relay)
    await node.reads(torino.peer, torino)
    gone = torino.withdraw("p1")
    torino.publish("nuova")
    ghent.relayed = list(torino.members)
    await node.reads(ghent.relay, ghent)
    with node.journal.transaction() as db:  # as when the power failed before the round's end
        db.execute("UPDATE members SET state = 'deferred' WHERE iri = ?", (gone.iri,))
        db.execute("UPDATE records SET live = 1, sequence = 1 WHERE object = ?", (gone.object,))
    known.remove_peer(node.journal, ghent.base, node.now)

    await node.reads(torino.peer, torino)

    assert "p1" not in node.titles()


# Feeds that leave something out


async def test_an_open_page_that_a_cache_kept_too_long_loses_nothing(node: Node) -> None:
    torino = town(30)
    stale = torino.page("feed/pages/0")
    assert stale is not None
    for number in range(31, 101):
        torino.publish(f"p{number}")
    torino.answers["feed/pages/0"] = lambda _, __: body(nquads(stale))
    node.knows(torino.peer)

    short = await node.reads(torino.peer, torino)
    torino.answers.clear()
    whole = await node.reads(torino.peer, torino)

    assert "counts 100 members, but only 46 can be found" in (short.failure or "")
    assert whole.failure is None
    assert len(node.titles()) == 100


async def test_a_page_that_was_cut_short_in_the_middle_is_read_again(node: Node) -> None:
    torino = town(600)
    page = torino.page("feed/pages/1")
    assert page is not None
    cut = replace(page, entries=page.entries[:100])
    torino.answers["feed/pages/1"] = lambda _, __: body(nquads(cut))
    node.knows(torino.peer)
    for _ in range(2):
        done = await node.reads(torino.peer, torino)
        assert "can be found" in (done.failure or "")
    torino.answers.clear()

    for _ in range(2):
        done = await node.reads(torino.peer, torino)

    assert done.failure is None
    assert len(node.titles()) == 600


@pytest.mark.parametrize("status", [304, 410])
async def test_a_root_that_says_nothing_is_no_good_round(node: Node, status: int) -> None:
    torino = town(1)
    torino.answers["feed"] = lambda _, __: httpx.Response(status)
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino)

    assert f"status {status}" in (done.failure or "")


async def test_a_relay_that_was_restored_and_grew_again_loses_nothing(node: Node) -> None:
    torino, ghent, paris = town(100), City("ghent", page_size=25), town(60, "paris")
    ghent.relayed = [*torino.members[:40], *paris.members[:20]]
    node.knows(ghent.relay)
    node.knows_key_of(torino, paris)
    await node.reads(ghent.relay, ghent)
    ghent.relayed = [*torino.members[:20], *paris.members[:10]]
    back = await node.reads(ghent.relay, ghent)
    ghent.relayed = [*torino.members[:20], *paris.members, *torino.members[20:]]

    done = await node.reads(ghent.relay, ghent)

    assert "went back" in (back.failure or "")
    assert done.failure is None
    assert len(node.titles()) == 160


async def test_adding_a_peer_anew_heals_what_its_hint_promises(node: Node) -> None:
    torino = town(3)
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    torino.members = torino.members[:2]
    back = await node.reads(torino.peer, torino)

    node.knows(torino.peer)
    done = await node.reads(torino.peer, torino)

    assert "went back" in (back.failure or "")
    assert (done.failure, done.known) == (None, 2)


async def test_new_keys_bring_in_what_the_old_ones_could_not(node: Node) -> None:
    torino, ghent = town(3), City("ghent")
    ghent.relayed = list(torino.members)
    old = City("torino")
    node.knows(replace(old.peer, follow=Follow.NOTHING), ghent.relay)
    refused = await node.reads(ghent.relay, ghent)

    node.knows_key_of(torino)
    done = await node.reads(ghent.relay, ghent)

    assert (refused.new, refused.refused) == (0, 3)
    assert (done.new, node.reasons()) == (3, [])


@pytest.mark.parametrize("page", ["feed/all", "feed/all/pages/0"])
async def test_a_city_that_becomes_known_during_a_round_is_read_by_the_next(
    node: Node, page: str
) -> None:
    torino, ghent = town(40), City("ghent")
    ghent.relayed = list(torino.members)
    node.knows(ghent.relay)

    def meanwhile(_: httpx.Request, response: httpx.Response) -> httpx.Response:
        node.knows_key_of(torino)
        return response

    ghent.answers[page] = meanwhile
    first = await node.reads(ghent.relay, ghent)
    ghent.answers.clear()

    done = await node.reads(ghent.relay, ghent)

    assert first.new + done.new == 40


# Lies about order and number


@pytest.mark.parametrize("time", [None, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "x"])
async def test_lies_about_when_a_member_was_received_lose_nothing(
    node: Node, time: str | None
) -> None:
    torino, ghent = town(40), City("ghent")
    ghent.relayed = torino.members[:20]
    node.knows(ghent.relay)
    node.knows_key_of(torino)

    def lie(_: httpx.Request, response: httpx.Response) -> httpx.Response:
        page = ghent.page("feed/all")
        assert page is not None
        rows = nquads(page).splitlines(keepends=True)
        said = [
            row if '#received> "' not in row or time is None else _dated(row, time)
            for row in rows
            if time is not None or '#received> "' not in row
        ]
        return body("".join(said))

    ghent.answers["feed/all"] = lie
    await node.reads(ghent.relay, ghent)
    ghent.relayed = list(torino.members)
    await node.reads(ghent.relay, ghent)
    ghent.answers.clear()

    for _ in range(3):
        done = await node.reads(ghent.relay, ghent)

    assert done.failure is None
    assert len(node.titles()) == 40


def _dated(row: str, time: str) -> str:
    start = row.index('"') + 1
    return row[:start] + time + row[row.index('"', start) :]


async def test_endless_relations_are_left(node: Node) -> None:
    torino = town(1)
    feed = "https://torino.example/feed"
    links = "".join(
        f"<{feed}> <{TREE}relation> _:x{number} .\n_:x{number} <{TREE}node> <{feed}/{number}> .\n"
        for number in range(900)
    )
    page = torino.page("feed")
    assert page is not None
    root = replace(page, head=torino.head(page.stream, torino.entries(0, 1) * 5))
    text = nquads(root) + links
    torino.answers["*"] = lambda request, __: body(
        text if request.url.path == "/feed" else links.replace(feed, str(request.url))
    )
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino, limits=Limits(pages_per_round=2_000))

    assert "never ends" in (done.failure or "")
    assert done.requests < 20


async def test_two_rounds_at_once_count_each_member_once(node: Node) -> None:
    torino, ghent, paris = town(30), City("ghent"), City("paris")
    ghent.relayed = list(torino.members)
    paris.relayed = list(torino.members)
    node.knows(ghent.relay, paris.relay, torino.peer)

    rounds = await asyncio.gather(
        *(
            node.reads(peer, torino, ghent, paris)
            for peer in (ghent.relay, paris.relay, torino.peer)
        )
    )

    assert [done.failure for done in rounds] == [None, None, None]
    assert sum(done.new for done in rounds) == 30
    assert sum(done.refused for done in rounds) == 0
    assert len(node.titles()) == 30


async def test_two_histories_at_once_do_not_mix(node: Node) -> None:
    torino, ghent, paris = town(3), City("ghent"), City("paris")
    other = replace(torino, members=torino.members[:1])  # the clock goes on: all have good dates
    other.publish("altro")
    other.publish("ancora")
    ghent.relayed, paris.relayed = torino.members, other.members
    node.knows(ghent.relay, paris.relay)
    node.knows_key_of(torino)

    rounds = await asyncio.gather(node.reads(ghent.relay, ghent), node.reads(paris.relay, paris))

    assert sum(done.new for done in rounds) == 3
    assert sum(done.refused for done in rounds) == 2
    chain = [each.member for each in node.journal.stream(0, 10, relayed=True)]
    assert chain in (torino.members, other.members)


async def test_a_second_history_with_a_bad_date_takes_its_place_but_is_not_shown(
    node: Node,
) -> None:
    torino, ghent, paris = town(3), City("ghent"), City("paris")
    other = City("torino", key=torino.key, members=torino.members[:1])
    other.publish("altro")  # dated like the member before it
    other.publish("ancora")
    ghent.relayed, paris.relayed = torino.members, other.members
    node.knows(ghent.relay, paris.relay)
    node.knows_key_of(torino)

    quick = await node.reads(paris.relay, paris)
    late = await node.reads(ghent.relay, ghent)

    assert (quick.new, quick.refused) == (2, 1)
    assert (late.known, late.refused) == (1, 2)
    assert [each.member for each in node.journal.stream(0, 10, relayed=True)] == other.members
    assert node.titles() == ["ancora", "p1"]


@pytest.mark.parametrize("etag", ["é", '"' + "x" * 5_000 + '"', "naked", '"a" "b"', "*"])
async def test_odd_etags_are_not_sent_back(node: Node, etag: str) -> None:
    torino = town(1)

    page = torino.page("feed")
    assert page is not None
    text = nquads(page)

    def spoil(*_: object) -> httpx.Response:
        headers = [(b"Content-Type", b"application/n-quads"), (b"ETag", etag.encode())]
        return httpx.Response(200, headers=headers, stream=body(text).stream)

    torino.answers["feed"] = spoil
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)

    done = await node.reads(torino.peer, torino)

    assert done.failure is None
    assert "If-None-Match" not in torino.requests[-1].headers


async def test_a_copy_that_was_spoilt_on_the_way_is_looked_at_again(node: Node) -> None:
    torino = town(20)
    page = torino.page("feed")
    assert page is not None
    spoilt = nquads(page).replace('"p20"', '"p2O"')
    torino.answers["feed"] = lambda _, __: body(spoilt)
    node.knows(torino.peer)
    torino.answers["feed/pages/0"] = lambda _, __: body(
        nquads(page).replace('"p20"', '"p2O"').replace("/feed> ", "/feed/pages/0> ")
    )
    spoilt_round = await node.reads(torino.peer, torino)
    torino.answers.clear()

    done = await node.reads(torino.peer, torino)
    torino.requests.clear()
    quiet = await node.reads(torino.peer, torino)

    assert spoilt_round.refused > 0
    assert (done.failure, len(node.titles())) == (None, 20)
    assert (quiet.requests, quiet.seen) == (1, 0)


async def test_a_member_that_stays_unreadable_costs_one_more_reading_a_day(node: Node) -> None:
    torino = town(1)
    torino.publish("grande", description={"it": "a" * 120_000})
    torino.publish("tre")
    node.knows(torino.peer)
    requests = []
    for _ in range(6):
        requests.append((await node.reads(torino.peer, torino)).received_bytes > 0)
        node.now += timedelta(hours=8)

    assert requests == [True, True, False, False, True, False]


async def test_a_full_page_of_the_largest_members_can_be_read(node: Node) -> None:
    limits = Limits()
    torino = City("torino")
    for number in range(251):
        words = secrets.token_urlsafe(14_000)
        said = dict.fromkeys(("it", "en", "fr", "de", "es"), words) | {"nl": words[:16_000]}
        torino.publish(f"p{number}", description=said)
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino, limits=limits)

    assert done.failure is None
    assert (done.new, done.refused) == (251, 0)
    assert len(torino.members[0].payload) > 0.9 * limits.member_bytes


async def test_a_page_that_cannot_be_read_does_not_stop_the_next(node: Node) -> None:
    torino, ghent = City("torino"), City("ghent", page_size=20)
    for number in range(20):
        torino.publish(f"grande-{number}", description={"it": "a" * 9_000})
    paris = town(60, "paris")
    ghent.relayed = [*paris.members[:20], *torino.members, *paris.members[20:]]
    small = Limits(page_bytes=150_000)
    node.knows(ghent.relay)
    node.knows_key_of(torino, paris)

    stuck = await node.reads(ghent.relay, ghent, limits=small)
    again = await node.reads(ghent.relay, ghent, limits=small)
    titles = len(node.titles())
    done = await node.reads(ghent.relay, ghent)

    assert "more than 150000 bytes" in (stuck.failure or "")
    assert (stuck.new, again.new, titles) == (60, 0, 60)
    assert (done.failure, done.new) == (None, 20)


async def test_a_city_that_publishes_without_end_leaves_room_for_what_we_publish(
    tmp_path: Path,
) -> None:
    torino, full = town(3), Node(tmp_path, free_bytes=1 << 62)
    full.knows(torino.peer)

    stopped = await full.reads(torino.peer, torino)
    kept = full.titles()
    full.inbox = replace(full.inbox, free_bytes=0)
    done = await full.reads(torino.peer, torino)
    full.journal.close()

    assert "are free on the disk of this node" in (stopped.failure or "")
    assert (stopped.new, kept) == (0, [])
    assert (done.failure, done.new) == (None, 3)
