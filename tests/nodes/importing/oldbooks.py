"""Writes XLS files as Excel 97 did: a stream of records (BIFF8) in a compound file.

Only what the tests need: texts, numbers, dates, errors, merged cells, hidden rows and columns,
hidden sheets, days counted from 1904. No library that still is kept writes this format.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

Value = str | int | float | date | None
_SECTOR = 512
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_ERRORS = {"#NULL!": 0, "#DIV/0!": 7, "#VALUE!": 15, "#REF!": 23, "#NAME?": 29, "#N/A": 42}


@dataclass(frozen=True, kw_only=True)
class OldSheet:
    name: str
    rows: Sequence[Sequence[Value]]
    merged: Sequence[tuple[int, int, int, int]] = ()  # first and last row, first and last column
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[int] = ()
    hidden: bool = False
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)


def write_xls(path: Path, *sheets: OldSheet, from_1904: bool = False) -> Path:
    path.write_bytes(compound(_workbook(sheets, from_1904)))
    return path


def breaking(path: Path) -> Path:
    """Let the first sheet begin after its end, for which its reader asks for terabytes."""
    size = struct.pack("<HHII", 0x200, 14, 0, 1)
    data = path.read_bytes()
    assert size in data
    path.write_bytes(data.replace(size, struct.pack("<HHII", 0x200, 14, 16, 1), 1))
    return path


def _record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _workbook(sheets: Sequence[OldSheet], from_1904: bool) -> bytes:
    begin = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6))
    begin += _record(0x42, struct.pack("<H", 1200))
    begin += _record(0x22, struct.pack("<H", from_1904))
    for shown_as in (0, 14):  # the general format and that of a date
        begin += _record(0xE0, struct.pack("<HH", 0, shown_as) + bytes(16))
    names = [each.name.encode("utf-16-le") for each in sheets]
    at = len(begin) + sum(4 + 8 + len(name) for name in names) + len(_record(0x0A))
    bodies = [_sheet(each, from_1904) for each in sheets]
    for sheet, name, body in zip(sheets, names, bodies, strict=True):
        head = struct.pack("<IBBBB", at, sheet.hidden, 0, len(sheet.name), 1)
        begin += _record(0x85, head + name)
        at += len(body)
    return begin + _record(0x0A) + b"".join(bodies)


def _sheet(sheet: OldSheet, from_1904: bool) -> bytes:
    body = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 6))
    width = max(map(len, sheet.rows), default=0)
    for column in sheet.hidden_columns:
        body += _record(0x7D, struct.pack("<HHHHHH", column, column, 2560, 0, 1, 0))
    body += _record(0x200, struct.pack("<IIHHH", 0, len(sheet.rows), 0, width, 0))
    for number in sheet.hidden_rows:
        body += _record(0x208, struct.pack("<HHHHHHI", number, 0, width, 255, 0, 0, 0x120))
    for number, row in enumerate(sheet.rows):
        for column, value in enumerate(row):
            body += _cell(number, column, value, from_1904)
    for (number, column), error in sheet.errors.items():
        body += _record(0x205, struct.pack("<HHHBB", number, column, 0, _ERRORS[error], 1))
    if sheet.merged:
        ranges = b"".join(struct.pack("<HHHH", *each) for each in sheet.merged)
        body += _record(0xE5, struct.pack("<H", len(sheet.merged)) + ranges)
    return body + _record(0x0A)


def _cell(row: int, column: int, value: Value, from_1904: bool) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x204, struct.pack("<HHHHB", row, column, 0, len(value), 1) + text)
    if isinstance(value, date):
        first = date(1904, 1, 1) if from_1904 else date(1899, 12, 30)
        return _record(0x203, struct.pack("<HHHd", row, column, 1, (value - first).days))
    return _record(0x203, struct.pack("<HHHd", row, column, 0, value))


def compound(stream: bytes, name: str = "Workbook") -> bytes:
    """Put a stream alone into a compound file, in large sectors."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // _SECTOR)
    tables = 1
    while tables * 128 < sectors + 1 + tables:
        tables += 1
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry(name, 2, 1 + tables, len(stream))
    directory += _entry("", 0, 0, 0) * 2
    chain = [_TABLE] * tables
    chain.insert(0, _END)  # the directory comes first
    chain += [*range(2 + tables, 1 + tables + sectors), _END]
    chain += [_FREE] * (tables * 128 - len(chain))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, 0, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", *range(1, 1 + tables), *[_FREE] * (109 - tables))
    table = struct.pack(f"<{len(chain)}I", *chain)
    return header + directory + table + stream.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0" if name else b""
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    return (
        head
        + struct.pack("<III", _FREE, _FREE, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
