"""The table of misbehaviours: a name, which words an officer must read, and what is done.

`does` is done before the node hears of the city. `then` is done after a first good round: so a city
turns bad that was good before. `words` are a regular expression; the network page says it of that
city, and the log does. `good` is how many records of the rogue itself are taken in all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from federation.member import Member
from federation.page import FeedPage, nquads
from federation.peers import Follow, Peer
from tests.city import City, body
from tests.misbehaving.street import House, Street, Wire


@dataclass
class Rogue:
    """A city that misbehaves. `victim` is a good city, `trap` and `other` must never be asked."""

    house: House
    street: Street
    victim: House
    trap: House
    other: House
    node: str = ""
    peer: Peer = field(init=False)

    def __post_init__(self) -> None:
        self.peer = self.city.peer

    @property
    def city(self) -> City:
        return self.house.city

    @property
    def base(self) -> str:
        return self.city.base

    @property
    def feed(self) -> str:
        return self.base + "feed"

    def page(self, path: str = "feed") -> FeedPage:
        found = self.city.page(path)
        assert found is not None
        return found

    def text(self, path: str = "feed") -> str:
        """The page as it is when all is well."""
        return nquads(self.page(path))

    def answers(
        self, said: str | bytes, media: str = "application/n-quads", path: str = "feed", **more: str
    ) -> None:
        """Let a page be something else."""

        def answer(*_: object) -> httpx.Response:
            found = body(said, media)
            found.headers.update({name.replace("_", "-"): value for name, value in more.items()})
            return found

        self.city.answers[path] = answer

    def refuses(self, status: int, path: str = "feed", **fields: str) -> None:
        """Let an address answer with a status and nothing else."""
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        self.city.answers[path] = lambda *_: httpx.Response(status, headers=headers)

    def wires(self, wire: Wire) -> None:
        """Take connections in its own hands."""
        self.house.wire = wire

    def relays(self, *members: Member) -> None:
        """Carry members of others, and be read as one that does."""
        self.city.relayed = list(members)
        self.peer = self.city.relay

    def unsigned(self) -> None:
        """Be read as a feed that nobody signs."""
        self.peer = replace(self.peer, base=self.feed, keys=(), follow=Follow.UNSIGNED)

    def stands_at(self, base: str) -> None:
        """Be known by another address."""
        self.city.at = base
        self.peer = self.city.peer


Act = Callable[[Rogue], Any]


@dataclass(frozen=True, kw_only=True)
class Misbehaviour:
    """One row of the table."""

    name: str
    words: str
    does: Act
    then: Act | None = None
    good: int | None = None


ALL: dict[str, Misbehaviour] = {}


def misbehaviour(name: str, words: str, does: Act, **more: Any) -> None:
    """Add a row to the table."""
    assert name not in ALL, name
    ALL[name] = Misbehaviour(name=name, words=words, does=does, **more)


def misbehaves(name: str, words: str, **more: Any) -> Callable[[Act], Act]:
    """Add a row to the table for what a function does."""

    def add(act: Act) -> Act:
        misbehaviour(name, words, act, **more)
        return act

    return add


def turns(name: str, words: str, *, first: Act, **more: Any) -> Callable[[Act], Act]:
    """Add a row for what a function does once the city was read as a good one."""

    def add(act: Act) -> Act:
        misbehaviour(name, words, first, then=act, **more)
        return act

    return add


def some(count: int) -> Act:
    """Publish some good records."""

    def publish(rogue: Rogue) -> None:
        for number in range(1, count + 1):
            rogue.city.publish(f"p{number}")

    return publish
