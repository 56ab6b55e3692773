"""What a city was told is published, and whether every node holds that: nothing else, and once.

Plain functions over values. `Try` is one act of publishing: what it would make of which records,
and whether it was acknowledged. One that was not may have come about or not, but then everywhere. A
node is right when, of every city, it holds the very chain of members that the city holds; when the
chain has every acknowledged member once and nothing that was not tried; and when store and index
show of every record what its newest member says, and no record that was withdrawn.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from federation.member import Kind, Member, digest

Said = Mapping[str, str | None]
"""Titles by the address of the record; None where it is withdrawn."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """One act of publishing. `members` are those that were acknowledged, where they are named."""

    said: Said
    acknowledged: bool = False
    members: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Held:
    """What one node holds: chains by origin, and what its answers show of every record.

    `stored` has a row for each graph, title and record the SPARQL endpoint names, `found` one for
    each hit of the search.
    """

    name: str
    chains: Mapping[str, Sequence[Member]]
    titles: Mapping[str, str]
    stored: Sequence[tuple[str, str, str]] = ()
    found: Sequence[tuple[str, str]] = ()
    refused: Sequence[str] = field(default_factory=list)


def read_tries(lines: Iterable[bytes]) -> list[Try]:
    """Read the file of a publishing process; a line that was cut off is the end of a life."""
    found: list[Try] = []
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if "tries" in told:
            found.append(Try(said=told["tries"]))
        elif found:
            last = found.pop()
            found.append(
                Try(said=last.said, acknowledged=True, members=tuple(told["acknowledged"]))
            )
    return found


def possible(tries: Iterable[Try]) -> dict[str, set[str | None]]:
    """Work out what may be true of each record in the end."""
    found: dict[str, set[str | None]] = {}
    for each in tries:
        for record, title in each.said.items():
            if each.acknowledged:
                found[record] = {title}
            else:
                found.setdefault(record, {None}).add(title)
    return found


def faults_of_city(base: str, tries: Sequence[Try], held: Held) -> Iterator[str]:
    """Compare what a city was told with what its own node holds of it."""
    chain = held.chains.get(base, ())
    said = Counter((member.object, title_of(member)) for member in chain)
    tried = {(record, title) for each in tries for record, title in each.said.items()}
    names = Counter(member.iri for member in chain)
    for member in (iri for each in tries for iri in each.members):
        if names[member] != 1:
            yield f"lost: {member} was acknowledged and is there {names[member]} times"
    for (record, title), times in said.items():
        if times > 1:
            yield f"doubled: {record} was told {times} times that it is {title}"
        if (record, title) not in tried:
            yield f"from nowhere: {record} is {title}"
    final = {member.object: title_of(member) for member in chain}
    for record, titles in possible(tries).items():
        if final.get(record) not in titles:
            kind = "resurrected" if titles == {None} else "lost"
            yield f"{kind}: {record} is {final.get(record)}, and was acknowledged as {titles}"


def faults_of_node(held: Held, truth: Mapping[str, Sequence[Member]]) -> Iterator[str]:
    """Compare a node with what every city holds of itself."""
    for base, chain in truth.items():
        here = held.chains.get(base, ())
        if list(here) != list(chain):
            yield f"{held.name} holds {len(here)} members of {base}, of {len(chain)}, or others"
        for before, member in pairwise(here):
            if (member.sequence, member.previous) != (before.sequence + 1, digest(before)):
                yield f"{held.name}: {member.iri} does not follow {before.iri}"
    newest = {member.object: member for chain in truth.values() for member in chain}
    living = {iri: each for iri, each in newest.items() if each.kind is not Kind.DELETE}
    wanted = {iri: title_of(each) or "" for iri, each in living.items()}
    yield from _differences(f"{held.name}'s journal", wanted.items(), held.titles.items())
    rows = [(each.iri, iri, wanted[iri]) for iri, each in living.items()]
    yield from _differences(f"{held.name}'s store", rows, held.stored)
    yield from _differences(f"{held.name}'s index", wanted.items(), held.found)
    yield from (f"{held.name} refused {each}" for each in held.refused)


def title_of(member: Member) -> str | None:
    """Read the title a member gives its record."""
    rows = (row for row in member.payload.decode().split("\n") if f"<{member.object}> " in row)
    return next((row.split('"')[1] for row in rows if "/terms/title> " in row), None)


def _differences(
    where: str, wanted: Iterable[tuple[str, ...]], here: Iterable[tuple[str, ...]]
) -> Iterator[str]:
    expected, found = Counter(wanted), Counter(here)
    for row in expected - found:
        yield f"lost: {where} does not show {row}"
    for row in found - expected:
        kind = "doubled" if row in expected else "resurrected or changed"
        yield f"{kind}: {where} shows {row} {found[row]} times"
