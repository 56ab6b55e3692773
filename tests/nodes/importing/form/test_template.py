"""The workbook to fill in: its columns, words, drop-downs and help, in every language."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nodes.errors import ImportRefused
from nodes.importing.form import LANGUAGES, read_form, write_form
from nodes.importing.form.choices import concepts, list_of, scheme_names
from nodes.importing.form.layout import Column, Table, columns, parsed, tables
from nodes.importing.form.wording import advice, heading, known_fields, title
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.form.filling import cell_of, fill
from tests.nodes.importing.form.filling import columns as places_of
from tests.nodes.importing.form.town import TOWN, Town
from tests.vocab.generated import BASE, full
from vocab import fields as said
from vocab.fields import declared
from vocab.parts import Moment
from vocab.records import KINDS, Experiment
from vocab.schemes import NAMES, scheme

EVERY: list[tuple[Table, Column]] = [
    (table, column) for table in tables() for column in (*table.keys, *columns(table.of))
]


def fields(of: type[Any], prefix: str = "") -> Iterator[str]:
    """Name every field of a class and of its parts, however deep."""
    for each in declared(of):
        yield prefix + each.name
        if each.part is not None:
            yield from fields(each.part, f"{prefix}{each.name}.")


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_the_model_has_its_place(kind: type[Any]) -> None:
    found = {
        f"{table.name.removeprefix('.')}.{column.name}".removeprefix(f"{kind.room}.")
        for table, column in EVERY
        if kind in table.kinds
    }
    lists = {table.name.removeprefix(".") for table in tables() if not table.is_main}
    parts = {name.rsplit(".", 1)[0] for name in found if "." in name}

    assert set(fields(kind)) <= found | lists | parts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_has_a_heading_of_its_own_and_help_that_fits(language: str) -> None:
    for table in tables():
        found = [heading(each, language) for each in (*table.keys, *columns(table.of))]
        assert len(set(found)) == len(found), title(table, language)
    helps = [advice(column, language, needed=True) for _, column in EVERY]
    assert max(map(len, helps)) <= 255
    assert all(helps)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sheet_has_a_title_that_spreadsheet_programs_take(language: str) -> None:
    titles = [title(each, language) for each in tables()]

    assert len({each.casefold() for each in titles}) == len(titles)
    assert all(len(each) <= 31 and not set(each) & set("[]:*?/\\") for each in titles)
    assert all(each == each.strip("' ") for each in titles)


def test_no_word_of_the_workbook_is_missing_or_left_over() -> None:
    names = {each.name for _, column in EVERY for each in column.path}
    keyed = {key for key in known_fields() if " " not in key and key not in {"yes", "no", "!"}}

    assert {key.rsplit(".", 1)[-1] for key in keyed if not key.startswith("@")} == names | {"iri"}
    assert {key for key in known_fields() if key.startswith("sheet ")} == {
        f"sheet {each.name}" for each in tables()
    }


def test_machine_names_are_taken_apart_again() -> None:
    for table, column in EVERY:
        whole = column.in_language("sr-latn-rs") if column.said and column.tag is None else column
        assert parsed(table.machine(whole)) == (table.name, whole.name, whole.tag)


@pytest.mark.parametrize("language", [*LANGUAGES, "fi"])
def test_every_concept_can_be_chosen_and_means_itself(language: str) -> None:
    assert set(scheme_names(column for _, column in EVERY)) == set(NAMES)
    for name in NAMES:
        assert list(concepts(name, language).values()) == [
            each.iri for each in scheme(name).concepts
        ]


def test_a_template_has_drop_downs_checks_and_help(tmp_path: Path) -> None:
    write_form(tmp_path / "lab.xlsx", (), language="fr", texts="it")

    book = openpyxl.load_workbook(tmp_path / "lab.xlsx")
    sheet = book["Expérimentations"]
    rules = {str(each.sqref): each for each in sheet.data_validations.dataValidation}
    letters = {cell.value: cell.column_letter for cell in sheet[2]}

    def rule(name: str) -> Any:
        return rules[f"{letters[name]}3:{letters[name]}1003"]

    assert (rule("Étape").type, rule("Étape").showErrorMessage) == ("list", False)
    assert rule("Peut être visitée").type == "list"
    assert rule("Début").type == "custom"
    assert rule("Début").errorStyle == "warning"
    assert (rule("TRL au début").type, rule("TRL au début").formula2) == ("whole", "9")
    assert "2019-09" in rule("Début").prompt
    assert "Nécessaire" in sheet[f"{letters['Titre (it)']}2"].comment.text
    assert sheet.row_dimensions[1].hidden
    assert sheet.freeze_panes == "C3"
    states = [each.sheet_state for each in book.worksheets]
    assert states == ["visible"] * len(tables()) + ["hidden", "veryHidden"]
    assert (tmp_path / "lab.xlsx").stat().st_size < 150_000


def test_texts_are_in_the_language_of_the_city_and_in_english(tmp_path: Path) -> None:
    write_form(tmp_path / "lab.xlsx", (), language="de", texts="it")

    book = openpyxl.load_workbook(tmp_path / "lab.xlsx")
    found = {each for sheet in book.worksheets[:-2] for each in places_of(sheet) if each}
    tags = {each.rsplit(" (", 1)[1] for each in found if each.endswith(")")}
    assert tags == {"it)", "en)"}
    assert "Titel (en)" in found
    assert "Beschreibung (en)" not in found


def test_an_empty_template_gives_nothing(tmp_path: Path) -> None:
    write_form(tmp_path / "lab.xlsx", (), language="es", texts="ca")

    reading = read_form(tmp_path / "lab.xlsx", TOWN, NOW, lambda _: None)

    assert (reading.records, reading.rows, reading.findings) == ((), 0, ())


def test_dates_keep_their_precision_and_date_cells_are_read(tmp_path: Path) -> None:
    path = tmp_path / "lab.xlsx"
    write_form(path, (), language="it", texts="it", kinds=(Experiment,))
    row = {"Titolo (it)": "x", "Descrizione (it)": "x"}
    written: list[Any] = [NOW.replace(tzinfo=None), "2019-09", 2019, "16/09/2019", "set 2019"]
    fill(path, "Sperimentazioni", *(
        row | {"Identificativo": n, "Inizio": each} for n, each in enumerate(written)
    ))  # fmt: skip

    reading = read_form(path, TOWN, NOW, lambda _: None)

    assert reading.findings == ()
    assert [each.identifier for each in reading.records] == ["0", "1", "2", "3", "4"]
    assert [each.start for each in reading.records] == [
        Moment(value=each) for each in ("2026-11-22", "2019-09", "2019", "2019-09-16", "2019-09")
    ]


def test_what_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "lab.xlsx"
    words = ["=1+1", "+39 011", "-x", "@SUM(A1)", '=HYPERLINK("https://evil.example")', "\t=1"]
    records = [
        replace(
            full(Experiment, f"{BASE}experiments/{n}"),
            identifier=word,
            title={"it": word},
            keywords=(("it", word),),
        )
        for n, word in enumerate(words)
    ]

    write_form(path, records, language="it", texts="it")

    book = openpyxl.load_workbook(path)
    assert {c.data_type for sheet in book for row in sheet for c in row} <= {"s", "n"}
    assert cell_of(path, "Sperimentazioni", "Titolo (it)") == "=1+1"
    reading = read_form(path, TOWN, NOW, Town(records).published)
    assert [each.title["it"] for each in reading.records] == words


def test_a_text_that_no_cell_holds_is_told_and_stays_published(tmp_path: Path) -> None:
    path = tmp_path / "lab.xlsx"
    long = "x" * 32_768
    record = replace(
        full(Experiment, f"{BASE}experiments/x"),
        description={"it": long, "en": "x"},
        papers=tuple(f"https://example.org/{n:0100}" for n in range(300)),
    )

    cut = write_form(path, [record], language="it", texts="it")
    reading = read_form(path, TOWN, NOW, Town([record]).published)

    assert [(each.sheet, each.column) for each in cut] == [
        ("Sperimentazioni", "Descrizione (it)"),
        ("Sperimentazioni", "Pubblicazioni"),
    ]
    letters = {each.column: each.cell for each in cut}
    assert letters["Descrizione (it)"] == "F3"
    assert cell_of(path, "Sperimentazioni", "Descrizione (it)") == r"\{=}"
    assert reading.findings == ()
    assert reading.records[0].description["it"] == long
    assert isinstance(reading.records[0], Experiment)
    assert len(reading.records[0].papers) == 300


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "lab.xlsx").write_text("mine")

    with pytest.raises(ImportRefused, match="there already"):
        write_form(tmp_path / "lab.xlsx", (), language="it", texts="it")
    assert (tmp_path / "lab.xlsx").read_text() == "mine"


def test_a_list_is_for_links_to_concepts_only() -> None:
    for _, column in EVERY:
        if list_of(column) in NAMES:
            assert isinstance(column.said, said.Link | said.Links)
