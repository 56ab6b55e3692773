"""How far a foreign feed was read, and what a round asks of the journal. Values, and one edge.

LDES 1.0 calls this the state of the consumer (clause C11): which stream and root, its description,
the newest time with the members that bear exactly that time, and the nodes that may still change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from federation.ldes.hearing import Heard, Order
from federation.ldes.stream import Stream
from federation.member import Member
from federation.peers import Outcome, Peer
from federation.withdrawing import Register


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The bookmark. `whole` is when the feed was last read to its end, in ISO 8601.

    All members up to `stamp` were read, and at exactly that time those of `at_stamp`; both stay
    empty for a stream without an order. `ahead` is the newest time that was read, where a page
    before it could not be, and `at_ahead` are the members of just that time.
    """

    stream: Stream | None = None
    stamp: str | None = None
    at_stamp: tuple[str, ...] = ()
    ahead: str | None = None
    at_ahead: tuple[str, ...] = ()
    whole: str | None = None


@dataclass(frozen=True, kw_only=True)
class Node:
    """A node that was read, or is still to be: then `read` is False.

    A `sealed` one is never asked for again. `etag` and `digest` are those of what was read;
    `upper` and `closed` bound its members, where the stream is ordered.
    """

    url: str
    read: bool = True
    sealed: bool = False
    etag: str | None = None
    digest: str | None = None
    upper: str | None = None
    closed: bool = False


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What the journal holds about some members and the entities they speak of.

    `digests` are of members kept before, by their IRI in the feed; `orders` tell how new what is
    held of an entity is; `living` are records this feed speaks for now, `taken` those that another
    origin does, with its base.
    """

    digests: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, Order | None] = field(default_factory=dict)
    living: frozenset[str] = frozenset()
    taken: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A decision on one member. `is_record` is False for what is none, and is not kept.

    `held` withdrawals wait for the end of the round, or for a person. `early` ones are dated in the
    future, and looked at again; `newest` says that it is the last word on its entity so far.
    """

    heard: Heard
    outcome: Outcome
    reason: str = ""
    is_record: bool = True
    held: bool = False
    early: bool = False
    newest: bool = False


class Inbox(Register, Protocol):
    """What reading a foreign feed asks of the journal and gives to it."""

    async def progress(self, peer: Peer) -> Progress:
        """Return how far this feed was read."""

    async def nodes(self, peer: Peer) -> Sequence[Node]:
        """Return the nodes of this feed that were read, or are still to be."""

    async def open(self, peer: Peer) -> Sequence[Heard]:
        """Return members that were read and wait: for the end of a transaction, or their time."""

    async def holding(self, peer: Peer, members: Sequence[Heard]) -> Holding:
        """Return what is held about these members and their entities."""

    async def blocked(self) -> Sequence[str]:
        """Return the bases of the origins of which nothing is taken in."""

    async def bases(self) -> Sequence[str]:
        """Return the bases of the nodes that sign for themselves, this one among them."""

    async def keep(
        self,
        peer: Peer,
        weighed: Sequence[Weighed],
        progress: Progress,
        waiting: Sequence[Heard] | None,
        nodes: Sequence[Node] | None = None,
    ) -> None:
        """Write members, refusals, what waits and the bookmark in one transaction.

        `waiting` and `nodes` take the place of those before; None leaves these as they are.
        """

    async def missing(self, peer: Peer, confirmed: frozenset[str]) -> Sequence[str]:
        """Return the living records of this feed that are not among those confirmed."""

    async def withdraw(self, peer: Peer, records: Sequence[str]) -> None:
        """Note that records are in the feed no more; the end of the round decides on them."""

    async def deferred(self, peer: Peer) -> Sequence[Member]:
        """Return withdrawals of this feed that no round has decided on yet."""
