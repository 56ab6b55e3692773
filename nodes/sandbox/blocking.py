"""A sandbox for whoever has no event loop, as a command has none: `Blocking("workbook").run(…)`.

Nothing is started before the first job. From then on a thread keeps the workers, until the process
ends; the kernel ends a worker together with the thread that started it, so there is one for all.
"""

import asyncio
import atexit
from asyncio import AbstractEventLoop
from threading import Lock, Thread
from typing import Any

from nodes.sandbox.pool import Sandbox


class Blocking:
    """Workers of one task; one serves after the other unless `allowed` says otherwise."""

    def __init__(self, task: str, **allowed: int) -> None:
        """Start nothing yet; `allowed` is what a Sandbox is given."""
        self._task = task
        self._allowed = {"workers": 1, "spares": 0, **allowed}
        self._lock = Lock()
        self._opened: tuple[AbstractEventLoop, Thread, Sandbox] | None = None

    def run(
        self, header: dict[str, Any], body: bytes, *, seconds: float, waiting: float
    ) -> tuple[dict[str, Any], bytes]:
        """Have one job done, as Sandbox.run does, and wait for it; raises WorkerNotStarted, too."""
        loop, sandbox = self._open()
        asked = sandbox.run(header, body, seconds=seconds, waiting=waiting)
        done = asyncio.run_coroutine_threadsafe(asked, loop)
        try:
            return done.result()
        except BaseException:
            done.cancel()  # of whoever stops waiting; harmless otherwise
            raise

    def close(self) -> None:
        """End the workers and the thread; the end of the process does so, too."""
        with self._lock:
            if self._opened is None:
                return
            loop, thread, sandbox = self._opened
            self._opened = None
        atexit.unregister(self.close)
        asyncio.run_coroutine_threadsafe(sandbox.close(), loop).result()
        _end(loop, thread)

    def _open(self) -> tuple[AbstractEventLoop, Sandbox]:
        with self._lock:
            if self._opened is None:
                loop = asyncio.new_event_loop()
                thread = Thread(target=loop.run_forever, name=f"keeps {self._task}", daemon=True)
                thread.start()
                try:
                    sandbox = asyncio.run_coroutine_threadsafe(self._entered(), loop).result()
                except BaseException:
                    _end(loop, thread)
                    raise
                self._opened = loop, thread, sandbox
                atexit.register(self.close)
            return self._opened[0], self._opened[2]

    async def _entered(self) -> Sandbox:
        sandbox = Sandbox(self._task, **self._allowed)
        await sandbox.open()
        return sandbox


def _end(loop: AbstractEventLoop, thread: Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
