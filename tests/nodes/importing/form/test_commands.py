"""`citynode template` and `citynode export`, and their way back by `citynode import`."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nodes.config import read_config
from nodes.desk import open_desk
from nodes.errors import ImportRefused
from tests.nodes.importing.form.filling import cell_of, fill, opened
from tests.nodes.importing.small import GOOD, table, write
from tests.nodes.importing.test_command import citynode, folder, report
from vocab.jsonld import expand_to_payload

__all__ = ["folder"]

NAVETTA: dict[str, Any] = {
    "Identificativo": "p-1",
    "Titolo (it)": "Navetta",
    "Titolo (en)": "Shuttle",
    "Descrizione (it)": "Una navetta di prova.",
    "Fase": "Conclusa",
    "Inizio": "2019-09",
    "Temi": "Mobilità e trasporti",
    "Luogo: coordinate": "45.07, 7.69",
    "Fonti": "https://example.org/1",
}
PARTNERS = (
    {"Appartiene a": "p-1", "Nome": "Comune, ufficio mobilità", "Tipo di ente": "Ente pubblico"},
    {"Appartiene a": "p-1", "Nome": "Ohmio", "Ruoli": "Promotore\nFinanziatore"},
)


@pytest.fixture
def filled(folder: Path) -> Path:
    path = folder / "lab.xlsx"
    citynode("template", path, "--folder", folder)
    fill(path, "Sperimentazioni", NAVETTA)
    fill(path, "Partner", *PARTNERS)
    return path


def test_a_filled_template_is_imported_without_a_mapping_and_only_once(
    folder: Path, filled: Path
) -> None:
    first = report(folder, filled)
    second = report(folder, filled)

    assert (first["published"], first["findings"]) == (1, [])
    assert (second["published"], second["unchanged"]) == (0, 1)
    assert not (folder / "lab.xlsx.mapping.toml").exists()


def test_what_was_imported_is_exported_and_says_nothing_new(folder: Path, filled: Path) -> None:
    report(folder, filled)

    said = json.loads(
        citynode("export", folder / "out.xlsx", "--folder", folder, "--language", "de", "--json")[1]
    )
    again = report(folder, folder / "out.xlsx")

    assert (said["records"], said["findings"]) == (1, [])
    assert cell_of(folder / "out.xlsx", "Experimente", "Titel (it)") == "Navetta"
    assert (again["unchanged"], again["published"], again["vanished"]) == (1, 0, [])


def test_records_of_a_table_are_exported_changed_and_imported(folder: Path) -> None:
    file = write(folder, "prove.csv", table(GOOD | {"stato": "conclusa"}))
    report(folder, file, "--yes")
    citynode("export", folder / "out.xlsx", "--folder", folder)

    with opened(folder / "out.xlsx") as book:
        book["Sperimentazioni"]["B3"] = "Navetta nuova"
    said = report(folder, folder / "out.xlsx")

    assert (said["changed"], said["unchanged"]) == (1, 0)
    assert "Navetta nuova" in citynode("search", "nuova", "--folder", folder, "--json")[1]


def test_a_row_that_is_deleted_vanishes_and_a_sheet_that_is_deleted_does_not(
    folder: Path, filled: Path
) -> None:
    fill(filled, "Sperimentazioni", NAVETTA | {"Identificativo": "p-2"})
    fill(filled, "Partner", {"Appartiene a": "p-2", "Nome": "Ohmio"})
    fill(filled, "Bandi", {"Identificativo": "b-1", "Titolo (it)": "Bando",
                           "Descrizione (it)": "Chi prova?", "Temi": "Energia",
                           "Fonti": "https://example.org/b", "Stato": "Aperto"})  # fmt: skip
    fill(filled, "Partner", {"Appartiene a": "b-1", "Nome": "Ohmio"})
    first = report(folder, filled)
    with opened(filled) as book:
        book["Sperimentazioni"].delete_rows(4)
        del book["Bandi"]

    said = report(folder, filled, "--dry-run")

    assert first["published"] == 3
    assert said["vanished"] == ["https://lab.example/experiments/p-2"]


def test_what_is_wrong_stands_as_a_comment_in_the_own_workbook(folder: Path, filled: Path) -> None:
    fill(filled, "Sperimentazioni", NAVETTA | {"Identificativo": "p-2", "Inizio": "boh"})

    report(folder, filled, "--dry-run", "--report", folder / "out.xlsx")

    page = openpyxl.load_workbook(folder / "out.xlsx")["Sperimentazioni"]
    said = [cell.comment.text for cell in page[4] if cell.comment is not None]
    refused, unread = said
    assert refused.endswith("Va nel foglio 'Partner'.")
    assert "non è una data" in unread


def test_all_records_are_exported_as_linked_data(folder: Path, filled: Path) -> None:
    report(folder, filled)
    with open_desk(read_config(folder)) as desk:
        [entry] = desk.journal.records(desk.city.base)

    for name in ("all.jsonld", "all.ttl", "all.nt", "all.nq"):
        citynode("export", folder / name, "--folder", folder)

    document = json.loads((folder / "all.jsonld").read_bytes())
    [record] = document["@graph"]
    assert expand_to_payload({"@context": document["@context"], **record}) == entry.member.payload
    assert (folder / "all.nt").read_bytes() == entry.member.payload
    assert f"<{entry.member.iri}> .\n" in (folder / "all.nq").read_text("utf-8")
    assert report(folder, folder / "all.ttl")["unchanged"] == 1


def test_only_the_kinds_asked_for_are_exported(folder: Path, filled: Path) -> None:
    report(folder, filled)

    said = [
        json.loads(
            citynode("export", folder / f"{kind}.xlsx", "--folder", folder, "--kind", kind,
                     "--json")[1]
        )["records"]
        for kind in ("experiments", "testbeds")
    ]  # fmt: skip

    sheets = openpyxl.load_workbook(folder / "testbeds.xlsx").sheetnames
    assert said == [1, 0]
    assert "Banchi di prova" in sheets
    assert "Sperimentazioni" not in sheets


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("template", "lab.xlsx", "--language", "xx"), "en, it, fr, de, es"),
        (("template", "lab.ods"), "end its name in .xlsx"),
        (("template", "lab.xlsx", "--kind", "things"), "experiments, testbeds, calls"),
        (("export", "lab.pdf"), ".xlsx, .jsonld, .ttl, .nt, .nq"),
        (("export", "node.toml.xlsx"), "there already"),
        (("export", "here.ttl"), "there already"),
        (("export", "gone/lab.ttl"), "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_said(folder: Path, words: tuple[str, ...], told: str) -> None:
    (folder / "node.toml.xlsx").touch()
    (folder / "here.ttl").touch()
    command, name, *more = words

    with pytest.raises(ImportRefused, match=told):
        citynode(command, folder / name, "--folder", folder, *more)
