"""The bytes of feed pages: written once, compressed once, kept.

Sealed pages are kept as files below the views' folder, in each syntax and compressed coding that
was asked for; open ones in memory until the stream grows. Both can be deleted at any time.
"""

import gzip
import hashlib
import logging
import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import brotli
import zstandard

from federation import feed, layout
from federation import head as heads
from federation.feed import Outbox
from federation.foreign import to_jsonld
from federation.head import Head
from federation.keys import SigningKey
from federation.layout import Node
from federation.page import FeedPage, Kept, Stream, nquads, ntriples, trig
from federation.times import stamp
from nodes.city import City
from nodes.journal import Journal
from nodes.journal.outbox import JournalOutbox
from nodes.livesets import LiveSets
from nodes.remembering import Memory

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
_BYTES_IN_MEMORY: Final = 32_000_000
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A page ready to be sent.

    Or, without a body, where it has `moved` to, or that it is `gone` with all its members.
    """

    body: bytes
    etag: str
    sealed: bool
    moved: str = ""
    gone: bool = False


@dataclass(kw_only=True)
class Feeds:
    """The two streams of a node as bytes. All methods block."""

    journal: Journal
    city: City
    key: Callable[[], SigningKey]
    interval: int
    folder: Path
    kept: Kept | None = None
    memory: Memory[Rendered] = field(
        default_factory=lambda: Memory(
            most=_PAGES_IN_MEMORY, most_bytes=_BYTES_IN_MEMORY, largest=_BYTES_IN_MEMORY
        )
    )
    _heads: dict[bool, Head] = field(default_factory=dict)
    live: LiveSets = field(init=False)

    def __post_init__(self) -> None:
        self.live = LiveSets(journal=self.journal, city=self.city, key=self.key)

    def stream(self, *, relayed: bool) -> Stream:
        """Describe `/feed`, or with `relayed` `/feed/all`."""
        describe = feed.all_stream if relayed else feed.own_stream
        described = describe(self.city.base, self.city.name, self.interval)
        return replace(described, kept=self.kept)

    def render(self, path: str, syntax: str, encoding: str, *, relayed: bool) -> Rendered | None:
        """Give the root (`""`) or a page below it; None where there is none.

        When the node's key changes meanwhile it is made anew: a root never shows the announcement
        of a key and a head that is signed with the one before.
        """
        while True:
            key = self.key()
            found = self._render(path, syntax, encoding, key, relayed=relayed)
            if path or self.key().multibase == key.multibase:
                return found

    def _render(
        self, path: str, syntax: str, encoding: str, key: SigningKey, *, relayed: bool
    ) -> Rendered | None:
        outbox = JournalOutbox(journal=self.journal, relayed=relayed)
        size = outbox.size()
        stream = self.stream(relayed=relayed)
        node = None
        if path:
            if (node := feed.node_at(path)) is None or not layout.exists(node, size):
                return None
            if elsewhere := displaced(stream, outbox, size, path):
                return elsewhere
        sealed = node is not None and layout.sealed(node, size)
        lost = outbox.lost(0, size)
        live = self.live.total(size) if node is None and not relayed else None
        file = self._file(node, syntax, outbox) if node is not None and sealed else None
        kept = self._kept(file, encoding) if file is not None else None
        if kept is not None:
            return Rendered(body=kept, etag=etag(kept, syntax, encoding), sealed=True)
        remembered = (relayed, path, syntax, encoding, size, lost, live and live.sum, key.multibase)
        if found := self.memory.recall(None, remembered):
            return found
        page = (
            feed.root_page(stream, outbox, size, self._head(stream, outbox, size, key), live)
            if node is None
            else feed.node_page(stream, outbox, size, node)
        )
        body = compress(write(page, syntax), encoding)
        rendered = Rendered(body=body, etag=etag(body, syntax, encoding), sealed=sealed)
        if file is None:
            self.memory.keep(None, remembered, rendered, len(body))
        elif encoding != "identity":
            self._keep(body, file.with_suffix(f"{file.suffix}.{encoding}"))
        return rendered

    def _head(self, stream: Stream, outbox: JournalOutbox, size: int, key: SigningKey) -> Head:
        """Sign the state of a stream; the same state has the same bytes until a restart."""
        old = self._heads.get(outbox.relayed)
        method = key.public(self.city.base).method
        if old is not None and old.count == size and old.proof and old.proof.method == method:
            return old
        signed = state(stream, outbox, size, self.city, key)
        self._heads[outbox.relayed] = signed
        return signed

    def _file(self, node: Node, syntax: str, outbox: JournalOutbox) -> Path:
        """Name the file of a sealed page, without its coding.

        The name holds what the page ends with: a journal that was restored from a backup, and went
        on with other members, does not find the pages of the one it was before. It holds the proofs
        of gaps too, which are made anew when the key that signed them is revoked.
        """
        stated = () if node.level else feed.gaps_of(outbox, node, outbox.size())
        proofs = [gap.proof.value for gap in stated if gap.proof is not None]
        said = " ".join([*outbox.slot(node.end - 1), *proofs])
        end = hashlib.sha256(said.encode()).hexdigest()[:16]
        stream = "all" if outbox.relayed else "own"
        number = feed.edition(outbox, node, outbox.size())
        return self.folder / stream / f"{node.path.replace('/', '-')}-{number}-{end}.{syntax}"

    @staticmethod
    def _kept(file: Path, encoding: str) -> bytes | None:
        """Read a page; without coding it is unpacked from what was kept with one."""
        coding = "gzip" if encoding == "identity" else encoding
        try:
            kept = file.with_suffix(f"{file.suffix}.{coding}").read_bytes()
            return gzip.decompress(kept) if encoding == "identity" else kept
        except (OSError, EOFError, zlib.error):
            return None

    @staticmethod
    def _keep(body: bytes, file: Path) -> None:
        """Keep the bytes of a page; without them it is only slower."""
        part = file.with_suffix(f".part{os.getpid()}-{id(body)}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(body)
            part.replace(file)
        except OSError as error:
            _LOG.warning("a page of the feed was not kept: %s", error)
            with suppress(OSError):
                part.unlink(missing_ok=True)


def displaced(stream: Stream, outbox: Outbox, size: int, path: str) -> Rendered | None:
    """Tell that a page below the root is gone, or stands at another address; None where it is."""
    place = feed.place_at(path, stream.page)
    if place is None:
        return None
    node, asked = place
    if feed.is_gone(outbox, node, size):
        return Rendered(body=b"", etag="", sealed=False, gone=True)
    if (number := feed.edition(outbox, node, size)) != asked:
        return Rendered(body=b"", etag="", sealed=False, moved=stream.at(node, number))
    return None


def state(stream: Stream, outbox: JournalOutbox, size: int, city: City, key: SigningKey) -> Head:
    """Sign how long a stream is and what it ends with."""
    digest, published = outbox.slot(size - 1) if size else (None, None)
    head = Head(
        feed=stream.view,
        actor=city.node,
        count=size,
        published=published or stamp(datetime.fromtimestamp(0, UTC)),
        last=digest,
    )
    return heads.signed(head, key, method=key.public(city.base).method)


def write(page: FeedPage, syntax: str) -> bytes:
    """Write a page in one of `SYNTAXES`."""
    if syntax == "jsonld":
        return to_jsonld(nquads(page))
    writer = {"trig": trig, "nq": nquads}.get(syntax, ntriples)
    return writer(page).encode()


def compress(body: bytes, encoding: str) -> bytes:
    """Compress bytes for one of `ENCODINGS`; the same bytes always give the same answer."""
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=9).compress(body)
    if encoding == "br":
        return bytes(brotli.compress(body, quality=5))
    if encoding == "gzip":
        return gzip.compress(body, compresslevel=6, mtime=0)
    return body


def etag(body: bytes, syntax: str, encoding: str) -> str:
    """Name the bytes of a page in one syntax and encoding."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}-{syntax}-{encoding}"'
