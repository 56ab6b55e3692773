"""How like two things are, part by part. Plain functions; no index, no journal, no clock.

A likeness is a number from 0 to 1 that says what it is made of: each part has a weight, a score of
its own and a sentence. A part that is not known of both sides has no score; it is named, and it
counts neither for nor against.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from vocab.profile import Profile
from vocab.schemes import ids, label

_OCTAVES: Final = {"population": 4.0, "density": 3.0, "area": 4.0}
"""So many times must a figure be doubled to have nothing in common with the other."""

_NAMES: Final = 3
_MANY: Final = {"population": "many", "density": "dense", "area": "large"}

CITY_WEIGHTS: Final = {
    "population": 0.25,
    "density": 0.15,
    "area": 0.05,
    "climate": 0.15,
    "income": 0.10,
    "themes": 0.15,
    "technologies": 0.15,
}
"""What the parts of the likeness of two cities weigh."""

TRIAL_WEIGHTS: Final = {
    "theme": 0.20,
    "technology": 0.30,
    "text": 0.30,
    "preconditions": 0.10,
    "city": 0.10,
}
"""What the parts of the likeness of two experiments weigh."""

_TITLES: Final = {
    "population": "People",
    "density": "Density",
    "area": "Area",
    "climate": "Climate",
    "income": "Income of the country",
    "themes": "Themes of their records",
    "technologies": "Technologies of their records",
    "theme": "Theme",
    "technology": "Technology",
    "text": "Text",
    "preconditions": "What it takes",
    "city": "The city",
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One reason: `score` is from 0 to 1, or None where it is not known of both; `why` is words."""

    name: str
    weight: float
    score: float | None
    why: str

    @property
    def title(self) -> str:
        """The heading under which people read it."""
        return _TITLES[self.name]


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """A whole: `score` of what is known, and how much of the weight that is."""

    score: float
    known: float
    parts: tuple[Part, ...]

    @property
    def rank(self) -> float:
        """What it is ranked by: of two that are as like, the one of which more is known goes first.

        So nothing comes first because hardly anything is known of it.
        """
        return self.score * math.sqrt(self.known)

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts that are not known of both sides."""
        return tuple(part for part in self.parts if part.score is None)


def whole(parts: Iterable[Part]) -> Likeness:
    """Put parts together: their mean by weight, over those that are known."""
    found = tuple(parts)
    known = sum(part.weight for part in found if part.score is not None)
    total = sum(part.weight * part.score for part in found if part.score is not None)
    score = total / known if known else 0.0
    return Likeness(score=round(score, 4), known=round(known, 4), parts=found)


def cities(
    first: Profile | None,
    second: Profile | None,
    themes: tuple[Mapping[str, int], Mapping[str, int]],
    technologies: tuple[Mapping[str, int], Mapping[str, int]],
) -> Likeness:
    """Compare two cities by their profiles and by what their records are about.

    `themes` and `technologies` count the records of each by concept.
    """
    parts = [*_figures(first, second)]
    for name, counts in (("themes", themes), ("technologies", technologies)):
        parts.append(_counts(name, *counts))
    return whole(parts)


def profiles(first: Profile | None, second: Profile | None) -> float | None:
    """Give the likeness of two cities by their profiles alone; None when nothing can be compared.

    Half of the weight must be known: two capitals of one climate need not be alike.
    """
    found = whole(_figures(first, second))
    most = sum(part.weight for part in found.parts)
    return found.score if found.known * 2 >= most else None


def shared(name: str, first: Collection[str], second: Collection[str], what: str) -> Part:
    """Compare two sets of concepts: what they share, of all that either has."""
    weight = TRIAL_WEIGHTS[name]
    if not first or not second:
        whose = "neither" if not first and not second else "one"
        return Part(name=name, weight=weight, score=None, why=f"{whose} of the two names {what}")
    both = sorted(set(first) & set(second))
    every = set(first) | set(second)
    if not both:
        return Part(name=name, weight=weight, score=0.0, why="nothing shared")
    why = f"{len(both)} of {len(every)} shared: {_named(both)}"
    return Part(name=name, weight=weight, score=len(both) / len(every), why=why)


def cosine(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Give the cosine of two bags of weighted terms; 0 where one is empty."""
    small, large = sorted((first, second), key=len)
    product = sum(weight * large[term] for term, weight in small.items() if term in large)
    lengths = math.sqrt(_square(first) * _square(second))
    return min(1.0, product / lengths) if lengths else 0.0


def _square(bag: Mapping[str, float]) -> float:
    return sum(weight * weight for weight in bag.values())


def _figures(first: Profile | None, second: Profile | None) -> list[Part]:
    return [
        _ratio("population", _of(first, "population"), _of(second, "population"), "people"),
        _ratio(
            "density",
            first.people_per_km2 if first else None,
            second.people_per_km2 if second else None,
            "people per km²",
        ),
        _ratio("area", _of(first, "area"), _of(second, "area"), "km²"),
        _climate(first.climate if first else None, second.climate if second else None),
        _income(first.income if first else None, second.income if second else None),
    ]


def _of(profile: Profile | None, name: str) -> Decimal | int | None:
    found: Decimal | int | None = getattr(profile, name) if profile is not None else None
    return found


def _ratio(name: str, first: Decimal | int | None, second: Decimal | int | None, unit: str) -> Part:
    """Compare two figures by how often one is the double of the other."""
    weight = CITY_WEIGHTS[name]
    if not first or not second:
        return Part(name=name, weight=weight, score=None, why=_unsaid(first, second))
    octaves = abs(math.log2(float(first) / float(second)))
    score = max(0.0, 1 - octaves / _OCTAVES[name])
    small, large = sorted((float(first), float(second)))
    times = large / small
    how = "nearly the same" if times < 1.05 else f"{times:.1f} times as {_MANY[name]}"
    why = f"{_number(first)} and {_number(second)} {unit}: {how}"
    return Part(name=name, weight=weight, score=score, why=why)


def _climate(first: str | None, second: str | None) -> Part:
    """Compare two classes of Köppen and Geiger by the letters they begin with."""
    weight = CITY_WEIGHTS["climate"]
    if not first or not second:
        return Part(name="climate", weight=weight, score=None, why=_unsaid(first, second))
    codes = [each.rsplit("/", 1)[-1] for each in (first, second)]
    names = [
        f"{label(iri, ('en',))} ({code})" for iri, code in zip((first, second), codes, strict=True)
    ]
    both = " and ".join(names)
    score, why = 0.0, f"{both}: of different main groups"
    if codes[0] == codes[1]:
        score, why = 1.0, f"both {names[0]}"
    elif codes[0][:2] == codes[1][:2]:
        score, why = 0.7, f"{both}: the same but for the last letter"
    elif codes[0][:1] == codes[1][:1]:
        score, why = 0.4, f"{both}: of one main group"
    return Part(name="climate", weight=weight, score=score, why=why)


def _income(first: str | None, second: str | None) -> Part:
    """Compare two classes of income by how far apart they stand in their scheme."""
    weight, order = CITY_WEIGHTS["income"], ids("income")
    names = [(each or "").rsplit("/", 1)[-1] for each in (first, second)]
    if any(name not in order for name in names):
        return Part(name="income", weight=weight, score=None, why=_unsaid(first, second))
    apart = abs(order.index(names[0]) - order.index(names[1]))
    why = f"both {names[0]}" if not apart else f"{names[0]} and {names[1]}"
    return Part(name="income", weight=weight, score=max(0.0, 1 - apart / 2), why=why)


def _counts(name: str, first: Mapping[str, int], second: Mapping[str, int]) -> Part:
    """Compare what the records of two cities are about."""
    weight = CITY_WEIGHTS[name]
    if not first or not second:
        return Part(name=name, weight=weight, score=None, why=_unsaid(first, second))
    bags = [{concept: math.sqrt(n) for concept, n in each.items()} for each in (first, second)]
    both = sorted(first.keys() & second.keys(), key=lambda each: -min(first[each], second[each]))
    why = f"{len(both)} shared: {_named(both)}" if both else "nothing shared"
    return Part(name=name, weight=weight, score=cosine(*bags), why=why)


def _unsaid(first: object, second: object) -> str:
    if first:
        return "not known of the other city"
    return "not known of this city" if second else "not known of either city"


def _named(concepts: Iterable[str]) -> str:
    found = list(concepts)
    said = ", ".join(label(each, ("en",)) for each in found[:_NAMES])
    return f"{said} and {len(found) - _NAMES} more" if len(found) > _NAMES else said


def _number(value: Decimal | int) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,f}".rstrip("0").rstrip(".")
