"""Asking the store in SPARQL: worker processes that read checkpoints, and what they said before.

`ask` promises a whole answer or an error by its deadline, whatever the query. A long answer is
first written to a file as a whole and only then given, piece by piece as the asker takes it: so
no answer is cut off, and none stands in the memory of the node. What was asked before of the same
state of the store is given from memory. An earlier moment of the journal is asked of a store of its
own (`nodes.recalling`), unless nothing changed since. What is said of one subject is looked up here
(`nodes.lookups`) as soon as the checkpoint is open.
"""

import asyncio
import io
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from nodes.budgets import Client, Spending
from nodes.checkpoints import Checkpoint, Checkpoints, Source
from nodes.errors import Busy, PastBusy, QueryRefused, WorkerDied, WorkerTimedOut
from nodes.journal.past import Moment
from nodes.lookups import is_lookup
from nodes.recalling import Recalling
from nodes.remembering import Memory
from nodes.sandbox.formats import Facts, Kind
from nodes.sandbox.pool import MIB, Sandbox
from nodes.turns import SPARE, Turns

PLAIN_FORMATS: Final[Mapping[Kind, str | None]] = {
    Kind.TABLE: "json",
    Kind.TRUTH: "json",
    Kind.GRAPH: "ttl",
}
_KEPT_WHOLE: Final = 256 << 10
_PIECE: Final = 256 << 10
_LOOK: Final = 0.05
_JOBS: Final = 20_000  # a new worker costs as much as some hundred lookups
_NODE: Final = Client(name="")
_FICKLE_WORDS: Final = ("now", "rand", "uuid", "bnode")
_FICKLE: Final = re.compile(r"(?:now|rand|uuid|bnode)\s*+[(#]")
"""A call, or what may be one behind a comment. The event loop runs this over texts of strangers:
it takes each character once."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one query may use, and how many bytes of long answers may wait to be read."""

    seconds: float = 20.0
    memory: int = 1536 * MIB
    answer_bytes: int = 64 * MIB
    waiting_bytes: int = 1024 * MIB


class Spooled:
    """A long answer in a file that has no name any more and goes when it is closed."""

    def __init__(self, file: io.FileIO, size: int) -> None:
        self._file = file
        self.size = size

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give it piece by piece, and close it; nothing is read ahead of the asker."""
        try:
            while piece := await asyncio.to_thread(self._file.read, _PIECE):
                yield piece
        finally:
            self.close()

    @property
    def closed(self) -> bool:
        """Whether the room on disk is free again."""
        return self._file.closed

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a query gave, written in `format`, and the journal position it speaks of.

    It is in `body`, or in `spool` when that was asked for and it is long. Who gets a spool closes
    it. `remembered` says that no worker was needed.
    """

    kind: Kind
    format: str
    position: int
    body: bytes = b""
    spool: Spooled | None = None
    remembered: bool = False
    facts: Facts | None = None


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
        memory: Memory[Answer] | None = None,
        recalling: Recalling | None = None,
    ) -> None:
        """`renewal` is how many seconds an answer may be behind the store.

        Without `recalling` nothing but the present can be asked about.
        """
        self.limits = limits
        self._store = store
        self._spool = folder / "answers"
        self._spools: set[Spooled] = set()
        self._numbered = 0
        self._memory: Memory[Answer] = Memory() if memory is None else memory
        self._past_memory: Memory[Answer] = Memory(most_bytes=self._memory.most_bytes // 4)
        self._recalling = recalling
        self._checkpoints = Checkpoints(store, folder, renewal)
        self._turns = Turns(workers, queue)
        self._sandbox = Sandbox(
            "query",
            workers=workers + SPARE,
            spares=spares,
            queue=workers + SPARE,
            memory=limits.memory,
            cpu_seconds=int(limits.seconds) + 5,
            body_limit=limits.answer_bytes + MIB,
            file_bytes=max(MIB, limits.answer_bytes),
            jobs_per_worker=_JOBS,
        )

    async def __aenter__(self) -> Self:
        """Make the first checkpoint and warm the first worker."""
        await self._checkpoints.open()
        if self._recalling is not None:
            await self._recalling.open()
        await self._sandbox.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sandbox.close()
        for spool in self._spools:
            spool.close()
        if self._recalling is not None:
            await self._recalling.close()
        await self._checkpoints.close()

    @property
    def position(self) -> int:
        """The journal position that the next answer speaks of, unless it renews first."""
        return self._checkpoints.position

    @property
    def edition(self) -> str:
        """What sets the same position of another store apart."""
        return self._store.edition

    async def refresh(self) -> int:
        """Make a new checkpoint if the store has moved on; return the position reached."""
        return (await self._checkpoints.refresh()).position

    async def newest(self) -> int:
        """Return the position that the next answer speaks of."""
        return (await self._checkpoints.newest()).position

    async def replace(self) -> None:
        """Make a new checkpoint, whatever changed, and remove all else that was kept."""
        self._memory.forget()
        self._past_memory.forget()
        if self._recalling is not None:
            await self._recalling.forget()
        await self._checkpoints.replace()

    async def tidy(self) -> None:
        """Remove what was kept of the past and may not be told any more."""
        if self._recalling is not None:
            await self._recalling.tidy()

    async def ask(
        self,
        query: str | bytes,
        *,
        formats: Mapping[Kind, str | None] = PLAIN_FORMATS,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
        seconds: float | None = None,
        spooled: bool = False,
        spending: Spending | None = None,
        moment: Moment | None = None,
        canonical: bool = False,
        lasting: bool | None = None,
    ) -> Answer:
        """Answer a query; raises QueryRefused, WorkerTimedOut, WorkerDied, Busy or PastBusy.

        `formats` names one format for each kind of answer, or none where nothing fits the asker;
        relative IRIs are read against `base`. What it costs is added to `spending`. A `moment` is
        asked about instead of the present. `canonical` answers are the same byte by byte whenever
        they are given: their rows or triples are sorted, and their blank nodes named.
        `lasting` says that the query is not `fickle`, where that is known.
        """
        body = query.encode("utf-8", "surrogatepass") if isinstance(query, str) else query
        header = {
            "formats": dict(formats),
            "default_graphs": default_graphs,
            "named_graphs": named_graphs,
            "base": base,
            "limit": self.limits.answer_bytes,
            "canonical": canonical,
        }
        key: object = (
            *(body, tuple(formats.items()), tuple(default_graphs), tuple(named_graphs)),
            *(base, canonical),
        )
        deadline = self.limits.seconds if seconds is None else min(seconds, self.limits.seconds)
        version: object
        if moment is None:
            memory, version = self._memory, await self.newest()
        else:
            memory, version = self._past_memory, (moment.edition, self.edition)
            key = (moment.number, key)
        if (known := memory.recall(version, key)) is not None:
            return replace(known, remembered=True)
        if moment is None:
            answer = self._looked_up(header, body, spending) or await self._run(
                header, body, deadline, spending, spooled=spooled
            )
            version = answer.position
        else:
            then = await self._then(moment, (spending.client if spending else _NODE).name, deadline)
            with self._checkpoints.reading(then):
                answer = await self._run(header, body, deadline, spending, then, spooled=spooled)
        if answer.spool is None and (not fickle(body) if lasting is None else lasting):
            memory.keep(version, key, answer, len(answer.body) + len(body) + 1_000)
        return answer

    def _looked_up(
        self, header: Mapping[str, Any], body: bytes, spending: Spending | None
    ) -> Answer | None:
        """Answer a lookup; None when that takes a worker."""
        if header["default_graphs"] or header["named_graphs"] or header["canonical"]:
            return None
        checkpoint = self._checkpoints.ready() if is_lookup(body) else None
        snapshot = checkpoint.opened() if checkpoint else None
        if checkpoint is None or snapshot is None:
            return None
        began, form = time.monotonic(), header["formats"].get(Kind.TABLE)
        written = snapshot.look_up(body, form, header["base"])
        if spending is not None:
            spending.seconds += time.monotonic() - began
        if written is None:
            return None
        return Answer(kind=Kind.TABLE, format=form, position=checkpoint.position, body=written)

    async def _then(self, moment: Moment, client: str, seconds: float) -> Checkpoint:
        """Give the store of a moment: the present one when nothing changed since."""
        try:
            async with asyncio.timeout(seconds):
                newest = await self._checkpoints.newest()
                while newest.position < moment.number:
                    newest = await self._checkpoints.refresh()
                    await asyncio.sleep(_LOOK)
        except TimeoutError:
            raise PastBusy("the views are still behind the journal", 2) from None
        if newest.position == moment.number:
            return newest
        if self._recalling is None:
            raise QueryRefused("this endpoint knows the present only", reason="past")
        return await self._recalling.store(moment, client, seconds)

    async def _run(
        self,
        header: dict[str, Any],
        body: bytes,
        deadline: float,
        spending: Spending | None,
        then: Checkpoint | None = None,
        *,
        spooled: bool,
    ) -> Answer:
        path = self._place() if spooled else None
        if path is not None:
            header |= {"spool": path, "keep": _KEPT_WHOLE}
        client, written = (spending.client if spending else _NODE).name, True
        end = time.monotonic() + deadline
        if not self._turns.take(client):
            await self._turns.wait(client, deadline)
        try:
            checkpoint = then or self._checkpoints.ready()
            if checkpoint is None:
                async with asyncio.timeout(deadline):
                    checkpoint = await self._checkpoints.newest()
            left = max(0.0, end - time.monotonic())
            said, whole = await self._charged(checkpoint, header, body, left, spending)
            kind = Kind(said["kind"])
            written = bool(said["spooled"])
            spool = self._opened(Path(path), said["size"]) if path and written else None
        except TimeoutError:
            raise WorkerTimedOut(f"stopped after {deadline:g} seconds") from None
        except WorkerDied as death:
            raise _verdict(death) from death
        finally:
            self._turns.leave(client)
            if path is not None and written:
                _remove(path)
        return Answer(
            kind=kind,
            format=str(header["formats"][kind]),
            position=checkpoint.position,
            body=whole,
            spool=spool,
            facts=Facts(**said["facts"]) if said["facts"] else None,
        )

    async def _charged(
        self,
        checkpoint: Checkpoint,
        header: dict[str, Any],
        body: bytes,
        deadline: float,
        spending: Spending | None,
    ) -> tuple[dict[str, Any], bytes]:
        """Have a worker answer; what ends without an answer costs the time that it took."""
        began, cost = time.monotonic(), None
        job = header | {"checkpoint": str(checkpoint.folder)}
        try:
            with self._checkpoints.reading(checkpoint):
                said, whole = await self._sandbox.run(job, body, seconds=deadline)
            cost = float(said["seconds"])
        finally:
            if spending is not None:
                spending.seconds += time.monotonic() - began if cost is None else cost
        if refused := said.get("refused"):
            raise QueryRefused(
                refused["message"],
                reason=refused["reason"],
                line=refused["line"],
                column=refused["column"],
            )
        return said, whole

    def _place(self) -> str:
        if not self._numbered:
            self._spool.mkdir(exist_ok=True)
        self._numbered += 1
        return f"{self._spool}/{self._numbered}"

    def _opened(self, path: Path, size: int) -> Spooled:
        self._spools = {each for each in self._spools if not each.closed}
        if sum(each.size for each in self._spools) + size > self.limits.waiting_bytes:
            raise Busy("too many long answers are still being read")
        spool = Spooled(path.open("rb", buffering=0), size)
        self._spools.add(spool)
        return spool


def _remove(path: str) -> None:
    Path(path).unlink(missing_ok=True)


def fickle(query: bytes) -> bool:
    """Whether a query may be answered differently each time: by the time, or by chance."""
    text = query.decode("utf-8", "replace").lower()
    return any(word in text for word in _FICKLE_WORDS) and _FICKLE.search(text) is not None


def _verdict(death: WorkerDied) -> Exception:
    """Tell a parser that ran out of stack from a worker that ran out of something else."""
    if death.signal == "SIGSEGV":
        return QueryRefused("the query is nested too deeply to be read", reason="depth")
    return death
