"""How the words of a search become queries of the index. Nothing here raises, whatever was typed.

The language of a question is unknown, so every word of it is looked for as it stands, under the
stem it has in each language that the records are written in, and as a part of the labels of
concepts. It is asked for less and less: all words; then also beginnings of words and words with
typing errors; then fewer words. Little words (*of*, *senza*) count, and are never needed.

Scores are sums of whole numbers that follow from the question and the record alone, but for one
thing: a word that very many records say counts less. How much less is part of the reading.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

import tantivy
from tantivy import Occur, Query

from nodes.index.documents import RECORD
from nodes.index.gazetteer import Gazetteer, Town, gazetteer
from nodes.index.lexicon import Sense, lexicon, spelling
from nodes.index.naming import NAMED, called, entitled, naming
from nodes.index.narrowing import all_of
from nodes.index.rows import in_a_row
from nodes.index.wording import UNKNOWN, Wording
from nodes.searches import Match
from nodes.words import Question, Term, fold, words

_BEGINNING: Final = 6
_CONCEPT: Final = 50
_MISTYPED_CONCEPT: Final = 35
_OF_CITY: Final = NAMED * 3 / 4  # hardly a likeness gives more; a name of all words does
_SHORTEST_BEGINNING: Final = 4


@dataclass(frozen=True, kw_only=True)
class Found:
    """A query, the step of asking at which it stands, and which concepts it looks for.

    `counted` finds the same and says nothing of scores, which takes fewer terms to look up.
    """

    query: Query
    counted: Query
    step: int
    weights: tuple[int, ...]
    unwanted: tuple[tuple[Occur, Query], ...] = ()
    matches: tuple[Match, ...] = field(default=())

    @property
    def reading(self) -> tuple[int, ...]:
        """Give what it takes to ask the same again later."""
        return (self.step, *self.weights)

    def beside(self, others: Sequence[Query]) -> tuple[Query, Query]:
        """Find others too, unless they have what is unwanted; scores are added, where they count.

        The second one is for counting.
        """
        if not others:
            return self.query, self.counted
        some = Query.boolean_query([(Occur.Should, each) for each in others])
        wanted = Query.boolean_query([(Occur.Must, some), *self.unwanted])
        found, counted = (
            Query.boolean_query([(Occur.Should, each), (Occur.Should, wanted)])
            for each in (self.query, self.counted)
        )
        return found, counted


def attempts(
    schema: tantivy.Schema,
    searcher: tantivy.Searcher,
    question: Question,
    reading: tuple[int, ...] | None = None,
    cities: Gazetteer | None = None,
) -> Iterator[Found]:
    """Ask for less and less; with the `reading` of an earlier answer, the same as then."""
    weights = reading[1:] if reading else None
    words = _Words(schema, searcher, question, weights, cities or gazetteer())
    records = Query.const_score_query(Query.term_query(schema, "is", RECORD, "basic"), 1.0)
    unwanted = [(Occur.MustNot, words.unwanted(term)) for term in question.unwanted]
    if not question.wanted:
        query = Query.boolean_query([(Occur.Must, records), *unwanted])
        yield Found(query=query, counted=query, step=0, weights=())
        return
    named = [(Occur.Should, query) for query in words.named()]
    for step, query in enumerate(words.steps()):
        if reading is None or step == reading[0]:
            asked = Query.boolean_query([(Occur.Must, query), *named, *unwanted])
            strict = [*words.strictly(), *unwanted] if step == 0 else []
            yield Found(
                query=asked,
                counted=Query.boolean_query(strict) if strict else asked,
                step=step,
                weights=words.weights,
                unwanted=tuple(unwanted),
                matches=words.matches(loosely=step > 0),
            )


def titled(schema: tantivy.Schema, question: Question) -> Query:
    """Find titles with all these words, the last of which may go on."""
    typed = [word for term in question.wanted for word in term.folded]
    if not typed:
        return Query.empty_query()
    found = [Query.term_query(schema, "title", word) for word in typed[:-1]]
    found.append(Query.fuzzy_term_query(schema, "title", typed[-1], distance=0, prefix=True))
    return all_of(Query.const_score_query(query, 1.0) for query in found)


class _Words:
    """The words of one question, against the words that the records have."""

    def __init__(
        self,
        schema: tantivy.Schema,
        searcher: tantivy.Searcher,
        question: Question,
        weights: tuple[int, ...] | None,
        cities: Gazetteer,
    ) -> None:
        self._schema = schema
        self._searcher = searcher
        self._terms = question.wanted
        self._whole = question.whole
        self._lexicon = lexicon()
        self._cities = cities
        self._wording = Wording(schema, searcher, self._lexicon)
        self._row = in_a_row(self._lexicon, question.wanted)
        self._senses = tuple(self._lexicon.senses(self._row.words, self._row.little))
        self._towns = tuple(self._row.towns(cities))
        fits = weights is not None and len(weights) == len(question.wanted)
        self.weights = (
            weights if weights and fits else tuple(map(self._weight, range(len(self._terms))))
        )
        self._corrected = tuple(self._corrections())

    def steps(self) -> Iterator[Query]:
        """Give one query after the other, the strictest first."""
        exact = [self._anywhere(number) for number in range(len(self._terms))]
        little = self._little()
        needed = [each for each, small in zip(exact, little, strict=True) if not small]
        further = [each for each, small in zip(exact, little, strict=True) if small]
        yield self._at_least(needed, len(needed), further)
        loose = [
            self._loosely(number, exact[number]) for number, small in enumerate(little) if not small
        ]
        for least in dict.fromkeys((len(loose), len(loose) - 1, (len(loose) + 1) // 2, 1)):
            if least > 0:
                yield self._at_least(loose, least, further)

    def strictly(self) -> Iterator[tuple[Occur, Query]]:
        """Give what finds what the first step finds, and has no scores."""
        for number, small in enumerate(self._little()):
            if not small:
                yield Occur.Must, self._strictly(number)

    def _strictly(self, number: int) -> Query:
        """Find one term as the first step does."""
        term = self._terms[number]
        found = [*self._wording.says(term), *map(self._wording.bears, self._meant(number))]
        for town in self._named(number):
            found += self._wording.told(town, 1)
        return Query.boolean_query([(Occur.Should, each) for each in found])

    def named(self) -> Iterator[Query]:
        """Give what finds the records that bear the question as a name, if it can be one."""
        unknown = [weight >= UNKNOWN for weight in self.weights]
        query = naming(self._schema, self._searcher, self._lexicon, self._terms, unknown)
        found = [*filter(None, [query]), *self._called()]
        if found:
            yield _best_of(found)
        yield entitled(self._schema, self._whole)

    def unwanted(self, term: Term) -> Query:
        """Find what a term keeps out: its words, its stems and the concepts it means."""
        found = list(self._wording.said(term, 1))
        row = in_a_row(self._lexicon, (term,))
        found += (
            self._wording.about(sense.label.concept, 1)
            for sense in self._lexicon.senses(row.words, row.little)
            if sense.stop - sense.start == len(row.words)
        )
        for town in row.towns(self._cities):
            if town.sure and town.stop - town.start == len(row.words):
                found += self._wording.told(town, 1)
        return _best_of(found)

    def matches(self, *, loosely: bool) -> tuple[Match, ...]:
        """Give the concepts that are looked for, with the words that mean them.

        Where they are read `loosely`, also those of labels that words differ from by an error.
        """
        meant = (*self._senses, *self._corrected) if loosely else self._senses
        found = {(each.label.concept, each.start): each for each in reversed(meant)}
        return tuple(
            Match(
                concept=each.label.concept,
                label=each.label.text,
                language=each.label.language,
                word=" ".join(self._row.words[each.start : each.stop]),
            )
            for each in reversed(found.values())
        )

    def _at_least(self, needed: Sequence[Query], least: int, further: Sequence[Query]) -> Query:
        also = [(Occur.Should, each) for each in further]
        if least == len(needed):
            return Query.boolean_query([*((Occur.Must, each) for each in needed), *also])
        wanted = Query.boolean_query(
            [(Occur.Should, each) for each in needed], minimum_number_should_match=least
        )
        return Query.boolean_query([(Occur.Must, wanted), *also]) if also else wanted

    def _little(self) -> list[bool]:
        """Say of each term whether it is not needed; where none would be, all are.

        The same holds of the words of a city's name: *La Haya*.
        """
        little = [self._wording.is_little(term) for term in self._terms]
        for town in self._towns:
            numbers = self._row.terms[town.start : town.stop]
            if all(little[number] for number in numbers):
                little[numbers[-1]] = False
        return [False] * len(little) if all(little) else little

    def _weight(self, number: int) -> int:
        """Say what a term counts; what surely is the name of a city is no unknown word.

        What only a node calls itself may be one, lest it take a misspelt word from the others.
        """
        weight = self._wording.weight(self._terms[number])
        known = any(each.sure and each.names for each in self._named(number))
        return weight % UNKNOWN if known else weight

    def _named(self, number: int) -> Iterator[Town]:
        """Give the city whose name a term is, or is a part of."""
        for town in self._towns:
            if number in self._row.terms[town.start : town.stop]:
                yield town

    def _called(self) -> Iterator[Query]:
        """Find the records of a city that meet the other words too: they are what is asked for.

        And those that bear the question as a name, with the city called otherwise in it.
        """
        row, little = self._row, self._little()
        quoted = any(term.quoted for term in self._terms)
        for town in filter(attrgetter("sure"), self._towns):
            named = row.terms[town.start : town.stop]
            if (lies := self._wording.lies(town)) is not None:
                others = [each for each, small in enumerate(little) if not small]
                met = [self._strictly(each) for each in others if each not in named]
                if not row.stands_alone(town):  # the rest of a run of a script without spaces
                    about = [*map(self._wording.bears, self._meant(named[0]))]
                    met.append(Query.boolean_query([(Occur.Should, each) for each in about]))
                yield Query.const_score_query(all_of([lies, *met]), _OF_CITY if met else NAMED)
            for other in () if quoted else self._wording.others(town):
                said = (*row.words[: town.start], other.spoken, *row.words[town.stop :])
                whole = called(self._schema, self._searcher, words(" ".join(said), asked=True))
                if whole is not None:
                    yield whole

    def _meant(self, number: int) -> Iterator[str]:
        """Give the concepts by which a term may be found, those that it merely hints at too."""
        term = self._terms[number]
        for sense in self._senses:
            if number in self._row.terms[sense.start : sense.stop]:
                yield sense.label.concept
        if self._hints(number):
            yield from self._lexicon.hints(term.spoken)

    def _hints(self, number: int) -> bool:
        """Say whether a term may hint at concepts: a single word, and surely no city's name."""
        term = self._terms[number]
        single = not term.quoted and len(term.folded) == 1
        return single and not any(each.sure for each in self._named(number))

    def _anywhere(self, number: int) -> Query:
        """Find one term in any text, or a concept that it means alone or with its neighbours."""
        term, weight = self._terms[number], self.weights[number] % UNKNOWN
        found = list(self._wording.said(term, weight))
        found += (
            self._wording.about(sense.label.concept, _CONCEPT * weight)
            for sense in self._senses
            if number in self._row.terms[sense.start : sense.stop]
        )
        for town in self._named(number):
            found += self._wording.told(town, weight)
        if self._hints(number):
            found += self._wording.hinted(term.spoken, weight)
        return _best_of(found)

    def _loosely(self, number: int, exact: Query) -> Query:
        """Accept also beginnings of words, and for an unknown word others that it may mean."""
        term, weight = self._terms[number], self.weights[number] % UNKNOWN
        found = [exact]
        if not term.quoted:
            found += (
                self._wording.fuzzy(word, 0, _BEGINNING * weight, prefix=True)
                for word in term.folded
                if len(word) >= _SHORTEST_BEGINNING
            )
            if len(term.folded) == 1 and self.weights[number] >= UNKNOWN:
                found += self._wording.mistyped(term.folded[0], weight)
            found += self._wording.parts(term, weight)
            found += (
                self._wording.about(sense.label.concept, _MISTYPED_CONCEPT * weight)
                for sense in self._corrected
                if number in self._row.terms[sense.start : sense.stop]
            )
        return _best_of(found)

    def _corrections(self) -> Iterator[Sense]:
        """Give the concepts that the question means once unknown words are those of labels."""
        said = list(self._row.words)
        for at, number in enumerate(self._row.terms):
            term = self._terms[number]
            if self.weights[number] >= UNKNOWN and not term.compound:
                for other, errors in spelling().near(fold(said[at]), 1):
                    said[at] = other if errors == 1 else said[at]
        if tuple(said) != self._row.words:
            yield from self._lexicon.senses(said, self._row.little)


def _best_of(queries: Iterable[Query]) -> Query:
    found = list(queries)
    return Query.disjunction_max_query(found) if found else Query.empty_query()
