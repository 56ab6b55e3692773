"""A search as values: what is asked of the catalogue and what comes back.

`FACETS` are the names by which a search can be narrowed; they are the same in the index, in the
addresses of `/search` and on its page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

FACETS: Final = (
    "kind",
    "theme",
    "technology",
    "stage",
    "verdict",
    "city",
    "country",
    "helix",
    "partner",
    "year",
    "goal",
    "role",
    "permit",
    "language",
    "origin",
)

SCHEME_OF: Final = {
    "theme": "theme",
    "technology": "technology",
    "stage": "lifecycle",
    "verdict": "verdict",
    "helix": "helix",
    "goal": "goal",
    "role": "role",
    "permit": "permit",
}
"""Facets whose values are concepts, and the scheme these belong to."""

LARGEST_PAGE: Final = 100
DEEPEST: Final = 10_000
"""Hits that can be paged through; a client that wants all of them takes the CSV or the feed."""

MOST_FILTERS: Final = 60


class Sort(StrEnum):
    """The order of hits."""

    RELEVANCE = "relevance"
    DATE = "date"
    """By start, latest first."""
    TITLE = "title"
    UPDATED = "updated"
    """By when the city last said something about it, latest first."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in degrees, WGS 84. `west` greater than `east` crosses the date line."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """What is looked for. Values of one filter are alternatives; filters narrow each other."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    box: Box | None = None
    offset: int = 0
    limit: int = 20
    sort: Sort = Sort.RELEVANCE


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A record that fits, by its IRI."""

    iri: str
    score: float


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """A page of hits, how many there are in all, and how they spread.

    Counts of a facet leave its own filter out, so that they say what another choice would give.
    """

    total: int
    hits: tuple[Hit, ...] = ()
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
