"""Messages between the node and a worker: a JSON header and a body, each with its length before it.

Twelve bytes come first: the header's length (4) and the body's (8), big-endian. Both sides refuse
a length above the limit before they keep a byte of it, and nothing is ever unpickled.
"""

import json
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple

HEADER_LIMIT: Final = 4 << 20
BODY_LIMIT: Final = 256 << 20

_LENGTHS: Final = struct.Struct("!IQ")
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_READER: Final = json.JSONDecoder()


class Message(NamedTuple):
    """What is said in one direction: small facts as JSON, and any bytes."""

    header: dict[str, Any]
    body: bytes = b""


class WireError(Exception):
    """The other side, or the caller, says more than the limits allow or speaks no JSON."""


def frame(message: Message, body_limit: int = BODY_LIMIT) -> bytes:
    """Write a message; raises WireError when it is over a limit."""
    header = _WRITER.encode(message.header).encode()
    _check(len(header), len(message.body), body_limit)
    return b"".join((_LENGTHS.pack(len(header), len(message.body)), header, message.body))


def read(stream: BinaryIO, body_limit: int = BODY_LIMIT) -> Message | None:
    """Read the next message from a blocking stream; None at its end."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header_length, body_length = _LENGTHS.unpack(lengths)
    _check(header_length, body_length, body_limit)
    header = stream.read(header_length)
    body = stream.read(body_length)
    if len(header) < header_length or len(body) < body_length:
        return None
    return Message(_parse(header), body)


class Assembler:
    """Puts messages together again from whatever pieces a pipe delivers."""

    def __init__(self, body_limit: int = BODY_LIMIT) -> None:
        self._limit = body_limit
        self._buffer = bytearray()
        self._lengths: tuple[int, int] | None = None

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Take a piece, give each message it completes; raises WireError for an oversized one."""
        if not self._buffer and (whole := self._whole(piece)) is not None:
            yield whole
            return
        self._buffer += piece
        while (message := self._next()) is not None:
            yield message

    def _whole(self, piece: bytes) -> Message | None:
        """Read a piece that is one message and nothing else, as most are."""
        if len(piece) < _LENGTHS.size or self._lengths is not None:
            return None
        header_length, body_length = _LENGTHS.unpack_from(piece)
        middle = _LENGTHS.size + header_length
        if len(piece) != middle + body_length:
            return None
        _check(header_length, body_length, self._limit)
        return Message(_parse(piece[_LENGTHS.size : middle]), piece[middle:])

    def _next(self) -> Message | None:
        if self._lengths is None:
            if len(self._buffer) < _LENGTHS.size:
                return None
            header_length, body_length = _LENGTHS.unpack_from(self._buffer)
            _check(header_length, body_length, self._limit)
            self._lengths = header_length, body_length
        start = _LENGTHS.size
        middle = start + self._lengths[0]
        end = middle + self._lengths[1]
        if len(self._buffer) < end:
            return None
        with memoryview(self._buffer) as view:
            header, body = bytes(view[start:middle]), bytes(view[middle:end])
        del self._buffer[:end]
        self._lengths = None
        return Message(_parse(header), body)


def _check(header_length: int, body_length: int, body_limit: int) -> None:
    if header_length > HEADER_LIMIT:
        raise WireError(f"a header of {header_length} bytes; at most {HEADER_LIMIT} are allowed")
    if body_length > body_limit:
        raise WireError(f"a body of {body_length} bytes; at most {body_limit} are allowed")


def _parse(header: bytes) -> dict[str, Any]:
    try:
        parsed = _READER.decode(header.decode())
    except ValueError:
        raise WireError("a header that is not JSON") from None
    if not isinstance(parsed, dict):
        raise WireError("a header that is not a JSON object")
    return parsed
