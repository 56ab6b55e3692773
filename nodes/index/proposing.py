"""What somebody may have meant or may go on to type, from the words that are in the index.

Both are bounded: a question has few words and a word few neighbours, and the words of the index
are read again only when a part of them may have changed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Final

import tantivy

from nodes.index.documents import named
from nodes.index.gazetteer import gazetteer
from nodes.index.lexicon import lexicon, spelling
from nodes.index.wording import cities_called
from nodes.searches import Proposal
from nodes.spelling import SHORTEST, Spelling, errors_in
from nodes.words import Question, Term, fold, spoken, unspaced, words

_MOST_WORDS: Final = 20_000
_FEW_WORDS: Final = 2_000  # which are read again in no time
_CHANGED_SHARE: Final = 100
_GROWN_SHARE: Final = 10
_FAR_MORE: Final = 5  # times as often as a word that records say, another must be said
_GROWTH: Final = 2  # by which a word may be said more often than when the words were read
_TRIED: Final = 4
_MOST_NAMES: Final = 5
_MOST_CONCEPTS: Final = 5


@dataclass(frozen=True)
class Vocabulary:
    """The words that most records say, as they were at a position of the index."""

    position: int
    spelling: Spelling
    size: int

    def holds_at(self, position: int) -> bool:
        """Say whether little of it can have changed since; many changes are few among more."""
        changed = position - self.position
        return changed * _CHANGED_SHARE <= self.size or changed * _GROWN_SHARE <= self.position


class Words:
    """The words of an index by which others are corrected.

    Reading many takes half a second, so no question waits for that once they were read: it is
    answered by those there are, and `read_ahead` reads them again.
    """

    def __init__(self) -> None:
        self._known: Vocabulary | None = None
        self._missed = False
        self._reading = Lock()

    def spelling(self, searcher: tantivy.Searcher, position: int) -> Spelling:
        """Give the words as they are now, or were when there were only a little fewer."""
        known = self._known
        if known is None or (known.size < _FEW_WORDS and not known.holds_at(position)):
            return self._read(searcher, position).spelling
        self._missed = self._missed or not known.holds_at(position)
        return known.spelling

    def read_ahead(self, searcher: tantivy.Searcher, position: int) -> None:
        """Read the words, unless they were read and no question has missed newer ones."""
        if self._known is None or self._missed:
            self._missed = False
            self._read(searcher, position)

    def _read(self, searcher: tantivy.Searcher, position: int) -> Vocabulary:
        with self._reading:
            known = self._known
            if known is None or not known.holds_at(position):
                known = self._known = vocabulary(searcher, position)
            return known


def vocabulary(searcher: tantivy.Searcher, position: int) -> Vocabulary:
    """Read the words of the index, the most frequent ones first."""
    found = dict(searcher.terms_with_prefix("words", "", limit=_MOST_WORDS))
    return Vocabulary(position=position, spelling=Spelling(found), size=len(found))


def spellings(
    searcher: tantivy.Searcher, known: Spelling, text: str, question: Question
) -> Iterator[str]:
    """Give a question spelt a little differently: all doubtful words at once, then one by one.

    A word is doubtful when no record says it, or a word near it is said far more often. Quoted
    words are meant, and little ones (*and*, *del*) are nothing to offer.
    """
    changes: list[tuple[Term, str]] = []
    for term in question.wanted:
        if term.quoted or len(term.folded) != 1 or not errors_in(term.folded[0]):
            continue
        word = term.folded[0]
        said = searcher.doc_freq("words", word)
        if said and not known.rivalled(word, said * _FAR_MORE // _GROWTH):
            continue
        near = [
            (errors, -often, other)
            for other, errors in (*known.near(word), *spelling().near(word, 1))
            if ((often := searcher.doc_freq("words", other)) > _FAR_MORE * said or not said)
            and not lexicon().little(other)
        ]
        meant = word in lexicon().content or gazetteer().sure(word)
        if near and not (meant and not said):
            changes.append((term, min(near)[2]))
    tried = [changes] if len(changes) > 1 else []
    for each in (*tried, *([change] for change in changes[:_TRIED])):
        yield _changed(text, each)


def names(
    searcher: tantivy.Searcher, typed: str, borne: Callable[[str, str], bool]
) -> Iterator[Proposal]:
    """Give cities and partners with a word that begins as typed, most records first.

    Then cities that are called so elsewhere. The list of terms still has those of records that are
    gone: `borne` tells by field and term whether a record has one.
    """
    beginning = " ".join(words(typed))
    if beginning:
        found = searcher.terms_with_prefix("name", beginning, limit=4 * _MOST_NAMES)
        terms = [*(term for term, _ in found), *_elsewhere(searcher, typed)]
        seen = dict.fromkeys(named(term) for term in terms if borne("name", term))
        for facet, value in islice(seen, _MOST_NAMES):
            yield Proposal(kind=facet, text=value)


def concepts(typed: str, used: Callable[[str], bool]) -> Iterator[Proposal]:
    """Give concepts in use with a label in any language that begins as typed."""
    beginning = fold(" ".join(typed.split()))
    seen: set[str] = set()
    if not beginning:
        return
    for _, label in lexicon().beginning(beginning):
        if label.concept not in seen and used(label.concept):
            seen.add(label.concept)
            yield Proposal(
                kind="concept", text=label.text, language=label.language, concept=label.concept
            )
        if len(seen) >= _MOST_CONCEPTS:
            return


def _elsewhere(searcher: tantivy.Searcher, typed: str) -> Iterator[str]:
    """Give the terms of cities with a name that begins as typed, in any language."""
    beginning = fold(" ".join(spoken(typed).split()))
    if len(beginning) < SHORTEST and not unspaced(beginning):
        return
    for town in gazetteer().beginning(beginning, _MOST_NAMES):
        for name in town.names:
            yield from cities_called(searcher, name.text)


def _changed(text: str, changes: list[tuple[Term, str]]) -> str:
    for term, other in sorted(changes, key=lambda each: -each[0].at[0]):
        start, stop = term.at
        text = text[:start] + other + text[stop:]
    return text
