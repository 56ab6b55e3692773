"""Which known words a mistyped word may have meant. Pure functions and values; bounded work.

A typing error is a letter too many, too few or wrong, or two that changed places. Short words
have too many neighbours to be corrected; words of four letters may hold one error, those of eight
two. Words of scripts without spaces are pairs of characters here and are not corrected.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from heapq import nlargest
from itertools import chain
from typing import Final

from nodes.words import unspaced

SHORTEST: Final = 4
_LONG: Final = 8
_LONGEST: Final = 30
_CANDIDATES: Final = 200
_PAIRS_OF_ERROR: Final = 3
"""Pairs of letters that one error changes at most: two letters that changed places are in three."""


def errors_in(word: str) -> int:
    """Say how many errors a folded word may hold: none, one or two."""
    if len(word) < SHORTEST or len(word) > _LONGEST or unspaced(word) or word.isdecimal():
        return 0
    return 1 if len(word) < _LONG else 2


class Spelling:
    """Known words, each with how often it is said, the most frequent ones first."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self._words = [word for word in words if errors_in(word) or len(word) == SHORTEST - 1]
        self._often = words
        self._having: dict[tuple[int, str], list[int]] = {}
        for number, word in enumerate(self._words):
            for pair in _pairs(word):
                self._having.setdefault((len(word), pair), []).append(number)

    def near(self, word: str, most: int = 3) -> Sequence[tuple[str, int]]:
        """Give known words that a folded word may mean, with the errors in it; nearest first."""
        allowed = errors_in(word)
        if not allowed:
            return ()
        alike = self._alike(word, allowed, len(self._words))
        found = []
        for _, number in nlargest(_CANDIDATES, alike):
            other = self._words[-number]
            if other != word and (errors := distance(word, other, allowed)) <= allowed:
                found.append((errors, -self._often[other], other))
        return [(other, errors) for errors, _, other in sorted(found)[:most]]

    def rivalled(self, word: str, said: int) -> bool:
        """Tell whether a word near this one may be known that is said at least as often as `said`.

        Far fewer words are looked at than by `near`; what is False is so, True is perhaps.
        """
        allowed = errors_in(word)
        if not allowed:
            return False
        before = bisect_right(self._words, -said, key=lambda each: -self._often[each])
        if before == len(self._words):
            return True
        alike = self._alike(word, allowed, before)
        return len(alike) > _CANDIDATES or any(
            0 < distance(word, self._words[-number], allowed) <= allowed for _, number in alike
        )

    def _alike(self, word: str, allowed: int, before: int) -> list[tuple[int, int]]:
        """Give words that share pairs of letters: how many, and minus the number of the word."""
        pairs = _pairs(word)
        having = [
            found if found[-1] < before else found[: bisect_left(found, before)]
            for length in range(len(word) - allowed, len(word) + allowed + 1)
            for pair in pairs
            if (found := self._having.get((length, pair)))
        ]
        least = len(pairs) - _PAIRS_OF_ERROR * allowed
        shared = Counter(chain.from_iterable(having))
        return [(often, -number) for number, often in shared.items() if often >= least]


def distance(one: str, other: str, most: int) -> int:
    """Count the errors between two words (optimal string alignment); `most` + 1 is many."""
    one, other = _differing(one, other)
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        last, row = row, [at]
        for to, sign in enumerate(other, 1):
            errors = min(last[to] + 1, row[-1] + 1, last[to - 1] + (letter != sign))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == sign:
                errors = min(errors, before[to - 2] + 1)
            row.append(errors)
        before = last
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def _differing(one: str, other: str) -> tuple[str, str]:
    """Leave out how two words begin and end alike; the errors are between what is left."""
    shorter = min(len(one), len(other))
    start = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    rest = shorter - start
    end = next((at for at in range(rest) if one[-1 - at] != other[-1 - at]), rest)
    return one[start : len(one) - end], other[start : len(other) - end]


def _pairs(word: str) -> set[str]:
    framed = f"^{word}$"
    return {framed[at : at + 2] for at in range(len(framed) - 1)}
