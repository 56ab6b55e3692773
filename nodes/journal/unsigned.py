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
import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from federation.examining import Checked, Signature
from federation.ldes.hearing import Heard
from federation.ldes.progress import Holding, Node, Progress, Weighed
from federation.member import Kind, Member
from federation.peers import Decided, Outcome, Peer, Verdict
from federation.reading import Carried
from federation.times import spread, stamp
from nodes.journal import quarantine, rows
from nodes.journal.inbox import JournalInbox
from nodes.journal.journal import Journal
from nodes.journal.known import peers, pinned_keys

_PROGRESS: Final = TypeAdapter(Progress)
_NODE: Final = TypeAdapter(Node)
_HEARD: Final = TypeAdapter(Heard)


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
        return await asyncio.to_thread(self._nodes, peer)

    async def open(self, peer: Peer) -> Sequence[Heard]:
        """Return members that were read and wait: for the end of a transaction, or their time."""
        return await asyncio.to_thread(self._open, peer)

    async def holding(self, peer: Peer, heard: Sequence[Heard]) -> Holding:
        """Return what is held about these members and their entities."""
        return await asyncio.to_thread(self._holding, peer, heard)

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

    def _nodes(self, peer: Peer) -> list[Node]:
        found = self.journal.db().execute("SELECT node FROM nodes WHERE feed = ?", (peer.base,))
        return [_NODE.validate_json(row["node"]) for row in found]

    def _open(self, peer: Peer) -> list[Heard]:
        query = "SELECT heard FROM opened WHERE feed = ? ORDER BY id"
        found = self.journal.db().execute(query, (peer.base,))
        return [_HEARD.validate_json(zlib.decompress(row["heard"])) for row in found]

    def _holding(self, peer: Peer, heard: Sequence[Heard]) -> Holding:
        db = self.journal.db()
        iris = json.dumps(sorted({each.iri for each in heard}))
        objects = json.dumps(sorted({each.object for each in heard}))
        digests = db.execute(
            "SELECT iri, digest FROM heard WHERE feed = ? "
            "AND iri IN (SELECT value FROM json_each(?))",
            (peer.base, iris),
        )
        made = db.execute(
            "SELECT object, made FROM versions WHERE feed = ? "
            "AND object IN (SELECT value FROM json_each(?))",
            (peer.base, objects),
        )
        spoken = db.execute(
            "SELECT object, origin, live FROM records "
            "WHERE object IN (SELECT value FROM json_each(?))",
            (objects,),
        ).fetchall()
        return Holding(
            digests={row["iri"]: row["digest"] for row in digests},
            orders={
                row["object"]: None if row["made"] is None else _order(row["made"]) for row in made
            },
            living=frozenset(
                row["object"] for row in spoken if row["live"] and row["origin"] == peer.base
            ),
            taken={row["object"]: row["origin"] for row in spoken if row["origin"] != peer.base},
        )

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
        with self.journal.transaction() as db:
            if not _bookmarked(db, peer):
                return  # the peer was removed, or added anew, while the round was under way
            self._add(db, peer, accepted, now)
            for each in weighed:
                _note(db, peer, each)
            for each in refused:
                quarantine.put(db, peer.base, _verdict(each, peer), now)
            if refused:
                most, most_bytes = self.inbox.quarantine, self.inbox.quarantine_bytes
                quarantine.bound(db, peer.base, most, most_bytes)
            if waiting is not None:
                _replace_opened(db, peer, waiting)
            if nodes is not None:
                _replace_nodes(db, peer, nodes)
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
        last = db.execute("SELECT min(position) AS low, max(received) AS time FROM members")
        row = last.fetchone()
        position = min(0, row["low"] or 0)
        newest = db.execute("SELECT max(sequence) FROM members WHERE origin = ?", (peer.base,))
        number = newest.fetchone()[0] or 0
        times = spread(row["time"], now, len(said))
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

    def _member(self, peer: Peer, heard: Heard, now: datetime) -> Member:
        """Write what was heard as a member, named after its feed and its name there."""
        time = heard.stamp or (heard.order[0] if heard.order is not None else "") or stamp(now)
        source = heard.iri or f"{heard.object} {stamp(now)}"
        return Member(
            iri=f"{self.journal.base}unsigned/{_hash(peer.base, source)}",
            sequence=0,
            kind=heard.kind,
            object=heard.object,
            actor=peer.base,
            published=time,
            payload=b"" if heard.kind is Kind.DELETE else heard.payload,
            source=heard.iri or None,
        )

    def _missing(self, peer: Peer, confirmed: frozenset[str]) -> list[str]:
        found = self.journal.db().execute(
            "SELECT object FROM records AS kept WHERE origin = ? AND live = 1 AND NOT EXISTS "
            "(SELECT 1 FROM members WHERE origin = kept.origin AND object = kept.object "
            "AND kind = 'Delete' AND sequence > kept.sequence)",
            (peer.base,),
        )
        return sorted({row["object"] for row in found} - confirmed)

    def _withdraw(self, peer: Peer, records: Sequence[str]) -> None:
        now = self.inbox.now()
        gone = [Heard(iri="", object=record, kind=Kind.DELETE) for record in records]
        said = [self._member(peer, each, now) for each in gone]
        with self.journal.transaction() as db:
            self._append(db, peer, said, ["deferred"] * len(said), now)


def _bookmarked(db: sqlite3.Connection, peer: Peer) -> bool:
    query = "SELECT 1 FROM bookmarks WHERE base = ? AND feed = ?"
    return db.execute(query, (peer.base, peer.feed)).fetchone() is not None


def _note(db: sqlite3.Connection, peer: Peer, weighed: Weighed) -> None:
    """Note that a member was heard, and that it is the last word on its entity."""
    heard = weighed.heard
    superseded = weighed.outcome is Outcome.KNOWN and bool(weighed.reason)
    if weighed.outcome is Outcome.ACCEPTED or superseded:
        place = (peer.base, heard.iri, heard.digest)
        db.execute("INSERT OR REPLACE INTO heard VALUES (?, ?, ?)", place)
        query = "DELETE FROM quarantine WHERE peer = ? AND iri = ? AND status <> 'held'"
        db.execute(query, (peer.base, heard.iri))
    if weighed.newest:
        made = None if heard.order is None else json.dumps(heard.order)
        db.execute(
            "INSERT OR REPLACE INTO versions VALUES (?, ?, ?)", (peer.base, heard.object, made)
        )


def _verdict(weighed: Weighed, peer: Peer) -> Verdict:
    heard = weighed.heard
    carried = Carried(iri=heard.iri, quads=heard.quads, defect=weighed.reason)
    return Verdict(
        checked=Checked(carried=carried, signature=Signature.MISSING),
        outcome=Outcome.REFUSED,
        reason=weighed.reason,
        origin=peer.base,
    )


def _replace_opened(db: sqlite3.Connection, peer: Peer, waiting: Sequence[Heard]) -> None:
    db.execute("DELETE FROM opened WHERE feed = ?", (peer.base,))
    db.executemany(
        "INSERT INTO opened (feed, heard) VALUES (?, ?)",
        [(peer.base, zlib.compress(_HEARD.dump_json(each), 3)) for each in waiting],
    )


def _replace_nodes(db: sqlite3.Connection, peer: Peer, nodes: Sequence[Node]) -> None:
    """Write which nodes are known, touching only what changed."""
    wanted = {node.url: _NODE.dump_json(node).decode() for node in nodes}
    found = db.execute("SELECT url, node FROM nodes WHERE feed = ?", (peer.base,))
    held = {row["url"]: row["node"] for row in found}
    db.executemany(
        "DELETE FROM nodes WHERE feed = ? AND url = ?",
        [(peer.base, url) for url in held if url not in wanted],
    )
    db.executemany(
        "INSERT OR REPLACE INTO nodes VALUES (?, ?, ?)",
        [(peer.base, url, node) for url, node in wanted.items() if held.get(url) != node],
    )


def _order(text: str) -> tuple[str, str]:
    time, place = json.loads(text)
    return str(time), str(place)


def _hash(feed: str, source: str) -> str:
    return hashlib.sha256(f"{feed}\n{source}".encode()).hexdigest()[:32]
