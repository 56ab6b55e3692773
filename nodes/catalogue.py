"""What the node knows, as pages, search and exports ask for it.

The index says which records fit and in what order; the journal says what they are. A record that
vanished between the two questions is left out. A list needs less: the cards that the index keeps
(`nodes.cards`), and the journal only for what changed since. Both block, so they are asked in a
thread.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar

from federation.member import Kind, Member
from nodes.cards import Card, card, read
from nodes.findable import changed, concepts
from nodes.hands import SEARCHING
from nodes.index import Index
from nodes.journal import Entry, Journal
from nodes.meaning.following import Meaning
from nodes.remembering import MIB, Memory
from nodes.searches import Hit, Match, Proposal, SearchRequest, SearchResult
from vocab.errors import VocabError
from vocab.fields import LanguageMap
from vocab.languages import primary
from vocab.readiness import readiness
from vocab.records import Record
from vocab.triples import from_payload

_REMEMBERED: Final = 4 * MIB
"""How much payload the records kept in memory come from; read, they are several times as large."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A record with where it comes from."""

    record: Record
    member: Member
    received: str
    via: str

    @property
    def origin(self) -> str:
        """The base of the node that says this."""
        return self.member.origin

    @property
    def iri(self) -> str:
        """The address of the record."""
        return self.record.iri

    @property
    def changed(self) -> str:
        """When the record last changed."""
        return changed(self.record.modified, self.member)

    @property
    def concepts(self) -> frozenset[str]:
        """The concepts that the record is about."""
        return frozenset(concepts(self.record))


Told = TypeVar("Told", Known, Card)
"""A hit as it is told: the record itself, or the card of it."""

Written = TypeVar("Written")


@dataclass(frozen=True, kw_only=True)
class Gone:
    """A record its city took back."""

    member: Member


@dataclass(frozen=True, kw_only=True)
class Found(Generic[Told]):
    """A page of a search: the records, how many there are in all, and counts by facet.

    `following`, `instead` and `matches` are as `SearchResult` has them.
    """

    total: int
    hits: tuple[Told, ...] = ()
    facets: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    following: str | None = None
    instead: str | None = None
    matches: tuple[Match, ...] = ()
    alike: Mapping[str, float] = field(default_factory=dict)
    """How like the question records are by their meaning, by IRI: a cosine."""

    def matched(self, hit: Told) -> tuple[Match, ...]:
        """Say by which concepts of the question a record was found."""
        about = hit.concepts if self.matches else frozenset()
        return tuple(each for each in self.matches if each.concept in about)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """A text in the language it is written in; `language` may be empty."""

    language: str
    text: str


class Catalogue:
    """The records of the node. `ages` gives seconds since each origin was last verified.

    Without `meaning`, or with none that can be had, records are found by words and concepts only.
    """

    def __init__(
        self,
        journal: Journal,
        index: Index,
        ages: Callable[[], Mapping[str, int]],
        meaning: Meaning | None = None,
    ) -> None:
        self._journal = journal
        self._index = index
        self._ages = ages
        self._meaning = meaning
        self._records = _Records()

    @property
    def ways(self) -> tuple[str, ...]:
        """Say by what records are found: words, concepts and perhaps meaning."""
        return ("words", "concepts", *(() if self._meaning is None else ("meaning",)))

    async def record(self, iri: str) -> Known | Gone | None:
        """Give what is known of a record; None for one never heard of or unreadable."""
        return await asyncio.to_thread(self._read, iri)

    async def records(self, iris: Iterable[str]) -> Mapping[str, Known]:
        """Give those of several records that are known, by their IRI."""
        wanted = [Hit(iri=iri, score=0.0) for iri in dict.fromkeys(iris)]
        return {each.record.iri: each for each in await asyncio.to_thread(self.known, wanted)}

    async def mentioning(self, iri: str, limit: int) -> tuple[Known, ...]:
        """Give the records that name this one, those last changed first."""
        hits = await asyncio.to_thread(self._index.mentioning, iri, limit)
        return tuple(await asyncio.to_thread(self.known, hits))

    async def propose(self, typed: str) -> tuple[tuple[Proposal, ...], tuple[Known, ...]]:
        """Give what a word being typed may become, and records with titles that go on so."""
        return await asyncio.to_thread(self._propose, typed)

    async def search(self, request: SearchRequest) -> Found[Known]:
        """Find a page of records."""
        meant = await self.meant(request)
        return await SEARCHING.do(lambda: self._search(meant, self._all_known))

    async def listed(
        self, request: SearchRequest, write: Callable[[Found[Card]], Written]
    ) -> Written:
        """Find a page of records, and write what a list tells of them in the same thread."""
        meant = await self.meant(request)
        return await SEARCHING.do(lambda: write(self._search(meant, self._cards)))

    async def meant(self, request: SearchRequest) -> SearchRequest:
        """Add the records whose meaning is like the text of a search; all its twins need that."""
        if self._meaning is None or not request.text or request.exact:
            return request
        return replace(request, alike=await self._meaning.near(request.text))

    async def nearest_to(self, iri: str, most: int) -> tuple[tuple[str, float], ...]:
        """Give the records most like one by their meaning, by IRI with the cosine; maybe none."""
        return () if self._meaning is None else await self._meaning.nearest_to(iri, most)

    def all_hits(self, request: SearchRequest) -> tuple[Hit, ...]:
        """Give all that fits, in order; blocks."""
        return self._index.all_hits(request, self._ages())

    def known(self, hits: Iterable[Hit]) -> list[Known]:
        """Read the records of hits, in order, without those that vanished; blocks."""
        found = (self._read(hit.iri) for hit in hits)
        return [each for each in found if isinstance(each, Known)]

    def state(self) -> tuple[int, int]:
        """Give how far index and journal are: while it stays, so does every answer; blocks."""
        return self._index.position, self._journal.size()

    def ages(self) -> Mapping[str, int]:
        """Say how many seconds ago each origin's data was last verified."""
        return self._ages()

    def _propose(self, typed: str) -> tuple[tuple[Proposal, ...], tuple[Known, ...]]:
        proposals, hits = self._index.propose(typed)
        return proposals, tuple(self.known(hits))

    def _search(
        self, request: SearchRequest, tell: Callable[[SearchResult], list[Told]]
    ) -> Found[Told]:
        result = self._index.search(request, self._ages())
        return Found(
            total=result.total,
            hits=tuple(tell(result)),
            facets=result.facets,
            following=result.following,
            instead=result.instead,
            matches=result.matches,
            alike=dict(request.alike),
        )

    def _all_known(self, result: SearchResult) -> list[Known]:
        return self.known(result.hits)

    def _cards(self, result: SearchResult) -> list[Card]:
        """Give the cards of hits as the index has them; what changed behind it is read anew."""
        changed = self._journal.changed(result.position, [hit.iri for hit in result.hits])
        found = (
            self._card(hit.iri) if hit.iri in changed else read(hit.card) for hit in result.hits
        )
        return [each for each in found if each is not None]

    def _card(self, iri: str) -> Card | None:
        known = self._read(iri)
        if not isinstance(known, Known):
            return None
        return card(known.record, known.member, readiness(known.record).score)

    def _read(self, iri: str) -> Known | Gone | None:
        entry = self._journal.record(iri)
        return None if entry is None else known_of(entry, self._records.read)


class _Records:
    """The records last read, by what was said of them: a new or erased payload is another."""

    def __init__(self) -> None:
        self._memory: Memory[Record] = Memory(most_bytes=_REMEMBERED)

    def read(self, payload: bytes, iri: str) -> Record:
        """Read a record, or give it as it was read before; raises VocabError."""
        found = self._memory.recall(None, (iri, payload))
        if found is None:
            found = from_payload(payload, iri)
            self._memory.keep(None, (iri, payload), found, len(payload))
        return found


def known_of(
    entry: Entry, read: Callable[[bytes, str], Record] = from_payload
) -> Known | Gone | None:
    """Read what the journal has of a record; None when it is none that this node shows."""
    member = entry.member
    if member.kind is Kind.DELETE:
        return Gone(member=member)
    try:
        record = read(member.payload, member.object)
    except VocabError:
        return None
    return Known(record=record, member=member, received=entry.received, via=entry.via)


def wording(texts: LanguageMap, languages: Sequence[str], original: str) -> Wording | None:
    """Choose the text for a reader: their languages in order, English, as written, any."""
    for language in (*languages, "en", original):
        for tag, text in texts.items():
            if primary(tag) == primary(language) and text.strip():
                return Wording(language=tag, text=text)
    for tag, text in texts.items():
        if text.strip():
            return Wording(language=tag, text=text)
    return None
