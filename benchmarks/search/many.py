"""Many made-up records that differ, and questions of them.

The words are those of the records of the example cities, the frequent ones first, and then made-up
ones: their shares fall as those of a language do (Zipf). A record has some 150 of them in two
languages, and themes, technologies, a city, a year and a place of its own. The same number gives
the same record and the same question on every machine.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from typing import Final

from benchmarks.sample import experiment
from benchmarks.search import corpus
from nodes.findable import findable
from nodes.words import words
from vocab.fields import Moment
from vocab.parts import Place
from vocab.records import Experiment
from vocab.schemes import scheme

FACETS: Final = ("theme", "technology", "city")
"""The three facets that every question has counted."""

KINDS: Final = ("one word", "two words", "one word, filtered", "two words, filtered")
"""The questions that are mixed: a filter is a theme, whose counts leave it out, or a year."""

MISSPELT: Final = "a misspelt word"

_WORDS: Final = 30_000
_LANGUAGES: Final = ("it", "fr", "de", "nl", "fi", "es")
_CITIES: Final = 60
_YEARS: Final = 15
_LETTERS: Final = "abcdefghilmnoprstuvz"
_PASSED: Final = 20  # the most frequent words: nobody searches for one alone
_ASKED: Final = 3_000
_ASKED_TOGETHER: Final = 800


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What somebody types, and the value of one facet that narrows it."""

    text: str
    narrowed: tuple[str, str] | None = None


def record(number: int, base: str) -> Experiment:
    """Make up one record."""
    chance = random.Random(f"record {number}")
    language = chance.choice(_LANGUAGES)
    town = chance.randrange(_CITIES)
    start = 2026 - chance.randrange(_YEARS)
    return replace(
        experiment(number, base),
        title={language: _text(chance, 6), "en": _text(chance, 6)},
        summary={"en": _text(chance, 30)},
        description={language: _text(chance, 110)},
        language=language,
        themes=tuple(chance.sample(_concepts("theme"), 2)),
        technologies=tuple(chance.sample(_concepts("technology"), 2)),
        keywords=(),
        start=Moment(value=str(start)),
        end=None,
        place=Place(
            city=f"City {town}",
            country="IT",
            wkt=f"POINT({chance.uniform(-170, 170):.4f} {chance.uniform(-60, 70):.4f})",
        ),
    )


def asking(number: int, kind: str) -> Asking:
    """Make up one question of a kind."""
    chance = random.Random(f"{kind} {number}")
    if kind == MISSPELT:
        word = chance.choice([each for each in _words()[_PASSED:_ASKED] if len(each) > 5])
        return Asking(text=word[:2] + "x" + word[3:])
    many = 2 if kind.startswith("two") else 1
    known = _words()[_PASSED : _ASKED_TOGETHER if many == 2 else _ASKED]
    text = " ".join(chance.sample(known, many))
    if not kind.endswith("filtered"):
        return Asking(text=text)
    theme = chance.choice(_concepts("theme"))
    year = str(2026 - chance.randrange(_YEARS))
    return Asking(text=text, narrowed=chance.choice((("theme", theme), ("year", year))))


@cache
def _words() -> list[str]:
    counted: Counter[str] = Counter()
    for each in corpus.records():
        for said in findable(each, "").said:
            counted.update(word for word in words(said.text) if word.isalpha() and len(word) > 1)
    return [*(word for word, _ in counted.most_common()), *_made_up(_WORDS - len(counted))]


def _made_up(many: int) -> Iterator[str]:
    chance = random.Random(1)
    for _ in range(many):
        yield "".join(chance.choices(_LETTERS, k=chance.randint(4, 10)))


@cache
def _shares() -> list[float]:
    return list(accumulate(1 / (rank + 1) for rank in range(len(_words()))))


@cache
def _concepts(name: str) -> list[str]:
    return [each.iri for each in scheme(name).concepts]


def _text(chance: random.Random, many: int) -> str:
    return " ".join(chance.choices(_words(), cum_weights=_shares(), k=many))
