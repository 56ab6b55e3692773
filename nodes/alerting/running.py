"""Telling people for as long as a node is served, where its operator has configured it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from random import SystemRandom
from typing import Final

from federation.schedule import open_clock
from nodes.alerting.finding import match_next
from nodes.alerting.sending import Sending
from nodes.harvesting import utc_now
from nodes.journal import alerts, subscriptions
from nodes.node import Node
from nodes.seals import open_seal

_LOG: Final = logging.getLogger(__name__)


@asynccontextmanager
async def alerting(node: Node) -> AsyncIterator[None]:
    """Match what comes and send what is due until the block ends; nothing where it is not set.

    Raises ConfigError for a password or key that cannot be read.
    """
    config = node.desk.config
    if not config.alerts.channels:
        yield
        return
    config.alerts.password(config.folder)
    sending = Sending(
        config=config,
        journal=node.desk.journal,
        city=node.desk.city,
        seal=open_seal(config.folder),
        city_of=node.network.city,
        now=utc_now,
        random=SystemRandom(),
    )
    await asyncio.to_thread(alerts.begin, node.desk.journal)

    async def tick() -> None:
        try:
            await step(node, sending)
        except Exception:  # the job runner: a full disk or a busy journal is over some time
            _LOG.exception("news could not be told; the next look is soon")

    clock = open_clock(tick, config.harvest.tick)
    try:
        yield
    finally:
        clock.shutdown(wait=False)
        await sending.close()


async def step(node: Node, sending: Sending) -> None:
    """Match all that came, begin to send all that is due, forget what has expired."""
    settings, journal, now = node.desk.config.alerts, node.desk.journal, utc_now()
    while await asyncio.to_thread(match_next, journal, settings, now):
        pass
    await sending.tick()
    await asyncio.to_thread(
        subscriptions.expire,
        journal,
        now - timedelta(hours=settings.unconfirmed_hours),
        now - timedelta(days=settings.paused_days),
    )
