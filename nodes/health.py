"""How a node is."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Health:
    """How far the views are behind the journal, in changes."""

    ready: bool
    behind: int
    at: datetime
