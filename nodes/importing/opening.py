"""A file's bytes and text: of a bearable size, of the kind they should be, in a known encoding.

The encoding a mapping names is used as it is. Without one, a byte order mark decides, then UTF-8
if every byte fits, then the mapping's `fallback`, with a warning that shows how it reads. Text is
never read in a wrong encoding silently.
"""

import codecs
from pathlib import Path
from typing import Final, Literal

from nodes.books.kinds import DOCUMENT, MARKS, NUMBERS, PACKED, refuse_other_kinds
from nodes.books.limits import Limits
from nodes.errors import ImportRefused
from nodes.importing.findings import Finding, shown
from nodes.importing.sentences import say

Format = Literal["csv", "xlsx", "json", "geojson", "kml", "rdf"]

_SUFFIXES: Final[dict[str, Format]] = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".txt": "csv",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xlsb": "xlsx", ".xls": "xlsx", ".ods": "xlsx",
    ".json": "json", ".geojson": "geojson", ".ttl": "rdf", ".nt": "rdf",
    ".rdf": "rdf", ".xml": "rdf", ".owl": "rdf", ".jsonld": "rdf",
    ".jsonl": "json", ".ndjson": "json", ".jsonlines": "json",
    ".kml": "kml", ".kmz": "kml",
    ".geojsonl": "geojson", ".geojsons": "geojson", ".geojsonseq": "geojson",
}  # fmt: skip
_OTHERS: Final = (
    (
        DOCUMENT,
        (".pdf", ".doc", ".docx", ".docm", ".odt", ".rtf", ".pages", ".ppt", ".pptx", ".odp"),
    ),
    (NUMBERS, (".numbers",)),
    (
        "a layer of a map program: export it there, as in QGIS, as GeoJSON in WGS 84 (EPSG:4326)",
        (".shp", ".dbf", ".shx", ".prj", ".gpkg", ".gml", ".gpx", ".fgb", ".gdb", ".mif", ".dxf"),
    ),
    (
        PACKED,
        (".zip", ".7z", ".rar", ".gz", ".tar", ".tgz"),
    ),
    (
        "a web page: open it in a spreadsheet program and save the table as .xlsx",
        (".html", ".htm", ".xhtml", ".mht", ".mhtml"),
    ),
    (
        "a database: export the table of it as .csv or .xlsx",
        (".accdb", ".mdb", ".db", ".sqlite", ".odb", ".sql"),
    ),
)
"""Files that are not read, and what to do with each."""


def format_of(path: Path) -> Format:
    """Tell the format by the file's name; raises ImportRefused when the name does not say."""
    _refuse_name(path)
    if found := _SUFFIXES.get(path.suffix.lower()):
        return found
    for advice, suffixes in _OTHERS:
        if path.suffix.lower() in suffixes:
            raise ImportRefused(f"{path.name} is {advice}")
    raise ImportRefused(
        f"{path.name}: cannot tell what kind of file this is. Export it as a table or as JSON, and "
        "name it after what it is: .csv, .tsv, .xlsx, .xls, .ods, .json, .jsonl, .geojson, "
        '.kml, .jsonld, .rdf or .ttl; or write format = "csv" under [file] in the mapping'
    )


def load(path: Path, limits: Limits) -> bytes:
    """Read the bytes; raises ImportRefused when there is no such file, or it is empty or huge."""
    _refuse_name(path)
    try:
        with path.open("rb") as file:
            data = file.read(limits.file_bytes + 1)
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise ImportRefused(f"{path.name} cannot be read: {reason}") from error
    if not data.strip():
        raise ImportRefused(f"{path.name} is empty")
    if len(data) > limits.file_bytes:
        raise ImportRefused(
            f"{path.name} is longer than {limits.file_bytes:,} bytes: split it into several files"
        )
    return data


def _refuse_name(path: Path) -> None:
    """Refuse a name that is no text: findings, the journal and what is printed name the file."""
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        raise ImportRefused(
            f"{path.name.encode(errors='replace').decode()}: the name of this file is written as "
            "on another system, as happens in archives: give it another name"
        ) from error


def decoded(
    name: str, data: bytes, encoding: str | None, fallback: str | None
) -> tuple[str, tuple[Finding, ...]]:
    """Turn bytes into text; raises ImportRefused rather than give wrong letters."""
    refuse_other_kinds(name, data)
    marked = next((each for mark, each in MARKS if data.startswith(mark)), None)
    if encoding is not None:
        return _as_declared(name, data, encoding, marked)
    if marked is None and (guess := _wide(data)):
        marked = guess
    if marked is not None:
        return _strict(name, data, marked).removeprefix("\ufeff"), ()
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        if fallback is None:
            raise _unreadable(name, data, "utf-8", error) from error
        text = _strict(name, data, fallback)
    said = say("encoding-fallback", encoding=fallback, sample=_sample(text))
    return text, (Finding(severity="warning", said=said, sheet=name),)


def _as_declared(
    name: str, data: bytes, encoding: str, marked: str | None
) -> tuple[str, tuple[Finding, ...]]:
    if marked is not None and not _same(encoding, marked):
        raise ImportRefused(
            f"{name} begins with the mark of {marked}, but the mapping says {encoding}: write "
            f'encoding = "{marked}" under [file] in the mapping'
        )
    text = _strict(name, data, encoding).removeprefix("\ufeff")
    if marked is None and not data.isascii() and not _same(encoding, "utf-8") and _fits(data):
        said = say("encoding-doubtful", encoding=encoding, sample=_sample(text))
        return text, (Finding(severity="warning", said=said, sheet=name),)
    return text, ()


def _same(declared: str, marked: str) -> bool:
    """Whether the declared name covers the marked encoding: `utf-16-le` is a kind of utf-16."""
    return codecs.lookup(declared).name.removesuffix("-sig").startswith(marked)


def _fits(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _wide(data: bytes) -> str | None:
    """Recognise UTF-16 without a mark: every other byte of its first Latin letters is zero."""
    head = data[:200]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) < 4 or max(even, odd) * 4 < len(head) // 2 or min(even, odd) > max(even, odd) // 4:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _strict(name: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unreadable(name, data, encoding, error) from error
    except UnicodeError as error:
        raise ImportRefused(f"{name} cannot be read as {encoding}: {error}") from error


def _unreadable(name: str, data: bytes, encoding: str, error: UnicodeDecodeError) -> ImportRefused:
    line = data.count(b"\n", 0, error.start) + 1
    near = data[max(0, error.start - 20) : error.end + 10].decode("latin-1")
    return ImportRefused(
        f"{name} is not {encoding}: byte {error.start + 1:,}, line {line} (near '{shown(near)}'). "
        "Save it as UTF-8, or write the right encoding under [file] in the mapping"
    )


def _sample(text: str) -> str:
    """Show the surroundings of the first letter beyond ASCII, where a wrong guess shows."""
    at = next((i for i, char in enumerate(text) if not char.isascii()), 0)
    return f"'{shown(text[max(0, at - 15) : at + 15])}'"
