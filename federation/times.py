"""Times as members bear them: UTC to the microsecond, so that they sort as text."""

from datetime import UTC, datetime, timedelta
from typing import Final

_TICK: Final = timedelta(microseconds=1)
_APART: Final = timedelta(milliseconds=1)


def stamp(moment: datetime) -> str:
    """Write a time: UTC, six decimals, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def spread(after: str | None, now: datetime, count: int) -> list[str]:
    """Give `count` strictly increasing times that end at `now` and lie after `after`.

    They stand a millisecond apart, because many readers know no finer time, unless that would
    reach back to `after`; then they are closer, and lie after `now` only when the clock went back.
    """
    last = now.astimezone(UTC)
    first = last - _APART * max(0, count - 1)
    if after is not None:
        first = max(first, datetime.fromisoformat(after) + _TICK)
    apart = min(_APART, (last - first) / max(1, count - 1))
    apart = max(apart - apart % _TICK, _TICK)
    return [stamp(first + apart * place) for place in range(count)]
