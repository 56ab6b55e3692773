"""A journal of an older version: a city that upgrades must keep every peer and every bookmark."""

import hashlib
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from nodes.errors import JournalError, PastGone
from nodes.journal import Journal, digests, known, past, schema
from tests.city import NOON, City
from tests.nodes.test_projection import full_disk

BASE = "https://me.example/"

KILLED = """
import os, pathlib, signal, sys
from nodes.journal import schema
from nodes.journal.connections import Connection

class Killed(Connection):
    def execute(self, *words):
        if words[0].startswith(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(*words)

schema.Connection = Killed
schema.connect(pathlib.Path(sys.argv[1]))
"""
"""Opens a journal, and is killed before a statement."""


def as_it_was(path: Path, before: str, version: int) -> None:
    """Make a journal what it was before the day on which `before` came to be, as a version then."""
    made = [each for each in schema.MADE if each]
    with closing(sqlite3.connect(path)) as db:
        kinds = dict(db.execute("SELECT name, type FROM sqlite_master").fetchall())
        for each in reversed(made[made.index(before) :]):
            table, _, column = each.partition(".")
            if column:
                db.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
            else:
                db.execute(f"DROP {kinds[each]} {each}")
        if version < 5:
            db.execute("CREATE TABLE rounds (id INTEGER PRIMARY KEY, round TEXT NOT NULL)")
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()


def shape(path: Path) -> tuple[int, set[tuple[str, str]]]:
    """Give the version of a journal and all there is in it, with the columns of its tables."""
    with closing(sqlite3.connect(path)) as db:
        found = db.execute(
            "SELECT made.name, coalesce(group_concat(columns.name), '') FROM sqlite_master AS made "
            "LEFT JOIN pragma_table_info(made.name) AS columns GROUP BY made.name"
        )
        return db.execute("PRAGMA user_version").fetchone()[0], set(found.fetchall())


DAYS = {
    "quarantine_iri": 1,
    "leases": 1,
    "members.source": 2,
    "followers": 3,
    "digests": 4,
    "registries": 5,
    "peers.observing": 5,
    "members.erases": 5,
    "own_keys": 5,
    "jobs": 5,
    "changes.position": 5,
    "subscriptions": 6,
    "members_withdrawn": 6,
}


@pytest.mark.parametrize("before", DAYS)
def test_a_journal_of_any_earlier_day_is_taken_up_with_all_it_has(
    tmp_path: Path, before: str
) -> None:
    path, torino, ghent = tmp_path / "journal.sqlite", City("torino"), City("ghent").peer
    with closing(Journal(path, torino.base)) as journal:
        whole = shape(path)
        known.add_peer(journal, ghent, NOON)
        journal.publish(lambda _: [torino.publish("a")], None, NOON)
    as_it_was(path, before, DAYS[before])

    with closing(Journal(path, torino.base)) as journal:
        journal.publish(lambda _: [torino.publish("b")], None, NOON)
        digests.recount(journal)
        kept = [each.member.object for each in journal.records()]
        peers = known.peers(journal)

    assert shape(path) == whole
    assert kept == [f"{torino.base}experiments/{each}" for each in "ab"]
    assert peers == [ghent]


def test_tables_that_change_get_a_version_of_their_own() -> None:
    # An older citynode refuses a journal by its number alone: raise it, then write both down here.
    made = hashlib.sha256("\n".join(schema.STATEMENTS).encode()).hexdigest()[:12]

    assert (schema.VERSION, made) == (7, "2c5818441847")


def test_a_disk_that_is_full_during_an_upgrade_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(Journal(path, BASE)):
        pass
    as_it_was(path, "digests", 4)
    before = shape(path)

    with full_disk(), pytest.raises(JournalError, match="cannot be opened: "):
        Journal(path, BASE)

    assert shape(path) == before
    with closing(Journal(path, BASE)) as journal:
        assert journal.size() == 0


@pytest.mark.parametrize("at", ["CREATE TABLE digests", "CREATE TRIGGER past_refused", "COMMIT"])
def test_an_upgrade_that_is_killed_is_done_by_the_next_start(tmp_path: Path, at: str) -> None:
    path, torino = tmp_path / "journal.sqlite", City("torino")
    with closing(Journal(path, torino.base)) as journal:
        whole = shape(path)
        journal.publish(lambda _: [torino.publish("a")], None, NOON)
    as_it_was(path, "followers", 3)
    before = shape(path)

    ended = subprocess.run([sys.executable, "-c", KILLED, str(path), at], check=False)
    assert ended.returncode == -signal.SIGKILL

    assert shape(path) == before
    with closing(Journal(path, torino.base)) as journal:
        assert [each.member.object for each in journal.records()] == [f"{torino.base}experiments/a"]
    assert shape(path) == whole


def test_a_journal_without_history_has_one_from_its_upgrade_on(tmp_path: Path) -> None:
    path, torino = tmp_path / "journal.sqlite", City("torino")
    with closing(Journal(path, torino.base)) as journal:
        for said in (torino.publish("a", "Uno"), torino.publish("a", "Due"), torino.publish("b")):
            journal.publish(lambda _, said=said: [said], None, NOON)
        shown = {each.member.object: each.member.iri for each in journal.records()}
    as_it_was(path, "changes.position", 5)

    with closing(Journal(path, torino.base)) as journal:
        upgraded = past.present(journal)
        journal.publish(lambda _: [torino.withdraw("a")], None, NOON)
        then = [each.entry for each in past.states(journal, upgraded.number) if each.entry]

        with pytest.raises(PastGone):
            past.moment(journal, NOON - timedelta(days=9_000))
    assert {each.member.object: each.member.iri for each in then} == shown
