"""The journal as a harvest sees it: bookmarks, histories, verdicts, withdrawals.

Each method of `JournalInbox` is one question or one transaction, done in a thread.
"""

import asyncio
import sqlite3
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from federation.examining import Checked
from federation.keys import PublicKey
from federation.member import Member
from federation.peers import Bookmark, History, Outcome, Peer, Verdict
from federation.reading import sequence_of
from nodes.journal import rows
from nodes.journal.journal import Journal
from nodes.journal.known import peers, pinned_keys

_BOOKMARK: Final = TypeAdapter(Bookmark)
_CHECKED: Final = TypeAdapter(Checked)


@dataclass(frozen=True, kw_only=True)
class JournalInbox:
    """What `federation.harvest` asks of the journal; `own` are the node's own keys."""

    journal: Journal
    own: tuple[PublicKey, ...]
    now: Callable[[], datetime]
    quarantine: int

    async def bookmark(self, peer: Peer) -> Bookmark:
        """Return how far this stream was read."""
        return await asyncio.to_thread(self._bookmark, peer)

    async def keys(self) -> Mapping[str, tuple[PublicKey, ...]]:
        """Return the pinned keys of every city the node knows, its own among them."""
        return await asyncio.to_thread(
            lambda: {**pinned_keys(peers(self.journal)), self.journal.base: self.own}
        )

    async def histories(self, members: Sequence[Member]) -> Mapping[str, History]:
        """Return the history of each origin that the members name."""
        return await asyncio.to_thread(self._histories, members)

    async def waiting(self, origins: Sequence[str]) -> Sequence[Checked]:
        """Return good members that were kept back and whose predecessor is here now."""
        return await asyncio.to_thread(self._waiting, origins)

    async def live(self, objects: Sequence[str]) -> frozenset[str]:
        """Return which of these records are published at present."""
        return await asyncio.to_thread(self._live, objects)

    async def live_count(self, origin: str) -> int:
        """Return how many records of an origin are published at present."""
        counts = await asyncio.to_thread(self.journal.counts)
        return counts.get(origin, 0)

    async def keep(self, peer: Peer, verdicts: Sequence[Verdict], bookmark: Bookmark) -> None:
        """Write members, refusals and bookmark in one transaction."""
        await asyncio.to_thread(self._keep, peer, verdicts, bookmark)

    async def deferred(self, peer: Peer) -> Sequence[Member]:
        """Return withdrawals of this peer's stream that no round has decided on yet."""
        return await asyncio.to_thread(self._deferred, peer)

    async def withdraw(self, members: Sequence[Member]) -> None:
        """Carry out deferred withdrawals."""
        await asyncio.to_thread(self._withdraw, members)

    async def hold(self, members: Sequence[Member], reason: str) -> None:
        """Leave deferred withdrawals for a person; the records stay visible."""
        await asyncio.to_thread(self._hold, members, reason)

    def _bookmark(self, peer: Peer) -> Bookmark:
        row = (
            self.journal.db()
            .execute(
                "SELECT bookmark FROM bookmarks WHERE base = ? AND feed = ?", (peer.base, peer.feed)
            )
            .fetchone()
        )
        return Bookmark() if row is None else _BOOKMARK.validate_json(row["bookmark"])

    def _histories(self, members: Sequence[Member]) -> Mapping[str, History]:
        numbers: dict[str, set[int]] = {}
        for member in members:
            numbers.setdefault(member.origin, set()).add(member.sequence)
        return {origin: self._history(origin, wanted) for origin, wanted in numbers.items()}

    def _history(self, origin: str, wanted: set[int]) -> History:
        db = self.journal.db()
        newest = db.execute(
            "SELECT sequence, digest, published FROM members WHERE origin = ? "
            "ORDER BY sequence DESC LIMIT 1",
            (origin,),
        ).fetchone()
        near = db.execute(
            "SELECT sequence, digest, previous FROM members "
            "WHERE origin = ? AND sequence BETWEEN ? AND ?",
            (origin, min(wanted), max(wanted) + 1),
        ).fetchall()
        holes = db.execute(
            "SELECT sequence FROM quarantine WHERE origin = ? AND status = 'hole'", (origin,)
        )
        return History(
            sequence=newest["sequence"] if newest else 0,
            digest=newest["digest"] if newest else None,
            published=newest["published"] if newest else None,
            digests={row["sequence"]: row["digest"] for row in near},
            previous={row["sequence"] - 1: row["previous"] for row in near},
            missing=frozenset(row["sequence"] for row in holes),
        )

    def _waiting(self, origins: Sequence[str]) -> list[Checked]:
        found: list[Checked] = []
        for origin in origins:
            newest = self.journal.newest(origin)
            following = (newest.sequence if newest else 0) + 1
            row = (
                self.journal.db()
                .execute(
                    "SELECT checked FROM quarantine "
                    "WHERE origin = ? AND status = 'waits' AND sequence = ? LIMIT 1",
                    (origin, following),
                )
                .fetchone()
            )
            if row is not None:
                found.append(_CHECKED.validate_json(zlib.decompress(row["checked"])))
        return found

    def _live(self, objects: Sequence[str]) -> frozenset[str]:
        db = self.journal.db()
        query = "SELECT 1 FROM records WHERE object = ? AND live = 1"
        return frozenset(each for each in objects if db.execute(query, (each,)).fetchone())

    def _keep(self, peer: Peer, verdicts: Sequence[Verdict], bookmark: Bookmark) -> None:
        now = self.now()
        with self.journal.transaction() as db:
            self._keep_authentic(db, peer, verdicts, now)
            for verdict in verdicts:
                if verdict.outcome is Outcome.KNOWN and verdict.member is not None:
                    _clear(db, verdict.member.iri)
                elif verdict.outcome is Outcome.REFUSED:
                    self._refuse(db, peer.base, verdict, now)
            db.execute(
                "INSERT OR REPLACE INTO bookmarks VALUES (?, ?, ?)",
                (peer.base, peer.feed, _BOOKMARK.dump_json(bookmark).decode()),
            )

    def _keep_authentic(
        self, db: sqlite3.Connection, peer: Peer, verdicts: Sequence[Verdict], now: datetime
    ) -> None:
        """Add what its origin signed, refused content too: the chain is relayed whole."""
        kept = {
            verdict.member.iri: (
                verdict.member,
                "deferred" if verdict.held else verdict.outcome.value,
            )
            for verdict in verdicts
            if verdict.authentic and verdict.member is not None
        }
        for iri, (member, _) in list(kept.items()):  # another round may have been quicker
            if db.execute(
                "SELECT 1 FROM members WHERE iri = ? OR (origin = ? AND sequence = ?)",
                (iri, member.origin, member.sequence),
            ).fetchone():
                del kept[iri]
        for entry in self.journal.append(db, list(kept.values()), via=peer.base, now=now):
            _clear(db, entry.member.iri)
            if entry.state == "accepted":
                rows.speak(db, entry)

    def _refuse(self, db: sqlite3.Connection, peer: str, verdict: Verdict, now: datetime) -> None:
        carried, member = verdict.checked.carried, verdict.member
        status = "waits" if verdict.waits else "hole" if verdict.hole else "refused"
        origin = member.origin if member is not None else peer
        number = member.sequence if member is not None else sequence_of(carried.iri, peer)
        db.execute(
            "INSERT OR REPLACE INTO quarantine "
            "(peer, iri, origin, sequence, reason, status, checked, seen) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                peer,
                carried.iri[:2_000],
                origin,
                number or 0,
                verdict.reason,
                status,
                zlib.compress(_CHECKED.dump_json(verdict.checked)),
                now.isoformat(),
            ),
        )
        db.execute(
            "DELETE FROM quarantine WHERE peer = ? AND id <= "
            "(SELECT id FROM quarantine WHERE peer = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (peer, peer, self.quarantine),
        )

    def _deferred(self, peer: Peer) -> list[Member]:
        found = self.journal.db().execute(
            "SELECT * FROM members WHERE state = 'deferred' AND via = ? ORDER BY position",
            (peer.base,),
        )
        return [rows.member(row) for row in found]

    def _withdraw(self, members: Sequence[Member]) -> None:
        with self.journal.transaction() as db:
            for member in members:
                accept(db, member.iri)

    def _hold(self, members: Sequence[Member], reason: str) -> None:
        with self.journal.transaction() as db:
            for member in members:
                row = db.execute("SELECT * FROM members WHERE iri = ?", (member.iri,)).fetchone()
                db.execute("UPDATE members SET state = 'held' WHERE iri = ?", (member.iri,))
                db.execute(
                    "INSERT OR REPLACE INTO quarantine "
                    "(peer, iri, origin, sequence, reason, status, checked, seen) "
                    "VALUES (?, ?, ?, ?, ?, 'held', x'', ?)",
                    (
                        row["via"],
                        member.iri,
                        member.origin,
                        member.sequence,
                        reason,
                        self.now().isoformat(),
                    ),
                )


def accept(db: sqlite3.Connection, iri: str) -> bool:
    """Accept a kept member that was refused, deferred or held; the caller holds a transaction."""
    row = db.execute("SELECT * FROM members WHERE iri = ?", (iri,)).fetchone()
    if row is None:
        return False
    db.execute("UPDATE members SET state = 'accepted' WHERE iri = ?", (iri,))
    rows.speak(db, rows.entry(row))
    _clear(db, iri)
    return True


def _clear(db: sqlite3.Connection, iri: str) -> None:
    db.execute("DELETE FROM quarantine WHERE iri = ?", (iri,))
