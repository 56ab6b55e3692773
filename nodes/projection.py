"""Projection: the views catch up with the journal, from one whole state of it to another.

A view remembers how far it has come and is given, in order, the present state of each record that
changed since. Only one process projects at a time: whoever holds the lock on the views' folder.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nodes.aside import give_way
from nodes.changes import Change, View
from nodes.journal import Journal

BATCH: Final = 2_000
"""The most changes in a step; the store writes larger files then, and sorts them less often."""

_MANY: Final = 50


def catch_up(
    journal: Journal,
    views: Sequence[View],
    told: Callable[[int, int], None] | None = None,
    *,
    batch: int = BATCH,
) -> int:
    """Bring each view to the journal's end and return that position.

    Views that stand at the same position are given what is read once, and take many changes at the
    same time, in threads that give way: what one does in native code costs the others no time on
    the clock. `told` is called with how many changes were applied and how many there are.
    """
    with journal.moment(), ThreadPoolExecutor(len(views), initializer=give_way) as threads:
        end = journal.last_change()
        while (after := min(view.position for view in views)) < end:
            behind = [view for view in views if view.position == after]
            ahead = [view.position for view in views if view.position > after]
            changes, reached = journal.changes(after, min([batch, *(it - after for it in ahead)]))
            if not changes:
                break
            if len(changes) < _MANY:
                for view in behind:
                    view.apply(changes, reached, until=end)
            else:
                applied = [threads.submit(_apply, view, changes, reached, end) for view in behind]
                wait(applied)
                for each in applied:
                    each.result()
            if told is not None:
                told(min(view.position for view in views), end)
    return end


def _apply(view: View, changes: Sequence[Change], reached: int, end: int) -> None:
    view.apply(changes, reached, until=end)


@contextmanager
def lock(folder: Path) -> Iterator[bool]:
    """Try to become the one who projects; yields whether that worked. Ends with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "projecting.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
