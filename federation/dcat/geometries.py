"""Where a place is, in whatever form a catalogue writes it, as WKT with the longitude first.

Read are well-known text (also with a reference system or heights), GeoJSON, a box of four numbers
(west, south, east, north) and an envelope. What is none of these, or lies outside the world, is
not said: metres of a national grid are not taken for degrees.
"""

import json
import re
from typing import Final

from vocab import geometry
from vocab.errors import NoGeometry

_NUMBER: Final = r"[-+]?[0-9]{1,9}(?:\.[0-9]{1,20})?(?:[eE][-+]?[0-9]{1,2})?"
_FOUR: Final = rf"({_NUMBER}), *({_NUMBER}), *({_NUMBER}), *({_NUMBER})"
_ENVELOPE: Final = re.compile(rf"ENVELOPE\s*\({_FOUR}\)", re.IGNORECASE)
_BOX: Final = re.compile(_FOUR)
_LONGEST: Final = 100_000


def wkt(text: str) -> str | None:
    """Read a geometry; None for what is none."""
    said = text.strip()
    if len(said) > _LONGEST:
        return None
    if (envelope := _ENVELOPE.fullmatch(said)) is not None:
        west, east, north, south = map(float, envelope.groups())
        return _box(west, south, east, north)
    if (four := _BOX.fullmatch(said)) is not None:
        return _box(*map(float, four.groups()))
    try:
        found = (
            geometry.from_geojson(json.loads(said))
            if said.startswith("{")
            else geometry.from_text(said)
        )
    except (NoGeometry, ValueError, RecursionError):
        return None
    return found if geometry.on_earth(geometry.positions(found)) else None


def point(longitude: str, latitude: str) -> str | None:
    """Write a point, of the texts of two numbers."""
    return wkt(f"POINT({longitude.strip()} {latitude.strip()})")


def _box(west: float, south: float, east: float, north: float) -> str | None:
    """Write a box as the polygon round it; None where it lies outside the world or is none."""
    corners = ((west, south), (east, north))
    if west > east or south > north or not geometry.on_earth(corners):
        return None
    return geometry.box(west, south, east, north)
