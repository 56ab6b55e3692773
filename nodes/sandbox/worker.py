"""One worker process, seen from the node: started, asked one thing at a time, killed when late.

`Worker` is an asyncio subprocess protocol. It keeps the end of what the process writes on stderr,
so that a death can be told in one line, and it is *gone* only when the process has ended and all
its pipes are closed. Jobs and answers go through pipes of our own (`nodes.sandbox.pipes`).

A worker is out of reach of the keys that stop the node, but of the node's session: Linux may share
the processor out between sessions first, and then no priority counts between two of them.
"""

import asyncio
import os
import signal
import sys
from asyncio import Future, SubprocessTransport
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from nodes.errors import WorkerDied, WorkerNotStarted, WorkerTimedOut
from nodes.sandbox import wire
from nodes.sandbox.pipes import Pipes
from nodes.sandbox.wire import Assembler, Message, WireError

_LAST_WORDS: Final = 2000
_START_SECONDS: Final = 300
"""It takes one or two; many that are started over and over would keep a busy machine busy."""

_HERE: Final = str(Path(__file__).resolve().parents[2])
_MALLOC: Final = "glibc.malloc.tcache_max=4096:glibc.malloc.tcache_count=128"
"""The engine asks for many small blocks: more of them are kept at hand, some 60 MB at the most."""

_ADVICE: Final = "note: "
"""How an engine written in Rust goes on after its last words."""

_KEPT_SETTINGS: Final = ("LD_LIBRARY_PATH", "LD_PRELOAD")


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What each worker may use: bytes of memory, of a message, of a file; seconds of processor."""

    memory: int
    cpu_seconds: int
    body_limit: int
    file_bytes: int


class Worker(asyncio.SubprocessProtocol):
    """A child process with one task."""

    def __init__(self, allowance: Allowance) -> None:
        loop = asyncio.get_running_loop()
        self._assembler = Assembler(allowance.body_limit)
        self._body_limit = allowance.body_limit
        self._stderr = b""
        self._killed = False
        self._fault: str | None = None
        # Expected from the first moment: on a busy machine the hello may come before we look.
        self._awaited: Future[Message] | None = loop.create_future()
        self._transport: SubprocessTransport | None = None
        self._pipes = Pipes(self._hear)
        self.gone: Future[None] = loop.create_future()
        self.unsealed: str | None = None
        self.jobs = 0
        self.memory = 0

    @classmethod
    async def start(cls, task: str, allowance: Allowance) -> "Worker":
        """Start a process and wait until it is ready; raises WorkerNotStarted when it never is."""
        arguments = (
            *(allowance.memory, allowance.cpu_seconds),
            *(allowance.body_limit, allowance.file_bytes, os.getpid()),
        )
        worker = cls(allowance)
        try:
            with worker._pipes.other_ends() as (jobs, answers):
                await asyncio.get_running_loop().subprocess_exec(
                    lambda: worker,
                    *(sys.executable, "-m", "nodes.sandbox", task, *map(str, arguments)),
                    stdin=jobs,
                    stdout=answers,
                    env=environment(),
                    cwd="/",
                    process_group=0,
                )
        except OSError as error:
            worker._abandon()
            raise WorkerNotStarted(f"no worker could be started: {error}") from error
        except BaseException:
            worker._abandon()
            raise
        try:
            hello = await worker._next(_START_SECONDS)
        except BaseException as error:
            await worker.end()
            if isinstance(error, WorkerTimedOut):
                late = f"no worker was ready within {_START_SECONDS} seconds"
                raise WorkerNotStarted(late) from None
            if isinstance(error, WorkerDied):
                raise WorkerNotStarted(str(error), signal=error.signal) from None
            raise
        worker.unsealed = hello.header.get("unsealed")
        return worker

    @property
    def alive(self) -> bool:
        """Whether the process runs, as far as the loop has heard."""
        return not self._killed and self._runs()

    @property
    def ready(self) -> bool:
        """Whether the process can be given a job.

        The system is asked too: of a process that somebody else killed just now the loop has not
        heard yet, and the job must not be blamed for it.
        """
        return self.alive and not self._ended()

    async def ask(self, message: Message, seconds: float) -> Message:
        """Give the worker a job; raises WorkerDied or WorkerTimedOut, and then it is of no use.

        Whoever stops waiting (a client that hung up) kills the worker with it.
        """
        written = wire.frame(message, self._body_limit)
        try:
            self._pipes.write(written)
            answer = await self._next(seconds)
        except BaseException:
            self.kill()
            raise
        self.jobs += 1
        self.memory = int(answer.header.get("memory", 0))
        said: dict[str, Any] = answer.header["answer"]
        return Message(said, answer.body)

    def kill(self) -> None:
        """End the process now, whatever it does."""
        self._killed = True
        if self._runs():
            cast("SubprocessTransport", self._transport).kill()

    async def end(self) -> None:
        """Kill the process and wait until nothing of it is left."""
        self.kill()
        await asyncio.shield(self.gone)

    def _abandon(self) -> None:
        """Let go of a process that was not started to its end: nobody waits for its first word."""
        self._pipes.close()
        if self._awaited is not None and not self._awaited.cancel():
            self._awaited.exception()  # its death was told before we came here

    def _runs(self) -> bool:
        transport = self._transport
        return transport is not None and transport.get_returncode() is None

    def _ended(self) -> bool:
        """Look whether the process has ended, without taking its status from the event loop."""
        if sys.platform != "linux" or self._transport is None:
            return False
        try:
            ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
            return os.waitid(os.P_PID, self._transport.get_pid(), ended) is not None
        except ChildProcessError:
            return True

    async def _next(self, seconds: float) -> Message:
        if self._awaited is None:
            if not self.alive:
                raise self._death()
            self._awaited = asyncio.get_running_loop().create_future()
        awaited = self._awaited
        late = awaited.get_loop().call_later(seconds, _expire, awaited, seconds)
        try:
            return await awaited
        finally:
            late.cancel()
            self._awaited = None

    # What the event loop tells:

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the handle of the process."""
        self._transport = cast("SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:  # noqa: ARG002 - stderr
        """Take a piece of what the process complains about."""
        self._stderr = (self._stderr + cast("bytes", data))[-_LAST_WORDS:]

    def _hear(self, piece: bytes) -> None:
        """Take a piece of an answer."""
        try:
            for message in self._assembler.feed(piece):
                if self._awaited is None or self._awaited.done():
                    raise WireError("an answer to nothing")
                self._awaited.set_result(message)
        except WireError as error:
            self._fault = str(error)
            self.kill()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - given by the loop
        """Tell the one who waits that the process and its pipes are gone."""
        self._pipes.read_to_end()
        self._pipes.close()
        if self._awaited is not None and not self._awaited.done():
            self._awaited.set_exception(self._death())
        cast("SubprocessTransport", self._transport).close()
        if not self.gone.done():
            self.gone.set_result(None)

    def _death(self) -> WorkerDied | WorkerTimedOut:
        transport = self._transport
        status = None if transport is None else transport.get_returncode()
        if status == -signal.SIGXCPU:
            return WorkerTimedOut("stopped when its processor time was used up")
        if self._fault is not None:
            return WorkerDied(f"the worker was stopped: {self._fault}")
        ender = _signal(-status) if status is not None and status < 0 else None
        ending = f"ended by {ender}" if ender else "ended"
        words = self._last_words()
        told = f"the worker {ending}: {words}" if words else f"the worker {ending}"
        return WorkerDied(told, signal=ender)

    def _last_words(self) -> str:
        text = self._stderr.decode("utf-8", "replace").strip()
        said = [line for line in text.splitlines() if not line.startswith(_ADVICE)]
        last = said[-1] if said else ""
        return "".join(char if char.isprintable() else "?" for char in last)[:200]


def environment() -> dict[str, str]:
    """Tell a worker nothing but how to find the code and to keep its memory small."""
    kept = {name: os.environ[name] for name in _KEPT_SETTINGS if name in os.environ}
    return kept | {
        "PYTHONPATH": _HERE,
        "PYTHONUTF8": "1",
        "PYTHONSAFEPATH": "1",
        "MALLOC_ARENA_MAX": "2",
        "GLIBC_TUNABLES": _MALLOC,
        "OPENBLAS_NUM_THREADS": "1",
    }


def _expire(awaited: "Future[Message]", seconds: float) -> None:
    if not awaited.done():
        awaited.set_exception(WorkerTimedOut(f"stopped after {seconds:.3g} seconds"))


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
