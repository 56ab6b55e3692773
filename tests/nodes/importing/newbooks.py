"""Writes ODS and XLSX files from raw XML, to hold what no spreadsheet program would write."""

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

_NAMES = "urn:oasis:names:tc:opendocument:xmlns"
_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def ods_text(value: object, more: str = "") -> str:
    """One cell of an ODS table."""
    if value is None:
        return f"<table:table-cell {more}/>"
    text = f"<text:p>{escape(str(value))}</text:p>"
    return f'<table:table-cell office:value-type="string" {more}>{text}</table:table-cell>'


def ods_row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def write_ods(path: Path, tables: dict[str, str], *, begin: str = "", before: str = "") -> Path:
    """Write an ODS file; `tables` holds the XML inside of each table, by its name."""
    body = "".join(
        f"<table:table table:name={quoteattr(name)}>{inner}</table:table>"
        for name, inner in tables.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{begin}<office:document-content '
        f'xmlns:office="{_NAMES}:office:1.0" xmlns:table="{_NAMES}:table:1.0" '
        f'xmlns:text="{_NAMES}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f"{before}{body}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{_NAMES}:manifest:1.0"><manifest:file-entry '
            'manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
            "</manifest:manifest>",
        )
    return path


def xlsx_row(number: int, *cells: object) -> str:
    """One row of an XLSX sheet, texts standing in the cells themselves."""
    found = "".join(
        f'<c t="inlineStr"><is><t>{escape(str(cell))}</t></is></c>' if cell is not None else "<c/>"
        for cell in cells
    )
    return f'<row r="{number}">{found}</row>'


def write_xlsx(
    path: Path, rows: str, *, before: str = "", after: str = "", begin: str = "", strings: str = ""
) -> Path:
    """Write an XLSX file with one sheet, `Prove`; `rows` is the XML of its rows."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEETS}" xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="Prove" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'{begin}<worksheet xmlns="{_SHEETS}">{before}<sheetData>'
        f"{rows}</sheetData>{after}</worksheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{_SHEETS}">{strings}</sst>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path
