"""The journal in trouble: full disks, busy files, damage, clocks that go back."""

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from federation import keys
from federation.peers import Follow, Peer, Round
from nodes.errors import JournalError, JournalTooNew
from nodes.journal import Journal, known
from tests.city import NOON, City
from tests.federation.node import ME, Node

ROOT = Path(__file__).parents[3]

WRITER = """
import sys
from pathlib import Path
from federation import keys
from nodes.errors import JournalError, JournalTooNew
from nodes.journal import Journal
from nodes.publishing import Draft, compose
from federation.member import Kind
from tests.city import NOON
folder, first, many, limit = Path(sys.argv[1]), *map(int, sys.argv[2:5])
if limit:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
key = keys.load((folder / "key.pem").read_bytes())
base = "https://me.example/"
journal = Journal(folder / "journal.sqlite", base)
full = 0
for number in range(first, first + many):
    draft = Draft(kind=Kind.DELETE, object=f"{base}experiments/p{number}")
    try:
        journal.publish(lambda newest: compose(base, key, newest, NOON, [draft]), "file", NOON)
    except JournalError as error:
        full += 1
        assert "could not be written" in str(error), error
        if full == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        continue
    print(number, flush=True)
"""


def folder_with_key(folder: Path) -> Path:
    (folder / "key.pem").write_bytes(keys.generate().pem())
    return folder


def writer(folder: Path, first: int, many: int, limit: int = 0) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", WRITER, str(folder), str(first), str(many), str(limit)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        arguments, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def sequences(folder: Path) -> list[int]:
    with closing(Journal(folder / "journal.sqlite", ME)) as journal:
        return [each.member.sequence for each in journal.stream(0, 10_000, relayed=False)]


def test_a_full_disk_is_told_loses_nothing_and_passes(tmp_path: Path) -> None:
    folder_with_key(tmp_path)
    with closing(Journal(tmp_path / "journal.sqlite", ME)):
        pass

    writing = writer(tmp_path, 0, 60, limit=260_000)
    said, complaints = writing.communicate(timeout=200)

    assert writing.returncode == 0, complaints
    written = said.split()
    assert 10 < len(written) == 57
    assert sequences(tmp_path) == list(range(1, 58))


def test_two_processes_write_at_once_into_one_chain(tmp_path: Path) -> None:
    folder_with_key(tmp_path)

    processes = [writer(tmp_path, first, 40) for first in (0, 100, 200)]
    for process in processes:
        assert process.wait(200) == 0, process.communicate()[1]
        process.communicate()

    assert sequences(tmp_path) == list(range(1, 121))


def test_a_kill_at_any_moment_loses_no_acknowledged_member(tmp_path: Path) -> None:
    folder_with_key(tmp_path)
    chance = random.Random(20_261_122)
    acknowledged = 0

    for number in range(6):
        process = writer(tmp_path, number * 1_000, 1_000)
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 40)):
            process.stdout.readline()
            acknowledged += 1
        process.kill()
        rest, _ = process.communicate()
        acknowledged += rest.count("\n")
        chain = sequences(tmp_path)
        assert chain == list(range(1, len(chain) + 1))
        assert len(chain) >= acknowledged


def test_a_commit_that_fails_leaves_no_transaction_open(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.sqlite", ME)) as journal:

        def refer_to_nothing() -> None:
            with journal.transaction() as db:
                db.execute("PRAGMA defer_foreign_keys = ON")
                db.execute("INSERT INTO records VALUES ('urn:a:b', 'o', 999, 1, 1)")

        with pytest.raises(JournalError):
            refer_to_nothing()

        with journal.transaction() as db:
            db.execute("INSERT INTO sources VALUES ('urn:a:b', 'file')")

        assert not journal.db().in_transaction


def test_a_journal_that_is_locked_is_told_and_free_again_afterwards(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.sqlite", ME)) as journal:
        journal.db().execute("PRAGMA busy_timeout = 50")
        with closing(sqlite3.connect(tmp_path / "journal.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(JournalError, match="locked"), journal.transaction():
                pass
            assert journal.size() == 0
            other.execute("ROLLBACK")

        with journal.transaction() as db:
            db.execute("INSERT INTO sources VALUES ('urn:a:b', 'file')")


@pytest.mark.parametrize("damage", ["no database", "cut", "newer"])
def test_a_damaged_journal_is_told_in_words(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "journal.sqlite"
    with closing(Journal(file, ME)):
        pass
    if damage == "newer":
        with closing(sqlite3.connect(file)) as db:
            db.execute("PRAGMA user_version = 99")
    else:
        content = file.read_bytes()
        for each in tmp_path.glob("journal.sqlite-*"):
            each.unlink()
        file.write_bytes(b"no database at all" * 99 if damage == "no database" else content[:5_000])

    with pytest.raises(JournalError, match=r"journal|newer") as told:
        Journal(file, ME).size()
    assert isinstance(told.value, JournalTooNew) == (damage == "newer")


async def test_a_clock_set_back_an_hour_keeps_no_peer_waiting(tmp_path: Path) -> None:
    node = Node(tmp_path)
    torino, ghent = City("torino"), City("ghent")
    node.knows(torino.peer, ghent.peer)
    soon = NOON + timedelta(minutes=5)
    for city in (torino, ghent):
        good = Round(peer=city.base, started=NOON)
        known.keep_round(node.journal, good, soon, NOON)
    back = NOON - timedelta(hours=1)

    due = [each.peer.base for each in known.due_peers(node.journal, back)]
    bad = Round(peer=ghent.base, started=back, failure="it is down")
    known.keep_round(node.journal, bad, back + timedelta(minutes=1), back)
    good = Round(peer=torino.base, started=back)
    known.keep_round(node.journal, good, back + timedelta(minutes=5), back)

    assert due == [ghent.base, torino.base]
    assert known.due_peers(node.journal, back + timedelta(seconds=30)) == []
    assert len(known.due_peers(node.journal, back + timedelta(minutes=6))) == 2
    node.journal.close()


def test_a_lease_from_before_the_clock_was_set_back_is_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Journal(tmp_path / "journal.sqlite", ME)) as journal:
        clock = {"now": 1_800_000_000.0}
        monkeypatch.setattr(known.time, "time", lambda: clock["now"])
        assert known.take_lease(journal, "harvest", "dead", 10)
        assert not known.take_lease(journal, "harvest", "other", 10)
        clock["now"] -= 3_600

        taken = known.take_lease(journal, "harvest", "other", 10)

        assert taken
        assert not known.take_lease(journal, "harvest", "third", 10)


async def test_members_received_while_the_clock_goes_back_stay_in_order(tmp_path: Path) -> None:
    node = Node(tmp_path)
    torino = City("torino")
    node.knows(torino.peer)
    for number in range(4):
        torino.publish(f"p{number}")
        await node.reads(torino.peer, torino)
        node.now -= timedelta(minutes=20)

    stream = node.journal.stream(0, 10, relayed=True)

    times = [each.stamp for each in stream]
    assert len(times) == 4
    assert times == sorted(set(times))
    node.journal.close()


async def test_readers_never_wait_for_a_writer(tmp_path: Path) -> None:
    node = Node(tmp_path)
    node.knows(City("torino").peer)
    seen: list[list[Peer]] = []
    with node.journal.transaction() as db:
        db.execute("DELETE FROM peers")
        reading = Thread(target=lambda: seen.append(known.peers(node.journal)))
        reading.start()
        await asyncio.to_thread(reading.join, 20)

    assert [len(each) for each in seen] == [1]
    assert known.peers(node.journal) == []
    node.journal.close()


def test_what_is_kept_of_peers_survives_their_removal_where_a_person_must_decide(
    tmp_path: Path,
) -> None:
    node = Node(tmp_path)
    torino = City("torino")
    for number in range(10):
        torino.publish(f"p{number}")
    node.knows(torino.peer)
    asyncio.run(node.reads(torino.peer, torino))
    for number in range(9):
        torino.withdraw(f"p{number}")
    asyncio.run(node.reads(torino.peer, torino))

    known.remove_peer(node.journal, torino.base, NOON)

    assert len(node.reasons("held")) == 9
    assert json.dumps(node.reasons())
    assert Follow.NOTHING not in {each.follow for each in known.peers(node.journal)}
    node.journal.close()
