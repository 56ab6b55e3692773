"""The order of hits, and any stretch of it.

Every order is total: what is equal by the key of the order follows the number of the record, so a
place in the order is a rank, `(key, tie)`, that holds whatever comes or goes elsewhere. A stretch
is found by its place in the list, or by the rank that it follows; the place where that rank stood
before is a hint and no more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import tantivy
from tantivy import Order, Query

from nodes.index.documents import CITY, DATE, POINT, PRIOR, READINESS, TIE, TITLE, UPDATED
from nodes.index.narrowing import all_of, around, rings
from nodes.searches import Near, Sort

Rank = tuple[float | int | str, int]
_PAD: Final = 4
_GROWTH: Final = 8
_FIELDS: Final = {
    Sort.DATE: (DATE, Order.Desc),
    Sort.UPDATED: (UPDATED, Order.Desc),
    Sort.READINESS: (READINESS, Order.Desc),
    Sort.TITLE: (TITLE, Order.Asc),
    Sort.CITY: (CITY, Order.Asc),
}


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A hit at its rank; `score` is a score or a distance, where the order has one."""

    rank: Rank
    address: tantivy.DocAddress
    score: float = 0.0


class Ordered(Protocol):
    """Hits of a query in an order."""

    total: int

    def stretch(self, start: int, stop: int) -> Sequence[Placed]:
        """Give the hits from one place in the order up to another."""


class ByField:
    """Hits in the order of a field, or of their scores."""

    def __init__(self, searcher: tantivy.Searcher, query: Query, sort: Sort) -> None:
        self._searcher = searcher
        self._query = query
        self._sort = sort
        self.total = -1

    def stretch(self, start: int, stop: int) -> Sequence[Placed]:
        """Give a stretch; hits with equal keys around its ends are put in order together."""
        low, high = max(0, start - _PAD), stop + _PAD
        while True:
            keys, found = self._fetch(low, high)
            more = (high - low) * _GROWTH
            if low and start - low < len(keys) and keys[0] == keys[start - low]:
                low = max(0, low - more)
            elif len(keys) == high - low and keys[-1] == keys[stop - low - 1]:
                high += more
            else:
                break
        ties = self._searcher.fast_field_values(TIE, found)
        placed = [
            Placed(rank=(self._rank(key), int(tie or 0)), address=address, score=self._score(key))
            for key, tie, address in zip(keys, ties, found, strict=True)
        ]
        placed.sort(key=lambda each: each.rank)
        return placed[start - low : stop - low]

    def _fetch(
        self, low: int, high: int
    ) -> tuple[list[float | int | str], list[tantivy.DocAddress]]:
        name, order = _FIELDS.get(self._sort, (None, Order.Desc))
        most = max(1, min(high, self._searcher.num_docs) - low)  # room is made for all of these
        found = self._searcher.search(
            self._query,
            min(high - low, most),
            offset=low,
            count=self.total < 0,
            order_by_field=name,
            order=order,
            weight_by_field=None if name else PRIOR,
        )
        if self.total < 0:
            self.total = int(found.count)  # type: ignore[attr-defined]  # not in the stub
        return [key for key, _ in found.hits], [address for _, address in found.hits]

    def _rank(self, key: float | int | str) -> float | int | str:
        return key if isinstance(key, str) else -key

    def _score(self, key: float | int | str) -> float:
        return float(key) if isinstance(key, float) else 0.0


class ByDistance:
    """Hits by their distance from a point; those without a place come last."""

    def __init__(
        self, searcher: tantivy.Searcher, schema: tantivy.Schema, query: Query, near: Near
    ) -> None:
        self._searcher = searcher
        self._schema = schema
        self._query = query
        self._near = near
        found = searcher.search(query, 1)
        self.total = int(found.count)  # type: ignore[attr-defined]  # not in the stub

    def stretch(self, start: int, stop: int) -> Sequence[Placed]:
        """Give a stretch, looking in rings that grow until they hold enough."""
        found: list[Placed] = []
        for within in rings(self._near):
            box = around(self._schema, self._near, within)
            query = all_of([self._query, box])
            found = located(self._searcher, query, self._near, within)
            if len(found) >= min(stop, self.total):
                break
        return found[start:stop]


def located(searcher: tantivy.Searcher, query: Query, near: Near, within: float) -> list[Placed]:
    """Give what a query finds within so many kilometres, nearest first."""
    hits = searcher.search(query, max(searcher.num_docs, 1), count=False).hits
    addresses = [address for _, address in hits]
    columns = [searcher.fast_field_values(name, addresses) for name in (*POINT, TIE)]
    placed = []
    for address, latitude, longitude, tie in zip(addresses, *columns, strict=True):
        far = math.inf
        if latitude is not None and longitude is not None:
            far = near.kilometres(latitude, longitude)
        if far <= within:
            placed.append(Placed(rank=(far, int(tie or 0)), address=address, score=far))
    placed.sort(key=lambda each: each.rank)
    return placed


def points(searcher: tantivy.Searcher, placed: Sequence[Placed]) -> set[tuple[float, float]]:
    """Give the points at which hits lie, each once: latitude and longitude."""
    addresses = [each.address for each in placed]
    columns = (searcher.fast_field_values(name, addresses) for name in POINT)
    return {(float(latitude or 0), float(longitude or 0)) for latitude, longitude in
            zip(*columns, strict=True)}  # fmt: skip


def after(ordered: Ordered, rank: Rank, hint: int, most: int) -> tuple[int, Sequence[Placed]]:
    """Give up to `most` hits that follow a rank, and the place of the first of them."""
    low, high = max(0, hint - _PAD), hint + most + _PAD
    while True:
        found = ordered.stretch(low, high)
        more = (high - low) * _GROWTH
        if low and (not found or found[0].rank > rank):
            low = max(0, low - more)
            continue
        behind = [each for each in found if each.rank > rank]
        if len(behind) < most and len(found) == high - low:
            high += more
            continue
        return low + len(found) - len(behind), behind[:most]
