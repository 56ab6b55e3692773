"""How the hits of a search spread over the values of each facet."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import tantivy
from tantivy import Query

from nodes.index.documents import COUNTED
from nodes.index.narrowing import all_of
from nodes.searches import BANDS, FACETS

_MOST_VALUES: Final = 200
_MOST_ORIGINS: Final = 10_000
Counts = tuple[tuple[str, int], ...]


def count(
    searcher: tantivy.Searcher,
    text: Query,
    where: Mapping[str, Query],
    wanted: Iterable[str],
    ages: Mapping[str, int],
) -> dict[str, Counts]:
    """Count the values of each facet, leaving its own filter out."""
    names = [name for name in FACETS if name in wanted]
    free = [name for name in names if name not in where]
    counted = _values(searcher, all_of([text, *where.values()]), free, ages)
    for name in names:
        if name in where:
            others = [query for other, query in where.items() if other != name]
            counted |= _values(searcher, all_of([text, *others]), [name], ages)
    return {name: counted[name] for name in names}


def _values(
    searcher: tantivy.Searcher, query: Query, names: Sequence[str], ages: Mapping[str, int]
) -> dict[str, Counts]:
    if not names:
        return {}
    wanted = {
        name: {"terms": {"field": name, "size": _MOST_VALUES}} for name in names if name in COUNTED
    }
    if "fresh" in names:
        wanted["fresh"] = {"terms": {"field": "origin", "size": _MOST_ORIGINS}}
    found: dict[str, Any] = searcher.aggregate(query, wanted)
    counts = {
        name: tuple((str(each["key"]), int(each["doc_count"])) for each in found[name]["buckets"])
        for name in wanted
    }
    if "fresh" in counts:
        counts["fresh"] = _by_age(counts["fresh"], ages)
    return counts


def _by_age(origins: Counts, ages: Mapping[str, int]) -> Counts:
    """Count records by how fresh their origin's data are now; each band holds those before it."""
    bands = (
        (band, sum(count for origin, count in origins if ages.get(origin, limit + 1) <= limit))
        for band, limit in BANDS.items()
    )
    return tuple((band, many) for band, many in bands if many)
