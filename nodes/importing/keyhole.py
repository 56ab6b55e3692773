"""KML, as Google My Maps and Google Earth write it, also packed as KMZ.

Each placemark is a row: its `name` and `description`, the `folder` (a layer of the map) it lies
in, what stands in its extended data under the names it has there, its `begin` and `end`, and its
shape under `geometry`. Coordinates are longitude and latitude on WGS 84, always.
"""

import re
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

from nodes.books.kinds import refuse_other_kinds
from nodes.books.limits import Limits
from nodes.books.parts import BROKEN, parse, refuse_liars
from nodes.errors import ImportRefused
from nodes.importing.documents import GEOMETRY
from nodes.importing.rows import Cell, Row, Sheet
from nodes.importing.sentences import say

_ARCHIVE: Final = b"PK\x03\x04"
_PLAIN: Final = {
    "name": "name", "description": "description", "address": "address", "phoneNumber": "phone",
    "begin": "begin", "end": "end", "when": "when", "snippet": "snippet",
}  # fmt: skip
_POSITION: Final = re.compile(r"\S+")
_LINES: Final = {"Point": "Point", "LineString": "LineString", "LinearRing": "LineString"}


def read_kml(name: str, data: bytes, limits: Limits) -> Sheet:
    """Read the placemarks; raises ImportRefused when there are none, or it cannot be read."""
    if data.startswith(_ARCHIVE):
        data = _unpacked(name, data, limits)
    refuse_other_kinds(name, data, xml=True)
    reader = _Placemarks(name, limits)
    try:
        parse(BytesIO(data), name, reader.start, reader.end, reader.text)
    except BROKEN as error:
        raise ImportRefused(f"{name} is no KML that can be read: {error}") from error
    if not reader.rows:
        raise ImportRefused(
            f"{name} holds no placemark, only a link to where the map is kept: export it again "
            "with its data in it, as KMZ or KML without a network link"
            if reader.linked
            else f"{name} holds no placemark: export the layer of the map that has the experiments"
        )
    rows = tuple(reader.rows)
    findings = tuple(
        row.finding("error", None, None, say("no-record")) for row in rows if not row.cells
    )
    headings = dict.fromkeys(key for row in rows for key in row.cells)
    return Sheet(name=name, headings=tuple(headings), rows=rows, findings=findings, loose=True)


def _unpacked(name: str, data: bytes, limits: Limits) -> bytes:
    """Give the document of a KMZ: `doc.kml`, or the only one; raises ImportRefused."""
    refuse_liars(name, data, limits)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            inside = [each for each in archive.namelist() if each.lower().endswith(".kml")]
            main = next((each for each in inside if each.lower() == "doc.kml"), None)
            if main is None and len(inside) != 1:
                raise ImportRefused(
                    f"{name} holds {len(inside)} KML documents: unpack it and import each"
                )
            return archive.read(main or inside[0])
    except BROKEN as error:
        raise ImportRefused(f"{name} is a damaged KMZ: export it again") from error


class _Placemarks:
    """Follows the elements of a document and collects a row for each placemark."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.rows: list[Row] = []
        self.linked = False
        self._name = name
        self._limits = limits
        self._open: list[str] = []
        self._folders: list[str] = []
        self._cells: dict[str, Cell] | None = None
        self._field = ""
        self._said: list[str] = []
        self._shapes: list[list[Any]] = []  # of each geometry that is open, its parts
        self._rings: list[Any] = []
        self._held = self._characters = 0

    def start(self, element: str, attributes: dict[str, str]) -> None:
        self._open.append(element)
        self._said = []
        if element == "Folder":
            self._folders.append("")
        elif element == "NetworkLink":
            self.linked = True
        elif element == "Placemark":
            if len(self.rows) >= self._limits.rows:
                raise ImportRefused(
                    f"{self._name} has more than {self._limits.rows:,} placemarks: split it"
                )
            self._cells = {"id": attributes["id"]} if attributes.get("id") else {}
            self._shapes = [[]]
        elif element in {"Data", "SimpleData"}:
            self._field = attributes.get("name", "")
        elif element == "MultiGeometry":
            self._shapes.append([])
        elif element == "Polygon":
            self._rings = []

    def text(self, said: str) -> None:
        self._characters += len(said)
        if self._characters > self._limits.characters:
            raise ImportRefused(
                f"{self._name} has more than {self._limits.characters:,} characters of text: split "
                "it into several files"
            )
        self._said.append(said)

    def end(self, element: str) -> None:
        self._open.pop()
        over = self._open[-1] if self._open else ""
        said, self._said = "".join(self._said).strip(), []
        if element == "Folder":
            self._folders.pop()
        elif element == "name" and over == "Folder":
            self._folders[-1] = said
        elif self._cells is None:
            return
        elif element == "Placemark":
            self._finish()
        elif element == "SimpleData" or (element == "value" and over == "Data"):
            self._put(self._field, said)
        elif element in _PLAIN and (over in {"Placemark", "TimeSpan", "TimeStamp"}):
            self._put(_PLAIN[element], said)
        else:
            self._shape(element, over, said)

    def _put(self, heading: str, said: str) -> None:
        if self._cells is not None and heading.strip() and said:
            self._hold()
            self._cells.setdefault(heading.strip(), said)

    def _shape(self, element: str, over: str, said: str) -> None:
        """Follow the parts of a geometry; one that is none is left to be reported as it is."""
        self._hold()
        if element == "coordinates" and over in _LINES:
            places = [self._position(each[0]) for each in _POSITION.finditer(said)]
            if over == "LinearRing" and len(self._open) > 1 and self._open[-2].endswith("Is"):
                self._rings.append(places)
            else:
                found = places[0] if over == "Point" and len(places) == 1 else places
                self._shapes[-1].append({"type": _LINES[over], "coordinates": found})
        elif element == "Polygon":
            self._shapes[-1].append({"type": "Polygon", "coordinates": self._rings})
        elif element == "MultiGeometry":
            parts = self._shapes.pop()
            self._shapes[-1].append({"type": "GeometryCollection", "geometries": parts})

    def _position(self, said: str) -> list[Any]:
        self._hold()
        return _position(said)

    def _hold(self) -> None:
        """Count what is kept: a few kilobytes of KMZ can unpack to gigabytes of it."""
        self._held += 1
        if self._held > self._limits.cells:
            raise ImportRefused(
                f"{self._name} has more than {self._limits.cells:,} values and positions: split "
                "it, or export simpler shapes"
            )

    def _finish(self) -> None:
        cells, number = self._cells or {}, len(self.rows) + 1
        if folder := next((each for each in reversed(self._folders) if each), ""):
            cells.setdefault("folder", folder)
        if _is_repeated(str(cells.get("description", "")), cells):
            del cells["description"]
        if self._shapes[0]:
            cells[GEOMETRY] = self._shapes[0][0]
        path = f"Placemark[{number}]"
        self.rows.append(Row(sheet=self._name, number=number, cells=cells, path=path))
        self._cells = None


def _is_repeated(description: str, cells: Mapping[str, Cell]) -> bool:
    """Whether a description only lists the extended data, as Google My Maps writes it."""
    data = [str(each) for key, each in cells.items() if key not in {*_PLAIN.values(), "id"}]
    return bool(description and data) and all(f": {each}" in description for each in data)


def _position(said: str) -> list[Any]:
    """Read `longitude,latitude,height`; what is no number stays text, and is reported."""
    parts = said.split(",")
    try:
        return [float(each) for each in parts if each]
    except ValueError:
        return list(parts)
