"""Geometries: GeoJSON comes back from well-known text, and what is none is said to be none."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocab.errors import NoGeometry
from vocab.geometry import (
    LONGEST,
    from_geojson,
    from_text,
    from_web_mercator,
    positions,
    swapped,
    to_geojson,
    web_mercator,
)

Ring = list[list[float]]

RING = [[7.6, 45.0], [7.7, 45.0], [7.7, 45.1], [7.6, 45.0]]
WKT_RING = "(7.6 45, 7.7 45, 7.7 45.1, 7.6 45)"
EPSG = "<http://www.opengis.net/def/crs/EPSG/0/4326>"
CRS84 = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"

_degrees = st.integers(-1_800_000_000, 1_800_000_000).map(lambda each: each / 10_000_000)
_position = st.tuples(_degrees, _degrees).map(list)


def _several(inner: st.SearchStrategy[Any], least: int) -> st.SearchStrategy[Any]:
    return st.lists(inner, min_size=least, max_size=4)


_line = _several(_position, 2)
_ring = _several(_position, 3).map(lambda each: [*each, each[0]])
_shapes = st.one_of(
    [
        st.tuples(st.just(kind), coordinates).map(lambda x: {"type": x[0], "coordinates": x[1]})
        for kind, coordinates in {
            "Point": _position,
            "MultiPoint": _several(_position, 1),
            "LineString": _line,
            "MultiLineString": _several(_line, 1),
            "Polygon": _several(_ring, 1),
            "MultiPolygon": _several(_several(_ring, 1), 1),
        }.items()
    ]
)


def either_way(value: Any) -> Any:
    """Give coordinates with each ring in one of its two directions, always the same."""
    if not isinstance(value[0], list):
        return value
    if isinstance(value[0][0], list):
        return [either_way(each) for each in value]
    return min(value, value[::-1]) if value[0] == value[-1] else value


def turning(ring: Ring) -> int:
    """Tell which way a ring turns: left is more than 0."""
    (x, y), *rest = [(round(x * 10**7), round(y * 10**7)) for x, y in ring]
    seen = [(right - x, above - y) for right, above in rest]
    return sum(one[0] * two[1] - two[0] * one[1] for one, two in pairwise(seen))


def fault(read: Callable[[Any], object], value: Any) -> str:
    with pytest.raises(NoGeometry) as raised:
        read(value)
    return raised.value.kind


@given(_shapes)
def test_a_shape_goes_out_as_text_and_comes_back_the_same(shape: dict[str, Any]) -> None:
    written = from_geojson(shape)
    come_back = to_geojson(written)

    assert come_back["type"] == shape["type"]
    assert either_way(come_back["coordinates"]) == either_way(shape["coordinates"])
    assert from_text(written) == written
    assert swapped(swapped(written)) == written


@given(st.floats(-180, 180), st.floats(-85, 85))
def test_a_position_goes_out_in_metres_and_comes_back_in_degrees(east: float, north: float) -> None:
    x, y = web_mercator(east, north)

    back = from_web_mercator({"type": "Point", "coordinates": [x, y]})

    assert back["coordinates"] == pytest.approx([east, north], abs=1e-9)


def test_the_map_of_the_web_agrees_with_the_example_of_its_definition() -> None:
    """The example of IOGP's guidance note 7-2, and the corner of the map."""
    latitude = 24 + 22 / 60 + 54.433 / 3600

    found = web_mercator(-(100 + 20 / 60), latitude)

    assert found == pytest.approx((-11_169_055.58, 2_800_000.00), abs=0.02)
    assert web_mercator(180, 85.05112877980659) == pytest.approx((20_037_508.34, 20_037_508.34))


@pytest.mark.parametrize(
    ("shape", "degrees"),
    [
        ({"type": "Point", "coordinates": [30_000_000, 0]}, [30_000_000, 0]),
        ({"type": "Point", "coordinates": ["0", 0]}, ["0", 0]),
        ({"type": "LineString", "coordinates": [[0, 0, 7], [0, 0]]}, [[0, 0, 7], [0, 0]]),
    ],
)
def test_what_is_no_position_of_that_map_stays_as_it_is(shape: Any, degrees: Any) -> None:
    assert from_web_mercator(shape)["coordinates"] == degrees


@given(_several(_ring, 1))
def test_a_map_takes_no_area_for_the_rest_of_the_earth(area: list[Ring]) -> None:
    """RFC 7946, section 3.1.6: outer rings turn counterclockwise, those of holes clockwise."""
    alone = to_geojson(from_geojson({"type": "Polygon", "coordinates": area}))
    among = to_geojson(from_geojson({"type": "MultiPolygon", "coordinates": [area, area]}))

    outer, *holes = alone["coordinates"]
    assert turning(outer) >= 0
    assert all(turning(hole) <= 0 for hole in holes)
    assert among["coordinates"] == [alone["coordinates"]] * 2


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("point z (7.7 45 240)", "POINT(7.7 45)"),
        ("POINT(+7.70 45. 240)", "POINT(7.7 45)"),
        ("MULTIPOINT(7.7 45,7.6 45)", "MULTIPOINT((7.7 45), (7.6 45))"),
        (f"SRID=4326;POLYGON(\n  {WKT_RING}\n)", f"POLYGON({WKT_RING})"),
        (f"{CRS84} POINT(7.7 45)", "POINT(7.7 45)"),
        ("SRID=3857;POINT(857160.08 5621521.49)", "POINT(7.7 45)"),
        (f"{EPSG.replace('4326', '3857')} POINT(857160.08 5621521.49)", "POINT(7.7 45)"),
        (f"{EPSG} POINT(45 7.7)", "POINT(7.7 45)"),
        ("POINT(7.69912345678901234567 4.5e1)", "POINT(7.6991235 45)"),
    ],
)
def test_text_of_other_programs_is_written_our_way(text: str, ours: str) -> None:
    assert from_text(text) == ours


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SRID=25832;POINT(390000 4990000)", "other-grid"),
        ("<http://www.opengis.net/def/crs/EPSG/0/25832> POINT(390000 4990000)", "other-grid"),
        ("GEOMETRYCOLLECTION(POINT(7.7 45))", "collection"),
        ("POLYGON((7.6 45, 7.7 45, 7.7 45.1, 7.6 45.1))", "open"),
        ("POLYGON((7.6 45, 7.6 45))", "too-few"),
        ("POINT(7.7 45, 7.6 45)", "no-wkt"),
        ("POINT EMPTY", "no-wkt"),
        ("POINT(1e400 45)", "no-wkt"),
        ("POINT((7.7 45)", "no-wkt"),
        ("LINESTRING((((7.7 45))))", "no-wkt"),
        ("LINESTRING(" + "1" * 90_000 + ")", "no-wkt"),
        (f"LINESTRING({', '.join(['7.7 45'] * 9_000)})", "too-long"),
    ],
)
def test_what_is_no_geometry_says_of_which_kind_its_fault_is(text: str, kind: str) -> None:
    assert fault(from_text, text) == kind


@pytest.mark.parametrize(
    "text", ["POLYGON(7.6 45, 7.7 45)", "POLYGON((7.6 45, 7.7 45, 7.7 45.1, 7.6 45.1))",
             "LINESTRING(7.6 45)", "MULTIPOLYGON((7.6 45, 7.7 45))", "POINT((7.7 45))"]
)  # fmt: skip
def test_a_shape_that_only_looks_like_one_spoils_no_map(text: str) -> None:
    assert fault(to_geojson, text)


@pytest.mark.parametrize("number", [10**400, float("inf"), float("nan"), True, "7.7", None])
def test_a_coordinate_that_is_no_number_is_told(number: Any) -> None:
    assert fault(from_geojson, {"type": "Point", "coordinates": [number, 45]}) == "coordinate"


def test_a_shape_that_no_record_can_hold_is_told_before_the_record_is_refused() -> None:
    long = [[7 + number / 100_000, 45.1234567] for number in range(2_000)]

    assert fault(from_geojson, {"type": "LineString", "coordinates": long}) == "too-long"
    assert len(from_geojson({"type": "LineString", "coordinates": long[:800]})) < LONGEST


def test_a_whole_feature_is_its_geometry() -> None:
    shape = {"type": "Polygon", "coordinates": [RING]}

    assert from_geojson({"type": "Feature", "geometry": shape}) == f"POLYGON({WKT_RING})"
    assert fault(from_geojson, {"type": "Feature", "geometry": None}) == "none"


@given(st.text(alphabet='{}[]()"0123456789 ,.-eETPOINPOLYGMU;SRID=<>:/', max_size=60))
def test_no_text_makes_a_reader_of_shapes_fail(text: str) -> None:
    list(positions(text))
    for read in (from_text, to_geojson, from_geojson):
        try:
            read(text)
        except NoGeometry:
            continue
