"""What a view is told: which member now speaks for a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from federation.member import Member


@dataclass(frozen=True, kw_only=True)
class Change:
    """The state a record has now. A member of kind Delete, or no member, removes the record."""

    object: str
    position: int
    member: Member | None


class View(Protocol):
    """Something derived from the journal that can be deleted and rebuilt."""

    @property
    def position(self) -> int:
        """The journal position up to which everything has been applied; 0 for an empty view."""

    def apply(self, changes: Sequence[Change], position: int, *, until: int | None = None) -> None:
        """Bring the view to `position`; safe to repeat with the same or overlapping changes.

        A position before `until` may lie within one transaction of the journal: more follows, and
        nobody should be shown the state between.
        """
