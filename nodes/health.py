"""How a node is.

It is ready while its views follow the journal: during unbroken publication they are always a little
behind, and a node that is asked no more because of that would be of no use just when it has news.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

LONGEST_LAG: Final = 30.0
"""Seconds by which the views may lag."""


@dataclass(frozen=True, kw_only=True)
class Health:
    """How far the views are behind the journal, in changes."""

    ready: bool
    behind: int
    at: datetime


@dataclass(kw_only=True)
class Pace:
    """Remembers when the views held all that the journal did; seconds of `time.monotonic`."""

    _in_step: float = field(default_factory=time.monotonic)

    def note(self, at: float) -> None:
        """Note that the views hold all that was in the journal at a time."""
        self._in_step = max(self._in_step, at)

    def keeps_up(self, now: float) -> bool:
        """Tell whether what the views lack came within the last while."""
        return now - self._in_step < LONGEST_LAG
