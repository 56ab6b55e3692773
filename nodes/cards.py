"""What a list of hits tells of a record, written once and kept beside it in the index.

So a page of hits reads no record. A card says what does not depend on who asks: concepts are IRIs,
texts are there in every language. Pure functions; no library, no disk.
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

_SHOWN: Final = ("themes", "technologies", "verdict")
"""The concepts that a card shows one by one; the others a record is about are `about`."""


@dataclass(frozen=True)
class Card:
    """What is told of a record, by the names under which `/search.json` tells it."""

    said: Mapping[str, Any]

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
        themes, technologies, verdict = (self.said[name] for name in _SHOWN)
        return frozenset((*themes, *technologies, verdict, *self.said["about"])) - {None}

    def written(self) -> bytes:
        """Write it for the index; `read` gives it back."""
        text = json.dumps(self.said, ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace")


def read(written: bytes) -> Card:
    """Read a card that was written before."""
    return Card(json.loads(written))


def card(record: Record, member: Member, readiness: int) -> Card:
    """Say what a list tells of a record; `readiness` is its score."""
    return of_member(told(record, readiness), member)


def of_member(said: Told, member: Member) -> Card:
    """Add to what a record says who says it, in which member."""
    rest = {name: value for name, value in vars(said).items() if name != "owner"}
    return Card(
        {
            **rest,
            "iri": member.object,
            "origin": member.origin,
            "signed": member.proof is not None and not member.observed,
            "observed": _observed(said.owner, member),
            "member": member.iri,
        }
    )


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


def _observed(owner: str, member: Member) -> dict[str, str | None] | None:
    """Say by which node a record was observed, where, and whose it is."""
    if not member.observed:
        return None
    return {"by": member.origin, "at": member.source, "record_of": owner}
