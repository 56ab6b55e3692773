"""The two pipes between the node and a worker, the node's ends.

They are written and read in the loop as soon as there is something, with nothing in between: a
small job costs one call of the system each way. What a full pipe does not take waits here, and goes
on when the worker has read. Nobody hears here that a worker died: its process tells that.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_PIECE: Final = 1 << 16
"""As much as a pipe holds."""


class Pipes:
    """One pipe for jobs, one for answers; `heard` is given each piece of an answer."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._heard = heard
        self._jobs = self._answers = -1
        self._waiting = bytearray()

    @contextmanager
    def other_ends(self) -> Iterator[tuple[int, int]]:
        """Open both; give the ends that a process is to be started with."""
        read, self._jobs = os.pipe()
        try:
            self._answers, written = os.pipe()
        except BaseException:
            os.close(read)
            raise
        try:
            for each in (self._jobs, self._answers):
                os.set_blocking(each, False)
            self._loop.add_reader(self._answers, self._read)
            yield read, written
        finally:
            os.close(read)
            os.close(written)

    def write(self, job: bytes) -> None:
        """Send a job, now or as the worker takes it."""
        if not self._waiting:
            job = job[self._written(job) :]
            if not job:
                return
            self._loop.add_writer(self._jobs, self._write_on)
        self._waiting += job

    def read_to_end(self) -> None:
        """Hear what a process that ended has still said."""
        while self._answers >= 0 and self._read():
            pass

    def close(self) -> None:
        """Close our ends; harmless when they are closed."""
        jobs, answers, self._jobs, self._answers = self._jobs, self._answers, -1, -1
        self._waiting.clear()
        if jobs >= 0:
            self._loop.remove_writer(jobs)
            os.close(jobs)
        if answers >= 0:
            self._loop.remove_reader(answers)
            os.close(answers)

    def _read(self) -> bool:
        """Hear a piece; whether there was one."""
        try:
            piece = os.read(self._answers, _PIECE)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            piece = b""
        if piece:
            self._heard(piece)
            return True
        self._loop.remove_reader(self._answers)
        return False

    def _written(self, job: bytes | bytearray) -> int:
        """Write what the pipe takes; all of it counts as taken by a worker that is gone."""
        try:
            return os.write(self._jobs, job)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            return len(job)

    def _write_on(self) -> None:
        del self._waiting[: self._written(self._waiting)]
        if not self._waiting:
            self._loop.remove_writer(self._jobs)
