"""Geometries: from GeoJSON to well-known text, and the positions of either.

Well-known text is written in longitude, latitude order on WGS 84, as in the payload:
`POINT(7.699 45.095)`. Numbers are kept to seven decimals, about a centimetre.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from nodes.importing.sentences import Sentence, say

_DEEPEST: Final = 4
_LONGEST: Final = 100_000
_NUMBER: Final = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_POSITION: Final = re.compile(rf"({_NUMBER})\s+({_NUMBER})(?:\s+{_NUMBER}){{0,2}}")
_SHAPE: Final = re.compile("(?:MULTI)?(?:POINT|LINESTRING|POLYGON)", re.IGNORECASE)
_REST: Final = re.compile(r"[\s(),]*")
_CRS84: Final = re.compile(r"<http://www\.opengis\.net/def/crs/OGC/1\.3/CRS84>\s*")


class NoGeometry(ValueError):
    """Not a geometry; `said` says what is wrong with it."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(str(said))
        self.said = said


def point(longitude: float, latitude: float) -> str:
    """Write a point."""
    return f"POINT({_number(longitude)} {_number(latitude)})"


def from_geojson(value: Any) -> str:
    """Write a GeoJSON geometry as well-known text; raises NoGeometry. Heights are left out.

    A collection of one kind becomes a multiple of it, which every reader understands.
    """
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "GeometryCollection":
        return from_geojson(_united(list(_members(value, _DEEPEST))))
    if (write := _WRITERS.get(str(kind))) is None:
        raise NoGeometry(
            say("geometry-none", example='{"type": "Point", "coordinates": [7.7, 45]}')
        )
    return f"{str(kind).upper()}{write(value.get('coordinates'))}"


def from_text(text: str) -> str:
    """Check well-known text and write it our way; raises NoGeometry."""
    body = _CRS84.sub("", text.strip(), count=1)
    if body.startswith("<") or body.upper().startswith("SRID"):
        raise NoGeometry(say("geometry-other-grid"))
    if len(body) > _LONGEST:
        raise NoGeometry(say("geometry-too-long", most=f"{_LONGEST:,}"))
    if body.upper().startswith("GEOMETRYCOLLECTION"):
        raise NoGeometry(say("geometry-collection"))
    words = re.findall(r"[A-Za-z]{2,}", body)
    rest = _POSITION.sub("", _SHAPE.sub("", re.sub(r"\b(?:ZM?|M)\b", "", body)))
    closed = body.count("(") == body.count(")") > 0 and body.endswith(")")
    if not words or not _SHAPE.match(body) or not _REST.fullmatch(rest) or not closed:
        raise NoGeometry(say("geometry-no-wkt"))
    flat = re.sub(r"\s*\b(?:ZM?|M)\b\s*", "", body)
    flat = _POSITION.sub(lambda each: f"{_number(float(each[1]))} {_number(float(each[2]))}", flat)
    flat = re.sub(r"\s*([(),])\s*", r"\1", flat).replace(",", ", ")
    return _SHAPE.sub(lambda each: each[0].upper(), flat)


def positions(wkt: str) -> Iterator[tuple[float, float]]:
    """Give every position as longitude and latitude."""
    for longitude, latitude in _POSITION.findall(wkt):
        yield float(longitude), float(latitude)


def swapped(wkt: str) -> str:
    """Write the geometry with the two coordinates of each position changed over."""
    return _POSITION.sub(lambda each: f"{each[2]} {each[1]}", wkt)


def _members(value: Any, depth: int) -> Iterator[dict[str, Any]]:
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
        raise NoGeometry(say("geometry-empty"))
    if len(members) == 1:
        return members[0]
    kinds = {str(member.get("type") if isinstance(member, dict) else None) for member in members}
    [kind, *others] = sorted({each.removeprefix("Multi") for each in kinds})
    if others or f"Multi{kind}" not in _WRITERS:
        raise NoGeometry(say("geometry-mixed"))
    parts: list[Any] = []
    for member in members:
        from_geojson(member)
        coordinates = member["coordinates"]
        parts.extend(coordinates if member["type"].startswith("Multi") else [coordinates])
    return {"type": f"Multi{kind}", "coordinates": parts}


def _number(value: float) -> str:
    text = f"{value:.7f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _position(value: Any) -> str:
    if not isinstance(value, list) or not 2 <= len(value) <= 4:
        raise NoGeometry(say("geometry-position"))
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in value):
        raise NoGeometry(say("geometry-coordinate"))
    return f"{_number(value[0])} {_number(value[1])}"


def _list(inner: Callable[[Any], str], least: int) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        if not isinstance(value, list) or len(value) < least:
            raise NoGeometry(say("geometry-too-few", least=least))
        return f"({', '.join(inner(each) for each in value)})"

    return write


def _ring(value: Any) -> str:
    text = _list(_position, 4)(value)
    if value[0][:2] != value[-1][:2]:
        raise NoGeometry(say("geometry-open"))
    return text


_WRITERS: Final[dict[str, Callable[[Any], str]]] = {
    "Point": lambda value: f"({_position(value)})",
    "MultiPoint": _list(lambda value: f"({_position(value)})", 1),
    "LineString": _list(_position, 2),
    "MultiLineString": _list(_list(_position, 2), 1),
    "Polygon": _list(_ring, 1),
    "MultiPolygon": _list(_list(_ring, 1), 1),
}
