"""What a list of hits tells of a record, written once and kept beside it in the index.

So a page of hits reads no record, and writes again only what depends on who asks: the names of
concepts, which a card has as IRIs. The rest stands in it as the JSON of `/search.json`, texts in
every language. Pure functions; no library, no disk.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from federation.member import Member
from nodes.findable import concepts
from nodes.prepared import Told
from vocab.parts import Outcome
from vocab.records import Call, Experiment, Record, Testbed

CONCEPTS: Final = ("stage", "themes", "technologies", "verdict")
"""The concepts that a card shows one by one; the others a record is about are `about`."""

_ABOUT: Final = ("themes", "technologies", "verdict", "about")
_JSON: Final = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is told of a record, by the names under which `/search.json` tells it.

    `said` has the IRI, the origin and the concepts; `before` and `after` are the members of a JSON
    object that stand in front of the concepts and behind them.
    """

    said: Mapping[str, Any]
    before: str
    after: str

    @property
    def iri(self) -> str:
        """The address of the record."""
        return str(self.said["iri"])

    @property
    def origin(self) -> str:
        """The base of the node that says this."""
        return str(self.said["origin"])

    @property
    def concepts(self) -> frozenset[str]:
        """The concepts that the record is about."""
        themes, technologies, verdict, about = (self.said[name] for name in _ABOUT)
        return frozenset((*themes, *technologies, verdict, *about)) - {None}

    @property
    def wkt(self) -> str | None:
        """The place of the record."""
        found: str | None = self.rest()["wkt"]
        return found

    def rest(self) -> dict[str, Any]:
        """Read what is written as JSON."""
        found: dict[str, Any] = json.loads(f"{{{self.before}, {self.after}}}")
        return found

    def written(self) -> bytes:
        """Write it for the index; `read` gives it back."""
        return "\n".join((_JSON.encode(self.said), self.before, self.after)).encode(
            errors="replace"
        )


def read(written: bytes) -> Card:
    """Read a card that was written before."""
    said, before, after = written.decode().split("\n")  # JSON of one line has no other
    return Card(said=json.loads(said), before=before, after=after)


def card(record: Record, member: Member, readiness: int) -> Card:
    """Say what a list tells of a record; `readiness` is its score."""
    return of_member(told(record, readiness), member)


def of_member(record: Told, member: Member) -> Card:
    """Add to what a record says who says it, in which member."""
    before, after = dict(vars(record)), dict[str, Any]()
    said = {"iri": member.object, "origin": member.origin, "about": before.pop("about")}
    for name in tuple(before)[tuple(before).index("stage") :]:
        (said if name in CONCEPTS else after)[name] = before.pop(name)
    owner = after.pop("owner")
    after |= {
        "origin": member.origin,
        "signed": member.proof is not None and not member.observed,
        "observed": _observed(owner, member),
        "member": member.iri,
    }
    return Card(said=said, before=_members(before), after=_members(after))


def told(record: Record, readiness: int) -> Told:
    """Say what follows from the record alone."""
    place, verdict = record.place, verdict_of(record)
    shown = {*record.themes, *record.technologies, verdict}
    return Told(
        title=dict(record.title),
        summary=dict(record.summary),
        language=record.language,
        city=place.city if place else None,
        country=place.country if place else None,
        place=dict(place.name) if place else {},
        wkt=place.wkt if place else None,
        kind=record.room,
        stage=standing(record),
        themes=list(record.themes),
        technologies=list(record.technologies),
        verdict=verdict,
        start=record.start.value if record.start else None,
        end=record.end.value if record.end else None,
        partners=[partner.name for partner in record.partners],
        readiness=readiness,
        modified=record.modified,
        about=[each for each in dict.fromkeys(concepts(record)) if each not in shown],
        owner=(record.author or record.publisher).name,
    )


def standing(record: Record) -> str | None:
    """Give the concept that says how a record stands: stage, status of a call, availability."""
    if isinstance(record, Experiment):
        return record.stage
    if isinstance(record, Call):
        return record.status
    return record.availability if isinstance(record, Testbed) else None


def outcome(record: Record) -> Outcome | None:
    """Give what came of an experiment; None for what is none or has not ended."""
    return record.outcome if isinstance(record, Experiment) else None


def verdict_of(record: Record) -> str | None:
    """Give the concept that says how an experiment ended; None while nobody has said."""
    ended = outcome(record)
    return ended.verdict if ended is not None else None


def _members(said: Mapping[str, Any]) -> str:
    return _JSON.encode(said)[1:-1]


def _observed(owner: str, member: Member) -> dict[str, str | None] | None:
    """Say by which node a record was observed, where, and whose it is."""
    if not member.observed:
        return None
    return {"by": member.origin, "at": member.source, "record_of": owner}
