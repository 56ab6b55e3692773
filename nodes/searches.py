"""A search as values: what is asked of the catalogue and what comes back.

`FACETS` are the names by which a search can be narrowed; they are the same in the index, in the
addresses of `/search` and on its page.
"""

import math
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
    "trl",
    "outcome",
    "replication",
    "cost",
    "testbed",
    "fresh",
)

YES: Final = "yes"
NO: Final = "no"
BANDS: Final = {"day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}
"""Values of `fresh`: the data of the record's origin were verified so many seconds ago at most.
Each holds those before it. They say what is true when the question is asked."""

SCHEME_OF: Final = {
    "theme": "theme",
    "technology": "technology",
    "stage": "lifecycle",
    "verdict": "verdict",
    "helix": "helix",
    "goal": "goal",
    "role": "role",
    "permit": "permit",
    "cost": "cost-band",
    "testbed": "testbed",
}
"""Facets whose values are concepts, and the scheme these belong to."""

LARGEST_PAGE: Final = 100
DEEPEST: Final = 10_000
"""Hits that can be paged through by number; cursors go on to the last one."""

MOST_FILTERS: Final = 60
LONGEST_CURSOR: Final = 1_500
FARTHEST: Final = 20_040.0
"""Kilometres: nothing on earth is farther from anything."""

LEAST_LIKE: Final = 0.15
"""The cosine below which a record has nothing to do with a text, found by trying (see
`benchmarks/search`): noise stays below it, and half of what is wanted lies above 0.25."""

MOST_LIKE: Final = 2_000
"""The points of a record that would mean just what a text means; no likeness gives more."""

_EARTH: Final = 6_371.0088  # kilometres, the mean radius


class Sort(StrEnum):
    """The order of hits."""

    RELEVANCE = "relevance"
    DATE = "date"
    """By start, latest first."""
    TITLE = "title"
    UPDATED = "updated"
    """By when the city last said something about it, latest first."""
    CITY = "city"
    READINESS = "readiness"
    """By how much another city could act on it, most first."""
    DISTANCE = "distance"
    """By distance from the point of the search, nearest first."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in degrees, WGS 84. `west` greater than `east` crosses the date line."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, kw_only=True)
class Period:
    """Days from `first` to `last`, both included, each a date at any precision: 2021, 2022-06.

    A record meets it when some day of the record's own time lies in it; a record that says only a
    year may have been on any day of that year. None is an open end.
    """

    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, kw_only=True)
class Near:
    """A point in degrees, WGS 84, and how far from it a record may lie, in kilometres.

    None is any distance. A record lies where the middle of its place is; without a place it is
    not near anything.
    """

    latitude: float
    longitude: float
    within: float | None = None

    def kilometres(self, latitude: float, longitude: float) -> float:
        """Give the distance to another point, along a sphere of the earth's mean radius."""
        here, there = math.radians(self.latitude), math.radians(latitude)
        across = math.sin(math.radians(longitude - self.longitude) / 2) ** 2
        along = math.sin((there - here) / 2) ** 2
        chord = along + math.cos(here) * math.cos(there) * across
        return 2 * _EARTH * math.asin(math.sqrt(min(1.0, chord)))


@dataclass(frozen=True, kw_only=True)
class SearchRequest:
    """What is looked for. Values of one filter are alternatives; filters narrow each other.

    `among` holds the search to these records, by IRI. `alike` are records that are like the text by
    their meaning, by IRI with the cosine (`nodes.meaning`): they are found beside those with its
    words. `cursor` is that of an earlier result and goes before `offset`; one that no result gave
    is BadCursor. `facets` are those to be counted. An `exact` search finds
    only what meets every word; others find more where that is little.
    """

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    box: Box | None = None
    period: Period | None = None
    near: Near | None = None
    among: tuple[str, ...] | None = None
    alike: tuple[tuple[str, float], ...] = ()
    offset: int = 0
    limit: int = 20
    sort: Sort = Sort.RELEVANCE
    cursor: str | None = None
    facets: tuple[str, ...] = FACETS
    exact: bool = False


@dataclass(frozen=True, kw_only=True)
class Match:
    """A concept that words of the question mean: `word` is what was typed, `label` what it met.

    `language` is that of the label; the concept is found by its label in any language.
    """

    concept: str
    label: str
    language: str
    word: str


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A record that fits, by its IRI; `score` is its distance where that is the order.

    `card` is what a list tells of it (`nodes.cards`), where that was asked for.
    """

    iri: str
    score: float
    card: bytes = b""


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """A page of hits, how many there are in all, and how they spread.

    Counts of a facet leave its own filter out, so that they say what another choice would give.
    `following` is the cursor of the next page, if there is one; `instead` a question that is
    spelt a little differently and finds more. `matches` are the concepts that words of the
    question mean; a hit about one of them was found by it. `position` is how far the index had
    come, at least.
    """

    total: int
    position: int
    hits: tuple[Hit, ...] = ()
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    following: str | None = None
    instead: str | None = None
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Something that a word being typed may become: a `concept` by its IRI, a `city`, a `partner`.

    `language` is that of the text, where it has one.
    """

    kind: str
    text: str
    language: str = ""
    concept: str | None = None
