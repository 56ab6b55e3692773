"""How the hits of a search spread over a facet and over the years: one aggregation, no records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import tantivy
from tantivy import Occur, Query

MOST_VALUES: Final = 500
"""Values of a facet that are counted, the most frequent ones."""

_MOST_YEARS: Final = 100


@dataclass(frozen=True, kw_only=True)
class Trend:
    """A value of a facet: how many records have it, and how many of them in each year.

    A record counts in every year from its first to its last date; one without a date in none.
    """

    value: str
    total: int
    years: Mapping[int, int]


@dataclass(frozen=True, kw_only=True)
class Trends:
    """The values of a facet, most frequent first, in so many records; `silent` have none."""

    values: tuple[Trend, ...]
    records: int
    silent: int


def trends(searcher: tantivy.Searcher, query: Query, facet: str) -> Trends:
    """Count the records that a query finds by the values of a facet."""
    years = {"years": {"terms": {"field": "year", "size": _MOST_YEARS}}}
    wanted = {"found": {"terms": {"field": facet, "size": MOST_VALUES}, "aggs": years}}
    found: dict[str, Any] = searcher.aggregate(query, wanted)
    values = tuple(
        Trend(
            value=str(each["key"]),
            total=int(each["doc_count"]),
            years={
                int(one["key"]): int(one["doc_count"])
                for one in sorted(each["years"]["buckets"], key=lambda one: str(one["key"]))
            },
        )
        for each in sorted(
            found["found"]["buckets"], key=lambda each: (-int(each["doc_count"]), str(each["key"]))
        )
    )
    said = Query.exists_query(facet)
    silent = Query.boolean_query([(Occur.Must, query), (Occur.MustNot, said)])
    return Trends(values=values, records=_many(searcher, query), silent=_many(searcher, silent))


def _many(searcher: tantivy.Searcher, query: Query) -> int:
    return int(searcher.search(query, 1).count)  # type: ignore[attr-defined]  # not in the stub
