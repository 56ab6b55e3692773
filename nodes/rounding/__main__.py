"""One round, in a process of its own: `python -m nodes.rounding FOLDER BASE PARENT`.

It is a round like any other, with its own workers, its lease and its note in the journal, and ends
at any instant as a node may. It gives way to the node whose FOLDER it is, and ends with it. What
its workers prepare for the node's index goes to stdout; what it has to tell, to stderr.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from nodes.apart import Handing
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.errors import NodeError
from nodes.journal import known
from nodes.logs import log_to_stderr
from nodes.node import open_harvesting
from nodes.sandbox import limits


def main(folder: str, base: str, parent: str) -> str | None:
    """Do what the command line says; return what went wrong."""
    limits.end_with_parent(int(parent))
    limits.give_way()
    limits.interrupt_nobody()
    limits.share_free_memory()
    log_to_stderr()
    try:
        with suppress(asyncio.CancelledError):
            asyncio.run(_round(Path(folder), base))
    except NodeError as error:
        return str(error)
    return None


async def _round(folder: Path, base: str) -> None:
    """Do a round with a peer, until it ends or this process is asked to."""
    me = asyncio.current_task()
    if me is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, me.cancel)
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what is printed is no message
    with pipe, open_desk(read_config(folder)) as desk:
        standings = {each.peer.base: each for each in known.standings(desk.journal)}
        if base in standings:
            async with open_harvesting(desk, prepared=Handing(pipe)) as harvesting:
                await harvesting.begin(standings[base])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
