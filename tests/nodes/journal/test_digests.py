"""The digest of the live set: what the journal sums up is what the journal shows."""

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.digests import Listed, Sum, add_up, bucket_of, mark
from federation.member import Kind, digest
from nodes.journal import Journal, converging, digests, rows
from tests.city import NOON, City

BASE = "https://me.example/"
CITY = City("torino")
SAID = [CITY.publish(f"p{number % 5}", f"Prova {number}") for number in range(12)]
SAID += [CITY.withdraw(f"p{number}") for number in range(4)]
SAID += [CITY.publish(f"p{number}", "Di nuovo") for number in range(2)]


def take(journal: Journal, numbers: Sequence[int]) -> None:
    """Let members speak in the order in which they come, as a round does."""
    for number in numbers:
        with journal.transaction() as db:
            for entry in journal.append(db, [(SAID[number], "accepted")], via=CITY.base, now=NOON):
                rows.speak(db, entry)


def live(journal: Journal) -> dict[str, str]:
    return {each.member.object: digest(each.member) for each in journal.records(CITY.base)}


@given(st.lists(st.integers(0, len(SAID) - 1), unique=True))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_sums_are_those_of_the_records_in_whatever_order_members_came(numbers: list[int]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Journal(Path(folder) / "journal.sqlite", BASE)) as journal,
    ):
        take(journal, numbers)
        told = digests.sums(journal.db(), CITY.base)
        shown = live(journal)

        assert add_up(told.values()) == add_up(mark(*each) for each in shown.items())
        assert set(told) == {bucket_of(each) for each in shown}
        assert digests.listed(journal.db(), CITY.base, told) == [
            Listed(record=record, member=each.member.iri, digest=shown[record])
            for each in journal.records(CITY.base)
            if (record := each.member.object)
        ]
        assert not digests.recount(journal), "there was something to put right"


def test_a_journal_that_was_upgraded_or_lost_rows_is_counted_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(Journal(path, BASE)) as journal:
        take(journal, range(8))
        before = digests.sums(journal.db(), CITY.base)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM digests")
        db.execute("UPDATE records SET bucket = NULL")

    with closing(Journal(path, BASE)) as journal:
        first = digests.recount(journal)
        after = digests.sums(journal.db(), CITY.base)
        second = digests.recount(journal)

    assert (first, second, after) == (True, False, before)


def test_a_record_whose_member_is_lost_is_not_shown_by_half(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(Journal(path, BASE)) as journal:
        take(journal, range(5))
        before = journal.last_change()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM members WHERE sequence = 3")

    with closing(Journal(path, BASE)) as journal:
        digests.recount(journal)
        changes, _ = journal.changes(before, 10)

        assert [(each.object, each.member) for each in changes] == [(SAID[2].object, None)]
        assert add_up(digests.sums(journal.db(), CITY.base).values()).count == 4


def test_sums_take_back_what_they_were_given() -> None:
    first, second = mark("urn:a:1", "zQmA"), mark("urn:a:2", "zQmB")

    assert first + second == second + first
    assert first + second - second == first
    assert first - first == Sum()


def test_a_withdrawn_record_is_in_no_bucket(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.sqlite", BASE)) as journal:
        take(journal, range(16))
        told = digests.sums(journal.db(), CITY.base)

    withdrawn = {each.object for each in SAID[:16] if each.kind is Kind.DELETE}
    assert add_up(told.values()).count == 5 - len(withdrawn)


def test_withdrawals_are_found_without_reading_all_members(tmp_path: Path) -> None:
    asked: list[str] = []
    with closing(Journal(tmp_path / "journal.sqlite", BASE)) as journal:
        take(journal, range(12))
        journal.db().set_trace_callback(asked.append)
        converging.compare(journal, CITY.base, [*digests.sums(journal.db(), CITY.base)], [], set())
        rows.withdrawn(journal.db(), CITY.base, NOON)
        journal.db().set_trace_callback(None)
        steps = [
            step["detail"]
            for each in asked
            if "'Delete'" in each
            for step in journal.db().execute(f"EXPLAIN QUERY PLAN {each}")
        ]

    assert "SEARCH members USING INDEX members_withdrawn (object=?)" in steps
    assert "SEARCH members USING INDEX members_withdrawn_since (origin=? AND received>?)" in steps
