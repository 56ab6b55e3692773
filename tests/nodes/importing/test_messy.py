"""Every kind of mess seen in city files: one small file each, with its records and its report.

`tests/data/messy/KIND.toml` says what the file beside it must give, read with the mapping that is
proposed for it, or with the mapping that stands there.
"""

import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nodes.importing import Reading, propose, read, read_mapping
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.small import CITY, GOOD, read_text, table
from vocab.records import Experiment

MESSY = Path(__file__).parents[2] / "data" / "messy"
KINDS = sorted(path.stem for path in MESSY.glob("*.toml"))


def taken(path: Path, mapping: str | None) -> Reading:
    text = mapping or propose(path, CITY).text()
    return read(path, read_mapping(text, path), CITY, NOW)


def messy(kind: str) -> tuple[Path, dict[str, Any]]:
    [path] = [each for each in MESSY.glob(f"{kind}.*") if each.suffix != ".toml"]
    return path, tomllib.loads((MESSY / f"{kind}.toml").read_text("utf-8"))


def told(each: Experiment) -> dict[str, Any]:
    """Say an experiment in the words of the expectations."""

    def name(iri: str | None) -> str:
        return (iri or "").rsplit("/", 1)[-1]

    said = {
        "identifier": each.identifier,
        "title": "; ".join(each.title.values()),
        "description": "; ".join(each.description.values()),
        "stage": name(each.stage),
        "themes": [name(theme) for theme in each.themes],
        "technologies": [name(one) for one in each.technologies],
        "partners": [
            f"{one.name} ({name(one.helix)})" if one.helix else one.name for one in each.partners
        ],
        "start": each.start and each.start.value,
        "end": each.end and each.end.value,
        "place": each.place and "; ".join(each.place.name.values()),
        "wkt": each.place and each.place.wkt,
        "sources": [*each.source_pages],
    }
    return {key: value for key, value in said.items() if value}


@pytest.mark.parametrize("kind", KINDS)
def test_a_messy_file_gives_its_records_and_its_report(kind: str) -> None:
    path, expected = messy(kind)

    found = taken(path, expected.get("mapping"))

    assert [told(each) for each in found.records] == expected["records"]
    assert [str(each) for each in found.findings] == expected["report"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_messy_file_read_again_gives_the_same(kind: str) -> None:
    path, expected = messy(kind)

    assert taken(path, expected.get("mapping")) == taken(path, expected.get("mapping"))


def test_headings_below_a_title_are_found_with_a_mapping_too(tmp_path: Path) -> None:
    found = read_text(tmp_path, "Registro delle prove\n\n" + table(GOOD))

    assert [each.identifier for each in found.records] == ["p-1"]
    assert ["header_row = 3" in str(each) for each in found.findings] == [True]


def test_files_of_the_collection_are_tiny() -> None:
    assert KINDS
    assert all(path.stat().st_size < 10_000 for path in MESSY.iterdir())


def test_a_million_formatted_empty_rows_are_passed_over(tmp_path: Path) -> None:
    """What a spreadsheet program leaves when whole columns were coloured."""
    source = messy("far-cells")[0]
    book = openpyxl.load_workbook(source)
    sheet = book.worksheets[0]
    for row in range(3, 3000):
        sheet.cell(row, 400).font = openpyxl.styles.Font(bold=True)
    sheet.cell(1_048_576, 16_384).font = openpyxl.styles.Font(bold=True)
    book.save(tmp_path / "wide.xlsx")

    found = taken(tmp_path / "wide.xlsx", None)

    assert len(found.records) == found.rows == 1
