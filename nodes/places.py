"""Where a record lies: from well-known text to a box and to GeoJSON.

Text that is not a geometry on earth gives None; nothing here raises.
"""

from functools import lru_cache
from typing import Any, Final

from nodes.searches import Box
from vocab.errors import NoGeometry
from vocab.geometry import on_earth, positions, to_geojson

_LONGEST: Final = 100_000


@lru_cache(maxsize=64)
def box(wkt: str | None) -> Box | None:
    """Give the smallest box around a geometry, or None when there is none on earth."""
    places = list(positions(wkt[:_LONGEST])) if wkt else []
    if not places or not on_earth(places):
        return None
    longitudes, latitudes = zip(*places, strict=True)
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
    try:
        return to_geojson(wkt)
    except NoGeometry:
        return None
