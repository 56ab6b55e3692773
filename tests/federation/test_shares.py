"""One city that publishes without end is stopped at its share of the disk; all others are heard."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from federation.errors import ShareUsedUp
from federation.gap import Gap, Reason
from federation.gap import name as gap_name
from federation.gap import signed as signed_gap
from federation.head import signed as signed_head
from federation.member import Kind, document
from federation.page import nquads
from federation.signing import sign
from federation.times import stamp
from nodes.acquaintance import JournalNetwork
from nodes.city import City as Me
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.freshness import JournalFreshness
from nodes.harvesting import utc_now
from nodes.journal import known
from nodes.journal.inbox import JournalInbox
from nodes.journal.shares import ROW, Shares, tell
from nodes.journal.trust import notices
from nodes.network import PeerView
from nodes.node import open_harvesting
from tests.city import NOON, City, body
from tests.federation.dcat.portal import Dataset, Observer, portal
from tests.federation.ldes.publisher import STREAM, Reader, publisher, version
from tests.federation.node import ME, Node
from tests.journeys.places import found

SMALL = 5_000
"""More than any member here takes."""

MYSELF = Me(name="Me", base=ME, country="IT", language="it", publisher="Me", licence="")


@dataclass(frozen=True, kw_only=True)
class SmallDisk(JournalInbox):
    """A journal on a disk of which so many bytes are left."""

    left: int = 0

    def spare(self) -> int:
        return self.left


def share(inbox: JournalInbox, members: int) -> JournalInbox:
    """Let each city take the bytes of so many members."""
    return replace(inbox, shares=Shares(most=members * ROW, each=SMALL))


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path)
    node.inbox = share(node.inbox, 30)
    yield node
    node.journal.close()


def town(count: int, called: str = "torino") -> City:
    city = City(called, page_size=20)
    for number in range(1, count + 1):
        city.publish(f"{called}-{number}")
    return city


def shown(node: Node, city: City) -> PeerView:
    network = JournalNetwork(journal=node.journal, me=MYSELF)
    [view] = [each for each in network.peers() if each.base == city.base]
    return view


def held(node: Node) -> dict[str, int]:
    counts = node.journal.counts()
    return {base.removeprefix("https://").partition(".")[0]: n for base, n in counts.items()}


async def test_a_city_is_stopped_at_its_share_and_goes_on_when_that_is_raised(node: Node) -> None:
    torino, paris = town(70), town(12, "paris")
    node.knows(torino.peer, paris.peer)

    stopped = await node.reads(torino.peer, torino)
    again = await node.reads(torino.peer, torino)
    other = await node.reads(paris.peer, paris)
    full, told = held(node), shown(node, torino).notices
    node.inbox = share(node.inbox, 1_000)
    reopened = await node.inbox.reopen()
    requests = len(torino.requests)
    done = await node.reads(torino.peer, torino)

    assert "used up its share of the disk" in (stopped.failure or "")
    assert f"of {30 * ROW:,} bytes" in (stopped.failure or "")
    assert (stopped.new, again.new, again.failure) == (40, 0, stopped.failure)
    assert (other.failure, full) == (None, {"torino": 40, "paris": 12})
    assert told == (stopped.failure,)
    assert reopened == [torino.base]
    assert (done.failure, done.new) == (None, 30)
    assert len(torino.requests) - requests == 3  # the root, and the pages not read yet
    assert (shown(node, torino).notices, held(node)["torino"]) == ((), 70)


async def test_a_node_that_starts_with_a_higher_share_hears_the_city_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYNODE_HARVEST__WORKERS", "1")
    folder = found("vienna", tmp_path).folder
    torino, full = town(0), ShareUsedUp("https://torino.example/", 2, 1)
    with open_desk(read_config(folder)) as desk:
        known.add_peer(desk.journal, torino.peer, NOON)
        with desk.journal.transaction() as db:
            tell(db, torino.peer, full, NOON)
            db.execute("UPDATE peers SET due = '2999-01-01T00:00:00+00:00', failures = 9")
        assert known.due_peers(desk.journal, utc_now()) == []

        async with open_harvesting(desk):
            [due] = known.due_peers(desk.journal, utc_now())

        assert (due.peer.base, due.failures) == (torino.base, 0)
        assert notices(desk.journal.db()) == {}


async def test_a_relay_is_read_on_beyond_a_city_whose_share_is_used_up(node: Node) -> None:
    torino, paris, ghent = town(70), town(12, "paris"), City("ghent", page_size=20)
    ghent.relayed = [*torino.members, *paris.members]
    node.knows(ghent.relay)
    node.knows_key_of(torino, paris)

    first = await node.reads(ghent.relay, ghent)
    ghent.relayed += [paris.publish("paris-13"), torino.publish("torino-71")]
    node.now += timedelta(hours=1)
    second = await node.reads(ghent.relay, ghent)
    known.keep_round(node.journal, second, node.now, node.now)
    later = node.now + timedelta(seconds=90)
    fresh = JournalFreshness(node.journal, MYSELF).now(later)
    ages = JournalNetwork(journal=node.journal, me=MYSELF).ages(later)
    full, told = held(node), shown(node, torino)
    node.inbox = share(node.inbox, 1_000)
    waiting = node.reasons("waits")
    reopened = await node.inbox.reopen()
    done = await node.reads(ghent.relay, ghent)

    assert (first.failure, first.new, first.refused >= 30) == (None, 52, True)
    assert (second.failure, second.new) == (None, 1)
    assert "used up its share" in first.reasons[0]
    assert full == {"torino": 40, "paris": 13}
    assert (told.healthy, len(told.notices), waiting) == (False, 1, [])
    assert (ages[paris.base], ages[torino.base]) == (90, 3_690)
    assert ages == {each.base: fresh.age(each) for each in fresh.origins}
    assert [each.origin for each in fresh.excluded if "its share" in each.reason] == [torino.base]
    assert reopened == [torino.base]
    assert (done.failure, held(node)) == (None, {"torino": 71, "paris": 13})


async def test_members_that_fill_holes_are_counted_like_others(node: Node) -> None:
    torino, ghent = town(60), City("ghent", page_size=20)
    torino.page_size = 250
    spoilt = [replace(each, payload=torino.members[0].payload) for each in torino.members[1:40]]
    ghent.relayed = [torino.members[0], *spoilt, torino.members[40]]
    node.inbox = share(node.inbox, 35)
    node.knows(ghent.relay, torino.peer)
    await node.reads(ghent.relay, ghent)
    torino.page_size = 20

    done = await node.reads(torino.peer, torino)

    assert "used up its share" in (done.failure or "")
    assert held(node)["torino"] < 40


async def test_long_names_are_counted(node: Node) -> None:
    torino = City("torino")
    for number in range(20):
        name = f"{torino.base}experiments/{'x' * 1_800}{number}"
        torino.say(kind=Kind.DELETE, object=name)
    node.inbox = replace(node.inbox, shares=Shares(most=20 * 2 * ROW))
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    torino.publish("uno")

    done = await node.reads(torino.peer, torino)

    assert "used up its share" in (done.failure or "")


@pytest.mark.parametrize("spoilt", ["created", "last"])
async def test_what_nothing_else_bounds_is_no_longer_than_it_must_be(
    node: Node, spoilt: str
) -> None:
    """Seven kilobytes of gzip became five million in the journal, for each member."""
    torino, much = City("torino"), "2026-11-22T08:00:00Z" + "x" * 1_000_000
    said = torino.publish("uno")
    if spoilt == "created":
        proof = sign(document(said), torino.key, method=torino.public.method, created=much)
        torino.members = [replace(said, proof=proof)]
    else:
        page = torino.page("feed")
        assert page is not None
        assert page.head is not None
        head = signed_head(replace(page.head, last=much), torino.key, method=torino.public.method)
        torino.answers["feed"] = lambda *_: body(nquads(replace(page, head=head)))
    node.knows(torino.peer)

    await node.reads(torino.peer, torino)

    assert node.titles() == []


async def test_gaps_without_end_are_stopped_too(node: Node) -> None:
    torino = town(1)
    node.inbox = replace(node.inbox, shares=Shares(most=20_000, each=SMALL))
    node.knows(torino.peer)

    def tells(first: int) -> None:
        page = torino.page("feed")
        assert page is not None
        gaps = tuple(
            signed_gap(
                Gap(
                    iri=gap_name(torino.base, 1, 1, count),
                    actor=f"{torino.base}#node",
                    first=1,
                    last=1,
                    count=count,
                    digest="zQm",
                    published=stamp(NOON),
                    reason=Reason.RETENTION,
                ),
                torino.key,
                method=torino.public.method,
                created="2026-11-22T08:00:00Z",
            )
            for count in range(first, first + 12)
        )
        torino.answers["feed"] = lambda *_: body(nquads(replace(page, gaps=gaps)))

    failures = []
    for first in (10, 30, 50, 70):
        tells(first)
        torino.publish(f"p{first}")
        failures.append((await node.reads(torino.peer, torino)).failure)

    kept = node.journal.db().execute("SELECT count(*) FROM gaps").fetchone()[0]
    assert (failures[:2], kept) == ([None, None], 24)
    assert all("used up its share" in (each or "") for each in failures[2:])


async def test_as_the_disk_fills_the_city_that_said_most_is_stopped_first(node: Node) -> None:
    torino, paris = town(60), town(5, "paris")
    node.knows(torino.peer, paris.peer)
    disk = SmallDisk(journal=node.journal, own=node.inbox.own, now=node.inbox.now, quarantine=9)
    node.inbox = replace(disk, left=300_000)

    stopped = await node.reads(torino.peer, torino)
    other = await node.reads(paris.peer, paris)
    full = held(node)
    node.inbox = replace(disk, left=300_000_000)
    reopened = await node.inbox.reopen()
    done = await node.reads(torino.peer, torino)

    assert "of 60,000 bytes" in (stopped.failure or "")
    assert "of what is free a fifth" in (stopped.failure or "")
    assert (other.failure, full) == (None, {"torino": 20, "paris": 5})
    assert (reopened, done.failure, held(node)["torino"]) == ([torino.base], None, 60)


@pytest.mark.parametrize("bound", ["share", "disk"])
async def test_an_unsigned_feed_is_stopped_and_goes_on(tmp_path: Path, bound: str) -> None:
    reader = Reader(tmp_path)
    before = reader.inbox
    async with publisher() as city:
        city.turtle("feed", STREAM + "".join(version(f"p{n}", n) for n in range(1, 6)))
        await reader.reads(city.peer)
        city.turtle("feed", STREAM + "".join(version(f"p{n}", n) for n in range(1, 10)))
        reader.inbox = share(before, 5) if bound == "share" else replace(before, free_bytes=1 << 62)
        stopped = await reader.reads(city.peer)
        kept = len(reader.titles())
        reader.inbox = before
        done = await reader.reads(city.peer)

    assert {"share": "used up its share", "disk": "are free"}[bound] in (stopped.failure or "")
    assert (stopped.new, kept) == (0, 5)
    assert (done.failure, done.new, len(reader.titles())) == (None, 4, 9)


async def test_old_versions_without_end_are_stopped_too(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.inbox = replace(reader.inbox, shares=Shares(most=20_000, each=1))
    failures = []
    async with publisher() as city:
        for first in (0, 15, 30):
            old = (
                version("uno", 1).replace("versions/uno/1", f"versions/uno/old{first + n}")
                for n in range(15)
            )
            city.turtle("feed", STREAM + version("uno", 59) + "".join(old))
            failures.append((await reader.reads(city.peer)).failure)

    kept = reader.journal.db().execute("SELECT count(*) FROM heard").fetchone()[0]
    assert (failures[:2], kept) == ([None, None], 31)
    assert "used up its share" in (failures[2] or "")


async def test_a_catalogue_is_stopped_and_goes_on(tmp_path: Path) -> None:
    me = Observer(tmp_path)
    before = me.inbox
    me.inbox = share(before, 3)
    async with portal(per_page=2) as torino, portal() as other:
        torino.shows(*(Dataset(f"d{n}") for n in range(8)))
        other.shows(Dataset("altro"))
        stopped = await me.looks(torino.peer)
        beside = await me.looks(other.peer)
        kept = len(me.titles())
        me.inbox = share(before, 1_000)
        reopened = await me.inbox.reopen()
        done = await me.looks(torino.peer)

    assert "used up its share" in (stopped.failure or "")
    assert (stopped.new, beside.new, kept) == (4, 1, 5)
    assert reopened == [torino.catalogue]
    assert (done.failure, done.new, len(me.titles())) == (None, 4, 9)
