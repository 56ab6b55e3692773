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
    tells of its news at once; any other is asked from time to time, next when it is `due`, later
    and later when rounds fail. `vouched` says which registries list it, or no longer do; `differs`
    in words which of its records are not here as they are there. What is `observed` is no node.
    `notices` are sentences that a person should act on.
    """

    name: str
    base: str
    mode: str
    fingerprint: str
    state: str
    healthy: bool
    last_good: datetime | None
    prompt: bool = False
    observed: bool = False
    differs: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    refused: tuple[Refusal, ...] = ()
    due: datetime | None = None
    added: datetime | None = None
    failures: int = 0
    vouched: str = ""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CityView:
    """A city that registries list and that is no peer: `standing` is a word, `reason` says why.

    `by` names the registries.
    """

    name: str
    base: str
    country: str
    fingerprints: tuple[str, ...]
    by: tuple[str, ...]
    since: str
    standing: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RegistryView:
    """A network that this city has joined, and what becomes of the cities it lists."""

    name: str
    base: str
    policy: str
    joined: datetime
    cities: int
    too_many: bool
    notices: tuple[str, ...] = ()


class Network(Protocol):
    """What the pages ask about other cities."""

    def peers(self) -> tuple[PeerView, ...]:
        """Give every peer, in the order they are shown."""

    def cities(self) -> tuple[CityView, ...]:
        """Give the cities that registries list and that are no peers, those to decide on first."""

    def registries(self) -> tuple[RegistryView, ...]:
        """Give the networks that this city has joined."""

    async def renew(self) -> None:
        """Let what is asked next be answered without a look at the disk."""

    def city(self, origin: str) -> str | None:
        """Give the name of the city whose node has this base, where it is known."""
