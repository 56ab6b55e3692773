"""The search index on disk: opened, brought forward, asked and closed.

Promises:

- one commit for each `apply`, and the position reached is a document of the same commit, so
  that records and position never disagree, whenever the process dies;
- one writer; any number of other processes may open the index to read while it writes;
- no text, question or filter makes it raise; what is too long is cut.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

import tantivy
from tantivy import Query

from federation.member import Kind, Member
from nodes.changes import Change
from nodes.errors import ViewDamaged
from nodes.findable import Findable, findable
from nodes.index import nearness
from nodes.index.documents import analyzer, document, key, schema
from nodes.index.nearness import Wanted
from nodes.index.questions import all_of, attempts, narrowings
from nodes.searches import DEEPEST, FACETS, LARGEST_PAGE, Hit, SearchRequest, SearchResult, Sort
from nodes.words import ask
from vocab import schemes, shelf
from vocab.errors import VocabError
from vocab.triples import from_payload

_SCHEMES: Final = b"".join(shelf.read(f"schemes/{name}.ttl") for name in schemes.NAMES)
_FORMAT: Final = f"4-{sha256(_SCHEMES).hexdigest()[:12]}"
"""Changes whenever an index written before would answer differently; the old one is refused.
The words of the schemes are part of what is found, so they are part of this."""

_MARK: Final = "position"
_HEAP: Final = 32_000_000
_FACET_VALUES: Final = 200
_ORDERS: Final = {
    Sort.DATE: ("started", tantivy.Order.Desc),
    Sort.TITLE: ("order", tantivy.Order.Asc),
    Sort.UPDATED: ("updated", tantivy.Order.Desc),
}


class Index:
    """The open index. `search` may run in a thread beside `apply`."""

    def __init__(
        self, path: Path, index: tantivy.Index, writer: tantivy.IndexWriter | None
    ) -> None:
        self._path = path
        self._index = index
        self._writer = writer
        self._position = self._read_position()

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

    def search(self, request: SearchRequest) -> SearchResult:
        """Find a page of records, how many there are, and the counts of every facet."""
        searcher = self._searcher()
        text = self._text(searcher, request)
        where = narrowings(self._index.schema, request.filters, request.box)
        offset = min(max(request.offset, 0), DEEPEST)
        limit = min(max(request.limit, 1), LARGEST_PAGE)
        query = all_of([text, *where.values()])
        hits, total = _hits(searcher, query, request.sort, offset, limit)
        facets = _count(searcher, text, where)
        return SearchResult(total=total, hits=hits if request.limit > 0 else (), facets=facets)

    def all_hits(self, request: SearchRequest) -> tuple[Hit, ...]:
        """Find every record that fits, in order and without counts: for exports."""
        searcher = self._searcher()
        where = narrowings(self._index.schema, request.filters, request.box)
        query = all_of([self._text(searcher, request), *where.values()])
        return _hits(searcher, query, request.sort, 0, max(searcher.num_docs, 1))[0]

    def mentioning(self, iri: str, limit: int) -> tuple[Hit, ...]:
        """Find the records that name a record, or a part of it; those last changed come first."""
        query = Query.term_query(self._index.schema, "mentions", key(iri), "basic")
        return _hits(self._searcher(), query, Sort.UPDATED, 0, limit)[0]

    def marked(self, mark: str, limit: int) -> tuple[tuple[Hit, ...], int]:
        """Find the records that bear a mark, those last changed first, and how many there are."""
        query = Query.term_query(self._index.schema, "marks", mark, "basic")
        return _hits(self._searcher(), query, Sort.UPDATED, 0, limit)

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
            hits, _ = _hits(searcher, query, Sort.RELEVANCE, 0, limit)
            found |= {hit.iri: hit for hit in hits if hit.iri not in found}
        return tuple(found.values())

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

    def _text(self, searcher: tantivy.Searcher, request: SearchRequest) -> Query:
        """Give the strictest reading of the text that any record meets."""
        for query in attempts(self._index.schema, searcher, ask(request.text)):
            if searcher.search(query, 1, count=False).hits:
                return query
        return Query.empty_query()


def _findable(member: Member) -> Findable | None:
    """Read what a member's record is found by; None for a deletion or what is no experiment."""
    if member.kind is Kind.DELETE:
        return None
    try:
        return findable(from_payload(member.payload, member.object), member.origin)
    except VocabError:
        return None


def _hits(
    searcher: tantivy.Searcher, query: Query, sort: Sort, offset: int, limit: int
) -> tuple[tuple[Hit, ...], int]:
    if sort is Sort.RELEVANCE:
        found = searcher.search(query, limit, offset=offset)
        scores = [float(score) for score, _ in found.hits]
    else:
        field, order = _ORDERS[sort]
        found = searcher.search(query, limit, order_by_field=field, order=order, offset=offset)
        scores = [0.0] * len(found.hits)
    iris = (str(searcher.doc(address).get_first("iri")) for _, address in found.hits)
    hits = (Hit(iri=iri, score=score) for iri, score in zip(iris, scores, strict=True))
    total = int(found.count)  # type: ignore[attr-defined]  # missing in the library's stub
    return tuple(hits), total


def _count(
    searcher: tantivy.Searcher, text: Query, where: Mapping[str, Query]
) -> dict[str, tuple[tuple[str, int], ...]]:
    """Count the values of each facet, leaving its own filter out."""
    free = [name for name in FACETS if name not in where]
    counted = _values(searcher, all_of([text, *where.values()]), free)
    for name in where.keys() - {"box"}:
        others = [query for other, query in where.items() if other != name]
        counted |= _values(searcher, all_of([text, *others]), [name])
    return {name: counted[name] for name in FACETS}


def _values(
    searcher: tantivy.Searcher, query: Query, names: Sequence[str]
) -> dict[str, tuple[tuple[str, int], ...]]:
    if not names:
        return {}
    wanted = {name: {"terms": {"field": name, "size": _FACET_VALUES}} for name in names}
    found: dict[str, Any] = searcher.aggregate(query, wanted)
    return {
        name: tuple((str(each["key"]), int(each["doc_count"])) for each in found[name]["buckets"])
        for name in names
    }
