"""Encodings, separators, quotes and headings of text tables."""

from pathlib import Path

import pytest

from nodes.errors import ImportRefused
from nodes.importing import Limits
from tests.nodes.importing.small import (
    GOOD,
    HEADINGS,
    read_file,
    read_rows,
    read_text,
    table,
    write,
)

PERU = GOOD | {"titolo": "Perché no? Più città"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_finds_out_the_encodings_of_unicode(tmp_path: Path, encoding: str) -> None:
    reading = read_text(tmp_path, table(PERU).encode(encoding))

    assert [dict(each.title) for each in reading.records] == [{"it": "Perché no? Più città"}]
    assert reading.findings == ()


def test_reads_western_letters_with_a_warning_that_shows_them(tmp_path: Path) -> None:
    reading = read_text(tmp_path, table(PERU).encode("cp1252"))

    assert reading.records[0].title == {"it": "Perché no? Più città"}
    assert "read as cp1252" in str(reading.findings[0])
    assert "Perch" in str(reading.findings[0])
    assert 'encoding = "cp1252"' in str(reading.findings[0])


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-1", "iso-8859-15"])
def test_reads_the_encoding_the_mapping_names_without_a_word(tmp_path: Path, encoding: str) -> None:
    reading = read_text(tmp_path, table(PERU).encode(encoding), file={"encoding": encoding})

    assert reading.records[0].title == {"it": "Perché no? Più città"}
    assert reading.findings == ()


def test_refuses_letters_that_do_not_fit_the_named_encoding(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"prove\.csv is not utf-8: byte \d+, line 2 .*Perch"):
        read_text(tmp_path, table(PERU).encode("cp1252"), file={"encoding": "utf-8"})


def test_warns_when_the_named_encoding_would_spoil_letters(tmp_path: Path) -> None:
    reading = read_text(tmp_path, table(PERU), file={"encoding": "cp1252"})

    assert "every byte fits UTF-8" in str(reading.findings[0])
    assert "looks as if saved in a wrong encoding" in str(reading.findings[1])


def test_refuses_a_named_encoding_that_the_file_contradicts(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="begins with the mark of utf-8"):
        read_text(tmp_path, table(PERU).encode("utf-8-sig"), file={"encoding": "iso-8859-1"})


def test_points_at_letters_that_were_spoilt_before(tmp_path: Path) -> None:
    reading = read_rows(tmp_path, {"titolo": "Perch\u00c3\u00a9 no"}, {"titolo": "Perch\ufffd no"})

    first, second = map(str, reading.findings)
    assert "prove.csv, row 2, column titolo (B2): 'PerchÃ© no'" in first
    assert "should it read 'Perché no'" in first
    assert "row 3, column titolo (B3)" in second
    assert "write it again" in second


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
def test_finds_out_the_separator(tmp_path: Path, mark: str) -> None:
    reading = read_text(tmp_path, table(GOOD, mark=mark))

    assert len(reading.records) == 1


def test_a_line_that_names_the_separator_is_no_row(tmp_path: Path) -> None:
    content = "sep=|\r\n" + table(GOOD | {"titolo": ""}, mark="|")

    reading = read_text(tmp_path, content)

    assert [each.row for each in reading.errors] == [2]


def test_says_when_file_and_mapping_name_different_separators(tmp_path: Path) -> None:
    reading = read_text(tmp_path, "sep=,\r\n" + table(GOOD), file={"delimiter": ";"})

    assert len(reading.records) == 1
    assert "the first line says sep=," in str(reading.findings[0])


def test_asks_for_the_separator_when_it_cannot_tell(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"cannot tell what separates the cells.*delimiter ="):
        read_text(tmp_path, "uno due tre\r\n1 2 3\r\n")


def test_a_missing_column_is_refused_with_the_nearest_heading(tmp_path: Path) -> None:
    content = table(GOOD).replace("titolo", "titoli", 1)

    with pytest.raises(
        ImportRefused, match=r"no column 'titolo'.*Did you mean 'titoli'\?.*'testo'"
    ):
        read_text(tmp_path, content)


def test_case_and_spaces_in_headings_make_no_difference(tmp_path: Path) -> None:
    content = table(GOOD | {"titolo": ""}).replace("titolo", "  TITOLO ", 1)

    reading = read_text(tmp_path, content)

    assert (reading.errors[0].column, reading.errors[0].cell) == ("titolo", "B2")


def test_a_heading_that_stands_twice_is_refused_with_its_columns(tmp_path: Path) -> None:
    headings = (*HEADINGS, "titolo")

    with pytest.raises(ImportRefused, match=r"the heading 'titolo' 2 times \(columns B, L\)"):
        read_text(tmp_path, table(GOOD, headings=headings), file={"delimiter": ";"})


def test_a_column_nobody_reads_is_reported_unless_ignored(tmp_path: Path) -> None:
    content = table(GOOD, headings=(*HEADINGS, "nota interna"))

    assert "column nota interna: is a column the mapping does not use" in str(
        read_text(tmp_path, content).findings[0]
    )
    assert read_text(tmp_path, content, ignore=["nota*"]).findings == ()


def test_a_row_whose_cells_slipped_is_left_out_and_the_next_comes_through(tmp_path: Path) -> None:
    slipped = ";".join([*GOOD.values(), "", "", "", "", "", "resto"])
    content = table(GOOD).replace("\r\n", f"\r\n{slipped}\r\n", 1)
    content = content.replace("p-1", "p-2", 1)

    reading = read_text(tmp_path, content)

    assert [each.identifier for each in reading.records] == ["p-1"]
    assert reading.held == ("https://lab.example/experiments/p-2",)
    assert "row 2: 'resto': stands in a column without heading" in str(reading.errors[0])


def test_blank_rows_count_but_are_no_records(tmp_path: Path) -> None:
    content = table(GOOD | {"titolo": ""}).replace("\r\n", "\r\n\r\n;;;\r\n", 1)

    reading = read_text(tmp_path, content)

    assert reading.rows == 1
    assert [each.row for each in reading.errors] == [4]


def test_headings_may_stand_lower_down(tmp_path: Path) -> None:
    content = "Registro delle prove\r\n\r\n" + table(GOOD)

    reading = read_text(tmp_path, content, file={"header_row": 3})

    assert len(reading.records) == 1


def test_says_where_the_headings_were_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"no headings in row 3.*header_row"):
        read_text(tmp_path, table(GOOD), file={"header_row": 3, "delimiter": ";"})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('id;titolo\r\np-1;"Navetta\r\n', r"prove\.csv, line 2: a quotation mark .* never closed"),
        ('id;titolo\r\np-1;"Na"vetta\r\n', r"prove\.csv, line 2: after a closing quotation mark"),
    ],
)
def test_broken_quotes_are_refused_with_their_line(
    tmp_path: Path, content: str, reason: str
) -> None:
    with pytest.raises(ImportRefused, match=reason):
        read_text(tmp_path, content, file={"delimiter": ";"})


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("prove.csv", b"", "is empty"),
        ("prove.csv", b" \r\n ", "is empty"),
        ("prove.csv", b"PK\x03\x04....", "is a workbook"),
        ("prove.csv", b"%PDF-1.7", "is a PDF document"),
        ("prove.csv", b"<html><table>", "is a web page"),
        ("prove.json", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook"),
        ("prove.xls", b"<html><table>", "open it in a spreadsheet program and save it as .xlsx"),
        ("prove.doc", b"x", "a text document: copy its table into a spreadsheet"),
        ("prove.numbers", b"x", "Export To"),
        ("prove.gpkg", b"x", "as GeoJSON in WGS 84"),
        ("prove.zip", b"x", "an archive: unpack it"),
        ("prove.html", b"x", "a web page: open it in a spreadsheet program"),
        ("prove.mdb", b"x", "a database: export the table"),
        ("prove.xyz", b"x", "cannot tell what kind of file"),
    ],
)
def test_other_files_are_refused_by_what_they_are(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(ImportRefused, match=reason):
        read_file(write(tmp_path, name, content))


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_a_name_that_is_no_text_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ImportRefused, match=rf"citt\?\.{kind}: the name .* give it another name"):
        read_file(tmp_path / f"citt\udce0.{kind}")


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"prove\.csv cannot be read: No such file"):
        read_file(tmp_path / "prove.csv")


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(file_bytes=50), "is longer than 50 bytes"),
        (Limits(rows=1), "has more than 1 rows"),
        (Limits(columns=5), "has more than 5 columns"),
    ],
)
def test_what_is_too_large_is_refused_as_a_whole(
    tmp_path: Path, limits: Limits, reason: str
) -> None:
    path = write(tmp_path, "prove.csv", table(GOOD, GOOD | {"id": "p-2"}))

    with pytest.raises(ImportRefused, match=reason):
        read_file(path, limits)


def test_a_cell_that_is_too_long_leaves_its_row_out(tmp_path: Path) -> None:
    path = write(tmp_path, "prove.csv", table(GOOD, GOOD | {"id": "p-2", "testo": "a" * 300}))

    reading = read_file(path, Limits(cell_characters=200))

    assert [each.identifier for each in reading.records] == ["p-1"]
    assert "row 3, column testo (C3)" in str(reading.errors[0])
    assert "shorten it" in str(reading.errors[0])
