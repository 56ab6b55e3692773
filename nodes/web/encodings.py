"""Which content coding to send (RFC 9110, section 12.5.3), and how to write it."""

import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Protocol

import brotli
import zstandard

CODINGS: Final = ("zstd", "br", "gzip")
"""What is offered, the one we like best first."""

_PART: Final = re.compile(r"([a-z0-9*-]+)(?:\s*;\s*q=([01](?:\.\d{0,3})?))?", re.ASCII)


def choose_encoding(header: str | None, offers: Sequence[str]) -> str:
    """Give the offered coding that the client weighs highest, ours first among equals.

    `identity` is given when nothing else fits: a client that forbids everything still gets bytes.
    """
    return _chosen((header or "")[:1_000], tuple(offers))


@lru_cache(maxsize=256)
def _chosen(header: str, offers: tuple[str, ...]) -> str:
    wishes: dict[str, float] = {}
    for part in header.lower().split(","):
        if match := _PART.fullmatch(part.strip()):
            wishes[match[1]] = float(match[2] or 1)
    weighed = {
        offer: wishes.get(offer, wishes.get("*", 0.0)) for offer in offers if offer != "identity"
    }
    best = max(weighed.values(), default=0.0)
    if best <= 0 or wishes.get("identity", 0.0) > best:
        return "identity"
    return next(offer for offer in offers if weighed.get(offer) == best)


class Packer(Protocol):
    """Packs a body that comes in pieces."""

    def pack(self, piece: bytes) -> bytes:
        """Take a piece; give what can be sent."""

    def finish(self) -> bytes:
        """Give the rest."""


class _Plain:
    def pack(self, piece: bytes) -> bytes:
        return piece

    def finish(self) -> bytes:
        return b""


class _Gzip:
    def __init__(self) -> None:
        self._into = zlib.compressobj(level=5, wbits=31)

    def pack(self, piece: bytes) -> bytes:
        return self._into.compress(piece)

    def finish(self) -> bytes:
        return self._into.flush()


class _Brotli:
    def __init__(self) -> None:
        self._into = brotli.Compressor(quality=4)

    def pack(self, piece: bytes) -> bytes:
        return bytes(self._into.process(piece))

    def finish(self) -> bytes:
        return bytes(self._into.finish())


class _Zstd:
    def __init__(self) -> None:
        self._into = zstandard.ZstdCompressor(level=3).compressobj()

    def pack(self, piece: bytes) -> bytes:
        return self._into.compress(piece)

    def finish(self) -> bytes:
        return self._into.flush()


_PACKERS: Final[dict[str, type[_Plain | _Gzip | _Brotli | _Zstd]]] = {
    "identity": _Plain,
    "gzip": _Gzip,
    "br": _Brotli,
    "zstd": _Zstd,
}


def packer(coding: str) -> Packer:
    """Begin to write a coding of CODINGS, or `identity`."""
    return _PACKERS[coding]()


def packed(body: bytes, coding: str, *, quickly: bool = False) -> bytes:
    """Write a whole body in a coding; `quickly` for a small one that is not asked for again."""
    if quickly and coding == "br":
        return bytes(brotli.compress(body, quality=1))
    if quickly and coding == "gzip":
        return zlib.compress(body, level=1, wbits=31)
    into = packer(coding)
    return into.pack(body) + into.finish()
