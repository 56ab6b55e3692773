"""The journal as a feed sees it: the members of a stream, by index."""

from collections.abc import Sequence
from dataclasses import dataclass

from federation.page import Entry
from nodes.journal.journal import Journal


@dataclass(frozen=True, kw_only=True)
class JournalOutbox:
    """`/feed` of a journal, or with `relayed` its `/feed/all`."""

    journal: Journal
    relayed: bool

    def size(self) -> int:
        """Return how many members the stream has."""
        return self.journal.size(None if self.relayed else self.journal.base)

    def entries(self, first: int, end: int) -> Sequence[Entry]:
        """Return the members from index `first` up to, not including, `end`."""
        return self.journal.stream(first, end, relayed=self.relayed)

    def stamp(self, index: int) -> str:
        """Return the time by which the member at `index` is ordered."""
        [entry] = self.entries(index, index + 1)
        return entry.stamp
