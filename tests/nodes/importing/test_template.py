"""The template to fill in: its drop-downs and help, and the way back without a mapping."""

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.member import Kind, Member
from nodes.errors import ImportRefused
from nodes.importing import LIMITS, Reading, read, template_mapping, write_template
from nodes.importing.template import LANGUAGES, choices, columns_of
from nodes.publishing import plan
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.small import CITY, GOOD, table, write
from vocab.schemes import scheme
from vocab.triples import to_payload

NAVETTA: dict[str, Any] = {
    "Identificativo": "p-1",
    "Titolo": "Navetta",
    "Titolo in inglese": "Shuttle",
    "Descrizione": "Una navetta di prova.",
    "Stato": "Conclusa",
    "Inizio": date(2019, 9, 16),
    "Fine (mese o anno)": "2020-05",
    "Tema 1": "Mobilità e trasporti",
    "Latitudine": 45.07,
    "Longitudine": 7.69,
    "Partner 1": "Comune, ufficio mobilità",
    "Ruolo del partner 1": "Ente pubblico",
    "Partner 2": "Ohmio",
    "Parole chiave": "campus; senza conducente",
    "Fonte": "https://example.org/1",
}


def filled(path: Path, *rows: dict[str, Any], language: str = "it") -> Path:
    write_template(path, language)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=2):
        for heading, value in row.items():
            sheet.cell(number, places[heading]).value = value
    book.save(path)
    return path


def imported(path: Path) -> Reading:
    mapping = template_mapping(path, CITY, LIMITS)
    assert mapping is not None
    return read(path, mapping, CITY, NOW)


def test_a_filled_template_needs_no_mapping(tmp_path: Path) -> None:
    reading = imported(filled(tmp_path / "lab.xlsx", NAVETTA))

    [found] = reading.records
    assert reading.findings == ()
    assert found.title == {"it": "Navetta", "en": "Shuttle"}
    assert found.start is not None
    assert found.end is not None
    assert (found.start.value, found.end.value) == ("2019-09-16", "2020-05")
    assert found.stage.endswith("/completed")
    assert [(each.name, each.helix) for each in found.partners] == [
        ("Comune, ufficio mobilità", "https://w3id.org/citynode/helix/public-administration"),
        ("Ohmio", None),
    ]
    assert found.place is not None
    assert found.place.wkt == "POINT(7.69 45.07)"
    assert {word for _, word in found.keywords} >= {"campus", "senza conducente"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_column_with_help_that_fits(language: str) -> None:
    found = columns_of(language)

    assert [each.name for each in found] == [each.name for each in columns_of("en")]
    assert len({each.heading for each in found}) == len(found)
    assert all(each.advice and len(each.advice) <= 255 for each in found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "scheme_name"),
    [("status", "lifecycle"), ("theme", "theme"), ("technology", "technology"), ("role", "helix"),
     ("verdict", "verdict")],
)  # fmt: skip
def test_every_concept_can_be_chosen_and_means_itself(
    name: str, scheme_name: str, language: str
) -> None:
    ids = {each.id for each in scheme(scheme_name).concepts} - {"unknown"}

    assert set(choices(name, language).values()) == ids


def test_a_template_has_drop_downs_dates_and_help(tmp_path: Path) -> None:
    write_template(tmp_path / "lab.xlsx", "fr")

    book = openpyxl.load_workbook(tmp_path / "lab.xlsx")
    sheet = book.worksheets[0]
    rules = {str(each.sqref): each for each in sheet.data_validations.dataValidation}
    places = {cell.value: cell.column_letter for cell in sheet[1]}
    letter = places["État"]
    assert sheet.title == "Expérimentations"
    assert rules[f"{letter}2:{letter}1001"].type == "list"
    assert rules[f"{places['Début']}2:{places['Début']}1001"].type == "date"
    assert rules[f"{letter}2:{letter}1001"].prompt == "Choisissez dans la liste."
    assert [each.sheet_state for each in book.worksheets] == ["visible", "hidden", "veryHidden"]
    assert (tmp_path / "lab.xlsx").stat().st_size < 40_000


def test_an_empty_template_gives_nothing(tmp_path: Path) -> None:
    reading = imported(filled(tmp_path / "lab.xlsx"))

    assert (reading.rows, reading.findings) == (0, ())


def test_other_files_are_no_templates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")

    assert template_mapping(tmp_path / "other.xlsx", CITY, LIMITS) is None
    assert template_mapping(write(tmp_path, "a.csv", table(GOOD)), CITY, LIMITS) is None


def test_a_template_of_another_version_is_refused(tmp_path: Path) -> None:
    path = filled(tmp_path / "lab.xlsx", NAVETTA)
    book = openpyxl.load_workbook(path)
    book["_citynode"]["B1"] = 99
    book.save(path)

    with pytest.raises(ImportRefused, match="another version"):
        template_mapping(path, CITY, LIMITS)


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    path = filled(tmp_path / "lab.xlsx", NAVETTA)

    with pytest.raises(ImportRefused, match="there already"):
        write_template(path, "it")
    assert zipfile.is_zipfile(path)


WORDS = st.text("abcdeàéßñ ,;/'-()", min_size=1, max_size=30).filter(
    lambda text: any(each.isalpha() for each in text)
)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "Titolo": WORDS,
                "Descrizione": WORDS,
                "Stato": st.sampled_from(sorted(choices("status", "it"))),
                "Tema 1": st.sampled_from(sorted(choices("theme", "it"))),
                "Tecnologia 2": st.sampled_from(sorted(choices("technology", "it"))),
                "Inizio": st.dates(date(1960, 1, 1), date(2090, 1, 1)),
                "Partner 3": WORDS,
                "Ruolo del partner 3": st.sampled_from(sorted(choices("role", "it"))),
            }
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_filled_in_comes_through_and_a_second_import_says_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    whole = [
        row | {"Identificativo": f"p-{n}", "Fonte": "https://example.org/"}
        for n, row in enumerate(rows)
    ]
    path = filled(tmp_path_factory.mktemp("lab") / "lab.xlsx", *whole)

    first, second = imported(path), imported(path)

    published = {each.iri: to_payload(each) for each in first.records}
    assert len(published) == len(rows)
    assert [each.start and each.start.value for each in first.records] == [
        row["Inizio"].isoformat() for row in rows
    ]
    assert plan(second.records, lambda iri: said(iri, published[iri])).drafts == ()


def said(iri: str, payload: bytes) -> Member:
    """Stand for the member that said it before."""
    return Member(
        iri=f"{iri}#m",
        sequence=1,
        kind=Kind.CREATE,
        object=iri,
        published="2026-11-22T10:00:00.000Z",
        actor=CITY.node,
        payload=payload,
    )
