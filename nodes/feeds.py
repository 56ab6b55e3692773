"""The bytes of feed pages: written once, compressed once, kept.

Sealed pages are kept as files below the views' folder, in each syntax and encoding that was asked
for; open ones in memory until the stream grows. Both can be deleted at any time.
"""

import gzip
import hashlib
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import brotli
import zstandard

from federation import feed, layout
from federation import head as heads
from federation.foreign import to_jsonld
from federation.head import Head
from federation.keys import SigningKey
from federation.member import digest
from federation.page import FeedPage, Stream, nquads, ntriples, trig
from federation.times import stamp
from nodes.city import City
from nodes.journal import Journal
from nodes.journal.outbox import JournalOutbox

ENCODINGS: Final = ("zstd", "br", "gzip", "identity")
SYNTAXES: Final = {
    "trig": "application/trig",
    "nq": "application/n-quads",
    "jsonld": "application/ld+json",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
}
"""What a page can be had in: suffix and media type. Turtle and N-Triples hold no named graphs,
so they give hypermedia and activities, not the records."""

_PAGES_IN_MEMORY: Final = 64


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A page ready to be sent."""

    body: bytes
    etag: str
    sealed: bool


@dataclass(kw_only=True)
class Feeds:
    """The two streams of a node as bytes. All methods block."""

    journal: Journal
    city: City
    key: SigningKey
    interval: int
    folder: Path
    _memory: dict[tuple[object, ...], Rendered] = field(default_factory=dict)
    _heads: dict[bool, Head] = field(default_factory=dict)

    def stream(self, *, relayed: bool) -> Stream:
        """Describe `/feed`, or with `relayed` `/feed/all`."""
        describe = feed.all_stream if relayed else feed.own_stream
        return describe(self.city.base, self.city.name, self.interval)

    def render(self, path: str, syntax: str, encoding: str, *, relayed: bool) -> Rendered | None:
        """Give the root (`""`) or a page below it; None where there is none."""
        outbox = JournalOutbox(journal=self.journal, relayed=relayed)
        size = outbox.size()
        node = feed.node_at(path) if path else None
        if path and (node is None or not layout.exists(node, size)):
            return None
        sealed = node is not None and layout.sealed(node, size)
        kept = self._kept(path, syntax, encoding, relayed=relayed) if sealed else None
        if kept is not None:
            return Rendered(body=kept, etag=etag(kept, syntax, encoding), sealed=True)
        remembered = (relayed, path, syntax, encoding, size)
        if remembered in self._memory:
            return self._memory[remembered]
        stream = self.stream(relayed=relayed)
        page = (
            feed.root_page(stream, outbox, size, self._head(stream, outbox, size))
            if node is None
            else feed.node_page(stream, outbox, size, node)
        )
        body = compress(_write(page, syntax), encoding)
        rendered = Rendered(body=body, etag=etag(body, syntax, encoding), sealed=sealed)
        if sealed:
            self._keep(body, path, syntax, encoding, relayed=relayed)
        else:
            while len(self._memory) >= _PAGES_IN_MEMORY:
                self._memory.pop(next(iter(self._memory)), None)
            self._memory[remembered] = rendered
        return rendered

    def _head(self, stream: Stream, outbox: JournalOutbox, size: int) -> Head:
        """Sign the state of a stream; the same state has the same bytes until a restart."""
        old = self._heads.get(outbox.relayed)
        if old is not None and old.count == size:
            return old
        [last] = outbox.entries(size - 1, size) if size else [None]
        head = Head(
            feed=stream.root,
            actor=self.city.node,
            count=size,
            published=last.stamp if last is not None else stamp(datetime.fromtimestamp(0, UTC)),
            last=digest(last.member) if last is not None else None,
        )
        signed = heads.signed(head, self.key, method=self.key.public(self.city.base).method)
        self._heads[outbox.relayed] = signed
        return signed

    def _file(self, path: str, syntax: str, encoding: str, *, relayed: bool) -> Path:
        stream = "all" if relayed else "own"
        return self.folder / stream / f"{path.replace('/', '-')}.{syntax}.{encoding}"

    def _kept(self, path: str, syntax: str, encoding: str, *, relayed: bool) -> bytes | None:
        try:
            return self._file(path, syntax, encoding, relayed=relayed).read_bytes()
        except FileNotFoundError:
            return None

    def _keep(self, body: bytes, path: str, syntax: str, encoding: str, *, relayed: bool) -> None:
        file = self._file(path, syntax, encoding, relayed=relayed)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".part{os.getpid()}-{id(body)}")
        part.write_bytes(body)
        part.replace(file)


def compress(body: bytes, encoding: str) -> bytes:
    """Compress bytes for one of `ENCODINGS`; the same bytes always give the same answer."""
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=9).compress(body)
    if encoding == "br":
        return bytes(brotli.compress(body, quality=5))
    if encoding == "gzip":
        return gzip.compress(body, compresslevel=6, mtime=0)
    return body


def _write(page: FeedPage, syntax: str) -> bytes:
    if syntax == "jsonld":
        return to_jsonld(nquads(page))
    write = {"trig": trig, "nq": nquads}.get(syntax, ntriples)
    return write(page).encode()


def etag(body: bytes, syntax: str, encoding: str) -> str:
    """Name the bytes of a page in one syntax and encoding."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}-{syntax}-{encoding}"'
