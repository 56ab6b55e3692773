"""The search index on disk: opened, brought forward, asked and closed.

Promises:

- one commit for each `apply`, and the position reached is a document of the same commit, so
  that records and position never disagree, whenever the process dies;
- one writer; any number of other processes may open the index to read while it writes;
- no text, question or filter makes it raise; what is too long is cut.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import tantivy
from tantivy import Query

from federation.member import Kind, Member
from nodes.changes import Change
from nodes.errors import BadCursor, ViewDamaged
from nodes.findable import Findable, findable
from nodes.index import nearness
from nodes.index.counting import count
from nodes.index.cursors import Cursor, read, written
from nodes.index.documents import PRIOR, analyzer, document, key, schema
from nodes.index.narrowing import all_of, around, at, narrowings
from nodes.index.nearness import Wanted
from nodes.index.ordering import ByDistance, ByField, Ordered, Placed, after, located, points
from nodes.index.proposing import Vocabulary, concepts, names, spellings, vocabulary
from nodes.index.questions import Found, attempts, titled
from nodes.index.trends import Trend, trends
from nodes.searches import (
    DEEPEST,
    LARGEST_PAGE,
    Hit,
    Match,
    Proposal,
    SearchRequest,
    SearchResult,
    Sort,
)
from nodes.words import ask
from vocab.errors import VocabError
from vocab.triples import from_payload

_FORMAT: Final = "6"
"""Changes whenever an index written before would answer differently; the old one is refused."""

_MARK: Final = "position"
_MOST_TITLES: Final = 5
_ENOUGH: Final = 10  # hits of a reading; with fewer, a looser one is tried
_HEAP: Final = 32_000_000


class Index:
    """The open index. `search` may run in a thread beside `apply`."""

    def __init__(
        self, path: Path, index: tantivy.Index, writer: tantivy.IndexWriter | None
    ) -> None:
        self._path = path
        self._index = index
        self._writer = writer
        self._position = self._read_position()
        self._vocabulary: Vocabulary | None = None

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open the index, or begin one; raises ViewDamaged when it must be built again.

        Only one process may write; `read_only` opens beside it.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            index = tantivy.Index(schema(), str(path))
            index.register_tokenizer("words", analyzer())
            return cls(path, index, None if read_only else index.writer(_HEAP, 1))
        except (ValueError, OSError) as error:
            raise ViewDamaged("search index", str(path), str(error)) from error

    @property
    def position(self) -> int:
        """The journal position up to which everything has been applied."""
        if self._writer is None:
            self._position = self._read_position()
        return self._position

    def apply(self, changes: Sequence[Change], position: int, *, until: int | None = None) -> None:
        """Bring the index to `position` in one commit; safe to repeat."""
        del until  # search shows what there is
        if self._writer is None:
            raise ViewDamaged("search index", "this process", "it was opened to read only")
        if position <= self._position:
            return
        latest = {each.object: each for each in changes if each.position > self._position}
        for change in latest.values():
            self._writer.delete_documents_by_term("key", key(change.object))
            if change.member is not None and (known := _findable(change.member)):
                self._writer.add_document(document(known))
        self._writer.delete_documents_by_term("is", _MARK)
        mark = tantivy.Document(**{"is": _MARK, "format": _FORMAT})
        mark.add_unsigned("position", position)
        self._writer.add_document(mark)
        self._writer.commit()
        self._index.reload()
        self._position = position

    def search(self, request: SearchRequest, ages: Mapping[str, int] | None = None) -> SearchResult:
        """Find a page of records, how many there are, and the counts of the facets asked for.

        `ages` are seconds since the data of each origin were verified. Raises BadCursor.
        """
        asking = _Asking(self._index.schema, self._searcher(), request, ages or {})
        place, page = asking.page()
        most = min(max(request.limit, 0), LARGEST_PAGE)
        following = None
        if len(page) > most > 0:
            cursor = Cursor(rank=page[most - 1].rank, place=place + most, reading=asking.reading)
            following = written(request, cursor)
        hits = asking.hits(page[:most])
        return SearchResult(
            total=asking.total,
            hits=hits,
            facets=asking.facets(),
            following=following,
            matches=asking.matches,
            instead=self._instead(asking) if most and not request.cursor else None,
        )

    def propose(self, typed: str) -> tuple[tuple[Proposal, ...], tuple[Hit, ...]]:
        """Give what a word being typed may become, and records with titles that go on so."""
        searcher, schema = self._searcher(), self._index.schema

        def borne(name: str, term: str) -> bool:
            if not searcher.doc_freq(name, term):
                return False
            query = Query.term_query(schema, name, term, "basic")
            return bool(searcher.search(query, 1, count=False).hits)

        proposals = (
            *concepts(typed, lambda concept: borne("concept", key(concept))),
            *names(searcher, typed, borne),
        )
        titles = searcher.search(titled(schema, ask(typed)), _MOST_TITLES, weight_by_field=PRIOR)
        hits = (Hit(iri=_iri(searcher, address), score=0.0) for _, address in titles.hits)
        return proposals, tuple(hits)

    def _instead(self, asking: "_Asking") -> str | None:
        """Give another spelling of the question that finds more in its strict reading."""
        strict = asking.strict_total()
        if strict >= _ENOUGH or not asking.question.wanted:
            return None
        if self._vocabulary is None or not self._vocabulary.holds_at(self._position):
            self._vocabulary = vocabulary(asking.searcher, self._position)
        known = self._vocabulary.spelling
        tried = spellings(asking.searcher, known, asking.request.text, asking.question)
        best, most = None, strict
        for text in tried:
            if (finds := asking.strict_total(text)) > most:
                best, most = text, finds
        return best

    def all_hits(
        self, request: SearchRequest, ages: Mapping[str, int] | None = None
    ) -> tuple[Hit, ...]:
        """Find every record that fits, in order and without counts: for exports."""
        asking = _Asking(self._index.schema, self._searcher(), request, ages or {})
        return asking.hits(asking.ordered.stretch(0, max(self._searcher().num_docs, 1)))

    def mentioning(self, iri: str, limit: int) -> tuple[Hit, ...]:
        """Find the records that name a record, or a part of it; those last changed come first."""
        query = Query.term_query(self._index.schema, "mentions", key(iri), "basic")
        return _newest(self._searcher(), query, limit)[0]

    def marked(self, mark: str, limit: int) -> tuple[tuple[Hit, ...], int]:
        """Find the records that bear a mark, those last changed first, and how many there are."""
        query = Query.term_query(self._index.schema, "marks", mark, "basic")
        return _newest(self._searcher(), query, limit)

    def crowds(self, field: str, most: int) -> tuple[tuple[str, int], ...]:
        """Give the values of a field that several records share, most frequent first."""
        return nearness.crowds(self._searcher(), field, most)

    def crossed(self, outer: str, inner: str) -> dict[str, dict[str, int]]:
        """Count the values of one facet for each value of another."""
        return nearness.crossed(self._searcher(), outer, inner)

    def near(self, wanted: Wanted, limit: int) -> tuple[Hit, ...]:
        """Find experiments like one: half by its concepts, half by the weighty terms of its texts.

        At most `limit` of each half.
        """
        searcher = self._searcher()
        found: dict[str, Hit] = {}
        for query in nearness.queries(self._index.schema, wanted):
            for score, address in searcher.search(query, limit, count=False).hits:
                iri = _iri(searcher, address)
                found.setdefault(iri, Hit(iri=iri, score=float(score)))
        return tuple(found.values())

    def trends(self, request: SearchRequest, facet: str) -> tuple[Trend, ...]:
        """Count what a search finds by the values of a facet, and by the years of each."""
        asking = _Asking(self._index.schema, self._searcher(), request, {})
        return trends(self._searcher(), asking.query, facet)

    def rarities(self, terms: Iterable[str]) -> dict[str, float]:
        """Say how much each term tells: 0 for one in every record, more for a rare one."""
        return nearness.rarities(self._searcher(), terms)

    def become(self, path: Path) -> None:
        """Let another index, made apart and closed, take the place of this one."""
        old = self._path.with_name(f"{self._path.name}-old")
        shutil.rmtree(old, ignore_errors=True)
        self.close()
        self._path.rename(old)
        path.rename(self._path)
        fresh = Index.open(self._path)
        self._index, self._writer, self._position = fresh._index, fresh._writer, fresh._position
        shutil.rmtree(old, ignore_errors=True)

    def close(self) -> None:
        """Let go of the writer; what was applied is on disk already."""
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None

    def _searcher(self) -> tantivy.Searcher:
        if self._writer is None:
            self._index.reload()
        return self._index.searcher()

    def _read_position(self) -> int:
        searcher = self._searcher()
        query = Query.term_query(self._index.schema, "is", _MARK, "basic")
        found = searcher.search(query, 1).hits
        if not found:
            return 0
        mark = searcher.doc(found[0][1])
        if mark.get_first("format") != _FORMAT:
            raise ValueError("it was written by another version of citynode")
        return int(mark.get_first("position") or 0)


class _Asking:
    """One search of one state of the index."""

    def __init__(
        self,
        schema: tantivy.Schema,
        searcher: tantivy.Searcher,
        request: SearchRequest,
        ages: Mapping[str, int],
    ) -> None:
        self.searcher = searcher
        self.request = request
        self.question = ask(request.text)
        self._schema = schema
        self._ages = ages
        self._cursor = read(request)
        self._found = self._text()
        self._text_or_meaning = self._found.beside([*nearness.meant(schema, request.alike)])
        self._where = narrowings(schema, request, ages)
        near = request.near
        if near is not None and near.within is not None:
            around_it = all_of([self._text_or_meaning, around(schema, near, near.within)])
            inside = located(searcher, around_it, near, near.within)
            self._where["near"] = at(schema, points(searcher, inside))
        self.query = query = all_of([self._text_or_meaning, *self._where.values()])
        self.ordered: Ordered
        if near is not None and request.sort is Sort.DISTANCE:
            self.ordered = ByDistance(searcher, schema, query, near)
        else:
            self.ordered = ByField(searcher, query, request.sort)

    @property
    def reading(self) -> tuple[int, ...]:
        """How the words were understood."""
        return self._found.reading

    @property
    def matches(self) -> tuple[Match, ...]:
        """The concepts that words of the question mean."""
        return self._found.matches

    @property
    def total(self) -> int:
        """How many records fit."""
        return self.ordered.total

    def page(self) -> tuple[int, Sequence[Placed]]:
        """Give the hits of the page and the one behind it, and the place of the first."""
        most = min(max(self.request.limit, 0), LARGEST_PAGE) + 1
        if self._cursor is not None:
            hint = min(self._cursor.place, self.searcher.num_docs)  # it may be forged
            return after(self.ordered, self._cursor.rank, hint, most)
        start = min(max(self.request.offset, 0), DEEPEST)
        return start, self.ordered.stretch(start, start + most)

    def facets(self) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """Count the facets asked for."""
        return count(
            self.searcher, self._text_or_meaning, self._where, self.request.facets, self._ages
        )

    def hits(self, placed: Sequence[Placed]) -> tuple[Hit, ...]:
        """Name the records."""
        return tuple(
            Hit(iri=_iri(self.searcher, each.address), score=each.score) for each in placed
        )

    def strict_total(self, text: str | None = None) -> int:
        """Count what meets every word of the question, or of another one."""
        question = self.question if text is None else ask(text)
        strict = next(attempts(self._schema, self.searcher, question))
        query = all_of([strict.query, *self._where.values()])
        return int(self.searcher.search(query, 1).count)  # type: ignore[attr-defined]

    def _text(self) -> Found:
        """Give the strictest reading of the text that enough records meet, or the cursor's own."""
        reading = self._cursor.reading if self._cursor else None
        if reading is not None and not reading:
            raise BadCursor(self.request.cursor or "")
        last = None
        for found in attempts(self._schema, self.searcher, self.question, reading):
            last = found
            if reading or self.request.exact or self._finds_enough(found.query):
                return found
        if last is None:
            raise BadCursor(self.request.cursor or "")
        return last

    def _finds_enough(self, query: Query) -> bool:
        return len(self.searcher.search(query, _ENOUGH, count=False).hits) >= _ENOUGH


def _findable(member: Member) -> Findable | None:
    """Read what a member's record is found by; None for a deletion or what is no experiment."""
    if member.kind is Kind.DELETE:
        return None
    try:
        return findable(from_payload(member.payload, member.object), member.origin)
    except VocabError:
        return None


def _newest(searcher: tantivy.Searcher, query: Query, limit: int) -> tuple[tuple[Hit, ...], int]:
    ordered = ByField(searcher, query, Sort.UPDATED)
    found = ordered.stretch(0, limit)
    return tuple(Hit(iri=_iri(searcher, each.address), score=0.0) for each in found), ordered.total


def _iri(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> str:
    return str(searcher.doc(address).get_first("iri"))
