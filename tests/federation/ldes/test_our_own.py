"""A node's own feed is an event stream like any other: whoever pins no key can still follow it."""

from pathlib import Path

from federation.harvest import harvest
from federation.ldes.following import follow
from federation.peers import Follow, Peer, Round
from nodes.journal.unsigned import UnsignedInbox
from tests.city import City, World
from tests.federation.direct import DirectExaminer
from tests.federation.ldes.publisher import LIMITS, HearsHere, Reader, counts


async def reads(reader: Reader, city: City) -> Round:
    peer = Peer(base=f"{city.base}feed", name="Torino", keys=(), follow=Follow.UNSIGNED)
    if reader.journal.db().execute("SELECT count(*) FROM peers").fetchone()[0] == 0:
        reader.knows(peer)
    async with World(city).client() as client:
        inbox = UnsignedInbox(inbox=reader.inbox)
        return await follow(client, peer, inbox, HearsHere(LIMITS), limits=LIMITS, now=reader.now)


async def harvests(reader: Reader, city: City) -> Round:
    async with World(city).client() as client:
        return await harvest(
            client, city.peer, reader.inbox, DirectExaminer(), limits=LIMITS, now=reader.now
        )


async def test_a_nodes_feed_is_read_page_by_page_without_its_key(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    torino = City("torino", page_size=5)
    for number in range(40):
        torino.publish(f"e{number}")
    first = await reads(reader, torino)
    torino.requests.clear()
    torino.publish("e1", "Autobus")
    torino.withdraw("e2")

    done = await reads(reader, torino)

    assert (first.failure, counts(first)) == (None, (40, 0, 0, 0, 0)), reader.reasons()
    assert (done.failure, done.changed, done.deleted) == (None, 1, 1)
    assert reader.titles()["e1"] == "Autobus"
    assert "e2" not in reader.titles()
    assert len(torino.requests) <= 3


async def test_a_node_takes_over_what_an_unsigned_reading_of_its_feed_had_said(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    torino = City("torino")
    torino.publish("uno", "Prima")
    await reads(reader, torino)
    torino.publish("uno", "Dopo")
    before = reader.journal.record(f"{torino.base}experiments/uno")

    reader.knows(torino.peer)
    await harvests(reader, torino)
    unsigned = await reads(reader, torino)

    after = reader.journal.record(f"{torino.base}experiments/uno")
    assert before is not None
    assert after is not None
    assert (before.member.proof is None, after.member.proof is None) == (True, False)
    assert reader.titles() == {"uno": "Dopo"}
    assert (unsigned.new, unsigned.changed) == (0, 0)
