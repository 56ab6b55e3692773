"""A saved search as a value: who is told of what it finds, where, and how often.

Nothing here touches disk, network or clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from nodes.searches import SearchRequest

_MONDAY: Final = 0
_DAYS_OF_WEEK: Final = 7


class Channel(StrEnum):
    """How somebody is told."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class Pace(StrEnum):
    """How often somebody is told."""

    INSTANT = "instant"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A saved search of somebody. Times are ISO 8601 in UTC.

    `target` is a mail address or the address of a webhook, `address` the query string of the
    search. `since` is the journal's last change when it was confirmed, None until then: only what
    changed later is told. `letters` counts what was sent, `failures` what failed in a row;
    `paused` is when the node gave up, `reason` why the last try failed.
    """

    id: str
    channel: Channel
    target: str
    address: str
    request: SearchRequest
    pace: Pace
    made: str
    since: int | None = None
    sent: str | None = None
    letters: int = 0
    failures: int = 0
    paused: str | None = None
    reason: str | None = None

    @property
    def confirmed(self) -> bool:
        """Whether whoever reads at the target has agreed."""
        return self.since is not None


def next_letter(
    pace: Pace, now: datetime, last: datetime | None, *, apart: timedelta, hour: int, zone: tzinfo
) -> datetime:
    """Say when what was found now is to be told.

    At once, but not sooner than `apart` after the last letter; or at the next `hour` of the
    clock in `zone`: of any day, or of a Monday.
    """
    if pace is Pace.INSTANT:
        return now if last is None or last > now else max(now, last + apart)
    local = now.astimezone(zone)
    due = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    if due <= local:
        due += timedelta(days=1)
    if pace is Pace.WEEKLY:
        due += timedelta(days=(_MONDAY - due.weekday()) % _DAYS_OF_WEEK)
    return due.astimezone(now.tzinfo)
