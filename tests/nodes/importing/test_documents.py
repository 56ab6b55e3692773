"""JSON and GeoJSON: records deep inside, dotted paths, geometries and broken documents."""

import json
from pathlib import Path
from typing import Any

import pytest

from nodes.errors import ImportRefused
from nodes.importing import Reading
from tests.nodes.importing.small import FIELDS, GOOD, read_file, write

PARTNERS = {"column": "chi", "name": "nome", "role": "ruolo"}
RECORD: dict[str, Any] = {
    **GOOD, "temi": ["mobilità"], "chi": [{"nome": "Ohmio", "ruolo": "impresa"}],
    "inizio": "09/2019", "fine": None, "stato": "conclusa", "lat": None, "lon": None,
}  # fmt: skip


def read_json(folder: Path, document: Any, **changes: Any) -> Reading:
    """Read a document of the small city."""
    settings = {"fields": FIELDS | {"partners": PARTNERS} | changes.pop("fields", {})}
    content = document if isinstance(document, str) else json.dumps(document)
    return read_file(write(folder, "prove.json", content), **settings, **changes)


def read_geojson(folder: Path, geometry: Any, **outer: Any) -> Reading:
    """Read one feature with a geometry."""
    feature = {"type": "Feature", "properties": RECORD, "geometry": geometry}
    document = {"type": "FeatureCollection", "features": [feature], **outer}
    path = write(folder, "prove.geojson", json.dumps(document))
    fields = {**FIELDS, "partners": PARTNERS, "geometry": "geometry"}
    return read_file(path, fields=fields, ignore=["lat", "lon"])


def test_reads_a_list_at_the_top(tmp_path: Path) -> None:
    [found] = read_json(tmp_path, [RECORD]).records

    assert found.start is not None
    assert found.start.value == "2019-09"
    assert [(each.name, each.helix) for each in found.partners] == [
        ("Ohmio", "https://w3id.org/citynode/helix/company")
    ]


def test_reads_a_list_deep_inside_and_says_when_it_is_not_whole(tmp_path: Path) -> None:
    document = {"result": {"count": 30, "results": [RECORD]}}

    reading = read_json(tmp_path, document, file={"records": "result.results"})

    assert len(reading.records) == 1
    assert "holds 1 records but says count = 30" in str(reading.findings[0])


def test_a_path_to_nothing_is_refused_with_the_keys_there(tmp_path: Path) -> None:
    with pytest.raises(
        ImportRefused, match=r"nothing at 'result.records'.*Did you mean 'record'\?.*record"
    ):
        read_json(tmp_path, {"result": {"record": []}}, file={"records": "result.records"})


def test_asks_for_the_path_and_names_the_lists(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"no list of records at its top.*Lists are at: prove"):
        read_json(tmp_path, {"prove": [RECORD]})


def test_dotted_paths_go_into_objects_lists_and_pairs(tmp_path: Path) -> None:
    record = {
        **{key: value for key, value in RECORD.items() if key not in {"temi", "inizio", "stato"}},
        "tags": [{"name": "mobilità"}, {"name": "sosta"}],
        "periodo": {"da": "2019"},
        "extras": [{"key": "stato.attuale", "value": "conclusa"}],
    }
    fields = {"themes": "tags.name", "start": "periodo.da", "status": "extras.stato.attuale"}

    [found] = read_json(tmp_path, [record], fields=fields).records

    assert found.keywords == (("it", "mobilità"), ("it", "sosta"))
    assert found.start is not None
    assert found.start.value == "2019"
    assert found.status_word == "conclusa"


def test_json_inside_text_is_unpacked_and_reported_when_broken(tmp_path: Path) -> None:
    good = RECORD | {"temi": '["mobilità"]', "luogo": '{"type": "Point", "coordinates": [7.7, 45]}'}
    bad = good | {"id": "p-2", "luogo": '{"type": "Point"'}
    fields = {"geometry": "luogo"}

    reading = read_json(tmp_path, [good, bad], fields=fields, file={"json": ["temi", "luogo"]})

    assert [each.place and each.place.wkt for each in reading.records] == [
        "POINT(7.7 45)",
        None,
    ]
    assert "prove.json, row 2, column luogo ([1].luogo)" in str(reading.findings[0])
    assert "is not JSON" in str(reading.findings[0])


def test_a_name_no_record_has_is_reported_and_refused_where_it_is_needed(tmp_path: Path) -> None:
    reading = read_json(tmp_path, [RECORD], fields={"status": "statto"})

    assert "no record has 'statto', which the mapping names as status. Did you mean 'stato'?" in (
        str(reading.findings[0])
    )
    with pytest.raises(ImportRefused, match=r"no record has 'titolino'.*Did you mean 'titolo'\?"):
        read_json(tmp_path, [RECORD], fields={"title": "titolino"})


def test_what_is_no_record_is_reported_and_the_others_come_through(tmp_path: Path) -> None:
    reading = read_json(tmp_path, ["?", RECORD])

    assert len(reading.records) == 1
    assert (reading.rows, reading.unnamed) == (2, 1)
    assert "prove.json, row 1: '?': is not a record" in str(reading.errors[0])


def test_an_object_where_text_is_expected_is_reported(tmp_path: Path) -> None:
    reading = read_json(tmp_path, [RECORD | {"stato": {"nome": "conclusa"}}])

    assert "name the part meant in the mapping, such as 'stato.nome'" in str(reading.findings[0])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('[{"id": "p-1",]', r"prove\.json is not JSON: line 1, column 15"),
        ('[{"id": 1, "id": 2}]', "has the key 'id' twice"),
        ('[{"lat": NaN}]', "NaN is not a number"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"lat": ' + "9" * 5000 + "}]", "numbers out of range"),
    ],
)
def test_broken_documents_are_refused(tmp_path: Path, content: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        read_json(tmp_path, content)


RING = [[7.6, 45.0], [7.7, 45.0], [7.7, 45.1], [7.6, 45.0]]


@pytest.mark.parametrize(
    ("geometry", "wkt"),
    [
        ({"type": "Point", "coordinates": [7.7, 45.0625]}, "POINT(7.7 45.0625)"),
        ({"type": "Point", "coordinates": [7.7, 45.06, 230]}, "POINT(7.7 45.06)"),
        (
            {"type": "MultiPoint", "coordinates": [[7.6, 45], [7.7, 45]]},
            "MULTIPOINT((7.6 45), (7.7 45))",
        ),
        (
            {"type": "LineString", "coordinates": [[7.6, 45], [7.7, 45.1]]},
            "LINESTRING(7.6 45, 7.7 45.1)",
        ),
        (
            {"type": "MultiLineString", "coordinates": [[[7.6, 45], [7.7, 45.1]]]},
            "MULTILINESTRING((7.6 45, 7.7 45.1))",
        ),
        (
            {"type": "Polygon", "coordinates": [RING]},
            "POLYGON((7.6 45, 7.7 45, 7.7 45.1, 7.6 45))",
        ),
        (
            {"type": "MultiPolygon", "coordinates": [[RING]]},
            "MULTIPOLYGON(((7.6 45, 7.7 45, 7.7 45.1, 7.6 45)))",
        ),
        (
            {
                "type": "GeometryCollection",
                "geometries": [{"type": "Point", "coordinates": [7.7, 45]}],
            },
            "POINT(7.7 45)",
        ),
        (
            {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Point", "coordinates": [7.7, 45]},
                    {
                        "type": "GeometryCollection",
                        "geometries": [{"type": "MultiPoint", "coordinates": [[7.6, 45]]}],
                    },
                ],
            },
            "MULTIPOINT((7.7 45), (7.6 45))",
        ),
        (None, None),
    ],
)
def test_every_geometry_becomes_well_known_text(
    tmp_path: Path, geometry: Any, wkt: str | None
) -> None:
    reading = read_geojson(tmp_path, geometry)

    assert [each.place and each.place.wkt for each in reading.records] == [wkt]
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        ({"type": "Circle", "coordinates": [7.7, 45]}, "is no GeoJSON geometry"),
        ({"type": "Point", "coordinates": [7.7]}, "not [longitude, latitude]"),
        ({"type": "Point", "coordinates": ["7.7", "45"]}, "a coordinate that is no number"),
        ({"type": "LineString", "coordinates": [[7.7, 45]]}, "fewer than 2 parts"),
        ({"type": "Polygon", "coordinates": [[*RING[:3], [7.65, 45.05]]]}, "end where it began"),
        ({"type": "GeometryCollection", "geometries": []}, "without geometries"),
        (
            {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Point", "coordinates": [7.7, 45]},
                    {"type": "Polygon", "coordinates": [RING]},
                ],
            },
            "mixes points, lines and surfaces",
        ),
        ("nowhere", "is no well-known text"),
    ],
)
def test_a_broken_geometry_is_reported_and_left_out(
    tmp_path: Path, geometry: Any, reason: str
) -> None:
    reading = read_geojson(tmp_path, geometry)

    assert [each.place and each.place.wkt for each in reading.records] == [None]
    assert reason in str(reading.findings[0])
    assert "prove.geojson, row 1, column geometry (features[0].geometry)" in str(
        reading.findings[0]
    )


def test_other_coordinate_systems_are_refused(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}

    with pytest.raises(ImportRefused, match=r"another coordinate system.*EPSG::25832"):
        read_geojson(tmp_path, None, crs=crs)
    with pytest.raises(ImportRefused, match="another coordinate system"):
        read_geojson(tmp_path, None, crs=25832)


def test_json_that_is_no_feature_collection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="is not a GeoJSON FeatureCollection"):
        read_file(write(tmp_path, "prove.geojson", "[]"))


def test_a_list_whose_keys_are_no_words_is_passed_over(tmp_path: Path) -> None:
    """Property tests found it: keys that are objects cannot name anything."""
    odd = [{"key": {"name": 1}, "value": "x"}]
    path = write(tmp_path, "prove.json", json.dumps([{**GOOD, "extras": odd}]))

    found = read_file(path, fields={**FIELDS, "summary": "extras.key"})

    assert [each.identifier for each in found.records] == ["p-1"]
