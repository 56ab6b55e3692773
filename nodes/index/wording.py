"""What a single word of a search finds: texts by the word and its stems, and concepts.

A word is looked for as it stands, under the stem it has in each language that the records are
written in, as a part of labels, and, where nobody knows it, as what it may have been meant for.
"""

from collections.abc import Iterator
from typing import Final

import tantivy
from tantivy import Occur, Query

from nodes.index.documents import STEMMERS, WEIGHT, key, named, naming, stems, weighed
from nodes.index.gazetteer import Town
from nodes.index.lexicon import Lexicon, spelling
from nodes.index.narrowing import one_of
from nodes.index.weights import SCALE
from nodes.searches import MOST_LIKE
from nodes.spelling import errors_in
from nodes.words import Term, spoken, unspaced, words

UNKNOWN: Final = 10
"""Added to the weight of a word that no record and no label has."""

_RARE, _COMMON, _VERY_COMMON, _LITTLE = 4, 3, 2, 1
_COMMON_SHARE: Final = 20
_VERY_COMMON_SHARE: Final = 4
_ENOUGH: Final = 10  # records that say a word, before it can be common

_EXACT, _STEM = 5, 4
_PHRASE: Final = (("title", 95), ("words", 30))
_MISTYPED: Final = 6
_HINT: Final = 25
_CITY: Final = 50
_MOST_SPELLINGS: Final = 20  # of one name, by records that call their city so
_SHORT: Final = 3
_CALLED: Final = (("key", MOST_LIKE), ("concept", 95), ("mentions", 95))
"""Where an address stands: a record that has it goes before those that are about it."""


class Wording:
    """Queries for single words, against the words that the records have."""

    def __init__(
        self, schema: tantivy.Schema, searcher: tantivy.Searcher, lexicon: Lexicon
    ) -> None:
        self._schema = schema
        self._searcher = searcher
        self._lexicon = lexicon
        tongues = {each for each, _ in searcher.terms_with_prefix("tongue", "")}
        self._stemmers = [each for each in dict.fromkeys(STEMMERS.values()) if each in tongues]
        self._held: dict[Term, list[tuple[str, int, list[str]]]] = {}
        self._spelt: dict[str, list[str]] = {}

    def said(self, term: Term, weight: int) -> Iterator[Query]:
        """Give what finds a term, as it stands or by its stems, the more prominent the better."""
        if term.iri:
            for name, worth in _CALLED:
                yield Query.const_score_query(self._called(name, term.iri), float(worth))
        if len(term.folded) > 1:
            for query, worth in self._phrases(term):
                yield Query.const_score_query(query, float(worth * weight))
            return
        word = term.folded[0]
        if len(word) == 1 and unspaced(word):
            yield self.fuzzy(word, 0, _EXACT * weight, prefix=True)
        for _, factor, terms in self._holding(term):
            for written in terms:
                query = Query.term_query(self._schema, "weighed", written, "basic")
                worth = SCALE[int(written.rpartition(WEIGHT)[2])]
                yield Query.const_score_query(query, float(worth * factor * weight))

    def says(self, term: Term) -> Iterator[Query]:
        """Find what `said` finds, by forms of words that have no weights."""
        if term.iri:
            yield from (self._called(name, term.iri) for name, _ in _CALLED)
        if len(term.folded) > 1:
            yield from (query for query, _ in self._phrases(term))
            return
        word = term.folded[0]
        if len(word) == 1 and unspaced(word):
            yield self.fuzzy(word, 0, _EXACT, prefix=True)
        for form, _, terms in self._holding(term):
            if terms:
                name = "words" if form == word else "terms"
                yield Query.term_query(self._schema, name, form, "basic")

    def weight(self, term: Term) -> int:
        """Say what a term counts: the rarer the more; `UNKNOWN` is added where nothing has it."""
        if self.is_little(term):
            return _LITTLE
        said = max(self._searcher.doc_freq("words", word) for word in term.folded)
        if not said and len(term.folded) == 1 and not self._has_other_form(term):
            return _RARE + UNKNOWN
        if said < _ENOUGH or said * _COMMON_SHARE < self._searcher.num_docs:
            return _RARE
        return _COMMON if said * _VERY_COMMON_SHARE < self._searcher.num_docs else _VERY_COMMON

    def mistyped(self, word: str, weight: int) -> Iterator[Query]:
        """Give what finds the words and concepts that an unknown word may have been meant for."""
        for errors in range(1, errors_in(word) + 1):
            yield self.fuzzy(word, errors, _MISTYPED * weight // errors)
        near = [other for other, _ in spelling().near(word, 1)] if errors_in(word) else []
        for other in near or self._lexicon.parts(word):
            yield from self.hinted(other, weight)

    def hinted(self, word: str, weight: int) -> Iterator[Query]:
        """Give what finds the concepts that a word merely hints at."""
        for concept, share in self._lexicon.hints(word).items():
            yield self.about(concept, max(1, int(_HINT * share)) * weight)

    def told(self, town: Town, weight: int) -> Iterator[Query]:
        """Give what finds the records of a city, and what calls it by another of its names.

        A name that is also a usual word finds cities called so, and is looked for in no text.
        """
        if (lies := self.lies(town)) is not None:
            yield Query.const_score_query(lies, float((_CITY if town.sure else _HINT) * weight))
        for term in self.others(town):
            yield from self.said(term, weight)

    def others(self, town: Town) -> Iterator[Term]:
        """Give the sure names of a city that is surely named, where records say all their words."""
        for name in town.names if town.sure else ():
            folded = tuple(words(name.text, asked=True))
            if not name.common and all(self._searcher.doc_freq("words", each) for each in folded):
                yield Term(spoken=spoken(name.text), folded=folded, quoted=True)

    def lies(self, town: Town) -> Query | None:
        """Find the records of a city, without a score; None where there are none."""
        called = [term for name in town.names for term in self._cities(name.text)]
        some = {"name": called, "origin": town.homes}
        found = [one_of(self._schema, name, those) for name, those in some.items() if those]
        if len(found) > 1:
            return Query.boolean_query([(Occur.Should, each) for each in found])
        return found[0] if found else None

    def about(self, concept: str, score: int) -> Query:
        """Find what is about a concept."""
        return Query.const_score_query(self.bears(concept), float(score))

    def bears(self, concept: str) -> Query:
        """Find what is about a concept, without a score."""
        return self._called("concept", concept)

    def fuzzy(self, word: str, errors: int, score: int, *, prefix: bool = False) -> Query:
        """Find words with so many typing errors, or that begin so."""
        query = Query.fuzzy_term_query(self._schema, "words", word, distance=errors, prefix=prefix)
        return Query.const_score_query(query, float(score))

    def is_little(self, term: Term) -> bool:
        """Tell whether a term says nothing by itself."""
        return not term.quoted and len(term.folded) == 1 and self._lexicon.little(term.folded[0])

    def parts(self, term: Term, weight: int) -> Iterator[Query]:
        """Give what finds a part of a word of several parts, where it is short or mistyped."""
        if len(term.folded) == 1 or unspaced(term.spoken):
            return
        for word in term.folded:
            if not self._searcher.doc_freq("words", word):
                yield from self.mistyped(word, weight)
            elif len(word) == _SHORT and not self._lexicon.little(word):
                yield self.fuzzy(word, 0, _MISTYPED * weight)

    def _called(self, name: str, iri: str) -> Query:
        return Query.term_query(self._schema, name, key(iri), "basic")

    def _phrases(self, term: Term) -> Iterator[tuple[Query, int]]:
        for name, worth in _PHRASE:
            if all(self._searcher.doc_freq(name, word) for word in term.folded):
                yield Query.phrase_query(self._schema, name, list(term.folded)), worth

    def _cities(self, name: str) -> list[str]:
        if name not in self._spelt:
            self._spelt[name] = cities_called(self._searcher, name)
        return self._spelt[name]

    def _holding(self, term: Term) -> list[tuple[str, int, list[str]]]:
        """Give the forms of a word, each with what it is worth and its terms with weights."""
        if term not in self._held:
            self._held[term] = [
                (form, factor, [written for written, _ in self._weighed(form)])
                for form, factor in self._forms(term)
            ]
        return self._held[term]

    def _weighed(self, form: str) -> list[tuple[str, int]]:
        return self._searcher.terms_with_prefix("weighed", weighed(form, ""))

    def _forms(self, term: Term) -> Iterator[tuple[str, int]]:
        yield term.folded[0], _EXACT
        if not term.quoted:
            for stemmer in self._stemmers:
                for stem in stems(term.spoken, stemmer):
                    yield stem, _STEM

    def _has_other_form(self, term: Term) -> bool:
        """Say whether a record has a stem of a word, or a label has the word."""
        if any(self._searcher.doc_freq("terms", form) for form, _ in self._forms(term)):
            return True
        return not term.quoted and bool(self._lexicon.hints(term.spoken))


def cities_called(searcher: tantivy.Searcher, name: str) -> list[str]:
    """Give the terms of cities that records call just so, but for case and accents."""
    said = words(name)
    start = naming(" ".join(said), "city", "")
    found = searcher.terms_with_prefix("name", start, limit=_MOST_SPELLINGS)
    return [term for term, _ in found if words(named(term)[1]) == said]
