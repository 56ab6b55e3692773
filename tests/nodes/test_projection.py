"""The views follow the journal: apart or together, in any order, they come to the same."""

from contextlib import closing
from pathlib import Path

from nodes import projection
from nodes.index import Index
from nodes.journal import Journal, rows
from nodes.searches import SearchRequest
from nodes.store import Store
from tests.city import NOON, City

RECORDS = 130


def test_views_that_lie_apart_meet_and_then_hold_the_same(tmp_path: Path) -> None:
    helsinki = City("helsinki")
    members = [helsinki.publish(f"trial-{number}", "Trial") for number in range(RECORDS)]
    said = [(member, "accepted") for member in members]
    with (
        closing(Journal(tmp_path / "journal.sqlite", "https://torino.example/")) as journal,
        closing(Store.open(tmp_path / "store", [])) as store,
        closing(Index.open(tmp_path / "index")) as index,
    ):
        for part, views in ((said[:40], (store,)), (said[40:], (store, index))):
            with journal.transaction() as db:
                for entry in journal.append(db, part, via=helsinki.base, now=NOON):
                    rows.speak(db, entry)
            projection.catch_up(journal, views, batch=60)
        end = journal.last_change()

        assert store.position == index.position == end
        assert store.settled == end
        assert len(store.objects()) == RECORDS
        assert index.search(SearchRequest(limit=1)).total == RECORDS
