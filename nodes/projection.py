"""Projection: the views catch up with the journal, from one whole state of it to another.

A view remembers how far it has come and is given, in order, the present state of each record that
changed since. Only one process projects at a time: whoever holds the lock on the views' folder.
"""

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nodes.changes import View
from nodes.journal import Journal

BATCH: Final = 500


def catch_up(
    journal: Journal,
    views: Sequence[View],
    told: Callable[[int, int], None] | None = None,
    *,
    batch: int = BATCH,
) -> int:
    """Bring each view to the journal's end and return that position.

    `told` is called with how many changes were applied and how many there are.
    """
    with journal.moment():
        end = journal.last_change()
        for view in views:
            while view.position < end:
                changes, reached = journal.changes(view.position, batch)
                if not changes:
                    break
                view.apply(changes, reached, until=end)
                if told is not None:
                    told(min(other.position for other in views), end)
    return end


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
