"""Checkpoints of the store for its readers, which are mostly in other processes.

Readers never see the live store but a snapshot of one whole state of it. A new one is made when
the store has moved on and the last is old enough; one that has been replaced is removed as soon as
no reader holds it. Making one waits for nobody but a single write, and nobody waits for readers.
"""

import asyncio
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nodes.errors import QueryRefused
from nodes.lookups import Snapshot


class Source(Protocol):
    """What checkpoints are made of: the node's store, or a copy of one."""

    @property
    def settled(self) -> int:
        """The journal position of the last whole state."""

    @property
    def edition(self) -> str:
        """What sets the same position of another store apart."""

    def checkpoint(self, folder: Path) -> int | None:
        """Make a snapshot at `folder`, on the same file system; return its position.

        None, and no snapshot, while there is no whole state to show.
        """


@dataclass(eq=False, kw_only=True)
class Checkpoint:
    """A snapshot on disk; `readers` counts the jobs that were given it."""

    folder: Path
    position: int
    made: float = field(default_factory=time.monotonic)
    readers: int = 0
    replaced: bool = False
    _opening: asyncio.Future[Snapshot | None] | None = None

    def opened(self) -> Snapshot | None:
        """Give it to a reader in this process; None until a thread has opened it."""
        if self._opening is None:
            loop = asyncio.get_running_loop()
            self._opening = loop.run_in_executor(None, Snapshot.open, self.folder)
        return self._opening.result() if self._opening.done() else None


class Checkpoints:
    """The snapshots of one store in a folder, where leftovers of other runs are removed."""

    def __init__(self, source: Source, folder: Path, renewal: float) -> None:
        """`renewal` is how many seconds the newest may be behind the store."""
        self._source = source
        self._folder = folder
        self._renewal = renewal
        self._current: Checkpoint | None = None
        self._made = 0
        self._renewing = asyncio.Lock()

    async def open(self) -> None:
        """Make the first one."""
        await asyncio.to_thread(_empty, self._folder)
        await self.refresh()

    async def close(self) -> None:
        """Remove all of them."""
        self._current = None
        await asyncio.to_thread(_empty, self._folder)

    @property
    def position(self) -> int:
        """The journal position of the newest; 0 when there is none."""
        return 0 if self._current is None else self._current.position

    async def refresh(self) -> Checkpoint:
        """Make a new one if the store has moved on; return the newest."""
        async with self._renewing:
            current = self._current
            if current is None or current.position != self._source.settled:
                current = await self._renew()
            return current

    async def replace(self) -> None:
        """Make a new one, whatever changed."""
        async with self._renewing:
            await self._renew()

    async def newest(self) -> Checkpoint:
        """Return the newest, renewed first when it is too far behind."""
        return self.ready() or await self.refresh()

    def ready(self) -> Checkpoint | None:
        """Return the newest unless it must be renewed first."""
        current = self._current
        if current is not None:
            moved = current.position != self._source.settled
            if not moved or time.monotonic() - current.made < self._renewal:
                return current
        return None

    @contextmanager
    def reading(self, checkpoint: Checkpoint) -> Iterator[Checkpoint]:
        """Keep one on disk until the block ends."""
        checkpoint.readers += 1
        try:
            yield checkpoint
        finally:
            checkpoint.readers -= 1
            if checkpoint.replaced and checkpoint.readers == 0:
                # No await here: the reader may be leaving because it was cancelled.
                asyncio.get_running_loop().run_in_executor(None, _remove, checkpoint.folder)

    async def _renew(self) -> Checkpoint:
        self._made += 1
        folder = self._folder / str(self._made)
        position = await asyncio.to_thread(self._source.checkpoint, folder)
        before = self._current
        if position is None:
            if before is None:
                raise QueryRefused("the node is still reading its journal")
            return before
        self._current = Checkpoint(folder=folder, position=position)
        if before is not None:
            before.replaced = True
            if before.readers == 0:
                await asyncio.to_thread(_remove, before.folder)
        return self._current


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _empty(folder: Path) -> None:
    _remove(folder)
    folder.mkdir(parents=True)
