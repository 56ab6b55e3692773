"""Workbooks: sheets, date cells, numbers, merged cells and what is refused."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nodes.errors import ImportRefused
from nodes.importing import Limits, propose, read, read_mapping
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.small import CITY, GOOD, HEADINGS, read_file, write

CELLS: dict[str, Any] = {**GOOD}


def workbook(folder: Path, *rows: dict[str, Any], above: int = 0, sheet: str = "Prove") -> Path:
    """Write an XLSX file with a note as second sheet."""
    book = openpyxl.Workbook()
    found = book.active
    assert found is not None
    found.title = sheet
    for line, row in enumerate(
        [dict(zip(HEADINGS, HEADINGS, strict=True)), *rows], start=above + 1
    ):
        for column, heading in enumerate(HEADINGS, start=1):
            found.cell(line, column).value = row.get(heading)
    book.create_sheet("Note").append(["Solo una nota"])
    path = folder / "prove.xlsx"
    book.save(path)
    return path


def ods(folder: Path, *rows: dict[str, Any]) -> Path:
    """Write an ODS file by hand, with date and number cells as such."""

    def cell(value: Any) -> str:
        if isinstance(value, date):
            return (
                f'<table:table-cell office:value-type="date" office:date-value="{value}">'
                f"<text:p>{value}</text:p></table:table-cell>"
            )
        if isinstance(value, int | float):
            return (
                f'<table:table-cell office:value-type="float" office:value="{value}">'
                f"<text:p>{value}</text:p></table:table-cell>"
            )
        if value is None:
            return "<table:table-cell/>"
        return (
            '<table:table-cell office:value-type="string">'
            f"<text:p>{value}</text:p></table:table-cell>"
        )

    lines = [dict(zip(HEADINGS, HEADINGS, strict=True)), *rows]
    body = "".join(
        f"<table:table-row>{''.join(cell(row.get(each)) for each in HEADINGS)}</table:table-row>"
        for row in lines
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        f'xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="Prove">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = folder / "prove.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"><manifest:file-entry '
            'manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
            "</manifest:manifest>",
        )
    return path


def test_date_cells_keep_their_day_and_year_numbers_stay_years(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        CELLS | {"inizio": datetime(2018, 4, 26), "fine": 2019.0, "lat": 45.07, "lon": 7.7},
    )

    [found] = read_file(path, file={"sheet": "Prove"}).records

    assert found.start is not None
    assert found.end is not None
    assert (found.start.value, found.end.value) == ("2018-04-26", "2019")
    assert found.place is not None
    assert found.place.wkt == "POINT(7.7 45.07)"


def test_ods_is_read_like_xlsx(tmp_path: Path) -> None:
    path = ods(
        tmp_path, CELLS | {"inizio": date(2018, 4, 26), "fine": 2019, "lat": 45.07, "lon": 7.7}
    )

    [found] = read_file(path).records

    assert found.title == {"it": "Navetta"}
    assert found.start is not None
    assert found.end is not None
    assert (found.start.value, found.end.value) == ("2018-04-26", "2019")


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("mm/yyyy", "2019-09"),
        ("mmm-yy", "2019-09"),
        ('[$-410]mmmm" "yyyy', "2019-09"),
        ("yyyy", "2019"),
        ("dd/mm/yyyy", "2019-09-01"),
        ("d mmm yyyy hh:mm", "2019-09-01"),
    ],
)
def test_a_date_cell_counts_only_as_far_as_it_is_shown(
    tmp_path: Path, code: str, read: str
) -> None:
    path = workbook(tmp_path, CELLS | {"inizio": datetime(2019, 9, 1)})
    book = openpyxl.load_workbook(path)
    book["Prove"]["G2"].number_format = code
    book.save(path)

    [found] = read_file(path, file={"sheet": "Prove"}).records

    assert found.start is not None
    assert found.start.value == read


def test_a_number_without_date_format_is_the_day_a_spreadsheet_counts_so(tmp_path: Path) -> None:
    path = workbook(tmp_path, CELLS | {"inizio": 43216})

    reading = read_file(path, file={"sheet": "Prove"})

    start = reading.records[0].start
    assert start is not None
    assert start.value == "2018-04-26"
    assert str(reading.findings[0]) == (
        "warning: Prove, row 2, column inizio (G2): '43216': is the number of a day, so it was "
        "read as 2018-04-26: give the cell a date format"
    )


def test_a_day_beyond_all_years_is_refused_and_ends_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = HEADINGS[0], -(10**18)
    book.active["A2"].number_format = "yyyy-mm-dd"
    book.save(tmp_path / "prove.xlsx")

    with pytest.raises(ImportRefused, match="a date far beyond all years"):
        read_file(tmp_path / "prove.xlsx")


def test_whole_numbers_as_identifiers_have_no_point(tmp_path: Path) -> None:
    path = workbook(tmp_path, CELLS | {"id": 7.0})

    assert read_file(path, file={"sheet": "Prove"}).records[0].identifier == "7"


def test_blank_rows_above_do_not_shift_the_cells(tmp_path: Path) -> None:
    path = workbook(tmp_path, CELLS | {"titolo": None}, above=3)

    reading = read_file(path, file={"sheet": "Prove", "header_row": 4})

    assert (reading.errors[0].sheet, reading.errors[0].row) == ("Prove", 5)
    assert reading.errors[0].cell == "B5"


def test_several_sheets_and_none_named_is_refused_with_their_names(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"prove\.xlsx has 2 sheets.*'Prove', 'Note'"):
        read_file(workbook(tmp_path, CELLS))


def test_a_sheet_that_is_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"no sheet 'Prova'.*Did you mean 'Prove'\?"):
        read_file(workbook(tmp_path, CELLS), file={"sheet": "Prova"})


def test_merged_cells_are_reported(tmp_path: Path) -> None:
    path = workbook(tmp_path, CELLS | {"stato": "conclusa"}, CELLS | {"id": "p-2"})
    book = openpyxl.load_workbook(path)
    book["Prove"].merge_cells("I2:I3")
    book.save(path)

    reading = read_file(path, file={"sheet": "Prove"})

    assert "Prove, row 2: cells I2:I3 are merged" in str(reading.findings[0])


def test_a_cell_in_the_farthest_corner_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    path = workbook(tmp_path, CELLS)
    book = openpyxl.load_workbook(path)
    book["Prove"].cell(1_048_576, 16_384).value = "x"
    book.save(path)

    with pytest.raises(ImportRefused, match="reaches to XFD1048576"):
        read_file(path, file={"sheet": "Prove"})


def test_a_workbook_that_unpacks_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="once unpacked"):
        read_file(workbook(tmp_path, CELLS), Limits(unpacked_bytes=1000), file={"sheet": "Prove"})


def test_a_locked_workbook_is_refused_as_such(tmp_path: Path) -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")

    with pytest.raises(ImportRefused, match="locked with a password"):
        read_file(write(tmp_path, "prove.xlsx", locked))


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken", b"just text"]
)
def test_a_damaged_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ImportRefused, match=r"prove\.xlsx is (damaged|not a workbook)"):
        read_file(write(tmp_path, "prove.xlsx", content))


@pytest.mark.parametrize(
    ("name", "inside", "told"),
    [
        ("prove.xlsx", {"[Content_Types].xml": "", "word/document.xml": ""}, "a text document"),
        ("prove.xlsx", {"Index/Document.iwa": ""}, "a table of Numbers: export it"),
        ("prove.xlsx", {"prove.csv": "id;titolo"}, "an archive: unpack it"),
        (
            "prove.ods",
            {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""},
            "a text document: copy its table",
        ),
    ],
)
def test_what_only_has_the_name_of_a_workbook_is_called_what_it_is(
    tmp_path: Path, name: str, inside: dict[str, str], told: str
) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        for part, content in inside.items():
            archive.writestr(part, content)

    with pytest.raises(ImportRefused, match=f"{name} is {told}"):
        read_file(tmp_path / name)


def test_the_links_behind_titles_are_the_pages_of_the_experiments(tmp_path: Path) -> None:
    rows = [
        {**GOOD, "fonte": None, "titolo": title}
        for title in ("Navetta autonoma", "Semafori che vedono", "Panchine con ombra")
    ]
    path = workbook(tmp_path, *({**row, "id": f"p-{n}"} for n, row in enumerate(rows, start=1)))
    book = openpyxl.load_workbook(path)
    for line in (2, 3, 4):
        book["Prove"].cell(line, 2).hyperlink = f"https://lab.example/{line}"
    book["Prove"].cell(4, 5).hyperlink = "mailto:lab@lab.example"
    book.save(path)

    mapping = read_mapping(propose(path, CITY).text(), path)
    reading = read(path, mapping, CITY, NOW)

    assert [each.landing_page for each in reading.records] == [
        f"https://lab.example/{line}" for line in (2, 3, 4)
    ]
