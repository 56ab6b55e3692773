"""The parts of a workbook that is a ZIP archive, unpacked within bounds whatever it claims.

An archive may lie about the size of its parts, so each is unpacked once and counted before
anybody else reads it. XML is read piece by piece; a document that declares entities is refused.
"""

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from io import BytesIO
from typing import IO, Any, Final
from xml.parsers import expat

from nodes.books.limits import Limits
from nodes.books.surveys import damaged
from nodes.errors import ImportRefused

BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    struct.error, OSError, UnicodeError, LookupError,
)  # fmt: skip
_PIECE: Final = 1 << 20
_LOCAL_HEADER: Final = 30
_MOST_PARTS: Final = 10_000
_DEEPEST: Final = 200


def refuse_liars(name: str, data: bytes, limits: Limits) -> None:
    """Raise ImportRefused when what the archive holds is more than allowed once unpacked."""
    total = 0
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
        if len(parts) > _MOST_PARTS:
            raise ImportRefused(f"{name} has more than {_MOST_PARTS:,} parts: save it again")
        for part in parts:
            for piece in _unpacked(data, part):
                total += piece
                if total > limits.unpacked_bytes:
                    raise too_large(name, limits)
    except BROKEN as error:
        raise damaged(name) from error


def too_large(name: str, limits: Limits) -> ImportRefused:
    """Make the error for a workbook that is larger than it seemed."""
    return ImportRefused(
        f"{name} holds more than {limits.unpacked_bytes:,} bytes once unpacked: delete sheets "
        "and formatted empty rows that are not needed"
    )


def walk(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None] | None = None,
) -> None:
    """Read a part as XML, telling each element by its name without prefix; raises one of BROKEN."""
    try:
        with archive.open(part) as file:
            parse(file, part, start, end, text)
    except KeyError as error:
        raise zipfile.BadZipFile(f"{part}: {error}") from error


def parse(
    file: IO[bytes],
    name: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None] | None = None,
) -> None:
    """Read XML piece by piece, each element by its name without prefix; raises one of BROKEN."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.EntityDeclHandler = _no_entities
    depth = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        if ":" in "".join(attributes):
            attributes = {_local(key): value for key, value in attributes.items()}
        start(_local(name), attributes)

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(_local(name))

    parser.StartElementHandler = begin
    parser.EndElementHandler = finish
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        while piece := file.read(_PIECE):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise zipfile.BadZipFile(f"{name}: {error}") from error


def _unpacked(data: bytes, part: zipfile.ZipInfo) -> Iterator[int]:
    """Give the sizes of the pieces a part unpacks to."""
    at = part.header_offset
    names, extra = struct.unpack_from("<HH", data, at + _LOCAL_HEADER - 4)
    start = at + _LOCAL_HEADER + names + extra
    packed = memoryview(data)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield len(packed)
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise ValueError("packed in an unusual way")
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: Any = packed
    while not unpacker.eof:
        piece = unpacker.decompress(rest, _PIECE)
        rest = unpacker.unconsumed_tail
        if not piece and not rest:
            break
        yield len(piece)


@lru_cache(maxsize=1024)
def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _no_entities(*_: object) -> None:
    raise ValueError("declares entities")
