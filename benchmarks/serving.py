"""The query service of a node over a store: `python -m benchmarks.serving FOLDER PORT`.

All that a request goes through in a node is here (headers, figures, budgets, freshness), without
a city behind it.
"""

import asyncio
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from aiohttp import web

from benchmarks.sample import BASE
from nodes.budgets import Budgets
from nodes.city import City
from nodes.freshness import JournalFreshness
from nodes.harvesting import utc_now
from nodes.journal import Journal
from nodes.journal.known import Standing
from nodes.queries import Limits, Queries
from nodes.refreshing import Refreshing
from nodes.snapshots import Snapshot
from nodes.web import keys as web_keys
from nodes.web import metrics, middleware, signatures, sparql
from nodes.web.clients import Clients

SECONDS: Final = 600.0
"""How long a query may take: longer than on a node, since the others are not stopped either."""


async def serve(folder: Path, port: int) -> None:
    """Serve until the process is ended."""
    city = City(name="Lab", base=BASE, country="IT", language="it", publisher="Lab", licence=BASE)
    place = Path(tempfile.mkdtemp(prefix="serving-", dir=folder))
    limits = replace(Limits(), seconds=SECONDS)
    with closing(Journal(place / "journal.sqlite", BASE)) as journal:
        async with Queries(
            Snapshot(folder / "store"), place / "checkpoints", limits=limits
        ) as queries:
            app = web.Application()
            middleware.setup(app)
            signatures.setup(app)
            metrics.setup(app)
            app[web_keys.BASE], app[web_keys.CITY], app[web_keys.QUERIES] = BASE, city, queries
            app[web_keys.BUDGETS] = Budgets(burst=1e9, rate=1.0)
            app[web_keys.CLIENTS] = Clients()
            app[web_keys.FRESHNESS] = JournalFreshness(journal, city)
            app[web_keys.REFRESHING] = Refreshing(
                journal=journal, begin=_nobody, catch_up=_nothing, now=utc_now
            )
            app.add_routes(sparql.routes())
            runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            await asyncio.Event().wait()


def _nobody(standing: Standing) -> asyncio.Task[None]:
    raise AssertionError(standing.peer.base)


async def _nothing() -> None:
    pass


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
