"""The precision at which an XLSX sheet shows its dates.

A spreadsheet program turns `09/2019` into the first of September, shown as a month. The day was
never given, so a date cell counts only as far as its number format shows it. The reader of
workbooks does not tell the format; it is looked up in the archive here.
"""

import re
import zipfile
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from typing import Final, Literal

Precision = Literal["year", "month"]

_BUILT_IN: Final[dict[str, Precision]] = {"17": "month"}  # mmm-yy
_TAG: Final = rb"<(?:\w+:)?%b\b([^>]*)>"
_ATTRIBUTE: Final = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_CELL_FORMATS: Final = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)


def coarse_dates(data: bytes, sheet: str) -> dict[str, Precision]:
    """Give the cells (`F7`) of a sheet that show a date as a month or a year only.

    A large sheet stays bytes: as text it takes up to four times the memory.
    """
    if not zipfile.is_zipfile(BytesIO(data)):
        return {}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = set(archive.namelist())
        if not {"xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return {}
        styles = _coarse_styles(archive.read("xl/styles.xml"))
        part = _part(archive, sheet)
        if not styles or part not in names:
            return {}
        cells = _tags(b"c", archive.read(part))
        return {
            cell["r"]: styles[cell["s"]]
            for cell in cells
            if "r" in cell and cell.get("s") in styles and cell.get("t", "n") in {"n", "d"}
        }


def precision(code: str) -> Precision | None:
    """Tell what a number format shows of a date; None when it shows the day, or no date."""
    shown = set(_LITERAL.sub("", code.split(";", 1)[0]).lower())
    if "y" not in shown or shown & {"d", "h", "s"}:
        return None
    return "month" if "m" in shown else "year"


def _coarse_styles(xml: bytes) -> dict[str, Precision]:
    """Give the styles, by their position among the cell formats, that show no day."""
    codes: dict[str, Precision] = dict(_BUILT_IN)
    for tag in _tags(b"numFmt", xml):
        found = precision(tag.get("formatCode", ""))
        if found is not None:
            codes[tag.get("numFmtId", "")] = found
    formats = _CELL_FORMATS.search(xml)
    styles = enumerate(_tags(b"xf", formats[0] if formats else b""))
    return {
        str(position): codes[tag["numFmtId"]]
        for position, tag in styles
        if tag.get("numFmtId") in codes
    }


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Give the name of the archive's part that holds a sheet."""
    wanted = next(
        (
            tag
            for tag in _tags(b"sheet", archive.read("xl/workbook.xml"))
            if tag.get("name") == sheet
        ),
        {},
    )
    identifier = next((value for key, value in wanted.items() if key.endswith(":id")), None)
    for tag in _tags(b"Relationship", archive.read("xl/_rels/workbook.xml.rels")):
        if tag.get("Id") == identifier:
            target = tag.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return ""


def _tags(name: bytes, xml: bytes) -> Iterator[dict[str, str]]:
    for match in re.finditer(_TAG % name, xml):
        said = match[1].decode("utf-8", errors="replace")
        yield {key: unescape(value) for key, value in _ATTRIBUTE.findall(said)}
