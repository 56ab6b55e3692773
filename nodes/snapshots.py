"""Views as another process may read them, while the server goes on writing.

The server alone writes; its checkpoints are complete stores on disk. A copy of the newest one
(hard links for the data files, which never change) can be opened, asked and thrown away.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from nodes import projection
from nodes.errors import NodeError
from nodes.journal import Journal
from nodes.store import Store

_TRIES: Final = 10


class Snapshot:
    """A store copied at one moment; fits where `Queries` needs a store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settled = 1
        self.edition = ""

    def checkpoint(self, folder: Path) -> int:
        """Copy it on to a new place."""
        link(self.folder, folder)
        return self.settled


@contextmanager
def store_for_reading(views: Path, journal: Journal) -> Iterator[Store | Snapshot]:
    """Give the store itself, caught up, when nobody serves; else a copy of the last checkpoint."""
    with projection.lock(views) as free:
        if free:
            store = Store.open(views / "store")
            try:
                projection.catch_up(journal, (store,))
                yield store
            finally:
                store.close()
            return
    copy = views / f"copy-{os.getpid()}"
    try:
        _copy_newest(views / "checkpoints", copy)
        yield Snapshot(copy)
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def link(source: Path, target: Path) -> None:
    """Copy a checkpoint: data files by hard link, the few that a reader may touch by content."""
    target.mkdir(parents=True)
    for file in source.iterdir():
        if file.suffix == ".sst":
            os.link(file, target / file.name)
        else:
            shutil.copy2(file, target / file.name)


def _copy_newest(checkpoints: Path, target: Path) -> None:
    for _ in range(_TRIES):
        found = [each for each in checkpoints.iterdir() if each.name.isdigit()]
        if not found:
            break
        try:
            link(max(found, key=lambda each: int(each.name)), target)
        except FileNotFoundError:  # replaced meanwhile: take the next one
            shutil.rmtree(target, ignore_errors=True)
        else:
            return
    raise NodeError("the serving process has no checkpoint to read; try again in a moment")
