"""Maps of Google and others, as KML and KMZ."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.errors import ImportRefused
from nodes.importing import LIMITS, Limits, propose, read, read_mapping
from nodes.importing.keyhole import read_kml
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.small import CITY, write

OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
)
SHUT = "</Document></kml>"
MAP = f"""{OPEN}<name>Prove in città</name><Folder><name>Mobilità</name>
<Placemark id="p-1"><name>Navetta</name>
<description><![CDATA[Una <b>navetta</b> di prova.<br>Da Porta Susa.]]></description>
<ExtendedData><Data name="soggetti"><value>Ohmio (impresa)</value></Data>
<SchemaData schemaUrl="#s"><SimpleData name="sito">https://lab.example/1</SimpleData></SchemaData>
</ExtendedData><TimeSpan><begin>2023-05-01</begin><end>2023-06</end></TimeSpan>
<Point><coordinates> 7.65,45.05,0 </coordinates></Point></Placemark>
<Placemark id="p-2"><name>Autobus</name><description>Un autobus a chiamata.</description>
<ExtendedData><Data name="soggetti"><value>Ohmio (impresa)</value></Data>
<Data name="sito"><value>https://lab.example/2</value></Data></ExtendedData>
<Point><coordinates>qui</coordinates></Point></Placemark></Folder>{SHUT}"""

_degrees = st.integers(-1_800_000_000, 1_800_000_000).map(lambda each: each / 10_000_000)
_place = st.tuples(_degrees, _degrees).map(list)
_ring = st.lists(_place, min_size=3, max_size=4).map(lambda each: [*each, each[0]])
_plain = st.one_of(
    _place.map(lambda each: {"type": "Point", "coordinates": each}),
    st.lists(_place, min_size=2, max_size=4).map(
        lambda each: {"type": "LineString", "coordinates": each}
    ),
    st.lists(_ring, min_size=1, max_size=3).map(
        lambda each: {"type": "Polygon", "coordinates": each}
    ),
)
_shapes = st.recursive(
    _plain,
    lambda each: st.lists(each, max_size=3).map(
        lambda said: {"type": "GeometryCollection", "geometries": said}
    ),
    max_leaves=4,
)


def kml(shape: dict[str, Any]) -> str:
    """Write a shape of GeoJSON as KML."""

    def line(places: list[list[float]]) -> str:
        said = " ".join(f"{x:.7f},{y:.7f},0" for x, y in places)
        return f"<coordinates>{said}</coordinates>"

    if "geometries" in shape:
        return f"<MultiGeometry>{''.join(map(kml, shape['geometries']))}</MultiGeometry>"
    said = shape["coordinates"]
    if shape["type"] == "Polygon":
        sides = ("outerBoundaryIs", *["innerBoundaryIs"] * (len(said) - 1))
        rings = (
            f"<{side}><LinearRing>{line(ring)}</LinearRing></{side}>"
            for side, ring in zip(sides, said, strict=True)
        )
        return f"<Polygon><tessellate>1</tessellate>{''.join(rings)}</Polygon>"
    return f"<{shape['type']}>{line(said if 'L' in shape['type'] else [said])}</{shape['type']}>"


def flat(shape: dict[str, Any]) -> dict[str, Any]:
    """Leave out heights."""

    def two(value: Any) -> Any:
        return value[:2] if isinstance(value[0], float) else [two(each) for each in value]

    if "geometries" in shape:
        return {**shape, "geometries": [flat(each) for each in shape["geometries"]]}
    return {**shape, "coordinates": two(shape["coordinates"])}


@given(_shapes)
@settings(deadline=None)
def test_a_shape_goes_out_as_kml_and_comes_back_the_same(shape: dict[str, Any]) -> None:
    text = f"{OPEN}<Placemark><name>x</name>{kml(shape)}</Placemark>{SHUT}"

    [row] = read_kml("prove.kml", text.encode(), LIMITS).rows

    found = row.cells["geometry"]
    assert isinstance(found, dict)
    assert flat(found) == shape


@pytest.mark.parametrize("packed", [False, True])
def test_a_map_of_google_needs_no_mapping_by_hand(tmp_path: Path, packed: bool) -> None:
    path = write(tmp_path, "prove.kml", MAP)
    if packed:
        path = path.with_suffix(".kmz")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("doc.kml", MAP)
            archive.writestr("images/icon.png", b"")
    proposed = propose(path, CITY).text()

    reading = read(path, read_mapping(proposed, path), CITY, NOW)

    assert 'themes = "folder"' in proposed
    first, second = reading.records
    assert (first.identifier, first.title) == ("p-1", {"it": "Navetta"})
    assert first.description == {"it": "Una navetta di prova.\nDa Porta Susa."}
    assert (first.start and first.start.value, first.end and first.end.value) == (
        "2023-05-01",
        "2023-06",
    )
    assert [each.place and each.place.wkt for each in (first, second)] == [
        "POINT(7.65 45.05)",
        None,
    ]
    assert any("Placemark[2].geometry" in str(each) for each in reading.findings)


@pytest.mark.parametrize(
    ("inside", "limits", "reason"),
    [
        ("<Point><coordinates>7,45 </coordinates></Point>", Limits(cells=99), "99 values and"),
        ("<Polygon/>", Limits(cells=99), "more than 99 values and positions: split it"),
        ("<name>x</name>", Limits(characters=99), "more than 99 characters of text: split it"),
    ],
)
def test_more_than_memory_holds_is_refused(inside: str, limits: Limits, reason: str) -> None:
    text = f"{OPEN}<Placemark>{inside * 100}</Placemark>{SHUT}"

    with pytest.raises(ImportRefused, match=reason):
        read_kml("prove.kml", text.encode(), limits)


def test_a_popup_that_repeats_the_data_is_no_description() -> None:
    data = "<ExtendedData><Data name='testo'><value>Una prova.</value></Data></ExtendedData>"
    popup = "<description>testo: Una prova.</description>"
    more = "<description>Si prova una navetta.</description>"

    first, second = read_kml(
        "prove.kml",
        "".join(
            (OPEN, *(f"<Placemark>{each}{data}</Placemark>" for each in (popup, more)), SHUT)
        ).encode(),
        LIMITS,
    ).rows

    assert first.cells == {"testo": "Una prova."}
    assert second.cells["description"] == "Si prova una navetta."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f"{OPEN}{SHUT}", "holds no placemark: export the layer"),
        (f"{OPEN}<NetworkLink><Link><href>https://x</href></Link></NetworkLink>{SHUT}", "a link"),
        (f"{OPEN}<Placemark>", "is no KML that can be read"),
        (MAP.replace("<kml", '<!DOCTYPE k [<!ENTITY a "b">]><kml', 1), "declares entities"),
        (OPEN + "<Folder>" * 300, "nested too deeply"),
        (b"PK\x03\x04 damaged", "damaged"),
    ],
)
def test_a_map_without_experiments_says_what_to_do(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    with pytest.raises(ImportRefused, match=reason):
        propose(write(tmp_path, "prove.kml", content), CITY)


def test_a_map_that_is_too_large_is_refused() -> None:
    with pytest.raises(ImportRefused, match="more than 1 placemarks"):
        read_kml("prove.kml", MAP.encode(), Limits(rows=1))
