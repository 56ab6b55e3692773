"""Workbooks that would fill the memory, hide something or hold what cannot be read.

Each is refused with a sentence, or read with a line in the report: never with a crash.
"""

import contextlib
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from nodes.errors import ImportRefused
from nodes.importing import Limits, propose, read, read_mapping
from nodes.importing.reading import open_sheet
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.newbooks import ods_row, ods_text, write_ods, write_xlsx, xlsx_row
from tests.nodes.importing.oldbooks import OldSheet, breaking, compound, write_xls
from tests.nodes.importing.small import CITY, GOOD, HEADINGS, mapping, read_file, write

HEAD = ods_row(*map(ods_text, HEADINGS))
ROW = ods_row(*[ods_text(GOOD.get(each)) for each in HEADINGS])
CELLS = [GOOD.get(each) for each in HEADINGS]
SECOND = [*["p-2"], *CELLS[1:]]


def _repeated(columns: int, rows: int, text: str | None) -> str:
    cell = ods_text(text, f'table:number-columns-repeated="{columns}"')
    return ods_row(cell, more=f'table:number-rows-repeated="{rows}"')


def _ods(inner: str) -> Callable[[Path], Path]:
    return lambda folder: write_ods(folder / "prove.ods", {"Prove": inner})


def _xlsx(rows: str, **more: str) -> Callable[[Path], Path]:
    return lambda folder: write_xlsx(folder / "prove.xlsx", xlsx_row(1, *HEADINGS) + rows, **more)


def _far_xls(folder: Path) -> Path:
    rows = [list(HEADINGS), *[[None]] * 65_534, [*[None] * 255, "x"]]
    return write_xls(folder / "prove.xls", OldSheet(name="Prove", rows=rows))


def _wordy_xls(folder: Path) -> Path:
    rows = [list(HEADINGS), *[["x" * 4_000]] * 251]
    return write_xls(folder / "prove.xls", OldSheet(name="Prove", rows=rows))


def _far_xlsb(folder: Path) -> Path:
    """A sheet of XLSB, told by its records alone."""
    cell = bytes((2, 8)) + struct.pack("<II", 16_383, 0)
    sheet = bytes((0, 4)) + struct.pack("<I", 1_048_575) + cell
    path = folder / "prove.xlsb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


_SHARING = "".join(
    f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(2, 1002)
)


def _renamed(part: str, name: str) -> Callable[[Path], Path]:
    """A workbook in which a thousand cells show one text, with a part under another name."""

    def made(folder: Path) -> Path:
        path = _xlsx(_SHARING, strings=f"<si><t>{'x' * 10_000}</t></si>")(folder)
        with zipfile.ZipFile(path) as archive:
            parts = {each: archive.read(each) for each in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for each, data in parts.items():
                archive.writestr(name if each == part else each, data)
        return path

    return made


def _sharing_xlsb(folder: Path) -> Path:
    """A thousand cells of XLSB that show one text."""
    text = bytes(1) + struct.pack("<I", 5_000) + "x".encode("utf-16-le") * 5_000
    strings = bytes((19, len(text) & 0x7F | 0x80, len(text) >> 7)) + text
    cell = bytes((7, 12)) + struct.pack("<III", 0, 0, 0)
    path = folder / "prove.xlsb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
        archive.writestr("xl/sharedStrings.bin", strings)
        archive.writestr("xl/worksheets/sheet1.bin", cell * 1_000)
    return path


@pytest.mark.parametrize(
    "made",
    [
        _ods(HEAD + ROW + _repeated(1, 1_048_576, None) + ROW),
        _ods(HEAD + _repeated(4_000_000_000, 1, "x")),
        _ods(HEAD + _repeated(1, 400_000_000, "x")),
        _ods(HEAD + _repeated(3_000, 3_000, "x")),
        _xlsx('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        _xlsx('<row r="1048576">' + "<c><v>1</v></c>" * 16_384 + "</row>"),
        _xlsx('<row r="2"><c r="ZZZZ99999999"><v>1</v></c></row>'),
        _far_xls,
        _far_xlsb,
    ],
)
def test_cells_too_far_out_are_refused_before_they_fill_memory(
    tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    with pytest.raises(ImportRefused, match=r"prove\.\w+: a sheet reaches to .*delete the rows"):
        read_file(made(tmp_path))


@pytest.mark.parametrize(
    "made",
    [
        _ods(HEAD + ROW + _repeated(16_384, 1_048_576, None) * 5),
        _xlsx(xlsx_row(2, *CELLS), before='<dimension ref="A1:XFD1048576"/>'),
        _xlsx(
            xlsx_row(2, *CELLS), after='<mergeCells><mergeCell ref="A3:XFD1048576"/></mergeCells>'
        ),
        _xlsx(xlsx_row(2, *CELLS) + "".join(f'<row r="{n}"/>' for n in range(3, 50_000))),
    ],
)
def test_a_million_empty_rows_cost_nothing(tmp_path: Path, made: Callable[[Path], Path]) -> None:
    found = read_file(made(tmp_path))

    assert [each.identifier for each in found.records] == ["p-1"]


@pytest.mark.parametrize("kind", ["ods", "xlsx"])
def test_more_columns_than_a_table_has_are_refused(tmp_path: Path, kind: str) -> None:
    names = [f"colonna {number}" for number in range(20_000)]
    if kind == "ods":
        path = write_ods(tmp_path / "prove.ods", {"Prove": ods_row(*map(ods_text, names))})
    else:
        path = write_xlsx(tmp_path / "prove.xlsx", xlsx_row(1, *names))

    with pytest.raises(ImportRefused, match="more than 1,000 columns"):
        read_file(path)


def test_shared_texts_that_unpack_too_large_are_refused(tmp_path: Path) -> None:
    path = _xlsx(xlsx_row(2, *CELLS), strings=f"<si><t>{'x' * 2_000_000}</t></si>")(tmp_path)

    with pytest.raises(ImportRefused, match="more than 1,000,000 bytes once unpacked"):
        read_file(path, Limits(unpacked_bytes=1_000_000))


def test_an_archive_that_lies_about_its_size_is_refused_all_the_same(tmp_path: Path) -> None:
    path = _xlsx(xlsx_row(2, *CELLS), strings=f"<si><t>{'x' * 2_000_000}</t></si>")(tmp_path)
    with zipfile.ZipFile(path) as archive:
        true = archive.getinfo("xl/sharedStrings.xml").file_size
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", true), struct.pack("<I", 100)))

    with pytest.raises(ImportRefused, match="more than 1,000,000 bytes once unpacked"):
        read_file(path, Limits(unpacked_bytes=1_000_000))


@pytest.mark.parametrize(
    "made",
    [
        _ods(HEAD + ods_row(ods_text("x" * 10_000), more='table:number-rows-repeated="1000"')),
        _ods(HEAD + ods_row(ods_text("x" * 10_000, 'table:number-columns-repeated="0001000"'))),
        _ods(HEAD + ods_row(ods_text("x").replace("x<", '<text:s text:c="+9000000"/><'))),
        _xlsx(_SHARING, strings=f"<si><t>{'x' * 10_000}</t></si>"),
        _renamed("xl/sharedStrings.xml", "xl/SharedStrings.xml"),
        _renamed("xl/worksheets/sheet1.xml", "XL/worksheets/sheet1.xml"),
        _sharing_xlsb,
        _wordy_xls,
    ],
)
def test_a_text_that_thousands_of_cells_show_does_not_fill_memory(
    tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    with pytest.raises(ImportRefused, match=r"cells have more than 1,000,000 characters: split"):
        read_file(made(tmp_path), Limits(characters=1_000_000))


def test_a_file_that_brings_its_reader_down_is_refused_and_the_next_is_read(
    tmp_path: Path,
) -> None:
    read_file(_xlsx(xlsx_row(2, *CELLS))(tmp_path))
    overfull = breaking(write_xls(tmp_path / "old.xls", OldSheet(name="Prove", rows=[HEADINGS])))

    with pytest.raises(ImportRefused, match=r"old\.xls .* more memory .* 4,096 MB.* save it again"):
        read_file(overfull)

    assert read_file(tmp_path / "prove.xlsx").rows == 1


def test_a_file_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    path = _ods(HEAD + _repeated(40, 99_000, "x"))(tmp_path)

    with pytest.raises(ImportRefused, match=r"prove\.ods .* more than 0\.001 seconds.* save it"):
        read_file(path, Limits(seconds=0.001))


@pytest.mark.parametrize(
    "made",
    [
        _ods(HEAD + ods_row(ods_text("x", 'table:number-columns-repeated="9999999999999"'))),
        _ods(HEAD + ods_row(ods_text("x", 'table:number-columns-repeated="+9000000"'))),
        _xlsx('<row r="2"><c r="XFD0000001048576"><v>1</v></c></row>'),
        _xlsx('<row r="2"><c r="AAAAAAAA2"><v>1</v></c></row>'),
    ],
)
def test_cells_are_as_far_out_as_their_reader_takes_them_to_be(
    tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    with pytest.raises(ImportRefused, match="a sheet reaches to"):
        read_file(made(tmp_path))


def test_parts_whose_names_differ_in_capitals_only_are_refused(tmp_path: Path) -> None:
    path = _xlsx(xlsx_row(2, *CELLS))(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/Worksheets/sheet1.xml", "<worksheet/>")

    with pytest.raises(ImportRefused, match="is damaged"):
        read_file(path)


def test_an_old_workbook_whose_sectors_run_in_a_ring_is_refused(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "prove.xls", OldSheet(name="Prove", rows=[HEADINGS, CELLS]))
    data = bytearray(path.read_bytes())
    tables = struct.unpack_from("<I", data, 76)[0]
    directory = struct.unpack_from("<I", data, 48)[0]
    struct.pack_into("<I", data, 512 * (tables + 1) + 4 * directory, directory)

    with pytest.raises(ImportRefused, match="is damaged"):
        read_file(write(tmp_path, "prove.xls", bytes(data)))


def test_an_old_workbook_that_promises_more_than_it_has_is_refused(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "prove.xls", OldSheet(name="Prove", rows=[HEADINGS, CELLS]))
    data = bytearray(path.read_bytes())
    entry = data.index("Workbook".encode("utf-16-le"))
    struct.pack_into("<I", data, entry + 120, 0xFFFFFFF0)

    with pytest.raises(ImportRefused, match="is damaged"):
        read_file(write(tmp_path, "prove.xls", bytes(data)))


def test_a_workbook_in_an_encoding_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = write_ods(tmp_path / "prove.ods", {"Prove": HEAD + ROW})
    with zipfile.ZipFile(path) as archive:
        content = archive.read("content.xml").replace(b"UTF-8", b"UTF-88")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", content)

    with pytest.raises(ImportRefused, match="is damaged"):
        read_file(path)


@pytest.mark.parametrize("kind", ["ods", "xlsx"])
def test_a_workbook_that_declares_entities_is_refused(tmp_path: Path, kind: str) -> None:
    begin = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    if kind == "ods":
        path = write_ods(tmp_path / "prove.ods", {"Prove": HEAD + ROW}, begin=begin)
    else:
        path = _xlsx(xlsx_row(2, *CELLS), begin=begin)(tmp_path)

    with pytest.raises(ImportRefused, match=r"prove\.\w+ is damaged"):
        read_file(path)


@pytest.mark.parametrize("kind", ["ods", "xlsx", "xls"])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_truncated_workbook_is_refused(tmp_path: Path, kind: str, part: float) -> None:
    whole = {
        "ods": lambda: write_ods(tmp_path / "whole.ods", {"Prove": HEAD + ROW * 50}),
        "xlsx": lambda: _xlsx(xlsx_row(2, *CELLS))(tmp_path),
        "xls": lambda: write_xls(
            tmp_path / "whole.xls", OldSheet(name="Prove", rows=[HEADINGS, *[CELLS] * 50])
        ),
    }[kind]()
    data = whole.read_bytes()
    path = write(tmp_path, f"prove.{kind}", data[: int(len(data) * part)])

    with pytest.raises(
        ImportRefused, match=r"prove\.\w+ (is damaged|has no column|is empty)|Prove"
    ):
        read_file(path)


@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_a_locked_workbook_of_any_kind_is_refused_as_such(tmp_path: Path, kind: str) -> None:
    if kind == "ods":
        path = tmp_path / "prove.ods"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("content.xml", b"\x8f\x02 not to be read")
            archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
    else:
        begin = struct.pack("<HHHHHHII", 0x809, 16, 0x600, 5, 0, 0, 0, 6)
        path = write(tmp_path, "prove.xls", compound(begin + struct.pack("<HHH", 0x2F, 2, 1)))

    with pytest.raises(ImportRefused, match="locked with a password"):
        read_file(path)


_LINK = "HYPERLINK(&quot;https://lab.example/1&quot;{}&quot;Navetta&quot;)"


@pytest.mark.parametrize(
    "made",
    [
        _xlsx(
            '<row r="2"><c r="A2" t="str"><v>p-1</v></c><c r="B2" t="str">'
            f"<f>{_LINK.format(',')}</f><v>Navetta</v></c></row>"
        ),
        _ods(
            HEAD
            + ods_row(
                ods_text("p-1"), ods_text("Navetta", f'table:formula="of:={_LINK.format(";")}"')
            )
        ),
        _ods(
            HEAD
            + ods_row(
                ods_text("p-1"),
                '<table:table-cell office:value-type="string"><text:p><text:a '
                'xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="https://lab.example/1">'
                "Navetta</text:a></text:p></table:table-cell>",
            )
        ),
    ],
)
def test_links_of_formulas_and_of_ods_stand_beside_their_cells(
    tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    sheet = open_sheet(made(tmp_path), mapping())

    [row] = sheet.rows
    assert (row.get("titolo"), row.get("titolo (link)")) == ("Navetta", "https://lab.example/1")


@pytest.mark.parametrize("kind", ["ods", "xlsx", "xls"])
def test_a_formula_that_failed_is_empty_and_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"prove.{kind}"
    if kind == "xlsx":
        failed = '<c r="G2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        write_xlsx(
            path,
            xlsx_row(1, *HEADINGS) + xlsx_row(2, *CELLS[:6]).replace("</row>", failed) + "</row>",
        )
    elif kind == "ods":
        failed = ods_text("#DIV/0!", 'table:formula="of:=1/0"')
        write_ods(path, {"Prove": HEAD + ods_row(*map(ods_text, CELLS[:6]), failed)})
    else:
        write_xls(path, OldSheet(name="Prove", rows=[HEADINGS, CELLS], errors={(1, 6): "#DIV/0!"}))

    found = read_file(path)

    assert [each.identifier for each in found.records] == ["p-1"]
    assert [str(each) for each in found.findings if "formula" in str(each)] == [
        "warning: Prove, row 2, column inizio (G2): '#DIV/0!': is the result of a formula that "
        "failed, so it was read as empty: mend the formula, or write the value"
    ]


@pytest.mark.parametrize("kind", ["ods", "xlsx"])
def test_a_formula_without_saved_result_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"prove.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.title = "Prove"
        sheet.append(HEADINGS)
        sheet.append(CELLS)
        sheet["G2"] = "=TODAY()"
        book.save(path)
    else:
        unsaved = ods_text(None, 'table:formula="of:=TODAY()"')
        write_ods(path, {"Prove": HEAD + ods_row(*map(ods_text, CELLS[:6]), unsaved)})

    found = read_file(path)

    [finding] = [str(each) for each in found.findings]
    assert "Prove, row 2, column inizio (G2): holds a formula whose result was not saved" in finding


@pytest.mark.parametrize("kind", ["ods", "xlsx", "xls"])
def test_cells_merged_down_a_column_are_read_in_each_row(tmp_path: Path, kind: str) -> None:
    path, below = tmp_path / f"prove.{kind}", list(SECOND)
    below[3] = None
    if kind == "xlsx":
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.title = "Prove"
        for row in (HEADINGS, CELLS, below):
            sheet.append(row)
        sheet.merge_cells("D2:D9")
        book.save(path)
    elif kind == "ods":
        top = [ods_text(each) for each in CELLS]
        top[3] = ods_text("mobilità", 'table:number-rows-spanned="8"')
        write_ods(path, {"Prove": HEAD + ods_row(*top) + ods_row(*map(ods_text, below))})
    else:
        write_xls(
            path, OldSheet(name="Prove", rows=[HEADINGS, CELLS, below], merged=[(1, 8, 3, 3)])
        )

    found = read_file(path)

    assert [len(each.themes) for each in found.records] == [1, 1]
    [finding] = map(str, found.findings)
    assert "Prove, row 2: cells D2:D9 are merged, so the value of D2 was read in each" in finding


@pytest.mark.parametrize("kind", ["ods", "xlsx", "xls"])
def test_hidden_rows_columns_and_sheets_are_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"prove.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.title = "Prove"
        for row in (HEADINGS, CELLS, SECOND):
            sheet.append(row)
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["C"].hidden = True
        other = book.create_sheet("Vecchio")
        other.append(["x"])
        other.sheet_state = "hidden"
        book.save(path)
    elif kind == "ods":
        columns = (
            '<table:table-column table:number-columns-repeated="2"/>'
            '<table:table-column table:visibility="collapse"/>'
        )
        hidden = ods_row(*map(ods_text, SECOND), more='table:visibility="filter"')
        write_ods(path, {"Prove": columns + HEAD + ROW + hidden})
    else:
        write_xls(
            path,
            OldSheet(
                name="Prove",
                rows=[HEADINGS, CELLS, SECOND],
                hidden_rows=[2],
                hidden_columns=[2],
            ),
            OldSheet(name="Vecchio", rows=[["x"]], hidden=True),
        )

    found = read_file(path)

    told = "\n".join(map(str, found.findings))
    assert len(found.records) == 2
    assert "hidden rows were read like the others (3; 1 in all)" in told
    assert "hidden columns were read like the others (C; 1 in all)" in told
    assert ("the hidden sheets 'Vecchio' were not read" in told) == (kind != "ods")


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_days_counted_from_1904_are_read_so(tmp_path: Path, kind: str) -> None:
    """A date cell, a bare number of a day and a date as text, all in one column."""
    path = tmp_path / f"prove.{kind}"
    days = (date(2019, 3, 1), 43_525 - 1_462, "01/03/2019")
    rows = [[f"p-{number}", *CELLS[1:6], day] for number, day in enumerate(days)]
    if kind == "xlsx":
        book = openpyxl.Workbook()
        book.epoch = CALENDAR_MAC_1904
        sheet = book.worksheets[0]
        sheet.title = "Prove"
        for row in (HEADINGS, *rows):
            sheet.append([datetime(2019, 3, 1) if isinstance(each, date) else each for each in row])
        book.save(path)
    else:
        write_xls(path, OldSheet(name="Prove", rows=[HEADINGS, *rows]), from_1904=True)

    found = read_file(path)

    assert [each.start and each.start.value for each in found.records] == ["2019-03-01"] * 3
    told = [str(each) for each in found.findings]
    assert "counts days from 1904" in told[0]
    assert "'42063': is the number of a day, so it was read as 2019-03-01" in told[1]


def test_a_mapping_is_proposed_for_an_old_workbook_too(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "prove.xls", OldSheet(name="Prove", rows=[HEADINGS, CELLS]))

    proposed = read_mapping(propose(path, CITY).text(), path)

    assert [each.identifier for each in read(path, proposed, CITY, NOW).records] == ["p-1"]


@pytest.mark.parametrize("kind", ["ods", "xlsx", "xls", "xlsb"])
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_workbook_with_any_bytes_changed_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: str, changes: list[tuple[float, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("odd")
    data = bytearray(WHOLE[kind](folder).read_bytes())
    for place, piece in changes:
        at = int(place * (len(data) - 1))
        data[at : at + len(piece)] = piece

    with contextlib.suppress(ImportRefused):
        read_file(write(folder, f"odd.{kind}", bytes(data)))


WHOLE: dict[str, Callable[[Path], Path]] = {
    "ods": _ods(HEAD + ROW),
    "xlsx": _xlsx(xlsx_row(2, *CELLS)),
    "xls": lambda folder: write_xls(
        folder / "whole.xls", OldSheet(name="Prove", rows=[HEADINGS, CELLS], merged=[(1, 2, 0, 0)])
    ),
    "xlsb": _far_xlsb,
}
