"""A journal of an older version: a city that upgrades must keep every peer and every bookmark."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from nodes.errors import PastGone
from nodes.journal import Journal, known, past
from nodes.journal.schema import VERSION
from tests.city import NOON, City

BASE = "https://me.example/"
LATER = (
    *("gaps", "erasures", "receipts", "mirrors"),
    "heard",
    "versions",
    "nodes",
    "opened",
    "followers",
    "follows",
    "pings",
    "digests",
    "runs",
    "registries",
    "introduced",
    "refused",
    "observed",
    "looked",
    "claims",
    "claimed",
    "own_keys",
    "notices",
    "blocked",
    "unfit",
    "jobs",
    "past",
    *("alerts", "subscriptions", "matched", "met", "alerted"),
)
TRIGGERS = ("given_up", "refused", "blocked", "unblocked")


def test_a_journal_of_the_first_version_is_taken_up_with_its_peers(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    torino = City("torino").peer
    with closing(Journal(path, BASE)) as journal:
        known.add_peer(journal, torino, NOON)
    with closing(sqlite3.connect(path)) as db:
        for later in (
            "ALTER TABLE peers DROP COLUMN root",
            "ALTER TABLE peers DROP COLUMN about",
            *(f"DROP TRIGGER past_{each}" for each in TRIGGERS),
            "DROP INDEX changes_object",
            "DROP INDEX changes_at",
            "ALTER TABLE changes DROP COLUMN position",
            "ALTER TABLE changes DROP COLUMN at",
            "ALTER TABLE members DROP COLUMN source",
            "DROP INDEX members_given_up",
            "DROP INDEX members_given_up_here",
            "DROP INDEX members_deferred",
            "ALTER TABLE members DROP COLUMN gap",
            "ALTER TABLE members DROP COLUMN erases",
            "DROP INDEX records_bucket",
            "ALTER TABLE records DROP COLUMN bucket",
            "ALTER TABLE peers DROP COLUMN observing",
            *(f"DROP TABLE {table}" for table in LATER),
            "PRAGMA user_version = 1",
        ):
            db.execute(later)

    with closing(Journal(path, BASE)) as journal:
        before = known.peers(journal)
        known.add_peer(journal, replace(torino, root=f"{torino.base}feed.nq"), NOON)
        after = known.peers(journal)

    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert before == [torino]
    assert [each.feed for each in after] == [f"{torino.base}feed.nq"]


def test_a_journal_without_history_has_one_from_its_upgrade_on(tmp_path: Path) -> None:
    path, torino = tmp_path / "journal.sqlite", City("torino")
    with closing(Journal(path, torino.base)) as journal:
        for said in (torino.publish("a", "Uno"), torino.publish("a", "Due"), torino.publish("b")):
            journal.publish(lambda _, said=said: [said], None, NOON)
        shown = {each.member.object: each.member.iri for each in journal.records()}
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE changes SET position = NULL, at = NULL")
        for later in (
            *(f"DROP TRIGGER past_{each}" for each in TRIGGERS),
            "DROP INDEX changes_object",
            "DROP INDEX changes_at",
            "ALTER TABLE changes DROP COLUMN position",
            "ALTER TABLE changes DROP COLUMN at",
            *(f"DROP TABLE {table}" for table in LATER[LATER.index("past") :]),
            "PRAGMA user_version = 5",
        ):
            db.execute(later)
        db.commit()

    with closing(Journal(path, torino.base)) as journal:
        upgraded = past.present(journal)
        journal.publish(lambda _: [torino.withdraw("a")], None, NOON)
        then = [each.entry for each in past.states(journal, upgraded.number) if each.entry]

        with pytest.raises(PastGone):
            past.moment(journal, NOON - timedelta(days=9_000))
    assert {each.member.object: each.member.iri for each in then} == shown
