"""Where a place is, in whatever form a catalogue writes it, as WKT with the longitude first.

Read are well-known text (also with a reference system or heights), GeoJSON, a box of four numbers
(west, south, east, north) and an envelope. What is none of these, or lies outside the world, is
not said: metres of a national grid are not taken for degrees.
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Final

_NUMBER: Final = r"[-+]?[0-9]{1,9}(?:\.[0-9]{1,20})?(?:[eE][-+]?[0-9]{1,2})?"
_WKT: Final = re.compile(
    r"(?:<https?://www\.opengis\.net/def/crs/(?:OGC/1\.3/CRS84|EPSG/0/4326)>\s*|SRID=4326;\s*)?"
    r"((?:MULTI)?(?:POINT|LINESTRING|POLYGON))\s*(Z|M|ZM)?\s*(\([-0-9., ()eE+]+\))",
    re.ASCII | re.IGNORECASE,
)
_POSITION: Final = re.compile(rf"({_NUMBER}) +({_NUMBER})((?: +{_NUMBER}){{0,2}})", re.ASCII)
_ENVELOPE: Final = re.compile(
    rf"ENVELOPE\s*\(({_NUMBER}), *({_NUMBER}), *({_NUMBER}), *({_NUMBER})\)",
    re.ASCII | re.IGNORECASE,
)
_BOX: Final = re.compile(rf"({_NUMBER}), *({_NUMBER}), *({_NUMBER}), *({_NUMBER})", re.ASCII)
_LATITUDE_FIRST: Final = "EPSG/0/4326"
_LONGEST: Final = 20_000
_DEPTHS: Final = {
    "Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2,
    "MultiPolygon": 3,
}  # fmt: skip


def wkt(text: str) -> str | None:
    """Read a geometry; None for what is none."""
    said = text.strip()
    if len(said) > _LONGEST:
        return None
    if said.startswith("{"):
        return _geojson(said)
    if (envelope := _ENVELOPE.fullmatch(said)) is not None:
        west, east, north, south = map(float, envelope.groups())
        return box(west, south, east, north)
    if (four := _BOX.fullmatch(said)) is not None:
        return box(*map(float, four.groups()))
    return _well_known(said)


def point(longitude: str, latitude: str) -> str | None:
    """Write a point, of the texts of two numbers."""
    return _well_known(f"POINT({longitude.strip()} {latitude.strip()})")


def box(west: float, south: float, east: float, north: float) -> str | None:
    """Write a box as the polygon round it; None where it lies outside the world or is none."""
    if (
        west > east
        or south > north
        or not (_is_on_earth(west, south) and _is_on_earth(east, north))
    ):
        return None
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({','.join(f'{_plain(x)} {_plain(y)}' for x, y in ring)}))"


def _well_known(said: str) -> str | None:
    match = _WKT.fullmatch(said)
    if match is None:
        return None
    kind, inner = match[1].upper(), match[3]
    swapped = _LATITUDE_FIRST in said[: match.start(1)]
    found = list(_POSITION.finditer(inner))
    if not found or any(bool(each[3]) != bool(match[2]) for each in found):
        return None
    if re.search(r"[0-9eE+\-.]", _POSITION.sub("", inner)):
        return None
    order = (2, 1) if swapped else (1, 2)
    if not all(_is_on_earth(float(each[order[0]]), float(each[order[1]])) for each in found):
        return None
    if kind == "POINT":
        return f"POINT({found[0][order[0]]} {found[0][order[1]]})" if len(found) == 1 else None
    return kind + _POSITION.sub(rf"\{order[0]} \{order[1]}", inner)


def _geojson(said: str) -> str | None:
    try:
        value: Any = json.loads(said)
        if value.get("type") == "Feature":
            value = value.get("geometry") or {}
        kind = str(value.get("type"))
        if kind not in _DEPTHS:
            return None
        written = _positions(value.get("coordinates"), _DEPTHS[kind])
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return f"{kind.upper()}({written})" if kind == "Point" else f"{kind.upper()}{written}"


def _positions(said: Sequence[Any], depth: int) -> str:
    """Write positions; raises ValueError or TypeError for what is none."""
    if depth:
        if not isinstance(said, list) or not said:
            raise ValueError("no positions")
        return f"({','.join(_positions(each, depth - 1) for each in said)})"
    longitude, latitude, *_ = said
    if isinstance(longitude, str | bool) or not _is_on_earth(longitude, latitude):
        raise ValueError("no position on earth")
    return f"{_plain(longitude)} {_plain(latitude)}"


def _is_on_earth(longitude: float, latitude: float) -> bool:
    return abs(longitude) <= 180 and abs(latitude) <= 90 and not math.isnan(longitude + latitude)


def _plain(number: float) -> str:
    return f"{number:.7f}".rstrip("0").rstrip(".")
