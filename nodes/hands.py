"""Threads for work that blocks: whose it is decides when it is done.

`Hands` are for short work that is asked for often. The thread that worked last works next: what it
needs is still at hand in its processor, and its connection to the journal is open. Going round all
threads of `asyncio.to_thread` makes each of them begin cold, which costs a search a quarter of its
time.

`FairThreads` are those of `asyncio.to_thread`. Whoever asks for much at once waits for it, and
nobody else does: one client never has the last two threads, and those who wait have turns.
"""

import asyncio
import os
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, Final, ParamSpec, TypeVar

Result = TypeVar("Result")
_Given = ParamSpec("_Given")

_FOR_OTHERS: Final = 2
_NODE: Final = ""
_WHOSE: Final[ContextVar[str]] = ContextVar("whose", default=_NODE)


class Hands:
    """A few threads of their own; work that finds all of them busy goes to the threads of all."""

    def __init__(self, most: int, name: str) -> None:
        self._free = [ThreadPoolExecutor(1, thread_name_prefix=name) for _ in range(most)]

    def begin(self, work: Callable[[], Result]) -> Future[Result] | None:
        """Begin work that blocks; None, and nothing begun, when all of them are busy."""
        try:
            hand = self._free.pop()
        except IndexError:
            return None
        doing = hand.submit(work)
        doing.add_done_callback(lambda _: self._free.append(hand))
        return doing

    async def do(self, work: Callable[[], Result]) -> Result:
        """Do work that blocks; it goes on when nobody waits for it any longer."""
        if (doing := self.begin(work)) is None:
            return await asyncio.to_thread(work)
        return await asyncio.wrap_future(doing)


SEARCHING: Final = Hands(2, "search")
COUNTING: Final = Hands(2, "count")
"""For what a search counts while it looks for its page."""


@contextmanager
def working_for(client: str) -> Iterator[None]:
    """Do what is begun within the block for a client; outside of one the node works for itself."""
    token = _WHOSE.set(client)
    try:
        yield
    finally:
        _WHOSE.reset(token)


def whose() -> str:
    """Name the client for whom is worked; empty for the node itself."""
    return _WHOSE.get()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Job:
    whose: str
    work: Callable[[], Any]
    done: Future[Any] = field(default_factory=Future)


class FairThreads(ThreadPoolExecutor):
    """Threads shared fairly between clients. What the node does for itself may have all of them."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most or min(32, (os.cpu_count() or 1) + 4)
        self._share = max(1, self._most - _FOR_OTHERS)
        self._waiting: OrderedDict[str, deque[_Job]] = OrderedDict()
        self._running: Counter[str] = Counter()
        self._fairness = Lock()
        super().__init__(self._most, thread_name_prefix="work")

    def submit(
        self, fn: Callable[_Given, Result], /, *args: _Given.args, **kwargs: _Given.kwargs
    ) -> Future[Result]:
        """Have work done in its turn; after `shutdown` the future has a RuntimeError."""
        job = _Job(whose=whose(), work=partial(fn, *args, **kwargs))
        with self._fairness:
            self._waiting.setdefault(job.whose, deque()).append(job)
        self._begin()
        return job.done

    def _begin(self) -> None:
        """Let as many begin as there are threads for."""
        while (job := self._next()) is not None:
            try:
                super().submit(self._do, job)
            except RuntimeError as error:
                self._end(job)
                job.done.set_exception(error)

    def _next(self) -> _Job | None:
        """Choose who begins: of those with threads left, who has waited for the longest."""
        with self._fairness:
            for client in [*self._waiting] if self._running.total() < self._most else ():
                jobs = self._waiting[client]
                if client != _NODE and self._running[client] >= self._share:
                    continue
                while jobs:
                    job = jobs.popleft()
                    if job.done.set_running_or_notify_cancel():
                        self._running[client] += 1
                        self._settle(client)
                        return job
                self._settle(client)
        return None

    def _settle(self, client: str) -> None:
        """Put a client behind the others, or forget one that waits for nothing."""
        if self._waiting[client]:
            self._waiting.move_to_end(client)
        else:
            del self._waiting[client]

    def _do(self, job: _Job) -> None:
        try:
            found = job.work()
        except BaseException as error:  # whoever waits for it shall have it
            self._end(job)
            job.done.set_exception(error)
        else:
            self._end(job)
            job.done.set_result(found)
        self._begin()

    def _end(self, job: _Job) -> None:
        with self._fairness:
            self._running[job.whose] -= 1
            if not self._running[job.whose]:
                del self._running[job.whose]
