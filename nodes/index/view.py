"""The search index on disk: opened, brought forward, asked and closed.

Promises:

- one commit for each `apply`, and the position reached is a document of the same commit, so
  that records and position never disagree, whenever the process dies;
- one writer; any number of other processes may open the index to read while it writes;
- no text, question or filter makes it raise; what is too long is cut.
"""

import json
import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import tantivy
from tantivy import Query

from federation.member import Member
from nodes.changes import Change
from nodes.errors import ViewDamaged, ViewOutdated
from nodes.index import nearness
from nodes.index.asking import ENOUGH, Asking, iri_at
from nodes.index.cursors import Cursor, written
from nodes.index.documents import PRIOR, analyzer, document, key, prepared, schema
from nodes.index.gazetteer import Gazetteer, gazetteer
from nodes.index.lexicon import lexicon, spelling
from nodes.index.narrowing import all_of, one_of
from nodes.index.nearness import Wanted
from nodes.index.ordering import ByField
from nodes.index.proposing import Words, concepts, names, spellings
from nodes.index.questions import titled
from nodes.index.trends import Trends, trends
from nodes.prepared import Prepared
from nodes.searches import (
    LARGEST_PAGE,
    Hit,
    Proposal,
    SearchRequest,
    SearchResult,
    Sort,
)
from nodes.words import ask
from vocab.cities import cities

_LOG: Final = logging.getLogger(__name__)
_FORMAT: Final = "10"
"""Changes whenever an index written before would answer differently; the old one is refused."""

_OTHER_FORMAT: Final = "it was written by another version of citynode"
_OTHER_FIELDS: Final = "the schema does not match"  # as the library says it
_MARK: Final = "position"
_FILLER: Final = "filler"
_NOTHING: Final = "nothing"
_SMALL: Final = 10_000  # records of a part, and
_MERGED_AT: Final = 8  # how many such parts there are before the library makes one of them
_TOO_MANY: Final = 3
_MOST_TITLES: Final = 5
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
        self._words = Words()
        self._quiet_at = self._position
        self._filled = self._searcher().doc_freq("is", _FILLER) > 0
        self._cities: Gazetteer | None = None
        self.prepared = Prepared()

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open the index, or begin one; raises ViewDamaged when it must be built again.

        Only one process may write; `read_only` opens beside it.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            index = tantivy.Index(schema(), str(path))
            index.register_tokenizer("words", analyzer())
            writer = None if read_only else index.writer(_HEAP, 1)
            if writer is not None:  # what a commit left that was cut off is in the way of the next
                writer.garbage_collect_files()
                # The first deletion of a writer has the number of the last commit; a merge beside
                # may hold it for done (`advance_deletes`). Let it be one that finds nothing.
                writer.delete_documents_by_term("is", _NOTHING)
            return cls(path, index, writer)
        except (ValueError, OSError) as error:
            outdated = any(each in str(error) for each in (_OTHER_FORMAT, _OTHER_FIELDS))
            kind = ViewOutdated if outdated else ViewDamaged
            raise kind("search index", str(path), str(error)) from error

    @property
    def position(self) -> int:
        """The journal position up to which everything has been applied."""
        if self._writer is None:
            self._position = self._read_position()
        return self._position

    def apply(self, changes: Sequence[Change], position: int, *, until: int | None = None) -> None:
        """Bring the index to `position` in one commit; safe to repeat.

        Raises ViewDamaged when the library cannot write.
        """
        del until  # search shows what there is
        if self._writer is None:
            raise ViewDamaged("search index", "this process", "it was opened to read only")
        if position <= self._position:
            return
        latest = {each.object: each for each in changes if each.position > self._position}
        try:
            self._commit(self._writer, latest.values(), position)
        except (ValueError, OSError) as error:
            raise ViewDamaged("search index", str(self._path), str(error)) from error
        self._index.reload()
        self._position = position

    def _commit(
        self, writer: tantivy.IndexWriter, changes: Iterable[Change], position: int
    ) -> None:
        for change in changes:
            writer.delete_documents_by_term("key", key(change.object))
            if change.member is not None:
                self._add(writer, change.member)
        self._empty(writer)
        writer.delete_documents_by_term("is", _MARK)
        mark = tantivy.Document(**{"is": _MARK, "format": _FORMAT})
        mark.add_unsigned("position", position)
        writer.add_document(mark)
        writer.commit()

    def search(self, request: SearchRequest, ages: Mapping[str, int] | None = None) -> SearchResult:
        """Find a page of records, how many there are, and the counts of the facets asked for.

        `ages` are seconds since the data of each origin were verified. Raises BadCursor.
        """
        position = self.position
        asking = self._asking(request, ages or {})
        place, page = asking.page()
        most = min(max(request.limit, 0), LARGEST_PAGE)
        following = None
        if len(page) > most > 0:
            cursor = Cursor(rank=page[most - 1].rank, place=place + most, reading=asking.reading)
            following = written(request, cursor)
        hits = asking.carded(page[:most])
        return SearchResult(
            total=asking.total,
            position=position,
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
        hits = (Hit(iri=iri_at(searcher, address), score=0.0) for _, address in titles.hits)
        return proposals, tuple(hits)

    def read_ahead(self) -> None:
        """Read what the next questions need: labels, names of cities, the words of the records."""
        lexicon()
        spelling()
        gazetteer()
        self._words.read_ahead(self._searcher(), self._position)

    def call(self, homes: Mapping[str, Sequence[str]]) -> None:
        """Know what the nodes of cities are called, by base: their records are found by it."""
        if homes != (self._cities.homes if self._cities else {}):
            self._cities = Gazetteer(cities(), homes)

    def tidy(self) -> None:
        """Have small parts of the index made one, once nothing has come since the last call.

        A question looks its words up in every part. The library merges parts when there are enough
        of a size, and can only be led to it: by parts with nothing in them, taken out again later.
        """
        quiet, self._quiet_at = self._quiet_at == self._position, self._position
        if self._writer is None or not quiet:
            return
        if self._filled:
            self._empty(self._writer)
            self._writer.commit()
        elif (small := self._small_parts()) > _TOO_MANY:
            self._filled = True
            for _ in range(_MERGED_AT - small):
                self._writer.add_document(tantivy.Document(**{"is": _FILLER}))
                self._writer.commit()
        self._index.reload()

    def _asking(self, request: SearchRequest, ages: Mapping[str, int]) -> Asking:
        return Asking(self._index.schema, self._searcher(), request, ages, self._cities)

    def _small_parts(self) -> int:
        parts = json.loads((self._path / "meta.json").read_bytes())["segments"]
        return sum(each["max_doc"] < _SMALL for each in parts)

    def _empty(self, writer: tantivy.IndexWriter) -> None:
        """Take out what `tidy` put in."""
        if self._filled:
            writer.delete_documents_by_term("is", _FILLER)
            self._filled = False

    def _instead(self, asking: Asking) -> str | None:
        """Give another spelling of the question that finds more in its strict reading."""
        strict = asking.strict_total()
        if strict >= ENOUGH or not asking.question.wanted:
            return None
        known = self._words.spelling(asking.searcher, self._position)
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
        asking = self._asking(request, ages or {})
        return asking.hits(asking.ordered.stretch(0, max(self._searcher().num_docs, 1)))

    def mentioning(self, iri: str, limit: int) -> tuple[Hit, ...]:
        """Find the records that name a record, or a part of it; those last changed come first.

        Where there are more, each origin has a share: a stranger may name a record without end.
        """
        searcher, schema = self._searcher(), self._index.schema
        query = Query.term_query(schema, "mentions", key(iri), "basic")
        found, total = _newest(searcher, query, limit)
        if total <= limit:
            return found
        kept: set[str] = set()
        for origin, most in shares(nearness.counted(searcher, query, "origin", limit), limit):
            said = all_of([query, Query.term_query(schema, "origin", origin, "basic")])
            kept.update(hit.iri for hit in _newest(searcher, said, most)[0])
        shared = one_of(schema, "key", [key(each) for each in kept])
        return _newest(searcher, all_of([query, shared]), limit)[0]

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
                iri = iri_at(searcher, address)
                found.setdefault(iri, Hit(iri=iri, score=float(score)))
        return tuple(found.values())

    def trends(self, request: SearchRequest, facet: str) -> Trends:
        """Count what a search finds by the values of a facet, and by the years of each."""
        asking = self._asking(request, {})
        return trends(self._searcher(), asking.counted, facet)

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

    def _add(self, writer: tantivy.IndexWriter, member: Member) -> None:
        """Add a member's record, as a worker prepared it if it did, and did so well."""
        ready = self.prepared.take(member)
        if ready is not None:
            try:
                writer.add_json(document(member, ready))
            except ValueError:
                _LOG.warning("what was prepared of %s is of no use", member.iri)
            else:
                return
        if (made := prepared(member)) is not None:
            writer.add_json(document(member, made))

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
            raise ValueError(_OTHER_FORMAT)
        return int(mark.get_first("position") or 0)


def shares(counts: Iterable[tuple[str, int]], room: int) -> Iterator[tuple[str, int]]:
    """Share room out among several, each with so many: what some need not goes to the others."""
    waiting = sorted(counts, key=lambda each: each[1])
    for place, (name, count) in enumerate(waiting):
        share = min(count, -(-room // (len(waiting) - place)))
        room -= share
        if share:
            yield name, share


def _newest(searcher: tantivy.Searcher, query: Query, limit: int) -> tuple[tuple[Hit, ...], int]:
    ordered = ByField(searcher, query, Sort.UPDATED)
    found = ordered.stretch(0, limit)
    return tuple(
        Hit(iri=iri_at(searcher, each.address), score=0.0) for each in found
    ), ordered.total
