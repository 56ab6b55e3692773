"""Serve the feed of a node and nothing else: `python -m benchmarks.feeding FOLDER`.

The same handlers and bytes as with `citynode serve`, without the views that searching needs: so
a large feed can be had without waiting for its records to be indexed.
"""

import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import web

from nodes.config import read_config
from nodes.desk import open_desk
from nodes.feeds import Feeds
from nodes.web import feed
from nodes.web.keys import CITY, FEEDS, JOURNAL


async def serve(folder: Path) -> None:
    """Serve the feed of the node in a folder until the process is asked to stop."""
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    config = read_config(folder)
    with open_desk(config) as desk:
        app = web.Application()
        app[CITY], app[JOURNAL] = desk.city, desk.journal
        app[FEEDS] = Feeds(
            journal=desk.journal,
            city=desk.city,
            key=desk.keyring.key,
            interval=config.harvest.polling_interval,
            folder=desk.views / "pages",
        )
        app.add_routes(feed.routes())
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, config.server.host, config.server.port).start()
        try:
            await stop.wait()
        finally:
            await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
