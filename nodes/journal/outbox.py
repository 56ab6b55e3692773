"""The journal as a feed sees it: the members of a stream, by index, and what was given up."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from federation.feed import Members
from federation.gap import Gap
from federation.page import Entry
from nodes.journal import gaps
from nodes.journal.journal import Journal


@dataclass(frozen=True, kw_only=True)
class JournalOutbox(Members):
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
        return self.slot(index)[1]

    def slot(self, index: int) -> tuple[str, str]:
        """Return digest and time of the member at `index`, whether it is still given or not."""
        row = self._one(
            "SELECT digest, received AS stamp FROM members WHERE position = :first",
            "SELECT digest, published AS stamp FROM members WHERE origin = :base "
            "AND sequence = :first",
            index + 1,
        )
        return str(row["digest"]), str(row["stamp"])

    def lost(self, first: int, end: int) -> int:
        """Count the members from index `first` up to `end` that are given no longer."""
        row = self._one(
            "SELECT count(*) FROM members WHERE position > :first AND position <= :end "
            "AND gap IS NOT NULL",
            "SELECT count(*) FROM members WHERE origin = :base "
            "AND sequence > :first AND sequence <= :end AND gap IS NOT NULL",
            first,
            end,
        )
        return int(row[0])

    def kept_before(self, index: int) -> int:
        """Return the index of the last member before `index` that is still given, or -1."""
        row = self._one(
            "SELECT position FROM members WHERE position > 0 AND position <= :first "
            "AND gap IS NULL ORDER BY position DESC LIMIT 1",
            "SELECT sequence FROM members WHERE origin = :base AND sequence <= :first "
            "AND gap IS NULL ORDER BY sequence DESC LIMIT 1",
            index,
        )
        return -1 if row is None else int(row[0]) - 1

    def gaps(self, first: int, end: int) -> Sequence[Gap]:
        """Return the gaps that stand from index `first` up to `end`, or are made there."""
        values = {"first": first, "base": self.journal.base, "end": end}
        query = (
            "SELECT gap, erases FROM members WHERE position > :first AND position <= :end "
            "AND (gap IS NOT NULL OR erases IS NOT NULL)"
            if self.relayed
            else "SELECT gap, erases FROM members WHERE origin = :base AND sequence > :first "
            "AND sequence <= :end AND (gap IS NOT NULL OR erases IS NOT NULL)"
        )
        named: set[str] = set()
        for row in self.journal.db().execute(query, values).fetchall():
            named.update([row["gap"]] if row["gap"] else json.loads(row["erases"]))
        return gaps.named(self.journal.db(), named) if named else ()

    def _one(self, relayed: str, own: str, first: int, end: int = 0) -> Any:
        values = {"first": first, "base": self.journal.base, "end": end}
        return self.journal.db().execute(relayed if self.relayed else own, values).fetchone()
