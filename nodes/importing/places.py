"""Where it took place: names, address and a geometry that lies where the city is.

Coordinates outside the city's box are kept and reported, since a trial may lie next door. When
they fall into the box with the two numbers changed over, or as metres of Web Mercator, they are
read that way, and reported.
"""

import json
from typing import Final

from nodes.city import City
from nodes.importing.columns import PointColumn
from nodes.importing.degrees import angles
from nodes.importing.maplinks import is_map_link, place_of_link
from nodes.importing.mapping import Fields
from nodes.importing.rows import Cell
from nodes.importing.sentences import no_geometry, say
from nodes.importing.texts import Reader
from vocab import geometry
from vocab.errors import NoGeometry
from vocab.parts import Place

_EARTH: Final = (-180.0, -90.0, 180.0, 90.0)


def place(reader: Reader, fields: Fields, city: City) -> Place:
    """Read the place of a row; the city itself is always known."""
    return Place(
        name=reader.texts(fields.place, ", "),
        address=reader.text(fields.address),
        city=city.name,
        country=city.country,
        wkt=_geometry(reader, fields, city),
    )


def _geometry(reader: Reader, fields: Fields, city: City) -> str | None:
    """Give the first geometry found: a shape, a pair in one cell, or two columns."""
    for column in fields.geometry:
        if (cell := reader.cell(column)) not in (None, ""):
            return _checked(reader, column.column, cell, _shape(reader, column.column, cell), city)
    if fields.point is not None:
        cell = reader.notes.row.get(fields.point.column)
        if (text := reader.plain(fields.point.column, cell)) and not reader.is_blank(text):
            wkt = _pair(reader, fields.point, text)
            return _checked(reader, fields.point.column, text, wkt, city)
    if fields.latitude and fields.longitude:
        return _two_columns(reader, fields, city)
    return None


def _shape(reader: Reader, heading: str | None, cell: Cell) -> str | None:
    """Read a cell that holds GeoJSON, as an object or as text, or well-known text."""
    try:
        if isinstance(cell, str):
            if not cell.lstrip().startswith("{"):
                return geometry.from_text(cell)
            cell = json.loads(cell)
        return geometry.from_geojson(cell)
    except NoGeometry as error:
        reader.notes.warn(heading, cell, "geometry-left", reason=no_geometry(error))
    except (ValueError, RecursionError):
        reader.notes.warn(heading, cell, "geometry-left", reason=say("geometry-no-json"))
    return None


def _pair(reader: Reader, column: PointColumn, text: str) -> str | None:
    if (linked := place_of_link(text)) is not None:
        return geometry.point(linked[1], linked[0])
    if is_map_link(text):
        reader.notes.warn(column.column, text, "link-tells-no-place")
        return None
    if (found := angles(text, reader.mapping.language)) and len(found) == 2:
        first, second = found[0].value, found[1].value
        turned = found[0].axis == "longitude" or found[1].axis == "latitude"
        if turned or (found[0].axis is None and column.order == "longitude latitude"):
            first, second = second, first
        return geometry.point(second, first)
    parts = [part.strip() for part in text.strip("()[] ").split(column.separator)]
    parts = [part for part in parts if part]
    if len(parts) != 2:
        mark = reader.mapping.decimal
        example = f"45{mark}095{column.separator} 7{mark}699"
        if column.order == "longitude latitude":
            example = f"7{mark}699{column.separator} 45{mark}095"
        reader.notes.warn(column.column, text, "no-pair", example=example)
        return None
    numbers = [reader.parsed_number(column.column, part) for part in parts]
    if numbers[0] is None or numbers[1] is None:
        return None
    first, second = numbers[0], numbers[1]
    if column.order == "latitude longitude":
        first, second = second, first
    return geometry.point(first, second)


def _two_columns(reader: Reader, fields: Fields, city: City) -> str | None:
    latitudes = [reader.number(column) for column in fields.latitude]
    longitudes = [reader.number(column) for column in fields.longitude]
    latitude = next((each for each in latitudes if each is not None), None)
    longitude = next((each for each in longitudes if each is not None), None)
    heading = fields.latitude[0].column
    if latitude is None or longitude is None:
        if (latitude is None) != (longitude is None):
            missing = fields.latitude[0] if latitude is None else fields.longitude[0]
            reader.notes.warn(
                missing.column,
                None,
                "coordinate-missing",
            )
        return None
    said = f"{latitude:g} and {longitude:g}"
    return _checked(reader, heading, said, geometry.point(longitude, latitude), city)


def _checked(
    reader: Reader, heading: str | None, value: object, wkt: str | None, city: City
) -> str | None:
    """Compare a geometry with the city's box and with the earth."""
    if wkt is None or _inside(wkt, city.box or _EARTH):
        return wkt
    turned = geometry.swapped(wkt)
    if _inside(turned, city.box or _EARTH):
        reader.notes.warn(
            heading,
            value,
            "coordinates-turned",
            wkt=turned,
        )
        return turned
    if city.box is not None and _inside(metres := _from_metres(wkt), city.box):
        reader.notes.warn(heading, value, "web-mercator", wkt=metres)
        return metres
    if _inside(wkt, _EARTH):
        reader.notes.warn(heading, value, "outside-box", city=city.name, wkt=wkt)
        return wkt
    reader.notes.warn(
        heading,
        value,
        "nowhere",
        wkt=wkt,
        latitude=f"45{reader.mapping.decimal}095",
        longitude=f"7{reader.mapping.decimal}699",
    )
    return None


def _from_metres(wkt: str) -> str:
    """Read a geometry as if it were in metres of Web Mercator."""
    return geometry.from_geojson(geometry.from_web_mercator(geometry.to_geojson(wkt)))


def _inside(wkt: str, box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    return all(
        west <= longitude <= east and south <= latitude <= north
        for longitude, latitude in geometry.positions(wkt)
    )
