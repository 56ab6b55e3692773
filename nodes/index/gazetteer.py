"""Cities by their names in all languages, and which of them the words of a question name.

Whoever asks for *Wiedeń* means the records of Wien, whose people never write it so. A name that is
also a usual word (*Nice*, *Split*) means the city perhaps: it is a hint, and the word goes before.
A question without a name costs a look into a dictionary for each of its words, and no question
more than a few names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Final

from nodes.words import fold, spoken
from vocab.cities import Name, cities

_MOST: Final = 6


@dataclass(frozen=True, kw_only=True)
class Town:
    """That the words of a question from `start` to `stop` are one of the `names` of a city.

    It is `sure` when they are no usual word as well.
    """

    start: int
    stop: int
    sure: bool
    names: tuple[Name, ...]


class Gazetteer:
    """The names of cities by their folded words."""

    def __init__(self, known: Sequence[Sequence[Name]]) -> None:
        self._bearing: dict[tuple[str, ...], list[int]] = {}
        self._sure: dict[tuple[str, ...], bool] = {}
        self._widths: dict[str, list[int]] = {}
        self._cities = known
        self._own = {_words(names[0].text): number for number, names in enumerate(known)}
        for number, names in enumerate(known):
            for name in names:
                said = _words(name.text)
                self._bearing.setdefault(said, []).append(number)
                self._sure[said] = not name.common and self._sure.get(said, True)
                widths = self._widths.setdefault(said[0], [])
                if len(said) not in widths:
                    widths.append(len(said))
                    widths.sort(reverse=True)

    def towns(self, said: Sequence[str]) -> tuple[Town, ...]:
        """Find the first names among spoken words, the widest at each place."""
        return tuple(islice(self._towns(said), _MOST))

    def sure(self, word: str) -> bool:
        """Say whether a folded word alone surely is a name."""
        return self._sure.get((word,), False)

    def _towns(self, said: Sequence[str]) -> Iterator[Town]:
        folded = [fold(word) for word in said]
        start = 0
        while start < len(folded):
            width = next(
                (
                    each
                    for each in self._widths.get(folded[start], ())
                    if tuple(folded[start : start + each]) in self._bearing
                ),
                0,
            )
            if width:
                yield self._town(start, tuple(folded[start : start + width]))
            start += width or 1

    def _town(self, start: int, said: tuple[str, ...]) -> Town:
        """Give the names of all cities called so, but for what is first of all another city's."""
        bearing = self._bearing[said]
        names = [
            name
            for number in bearing
            for name in self._cities[number]
            if self._own.get(_words(name.text), number) in bearing
        ]
        return Town(
            start=start,
            stop=start + len(said),
            sure=self._sure[said],
            names=tuple(dict.fromkeys(names)),
        )


@cache
def gazetteer() -> Gazetteer:
    """Read the names of cities, once."""
    return Gazetteer(cities())


def _words(name: str) -> tuple[str, ...]:
    return tuple(fold(word) for word in spoken(name).split())
