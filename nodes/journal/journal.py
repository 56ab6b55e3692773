"""The journal: an append-only log of members, with what belongs to it in the same database.

One connection for each thread that asks; writers take turns (`BEGIN IMMEDIATE`), readers never
wait. Several processes may have the journal open: the server, and the command line beside it.
All methods block; callers in the event loop use `asyncio.to_thread`.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Final

from federation.gap import Gap
from federation.member import Member
from federation.page import Entry as FeedEntry
from federation.succession import about_keys, read
from federation.times import spread, stamp
from nodes.changes import Change
from nodes.errors import JournalError
from nodes.journal import gaps, rows, schema, trust
from nodes.journal.connections import Connection
from nodes.journal.rows import Entry
from vocab.membership import ROOM
from vocab.profile import OWN

_MOST_BYTES: Final = 24_000_000
"""Bytes of records that views are given at once."""


class Journal:
    """Owns the database file of a node whose base is `base`; `clock` tells when it writes."""

    def __init__(
        self, path: Path, base: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.path = path
        self.base = base
        self.clock = clock
        self._closed = False
        self._local = threading.local()
        self._opened: list[Connection] = []
        self._lock = threading.Lock()
        self.db()

    def db(self) -> Connection:
        """Return this thread's connection; raises JournalError when the journal is closed."""
        found: Connection | None = getattr(self._local, "db", None)
        if found is None:
            with self._lock:
                if self._closed:
                    raise JournalError(f"{self.path} is closed")
                found = schema.connect(self.path)
                self._opened.append(found)
            self._local.db = found
        return found

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write all or nothing; raises JournalError when the disk is full or the journal busy."""
        db = self.db()
        try:
            db.execute("BEGIN IMMEDIATE")
            db.began = stamp(self.clock())
            yield db
            db.execute("COMMIT")
        except sqlite3.Error as error:
            raise JournalError(f"{self.path} could not be written: {error}") from error
        finally:
            if db.in_transaction:  # not when the database undid it by itself, as on a full disk
                db.execute("ROLLBACK")

    @contextmanager
    def moment(self) -> Iterator[Connection]:
        """Let this thread read the journal as it is now until the block ends; writers go on."""
        db = self.db()
        if db.in_transaction:
            yield db
            return
        db.execute("BEGIN")
        try:
            yield db
        finally:
            db.execute("ROLLBACK")

    def cut_log(self) -> bool:
        """Write the log back and cut it off; False when somebody reads from it just now."""
        busy = self.db().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    def close(self) -> None:
        """Close every connection; a thread that still reads fails at its next step."""
        with self._lock:
            self._closed = True
            for db in self._opened:
                db.close()
            self._opened.clear()
        self._local = threading.local()

    # What the node says itself

    def publish(
        self,
        compose: Callable[[Member | None], Sequence[Member]],
        source: str | None,
        now: datetime,
    ) -> list[Member]:
        """Append own members in one transaction.

        `compose` is given the node's newest member and returns signed members that continue the
        chain. `source` says what file or form they came from.
        """
        with self.transaction() as db:
            said = list(compose(self.newest(self.base)))
            kept = [(member, "accepted") for member in said]
            for entry in self.append(db, kept, via=self.base, now=now):
                gaps.take_effect(db, entry)
                if about_keys(entry.member):
                    ring = read(entry.member.payload, self.base).ring
                    trust.pin(db, self.base, self.base, ring, now)
                elif source is not None:
                    db.execute(
                        "INSERT OR REPLACE INTO sources VALUES (?, ?)",
                        (entry.member.object, source),
                    )
        return said

    def append(
        self,
        db: sqlite3.Connection,
        members: Sequence[tuple[Member, str]],
        *,
        via: str,
        now: datetime,
    ) -> list[Entry]:
        """Add members, each with its state, at the next positions and with a time of its own.

        Where the chain of an origin leads over gaps, a row stands in for each of them.
        """
        items = _with_gaps(db, members)
        _, position, received = rows.ends(db)
        times = spread(received, now, len(items))
        added: list[Entry] = []
        for place, ((said, state), time) in enumerate(zip(items, times, strict=True), position + 1):
            if isinstance(said, Gap):
                gaps.stand_in(db, said, place, time, via)
            else:
                entry = Entry(position=place, member=said, received=time, via=via, state=state)
                rows.insert(db, entry)
                added.append(entry)
        return added

    # Records

    def record(self, iri: str) -> Entry | None:
        """Return the member that speaks for a record now, also when it is a deletion."""
        row = (
            self.db()
            .execute(
                "SELECT members.* FROM records JOIN members USING (position) "
                "WHERE records.object = ?",
                (iri,),
            )
            .fetchone()
        )
        return None if row is None else rows.entry(row)

    def records(self, origin: str | None = None) -> Iterator[Entry]:
        """Walk over the live records, of one origin or of all, in the order of their names."""
        found = self.db().execute(
            "SELECT members.* FROM records JOIN members USING (position) "
            "WHERE records.live = 1 AND (?1 IS NULL OR records.origin = ?1) "
            "ORDER BY records.object",
            (origin,),
        )
        for row in found:
            yield rows.entry(row)

    def counts(self) -> dict[str, int]:
        """Count the live records of each origin; what it says of itself and of cities is none."""
        found = self.db().execute(
            "SELECT origin, count(*) AS number FROM records WHERE live = 1 AND NOT "
            "(object = origin || ? OR substr(object, 1, length(origin) + ?) = origin || ?) "
            "GROUP BY origin",
            (OWN, len(ROOM) + 1, f"{ROOM}/"),
        )
        return {row["origin"]: row["number"] for row in found}

    def from_source(self, source: str) -> list[str]:
        """List the live records of the node's own that came from a source."""
        found = self.db().execute(
            "SELECT object FROM sources JOIN records USING (object) "
            "WHERE source = ? AND live = 1 AND origin = ? ORDER BY object",
            (source, self.base),
        )
        return [row["object"] for row in found]

    def sources(self) -> dict[str, str]:
        """Name the source of each live record of the node's own that came from one."""
        found = self.db().execute(
            "SELECT object, source FROM sources JOIN records USING (object) "
            "WHERE live = 1 AND origin = ?",
            (self.base,),
        )
        return {row["object"]: row["source"] for row in found}

    # What views follow

    def last_change(self) -> int:
        """Return the number of the newest change."""
        row = self.db().execute("SELECT max(number) AS number FROM changes").fetchone()
        return row["number"] or 0

    def waiting(self, after: int) -> tuple[int, bool]:
        """Tell how many changes came after a number, and whether some are of the node's own."""
        query = "SELECT count(*), max(substr(object, 1, ?) = ?) FROM changes WHERE number > ?"
        many, own = self.db().execute(query, (len(self.base), self.base, after)).fetchone()
        return many, bool(own)

    def changes(self, after: int, most: int, room: int = _MOST_BYTES) -> tuple[list[Change], int]:
        """Return the state of the records changed after a number, and the number reached.

        They come in the order in which each changed last, and end with the one that fills the
        `room`, in bytes of records.
        """
        found = (
            self.db()
            .execute(
                "SELECT number, object FROM changes WHERE number > ? ORDER BY number LIMIT ?",
                (after, most),
            )
            .fetchall()
        )
        latest = {row["object"]: row["number"] for row in found}
        changed: list[Change] = []
        for record, number in sorted(latest.items(), key=itemgetter(1)):
            entry = self.record(record)
            member = entry.member if entry is not None else None
            changed.append(Change(object=record, position=number, member=member))
            room -= len(member.payload) if member is not None else 0
            if room < 0:
                break
        return changed, changed[-1].position if changed else after

    def changed(self, after: int, objects: Sequence[str]) -> frozenset[str]:
        """Tell which of these records changed after a number."""
        db = self.db()
        newest = "SELECT max(number) > ? AS moved FROM changes"
        if not db.execute(newest, (after,)).fetchone()["moved"]:
            return frozenset()
        found = db.execute(
            "SELECT DISTINCT object FROM changes WHERE number > ? "
            "AND object IN (SELECT value FROM json_each(?))",
            (after, json.dumps(objects)),
        )
        return frozenset(row["object"] for row in found.fetchall())

    # Streams

    def newest(self, origin: str) -> Member | None:
        """Return the newest authentic member of an origin."""
        row = (
            self.db()
            .execute(
                "SELECT * FROM members WHERE origin = ? ORDER BY sequence DESC LIMIT 1", (origin,)
            )
            .fetchone()
        )
        return None if row is None else rows.member(row)

    def former(self, key: str) -> str | None:
        """Name another base under which this node has spoken, with the key it has now or another.

        It is looked for only where the node has said nothing under its own base.
        """
        if self.newest(self.base) is not None:
            return None
        kept = self.db().execute("SELECT base FROM own_keys WHERE base <> ?", (self.base,))
        if (row := kept.fetchone()) is not None:
            return str(row["base"])
        for row in self.db().execute("SELECT DISTINCT origin FROM records").fetchall():
            found = self.newest(row["origin"])
            proof = found.proof if found is not None else None
            if proof is not None and proof.method.endswith(f"#{key}"):
                return str(row["origin"])
        return None

    def carriers(self) -> dict[str, str]:
        """Name, by origin, the peer that brought the newest member of each that has live records.

        Finds one origin after the other in the indexes, however many records there are.
        """
        found = self.db().execute(
            "WITH RECURSIVE known (origin) AS ("
            "SELECT min(origin) FROM records UNION ALL "
            "SELECT (SELECT min(origin) FROM records WHERE origin > known.origin) FROM known "
            "WHERE known.origin IS NOT NULL) "
            "SELECT origin, (SELECT via FROM members WHERE members.origin = known.origin "
            "ORDER BY sequence DESC LIMIT 1) AS via FROM known "
            "WHERE EXISTS (SELECT 1 FROM records WHERE origin = known.origin AND live = 1)"
        )
        return {row["origin"]: row["via"] for row in found if row["via"] is not None}

    def member(self, iri: str) -> Entry | None:
        """Return a member by its name."""
        row = self.db().execute("SELECT * FROM members WHERE iri = ?", (iri,)).fetchone()
        return None if row is None else rows.entry(row)

    def size(self, origin: str | None = None) -> int:
        """Count members: of one origin, or all signed ones that were ever kept."""
        if origin is None:
            row = self.db().execute("SELECT max(position) AS size FROM members").fetchone()
        else:
            row = (
                self.db()
                .execute("SELECT max(sequence) AS size FROM members WHERE origin = ?", (origin,))
                .fetchone()
            )
        return max(0, row["size"] or 0)

    def stream(self, first: int, end: int, *, relayed: bool) -> list[FeedEntry]:
        """Return the members from index `first` up to `end` of `/feed` or `/feed/all`.

        Those that were given up are left out.
        """
        if relayed:
            found = self.db().execute(
                "SELECT * FROM members WHERE position > ? AND position <= ? AND gap IS NULL "
                "ORDER BY position",
                (first, end),
            )
        else:
            found = self.db().execute(
                "SELECT * FROM members WHERE origin = ? AND sequence > ? AND sequence <= ? "
                "AND gap IS NULL ORDER BY sequence",
                (self.base, first, end),
            )
        return [rows.feed_entry(row, relayed=relayed) for row in found]


def _with_gaps(
    db: sqlite3.Connection, members: Sequence[tuple[Member, str]]
) -> list[tuple[Member | Gap, str]]:
    """Put before each member the gaps over which its chain leads to it."""
    reached: dict[str, int] = {}
    items: list[tuple[Member | Gap, str]] = []
    for member, state in members:
        origin = member.origin
        if origin not in reached:
            query = "SELECT max(sequence) FROM members WHERE origin = ?"
            reached[origin] = db.execute(query, (origin,)).fetchone()[0] or 0
        passed = gaps.bridged(db, origin, reached[origin], member.sequence - 1)
        items.extend((gap, "accepted") for gap in passed)
        items.append((member, state))
        reached[origin] = max(reached[origin], member.sequence)
    return items
