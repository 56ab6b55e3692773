"""What cannot be read is told with its sheet and cell, and the rest comes through."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nodes.books.surveys import column_letters
from nodes.errors import ImportRefused
from nodes.importing import LIMITS, Finding, Limits, Reading
from nodes.importing.form import is_form, read_form, write_form
from nodes.importing.sentences import LANGUAGES, catalogue
from nodes.sayable import checked
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.form.filling import columns, fill, opened
from tests.nodes.importing.form.town import TOWN
from tests.nodes.importing.small import GOOD, table, write
from vocab import records as model
from vocab.records import Experiment
from vocab.terms import SCHEMES

NAVETTA: dict[str, Any] = {
    "Identifier": "p-1",
    "Title (it)": "Navetta",
    "Description (it)": "Una navetta di prova.",
    "Themes": "Mobility and transport",
    "Sources": "https://example.org/1",
}
OHMIO = {"Kind of record": "Experiment", "Belongs to": "p-1", "Name": "Ohmio"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("lab") / "lab.xlsx"
    write_form(path, (), language="en", texts="it")
    fill(path, "Experiments", NAVETTA)
    fill(path, "Partners", OHMIO)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, filled: bytes) -> Path:
    return write(tmp_path, "lab.xlsx", filled)


def put(path: Path, sheet: str, heading: str, value: Any, row: int = 3) -> str:
    """Write into a cell, and give its reference."""
    with opened(path) as book:
        cell = book[sheet].cell(row, columns(book[sheet])[heading])
        cell.value = value
        return str(cell.coordinate)


def imported(path: Path) -> Reading:
    return read_form(path, TOWN, NOW, lambda _: None)


def kinds(findings: tuple[Finding, ...]) -> list[str]:
    return [each.said.kind for each in findings]


CELLS: list[tuple[str, Any, str]] = [
    ("Themes", "Mobility and transport\nTransprt", "form-word"),
    ("Stage", "Conclusa?", "form-word"),
    ("Cost", 7, "form-word"),
    ("Start", "boh", "date-unread"),
    ("End", 12.5, "date-plain-number"),
    ("Started at", "2019-09-16", "form-instant"),
    ("Number of participants", "many", "form-whole"),
    ("Number of participants", 1.5, "form-whole"),
    ("City: area", "1,500", "no-number"),
    ("City: area", True, "no-number"),
    ("City: density", "12 or so", "no-number"),
    ("Can be visited", "perhaps", "form-yes-no"),
    ("Documents", "https://example.org/\nexample.org", "form-link"),
    ("Testbeds used", "ring", "form-link"),
    ("Contact", "the office", "mail-bad"),
    ("Language", "Klingon!", "form-language"),
    ("Place: coordinates", "north of the town", "geometry-left"),
    ("Place: coordinates", "95.07, 7.69", "geometry-left"),
    ("Title (en)", r"\{=}", "form-nothing-kept"),
    ("Living lab: homepage", "https://lab.example/", "form-part-needed"),
]


def test_what_people_type_into_one_line_is_read(path: Path) -> None:
    data = f"{SCHEMES}theme/"
    put(path, "Experiments", "Themes", "Mobility and transport; energy;Waste")
    put(path, "Experiments", "European data themes", "Agriculture, fisheries, forestry and food")
    put(
        path,
        "Experiments",
        "Sources",
        "https://example.org/a;b\nhttps://example.org/2; https://c.example/",
    )
    cell = put(path, "Experiments", "Web page", "www.example.org/navetta")

    reading = imported(path)

    [found] = reading.records
    assert set(found.themes) == {f"{data}{each}" for each in ("mobility", "energy", "waste")}
    assert [each.rpartition("/")[2] for each in found.data_themes] == ["AGRI"]
    assert set(found.source_pages) == {
        "https://example.org/a;b",
        "https://example.org/2",
        "https://c.example/",
    }
    assert found.landing_page == "https://www.example.org/navetta"
    assert [(each.said.kind, each.cell) for each in reading.findings] == [("page-completed", cell)]


def test_a_cell_is_told_and_left_empty(path: Path) -> None:
    with opened(path) as book:
        page = book["Experiments"]
        places = columns(page)
        for row, (heading, value, _) in enumerate(CELLS, start=4):
            for name, said in (NAVETTA | {"Identifier": f"p-{row}", heading: value}).items():
                page.cell(row, places[name]).value = said

    reading = imported(path)

    assert len(reading.findings) == len(CELLS)
    for row, (heading, _, kind) in enumerate(CELLS, start=4):
        [finding] = [each for each in reading.findings if each.row == row]
        expected = "Living lab: name" if kind == "form-part-needed" else heading
        assert (finding.said.kind, finding.severity) == (kind, "warning")
        assert (finding.sheet, finding.column) == ("Experiments", expected)
        reference = f"{column_letters(places[heading] - 1)}{row}"
        assert (finding.cell == reference) is (expected == heading)
    assert len(reading.records) == len(CELLS) + 1
    for found in reading.records:
        assert isinstance(found, Experiment)
        assert found.themes == (f"{SCHEMES}theme/mobility",)
        assert found.stage == f"{SCHEMES}lifecycle/unknown"
        assert found.language == "it"
        assert (found.start, found.end, found.participants, found.offers_visit) == (None,) * 4


def test_what_the_rules_refuse_is_told_in_the_cells_and_words_of_the_workbook(path: Path) -> None:
    put(path, "Experiments", "Start", "May 2024")
    end = put(path, "Experiments", "End", "2023-01-01")
    people = put(path, "Experiments", "Number of participants", -4)
    name = put(path, "Partners", "Name", "o" * 600)
    fill(path, "Experiments", NAVETTA | {"Identifier": "p-2"})
    source = put(path, "Experiments", "Sources", None, row=4)
    fill(path, "Permits", {"Belongs to": "p-1", "Title (it)": "Permesso"})
    put(path, "Permits", "Asked for on", "2024-05-01")
    granted = put(path, "Permits", "Granted on", "2023")

    reading = imported(path)
    good, bad = checked(reading.records)
    found = [each for each in reading.refused(bad) if each is not None]

    assert (good, len(found)) == ([], len(bad))
    assert sorted(
        (each.sheet, each.column, each.cell, each.row) for each in found if each.cell
    ) == [
        ("Experiments", "End", end, 3),
        ("Experiments", "Number of participants", people, 3),
        ("Experiments", "Sources", source, 4),
        ("Partners", "Name", name, 3),
        ("Permits", "Granted on", granted, 3),
    ]
    [partner] = [each for each in found if each.cell is None]
    assert (partner.sheet, partner.row) == ("Experiments", 4)
    assert "partner" in str(partner)
    assert str(partner).endswith("It goes into the sheet 'Partners'.")


@pytest.mark.parametrize(
    ("heading", "value", "kind", "unnamed"),
    [
        ("Title (it)", None, "needs-title", 0),
        ("Description (it)", " ", "needs-description", 0),
        ("Address", "https://elsewhere.example/experiments/p-1", "form-address", 1),
        ("Address", f"{TOWN.base}experiments/a/b", "form-address", 1),
        ("Address", f"{TOWN.base}experiments/", "form-address", 1),
        ("Address", f"{TOWN.base}experiments/a b", "form-address", 1),
    ],
)
def test_a_row_that_is_no_record_is_left_out(
    path: Path, heading: str, value: Any, kind: str, unnamed: int
) -> None:
    reference = put(path, "Experiments", heading, value)

    reading = imported(path)

    assert reading.records == ()
    assert (reading.rows, reading.unnamed, len(reading.held)) == (1, unnamed, 1 - unnamed)
    [finding] = reading.findings
    assert (finding.said.kind, finding.cell, finding.severity) == (kind, reference, "error")


def test_an_identifier_is_made_of_the_title_and_told(path: Path) -> None:
    put(path, "Experiments", "Identifier", None)
    put(path, "Partners", "Belongs to", None)

    reading = imported(path)

    assert kinds(reading.findings) == ["identifier-empty", "form-no-record"]
    assert reading.records[0].identifier.startswith("navetta-")
    assert imported(path).records[0].iri == reading.records[0].iri


def test_a_row_without_identifier_and_title_is_told(path: Path) -> None:
    put(path, "Experiments", "Identifier", None)
    put(path, "Experiments", "Title (it)", None)

    reading = imported(path)

    assert kinds(reading.findings)[0] == "form-needed"
    assert (reading.records, reading.unnamed) == ((), 1)


@pytest.mark.parametrize("other", ["p-1", "P 1", " p-1 "])
def test_two_rows_with_one_identifier_are_both_left_out_and_both_told(
    path: Path, other: str
) -> None:
    fill(path, "Experiments", NAVETTA | {"Identifier": other}, NAVETTA | {"Identifier": "p-2"})

    reading = imported(path)

    assert [(each.said.kind, each.cell) for each in reading.findings] == [
        ("clash", "A3"),
        ("clash", "A4"),
    ]
    assert "row 4" in str(reading.findings[0])
    assert [each.identifier for each in reading.records] == ["p-2"]
    assert reading.held == (f"{TOWN.base}experiments/p-1",)


@pytest.mark.parametrize(
    ("heading", "value", "kind", "partners"),
    [
        ("Belongs to", "p-7", "form-no-record", 0),
        ("Belongs to", None, "form-no-record", 0),
        ("Kind of record", "Esperimento", "form-word", 1),
        ("Name", None, "form-needed", 0),
        ("Position", "first", "form-position", 1),
        ("Position", 0, "form-position", 1),
        ("Homepage", "ohmio", "form-link", 1),
    ],
)
def test_a_row_of_a_part_is_told(
    path: Path, heading: str, value: Any, kind: str, partners: int
) -> None:
    put(path, "Partners", "Roles", "Promoter")
    reference = put(path, "Partners", heading, value)

    reading = imported(path)

    found = [each for each in reading.findings if each.said.kind == kind]
    assert [(each.sheet, each.cell) for each in found] == [("Partners", reference)]
    assert len(reading.records[0].partners) == partners


def test_a_position_that_stands_twice_is_told_and_both_rows_count(path: Path) -> None:
    fill(path, "Partners", OHMIO | {"Name": "B", "Position": 1})
    put(path, "Partners", "Position", 1)

    reading = imported(path)

    assert [(each.said.kind, each.cell) for each in reading.findings] == [
        ("form-position-twice", "C3"),
        ("form-position-twice", "C4"),
    ]
    assert [each.name for each in reading.records[0].partners] == ["Ohmio", "B"]


def test_a_document_for_a_permit_that_is_not_there_is_told(path: Path) -> None:
    fill(path, "Permits", {"Belongs to": "p-1", "Title (it)": "Permesso"})
    fill(
        path,
        "Documents for permits",
        {"Belongs to": "p-1", "Position of the permit": 1, "Title (it)": "a"},
        {"Belongs to": "p-1", "Position of the permit": 2, "Title (it)": "b"},
        {"Belongs to": "p-1", "Title (it)": "c"},
    )

    reading = imported(path)

    assert [(each.said.kind, each.cell) for each in reading.findings] == [
        ("form-no-part", "B4"),
        ("form-no-part", "B5"),
    ]
    assert "'Permits'" in str(reading.findings[0])
    [found] = reading.records
    assert isinstance(found, Experiment)
    assert found.permits[0].procedure is not None
    assert [dict(each.title) for each in found.permits[0].procedure.evidence] == [{"it": "a"}]


def test_an_identifier_of_two_kinds_needs_the_kind(path: Path) -> None:
    fill(path, "Testbeds", NAVETTA)
    put(path, "Partners", "Kind of record", None)

    reading = imported(path)

    assert [(each.said.kind, each.cell) for each in reading.findings] == [
        ("form-which-record", "B3")
    ]
    assert [type(each) for each in reading.records] == [Experiment, model.Testbed]


def test_records_of_ours_may_be_named_by_their_identifiers(path: Path) -> None:
    fill(path, "Testbeds", NAVETTA | {"Identifier": "Anello 1"})
    put(path, "Experiments", "Testbeds used", "Anello 1\nhttps://other.example/testbeds/x")

    reading = imported(path)

    assert reading.findings == ()
    assert isinstance(reading.records[0], Experiment)
    assert reading.records[0].testbeds == (
        "https://other.example/testbeds/x",
        f"{TOWN.base}testbeds/anello-1",
    )


def test_what_is_no_part_of_the_workbook_is_told(path: Path) -> None:
    with opened(path) as book:
        book.create_sheet("My notes")["B2"] = "call Rossi"
        page = book["Experiments"]
        page.cell(2, page.max_column + 1).value = "Colour"
        page.cell(3, page.max_column + 1).value = "nobody knows"
        last = page.cell(3, page.max_column).coordinate

    found = imported(path).findings

    assert [(each.said.kind, each.sheet, each.column) for each in found] == [
        ("column-unused", "Experiments", "Colour"),
        ("no-heading", "Experiments", None),
        ("form-sheet-unread", "My notes", None),
    ]
    assert found[1].cell == last


def test_a_column_or_a_sheet_that_is_there_twice_is_refused(path: Path) -> None:
    with opened(path) as book:
        page = book["Partners"]
        for row in (1, 2):
            page.cell(row, page.max_column + (row == 1)).value = page.cell(row, 4).value
    with pytest.raises(ImportRefused, match="twice"):
        imported(path)

    with opened(path) as book:
        book["Partners"].delete_cols(book["Partners"].max_column)
        book.copy_worksheet(book["Partners"])
    with pytest.raises(ImportRefused, match="two sheets with the same columns"):
        imported(path)


def test_other_files_are_no_workbooks_of_ours_and_other_versions_are_refused(path: Path) -> None:
    openpyxl.Workbook().save(path.parent / "other.xlsx")
    write(path.parent, "a.csv", table(GOOD))
    assert is_form(path, LIMITS)
    assert not is_form(path.parent / "other.xlsx", LIMITS)
    assert not is_form(path.parent / "a.csv", LIMITS)

    with opened(path) as book:
        book["_citynode"]["B1"] = 99

    with pytest.raises(ImportRefused, match="another version"):
        is_form(path, LIMITS)


def test_what_is_too_long_is_refused(path: Path) -> None:
    fill(path, "Experiments", NAVETTA | {"Identifier": "p-2"})

    with pytest.raises(ImportRefused, match="more than 1 rows"):
        read_form(path, TOWN, NOW, lambda _: None, limits=Limits(rows=1))
    with pytest.raises(ImportRefused, match="--kind"):
        write_form(path.parent / "b.xlsx", (), language="en", texts="it", limits=Limits(columns=50))


def test_every_sentence_about_a_workbook_is_worded_in_every_language() -> None:
    own = {name: words for name, words in catalogue().items() if name.startswith("form-")}

    assert len(own) > 15
    assert all(set(words) == set(LANGUAGES) for words in own.values())
