"""Feature sets of ArcGIS services, as `f=json` answers them, made GeoJSON features.

Its attributes are the properties, and its points, paths and rings a geometry. A ring that runs
clockwise is an outline and those after it that do not are its holes; each ring is closed.
"""

from itertools import pairwise
from typing import Any


def is_feature_set(document: Any) -> bool:
    """Whether a document is a list of features with attributes, and maybe geometries."""
    features = document.get("features") if isinstance(document, dict) else None
    return (
        isinstance(features, list)
        and bool(features)
        and all(
            isinstance(each, dict) and isinstance(each.get("attributes"), dict) for each in features
        )
    )


def grid(document: dict[str, Any]) -> dict[str, Any] | None:
    """Tell the coordinate system where it is not WGS 84; None where nothing has coordinates."""
    said = document.get("spatialReference")
    placed = any(isinstance(each.get("geometry"), dict) for each in document["features"])
    return said if placed and isinstance(said, dict) else None


def features(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the features of a feature set as those of GeoJSON."""
    return [
        {
            "type": "Feature",
            "properties": each["attributes"],
            "geometry": _geometry(each.get("geometry")),
        }
        for each in document["features"]
    ]


def _geometry(said: Any) -> Any:
    """Write a geometry as GeoJSON; what is none of Esri's is left to be reported as it is."""
    if not isinstance(said, dict):
        return None
    if "x" in said and "y" in said:
        empty = said["x"] in (None, "NaN")
        return None if empty else {"type": "Point", "coordinates": [said["x"], said["y"]]}
    if "points" in said:
        return {"type": "MultiPoint", "coordinates": said["points"]}
    if "paths" in said:
        return {"type": "MultiLineString", "coordinates": said["paths"]}
    rings = said.get("rings")
    if isinstance(rings, list) and all(map(_is_ring, rings)):
        return {"type": "MultiPolygon", "coordinates": _polygons(rings)}
    return said


def _is_ring(ring: Any) -> bool:
    return (
        isinstance(ring, list)
        and len(ring) > 2
        and all(
            isinstance(each, list)
            and len(each) > 1
            and all(isinstance(one, int | float) for one in each[:2])
            for each in ring
        )
    )


def _polygons(rings: list[Any]) -> list[list[Any]]:
    found: list[list[Any]] = []
    for ring in rings:
        closed = ring if ring[0][:2] == ring[-1][:2] else [*ring, ring[0]]
        if _is_hole(closed) and found:
            found[-1].append(closed)
        else:
            found.append([closed])
    return found


def _is_hole(ring: list[Any]) -> bool:
    """Whether a closed ring runs against the clock."""
    area = sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairwise(ring))
    return bool(area < 0)
