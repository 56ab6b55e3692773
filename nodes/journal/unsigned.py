"""The journal as the reading of an unsigned feed sees it.

What nobody signed lies in `members` below position 0: so it is never part of `/feed/all`, whose
order the positions from 1 are, and nobody can take it for relayed. Such a member has a name below
this node, the address of its feed as its actor, no proof, and the name it bears in its feed as its
source. `heard` has what was kept of a feed by that name, `versions` how new what is held of an
entity is, `nodes` what may be asked for again, `opened` what waits
(docs/decisions/0009-unsigned-feeds.md).
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from federation.ldes.hearing import Heard
from federation.ldes.progress import Holding, Node, Progress, Weighed
from federation.ldes.weighing import weigh
from federation.member import Kind, Member
from federation.peers import Decided, Notice, Outcome, Peer
from federation.times import spread, stamp
from nodes.errors import NotReleasable
from nodes.journal import heard, quarantine, rows, trust
from nodes.journal.inbox import JournalInbox
from nodes.journal.journal import Journal
from nodes.journal.known import peers, pinned_keys

_PROGRESS: Final = TypeAdapter(Progress)


@dataclass(frozen=True, kw_only=True)
class UnsignedInbox:
    """What `federation.ldes` asks of the journal."""

    inbox: JournalInbox

    @property
    def journal(self) -> Journal:
        """The journal of the node."""
        return self.inbox.journal

    async def progress(self, peer: Peer) -> Progress:
        """Return how far this feed was read."""
        return await asyncio.to_thread(self._progress, peer)

    async def nodes(self, peer: Peer) -> Sequence[Node]:
        """Return the nodes of this feed that were read, or are still to be."""
        return await asyncio.to_thread(lambda: heard.nodes_of(self.journal.db(), peer))

    async def open(self, peer: Peer) -> Sequence[Heard]:
        """Return members that were read and wait: for the end of a transaction, or their time."""
        return await asyncio.to_thread(lambda: heard.opened(self.journal.db(), peer))

    async def holding(self, peer: Peer, members: Sequence[Heard]) -> Holding:
        """Return what is held about these members and their entities."""
        return await asyncio.to_thread(lambda: heard.holding(self.journal.db(), peer, members))

    async def blocked(self) -> Sequence[str]:
        """Return the bases of the origins of which nothing is taken in."""
        return await self.inbox.blocked()

    async def bases(self) -> Sequence[str]:
        """Return the bases of the nodes that sign for themselves, this one among them."""
        known = await asyncio.to_thread(peers, self.journal)
        return (self.journal.base, *pinned_keys(known))

    async def keep(
        self,
        peer: Peer,
        weighed: Sequence[Weighed],
        progress: Progress,
        waiting: Sequence[Heard] | None,
        nodes: Sequence[Node] | None = None,
    ) -> None:
        """Write members, refusals, what waits and the bookmark in one transaction."""
        await asyncio.to_thread(self._keep, peer, weighed, progress, waiting, nodes)

    async def missing(self, peer: Peer, confirmed: frozenset[str]) -> Sequence[str]:
        """Return the living records of this feed that are not among those confirmed."""
        return await asyncio.to_thread(self._missing, peer, confirmed)

    async def withdraw(self, peer: Peer, records: Sequence[str]) -> None:
        """Note that records are in the feed no more; the end of the round decides on them."""
        await asyncio.to_thread(self._withdraw, peer, records)

    async def deferred(self, peer: Peer) -> Sequence[Member]:
        """Return withdrawals of this feed that no round has decided on yet."""
        return await self.inbox.deferred(peer)

    async def speaking(self, objects: Sequence[str]) -> Mapping[str, int]:
        """Return the number of the member that speaks for each record that is published."""
        return await self.inbox.speaking(objects)

    async def live_count(self, origin: str) -> int:
        """Return how many records of an origin are published at present."""
        return await self.inbox.live_count(origin)

    async def withdrawn(self, origin: str, since: datetime) -> int:
        """Return how many records of an origin were withdrawn since a time."""
        return await self.inbox.withdrawn(origin, since)

    async def settle(self, decided: Decided) -> tuple[int, int] | None:
        """Carry out deferred withdrawals, hold others; return how many of each."""
        return await self.inbox.settle(decided)

    def _progress(self, peer: Peer) -> Progress:
        query = "SELECT bookmark FROM bookmarks WHERE base = ? AND feed = ?"
        row = self.journal.db().execute(query, (peer.base, peer.feed)).fetchone()
        if row is not None:
            return _PROGRESS.validate_json(row["bookmark"])
        with self.journal.transaction() as db:
            fresh = _PROGRESS.dump_json(Progress()).decode()
            place = (peer.base, peer.feed, fresh)
            db.execute("INSERT OR IGNORE INTO bookmarks VALUES (?, ?, ?)", place)
        return Progress()

    def _keep(
        self,
        peer: Peer,
        weighed: Sequence[Weighed],
        progress: Progress,
        waiting: Sequence[Heard] | None,
        nodes: Sequence[Node] | None,
    ) -> None:
        now = self.inbox.now()
        accepted = [each for each in weighed if each.outcome is Outcome.ACCEPTED]
        refused = [each for each in weighed if each.outcome is Outcome.REFUSED]
        spare = self.inbox.check_room() if accepted else None
        with self.inbox.sharing(peer) as db:
            if not heard.bookmarked(db, peer):
                return  # the peer was removed, or added anew, while the round was under way
            if accepted:
                self.inbox.shares.check(db, peer.base, len(accepted), spare=spare)
                trust.drop(db, peer.base, Notice.FULL)
            if any(each.outcome is Outcome.KNOWN and each.reason for each in weighed):
                self.inbox.shares.check_notes(db, peer.base)
            self._add(db, peer, accepted, now)
            for each in weighed:
                heard.note(db, peer, each)
            for each in refused:
                quarantine.put(db, peer.base, heard.verdict(each, peer), now)
                heard.keep_unfit(db, peer, each)
            if refused:
                most, most_bytes = self.inbox.quarantine, self.inbox.quarantine_bytes
                quarantine.bound(db, peer.base, most, most_bytes)
            if waiting is not None:
                heard.replace_opened(db, peer, waiting)
            if nodes is not None:
                heard.replace_nodes(db, peer, nodes)
            db.execute(
                "UPDATE bookmarks SET bookmark = ? WHERE base = ? AND feed = ?",
                (_PROGRESS.dump_json(progress).decode(), peer.base, peer.feed),
            )

    def _add(
        self, db: sqlite3.Connection, peer: Peer, accepted: Sequence[Weighed], now: datetime
    ) -> None:
        said = [self._member(peer, each.heard, now) for each in accepted]
        states = ["deferred" if each.held else "accepted" for each in accepted]
        self._append(db, peer, said, states, now)

    def _append(
        self,
        db: sqlite3.Connection,
        peer: Peer,
        said: Sequence[Member],
        states: Sequence[str],
        now: datetime,
    ) -> None:
        """Add members below position 0, each with the next number of its feed."""
        position, _, received = rows.ends(db)
        newest = db.execute("SELECT max(sequence) FROM members WHERE origin = ?", (peer.base,))
        number = newest.fetchone()[0] or 0
        times = spread(received, now, len(said))
        for place, (member, state, time) in enumerate(zip(said, states, times, strict=True), 1):
            entry = rows.Entry(
                position=position - place,
                member=rows.numbered(member, number + place),
                received=time,
                via=peer.base,
                state=state,
            )
            rows.insert(db, entry)
            if state == "accepted":
                rows.speak(db, entry)

    def _member(self, peer: Peer, said: Heard, now: datetime) -> Member:
        """Write what was heard as a member, named after its feed and its name there."""
        time = said.stamp or (said.order[0] if said.order is not None else "") or stamp(now)
        source = said.iri or f"{said.object} {stamp(now)}"
        return Member(
            iri=f"{self.journal.base}unsigned/{_hash(peer.base, source)}",
            sequence=0,
            kind=said.kind,
            object=said.object,
            actor=peer.base,
            published=time,
            payload=b"" if said.kind is Kind.DELETE else said.payload,
            source=said.iri or None,
        )

    def release(self, iri: str) -> bool:
        """Accept a member of an unsigned feed that only its content kept out.

        Raises NotReleasable when it may not be said by that feed, or something newer was.
        """
        found = heard.unfit(self.journal.db(), iri)
        if found is None:
            return False
        feed, said = found
        known = peers(self.journal)
        peer = next((each for each in known if each.base == feed), None)
        if peer is None:
            raise NotReleasable(f"{feed} is no peer any more")
        bases = (self.journal.base, *pinned_keys(known))
        blocked = [each.base for each in trust.blocked(self.journal.db())]
        now = self.inbox.now()
        with self.journal.transaction() as db:
            holding = heard.holding(db, peer, [said])
            [weighed] = weigh(
                [replace(said, faults=())],
                peer,
                bases,
                holding,
                Progress(),
                latest=stamp(now),
                blocked=blocked,
            )
            if weighed.outcome is not Outcome.ACCEPTED:
                raise NotReleasable(f"{iri} cannot be accepted: {weighed.reason or 'it is known'}")
            self._add(db, peer, [weighed], now)
            heard.note(db, peer, weighed)
            db.execute("DELETE FROM unfit WHERE feed = ? AND iri = ?", (feed, iri))
        return True

    def _missing(self, peer: Peer, confirmed: frozenset[str]) -> list[str]:
        found = self.journal.db().execute(
            "SELECT kept.object FROM records AS kept LEFT JOIN "
            "(SELECT object, max(sequence) AS last FROM members "
            "WHERE origin = ?1 AND kind = 'Delete' GROUP BY object) AS gone USING (object) "
            "WHERE kept.origin = ?1 AND live = 1 AND (last IS NULL OR last <= kept.sequence)",
            (peer.base,),
        )
        return sorted({row["object"] for row in found} - confirmed)

    def _withdraw(self, peer: Peer, records: Sequence[str]) -> None:
        now = self.inbox.now()
        gone = [Heard(iri="", object=record, kind=Kind.DELETE) for record in records]
        said = [self._member(peer, each, now) for each in gone]
        with self.journal.transaction() as db:
            self._append(db, peer, said, ["deferred"] * len(said), now)


def _hash(feed: str, source: str) -> str:
    return hashlib.sha256(f"{feed}\n{source}".encode()).hexdigest()[:32]
