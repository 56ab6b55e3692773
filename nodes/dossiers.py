"""The city's feed in the terms of data portals: DCAT-AP Feeds.

Each member of the city's own stream becomes one of this stream, at the same time and place: the
same verb about the dossier, with the dossier as `vocab/files/dcat-ap.rq` derives it from what the
record said then, be it an experiment, a testbed or a call. Proofs stay in the native stream, for
the profile allows an activity nothing but its type, its object and its time. The stream is cut like
the native one (`federation.layout`); what is about no record is left out of its page.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from federation import feed, layout
from federation.feed import Members
from federation.foreign import to_jsonld
from federation.member import Kind, Member
from federation.page import Entry, FeedPage, Kept, Stream, nquads, trig
from nodes.city import City
from nodes.dcat import DOSSIER
from nodes.deriving import Workbench
from nodes.feeds import Rendered, compress, displaced, etag
from nodes.journal import Journal
from nodes.journal.outbox import JournalOutbox
from nodes.remembering import Memory
from vocab import shelf
from vocab.records import ROOMS
from vocab.terms import AS

SYNTAXES: Final = {"trig": "application/trig", "jsonld": "application/ld+json"}
"""What DCAT-AP Feeds can be had in: suffix and media type."""

_QUERY: Final = shelf.read("dcat-ap.rq").decode()
PAGE: Final = 40
"""Dossiers are long: so many that say all they can make a page of less than two megabytes."""

_REMEMBERED: Final = 500
_PAGES_IN_MEMORY: Final = 32


@dataclass(frozen=True, kw_only=True)
class DossierOutbox(Members):
    """The members of the city's own stream, each about a dossier."""

    own: JournalOutbox
    city: City
    workbench: Workbench
    memory: Memory[tuple[Entry | None]]

    def size(self) -> int:
        """Return how many members the native stream has."""
        return self.own.size()

    def entries(self, first: int, end: int) -> Sequence[Entry]:
        """Return the derived members from index `first` up to, not including, `end`."""
        found = (self._derived(entry.member) for entry in self.own.entries(first, end))
        return [entry for entry in found if entry is not None]

    def stamp(self, index: int) -> str:
        """Return the time by which the member at `index` is ordered."""
        return self.own.stamp(index)

    def lost(self, first: int, end: int) -> int:
        """Count the members from index `first` up to `end` that are given no longer."""
        return self.own.lost(first, end)

    def kept_before(self, index: int) -> int:
        """Return the index of the last member before `index` that is still given, or -1."""
        return self.own.kept_before(index)

    def _derived(self, member: Member) -> Entry | None:
        found = self.memory.recall(None, member.iri)
        if found is None:
            entry = _entry(member, self.city, self.workbench)
            found = (entry,)
            self.memory.keep(None, member.iri, found, len(entry.member.payload) if entry else 0)
        return found[0]


@dataclass(kw_only=True)
class Dossiers:
    """The derived stream as bytes. All methods block."""

    journal: Journal
    city: City
    interval: int
    folder: Path
    page: int = PAGE
    kept: Kept | None = None
    _workbench: Workbench = field(default_factory=Workbench)
    _members: Memory[tuple[Entry | None]] = field(default_factory=lambda: Memory(most=_REMEMBERED))
    _pages: Memory[Rendered] = field(default_factory=lambda: Memory(most=_PAGES_IN_MEMORY))

    def stream(self) -> Stream:
        """Describe the stream."""
        root = f"{self.city.base}feed/dcat-ap"
        return Stream(
            iri=f"{root}#stream",
            root=root,
            path=AS + "published",
            title=f"Dossiers on the experiments, testbeds and calls of {self.city.name}",
            shape=f"{root}/shape",
            interval=self.interval,
            page=self.page,
            bare=True,
            kept=self.kept,
        )

    def outbox(self) -> DossierOutbox:
        """Give the members of the stream."""
        own = JournalOutbox(journal=self.journal, relayed=False)
        return DossierOutbox(
            own=own, city=self.city, workbench=self._workbench, memory=self._members
        )

    def render(self, path: str, syntax: str, encoding: str) -> Rendered | None:
        """Give the root (`""`) or a page below it; None where there is none."""
        outbox = self.outbox()
        size = outbox.size()
        node = feed.node_at(path, self.page) if path else None
        if path and (node is None or not layout.exists(node, size)):
            return None
        if path and (elsewhere := displaced(self.stream(), outbox, size, path)):
            return elsewhere
        if node is not None and layout.sealed(node, size):
            return self._sealed(outbox, size, node, syntax, encoding)
        version, asked = (size, outbox.lost(0, size)), (path, syntax, encoding)
        found = self._pages.recall(version, asked)
        if found is None:
            body = compress(self._written(outbox, size, node, syntax), encoding)
            found = Rendered(body=body, etag=etag(body, syntax, encoding), sealed=False)
            self._pages.keep(version, asked, found, len(body))
        return found

    def _sealed(
        self, outbox: DossierOutbox, size: int, node: layout.Node, syntax: str, encoding: str
    ) -> Rendered:
        """Give a page that never changes again: written to disk once, then read."""
        number = feed.edition(outbox, node, size)
        name = f"{node.path.replace('/', '-')}-{number}"
        file = self.folder / f"{name}.{syntax}.{encoding}"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            part = file.with_suffix(f".part{os.getpid()}-{id(outbox)}")
            part.write_bytes(compress(self._written(outbox, size, node, syntax), encoding))
            part.replace(file)
        body = file.read_bytes()
        return Rendered(body=body, etag=etag(body, syntax, encoding), sealed=True)

    def _written(
        self, outbox: DossierOutbox, size: int, node: layout.Node | None, syntax: str
    ) -> bytes:
        stream = self.stream()
        page: FeedPage = (
            feed.root_page(stream, outbox, size, None)
            if node is None
            else feed.node_page(stream, outbox, size, node)
        )
        return to_jsonld(nquads(page)) if syntax == "jsonld" else trig(page).encode()


def _entry(member: Member, city: City, workbench: Workbench) -> Entry | None:
    """Derive a member about the dossier; None for what is about no record of the city's own."""
    if member.observed:
        return None
    if not member.object.startswith(tuple(f"{city.base}{room}/" for room in ROOMS)):
        return None
    payload = b"" if member.kind is Kind.DELETE else workbench.derive(member, _QUERY)
    if not payload and member.kind is not Kind.DELETE:
        return None
    name = member.iri.removeprefix(f"{city.base}feed/")
    derived = replace(
        member,
        iri=f"{city.base}feed/dcat-ap#{name}",
        object=member.object + DOSSIER,
        payload=payload,
        previous=None,
        proof=None,
    )
    return Entry(member=derived)
