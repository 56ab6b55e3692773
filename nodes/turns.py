"""Whose turn it is: places shared fairly between clients that do not know of each other.

A client may take all `places`; one more is kept for whoever has nothing running, so that a
newcomer need not wait until somebody's long work ends. Of those who wait, the one with the least
running goes first, and among equals the one that waits the longest. The queue is short: a client
may fill half of it, and who comes when it is full is told `Busy`.
"""

import asyncio
from asyncio import Future
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from nodes.errors import Busy

SPARE: Final = 1
"""How many places are kept for newcomers."""


class Turns:
    """Places for `places` jobs, and one more."""

    def __init__(self, places: int, queue: int) -> None:
        self._places = places
        self._queue = queue
        self._running: Counter[str] = Counter()
        self._used = 0
        self._waiting: list[tuple[str, Future[None]]] = []

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """Wait for a place and hold it until the block ends; raises Busy when too many wait."""
        if not self.take(client):
            await self.wait(client)
        try:
            yield
        finally:
            self.leave(client)

    def take(self, client: str) -> bool:
        """Take a place if there is one; who takes one must leave it."""
        if self._waiting or not self._fits(client):
            return False
        self._enter(client)
        return True

    async def wait(self, client: str, seconds: float | None = None) -> None:
        """Wait for a place and take it; raises Busy when too many wait, or for too long."""
        mine = sum(name == client for name, _ in self._waiting)
        if len(self._waiting) >= self._queue or mine > self._queue // 2:
            raise Busy(f"all workers are busy and {len(self._waiting)} callers wait already")
        loop = asyncio.get_running_loop()
        called: Future[None] = loop.create_future()
        place = (client, called)
        self._waiting.append(place)
        self._call()
        late = None if seconds is None else loop.call_later(seconds, _expire, called, seconds)
        try:
            await called
        except (asyncio.CancelledError, Busy):
            if called.cancelled() or called.exception() is not None:
                if place in self._waiting:
                    self._waiting.remove(place)
            else:
                self.leave(client)  # it was called and left at the same moment
            raise
        finally:
            if late is not None:
                late.cancel()

    def _fits(self, client: str) -> bool:
        return self._used < self._places + (0 if self._running[client] else SPARE)

    def _enter(self, client: str) -> None:
        self._running[client] += 1
        self._used += 1

    def leave(self, client: str) -> None:
        """Give a place back."""
        self._used -= 1
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        self._call()

    def _call(self) -> None:
        """Call those who fit, who has the least running first."""
        while self._waiting and self._used < self._places + SPARE:
            first: dict[str, tuple[str, Future[None]]] = {}
            for each in self._waiting:
                first.setdefault(each[0], each)
            fitting = [each for each in first.values() if self._fits(each[0])]
            if not fitting:
                return
            chosen = min(fitting, key=lambda each: self._running[each[0]])
            self._waiting.remove(chosen)
            if not chosen[1].done():
                self._enter(chosen[0])
                chosen[1].set_result(None)


def _expire(called: Future[None], seconds: float) -> None:
    if not called.done():
        called.set_exception(Busy(f"no worker was free within {seconds:g} seconds"))
