"""Nodes in processes of their own that begin with everything loaded.

To load what a node needs takes a second of processor time, and each of eight nodes would do it anew
on one machine. So one process does it, opens nothing and starts no thread, and every node begins as
a copy of it; the copies share its memory. What a node does from there is `citynode serve`.
"""

import asyncio
import gc
import os
import signal
from collections.abc import Mapping
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Final

_COMMANDS: Final = "nodes.commands.entry"
_FORKS: Final = get_context("forkserver")
_FORKS.set_forkserver_preload(
    [__name__, _COMMANDS, "nodes.commands.setup", "nodes.commands.importing"]
)


class Forked:
    """A process that runs a command of citynode. It is ended when this one ends."""

    def __init__(self, words: tuple[str, ...], log: Path) -> None:
        told = (words, log, dict(os.environ))
        self._process = _FORKS.Process(target=_run, args=told, daemon=True)

    @classmethod
    async def start(cls, *words: str, log: Path) -> "Forked":
        """Start `citynode` with these words; what it prints is added to `log`."""
        forked = cls(words, log)
        await asyncio.to_thread(forked._process.start)  # the first one waits for the loading
        return forked

    @property
    def pid(self) -> int | None:
        """The number the system gave it."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.returncode is None and self.pid is not None:
            os.kill(self.pid, number)

    async def wait(self) -> int:
        """Wait until it has ended; returns how."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        end = os.dup(self._process.sentinel)
        loop.add_reader(end, ended.set)
        try:
            while (code := self.returncode) is None:
                await ended.wait()
        finally:
            loop.remove_reader(end)
            os.close(end)
        return code


def _run(words: tuple[str, ...], log: Path, environment: Mapping[str, str]) -> None:
    gc.freeze()  # what was loaded stays
    with log.open("ab", buffering=0) as end:
        os.dup2(end.fileno(), 1)
        os.dup2(end.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    import_module(_COMMANDS).main(words)
