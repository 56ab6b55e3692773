"""What the doctor says: clauses, evidence, findings, a report. Values only."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from federation.errors import plain

_SHOWN: Final = 5
_CHARS: Final = 400


class Level(StrEnum):
    """How strictly a clause is meant. `HOUSE` is what nodes of citynode promise on top."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    HOUSE = "HOUSE"


class State(StrEnum):
    """What came of a clause."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNSEEN = "not seen"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Where something was seen: an address, what stood there, and the member it is about."""

    url: str
    said: str
    member: str = ""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a check found: how many things it looked at, what is wrong, and what it wants told.

    With nothing looked at and nothing wrong the clause was not seen.
    """

    looked: int = 0
    faults: tuple[Evidence, ...] = ()
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A rule: `id` as in docs/operations.md, `advice` what to do where it is broken."""

    id: str
    level: Level
    rule: str
    advice: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What came of one clause; `count` says how many faults there were, `evidence` shows some."""

    clause: Clause
    state: State
    looked: int
    count: int = 0
    evidence: tuple[Evidence, ...] = ()
    note: str = ""

    def facts(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {
            "clause": self.clause.id,
            "level": self.clause.level.value,
            "state": self.state.value,
            "rule": self.clause.rule,
            "looked": self.looked,
            "faults": self.count,
            "note": self.note,
            "evidence": [
                {"url": each.url, "member": each.member, "said": each.said}
                for each in self.evidence
            ],
            **({"advice": self.clause.advice} if self.state is State.BROKEN else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything about one feed."""

    feed: str
    findings: tuple[Finding, ...]
    pages: int
    members: int
    requests: int
    received_bytes: int
    stopped: str | None = None

    @property
    def sound(self) -> bool:
        """Whether no MUST is broken."""
        return not any(
            each.state is State.BROKEN and each.clause.level is Level.MUST for each in self.findings
        )

    def broken(self) -> tuple[str, ...]:
        """Name the clauses that are broken."""
        return tuple(each.clause.id for each in self.findings if each.state is State.BROKEN)

    def facts(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {
            "feed": self.feed,
            "sound": self.sound,
            "pages": self.pages,
            "members": self.members,
            "requests": self.requests,
            "receivedBytes": self.received_bytes,
            "stopped": self.stopped,
            "findings": [each.facts() for each in self.findings],
        }


def found(clause: Clause, judged: Judged) -> Finding:
    """Turn what a check found into a finding; what strangers said is made fit to be shown."""
    state = State.HOLDS if judged.looked else State.UNSEEN
    faults = tuple(dict.fromkeys(judged.faults))
    if faults:
        state = State.BROKEN
    return Finding(
        clause=clause,
        state=state,
        looked=judged.looked,
        count=len(faults),
        evidence=tuple(
            Evidence(url=_shown(each.url), said=_shown(each.said), member=_shown(each.member))
            for each in faults[:_SHOWN]
        ),
        note=_shown(judged.note),
    )


def judged(looked: int, faults: Iterable[Evidence], note: str = "") -> Judged:
    """Write down what a check found."""
    return Judged(looked=looked, faults=tuple(faults), note=note)


def over(things: Iterable[Any], look: Callable[[Any], Evidence | None], note: str = "") -> Judged:
    """Look at each thing in turn; `look` gives what is wrong with it."""
    looked, faults = 0, []
    for each in things:
        looked += 1
        if (fault := look(each)) is not None:
            faults.append(fault)
    return Judged(looked=looked, faults=tuple(faults), note=note)


def _shown(text: str) -> str:
    return plain(text[:_CHARS])
