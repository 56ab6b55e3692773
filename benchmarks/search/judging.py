"""Questions, what answers them and how well, and how good a ranking is by that: nDCG@10."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import Final

DEPTH: Final = 10
_FILE: Final = Path(__file__).with_name("questions.toml")


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody types, in a language (empty for a name), and the grades of what answers it."""

    text: str
    language: str
    kind: str
    grades: Mapping[str, int]


def questions() -> list[Question]:
    """Read all questions; each need is asked in several ways."""
    needs = tomllib.loads(_FILE.read_text("utf-8"))["need"]
    return [
        Question(text=text, language=language, kind=kind, grades=_grades(need))
        for need in needs
        for language, kind, text in need["asked"]
    ]


def ndcg(ranked: Sequence[str], grades: Mapping[str, int]) -> float:
    """Say how much of the gain of the best possible first ten a ranking has.

    The gain of a grade is 2^grade - 1, discounted by the logarithm of the place.
    """
    best = _gained(sorted(grades.values(), reverse=True))
    return _gained([grades.get(name, 0) for name in ranked]) / best


def _gained(grades: Sequence[int]) -> float:
    return sum(((1 << grade) - 1) / log2(place + 2) for place, grade in enumerate(grades[:DEPTH]))


def _grades(need: Mapping[str, Sequence[str]]) -> dict[str, int]:
    return {name: grade for grade in (3, 2, 1) for name in need.get(f"grade{grade}", ())}
