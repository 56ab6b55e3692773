"""`citynode import` on the command line: proposing, following, reporting."""

import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

from nodes.commands.entry import app
from nodes.errors import ImportRefused
from nodes.founding import make_node
from tests.nodes.importing.oldbooks import OldSheet, breaking, write_xls
from tests.nodes.importing.small import GOOD, table, write

ROWS = [GOOD | {"id": f"p-{n}", "titolo": f"Navetta {n}", "stato": "conclusa"} for n in (1, 2)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    city = {
        "name": "Provincia",
        "base": "https://lab.example/",
        "country": "IT",
        "language": "it",
        "publisher": "Comune di Provincia",
        "homepage": "https://www.lab.example/",
    }
    make_node(tmp_path / "node", {"city": city})
    return tmp_path / "node"


def citynode(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def report(folder: Path, file: Path, *more: str | Path) -> Any:
    return json.loads(citynode("import", file, "--folder", folder, "--json", *more)[1])


def test_a_mapping_is_proposed_then_followed_then_nothing_changes(folder: Path) -> None:
    file = write(folder, "prove.csv", table(*ROWS))

    code, said = citynode("import", file, "--folder", folder)
    first = report(folder, file)
    again = report(folder, file)

    assert code == 0
    assert "title: 'titolo', la sua intestazione significa title" in said
    assert "Nulla è ancora importato" in said
    assert "# Proposta per prove.csv." in (folder / "prove.csv.mapping.toml").read_text("utf-8")
    assert (folder / "prove.csv.mapping.toml").exists()
    assert (first["created"], first["published"], first["findings"]) == (2, 2, [])
    assert (again["unchanged"], again["published"]) == (2, 0)


def test_yes_follows_the_proposal_at_once(folder: Path) -> None:
    said = report(folder, write(folder, "prove.csv", table(*ROWS)), "--yes")

    assert said["published"] == 2
    assert said["mapping"] == str(folder / "prove.csv.mapping.toml")


def test_what_is_found_stays_on_one_line_of_a_log(folder: Path) -> None:
    row = {name: said for name, said in ROWS[0].items() if name != "fonte"}
    file = write(folder, "prove.csv", table(*ROWS, row | {"id": "p-3", "inizio": "boh"}))
    words = ["import", file, "--folder", folder, "--yes"]

    result = CliRunner().invoke(app, [str(each) for each in words], env={"COLUMNS": "40"})

    assert result.stderr.splitlines()
    assert all(each.startswith(("errore: ", "avviso: ")) for each in result.stderr.splitlines())


def test_a_file_that_breaks_its_reader_is_refused_and_nothing_is_done(folder: Path) -> None:
    file = write_xls(folder / "prove.xls", OldSheet(name="Prove", rows=[["id", "titolo"]]))

    with pytest.raises(ImportRefused, match=r"prove\.xls cannot be read to its end"):
        citynode("import", breaking(file), "--folder", folder, "--yes")

    assert list(folder.glob("*.toml")) == [folder / "node.toml"]


def test_a_dry_run_says_what_would_be_and_leaves_no_mapping(folder: Path) -> None:
    file = write(folder, "prove.csv", table(*ROWS))

    said = report(folder, file, "--dry-run")

    assert (said["created"], said["published"]) == (2, 0)
    assert not (folder / "prove.csv.mapping.toml").exists()


def test_an_import_says_how_ready_the_records_are_and_what_would_help_most(folder: Path) -> None:
    file = write(folder, "prove.csv", table(*ROWS))

    told = citynode("import", file, "--folder", folder, "--dry-run")[1]
    said = report(folder, file, "--dry-run")["readiness"]

    assert f"le schede (2) sono pronte a essere ripetute: mediana {said['median']} su 100" in told
    assert told.count("2 su 2: ") == 3
    assert "lab@citta.example" in told
    assert {"field": "contact", "records": 2} in said["missing"]


def test_a_corrected_mapping_is_the_one_that_counts(folder: Path) -> None:
    file = write(folder, "prove.csv", table(*ROWS))
    proposed = report(folder, file)["proposed"]
    text = Path(proposed).read_text("utf-8")
    Path(proposed).write_text(text.replace('title = "titolo"', 'title = "testo"'), "utf-8")

    report(folder, file)
    record = citynode("search", "Navetta", "--folder", folder, "--json")

    assert "Una navetta di prova." in record[1]


def test_the_own_table_comes_back_as_a_workbook_with_comments(folder: Path) -> None:
    file = write(folder, "prove.csv", table(*ROWS, GOOD | {"id": "p-3", "inizio": "boh"}))

    said = report(folder, file, "--yes", "--report", folder / "out.xlsx")

    sheet = openpyxl.load_workbook(folder / "out.xlsx").worksheets[0]
    assert said["published"] == 3
    assert "avviso: non è una data" in sheet["G4"].comment.text
    assert said["findings"][0]["cell"] == "G4"
    assert set(said["findings"][0]["messages"]) == {"en", "it", "fr", "de", "es"}


def test_what_was_found_is_told_in_the_citys_language(folder: Path) -> None:
    file = write(folder, "prove.csv", table(*ROWS, GOOD | {"id": "p-3", "inizio": "boh"}))

    said = citynode("import", file, "--yes", "--folder", folder)[1]

    assert "avviso: prove.csv, riga 4, colonna inizio (G4): 'boh': non è una data" in said
    assert "3 righe: 3 create, 0 modificate" in said


def test_a_withdrawn_record_that_comes_back_with_the_file_is_named(folder: Path) -> None:
    file = write(folder, "prove.csv", table(*ROWS))
    first = report(folder, file, "--yes")
    citynode("withdraw", "p-1", "--folder", folder)

    _, before = citynode("import", file, "--folder", folder, "--dry-run")
    back = report(folder, file)

    assert first["published_again"] == []
    assert "ritirati in precedenza e pubblicati di nuovo" in before
    assert back["published_again"] == ["https://lab.example/experiments/p-1"]
    assert report(folder, file)["published_again"] == []


def test_a_second_file_with_the_same_numbers_overwrites_nothing(folder: Path) -> None:
    mine = [GOOD | {"id": str(n), "titolo": f"Navetta {n}"} for n in (1, 2)]
    other = GOOD | {"id": "1", "titolo": "Lampioni", "testo": "Lampioni che si spengono."}
    report(folder, write(folder, "2023.csv", table(*mine)), "--yes")
    second = write(folder, "2024.csv", table(other, GOOD | {"id": "9", "titolo": "Orti"}))

    said = report(folder, second, "--yes")
    over = report(folder, second, "--source", "2023.csv")

    assert (said["created"], said["changed"], said["left_out"]) == (1, 0, 1)
    assert "2023.csv" in said["findings"][-1]["messages"]["en"]
    assert "Navetta 1" in said["findings"][-1]["messages"]["it"]
    assert "--source '2023.csv'" in said["findings"][-1]["advices"]["en"]
    assert over["changed"] == 1


def test_a_file_under_a_new_name_still_changes_its_records(folder: Path) -> None:
    report(folder, write(folder, "bozza.csv", table(*ROWS)), "--yes")
    changed = [ROWS[0] | {"titolo": "Navetta notturna"}, ROWS[1] | {"testo": "Due navette."}]

    said = report(folder, write(folder, "finale.csv", table(*changed)), "--yes")

    assert (said["changed"], said["left_out"]) == (2, 0)


def _numbered(*names: str, first: int = 1) -> list[dict[str, str]]:
    return [
        GOOD | {"id": str(number), "titolo": name, "testo": f"{name}, in prova per un anno."}
        for number, name in enumerate(names, start=first)
    ]


def test_rows_numbered_anew_do_not_take_over_each_others_addresses(folder: Path) -> None:
    file = write(folder, "prove.csv", table(*_numbered("Navetta", "Semaforo", "Cestino", "Orto")))
    report(folder, file, "--yes")

    write(folder, "prove.csv", table(*_numbered("Navetta", "Cestino", "Orto")))
    without = report(folder, file, "--withdraw-missing")
    write(folder, "prove.csv", table(*_numbered("Pensilina", "Navetta", "Semaforo", "Cestino")))
    between = report(folder, file)

    assert (without["unchanged"], without["left_out"], without["published"]) == (1, 2, 0)
    assert "https://lab.example/experiments/3" in without["findings"][-2]["messages"]["en"]
    assert (between["left_out"], between["published"], between["vanished"]) == (4, 0, [])
    assert "'Navetta', which stands in another row" in str(between["findings"])


def test_rows_in_another_order_or_under_other_headings_say_nothing_new(folder: Path) -> None:
    rows = _numbered("Navetta", "Semaforo", "Cestino")
    file = write(folder, "prove.csv", table(*rows))
    report(folder, file, "--yes")

    write(folder, "prove.csv", table(*rows[::-1]))
    turned = report(folder, file)
    write(folder, "prove.csv", table(*rows).replace("titolo", "Titolo della prova", 1))
    (folder / "prove.csv.mapping.toml").unlink()
    renamed = report(folder, file, "--yes")

    assert (turned["unchanged"], turned["published"]) == (3, 0)
    assert (renamed["unchanged"], renamed["published"]) == (3, 0)


def test_a_record_may_get_a_better_identifier_and_a_row_may_be_written_anew(folder: Path) -> None:
    file = write(folder, "prove.csv", table(*_numbered("Navetta", "Semaforo")))
    report(folder, file, "--yes")

    write(folder, "prove.csv", table(*_numbered("Navetta a chiamata"), _numbered("Semaforo")[0]
                                     | {"id": "S-2"}))  # fmt: skip
    said = report(folder, file)

    assert (said["created"], said["changed"], said["left_out"]) == (1, 1, 0)
    assert said["vanished"] == ["https://lab.example/experiments/2"]
