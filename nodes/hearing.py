"""Hearing pings: who is believed, how often, and what follows from it.

The order is the safety of it. A message is looked at in this order, and the first step it fails
ends it:

1. its signature can be read, and names a key that is pinned for a peer: a stranger costs one look;
2. messages that name this key, and messages in all, do not come too often: whoever writes many in
   the name of one city keeps no other waiting;
3. it is of now, the key did sign it, for this inbox, over this body;
4. it was not heard before, and this peer does not speak too often;
5. only then is the body read; it may speak for its sender alone.

Nothing is ever fetched because of a message that is not believed, and nothing but the peer's own
feed because of one that is.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from federation import pings
from federation.errors import BadMessage, NotBelieved
from federation.keys import PublicKey
from federation.messages import Claim, check, check_digest, claim
from federation.peers import Peer
from federation.pings import Ping, Verb
from federation.succession import speaking
from nodes.budgets import Allowance
from nodes.config import Config
from nodes.errors import TooOften
from nodes.journal import Journal, followers, known, receipts
from nodes.journal.followers import FOLLOWED, STREAMS

_FRESH: Final = 0.5
_ALL: Final = (200, 50.0)
_CLAIMED: Final = (30, 5.0)
_TRUE: Final = (10, 1.0)

_Pinned = dict[str, tuple[Peer, PublicKey]]


@dataclass(kw_only=True)
class Hearing:
    """Takes what other nodes post to the inbox. `outcomes` counts what became of it."""

    config: Config
    journal: Journal
    now: Callable[[], datetime]
    outcomes: Counter[str] = field(default_factory=Counter)
    _pinned: tuple[float, _Pinned] = (-_FRESH, {})  # when read, by the name of the key
    _of_all: Allowance = field(default_factory=lambda: _allowance(_ALL))
    _claimed: dict[str, Allowance] = field(default_factory=dict)  # by base, before it is checked
    _true: dict[str, Allowance] = field(default_factory=dict)  # by base, after
    _heard: dict[bytes, int] = field(default_factory=dict)  # until when, by digest, oldest first

    async def hear(self, fields: Mapping[str, str], body: bytes) -> Ping:
        """Take a message; `fields` are its header fields by lower-case name.

        Raises BadMessage, NotBelieved or TooOften.
        """
        try:
            ping = await self._hear(fields, body)
        except NotBelieved:
            self.outcomes["not believed"] += 1
            raise
        except BadMessage:
            self.outcomes["unreadable"] += 1
            raise
        except TooOften:
            self.outcomes["too often"] += 1
            raise
        self.outcomes["taken"] += 1
        return ping

    async def _hear(self, fields: Mapping[str, str], body: bytes) -> Ping:
        base = self.journal.base
        claimed = claim(fields, pings.address(base))
        peer, key = await self._sender(claimed.keyid)
        self._claimed.setdefault(peer.base, _allowance(_CLAIMED)).take()
        self._of_all.take()
        now, skew = self.now(), self.config.limits.clock_skew_seconds
        check(claimed, key.multibase, now=int(now.timestamp()), skew=skew)
        check_digest(fields, body)
        self._take_once(claimed, peer, now, skew)
        ping = pings.read(body)
        if ping.actor != f"{peer.base}#node":
            raise NotBelieved(f"{peer.base} speaks for {peer.base}#node and for nobody else")
        if ping.verb is Verb.ACCEPT:
            await self._receipt(peer, ping.object, now)
        elif not self.config.harvest.pings:
            raise NotBelieved("this node takes no pings; it polls")
        elif ping.verb is Verb.FOLLOW:
            await self._follow(peer, ping.object, now)
        else:
            await self._announce(peer, ping.object, now)
        return ping

    async def _sender(self, keyid: str) -> tuple[Peer, PublicKey]:
        """Find who is said to speak among the keys that are pinned, and nowhere else."""
        read, found = self._pinned
        if time.monotonic() - read >= _FRESH:
            peers = await asyncio.to_thread(known.heard_peers, self.journal)
            found = {key.method: (peer, key) for peer in peers for key in speaking(peer.keys)}
            self._pinned = (time.monotonic(), found)
            self._claimed = _kept(self._claimed, peers)
            self._true = _kept(self._true, peers)
        if keyid not in found:
            raise NotBelieved("this node knows nobody with that key")
        return found[keyid]

    def _take_once(self, claimed: Claim, peer: Peer, now: datetime, skew: float) -> None:
        """Refuse a copy of what was heard; a message is too old by the time it is forgotten."""
        at = int(now.timestamp())
        while self._heard and (oldest := next(iter(self._heard.items())))[1] < at:
            del self._heard[oldest[0]]
        if claimed.digest in self._heard:
            raise NotBelieved("this very message was heard before")
        self._true.setdefault(peer.base, _allowance(_TRUE)).take()
        self._heard[claimed.digest] = claimed.created + int(skew) + 1

    async def _follow(self, peer: Peer, feed: str, now: datetime) -> None:
        streams = {f"{self.journal.base}{end}": follow for follow, end in STREAMS.items()}
        if feed not in streams:
            raise BadMessage(f"this node has no such stream to follow: write {min(streams)}")
        await asyncio.to_thread(
            followers.keep_follower, self.journal, peer.base, streams[feed], now, now + FOLLOWED
        )
        await asyncio.to_thread(followers.ask_now, self.journal, peer.base, now)

    async def _receipt(self, peer: Peer, member: str, now: datetime) -> None:
        """Note that a peer has erased what a member of ours names."""
        if not await asyncio.to_thread(receipts.answered, self.journal, member, peer.base, now):
            raise BadMessage(f"no member of this node erases anything under the name {member}")

    async def _announce(self, peer: Peer, feed: str, now: datetime) -> None:
        if feed not in {peer.feed, *(f"{peer.base}{end}" for end in STREAMS.values())}:
            raise NotBelieved(f"{peer.base} may announce its own streams only")
        await asyncio.to_thread(
            followers.heard_of_news,
            self.journal,
            peer.base,
            now,
            self.config.harvest.ping_pause,
        )


def _allowance(of: tuple[int, float]) -> Allowance:
    return Allowance(burst=of[0], rate=of[1])


def _kept(allowances: dict[str, Allowance], peers: Sequence[Peer]) -> dict[str, Allowance]:
    """Forget those that are no peers any more."""
    bases = {peer.base for peer in peers}
    return {base: each for base, each in allowances.items() if base in bases}
