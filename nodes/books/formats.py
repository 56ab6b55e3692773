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
_TAG: Final = r"<(?:\w+:)?{}\b([^>]*)>"
_ATTRIBUTE: Final = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"')
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_CELL_FORMATS: Final = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)


def coarse_dates(data: bytes, sheet: str) -> dict[str, Precision]:
    """Give the cells (`F7`) of a sheet that show a date as a month or a year only."""
    if not zipfile.is_zipfile(BytesIO(data)):
        return {}
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = set(archive.namelist())
        if not {"xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return {}
        styles = _coarse_styles(_text(archive, "xl/styles.xml"))
        part = _part(archive, sheet)
        if not styles or part not in names:
            return {}
        cells = _tags("c", _text(archive, part))
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


def _coarse_styles(text: str) -> dict[str, Precision]:
    """Give the styles, by their position among the cell formats, that show no day."""
    codes: dict[str, Precision] = dict(_BUILT_IN)
    for tag in _tags("numFmt", text):
        found = precision(tag.get("formatCode", ""))
        if found is not None:
            codes[tag.get("numFmtId", "")] = found
    formats = _CELL_FORMATS.search(text)
    styles = enumerate(_tags("xf", formats[0] if formats else ""))
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
            for tag in _tags("sheet", _text(archive, "xl/workbook.xml"))
            if tag.get("name") == sheet
        ),
        {},
    )
    identifier = next((value for key, value in wanted.items() if key.endswith(":id")), None)
    for tag in _tags("Relationship", _text(archive, "xl/_rels/workbook.xml.rels")):
        if tag.get("Id") == identifier:
            target = tag.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return ""


def _tags(name: str, text: str) -> Iterator[dict[str, str]]:
    for match in re.finditer(_TAG.format(name), text):
        yield {key: unescape(value) for key, value in _ATTRIBUTE.findall(match[1])}


def _text(archive: zipfile.ZipFile, part: str) -> str:
    return archive.read(part).decode("utf-8", errors="replace")
