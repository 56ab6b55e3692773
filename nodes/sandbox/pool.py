"""A few workers of one task, the node's side: `async with Sandbox("query", …) as sandbox`.

`run` promises an answer, or an error, by its deadline. A worker that is late, or whose caller
stopped waiting, is killed; one that dies is a verdict on its input. Either way a spare that is
already warm takes the next job while another is being started. Callers beyond `workers` wait in a
queue of bounded length, and at most as long as their job may take; then they are told `Busy`.
"""

import asyncio
import logging
import time
from asyncio import LifoQueue, Semaphore, Task
from typing import Any, Final, Self

from nodes.errors import Busy, WorkerDied, WorkerNotStarted
from nodes.sandbox.wire import BODY_LIMIT, Message, WireError
from nodes.sandbox.worker import Allowance, Worker

MIB: Final = 1 << 20
_TRIES: Final = 3

_log = logging.getLogger(__name__)


class Sandbox:
    """Workers of one task, at most `workers` at work at once and `spares` warm besides."""

    def __init__(
        self,
        task: str,
        *,
        workers: int = 2,
        spares: int = 1,
        memory: int = 2048 * MIB,
        cpu_seconds: int = 60,
        queue: int = 64,
        jobs_per_worker: int = 2000,
        resident: int = 512 * MIB,
        body_limit: int = BODY_LIMIT,
        file_bytes: int = MIB,
    ) -> None:
        """`memory` is address space; a worker that keeps more than `resident` is replaced."""
        self.task = task
        self.unsealed: str | None = None
        self._allowance = Allowance(
            memory=memory, cpu_seconds=cpu_seconds, body_limit=body_limit, file_bytes=file_bytes
        )
        self._most = workers + spares
        self._spares = spares
        self._queue = queue
        self._jobs_per_worker = jobs_per_worker
        self._resident = resident
        self._turns = Semaphore(workers)
        self._waiting = 0
        self._taking = 0
        self._idle: LifoQueue[Worker | WorkerDied] = LifoQueue()
        self._live: set[Worker] = set()
        self._starting: set[Task[None]] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        """Start the first worker; raises WorkerNotStarted when the task cannot be loaded."""
        await self.open()
        if self.unsealed is not None:
            _log.warning("workers of %s can open sockets: %s", self.task, self.unsealed)
        return self

    async def open(self) -> None:
        """Start the first worker, and warn nobody of a missing wall, as nobody serves here."""
        try:
            await self._start(at_once=True)
        except BaseException:
            await self.close()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def processes(self) -> int:
        """How many worker processes there are now."""
        return len(self._live)

    async def run(
        self,
        header: dict[str, Any],
        body: bytes = b"",
        *,
        seconds: float,
        waiting: float | None = None,
    ) -> tuple[dict[str, Any], bytes]:
        """Have one job done; raises Busy, WorkerDied or WorkerTimedOut.

        It may take so many `seconds`, and wait as long for a worker; both together, unless it is
        said how long it may be `waiting`: then no wait is taken from its time.
        """
        patience = seconds if waiting is None else waiting
        end = time.monotonic() + patience
        await self._wait(patience)
        try:
            worker = self._at_hand() or await self._take(end - time.monotonic())
            left = end - time.monotonic() if waiting is None else seconds
            try:
                answer = await worker.ask(Message(header, body), left)
            except WireError as error:
                raise WorkerDied(f"the job was not sent: {error}") from None
            finally:
                self._give_back(worker)
        finally:
            self._turns.release()
        return answer.header, answer.body

    async def close(self) -> None:
        """Kill every worker and wait until all are gone."""
        self._closed = True
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._live))
        self._live.clear()

    async def _wait(self, seconds: float) -> None:
        """Wait for a turn; raises Busy."""
        if self._closed:
            raise Busy("the node is shutting down")
        if not self._turns.locked():
            await self._turns.acquire()
            return
        if self._waiting >= self._queue:
            raise Busy(f"all workers are busy and {self._waiting} callers wait already")
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise Busy(f"no worker was free within {seconds:g} seconds") from None
        finally:
            self._waiting -= 1

    def _at_hand(self) -> Worker | None:
        """Give the worker that is idle and ready; None when that takes looking for one."""
        if self._taking or self._idle.empty():
            return None
        found = self._idle.get_nowait()
        if isinstance(found, WorkerDied) or not found.ready:
            return None
        self._refill()
        return found

    async def _take(self, seconds: float) -> Worker:
        self._taking += 1
        try:
            async with asyncio.timeout(seconds):
                while True:
                    self._refill()
                    found = await self._idle.get()
                    if isinstance(found, WorkerDied):
                        raise found
                    if found.ready:
                        return found
        except TimeoutError:
            raise Busy(f"no worker was ready within {seconds:g} seconds") from None
        finally:
            self._taking -= 1
            self._refill()

    def _give_back(self, worker: Worker) -> None:
        if worker.jobs >= self._jobs_per_worker or worker.memory > self._resident or self._closed:
            worker.kill()
        if worker.alive:
            self._idle.put_nowait(worker)
        self._refill()

    def _refill(self) -> None:
        """Start as many workers as the callers and the spare places ask for."""
        wanted = max(self._spares, self._taking)
        while (
            not self._closed
            and self._idle.qsize() + len(self._starting) < wanted
            and len(self._live) + len(self._starting) < self._most
        ):
            task = asyncio.create_task(self._start(at_once=False))
            self._starting.add(task)
            task.add_done_callback(self._starting.discard)

    async def _start(self, *, at_once: bool) -> None:
        try:
            worker = await self._started()
        except WorkerNotStarted as death:
            if at_once:
                raise
            _log.warning("a worker of %s did not start: %s", self.task, death)
            if self._taking:
                self._idle.put_nowait(death)
            return
        self._live.add(worker)
        worker.gone.add_done_callback(lambda _: self._forget(worker))
        self.unsealed = worker.unsealed
        self._idle.put_nowait(worker)

    async def _started(self) -> Worker:
        """Start a worker, and another when it was killed: that is no fault of the task."""
        for _ in range(_TRIES - 1):
            try:
                return await Worker.start(self.task, self._allowance)
            except WorkerNotStarted as death:
                if death.signal != "SIGKILL":
                    raise
                _log.warning("a worker of %s was killed while it started", self.task)
        return await Worker.start(self.task, self._allowance)

    def _forget(self, worker: Worker) -> None:
        self._live.discard(worker)
        self._refill()
