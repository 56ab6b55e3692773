"""Where a record lies: from well-known text to a box and to GeoJSON.

Only the coordinates are read, in longitude, latitude order. Text that is not a geometry gives
None; nothing here raises, and nesting is bounded before anything is parsed.
"""

import json
import math
import re
from functools import lru_cache
from typing import Any, Final

from nodes.searches import Box

_LONGEST: Final = 100_000
_DEEPEST: Final = 3
_NUMBER: Final = r"[-+]?\d{1,9}(?:\.\d{0,30})?(?:[eE][-+]?\d{1,3})?"
_POSITION: Final = re.compile(rf"({_NUMBER})\s{{1,9}}({_NUMBER})(?:\s{{1,9}}{_NUMBER}){{0,2}}")
_SHAPE: Final = re.compile(
    r"\s*(?:<http[^>]*>)?\s*(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON)"
    r"\s*(?:Z|M|ZM)?\s*(\(.*\))\s*",
    re.IGNORECASE | re.DOTALL,
)
_NAMES: Final = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}


@lru_cache(maxsize=64)
def box(wkt: str | None) -> Box | None:
    """Give the smallest box around a geometry, or None when there is none on earth."""
    match = _SHAPE.fullmatch(wkt[:_LONGEST]) if wkt else None
    if match is None:
        return None
    positions = [(float(x), float(y)) for x, y in _POSITION.findall(match[2])]
    if not positions or not all(_on_earth(*each) for each in positions):
        return None
    longitudes, latitudes = zip(*positions, strict=True)
    return Box(
        west=min(longitudes), south=min(latitudes), east=max(longitudes), north=max(latitudes)
    )


def centre(wkt: str | None) -> tuple[float, float] | None:
    """Give longitude and latitude of the middle of a geometry's box."""
    around = box(wkt)
    if around is None:
        return None
    middle = (around.west + around.east) / 2, (around.south + around.north) / 2
    return round(middle[0], 6), round(middle[1], 6)


def geometry(wkt: str | None) -> dict[str, Any] | None:
    """Write a geometry as GeoJSON, or None."""
    if wkt is None or box(wkt) is None:
        return None
    match = _SHAPE.fullmatch(wkt[:_LONGEST])
    if match is None or "(" * (_DEEPEST + 1) in re.sub(r"\s", "", match[2]):
        return None
    text = _POSITION.sub(lambda each: f"[{float(each[1])},{float(each[2])}]", match[2])
    try:
        coordinates = json.loads(text.replace("(", "[").replace(")", "]"))
    except (ValueError, RecursionError):
        return None
    kind = _NAMES[match[1].upper()]
    return {"type": kind, "coordinates": coordinates[0] if kind == "Point" else coordinates}


def _on_earth(longitude: float, latitude: float) -> bool:
    return (
        math.isfinite(longitude)
        and math.isfinite(latitude)
        and abs(longitude) <= 180
        and abs(latitude) <= 90
    )
