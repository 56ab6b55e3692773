"""A long round in a process of its own, both ends of what is between that process and the node.

A first harvest of a large city keeps Python's lock busy for a minute, and every question waits for
it. So the node lets another process do it (`nodes.rounding`), on the same journal. The node follows
the journal as ever; all that it needs besides is what the pages' workers prepared for its index.
That comes through a pipe, was checked on the other side, and costs the event loop next to nothing:
questions wait there. When the process dies, the node loses a round and nothing else. When
the node dies, the process does too.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

from federation.member import Member
from nodes.errors import ProcessFailed
from nodes.prepared import Prepared, Ready, Told, name_of
from nodes.sandbox import wire
from nodes.sandbox.wire import Assembler, Message, WireError
from nodes.sandbox.worker import environment

_PIECE: Final = 1 << 16
_END_SECONDS: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Apart:
    """Does rounds of the node in a folder elsewhere; `prepared` is that of its index."""

    folder: Path
    prepared: Prepared

    async def round_with(self, base: str) -> None:
        """Have one round done; raises ProcessFailed, or OSError when nothing can be started.

        The round is noted in the journal by whoever does it. Whoever stops waiting breaks it off.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nodes.rounding"),
            *(str(self.folder), base, str(os.getpid())),
            stdin=DEVNULL,
            stdout=PIPE,
            env={**os.environ, **environment()},
            cwd="/",
            process_group=0,
        )
        try:
            await self._take_up(process)
            status = await process.wait()
        except BaseException:
            await _end(process)
            raise
        if status:
            raise ProcessFailed(f"its process ended with {status}")

    async def _take_up(self, process: Process) -> None:
        """Keep what was prepared until the process has no more; raises ProcessFailed."""
        pipe = process.stdout
        assembler = Assembler()
        try:
            while pipe is not None and (piece := await pipe.read(_PIECE)):
                for message in assembler.feed(piece):
                    said = message.header
                    ready = Ready(found_by=message.body.decode(), told=Told(**said["told"]))
                    self.prepared.keep_as(bytes.fromhex(said["name"]), ready)
        except (WireError, LookupError, ValueError, TypeError) as error:
            raise ProcessFailed(f"its process says what nobody understands: {error}") from None


class Handing(Prepared):
    """Hands everything that was prepared on to the node, and keeps nothing."""

    def __init__(self, pipe: BinaryIO) -> None:
        super().__init__(0)
        self._pipe = pipe
        self._turn = Lock()

    def keep(self, member: Member, ready: Ready) -> None:
        """Hand on what is ready for a member; waits while the node has no time for it.

        What is told of it at too great a length is not handed on.
        """
        said = {"name": name_of(member).hex(), "told": vars(ready.told)}
        try:
            framed = wire.frame(Message(said, ready.found_by.encode()))
        except WireError:
            return
        with self._turn:
            self._pipe.write(framed)
            self._pipe.flush()


async def _end(process: Process) -> None:
    """Ask the process to break off and give back what it holds; kill it when that takes long."""
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.communicate(), _END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.communicate()
