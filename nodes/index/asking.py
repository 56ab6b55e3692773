"""One search of one state of the index: what is asked, how far it is loosened, and what is counted.

Asking costs what going through the hits costs, so it is done as seldom as can be: the page, which
counts what fits, and once for all facets that are counted alike, in another thread meanwhile.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final

import tantivy
from tantivy import Query

from nodes.errors import BadCursor
from nodes.hands import COUNTING
from nodes.index import nearness
from nodes.index.counting import Counts, count
from nodes.index.cursors import read
from nodes.index.gazetteer import Gazetteer
from nodes.index.narrowing import all_of, around, at, narrowings
from nodes.index.ordering import ByDistance, ByField, Ordered, Placed, after, located, points
from nodes.index.questions import Found, attempts
from nodes.searches import DEEPEST, LARGEST_PAGE, Hit, Match, SearchRequest, Sort
from nodes.words import ask

ENOUGH: Final = 10
"""Hits of a reading; with fewer, a looser one is tried."""

_Page = tuple[int, Sequence[Placed]]


class Asking:
    """A search, understood: how its words are read, what narrows it, the order of its hits."""

    ordered: Ordered

    def __init__(
        self,
        schema: tantivy.Schema,
        searcher: tantivy.Searcher,
        request: SearchRequest,
        ages: Mapping[str, int],
        cities: Gazetteer | None = None,
    ) -> None:
        """Understand a search; raises BadCursor for a cursor that none of its pages gave."""
        self.searcher = searcher
        self.request = request
        self.question = ask(request.text)
        self._schema = schema
        self._ages = ages
        self._cities = cities
        self._cursor = read(request)
        self._where = narrowings(schema, request, ages)
        self._page: _Page | None = None
        self._strict: int | None = None
        self._taken: Found | None = None
        self._counting: Future[dict[str, Counts]] | None = None
        self._found = self._understood()

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

    @property
    def query(self) -> Query:
        """Find all that fits, with its scores."""
        return all_of([self._text, *self._where.values()])

    @property
    def counted(self) -> Query:
        """Find all that fits, to be counted."""
        return all_of([self._counted, *self._where.values()])

    def page(self) -> _Page:
        """Give the hits of the page and the one behind it, and the place of the first."""
        if self._page is None:
            self._page = self._read_page()
        return self._page

    def facets(self) -> Mapping[str, Counts]:
        """Count the facets asked for, unless another thread has begun to."""
        if self._counting is None or self._counting.cancel():
            return self._counts()
        return self._counting.result()

    def hits(self, placed: Sequence[Placed]) -> tuple[Hit, ...]:
        """Name the records."""
        return tuple(
            Hit(iri=iri_at(self.searcher, each.address), score=each.score) for each in placed
        )

    def carded(self, placed: Sequence[Placed]) -> tuple[Hit, ...]:
        """Name the records, each with its card."""
        found = ((each, self.searcher.doc(each.address)) for each in placed)
        return tuple(
            Hit(
                iri=str(document.get_first("iri")),
                score=each.score,
                card=document.get_first("card") or b"",
            )
            for each, document in found
        )

    def strict_total(self, text: str | None = None) -> int:
        """Count what meets every word of the question, or of another one."""
        if text is None and self._strict is not None:
            return self._strict
        question = self.question if text is None else ask(text)
        strict = next(attempts(self._schema, self.searcher, question, None, self._cities))
        query = all_of([strict.counted, *self._where.values()])
        return int(self.searcher.search(query, 1).count)  # type: ignore[attr-defined]

    def _understood(self) -> Found:
        """Take the strictest reading of the text that enough records meet, or the cursor's own."""
        reading = self._cursor.reading if self._cursor else None
        if reading is not None and not reading:
            raise BadCursor(self.request.cursor or "")
        found = None
        tried = attempts(self._schema, self.searcher, self.question, reading, self._cities)
        for found in tried:
            if reading or self.request.exact or self._finds_enough(found):
                break
        if found is None:
            raise BadCursor(self.request.cursor or "")
        if found is not self._taken:
            self._take(found)
        return found

    def _take(self, found: Found) -> None:
        """Make a reading what is asked for."""
        near, self._taken, self._page = self.request.near, found, None
        alike = [*nearness.meant(self._schema, self.request.alike)]
        self._text, self._counted = found.beside(alike)
        if near is not None and near.within is not None:
            around_it = all_of([self._text, around(self._schema, near, near.within)])
            inside = located(self.searcher, around_it, near, near.within)
            self._where["near"] = at(self._schema, points(self.searcher, inside))
        if near is not None and self.request.sort is Sort.DISTANCE:
            self.ordered = ByDistance(self.searcher, self._schema, self.query, near)
        else:
            self.ordered = ByField(self.searcher, self.query, self.request.sort)
        facets, where = self.request.facets, dict(self._where)
        self._counts = partial(count, self.searcher, self._counted, where, facets, self._ages)
        if self._counting is not None:
            self._counting.cancel()
        self._counting = COUNTING.begin(self._counts) if facets else None

    def _finds_enough(self, found: Found) -> bool:
        """Tell whether a reading need not be loosened; what narrows the search does not count.

        Mostly the page says so, which is wanted anyhow.
        """
        if not self.request.alike and self.request.near is None:
            self._take(found)
            self.page()
            if found.step == 0:
                self._strict = self.total
            if self.total >= ENOUGH or not self._where:
                return self.total >= ENOUGH
        return len(self.searcher.search(found.query, ENOUGH, count=False).hits) >= ENOUGH

    def _read_page(self) -> _Page:
        most = min(max(self.request.limit, 0), LARGEST_PAGE) + 1
        if self._cursor is not None:
            hint = min(self._cursor.place, self.searcher.num_docs)  # it may be forged
            return after(self.ordered, self._cursor.rank, hint, most)
        start = min(max(self.request.offset, 0), DEEPEST)
        return start, self.ordered.stretch(start, start + most)


def iri_at(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> str:
    """Name the record at an address."""
    return str(searcher.doc(address).get_first("iri"))
