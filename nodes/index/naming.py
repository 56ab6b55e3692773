"""Questions that are names: of partners, places, projects, solutions, records.

A name means nothing: whoever types one wants the records that bear it, and what the words around
other records make a model think of lies nowhere near. So a record that bears a name of all the
words of a question goes before every record that is merely like them. A question of nothing but
words that concepts are called by is no name, whoever is called so too: *energy* asks for energy.
But whoever types a title as it stands wants that record, whatever its words mean.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import tantivy
from tantivy import Occur, Query

from nodes.findable import LONGEST_TITLE
from nodes.index.documents import TITLE
from nodes.index.lexicon import Lexicon
from nodes.searches import MOST_LIKE
from nodes.spelling import errors_in
from nodes.words import Term, fold

NAMED: Final = float(MOST_LIKE)  # so that no likeness comes between
_MISTYPED: Final = NAMED / 2
FIELD: Final = "names"


def naming(
    schema: tantivy.Schema,
    searcher: tantivy.Searcher,
    known: Lexicon,
    terms: Sequence[Term],
    unknown: Sequence[bool],
) -> Query | None:
    """Find the records that bear a name of all these words; None when no name can have them.

    Words of the question stand together in it; where one is unknown to all records and labels,
    the name may have words that differ from it by a typing error.
    """
    if all(_common(known, term) for term in terms):
        return None
    said = [word for term in terms for word in term.folded]
    if (whole := called(schema, searcher, said)) is not None:
        return whole
    parts = list(_meant(schema, searcher, terms, unknown))
    if len(parts) < len(said):
        return None
    every = Query.boolean_query([(Occur.Must, part) for part in parts])
    return Query.const_score_query(every, _MISTYPED)


def called(schema: tantivy.Schema, searcher: tantivy.Searcher, said: Sequence[str]) -> Query | None:
    """Find the records with a name in which these words stand together; None when none has them."""
    if not all(searcher.doc_freq(FIELD, word) for word in said):
        return None
    if len(said) == 1:
        whole = Query.term_query(schema, FIELD, said[0], "basic")
    else:
        whole = Query.phrase_query(schema, FIELD, [*said])
    return Query.const_score_query(whole, NAMED)


def entitled(schema: tantivy.Schema, whole: str) -> Query:
    """Find the records with this title, folded, in their own language."""
    query = Query.term_query(schema, TITLE, whole[:LONGEST_TITLE], "basic")
    return Query.const_score_query(query, NAMED)


def _common(known: Lexicon, term: Term) -> bool:
    """Say whether a term has only words that stand in labels of concepts, or say little."""
    return not term.quoted and all(
        known.little(fold(word)) or known.hints(word) for word in term.spoken.split()
    )


def _meant(
    schema: tantivy.Schema,
    searcher: tantivy.Searcher,
    terms: Sequence[Term],
    unknown: Sequence[bool],
) -> Iterator[Query]:
    for term, new in zip(terms, unknown, strict=True):
        for word in term.folded:
            if searcher.doc_freq(FIELD, word):
                yield Query.term_query(schema, FIELD, word, "basic")
            elif new and not term.quoted and (errors := errors_in(word)):
                yield Query.fuzzy_term_query(schema, FIELD, word, distance=errors)
