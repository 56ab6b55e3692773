"""The views follow the journal: apart or together, in any order, they come to the same."""

import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from nodes import projection
from nodes.errors import NoRoomForViews
from nodes.index import Index
from nodes.journal import Journal, rows
from nodes.searches import SearchRequest
from nodes.store import Store
from nodes.views import filling, open_views
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


def test_large_records_come_in_smaller_steps_and_none_is_left_out(tmp_path: Path) -> None:
    helsinki = City("helsinki")
    names = ["one", "two", "three", "one", "four", "two", "five"]
    members = [helsinki.publish(name, f"Trial {n}") for n, name in enumerate(names)]
    room = len(members[0].payload) * 3 // 2
    with closing(Journal(tmp_path / "journal.sqlite", "https://torino.example/")) as journal:
        with journal.transaction() as db:
            said = [(member, "accepted") for member in members]
            for entry in journal.append(db, said, via=helsinki.base, now=NOON):
                rows.speak(db, entry)
        steps, reached = [], 0
        while reached < journal.last_change():
            changes, reached = journal.changes(reached, 100, room)
            steps.append([change.member for change in changes])

    assert [len(step) for step in steps] == [2, 2, 1]
    assert [member for step in steps for member in step] == [members[n] for n in (2, 3, 4, 5, 6)]


def test_records_are_found_before_the_store_has_them_and_it_follows(tmp_path: Path) -> None:
    helsinki = City("helsinki")
    said = [(helsinki.publish(f"trial-{number}", "Trial"), "accepted") for number in range(60)]
    with (
        closing(Journal(tmp_path / "journal.sqlite", "https://torino.example/")) as journal,
        open_views(tmp_path / "views") as views,
    ):
        with journal.transaction() as db:
            for entry in journal.append(db, said, via=helsinki.base, now=NOON):
                rows.speak(db, entry)

        views.index_up(journal)

        assert views.index.search(SearchRequest(limit=1)).total == 60
        assert journal.waiting(views.index.position) == (0, False)
        assert journal.waiting(views.store.position) == (60, False)

        views.store_up(journal)

        assert len(views.store.objects()) == 60


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow, as if no room were left."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_costs_no_view(tmp_path: Path) -> None:
    member = City("helsinki").publish("trial", "Trial")
    with (
        closing(Journal(tmp_path / "journal.sqlite", "https://torino.example/")) as journal,
        open_views(tmp_path / "views") as views,
    ):
        with journal.transaction() as db:
            for entry in journal.append(db, [(member, "accepted")], via="", now=NOON):
                rows.speak(db, entry)
        projection.catch_up(journal, (views.store, views.index))
        reached = views.store.position

    with full_disk(), pytest.raises(OSError, match="File too large"):
        open_views(tmp_path / "views").__enter__()

    with open_views(tmp_path / "views") as views:
        assert views.store.position == views.index.position == reached > 0


@pytest.mark.parametrize("view", ["store", "index"])
def test_a_full_disk_is_told_as_such_with_what_is_needed(tmp_path: Path, view: str) -> None:
    file, folder, torino = tmp_path / "journal.sqlite", tmp_path / "views", City("torino")
    with closing(Journal(file, torino.base)) as journal:
        journal.publish(lambda _: [torino.publish("trial", "Trial")], None, NOON)

        with (
            pytest.raises(NoRoomForViews, match=r"is full: .* 32 MB") as told,
            open_views(folder) as views,
            filling(folder, file),
            full_disk(),
        ):
            projection.catch_up(journal, [getattr(views, view)])

        with open_views(folder) as views:
            projection.catch_up(journal, (views.store, views.index))
            assert views.index.search(SearchRequest()).total == len(views.store.objects()) == 1
    assert "rebuild" not in told.value.hint


def test_the_journal_tells_what_the_city_said_among_what_was_harvested(tmp_path: Path) -> None:
    helsinki, torino = City("helsinki"), City("torino")
    with closing(Journal(tmp_path / "journal.sqlite", torino.base)) as journal:
        for city in (helsinki, torino):
            with journal.transaction() as db:
                said = [(city.publish("trial", "Trial"), "accepted")]
                for entry in journal.append(db, said, via=city.base, now=NOON):
                    rows.speak(db, entry)

        assert journal.waiting(0) == (2, True)
        assert journal.waiting(1) == (1, True)
        assert journal.waiting(2) == (0, False)
