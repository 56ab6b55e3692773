"""What an officer is told: in five languages, and the same in each."""

import ast
import re
from pathlib import Path

import openpyxl

import nodes.importing
from nodes.importing import write_report
from nodes.importing.sentences import LANGUAGES, catalogue, say
from tests.nodes.importing.small import GOOD, mapping, read_file, table, write

ROOM = Path(nodes.importing.__file__).parent


def _kinds() -> dict[str, set[str] | None]:
    """Every kind that the room says, with the names of its facts; None where they are unsure."""
    found: dict[str, set[str] | None] = {}
    for path in sorted(ROOM.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            if isinstance(call.func, ast.Name):
                at = 0 if call.func.id == "say" else 99
            else:
                at = 2 if getattr(call.func, "attr", None) in {"warn", "fail"} else 99
            if len(call.args) > at and isinstance(call.args[at], ast.Constant):
                said = {each.arg for each in call.keywords if each.arg}
                sure = all(each.arg for each in call.keywords)
                found[str(call.args[at].value)] = said if sure else None
    return found


def test_every_kind_is_told_in_five_languages_with_the_same_facts() -> None:
    for kind, words in catalogue().items():
        assert tuple(words) == LANGUAGES, kind
        assert len({frozenset(re.findall(r"\{(\w+)\}", each)) for each in words.values()}) == 1, (
            kind
        )
        assert all(each.strip() for each in words.values()), kind


def test_every_sentence_that_is_said_stands_in_the_catalogue() -> None:
    said = _kinds()

    assert len(said) > 80
    for kind, facts in said.items():
        wanted = set(re.findall(r"\{(\w+)\}", catalogue()[kind]["en"]))
        assert facts is None or facts == wanted, kind


def test_no_language_repeats_the_english_of_a_whole_sentence() -> None:
    for kind, words in catalogue().items():
        if len(words["en"].split()) > 4:
            assert len(set(words.values())) == len(LANGUAGES), kind


def test_a_finding_is_told_in_the_language_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, "prove.csv", table(GOOD | {"inizio": "16/01/20"}))

    [finding] = read_file(path).findings

    assert finding.told("it") == (
        "avviso: prove.csv, riga 2, colonna inizio (G2): '16/01/20': ha un anno di due cifre: "
        "scrivete 16/09/2019, 09/2019 o 2019; è stato tralasciato"
    )
    assert finding.told("de-at").startswith("Warnung: prove.csv, Zeile 2, Spalte inizio (G2)")
    assert finding.told("fi") == str(finding) == finding.told("en")
    assert set(finding.facts()["messages"]) == set(LANGUAGES)


def test_words_of_a_file_are_never_taken_for_places_to_fill_in() -> None:
    assert (
        say("identifier-empty", name="{row} {0}").told("en").startswith("is empty, so '{row} {0}'")
    )


def test_the_report_speaks_the_citys_language(tmp_path: Path) -> None:
    path = write(tmp_path, "prove.csv", table(GOOD | {"inizio": "boh"}))
    found = read_file(path).findings
    target = tmp_path / "out.xlsx"

    write_report(path, mapping(), found, (), target, language="es")

    book = openpyxl.load_workbook(target)
    assert book["prove.csv"]["G2"].comment.text.startswith("aviso: no es una fecha")
    assert [cell.value for cell in book["citynode"][1]][:3] == ["gravedad", "hoja", "fila"]
