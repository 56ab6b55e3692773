"""Cities by their names in all languages, and which of them the words of a question name.

Whoever asks for *Wiedeń* means the records of Wien, whose people never write it so. A name that is
also a usual word (*Nice*, *Split*) means the city perhaps: it is a hint, and the word goes before.
A question without a name costs a look into a dictionary for each of its words, and no question
more than a few names.

What nodes call their cities is known beside. By such a name the records of that node are found, and
nothing else is read otherwise for it, since a node may call itself anything.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice, takewhile
from typing import Final

from nodes.index.lexicon import lexicon
from nodes.words import fold, spoken
from vocab.cities import Name, cities

_MOST: Final = 6
_MOST_HOMES: Final = 50

_Words = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Town:
    """That the words of a question from `start` to `stop` are one of the `names` of a city.

    It is `sure` when they are no usual word as well. `homes` are the bases of nodes called so.
    """

    start: int
    stop: int
    sure: bool
    names: tuple[Name, ...] = ()
    homes: tuple[str, ...] = ()


class Gazetteer:
    """The names of cities by their folded words; `homes` are those that nodes have, by base."""

    def __init__(
        self, known: Sequence[Sequence[Name]], homes: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.homes = homes or {}
        self._cities = known
        self._own = {_words(names[0].text): number for number, names in enumerate(known)}
        self._bearing: dict[_Words, list[int]] = {}
        self._sure: dict[_Words, bool] = {}
        for number, names in enumerate(known):
            for name in names:
                said = _words(name.text)
                self._bearing.setdefault(said, []).append(number)
                self._sure[said] = not name.common and self._sure.get(said, True)
        self._called: dict[_Words, list[str]] = {}
        for base, called in self.homes.items():
            for said in filter(None, {_words(each) for each in called}):
                self._called.setdefault(said, []).append(base)
        self._ordered = sorted((" ".join(said), said) for said in self._bearing)
        self._widths = _widths(self._bearing)
        self._widths_called = _widths(self._called)

    def towns(self, said: Sequence[str]) -> tuple[Town, ...]:
        """Find the first names among spoken words, the widest at each place."""
        folded = tuple(map(fold, said))
        return (*islice(self._towns(folded), _MOST), *islice(self._homely(folded), _MOST))

    def beginning(self, folded: str, most: int) -> tuple[Town, ...]:
        """Give cities with a name that begins with a folded text, in the order of the alphabet."""
        at = bisect_left(self._ordered, (folded,))
        found = takewhile(lambda each: each[0].startswith(folded), self._ordered[at : at + most])
        return tuple(self._town(0, said) for _, said in found)

    def sure(self, word: str) -> bool:
        """Say whether a folded word alone surely is a name."""
        return self._sure.get((word,), False)

    def _towns(self, folded: _Words) -> Iterator[Town]:
        start = 0
        while start < len(folded):
            for width in self._widths.get(folded[start], ()):
                if (said := folded[start : start + width]) in self._bearing:
                    yield self._town(start, said)
                    start += width
                    break
            else:
                start += 1

    def _town(self, start: int, said: _Words) -> Town:
        """Give the names of all cities called so, but for what is first of all another city's."""
        bearing = self._bearing[said]
        names = [
            name
            for number in bearing
            for name in self._cities[number]
            if self._own.get(_words(name.text), number) in bearing
        ]
        homes = [base for each in names for base in self._called.get(_words(each.text), ())]
        return Town(
            start=start,
            stop=start + len(said),
            sure=self._sure[said],
            names=tuple(dict.fromkeys(names)),
            homes=tuple(dict.fromkeys(homes))[:_MOST_HOMES],
        )

    def _homely(self, folded: _Words) -> Iterator[Town]:
        """Find what only nodes call their cities, unless a word of it is a usual one."""
        for start, word in enumerate(folded):
            for width in self._widths_called.get(word, ()):
                said = folded[start : start + width]
                homes = self._called.get(said, ()) if said not in self._bearing else ()
                if homes and not any(map(_usual, said)):
                    yield Town(
                        start=start,
                        stop=start + width,
                        sure=True,
                        homes=tuple(homes[:_MOST_HOMES]),
                    )


@cache
def gazetteer() -> Gazetteer:
    """Read the names of cities, once."""
    return Gazetteer(cities())


def _usual(word: str) -> bool:
    return lexicon().little(word) or bool(lexicon().hints(word))


def _words(name: str) -> _Words:
    return tuple(fold(word) for word in spoken(name).split())


def _widths(names: Iterable[_Words]) -> dict[str, list[int]]:
    """Give, for what names begin with, of how many words they are, the most first."""
    found: dict[str, set[int]] = {}
    for said in names:
        found.setdefault(said[0], set()).add(len(said))
    return {word: sorted(widths, reverse=True) for word, widths in found.items()}
