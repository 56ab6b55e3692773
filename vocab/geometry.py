"""Geometries: GeoJSON and well-known text, each written as the other.

Here is the only place where either is parsed. Records hold well-known text in longitude, latitude
order on WGS 84, `POINT(7.699 45.095)`, with at most seven decimals, about a centimetre; heights
are left out. Read are the six kinds of simple features, and collections of one kind, which become
a multiple of it; a ring must end where it began. What is none of these is a NoGeometry, with a
kind and its facts, that each room tells in its own words. Whether a position lies on earth is
asked apart (`on_earth`), because metres of a national grid are well-formed numbers too.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any, Final

from vocab.errors import NoGeometry

LONGEST: Final = 20_000
"""Characters of well-known text that a record may hold (`shapes:wkt-form`)."""
_LONGEST_READ: Final = 100_000
_DEEPEST: Final = 4
_DECIMALS: Final = 7
_LARGEST: Final = 1_000_000_000  # metres of any national grid are fewer
_NUMBER: Final = r"[-+]?(?:[0-9]{1,9}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,3})?"
_POSITION: Final = re.compile(
    rf"(?<![0-9.])({_NUMBER}) {{1,9}}({_NUMBER})(?: {{1,9}}{_NUMBER}){{0,2}}(?![0-9.])"
)
_KINDS: Final = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")
_NAMES: Final = {each.upper(): each for each in _KINDS}
_TEXT: Final = re.compile(
    rf"({'|'.join(_NAMES)}) ?(?:ZM?|M)? ?(\([-+0-9.eE(), ]*\))", re.IGNORECASE
)
_GRID: Final = re.compile(r"<([^<> ]{1,200})> ?|SRID ?= ?([0-9]{1,9}) ?; ?", re.IGNORECASE)
_CRS84: Final = re.compile(r"https?://www\.opengis\.net/def/crs/OGC/[0-9.]{1,5}/CRS84")
_RADIUS: Final = 6_378_137.0  # metres, of the sphere of Web Mercator
_EDGE: Final = 20_037_509  # metres from its middle to its edges
_WEB: Final = frozenset({"3857", "900913", "102100", "102113"})
_EPSG_NAME: Final = re.compile(r"https?://www\.opengis\.net/def/crs/EPSG/[0-9.]{1,5}/([0-9]{1,9})")
_EPSG_4326: Final = re.compile(r"https?://www\.opengis\.net/def/crs/EPSG/[0-9.]{1,5}/4326")
_Write = Callable[[Any], str]


def point(longitude: float, latitude: float) -> str:
    """Write a point."""
    return f"POINT({_plain(longitude)} {_plain(latitude)})"


def box(west: float, south: float, east: float, north: float) -> str:
    """Write a box as the polygon round it."""
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(f'{_plain(x)} {_plain(y)}' for x, y in ring)}))"


def from_geojson(value: Any) -> str:
    """Write a GeoJSON geometry, or that of a Feature, as well-known text; raises NoGeometry."""
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "GeometryCollection":
        value = _united(list(_members(value, _DEEPEST)))
        kind = value.get("type") if isinstance(value, dict) else None
    if (write := _WRITERS.get(str(kind))) is None:
        raise NoGeometry("none", example='{"type": "Point", "coordinates": [7.7, 45]}')
    text = f"{str(kind).upper()}{write(value.get('coordinates'))}"
    if len(text) > LONGEST:
        raise NoGeometry("too-long", most=f"{LONGEST:,}")
    return text


def from_text(text: str) -> str:
    """Write well-known text our way; raises NoGeometry.

    GeoSPARQL's reference systems and PostGIS's `SRID=4326;` are understood; of the former,
    EPSG 4326 has the latitude first. Web Mercator is brought to degrees.
    """
    if len(text) > _LONGEST_READ:
        raise NoGeometry("too-long", most=f"{LONGEST:,}")
    body = " ".join(text.split())
    grid = _GRID.match(body)
    if grid is not None:
        body = body[grid.end() :]
        named = _EPSG_NAME.fullmatch(grid[1] or "")
        if is_web_mercator(grid[2] or (named[1] if named else "")):
            return from_geojson(from_web_mercator(_parsed(body)))
        if grid[2] != "4326" and not any(
            each.fullmatch(grid[1] or "") for each in (_CRS84, _EPSG_4326)
        ):
            raise NoGeometry("other-grid")
    ours = from_geojson(_parsed(body))
    return swapped(ours) if grid is not None and _EPSG_4326.fullmatch(grid[1] or "") else ours


def to_geojson(wkt: str) -> dict[str, Any]:
    """Write well-known text of a record as GeoJSON; raises NoGeometry, also for parts that fail.

    Rings turn as RFC 7946, section 3.1.6, has it: the outer one of an area counterclockwise, those
    of its holes clockwise. Readers that go by it take any other for all the rest of the earth.
    """
    if len(wkt) > _LONGEST_READ:
        raise NoGeometry("too-long", most=f"{LONGEST:,}")
    shape = _parsed(" ".join(wkt.split()))
    _WRITERS[shape["type"]](shape["coordinates"])
    match shape["type"]:
        case "Polygon":
            shape["coordinates"] = _turned(shape["coordinates"])
        case "MultiPolygon":
            shape["coordinates"] = [_turned(area) for area in shape["coordinates"]]
    return shape


def positions(wkt: str) -> Iterator[tuple[float, float]]:
    """Give every position as longitude and latitude."""
    for longitude, latitude in _POSITION.findall(wkt):
        yield float(longitude), float(latitude)


def swapped(wkt: str) -> str:
    """Write the geometry with the two coordinates of each position changed over."""
    return _POSITION.sub(lambda each: f"{each[2]} {each[1]}", wkt)


def is_web_mercator(code: str) -> bool:
    """Whether a coordinate system of this number is Web Mercator, that of maps on the web."""
    return code in _WEB


def from_web_mercator(shape: Any) -> Any:
    """Bring a GeoJSON geometry from metres of Web Mercator to degrees; leave what is none as it is.

    A position that lies off that map is left as it is too.
    """
    if not isinstance(shape, dict):
        return shape
    if isinstance(members := shape.get("geometries"), list):
        return {**shape, "geometries": [from_web_mercator(each) for each in members]}
    return {**shape, "coordinates": _unprojected(shape.get("coordinates"), _DEEPEST)}


def web_mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Give a position in metres of Web Mercator; it has none beyond 85 degrees north or south."""
    return (
        math.radians(longitude) * _RADIUS,
        math.asinh(math.tan(math.radians(latitude))) * _RADIUS,
    )


def _unprojected(value: Any, depth: int) -> Any:
    if not isinstance(value, list) or not depth:
        return value
    if len(value) < 2 or not all(isinstance(each, int | float) for each in value[:2]):
        return [_unprojected(each, depth - 1) for each in value]
    x, y = value[:2]
    if max(abs(x), abs(y)) > _EDGE:
        return value  # off this map, and nowhere in degrees either
    return [math.degrees(x / _RADIUS), math.degrees(math.atan(math.sinh(y / _RADIUS))), *value[2:]]


def on_earth(places: Iterable[tuple[float, float]]) -> bool:
    """Whether every position, longitude and latitude, is one of degrees."""
    return all(abs(x) <= 180 and abs(y) <= 90 for x, y in places)


def _parsed(body: str) -> dict[str, Any]:
    """Read well-known text with single spaces and no reference system as GeoJSON."""
    if body.upper().startswith("GEOMETRYCOLLECTION"):
        raise NoGeometry("collection")
    match = _TEXT.fullmatch(body)
    if match is None or "(" * _DEEPEST in match[2].replace(" ", ""):
        raise NoGeometry("no-wkt")
    listed = _POSITION.sub(lambda each: f"[{float(each[1])},{float(each[2])}]", match[2])
    kind = _NAMES[match[1].upper()]
    try:
        found: list[Any] = json.loads(listed.replace("(", "[").replace(")", "]"))
    except ValueError:
        raise NoGeometry("no-wkt") from None
    if kind == "Point":
        if len(found) != 1:
            raise NoGeometry("no-wkt")
        return {"type": kind, "coordinates": found[0]}
    if kind == "MultiPoint":  # both `((1 2), (3 4))` and `(1 2, 3 4)` are in use
        found = [each[0] if _is_wrapped(each) else each for each in found]
    return {"type": kind, "coordinates": found}


def _turned(area: list[list[list[float]]]) -> list[list[list[float]]]:
    """Let the first ring turn left and the others right; one that encloses nothing stays."""
    return [
        ring[::-1] if _enclosed(ring) * (-1 if holes else 1) < 0 else ring
        for holes, ring in enumerate(area)
    ]


def _enclosed(ring: list[list[float]]) -> int:
    """Give twice the area within a ring, negative where it turns clockwise."""
    whole = [(round(x * 10**_DECIMALS), round(y * 10**_DECIMALS)) for x, y in ring]
    return sum(x * above - right * y for (x, y), (right, above) in pairwise(whole))


def _is_wrapped(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0], list)


def _members(value: Any, depth: int) -> Iterator[Any]:
    """Give the geometries of a collection and of the collections in it."""
    members = value.get("geometries")
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict) and member.get("type") == "GeometryCollection" and depth:
            yield from _members(member, depth - 1)
        else:
            yield member


def _united(members: list[Any]) -> Any:
    """Make one geometry of the members of a collection."""
    if not members:
        raise NoGeometry("empty")
    if len(members) == 1:
        return members[0]
    kinds = {str(member.get("type") if isinstance(member, dict) else None) for member in members}
    [kind, *others] = sorted({each.removeprefix("Multi") for each in kinds})
    if others or f"Multi{kind}" not in _WRITERS:
        raise NoGeometry("mixed")
    parts: list[Any] = []
    for member in members:
        from_geojson(member)
        coordinates = member["coordinates"]
        parts.extend(coordinates if member["type"].startswith("Multi") else [coordinates])
    return {"type": f"Multi{kind}", "coordinates": parts}


def _plain(value: float) -> str:
    text = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _position(value: Any) -> str:
    if not isinstance(value, list) or not 2 <= len(value) <= 4:
        raise NoGeometry("position")
    return f"{_plain(_number(value[0]))} {_plain(_number(value[1]))}"


def _number(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not -_LARGEST < value < _LARGEST:
        raise NoGeometry("coordinate")
    return float(value)


def _list(inner: _Write, least: int) -> _Write:
    def write(value: Any) -> str:
        if not isinstance(value, list) or len(value) < least:
            raise NoGeometry("too-few", least=least)
        return f"({', '.join(inner(each) for each in value)})"

    return write


def _ring(value: Any) -> str:
    text = _list(_position, 4)(value)
    if value[0][:2] != value[-1][:2]:
        raise NoGeometry("open")
    return text


_WRITERS: Final[dict[str, _Write]] = {
    "Point": lambda value: f"({_position(value)})",
    "MultiPoint": _list(lambda value: f"({_position(value)})", 1),
    "LineString": _list(_position, 2),
    "MultiLineString": _list(_list(_position, 2), 1),
    "Polygon": _list(_ring, 1),
    "MultiPolygon": _list(_list(_ring, 1), 1),
}
