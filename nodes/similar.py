"""Experiments like one, and why: candidates from the index, weighed part by part.

Candidates are as many as the index is asked for, however large the catalogue: some share concepts,
some share weighty words. What each has is read once and remembered while its city says nothing new.
The text part compares the terms of titles, summaries and descriptions, the rarer the weightier;
texts of two languages meet where both have words in one, or by what they mean, where the node knows
that (`nearest`).
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from federation.member import Member
from nodes import likeness
from nodes.catalogue import Gone, Known, known_of
from nodes.cities import Cities
from nodes.hands import whose
from nodes.index import Index
from nodes.index.documents import terms_of
from nodes.index.nearness import Wanted
from nodes.journal import Journal
from nodes.likeness import TRIAL_WEIGHTS, Likeness, Part
from nodes.remembering import MIB, Memory, weight
from nodes.turns import Turns
from vocab.languages import primary
from vocab.profile import Profile
from vocab.records import Experiment

CANDIDATES: Final = 30
"""Asked of the index twice, by concepts and by words, and once of what knows what texts mean."""

FEW: Final = 8
"""As many are enough for a short list beside something else."""

_REMEMBERED: Final = 4_000
_BYTES: Final = 32 * MIB
_ANSWERS: Final = 200
_MOST_TERMS: Final = 300
_SHORTEST: Final = 3
_LANGUAGES: Final = 10
_KEYWORDS: Final = 50
_TITLE_WEIGHT: Final = 3
_TOLD_TERMS: Final = 4
_ALIKE: Final = 0.05
_MOST_TIMES: Final = 5
_IN_LINE: Final = 256
RESTING: Final = 60.0
"""So many seconds a short list may be old while the index goes on."""


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What of an experiment is compared. `terms` counts its words, those of titles more."""

    iri: str
    origin: str
    themes: tuple[str, ...]
    technologies: tuple[str, ...]
    preconditions: tuple[str, ...]
    terms: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Similar:
    """An experiment that is like another one."""

    known: Known
    likeness: Likeness


Nearest = Callable[[str, int], Awaitable[Sequence[tuple[str, float]]]]
"""Gives the records whose texts mean what those of one do, each with a cosine, nearest first."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was found, of which state of the experiment and of the index, and when."""

    member: str
    position: int
    at: float
    ranked: tuple[tuple[str, Likeness], ...]


@dataclass(kw_only=True)
class Similars:
    """Finds what is like an experiment."""

    journal: Journal
    index: Index
    cities: Cities
    nearest: Nearest | None = None
    _traits: Memory[tuple[Traits | None]] = field(
        default_factory=lambda: Memory(most=_REMEMBERED, most_bytes=_BYTES)
    )
    _turns: Turns = field(default_factory=lambda: Turns(1, _IN_LINE))
    _answers: Memory[Answer] = field(
        default_factory=lambda: Memory(most=_ANSWERS, most_bytes=_BYTES // 2)
    )

    async def like(
        self, known: Known, most: int, *, age: float = 0.0, candidates: int = CANDIDATES
    ) -> tuple[Similar, ...]:
        """Give the experiments most like one, best first; none for what is no experiment.

        The answer may be `age` seconds old, though others have changed meanwhile. Clients have
        turns; raises Busy when very many wait.
        """
        if not isinstance(known.record, Experiment):
            return ()
        async with self._turns.turn(whose()):
            answer = self._answers.recall(None, (known.record.iri, candidates))
            if answer is None or not self._holds(answer, known, age):
                answer = await self._ask(known, candidates)
        return await asyncio.to_thread(self._shown, answer, most)

    def _holds(self, answer: Answer, known: Known, age: float) -> bool:
        """Tell whether an answer will do; what texts mean becomes known later than the texts."""
        rested = time.monotonic() - answer.at
        whole = answer.position == self.index.position
        settled = whole and (self.nearest is None or rested < RESTING)
        return answer.member == known.member.iri and (settled or rested < age)

    async def _ask(self, known: Known, candidates: int) -> Answer:
        position = self.index.position
        profiles = await self.cities.profiles()
        iri = known.record.iri
        near = dict(await self.nearest(iri, candidates)) if self.nearest else {}
        ranked = await asyncio.to_thread(self._ranked, known, profiles, near, candidates)
        answer = Answer(
            member=known.member.iri, position=position, at=time.monotonic(), ranked=tuple(ranked)
        )
        self._answers.keep(None, (iri, candidates), answer, weight(answer))
        return answer

    def _shown(self, answer: Answer, most: int) -> tuple[Similar, ...]:
        found = ((self._known(iri), alike) for iri, alike in answer.ranked)
        shown = (Similar(known=each, likeness=alike) for each, alike in found if each is not None)
        return tuple(islice(shown, most))

    def _ranked(
        self,
        known: Known,
        profiles: Mapping[str, Profile],
        near: Mapping[str, float],
        candidates: int,
    ) -> list[tuple[str, Likeness]]:
        mine = self._traits_of(known.member, known)
        if mine is None:
            return []
        words = " ".join(
            term for term, times in mine.terms.items() for _ in range(min(int(times), _MOST_TIMES))
        )
        wanted = Wanted(
            iri=mine.iri,
            themes=mine.themes,
            technologies=mine.technologies,
            texts=dict.fromkeys(("title", "summary", "body"), words),
        )
        hits = (hit.iri for hit in self.index.near(wanted, candidates))
        iris = [iri for iri in dict.fromkeys((*hits, *near)) if iri != mine.iri]
        others = list(filter(None, map(self._other, iris)))
        rare = self.index.rarities({term for each in (mine, *others) for term in each.terms})
        found = [(each.iri, compare(mine, each, rare, profiles, near)) for each in others]
        kept = [each for each in found if each[1].score >= _ALIKE]
        return sorted(kept, key=lambda each: (-each[1].rank, each[0]))

    def _other(self, iri: str) -> Traits | None:
        entry = self.journal.record(iri)
        return self._traits_of(entry.member, None) if entry is not None else None

    def _traits_of(self, member: Member, known: Known | None) -> Traits | None:
        if (before := self._traits.recall(None, member.iri)) is not None:
            return before[0]
        read = known or self._known(member.object)
        found = traits(read) if read is not None else None
        self._traits.keep(None, member.iri, (found,), weight(found) + len(member.iri))
        return found

    def _known(self, iri: str) -> Known | None:
        entry = self.journal.record(iri)
        known = known_of(entry) if entry is not None else None
        return None if isinstance(known, Gone) else known


def traits(known: Known) -> Traits | None:
    """Read what is compared; None for what is no experiment."""
    record = known.record
    if not isinstance(record, Experiment):
        return None
    return Traits(
        iri=record.iri,
        origin=known.origin,
        themes=record.themes,
        technologies=record.technologies,
        preconditions=tuple(sorted({each.kind for each in record.preconditions if each.kind})),
        terms=dict(Counter(_terms(record)).most_common(_MOST_TERMS)),
    )


def compare(
    mine: Traits,
    other: Traits,
    rare: Mapping[str, float],
    profiles: Mapping[str, Profile],
    near: Mapping[str, float],
) -> Likeness:
    """Weigh how like two experiments are. `rare` says how much each term tells.

    `near` says of some records how near what they say is to what the first one says.
    """
    return likeness.whole(
        [
            likeness.shared("theme", mine.themes, other.themes, "a theme"),
            likeness.shared("technology", mine.technologies, other.technologies, "a technology"),
            _text(mine.terms, other.terms, rare, near.get(other.iri)),
            likeness.shared(
                "preconditions", mine.preconditions, other.preconditions, "what it takes"
            ),
            _city(mine.origin, other.origin, profiles),
        ]
    )


def _terms(record: Experiment) -> Iterator[str]:
    texts = [
        *((each, _TITLE_WEIGHT) for each in list(record.title.items())[:_LANGUAGES]),
        *((each, 1) for each in list(record.summary.items())[:_LANGUAGES]),
        *((each, 1) for each in list(record.description.items())[:_LANGUAGES]),
        *((each, 1) for each in record.keywords[:_KEYWORDS]),
    ]
    for (language, text), times in texts:
        for term in _kept(terms_of(text, primary(language))):
            yield from (term for _ in range(times))


def _kept(terms: Sequence[str]) -> Iterator[str]:
    return (each for each in terms if len(each.rpartition("\x1f")[2]) >= _SHORTEST)


def _text(
    mine: Mapping[str, float],
    other: Mapping[str, float],
    rare: Mapping[str, float],
    near: float | None,
) -> Part:
    weight = TRIAL_WEIGHTS["text"]
    bags = [
        {term: (1 + math.log(count)) * rare.get(term, 0.0) for term, count in each.items()}
        for each in (mine, other)
    ]
    by_terms = likeness.cosine(*bags)
    if near is not None and near > by_terms:
        why = "what they say means much the same, whatever the language"
        return Part(name="text", weight=weight, score=min(1.0, max(0.0, near)), why=why)
    both = sorted(bags[0].keys() & bags[1].keys(), key=lambda each: -bags[0][each] * bags[1][each])
    if not both:
        return Part(name="text", weight=weight, score=None, why="no language in common, or no word")
    named = dict.fromkeys(term.rpartition("\x1f")[2] for term in both)
    why = f"weighty words they share: {', '.join(islice(named, _TOLD_TERMS))}"
    return Part(name="text", weight=weight, score=by_terms, why=why)


def _city(mine: str, other: str, profiles: Mapping[str, Profile]) -> Part:
    weight = TRIAL_WEIGHTS["city"]
    if mine == other:
        return Part(name="city", weight=weight, score=1.0, why="the same city")
    score = likeness.profiles(profiles.get(mine), profiles.get(other))
    if score is None:
        why = "too little is known of one of the cities"
        return Part(name="city", weight=weight, score=None, why=why)
    return Part(name="city", weight=weight, score=score, why="by people, area, climate and income")
