"""Threads for short work that is asked for often.

The thread that worked last works next: what it needs is still at hand in its processor, and its
connection to the journal is open. Going round all threads of `asyncio.to_thread` makes each of
them begin cold, which costs a search a quarter of its time.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

Result = TypeVar("Result")


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
