"""What the services of a city answer, saved as it came: CKAN, ArcGIS, JSON lines and others."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.errors import ImportRefused
from nodes.importing import propose, read, read_mapping
from nodes.importing.dates import Custom, dated
from nodes.importing.documents import parsed
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.small import CITY, write
from vocab.records import Experiment

ONE = {
    "codice": "N-7",
    "titolo": "Navetta senza conducente",
    "descrizione": "Una navetta percorre da sola la strada tra la stazione e l'ospedale.",
    "temi": "mobilità",
    "soggetti": "Ohmio (impresa)",
    "sito": "https://lab.example/7",
    "inizio": "2023-05-01",
}
TWO = ONE | {"codice": "N-8", "titolo": "Semafori che vedono chi aspetta"}
ITALIAN = Custom(order="day-month-year", language="it")
RING = [[7.6, 45.0], [7.6, 45.1], [7.7, 45.1], [7.6, 45.0]]
_inner = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=3), each, max_size=3)
    ),
    max_leaves=5,
)


def imported(folder: Path, name: str, content: Any) -> tuple[str, list[Experiment], list[str]]:
    """Propose a mapping for a file and follow it."""
    text = content if isinstance(content, str) else json.dumps(content)
    path = write(folder, name, text)
    said = propose(path, CITY).text()
    reading = read(path, read_mapping(said, path), CITY, NOW)
    records = [each for each in reading.records if isinstance(each, Experiment)]
    return said, records, [str(each) for each in reading.findings]


def esri(geometry: Any, **more: Any) -> dict[str, Any]:
    grid = {"spatialReference": {"wkid": 4326}} | more
    fields = [{"name": key, "alias": key, "type": "esriFieldTypeString"} for key in ONE]
    features = [{"attributes": {"OBJECTID": 1} | ONE, "geometry": geometry}]
    return {"objectIdFieldName": "OBJECTID", "fields": fields, "features": features} | grid


@given(st.lists(_inner, min_size=2, max_size=4), st.sampled_from(["\n", "\r\n", "\n\x1e", "\n\n"]))
@settings(deadline=None)
def test_values_one_after_the_other_come_back_as_their_list(values: list[Any], mark: str) -> None:
    lines = mark.join(json.dumps(each, indent=None) for each in values)

    assert parsed("prove.json", lines) == values
    assert parsed("prove.jsonl", f"\x1e{lines}\n") == values
    assert parsed("prove.jsonl", json.dumps(values[0])) == [values[0]]


def test_json_lines_are_read_like_a_list(tmp_path: Path) -> None:
    lines = "\n".join(map(json.dumps, (ONE, TWO)))

    for name in ("prove.jsonl", "prove.ndjson", "prove.json"):
        _, records, _ = imported(tmp_path, name, lines)
        assert [each.identifier for each in records] == ["N-7", "N-8"]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "prove.jsonl", f'{json.dumps(ONE)}\n{{"codice": "N-8", "tit')

    with pytest.raises(ImportRefused, match=r"prove\.jsonl is not JSON: line 2, column"):
        propose(path, CITY)


@pytest.mark.parametrize("name", ["prove.geojsonl", "prove.json"])
def test_lines_of_features_keep_their_geometries(tmp_path: Path, name: str) -> None:
    point = {"type": "Point", "coordinates": [7.65, 45.05]}
    lines = [
        json.dumps({"type": "Feature", "properties": each, "geometry": point})
        for each in (ONE, TWO)
    ]

    _, records, _ = imported(tmp_path, name, "\n".join(lines))

    assert [each.place and each.place.wkt for each in records] == ["POINT(7.65 45.05)"] * 2


def test_the_records_are_found_beside_a_longer_list_of_columns(tmp_path: Path) -> None:
    fields = [{"id": key, "type": "text", "info": {"label": key, "notes": "x"}} for key in ONE]
    rows = [{"_id": 1, **ONE}, {"_id": 2, **TWO}]

    said, records, _ = imported(
        tmp_path, "prove.json", {"result": {"fields": fields, "records": rows, "total": 2}}
    )

    assert 'records = "result.records"' in said
    assert [each.identifier for each in records] == ["N-7", "N-8"]


def socrata(rows: list[list[Any]]) -> dict[str, Any]:
    parts = ["human_address", "latitude", "longitude", "machine_address", "needs_recoding"]
    columns = [
        {"name": "sid", "dataTypeName": "meta_data"},
        *({"name": key, "dataTypeName": "text"} for key in ONE),
        {"name": "luogo", "dataTypeName": "location", "subColumnTypes": parts},
    ]
    address = json.dumps({"address": "Via Po 1", "city": "", "state": "", "zip": ""})
    place = [address, "45.05", "7.65", None, False]
    return {
        "meta": {"view": {"name": "Prove", "columns": columns}},
        "data": [["row-1", *each, place] for each in rows],
    }


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (socrata, "data"),
        (lambda rows: {"fields": [{"id": key} for key in ONE], "records": rows}, "records"),
        (lambda rows: {"columns": list(ONE), "index": [0, 1], "data": rows}, "data"),
        (lambda rows: {"range": "A1:G3", "values": [list(ONE), *rows]}, "values"),
    ],
)
def test_rows_that_are_lists_get_the_names_that_stand_elsewhere(
    tmp_path: Path, document: Any, path: str
) -> None:
    rows = [list(each.values()) for each in (ONE, TWO)]

    said, records, findings = imported(tmp_path, "prove.json", document(rows))

    assert f'records = "{path}"' in said
    assert [each.identifier for each in records] == ["N-7", "N-8"]
    assert [each.title["it"] for each in records] == [ONE["titolo"], TWO["titolo"]]
    assert not any("error" in each for each in findings)


def test_a_place_and_its_address_in_parts_are_read_from_socrata(tmp_path: Path) -> None:
    _, [found], _ = imported(tmp_path, "prove.json", socrata([list(ONE.values())]))

    assert found.place
    assert (found.place.wkt, found.place.address) == ("POINT(7.65 45.05)", "Via Po 1")
    assert found.place.name == {}


def test_a_row_with_a_value_too_many_is_reported(tmp_path: Path) -> None:
    document = {"columns": list(ONE), "data": [list(ONE.values()), [*TWO.values(), "?"]]}

    _, records, findings = imported(tmp_path, "prove.json", document)

    assert [each.identifier for each in records] == ["N-7"]
    assert any("error: prove.json, row 2" in each for each in findings)


def test_the_number_of_a_row_in_a_portal_does_not_become_an_address(tmp_path: Path) -> None:
    rows = [{"_id": 1, **ONE}, {"_id": 2, **TWO}]
    for each in rows:
        del each["codice"]

    said, records, _ = imported(tmp_path, "prove.json", rows)
    _, again, _ = imported(tmp_path, "prove.json", [rows[1] | {"_id": 1}, rows[0] | {"_id": 2}])

    assert 'ignore = ["_id"]' in said
    assert sorted(each.iri for each in again) == sorted(each.iri for each in records)


@pytest.mark.parametrize(
    ("geometry", "wkt"),
    [
        ({"x": 7.65, "y": 45.05}, "POINT(7.65 45.05)"),
        ({"x": "NaN", "y": "NaN"}, None),
        ({"points": [[7.65, 45.05]]}, "MULTIPOINT((7.65 45.05))"),
        ({"paths": [[[7.6, 45.0], [7.7, 45.1]]]}, "MULTILINESTRING((7.6 45, 7.7 45.1))"),
        (
            {"rings": [RING, [[7.61, 45.01], [7.62, 45.02], [7.61, 45.03]][::-1]]},
            "MULTIPOLYGON(((7.6 45, 7.6 45.1, 7.7 45.1, 7.6 45)), "
            "((7.61 45.03, 7.62 45.02, 7.61 45.01, 7.61 45.03)))",
        ),
        (
            {"rings": [RING, [[7.61, 45.01], [7.62, 45.02], [7.61, 45.03]]]},
            "MULTIPOLYGON(((7.6 45, 7.6 45.1, 7.7 45.1, 7.6 45), "
            "(7.61 45.01, 7.62 45.02, 7.61 45.03, 7.61 45.01)))",
        ),
        ({"rings": [["here"]]}, None),
        (None, None),
    ],
)
def test_the_features_of_arcgis_keep_their_geometries(
    tmp_path: Path, geometry: Any, wkt: str | None
) -> None:
    said, [found], _ = imported(tmp_path, "prove.json", esri(geometry))

    assert 'format = "geojson"' in said
    assert (found.identifier, found.place and found.place.wkt) == ("N-7", wkt)


def test_the_grid_of_a_map_service_is_not_taken_for_degrees(tmp_path: Path) -> None:
    answer = esri({"x": 395_000, "y": 4_990_000}, spatialReference={"wkid": 25832})

    with pytest.raises(ImportRefused, match=r"another coordinate system.*25832.*outSR=4326"):
        imported(tmp_path, "prove.json", answer)


@pytest.mark.parametrize(
    "grid", [{"wkid": 102100}, {"wkid": 102100, "latestWkid": 3857}, {"wkid": 3857}]
)
def test_the_metres_of_maps_on_the_web_are_brought_to_degrees(tmp_path: Path, grid: Any) -> None:
    answer = esri({"x": 857_160.08, "y": 5_621_521.49}, spatialReference=grid)

    _, [found], findings = imported(tmp_path, "prove.json", answer)

    assert [found.place and found.place.wkt] == ["POINT(7.7 45)"]
    assert not any("coordinates" in each for each in findings)


@pytest.mark.parametrize("more", [{"exceededTransferLimit": True}, {"total_count": 70}])
def test_an_answer_that_is_only_the_first_page_says_so(tmp_path: Path, more: Any) -> None:
    _, _, findings = imported(tmp_path, "prove.json", {"features": esri(None)["features"], **more})

    assert "export all of them" in findings[0]


@pytest.mark.parametrize(
    ("cell", "day", "unit"),
    [
        (1682899200000, "2023-05-01", "milliseconds"),
        ("1682899200000", "2023-05-01", "milliseconds"),
        (1682899200000.0, "2023-05-01", "milliseconds"),
        (1682985599, "2023-05-01", "seconds"),
    ],
)
def test_times_as_programs_count_them_are_read_and_told(cell: Any, day: str, unit: str) -> None:
    found = dated(cell, ITALIAN)

    assert found.moment.value == day
    assert unit in str(found.note)


@pytest.mark.parametrize("cell", ["20240501", 20240501, 20240501.0])
def test_a_date_without_hyphens_is_one(cell: Any) -> None:
    assert dated(cell, ITALIAN).moment.value == "2024-05-01"


def test_xml_that_is_no_linked_data_is_told_so(tmp_path: Path) -> None:
    path = write(
        tmp_path, "prove.xml", '<?xml version="1.0"?><prove><titolo>Navetta</titolo></prove>'
    )

    with pytest.raises(ImportRefused, match="XML of another kind"):
        propose(path, CITY)
