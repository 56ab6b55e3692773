"""A dump each night, at an hour of the machine's local clock.

When it is due is kept in the journal, and the clock only asks: a node that was stopped or killed
at the hour makes it after the next start, and one that has made it makes it once. What fails is
tried again ten minutes later. It is written by a process of its own, since that takes minutes of
work in Python, for which no page shall wait; it ends with the node.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Final

from federation.schedule import open_clock
from nodes import dumps
from nodes.desk import Desk
from nodes.dumps import Dump
from nodes.errors import NodeError
from nodes.harvesting import utc_now
from nodes.journal import jobs
from nodes.node import Node
from nodes.processes import run

JOB: Final = "dump"
_AGAIN: Final = timedelta(minutes=10)
_LOG: Final = logging.getLogger(__name__)


def next_due(now: datetime, hour: int) -> datetime:
    """Give the next time after `now` at which it is that hour here, in UTC."""
    today = now.astimezone().date()
    for day in (today, today + timedelta(days=1)):
        found = datetime.combine(day, time(hour)).astimezone(UTC)
        if found > now:
            return found
    return datetime.combine(today + timedelta(days=2), time(hour)).astimezone(UTC)


@dataclass(kw_only=True)
class Nightly:
    """The job of one node."""

    desk: Desk
    now: Callable[[], datetime] = utc_now
    _task: asyncio.Task[None] | None = None

    async def tick(self) -> None:
        """Begin a dump when it is due and none is under way."""
        if self._task is not None and not self._task.done():
            return
        if self.desk.config.dumps.nightly and await asyncio.to_thread(self.is_due):
            self._task = asyncio.create_task(self.make())

    async def close(self) -> None:
        """Stop the dump under way; it is made after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def is_due(self) -> bool:
        """Whether a dump is due now; notes when the next one is where that is not known."""
        now = self.now()
        latest = next_due(now, self.desk.config.dumps.hour)
        due = jobs.due(self.desk.journal, JOB)
        if due is None or due > latest:  # a new node, another hour, or the clock was set back
            jobs.keep_due(self.desk.journal, JOB, latest)
            return False
        return due <= now

    async def make(self) -> None:
        """Make the dump, remove old ones and note when the next is due."""
        try:
            if await asyncio.to_thread(self._is_missing):
                folder = self.desk.config.folder.absolute()
                await run("nodes.dumping", folder, self.now().isoformat(), settings=os.environ)
            await asyncio.to_thread(self._finish)
        except Exception as error:  # the job runner: tomorrow's dump must be made all the same
            if isinstance(error, NodeError):
                _LOG.warning("no dump was made, it is tried again: %s", error)
            else:
                _LOG.exception("no dump was made, it is tried again")
            again = self.now() + _AGAIN
            await asyncio.to_thread(jobs.keep_due, self.desk.journal, JOB, again)

    def _is_missing(self) -> bool:
        """Whether the dump that is due has not been made yet."""
        due, made = jobs.due(self.desk.journal, JOB), self._newest()
        return due is None or made is None or datetime.fromisoformat(made.issued) < due

    def _finish(self) -> None:
        """Tell what was made, remove old dumps and note when the next is due."""
        made, settings = self._newest(), self.desk.config.dumps
        if made is not None:
            _LOG.info("%s holds %d records of %d cities", made.name, made.records, len(made.parts))
        with dumps.held(self._folder) as free:
            if free:
                dumps.prune(self._folder, settings.days, settings.most_bytes, self.now())
        jobs.keep_due(self.desk.journal, JOB, next_due(self.now(), settings.hour))

    @property
    def _folder(self) -> Path:
        return self.desk.views / dumps.FOLDER

    def _newest(self) -> Dump | None:
        return next(iter(dumps.kept(self._folder)), None)


@asynccontextmanager
async def dumping(node: Node) -> AsyncIterator[None]:
    """Make a dump each night until the block ends."""
    nightly = Nightly(desk=node.desk)
    clock = open_clock(nightly.tick, node.desk.config.harvest.tick)
    try:
        yield
    finally:
        clock.shutdown(wait=False)
        await nightly.close()
