"""A survey of the binary workbooks: XLS, records in a compound file, and XLSB, records in parts.

Only the records that say where cells are, which failed and what is hidden are looked at. Nothing
here follows a length or a chain further than the file is long.
"""

import re
import struct
import zipfile
from array import array
from collections.abc import Iterator, Sequence
from typing import Final

from nodes.books.surveys import Book, Survey, damaged, locked

_FREE: Final = 0xFFFFFFFA  # chains end with a number from here on
_CELLS: Final = {0x203, 0x204, 0x205, 0x06, 0x27E, 0xFD, 0xD6, 0x03, 0x04, 0x02, 0x05, 0x206}
_SEVERAL: Final = {0xBD}
_ERRORS: Final = {
    0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A",
}  # fmt: skip
_SHEET_PART: Final = re.compile(r"xl/(?:worksheets|binaryindex)/sheet\d+\.bin")
_TEXTS: Final = "xl/sharedstrings.bin"
_TEXT, _SHARES = 19, 7  # a text, and a cell that shows one


def survey_old(data: bytes, book: Book) -> None:
    """Look through the sheets of an XLS file; raises ImportRefused at damage and far cells."""
    try:
        stream = _stream(data)
    except (struct.error, IndexError, ValueError) as error:
        raise damaged(book.name) from error
    titles: list[tuple[int, str]] = []
    for kind, body, _ in _records(stream, 0):
        if kind == 0x22 and len(body) >= 2:
            book.from_1904 = body[:2] == b"\x01\x00"
        elif kind == 0x85 and len(body) > 8:
            wide = body[7] & 1
            text = body[8:].decode("utf-16-le" if wide else "latin-1", "replace")
            titles.append((struct.unpack_from("<I", body)[0], text[: body[6]]))
        elif kind == 0x2F:
            raise locked(book.name)
        elif kind == 0x0A:
            break
    for at, title in dict(titles).items():
        found = book.sheet(title)
        for kind, body, _ in _records(stream, at):
            if kind == 0x0A:
                break
            if len(body) >= 6:
                _old_record(found, kind, body)
        book.refuse_far(found)


def survey_binary(archive: zipfile.ZipFile, book: Book) -> None:
    """Look for the last cell in use in the sheets of an XLSB file; raises ImportRefused."""
    names = {part.lower(): part for part in archive.namelist()}
    lengths = _shared(archive.read(names[_TEXTS]), book) if _TEXTS in names else []
    for place, part in names.items():
        if _SHEET_PART.fullmatch(place):
            found = book.sheet(part)
            row = 0
            for kind, body in _wide_records(archive.read(part)):
                if kind == 0 and len(body) >= 4:
                    row = struct.unpack_from("<I", body)[0]
                elif 1 <= kind <= 11 and len(body) >= 4:
                    found.use(row, struct.unpack_from("<I", body)[0])
                if kind == _SHARES and len(body) >= 12:
                    text = struct.unpack_from("<I", body, 8)[0]
                    book.weigh(lengths[text] if text < len(lengths) else 0)
            book.refuse_far(found)


def _shared(stream: bytes, book: Book) -> Sequence[int]:
    """Give the lengths of the texts that cells share."""
    found = array("I")
    for kind, body in _wide_records(stream):
        if kind == _TEXT:
            found.append(len(body) // 2)
            book.refuse_many(len(found))
    return found


def _old_record(found: Survey, kind: int, body: bytes) -> None:
    first, second = struct.unpack_from("<HH", body)
    if kind in _CELLS:
        found.use(first, second)
        if kind == 0x205 and len(body) >= 8 and body[7]:
            found.fail(first, second, _ERRORS.get(body[6], "#N/A"))
        elif kind == 0x06 and len(body) >= 14 and body[6] == 2 and body[12:14] == b"\xff\xff":
            found.fail(first, second, _ERRORS.get(body[8], "#N/A"))
    elif kind in _SEVERAL:
        found.use(first, struct.unpack_from("<H", body, len(body) - 2)[0])
    elif kind == 0x208 and len(body) >= 16 and struct.unpack_from("<I", body, 12)[0] & 0x20:
        found.hide_rows((first,))
    elif kind == 0x7D and len(body) >= 10 and struct.unpack_from("<H", body, 8)[0] & 1:
        found.hide_columns(range(first, second + 1))


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes, int]]:
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + size], at
        at += 4 + size


def _wide_records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(stream):
        kind, at = _variable(stream, at, 2)
        size, at = _variable(stream, at, 4)
        yield kind, stream[at : at + size]
        at += size


def _variable(stream: bytes, at: int, most: int) -> tuple[int, int]:
    """Read a number of seven bits to the byte."""
    value = 0
    for step in range(most):
        byte = stream[at] if at < len(stream) else 0
        at += 1
        value |= (byte & 0x7F) << (7 * step)
        if not byte & 0x80:
            break
    return value, at


def _stream(data: bytes) -> bytes:
    """Take the stream `Workbook` (or `Book`) out of a compound file."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    small = 1 << struct.unpack_from("<H", data, 32)[0]
    if size not in {512, 4096} or small != 64:
        raise ValueError("no compound file")
    tables, first_directory = struct.unpack_from("<I4xI", data, 44)[0], 0
    first_directory = struct.unpack_from("<I", data, 48)[0]
    least, first_small = struct.unpack_from("<II", data, 56)
    more, _ = struct.unpack_from("<II", data, 68)
    places = list(struct.unpack_from("<109I", data, 76))
    seen = 0
    while more < _FREE and seen <= len(data) // size:
        numbers = struct.unpack_from(f"<{size // 4}I", data, size * (more + 1))
        places.extend(numbers[:-1])
        more, seen = numbers[-1], seen + 1
    table: list[int] = []
    for place in places[: max(tables, 0)]:
        if place < _FREE:
            table.extend(struct.unpack_from(f"<{size // 4}I", data, size * (place + 1)))
    directory = _chain(data, table, first_directory, size)
    entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
    short = _chain(data, table, first_small, size)
    small_table = list(struct.unpack(f"<{len(short) // 4}I", short))
    holder = _chain(data, table, struct.unpack_from("<I", directory, 116)[0], size)
    for entry in entries:
        name = entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le")
        start, length = struct.unpack_from("<II", entry, 116)
        if entry[66] == 2 and length > len(data):
            raise ValueError("a stream is longer than the file")
        if name in {"Workbook", "Book"} and entry[66] == 2:
            if length >= least:
                return _chain(data, table, start, size)[:length]
            return _chain(holder, small_table, start, small, shift=0)[:length]
    raise ValueError("no workbook inside")


def _chain(data: bytes, table: list[int], at: int, size: int, shift: int = 1) -> bytes:
    """Put the sectors of a chain together; raises ValueError at one longer than the file.

    Such a chain runs in a ring, and the reader would follow it until the memory is full.
    """
    found: list[bytes] = []
    while at < _FREE:
        if len(found) > len(data) // size:
            raise ValueError("a chain without an end")
        found.append(data[size * (at + shift) : size * (at + shift + 1)])
        at = table[at]
    return b"".join(found)
