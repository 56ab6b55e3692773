"""What kind of file bytes are, whatever its name says; what is no workbook or text is refused."""

import codecs
import re
import zipfile
from io import BytesIO
from typing import Final

from nodes.books.limits import Limits
from nodes.errors import ImportRefused

DOCUMENT: Final = "a text document: copy its table into a spreadsheet and save that as .xlsx"
NUMBERS: Final = "a table of Numbers: export it (File, Export To) as Excel or CSV"
PACKED: Final = (
    "an archive: unpack it and import the table in it; of a shapefile, export the layer as "
    "GeoJSON in WGS 84 (EPSG:4326)"
)
_INSIDE: Final = (("word/", DOCUMENT), ("ppt/", DOCUMENT), ("Index/", NUMBERS))
"""What an archive under the name of a workbook is, by a folder in it."""

_ODF: Final = b"application/vnd.oasis.opendocument."
MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ARCHIVE: Final = b"PK\x03\x04"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS: Final = (
    (_ARCHIVE, "a workbook or another compressed archive"),
    (_OLD_OFFICE, "an Excel workbook, perhaps locked with a password"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
)
_MARKUP: Final = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|table|\?xml)", re.IGNORECASE)


def refuse_other_kinds(name: str, data: bytes, *, xml: bool = False) -> None:
    """Refuse bytes that are no text at all, saying what they look like."""
    if data.startswith(tuple(mark for mark, _ in MARKS)):
        return
    for magic, kind in _KINDS:
        if data.startswith(magic):
            raise ImportRefused(
                f"{name} is {kind}, not a text file: name it after what it is, or export it again"
            )
    if _MARKUP.match(data[:1000]) and not xml:
        raise ImportRefused(f"{name} is a web page or XML, not a table: export the table itself")


def refuse_bombs(name: str, data: bytes, limits: Limits) -> None:
    """Refuse a workbook that is locked, or too large once unpacked."""
    if data.startswith(_OLD_OFFICE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise ImportRefused(
                f"{name} is locked with a password: save a copy without one and import that"
            )
        return
    if not data.startswith(_ARCHIVE):
        if _MARKUP.match(data[:1000]):
            raise ImportRefused(
                f"{name} is a web page or XML under the name of a workbook: open it in a "
                "spreadsheet program and save it as .xlsx"
            )
        refuse_other_kinds(name, data)
        raise ImportRefused(f"{name} is not a workbook: save it as .xlsx or .ods, or as .csv")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            other = _other_than_workbook(archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise ImportRefused(
            f"{name} is damaged: open it in a spreadsheet program and save it again"
        ) from error
    if other is not None:
        raise ImportRefused(f"{name} is {other}")
    if any(part.flag_bits & 0x1 for part in parts):
        raise ImportRefused(
            f"{name} is locked with a password: save a copy without one and import that"
        )
    if sum(part.file_size for part in parts) > limits.unpacked_bytes:
        raise ImportRefused(
            f"{name} holds more than {limits.unpacked_bytes:,} bytes once unpacked: delete sheets "
            "and formatted empty rows that are not needed"
        )


def _other_than_workbook(archive: zipfile.ZipFile) -> str | None:
    """Tell what an archive is that holds no workbook, and what to do with it."""
    names = archive.namelist()
    for folder, other in _INSIDE:
        if any(each.startswith(folder) for each in names):
            return other
    named = next((each for each in archive.infolist() if each.filename == "mimetype"), None)
    if named and named.compress_type == zipfile.ZIP_STORED and not named.flag_bits & 0x1:
        kind = archive.read(named)[:200]
        if kind.startswith(_ODF) and not kind.startswith(_ODF + b"spreadsheet"):
            return DOCUMENT
    known = ("[Content_Types].xml", "content.xml", "xl/")
    return None if any(each.startswith(known) for each in names) else PACKED
