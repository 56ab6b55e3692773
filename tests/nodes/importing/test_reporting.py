"""The report: the user's own workbook with comments where something is to be looked at."""

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nodes.errors import ImportRefused
from nodes.importing import Limits, write_report
from tests.nodes.importing.newbooks import ods_row, ods_text, write_ods
from tests.nodes.importing.small import GOOD, HEADINGS, mapping, read_file, table, write

BAD = GOOD | {"id": "p-2", "inizio": "boh", "stato": "sospesa?", "temi": ""}


def workbook(folder: Path, *rows: dict[str, Any]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Prove"
    sheet.append(HEADINGS)
    for row in rows:
        sheet.append([row.get(each) for each in HEADINGS])
    sheet["B2"].font = openpyxl.styles.Font(bold=True)
    sheet["G3"].comment = openpyxl.comments.Comment("da chiedere", "Anna")
    book.create_sheet("Note").append(["Solo una nota"])
    path = folder / "prove.xlsx"
    book.save(path)
    return path


def report(path: Path, more: tuple[str, ...] = (), **changes: Any) -> Any:
    target = path.with_name("out.xlsx")
    found = read_file(path, **changes)
    write_report(path, mapping(**changes), found.findings, more, target)
    return openpyxl.load_workbook(target)


def test_the_own_workbook_comes_back_with_comments_in_its_cells(tmp_path: Path) -> None:
    path = workbook(tmp_path, GOOD, BAD)
    before = path.read_bytes()

    book = report(path, file={"sheet": "Prove"})

    sheet = book["Prove"]
    assert sheet["B2"].font.bold
    assert book["Note"]["A1"].value == "Solo una nota"
    assert sheet["G3"].comment.text.startswith("da chiedere\nwarning: is no date")
    assert "is no status we know" in sheet["I3"].comment.text
    assert sheet["D3"].comment.text.startswith("error: names no theme")
    assert sheet["G2"].comment is None
    assert path.read_bytes() == before


def test_a_workbook_that_breaks_who_comments_it_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, GOOD)
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(b"</cellStyles>", b"</cellStyle>")
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)

    with pytest.raises(ImportRefused, match=r"prove\.xlsx cannot be given back with comments: .*"):
        report(path, file={"sheet": "Prove"})

    assert not (tmp_path / "out.xlsx").exists()


def test_a_last_sheet_lists_everything(tmp_path: Path) -> None:
    book = report(workbook(tmp_path, GOOD, BAD), ("error: p-9: no good",), file={"sheet": "Prove"})

    lines = list(book["citynode"].iter_rows(values_only=True))
    assert lines[0] == ("severity", "sheet", "row", "column", "cell", "value", "message")
    assert [line[4] for line in lines[1:4]] == ["G3", "I3", "D3"]
    assert lines[-1][-1] == "error: p-9: no good"


@pytest.mark.parametrize("title", ["", "Registro delle prove\n"])
def test_a_text_table_becomes_a_workbook_with_its_rows_where_they_were(
    tmp_path: Path, title: str
) -> None:
    path = write(
        tmp_path,
        "prove.csv",
        title + table(GOOD | {"titolo": "=1+1\uffff"}, BAD | {"inizio": "boh\x01\ufffe"}),
    )

    book = report(path, file={"header_row": 2 if title else 1})

    sheet, down = book["prove.csv"], len(title) > 0
    assert [cell.value for cell in sheet[1 + down]] == [*HEADINGS]
    assert (sheet.cell(2 + down, 2).value, sheet.cell(2 + down, 2).data_type) == ("=1+1", "s")
    assert sheet.cell(3 + down, 7).comment.text.startswith("warning: is no date")


def test_a_document_becomes_a_workbook_too(tmp_path: Path) -> None:
    path = write(
        tmp_path, "prove.json",
        '[{"id": "p-1", "titolo": "Navetta", "testo": "Una prova.", "temi": ["mobilità"], '
        '"chi": "Ohmio (impresa)", "fonte": "https://example.org/1", "inizio": "boh"}]',
    )  # fmt: skip

    book = report(path)

    sheet = book["prove.json"]
    assert sheet["D2"].value == "['mobilità']"
    assert sheet["G2"].comment.text.startswith("warning: is no date")


def test_a_document_with_more_headings_than_columns_becomes_as_wide_as_can_be(
    tmp_path: Path,
) -> None:
    headings = ",".join(f'"{number}": 0' for number in range(18_500))
    path = write(tmp_path, "prove.json", f"[{{{headings}}}]")
    fields = {"title": "1", "description": "2", "partners": {"column": "3", "form": "name (role)"}}

    write_report(path, mapping(fields=fields, values={}), (), (), tmp_path / "out.xlsx")

    assert (tmp_path / "out.xlsx").exists()


def test_links_behind_cells_do_not_replace_what_the_cells_say(tmp_path: Path) -> None:
    link = 'table:formula="of:=HYPERLINK(&quot;https://lab.example/1&quot;;&quot;Navetta&quot;)"'
    cells = [ods_text(GOOD.get(each), link if each == "titolo" else "") for each in HEADINGS]
    table = ods_row(*map(ods_text, HEADINGS)) + ods_row(*cells)

    book = report(write_ods(tmp_path / "prove.ods", {"Prove": table}))

    assert [cell.value for cell in book["Prove"]["B"]] == ["titolo", "Navetta"]


@pytest.mark.parametrize(
    ("target", "reason"), [("prove.xlsx", "would replace"), ("out.csv", "end its name in .xlsx")]
)
def test_a_report_never_replaces_the_file_it_is_about(
    tmp_path: Path, target: str, reason: str
) -> None:
    path = workbook(tmp_path, GOOD)

    with pytest.raises(ImportRefused, match=reason):
        write_report(path, mapping(file={"sheet": "Prove"}), (), (), tmp_path / target)


def test_a_workbook_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, GOOD)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/huge.bin", b"0" * 2_000_000)

    with pytest.raises(ImportRefused, match="once unpacked"):
        write_report(
            path, mapping(file={"sheet": "Prove"}), (), (), tmp_path / "out.xlsx",
            limits=Limits(unpacked_bytes=1_000_000),
        )  # fmt: skip
