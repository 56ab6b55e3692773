"""What nobody waits for gives way to what serves people, thread by thread."""

import os
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from nodes import aside, projection
from nodes.changes import Change
from nodes.journal import Journal, rows
from tests.city import NOON, City

LOWEST = 19

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere a thread has no priority of its own"
)


class Watched:
    """A view that notes with what priority it is brought forward."""

    def __init__(self) -> None:
        self.position = 0
        self.priority = 0

    def apply(self, changes: Sequence[Change], position: int, *, until: int | None = None) -> None:
        del changes, until
        self.position, self.priority = position, _priority()


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def _lower(much: int) -> int:
    return min(LOWEST, _priority() + much)


def test_threads_of_an_engine_give_way_and_those_that_answer_do_not() -> None:
    before = _priority()
    found = []

    def start() -> None:
        within = threading.Thread(target=lambda: found.append(_priority()))
        within.start()
        within.join()

    aside.aside(start)

    assert found == [_lower(aside.FAR)]
    assert _priority() == before


def test_much_that_was_harvested_is_taken_up_behind_what_people_ask(tmp_path: Path) -> None:
    helsinki = City("helsinki")
    said = [(helsinki.publish(f"trial-{number}", "Trial"), "accepted") for number in range(60)]
    views = (Watched(), Watched())
    with closing(Journal(tmp_path / "journal.sqlite", "https://torino.example/")) as journal:
        with journal.transaction() as db:
            for entry in journal.append(db, said, via=helsinki.base, now=NOON):
                rows.speak(db, entry)

        projection.catch_up(journal, views)

    assert [view.priority for view in views] == [_lower(aside.LITTLE)] * 2
