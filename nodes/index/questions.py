"""How a search becomes a query of the index. Nothing here raises, whatever was typed.

The language of a question is unknown, so every word of it is looked for as it stands and under
the stem it has in each language; forms that no record has are left out before the search.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import tantivy
from tantivy import FieldType, Occur, Query

from nodes.index.documents import RECORD, stems_of_any
from nodes.searches import FACETS, MOST_FILTERS, Box
from nodes.words import Question, Term, unspaced

_WEIGHTS: Final = {"title": 6.0, "summary": 2.5, "about": 2.0, "labels": 2.0, "body": 1.0}
_PHRASE_WEIGHT: Final = 1.5
_STEM_WEIGHT: Final = 0.8
_PREFIX_WEIGHT: Final = 0.3
_SHORTEST_PREFIX: Final = 4
_LONGEST_VALUE: Final = 1_000
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def all_of(queries: Iterable[Query]) -> Query:
    """Find what every query finds."""
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def narrowings(
    schema: tantivy.Schema, filters: Mapping[str, tuple[str, ...]], box: Box | None
) -> dict[str, Query]:
    """Turn filters and box into queries, by the name of the filter; they add no score."""
    found: dict[str, Query] = {}
    for name in FACETS:
        if wanted := filters.get(name):
            values = [value for value in wanted[:MOST_FILTERS] if _possible(value)]
            found[name] = Query.term_set_query(schema, name, values)
    if box is not None:
        found["box"] = _touches(schema, box)
    return {name: Query.const_score_query(query, 0.0) for name, query in found.items()}


def attempts(
    schema: tantivy.Schema, searcher: tantivy.Searcher, question: Question
) -> Iterator[Query]:
    """Ask for less and less: all terms, then also beginnings of words, then fewer terms."""
    records = Query.const_score_query(Query.term_query(schema, "is", RECORD, "basic"), 0.0)
    words = _Words(schema, searcher)
    unwanted = [(Occur.MustNot, words.anywhere(term)) for term in question.unwanted]
    if not question.wanted:
        yield Query.boolean_query([(Occur.Must, records), *unwanted])
        return
    exact = [words.anywhere(term) for term in question.wanted]
    for terms, least in _steps(words, question.wanted, exact):
        wanted = Query.boolean_query(
            [(Occur.Should, each) for each in terms], minimum_number_should_match=least
        )
        yield Query.boolean_query([(Occur.Must, wanted), (Occur.Must, records), *unwanted])


def _steps(
    words: "_Words", terms: Sequence[Term], exact: Sequence[Query]
) -> Iterator[tuple[Sequence[Query], int]]:
    yield exact, len(exact)
    loose = [words.beginning(*pair) for pair in zip(terms, exact, strict=True)]
    for least in dict.fromkeys((len(loose), len(loose) - 1, (len(loose) + 1) // 2, 1)):
        if least > 0:
            yield loose, least


class _Words:
    """The words of one question, against the words that the records have."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher) -> None:
        self._schema = schema
        self._searcher = searcher

    def anywhere(self, term: Term) -> Query:
        """Find one term in any field, better in a title than in a description."""
        return _best_of(
            Query.boost_query(query, weight * factor)
            for field, weight in _WEIGHTS.items()
            for query, factor in self._forms(field, term)
        )

    def beginning(self, term: Term, exact: Query) -> Query:
        """Accept also words that begin with the term's words: *autonom* finds *autonome*."""
        found = [exact]
        for word in term.folded:
            if len(word) >= _SHORTEST_PREFIX:
                found += (
                    Query.boost_query(self._prefix(field, word), weight * _PREFIX_WEIGHT)
                    for field, weight in _WEIGHTS.items()
                )
        return _best_of(found)

    def _forms(self, field: str, term: Term) -> Iterator[tuple[Query, float]]:
        if len(term.folded) > 1:
            if all(self._searcher.doc_freq(field, word) for word in term.folded):
                phrase = Query.phrase_query(self._schema, field, list(term.folded))
                yield phrase, _PHRASE_WEIGHT
            return
        word = term.folded[0]
        if len(word) == 1 and unspaced(word):
            yield self._prefix(field, word), 1.0
        for form, factor in self._spellings(term):
            if self._searcher.doc_freq(field, form):
                yield Query.term_query(self._schema, field, form, "basic"), factor

    def _spellings(self, term: Term) -> Iterator[tuple[str, float]]:
        yield term.folded[0], 1.0
        for stem in stems_of_any(term.spoken):
            yield stem, _STEM_WEIGHT

    def _prefix(self, field: str, word: str) -> Query:
        return Query.fuzzy_term_query(self._schema, field, word, distance=0, prefix=True)


def _possible(value: str) -> bool:
    """Tell whether a record can have this value at all."""
    return len(value) < _LONGEST_VALUE and not _SURROGATE.search(value)


def _touches(schema: tantivy.Schema, box: Box) -> Query:
    """Find what touches the box; one across the date line is two."""
    if box.west > box.east:
        halves = ((box.west, 180.0), (-180.0, box.east))
        return Query.boolean_query(
            [(Occur.Should, _touches(schema, _between(box, west, east))) for west, east in halves]
        )
    limits = (
        ("west", None, box.east),
        ("east", box.west, None),
        ("south", None, box.north),
        ("north", box.south, None),
    )
    return all_of(
        Query.range_query(schema, side, FieldType.Float, lower, upper)
        for side, lower, upper in limits
    )


def _between(box: Box, west: float, east: float) -> Box:
    return Box(west=west, south=box.south, east=east, north=box.north)


def _best_of(queries: Iterable[Query]) -> Query:
    found = list(queries)
    return Query.disjunction_max_query(found, 0.1) if found else Query.empty_query()
