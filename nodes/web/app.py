"""The web application of a node: every room of it under one base, and how it is served.

Limits for strangers stand here: the size of a body, how long one may take to send it, how long a
silent connection is kept.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from errno import EACCES
from socket import gaierror
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from nodes.budgets import Budgets
from nodes.cities import Cities
from nodes.config import Config
from nodes.dossiers import Dossiers
from nodes.dumps import FOLDER as DUMPS_FOLDER
from nodes.duplicates import Duplicates
from nodes.errors import PortTaken
from nodes.finding import finders as finders_of
from nodes.freshness import JournalFreshness
from nodes.harvesting import utc_now
from nodes.node import Node
from nodes.observatory import Observatory
from nodes.portal import Portal
from nodes.refreshing import Refreshing
from nodes.runs import Runs
from nodes.seals import open_seal
from nodes.similar import Similars
from nodes.subscribing import Subscribing
from nodes.web import (
    catalog,
    cities,
    citing,
    digests,
    discovery,
    dossiers,
    dumps,
    duplicates,
    feed,
    finders,
    freshness,
    inbox,
    linked,
    members,
    metrics,
    middleware,
    observatory,
    openapi,
    overload,
    pages,
    querying,
    rendering,
    runs,
    search,
    signatures,
    similar,
    sitemaps,
    sparql,
    subscriptions,
    suggest,
    twins,
    vocabulary,
    wellknown,
)
from nodes.web.clients import Clients
from nodes.web.connections import LONGEST_LINE, TAKEN_AT_ONCE, room_for_connections, running
from nodes.web.keys import (
    ASKERS,
    BASE,
    BUDGETS,
    CATALOGUE,
    CITIES,
    CITY,
    CLIENTS,
    DOSSIERS,
    DUMPS,
    DUPLICATES,
    EXPORTS,
    EXPORTS_FOLDER,
    FEEDS,
    FENCING,
    FINDERS,
    FRESHNESS,
    HEALTH,
    HEARING,
    JOURNAL,
    NETWORK,
    OBSERVATORY,
    PORTAL,
    QUERIES,
    REFRESHING,
    RUNS,
    SIMILARS,
    SUBSCRIBING,
    TELLING,
)

_LOG: Final = logging.getLogger(__name__)
_NAMELESS: Final = ("feed", "inbox", "sparql", "static", "healthz", "readyz", "metrics")
"""What is below these tells of no other city by name, and is not kept waiting for names."""

_ROOMS: Final = (
    sitemaps,
    catalog,
    dossiers,
    feed,
    freshness,
    digests,
    runs,
    inbox,
    wellknown,
    metrics,
    discovery,
    dumps,
    openapi,
    sparql,
    querying,
    citing,
    search,
    suggest,
    cities,
    finders,
    subscriptions,
    observatory,
    linked,
    similar,
    duplicates,
    members,
    vocabulary,
    pages,
)


def build_app(node: Node) -> web.Application:
    """Put the application of a node together, below the path of its base."""
    config = node.desk.config
    app = web.Application(client_max_size=config.server.body_bytes)
    middleware.setup(app)
    overload.setup(app, config.server.requests_at_once)
    signatures.setup(app)
    metrics.setup(app)
    rendering.setup(app)
    app.middlewares.append(_acquainted)
    app[BASE] = node.desk.city.base
    app[CITY] = node.desk.city
    app[CATALOGUE] = node.catalogue
    app[NETWORK] = node.network
    app[CITIES] = Cities(
        journal=node.desk.journal,
        index=node.views.index,
        city=node.desk.city,
        name=node.network.city,
    )
    app[SIMILARS] = Similars(
        journal=node.desk.journal,
        index=node.views.index,
        cities=app[CITIES],
        nearest=node.catalogue.nearest_to,
    )
    app[EXPORTS] = twins.exports_at_once()
    app[EXPORTS_FOLDER] = twins.exports_folder(node.desk.views)
    app[FINDERS] = finders_of(node.desk.journal, node.views.index)
    app[DUPLICATES] = Duplicates(journal=node.desk.journal, index=node.views.index)
    app[QUERIES] = node.queries
    app[BUDGETS] = Budgets(burst=config.query.budget, rate=config.query.budget_rate)
    app[CLIENTS] = Clients(
        tokens={name: each.get_secret_value() for name, each in config.query.tokens.items()},
        share=config.query.token_share,
        proxies=config.server.proxies,
    )
    app[FRESHNESS] = JournalFreshness(node.desk.journal, node.desk.city)
    app[REFRESHING] = Refreshing(
        journal=node.desk.journal,
        begin=node.harvesting.begin,
        catch_up=node.catch_up,
        now=utc_now,
        pause=config.harvest.refresh_pause,
        deadline=config.harvest.refresh_seconds,
    )
    app[JOURNAL] = node.desk.journal
    app[FENCING] = asyncio.Lock()
    app[FEEDS] = node.feeds
    app[DUMPS] = node.desk.views / DUMPS_FOLDER
    app[DOSSIERS] = Dossiers(
        journal=node.desk.journal,
        city=node.desk.city,
        interval=config.harvest.polling_interval,
        folder=node.desk.views / "pages" / "dcat-ap",
        kept=config.retention.kept(),
    )
    app[RUNS] = Runs(
        journal=node.desk.journal,
        city=node.desk.city,
        interval=config.harvest.polling_interval,
        days=config.harvest.runs_kept_days,
    )
    app[PORTAL] = Portal(queries=node.queries, journal=node.desk.journal, city=node.desk.city)
    app[HEARING] = node.hearing
    app[TELLING] = node.telling
    app[HEALTH] = node.health
    app[OBSERVATORY] = Observatory(index=node.views.index)
    if config.alerts.channels:
        app[SUBSCRIBING] = Subscribing(
            journal=node.desk.journal,
            settings=config.alerts,
            seal=open_seal(config.folder),
            private=bool(config.alerts.allow_private_webhooks),
            now=utc_now,
        )
        hourly = config.alerts.requests_per_hour
        app[ASKERS] = Budgets(burst=hourly, rate=hourly / 3_600)
    for room in _ROOMS:
        app.add_routes(room.routes())
    return mounted(app, node.desk.city.base, config.server.body_bytes)


@web.middleware
async def _acquainted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Have the names and ages of cities at hand where an answer may tell of them."""
    below = request.path.removeprefix(urlsplit(request.app[BASE]).path).lstrip("/")
    if below.split("/", 1)[0] not in _NAMELESS:
        await request.app[NETWORK].renew()
    return await handler(request)


def mounted(app: web.Application, base: str, body_bytes: int) -> web.Application:
    """Put an application below the path of a base, to which the path without its slash leads."""
    prefix = urlsplit(base).path.rstrip("/")
    if not prefix:
        return app

    async def begin(_: web.Request) -> web.Response:
        raise web.HTTPPermanentRedirect(base)

    whole = web.Application(client_max_size=body_bytes)
    whole[BASE] = base
    middleware.setup(whole)
    whole.add_routes([web.get(prefix, begin)])
    whole.add_subapp(prefix, app)
    return whole


@asynccontextmanager
async def serving(app: web.Application, config: Config) -> AsyncIterator[int]:
    """Listen until the block ends; yields the port."""
    async with running(
        app,
        most=room_for_connections(),
        body_bytes=config.server.body_bytes,
        shutdown_timeout=5.0,
        cancelling=True,
        access_log=None,
        keepalive_timeout=config.server.keepalive_seconds,
        max_line_size=LONGEST_LINE,
        lingering_time=config.server.body_seconds,
    ) as runner:
        site = web.TCPSite(runner, config.server.host, config.server.port, backlog=TAKEN_AT_ONCE)
        try:
            await site.start()
        except OSError as error:
            place = f"{config.server.host}, port {config.server.port}"
            why = os.strerror(error.errno or 0) or error
            if isinstance(error, gaierror):
                why = "no address of this machine is called that; write one, such as 127.0.0.1"
            elif error.errno == EACCES:
                why = f"{why}; ports below 1024 are for root, choose a higher one"
            raise PortTaken(f"nothing can be served at {place}: {why}") from None
        port = int(runner.addresses[0][1])
        _LOG.info("serving %s on port %d", app.get(BASE, config.city.base), port)
        yield port
