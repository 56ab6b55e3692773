"""Threads for work that nobody waits for: whoever serves people has the processor first.

On Linux each thread has a priority of its own and hands it on to the threads that it starts. So it
holds for those of the native engines, too, which do most of what a harvest costs. Elsewhere
priorities belong to whole processes, and nothing happens.

It is only a little lower for what needs Python's lock: who holds that keeps everybody waiting.
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

LITTLE: Final = 5
FAR: Final = 10
"""By how much a thread gives way: to a third of the processor beside one that does not, or to a
tenth."""

_Made = TypeVar("_Made")


def give_way(much: int = LITTLE) -> None:
    """Let other threads run before this one, and before those that it starts."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.nice(much)


def aside(run: Callable[[], _Made]) -> _Made:
    """Do something in a thread that gives way far, and wait for it: to start engines there."""
    with ThreadPoolExecutor(1, initializer=give_way, initargs=(FAR,)) as thread:
        return thread.submit(run).result()
