"""The network as a city officer sees it: the peers, how they fare, and what was refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A member that was not believed, with the reason in words."""

    when: datetime
    member: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PeerView:
    """One peer. `mode` says what is followed (`feed`, `relay`, `unsigned`), `state` is words.

    `counts` are words with numbers, such as `{"experiments": 14, "refused": 1}`. A `prompt` peer
    tells of its news at once; any other is asked from time to time.
    """

    name: str
    base: str
    mode: str
    fingerprint: str
    state: str
    healthy: bool
    last_good: datetime | None
    prompt: bool = False
    counts: tuple[tuple[str, int], ...] = ()
    refused: tuple[Refusal, ...] = ()


class Network(Protocol):
    """What the pages ask about other cities."""

    def peers(self) -> tuple[PeerView, ...]:
        """Give every peer, in the order they are shown."""

    def city(self, origin: str) -> str | None:
        """Give the name of the city whose node has this base, where it is known."""
