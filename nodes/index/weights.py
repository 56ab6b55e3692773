"""How much a word says about a record. Pure functions; no corpus, no library.

The weight of a word follows from its record alone: where it stands, how often, in how long a
text. Nothing that another record says can change it, so a page of hits follows the one before
it even when others come and go between them, and a hostile record can lift or sink nobody else.
Weights are whole numbers of a short scale, so that sums of them are exact.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

SCALE: Final = (2, 3, 4, 6, 9, 13, 19, 27)
"""The weights there are; the index writes a word down with the place of its weight in this."""

_FIELDS: Final = {"title": 6.0, "summary": 2.5, "about": 2.0, "body": 1.0}
_USUAL_WORDS: Final = {"title": 8, "summary": 40, "about": 30, "body": 150}
_SATURATION: Final = 1.2  # k1 and b of BM25, with lengths that are usual in place of averages
_SHORTNESS: Final = 0.5
_FURTHER: Final = 0.25  # what a word counts in its second field and on
_UNIT: Final = 2.0


def weigh(texts: Mapping[str, Iterable[str]]) -> dict[str, int]:
    """Give the place in `SCALE` of each word of a record, from its words field by field."""
    best: dict[str, float] = {}
    further: dict[str, float] = {}
    for field, weight in _FIELDS.items():
        counts = Counter(texts.get(field, ()))
        length = sum(counts.values()) / _USUAL_WORDS[field]
        shares = {often: weight * _share(often, length) for often in set(counts.values())}
        for word, often in counts.items():
            share = shares[often]
            if word in best:
                further[word] = further.get(word, 0.0) + min(share, best[word])
                best[word] = max(share, best[word])
            else:
                best[word] = share
    places = {share: _place(share) for share in set(best.values())}
    found = {word: places[share] for word, share in best.items()}
    return found | {word: _place(best[word] + _FURTHER * more) for word, more in further.items()}


def _share(often: int, length: float) -> float:
    longer = 1 - _SHORTNESS + _SHORTNESS * length
    return often * (_SATURATION + 1) / (often + _SATURATION * longer)


def _place(weight: float) -> int:
    return bisect(SCALE, weight * _UNIT, 1) - 1
