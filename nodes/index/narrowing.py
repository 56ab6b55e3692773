"""What narrows a search beside words: facets, box, period, nearness. Nothing here adds a score."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import tantivy
from tantivy import FieldType, Occur, Query

from nodes.findable import day
from nodes.index.documents import COUNTED, POINT, key, point
from nodes.searches import BANDS, MOST_FILTERS, Box, Near, SearchRequest
from nodes.words import unsayable

_LONGEST_VALUE: Final = 1_000
_FEW: Final = 60
_DEGREE: Final = 111.19  # kilometres of a degree of latitude, a little less than it has
_RINGS: Final = (1.0, 5.0, 25.0, 125.0, 625.0, 3_125.0)


def all_of(queries: Iterable[Query]) -> Query:
    """Find what every query finds."""
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def narrowings(
    schema: tantivy.Schema, request: SearchRequest, ages: Mapping[str, int]
) -> dict[str, Query]:
    """Turn what narrows a search, except nearness, into queries by the name of the filter.

    `ages` are seconds since each origin was verified; an origin that is not there is never fresh.
    """
    found: dict[str, Query] = {}
    for name in COUNTED:
        if wanted := request.filters.get(name):
            values = [value for value in wanted[:MOST_FILTERS] if _possible(value)]
            found[name] = one_of(schema, name, values)
    if bands := request.filters.get("fresh"):
        limit = max((BANDS[band] for band in bands if band in BANDS), default=-1)
        fresh = [origin for origin, age in ages.items() if age <= limit]
        found["fresh"] = one_of(schema, "origin", fresh)
    if request.box is not None:
        found["box"] = _touches(schema, request.box)
    if request.period is not None:
        found["period"] = _meets(schema, request.period.first, request.period.last)
    if request.among is not None:
        found["among"] = one_of(schema, "key", [key(iri) for iri in request.among])
    return {name: Query.const_score_query(query, 0.0) for name, query in found.items()}


def rings(near: Near) -> tuple[float, ...]:
    """Give growing distances to look within, the last one being the farthest that is asked for."""
    farthest = math.inf if near.within is None else near.within
    return (*(each for each in _RINGS if each < farthest), farthest)


def around(schema: tantivy.Schema, near: Near, within: float) -> Query:
    """Find what lies in a box that holds the circle; infinity finds all, with or without place."""
    if math.isinf(within):
        return Query.all_query()
    box = _box_around(near, within)
    return Query.const_score_query(_inside(schema, box), 0.0)


def at(schema: tantivy.Schema, points: Iterable[tuple[float, float]]) -> Query:
    """Find what lies at one of these points."""
    terms = [point(*each) for each in dict.fromkeys(points)]
    return Query.const_score_query(one_of(schema, "at", terms), 0.0)


def one_of(schema: tantivy.Schema, name: str, values: Sequence[str]) -> Query:
    """Find what has one of these values.

    A set of terms is made ready anew for each search, which takes longer than to look up a few.
    """
    if len(values) > _FEW:
        return Query.term_set_query(schema, name, [*values])
    terms = [Query.term_query(schema, name, value, "basic") for value in dict.fromkeys(values)]
    return Query.boolean_query([(Occur.Should, term) for term in terms])


def _box_around(near: Near, within: float) -> Box:
    """Give the box around a circle; one that holds a pole goes around the earth."""
    reach = within / _DEGREE + 1e-9
    south, north = near.latitude - reach, near.latitude + reach
    if south <= -90 or north >= 90:
        return Box(west=-180, south=max(south, -90), east=180, north=min(north, 90))
    ratio = math.sin(math.radians(reach)) / math.cos(math.radians(near.latitude))
    across = math.degrees(math.asin(min(1.0, ratio))) + 1e-9
    if across >= 90:
        return Box(west=-180, south=south, east=180, north=north)
    west, east = near.longitude - across, near.longitude + across
    return Box(
        west=west + 360 if west < -180 else west,
        south=south,
        east=east - 360 if east > 180 else east,
        north=north,
    )


def _possible(value: str) -> bool:
    """Tell whether a record can have this value at all."""
    return len(value) < _LONGEST_VALUE and not unsayable(value)


def _meets(schema: tantivy.Schema, first: str | None, last: str | None) -> Query:
    """Find records that may have been under way on a day of the period."""
    limits: list[tuple[str, int | None, int | None]] = []
    if last is not None and (end := day(last, last=True)) is not None:
        limits.append(("first", None, end))
    if first is not None and (start := day(first, last=False)) is not None:
        limits.append(("last", start, None))
    if not limits:
        limits = [("first", 0, None)]
    return all_of(
        Query.range_query(schema, name, FieldType.Unsigned, lower, upper)
        for name, lower, upper in limits
    )


def _touches(schema: tantivy.Schema, box: Box) -> Query:
    """Find places that touch the box."""
    return _either_half(schema, box, ("west", "south", "east", "north"))


def _inside(schema: tantivy.Schema, box: Box) -> Query:
    """Find points in the box."""
    latitude, longitude = POINT
    return _either_half(schema, box, (longitude, latitude, longitude, latitude))


def _either_half(schema: tantivy.Schema, box: Box, sides: tuple[str, str, str, str]) -> Query:
    """Hold four sides to a box; one across the date line is two boxes."""
    if box.west > box.east:
        halves = ((box.west, 180.0), (-180.0, box.east))
        boxes = [Box(west=west, south=box.south, east=east, north=box.north)
                 for west, east in halves]  # fmt: skip
        return Query.boolean_query(
            [(Occur.Should, _either_half(schema, each, sides)) for each in boxes]
        )
    west, south, east, north = sides
    limits = (
        (west, None, box.east),
        (east, box.west, None),
        (south, None, box.north),
        (north, box.south, None),
    )
    return all_of(
        Query.range_query(schema, side, FieldType.Float, lower, upper)
        for side, lower, upper in limits
    )
