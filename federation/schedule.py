"""When the next round with a peer is due, and the clock that asks.

Due times are kept in the journal by the node; the scheduler here only ticks and asks who is due.
So a restart, a busy loop or a clock set back costs one tick and never a round
(docs/decisions/0003-one-ticking-job.md).
"""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from logging import LogRecord, getLogger
from random import Random
from typing import Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from federation.peers import Round

_LOG: Final = getLogger("apscheduler.executors.default")
_FLOOR: Final = 1.0
_FIRST_PAUSE: Final = 60.0
_LONGEST_PAUSE: Final = 86_400.0
_JITTER: Final = 0.1


def next_due(
    done: Round, failures: int, interval: float, now: datetime, random: Random
) -> datetime:
    """Decide when to ask a peer again.

    `interval` is in seconds, the node's own wish; a longer one that a peer asks for
    is obeyed, up to a day.
    After `failures` failed rounds in a row the pause doubles from a minute to a day, and never
    ends before the peer's Retry-After. A tenth of jitter keeps peers from moving in step.
    """
    if done.failure is None:
        pause = max(interval, min(float(done.interval or 0), _LONGEST_PAUSE), _FLOOR)
    else:
        first = min(_FIRST_PAUSE, max(interval, _FLOOR))
        pause = min(first * 2 ** min(failures - 1, 20), _LONGEST_PAUSE)
        pause = max(pause, min(done.retry_after or 0.0, _LONGEST_PAUSE))
    return now + timedelta(seconds=pause * (1 + _JITTER * random.random()))


def _is_news(record: LogRecord) -> bool:
    """Pass over a tick that ended because the clock was shut down, before it or amid it."""
    return record.exc_info is None or not isinstance(record.exc_info[1], CancelledError)


def open_clock(tick: Callable[[], Awaitable[None]], seconds: float) -> AsyncIOScheduler:
    """Start a clock that calls `tick` now and every so many seconds, never twice at once.

    The caller shuts it down with `shutdown(wait=False)`.
    """
    _LOG.addFilter(_is_news)
    clock = AsyncIOScheduler(timezone="UTC")
    clock.add_job(
        tick,
        IntervalTrigger(seconds=seconds, timezone="UTC"),
        coalesce=True,
        max_instances=1,
        next_run_time=datetime.now(UTC),
        misfire_grace_time=None,
    )
    clock.start()
    return clock
