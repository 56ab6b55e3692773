"""The words of a question in a row, and the terms they belong to: what names and labels meet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nodes.index.gazetteer import Gazetteer, Town
from nodes.index.lexicon import Lexicon
from nodes.words import Term, fold, unspaced


@dataclass(frozen=True)
class Row:
    """Spoken words, the number of the term of each, and which of them say little."""

    words: tuple[str, ...]
    terms: tuple[int, ...]
    little: tuple[bool, ...]

    def towns(self, known: Gazetteer) -> Iterator[Town]:
        """Give the cities that are named; a part of a compound, such as *Wien-Simmering*, is none.

        In a script without spaces any part may be one.
        """
        for town in known.towns(self.words):
            if self.stands_alone(town) or unspaced(self.words[town.start]):
                yield town

    def stands_alone(self, town: Town) -> bool:
        """Say whether the name of a city is all of its terms."""
        around = {*self.terms[: town.start], *self.terms[town.stop :]}
        return around.isdisjoint(self.terms[town.start : town.stop])


def in_a_row(known: Lexicon, terms: Sequence[Term]) -> Row:
    """Put the words of all terms but the quoted ones in a row."""
    row = [
        (word, number, not term.compound and known.little(fold(word)))
        for number, term in enumerate(terms)
        if not term.quoted
        for said in term.spoken.split()
        for word in known.parted(said)
    ]
    words, numbers, little = zip(*row, strict=True) if row else ((), (), ())
    return Row(words=words, terms=numbers, little=little)
