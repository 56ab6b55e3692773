"""Asking the store in SPARQL: worker processes, and the checkpoints they read.

`ask` promises an answer or an error by its deadline, whatever the query. Workers never see the
live store but a checkpoint of it; `ask` makes a new one first when the store has moved on and the
last is a second old, so an answer is at most that far behind. A checkpoint that has been replaced
is removed when no job reads it any more.
"""

import asyncio
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, Self

from nodes.errors import QueryRefused, WorkerDied
from nodes.sandbox.formats import Kind
from nodes.sandbox.pool import MIB, Sandbox

PLAIN_FORMATS: Final[Mapping[Kind, str | None]] = {
    Kind.TABLE: "json",
    Kind.TRUTH: "json",
    Kind.GRAPH: "ttl",
}


class Source(Protocol):
    """What checkpoints are made of: the node's store, or a copy of one."""

    @property
    def position(self) -> int:
        """The journal position that a checkpoint would speak of now."""

    def checkpoint(self, folder: Path) -> int:
        """Make a snapshot at `folder`, on the same file system; return its position."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one query may use."""

    seconds: float = 20.0
    memory: int = 1536 * MIB
    answer_bytes: int = 64 * MIB


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a query gave, written in `format`, and the journal position it speaks of."""

    kind: Kind
    format: str
    body: bytes
    position: int


@dataclass(eq=False, kw_only=True)
class _Checkpoint:
    """A snapshot on disk; `readers` counts the jobs that were given it."""

    folder: Path
    position: int
    made: float = field(default_factory=time.monotonic)
    readers: int = 0


class Queries:
    """The query service: `async with Queries(store, folder) as queries`.

    `folder` belongs to it alone and lies on the store's file system; leftovers in it are removed.
    """

    def __init__(
        self,
        store: Source,
        folder: Path,
        *,
        workers: int = 2,
        spares: int = 1,
        queue: int = 64,
        renewal: float = 1.0,
        limits: Limits = Limits(),
    ) -> None:
        """`renewal` is how many seconds an answer may be behind the store."""
        self.limits = limits
        self._renewal = renewal
        self._store = store
        self._folder = folder
        self._sandbox = Sandbox(
            "query",
            workers=workers,
            spares=spares,
            queue=queue,
            memory=limits.memory,
            cpu_seconds=int(limits.seconds) + 5,
            body_limit=limits.answer_bytes + MIB,
        )
        self._current: _Checkpoint | None = None
        self._replaced: list[_Checkpoint] = []
        self._made = 0
        self._renewing = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Make the first checkpoint and warm the first worker."""
        await asyncio.to_thread(_empty, self._folder)
        await self.refresh()
        await self._sandbox.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sandbox.close()
        await asyncio.to_thread(_empty, self._folder)

    @property
    def position(self) -> int:
        """The journal position that the next answer speaks of, unless it renews first."""
        return 0 if self._current is None else self._current.position

    async def refresh(self) -> int:
        """Make a new checkpoint if the store has moved on; return the position reached."""
        async with self._renewing:
            current = self._current
            if current is None or current.position != self._store.position:
                current = await self._renew()
            return current.position

    async def ask(
        self,
        query: str | bytes,
        *,
        formats: Mapping[Kind, str | None] = PLAIN_FORMATS,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Answer a query; raises QueryRefused, WorkerTimedOut, WorkerDied or Busy.

        `formats` names one format for each kind of answer, or none where nothing fits the asker;
        relative IRIs are read against `base`.
        """
        deadline = self.limits.seconds if seconds is None else min(seconds, self.limits.seconds)
        body = query.encode("utf-8", "surrogatepass") if isinstance(query, str) else query
        header = {
            "formats": dict(formats),
            "default_graphs": list(default_graphs),
            "named_graphs": list(named_graphs),
            "base": base,
            "limit": self.limits.answer_bytes,
        }
        with self._reading(await self._checkpoint()) as checkpoint:
            header["checkpoint"] = str(checkpoint.folder)
            try:
                said, answer = await self._sandbox.run(header, body, seconds=deadline)
            except WorkerDied as death:
                raise _verdict(death) from death
        if refused := said.get("refused"):
            raise QueryRefused(
                refused["message"],
                reason=refused["reason"],
                line=refused["line"],
                column=refused["column"],
            )
        kind = Kind(said["kind"])
        return Answer(
            kind=kind, format=str(formats[kind]), body=answer, position=checkpoint.position
        )

    async def _checkpoint(self) -> _Checkpoint:
        current = self._current
        moved = current is None or current.position != self._store.position
        if current is None or (moved and time.monotonic() - current.made >= self._renewal):
            await self.refresh()
        if self._current is None:
            raise QueryRefused("the node is shutting down")
        return self._current

    async def _renew(self) -> _Checkpoint:
        self._made += 1
        folder = self._folder / str(self._made)
        position = await asyncio.to_thread(self._store.checkpoint, folder)
        if self._current is not None:
            self._replaced.append(self._current)
        self._current = _Checkpoint(folder=folder, position=position)
        unread = [each for each in self._replaced if each.readers == 0]
        self._replaced = [each for each in self._replaced if each.readers > 0]
        for each in unread:
            await asyncio.to_thread(shutil.rmtree, each.folder, ignore_errors=True)
        return self._current

    @contextmanager
    def _reading(self, checkpoint: _Checkpoint) -> Iterator[_Checkpoint]:
        checkpoint.readers += 1
        try:
            yield checkpoint
        finally:
            checkpoint.readers -= 1


def _verdict(death: WorkerDied) -> Exception:
    """Tell a parser that ran out of stack from a worker that ran out of something else."""
    if death.signal == "SIGSEGV":
        return QueryRefused("the query is nested too deeply to be read", reason="depth")
    return death


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
