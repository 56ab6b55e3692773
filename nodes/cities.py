"""The cities of the federation and how like each other they are.

A city's profile is a signed member of its own node (`vocab.profile`), so every node that reads
its feed, or a relay of it, knows it. What the records of a city are about comes from the index.
Both are read again when they have changed, at most once for everybody who asks. A ranking of many
cities takes a quarter of a second of a processor: the last ones are remembered, one is made at a
time, and few may wait for one.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from federation.member import Kind, Member
from nodes import likeness
from nodes.city import City
from nodes.errors import Busy
from nodes.index import Index
from nodes.journal import Journal
from nodes.journal import cities as said
from nodes.likeness import Likeness
from nodes.publishing import Draft
from nodes.remembering import Memory
from vocab.profile import Profile, to_payload

MOST_ALIKE: Final = 100
"""Cities of a ranking."""

_MOST: Final = 2_000
_REMEMBERED: Final = 32
_BYTES: Final = 4_000  # of a city in a ranking, about
_IN_LINE: Final = 16
_Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, kw_only=True)
class CityKnown:
    """A city by the base of its node: its name as people call it, and its profile if it said one.

    `records` is how many of its records are known here.
    """

    base: str
    name: str
    profile: Profile | None
    records: int


@dataclass(frozen=True, kw_only=True)
class Alike:
    """A city and how like it is to the one that was asked about."""

    city: CityKnown
    likeness: Likeness


@dataclass(kw_only=True)
class Cities:
    """The cities that are known. `name` gives the name of the city whose node has a base."""

    journal: Journal
    index: Index
    city: City
    name: Callable[[str], str | None]
    _known: tuple[int, Mapping[str, CityKnown]] = (-1, {})
    _spread: tuple[int, _Counts, _Counts] = (-1, {}, {})
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _reading: Lock = field(default_factory=Lock)
    _memory: Memory[tuple[Alike, ...]] = field(default_factory=lambda: Memory(most=_REMEMBERED))
    _waiting: int = 0

    async def every(self) -> Mapping[str, CityKnown]:
        """Give all cities by the bases of their nodes, this one first, then by name."""
        return await asyncio.to_thread(self.read)

    async def like(self, base: str) -> tuple[Alike, ...]:
        """Rank the cities that are most like one, best first; empty for one unknown.

        Raises Busy when many wait already.
        """
        version = await asyncio.to_thread(self._state)
        if (found := self._memory.recall(version, base)) is not None:
            return found
        if self._waiting >= _IN_LINE:
            raise Busy(f"{self._waiting} callers wait already for cities to be compared")
        self._waiting += 1
        try:
            async with self._turn:
                found = self._memory.recall(version, base)
                if found is None:
                    found = await asyncio.to_thread(self._like, base)
                    self._memory.keep(version, base, found, _BYTES * len(found))
        finally:
            self._waiting -= 1
        return found

    async def profiles(self) -> Mapping[str, Profile]:
        """Give the profiles that are known, by base."""
        known = await self.every()
        return {base: each.profile for base, each in known.items() if each.profile is not None}

    def read(self) -> Mapping[str, CityKnown]:
        """Give all cities; this blocks. They are read once for all who ask at the same time."""
        position = self.journal.last_change()
        known = self._known
        if known[0] != position:
            with self._reading:
                known = self._known
                if known[0] != position:
                    known = self._known = (position, self._read())
        return known[1]

    def _read(self) -> Mapping[str, CityKnown]:
        profiles, counts = said.profiles(self.journal), self.journal.counts()
        bases = dict.fromkeys((self.city.base, *profiles, *counts))
        found = []
        for base in list(bases)[:_MOST]:
            profile = profiles.get(base)
            found.append(
                CityKnown(
                    base=base,
                    name=self.name(base) or _name(profile) or base,
                    profile=profile,
                    records=counts.get(base, 0),
                )
            )
        found.sort(key=lambda each: (each.base != self.city.base, each.name.casefold(), each.base))
        return {each.base: each for each in found}

    def _like(self, base: str) -> tuple[Alike, ...]:
        known = self.read()
        if base not in known:
            return ()
        themes, technologies = self._about()
        found = [
            Alike(
                city=other,
                likeness=likeness.cities(
                    known[base].profile,
                    other.profile,
                    (themes.get(base, {}), themes.get(other.base, {})),
                    (technologies.get(base, {}), technologies.get(other.base, {})),
                ),
            )
            for other in known.values()
            if other.base != base
        ]
        return tuple(sorted(found, key=_order)[:MOST_ALIKE])

    def _state(self) -> tuple[int, int]:
        return self.journal.last_change(), self.index.position

    def _about(self) -> tuple[_Counts, _Counts]:
        position = self.index.position
        if self._spread[0] != position:
            crossed = (self.index.crossed("origin", each) for each in ("theme", "technology"))
            themes, technologies = crossed
            self._spread = (position, themes, technologies)
        return self._spread[1], self._spread[2]


def drafts(city: City, current: Member | None) -> list[Draft]:
    """Make what the configuration says of the city ready to be signed.

    `current` is what is published of it. Nothing when it is the same; a withdrawal when the
    profile was taken out of the configuration.
    """
    there = current is not None and current.kind is not Kind.DELETE
    if city.profile is None:
        return [Draft(kind=Kind.DELETE, object=city.iri)] if there else []
    payload = to_payload(city.profile)
    if current is None or not there:
        return [Draft(kind=Kind.CREATE, object=city.iri, payload=payload)]
    if current.payload == payload:
        return []
    return [Draft(kind=Kind.UPDATE, object=city.iri, payload=payload)]


def called(
    journal: Journal, city: City, name: Callable[[str], str | None]
) -> dict[str, tuple[str, ...]]:
    """Give what the nodes of cities are called, in all languages that they say, by base."""
    found = {
        base: dict.fromkeys(profile.name.values())
        for base, profile in said.profiles(journal).items()
    }
    for base in (city.base, *said.origins(journal)):
        if own := name(base):
            found.setdefault(base, {})[own] = None
    return {base: tuple(names) for base, names in found.items()}


def _name(profile: Profile | None) -> str | None:
    """Choose a name for a city that nobody here calls anything; which is its own is not told."""
    if profile is None:
        return None
    return profile.name.get("en") or next(iter(profile.name.values()), None)


def _order(alike: Alike) -> tuple[float, str, str]:
    return -alike.likeness.rank, alike.city.name.casefold(), alike.city.base
