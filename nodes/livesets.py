"""The digests of the city's own live records, signed: what `/feed` and `/feed/digest` tell.

They are bound to the newest member of the feed, so that an old one cannot pass for the present one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from federation.digests import (
    Listed,
    LiveSet,
    Sum,
    add_up,
    bucket_at,
    buckets_at,
    signed,
    sum_of,
    total_at,
)
from federation.keys import SigningKey
from federation.times import stamp
from nodes.city import City
from nodes.journal import Journal, digests

_NEVER: Final = stamp(datetime.fromtimestamp(0, UTC))


@dataclass(kw_only=True)
class LiveSets:
    """The live set of a node. All methods block."""

    journal: Journal
    city: City
    key: Callable[[], SigningKey]
    _change: int = -1
    _total: LiveSet | None = field(default=None)

    def total(self, size: int) -> LiveSet | None:
        """Sign the sum of all; None when the feed has more or less than `size` members by now."""
        change = self.journal.last_change()
        if self._total is None or change != self._change or self._total.size != size:
            kept, found = digests.state(self.journal)
            self._total = self._signed(total_at(self._feed), kept, add_up(found.values()))
            self._change = change
        return self._total if self._total.size == size else None

    def buckets(self) -> LiveSet:
        """Sign the sum of each bucket."""
        size, found = digests.state(self.journal)
        return self._signed(buckets_at(self._feed), size, add_up(found.values()), buckets=found)

    def bucket(self, number: int) -> LiveSet:
        """Sign the list of records of one bucket."""
        size, found = digests.state_of(self.journal, number)
        return self._signed(bucket_at(self._feed, number), size, sum_of(found), listed=tuple(found))

    @property
    def _feed(self) -> str:
        return f"{self.city.base}feed"

    def _signed(
        self,
        iri: str,
        size: int,
        summed: Sum,
        *,
        buckets: Mapping[int, Sum] | None = None,
        listed: tuple[Listed, ...] = (),
    ) -> LiveSet:
        newest = self.journal.stream(size - 1, size, relayed=False) if size else []
        live = LiveSet(
            iri=iri,
            actor=self.city.node,
            size=size,
            published=newest[0].stamp if newest else _NEVER,
            sum=summed,
            buckets=buckets or {},
            listed=listed,
        )
        key = self.key()
        return signed(live, key, method=key.public(self.city.base).method)
