"""Withdrawals at the end of a round: carried out, or held for a person when they are too many.

One feed that loses its records must not empty the catalogue of everyone who reads it. What an
origin takes back in a round waits for the end of it; a larger share of its records than the limit
allows, at once or within a day, is for a person to decide, and the records stay.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Protocol

from federation.limits import Limits
from federation.member import Member
from federation.peers import Decided

_DAY: Final = timedelta(days=1)
_FEW: Final = 3
"""So many withdrawals in a day are never too many, as long as they do not come at once."""


class Register(Protocol):
    """What is asked of the journal to decide on withdrawals."""

    async def speaking(self, objects: Sequence[str]) -> Mapping[str, int]:
        """Return the number of the member that speaks for each record that is published."""

    async def live_count(self, origin: str) -> int:
        """Return how many records of an origin are published at present."""

    async def withdrawn(self, origin: str, since: datetime) -> int:
        """Return how many records of an origin were withdrawn since a time."""

    async def settle(self, decided: Decided) -> tuple[int, int] | None:
        """Carry out deferred withdrawals, hold others; None when another round was quicker."""


async def settle_withdrawals(
    register: Register,
    deferred: Iterable[Member],
    live: Mapping[str, int],
    limits: Limits,
    now: datetime,
    *,
    passed: Mapping[str, int] = MappingProxyType({}),
) -> tuple[int, int, dict[str, str]]:
    """Decide on withdrawals; return how many were carried out and how many are held, and why.

    `live` says how many records an origin had before the round, where that was looked up, `passed`
    how many of its withdrawals took back only what the round itself had brought: whoever was away
    for long finds many of those, and they weigh nothing. The reasons for holding are ordered by
    origin.
    """
    by_origin: dict[str, list[Member]] = {}
    for member in deferred:
        by_origin.setdefault(member.origin, []).append(member)
    deleted, held = 0, 0
    reasons: dict[str, str] = {}
    for origin, members in by_origin.items():
        had = live[origin] if origin in live else await register.live_count(origin)
        while (
            settled := await _settle(
                register,
                origin,
                members,
                live=had,
                passed=passed.get(origin, 0),
                share=limits.withdrawn_share,
                since=now - _DAY,
            )
        ) is None:
            pass  # another round withdrew records meanwhile: with those it may be too many
        deleted, held = deleted + settled[0], held + settled[1]
        if settled[1]:
            reasons[origin] = settled[2]
    return deleted, held, reasons


async def _settle(
    register: Register,
    origin: str,
    members: Sequence[Member],
    *,
    live: int,
    passed: int,
    share: float,
    since: datetime,
) -> tuple[int, int, str] | None:
    speaking = await register.speaking([member.object for member in members])
    leaving = [
        member for member in members if speaking.get(member.object, 0) in range(1, member.sequence)
    ]
    overtaken = [member for member in members if member not in leaving]
    lately = await register.withdrawn(origin, since)
    decided = Decided(origin=origin, since=since, lately=lately, good=members)
    number = len({member.object for member in leaving})
    if reason := too_many(origin, number, max(0, lately - passed), live, share):
        decided = replace(decided, good=overtaken, held=leaving, reason=reason)
    settled = await register.settle(decided)
    return None if settled is None else (*settled, decided.reason)


def too_many(origin: str, leaving: int, lately: int, live: int, share: float) -> str:
    """Tell why a person must decide on withdrawals, in this round or with others of the day.

    `leaving` of `live` records of an origin are to go, `lately` were withdrawn before; empty when
    that is not too many.
    """
    if leaving > max(1, share * live):
        return f"{origin} withdraws {leaving} of {live} records at once: release them"
    had = live + lately
    if leaving and lately + leaving > max(_FEW, share * had):
        return f"{origin} withdraws {lately + leaving} of {had} records in a day: release them"
    return ""
