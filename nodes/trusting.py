"""What a person decides about another city: believe its new key, hear it no more, hear it again."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from federation.iris import normal
from federation.peers import Follow, Peer
from nodes.errors import BadParameter, UnknownPeer
from nodes.journal import Journal, known, trust

_REASON_CHARS: Final = 500


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What believing a city's present keys would do.

    Members that are held from number `start` on are not proved by them, or are contradicted by
    others: `aside` of them would be set aside.
    """

    before: Peer
    after: Peer
    start: int | None
    aside: int


def propose(journal: Journal, shown: Peer) -> Proposal:
    """Weigh the keys that a peer shows against those pinned; raises UnknownPeer."""
    before = next((each for each in known.peers(journal) if each.base == shown.base), None)
    if before is None or not before.keys:
        raise UnknownPeer(f"no peer that signs is at {shown.base}")
    start = trust.unproven(journal.db(), shown.base, shown.keys)
    newest = journal.size(shown.base)
    aside = 0 if start is None else newest - start + 1
    after = replace(before, keys=shown.keys)
    return Proposal(before=before, after=after, start=start, aside=aside)


def believe(journal: Journal, proposal: Proposal, now: datetime) -> None:
    """Believe the proposed keys; what they do not prove is set aside, and all is read anew."""
    peer = proposal.after
    with journal.transaction() as db:
        if proposal.start is not None:
            trust.set_aside(db, peer.base, proposal.start)
        trust.pin(db, journal.base, peer.base, peer.keys, now)
        trust.read_anew(db, peer.base)
        trust.drop(db, peer.base)
        query = "UPDATE peers SET due = ?, failures = 0 WHERE base = ? OR follow = ?"
        db.execute(query, (now.isoformat(), peer.base, Follow.ALL.value))


def block(journal: Journal, base: str, reason: str, now: datetime) -> int:
    """Show and take in nothing of an origin any more; returns how many records vanish.

    Raises BadParameter for what is no address, or this node's own.
    """
    base = address(journal, base)
    if journal.base == base or journal.base.startswith(base):
        raise BadParameter("base", base, "the address of another node")
    with journal.transaction() as db:
        return trust.block(db, base, " ".join(reason.split())[:_REASON_CHARS], now)


def unblock(journal: Journal, base: str, now: datetime) -> int:
    """Hear an origin again; returns how many records are back. Raises UnknownPeer."""
    base = address(journal, base)
    with journal.transaction() as db:
        back = trust.unblock(db, base, now)
    if back is None:
        raise UnknownPeer(f"{base} is not blocked")
    return back


def address(journal: Journal, base: str) -> str:
    """Read the address of a node or feed as it is known here; raises BadParameter."""
    try:
        led = normal(base)
    except ValueError as error:
        raise BadParameter("base", base, f"an address on the web: {error}") from None
    names = {each.base for each in known.peers(journal)}
    names |= {each.base for each in trust.blocked(journal.db())}
    for each in (led, f"{led}/", base):
        if each in names:
            return each
    return led if led.endswith("/") else f"{led}/"
