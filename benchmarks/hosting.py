"""Serve several nodes in one process: `python -m benchmarks.hosting FOLDER…`.

Each has its own journal, views, address and rounds, as with `citynode serve`; they share the
process, and the workers that examine pages. Ends when it is asked to.
"""

import asyncio
import logging
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from nodes.config import read_config
from nodes.node import at_work, open_node
from nodes.sandbox.pool import Sandbox
from nodes.web.app import build_app, serving


async def host(folders: list[Path]) -> None:
    """Serve the nodes of some folders until the process is asked to stop."""
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with AsyncExitStack() as stack:
        shared = await stack.enter_async_context(Sandbox("examine", workers=2, spares=1))
        for folder in folders:
            config = read_config(folder)
            node = await stack.enter_async_context(open_node(config, shared))
            await stack.enter_async_context(serving(build_app(node), config))
            await stack.enter_async_context(at_work(node))
        await stop.wait()


if __name__ == "__main__":
    logging.basicConfig(level="WARNING", format="%(asctime)s %(name)s: %(message)s")
    asyncio.run(host([Path(each) for each in sys.argv[1:]]))
