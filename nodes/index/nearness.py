"""What lies near what: records like one, values that several records share. Plain functions.

Everything here is bounded by what is asked for and costs no more than a search.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import tantivy
from tantivy import Occur, Query

from nodes.index.documents import RECORD, key
from nodes.searches import LEAST_LIKE, MOST_LIKE
from vocab.records import Experiment

_MOST_TERMS: Final = 25
_OUTER: Final = 1_000
_INNER: Final = 100
_TECHNOLOGY_WEIGHT: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the records that are looked for should share with the one called `iri`.

    `texts` are words of the index's own making by field (`nodes.index.documents`).
    """

    iri: str
    themes: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


def meant(schema: tantivy.Schema, alike: Iterable[tuple[str, float]]) -> Iterator[Query]:
    """Find the records that are like a text by their meaning, the better the higher the cosine.

    The score of a record follows from it and the text alone, as those of words do.
    """
    for iri, cosine in alike:
        score = float(max(1, round(MOST_LIKE * (cosine - LEAST_LIKE))))
        yield Query.const_score_query(_term(schema, "key", key(iri)), score)


def queries(schema: tantivy.Schema, wanted: Wanted) -> Iterator[Query]:
    """Ask for experiments with the same concepts, then for such with the same weighty terms."""
    itself = (Occur.MustNot, _term(schema, "key", key(wanted.iri)))
    kind = _term(schema, "kind", Experiment.room)
    always = [
        (Occur.Must, Query.const_score_query(kind, 0.0)),
        (Occur.Must, Query.const_score_query(_term(schema, "is", RECORD), 0.0)),
        itself,
    ]
    concepts = [_term(schema, "theme", each) for each in wanted.themes[:_MOST_TERMS]] + [
        Query.boost_query(_term(schema, "technology", each), _TECHNOLOGY_WEIGHT)
        for each in wanted.technologies[:_MOST_TERMS]
    ]
    if concepts:
        some = Query.boolean_query([(Occur.Should, each) for each in concepts])
        yield Query.boolean_query([*always, (Occur.Must, some)])
    said = [text for text in wanted.texts.values() if text]
    if said:
        alike = Query.more_like_this_document_fields_query(
            schema,
            {"terms": said},
            min_doc_frequency=2,
            min_term_frequency=1,
            max_query_terms=_MOST_TERMS,
            min_word_length=4,
        )
        yield Query.boolean_query([*always, (Occur.Must, alike)])


def crowds(searcher: tantivy.Searcher, name: str, most: int) -> tuple[tuple[str, int], ...]:
    """Give the values of a field that several records share, most frequent first."""
    return counted(searcher, Query.all_query(), name, most, least=2)


def counted(
    searcher: tantivy.Searcher, query: Query, name: str, most: int, least: int = 1
) -> tuple[tuple[str, int], ...]:
    """Give the values that so many records have of what a query finds, most frequent first."""
    sizes = {"size": most, "segment_size": most, "min_doc_count": least}
    terms = {"terms": {"field": name, **sizes}}
    found: dict[str, Any] = searcher.aggregate(query, {"found": terms})
    return tuple((str(each["key"]), int(each["doc_count"])) for each in found["found"]["buckets"])


def crossed(searcher: tantivy.Searcher, outer: str, inner: str) -> dict[str, dict[str, int]]:
    """Count the values of one facet for each value of another."""
    asked = {
        "found": {
            "terms": {"field": outer, "size": _OUTER},
            "aggs": {"within": {"terms": {"field": inner, "size": _INNER}}},
        }
    }
    found: dict[str, Any] = searcher.aggregate(Query.all_query(), asked)
    return {
        str(each["key"]): {
            str(one["key"]): int(one["doc_count"]) for one in each["within"]["buckets"]
        }
        for each in found["found"]["buckets"]
    }


def rarities(searcher: tantivy.Searcher, terms: Iterable[str]) -> dict[str, float]:
    """Say how much each term tells: 0 for one in every record, more for a rare one."""
    whole = max(searcher.num_docs, 1)
    found = {}
    for term in dict.fromkeys(terms):
        known = max(searcher.doc_freq(name, term) for name in ("terms", "words"))
        found[term] = math.log(1 + whole / (1 + known))
    return found


def _term(schema: tantivy.Schema, name: str, value: str) -> Query:
    return Query.term_query(schema, name, value, "basic")
