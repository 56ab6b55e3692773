"""Rows of the journal as values, and back."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from federation.digests import Sum, bucket_of, mark
from federation.iris import lies_below
from federation.member import Kind, Member, Proof, digest
from federation.page import Entry as FeedEntry
from federation.succession import about_keys
from federation.times import stamp
from nodes.errors import JournalError
from nodes.journal.connections import Connection


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A member as the journal keeps it: `via` is the base of the node that brought it.

    `gap` names the gap that stands for it when it was given up.
    """

    position: int
    member: Member
    received: str
    via: str
    state: str = "accepted"
    gap: str | None = None


def entry(row: sqlite3.Row) -> Entry:
    """Read a row of `members`."""
    return Entry(
        position=row["position"],
        member=member(row),
        received=row["received"],
        via=row["via"],
        state=row["state"],
        gap=row["gap"],
    )


def member(row: sqlite3.Row) -> Member:
    """Read the member in a row of `members`."""
    return Member(
        iri=row["iri"],
        sequence=row["sequence"],
        kind=Kind(row["kind"]),
        object=row["object"],
        actor=row["actor"],
        published=row["published"],
        previous=row["previous"],
        payload=zlib.decompress(row["payload"]),
        proof=_proof(row),
        source=row["source"],
        erases=tuple(json.loads(row["erases"] or "[]")),
    )


def _proof(row: sqlite3.Row) -> Proof | None:
    created, method, value = row["proof_created"], row["proof_method"], row["proof_value"]
    return Proof(created=created, method=method, value=value) if value else None


def ends(db: sqlite3.Connection) -> tuple[int, int, str | None]:
    """Give the lowest and the highest position, 0 among them, and the latest time of receipt.

    Each is asked for by itself: of two at once SQLite finds none by its index alone.
    """
    row = db.execute(
        "SELECT (SELECT min(position) FROM members) AS low, "
        "(SELECT max(position) FROM members) AS high, "
        "(SELECT max(received) FROM members) AS received"
    ).fetchone()
    return min(0, row["low"] or 0), max(0, row["high"] or 0), row["received"]


def numbered(said: Member, sequence: int) -> Member:
    """Give a member its number."""
    return replace(said, sequence=sequence)


def feed_entry(row: sqlite3.Row, *, relayed: bool) -> FeedEntry:
    """Read a row of `members` as a stream carries it."""
    return FeedEntry(member=member(row), received=row["received"] if relayed else None)


def insert(db: sqlite3.Connection, kept: Entry) -> None:
    """Add a member; the caller holds the transaction.

    One without a proof is never relayed: it may only stand below position 0.
    """
    said, proof = kept.member, kept.member.proof
    if proof is None and kept.position > 0:
        raise JournalError(f"{said.iri} has no proof and cannot be kept")
    db.execute(
        "INSERT INTO members (position, iri, origin, sequence, kind, object, actor, published, "
        "previous, digest, payload, proof_created, proof_method, proof_value, received, via, "
        "state, source, erases) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            kept.position,
            said.iri,
            said.origin,
            said.sequence,
            said.kind.value,
            said.object,
            said.actor,
            said.published,
            said.previous,
            digest(said),
            zlib.compress(said.payload, 3),
            proof.created if proof is not None else "",
            proof.method if proof is not None else "",
            proof.value if proof is not None else "",
            kept.received,
            kept.via,
            kept.state,
            said.source,
            json.dumps(said.erases) if said.erases else None,
        ),
    )


def speak(db: sqlite3.Connection, kept: Entry) -> None:
    """Let a member speak for its record, unless a later one of its origin already does.

    An origin that signs takes over from an unsigned feed that spoke for its record. What is about
    keys is about no record, and for a blocked origin nobody speaks.
    """
    said = kept.member
    blocked = [row["base"] for row in db.execute("SELECT base FROM blocked").fetchall()]
    if lies_below(said.origin, blocked) or lies_below(said.object, blocked):
        return
    if said.proof is not None and about_keys(said):
        return
    before = _counted(db, said.object)
    cursor = db.execute(
        "INSERT INTO records (object, origin, position, sequence, live, bucket) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (object) DO UPDATE SET "
        "origin = excluded.origin, position = excluded.position, sequence = excluded.sequence, "
        "live = excluded.live WHERE excluded.sequence > sequence OR origin <> excluded.origin",
        (
            said.object,
            said.origin,
            kept.position,
            said.sequence,
            int(said.kind is not Kind.DELETE),
            bucket_of(said.object),
        ),
    )
    if cursor.rowcount:
        changed(db, said.object, kept.position)
        _recount(db, said.object, before, _counted(db, said.object))


def speak_again(db: sqlite3.Connection, origin: str, records: Sequence[str]) -> None:
    """Let the last member of an origin that is accepted speak for each of some records, or none."""
    found = db.execute(
        "SELECT members.*, max(sequence) FROM members WHERE origin = ? AND state = 'accepted' "
        "AND sequence > 0 AND gap IS NULL "
        "AND object IN (SELECT value FROM json_each(?)) GROUP BY object",
        (origin, json.dumps(records)),
    ).fetchall()
    spoken = db.execute(
        "SELECT object FROM records WHERE origin = ? "
        "AND object IN (SELECT value FROM json_each(?))",
        (origin, json.dumps(records)),
    )
    silence(db, [row["object"] for row in spoken.fetchall()])
    for row in found:
        speak(db, entry(row))


def silence(db: sqlite3.Connection, records: Iterable[str]) -> None:
    """Let nobody speak for some records: views forget them."""
    for record in records:
        before = _counted(db, record)
        db.execute("DELETE FROM records WHERE object = ?", (record,))
        changed(db, record, None)
        _recount(db, record, before, None)


def changed(db: sqlite3.Connection, record: str, position: int | None) -> None:
    """Note that from now on the member at a position speaks for a record, or none does.

    All that one transaction changes bears one time, never an earlier one than what was noted
    before, and always a later one than any that was asked about (`nodes.journal.past`).
    """
    began = db.began if isinstance(db, Connection) else ""
    db.execute(
        "INSERT INTO changes (object, position, at) SELECT ?, ?, max(?, fence, "
        "ifnull((SELECT at FROM changes ORDER BY number DESC LIMIT 1), '')) FROM past",
        (record, position, began),
    )


def withdrawn(db: sqlite3.Connection, origin: str, since: datetime) -> int:
    """Count the records that an origin withdrew, as it was received here since a time."""
    row = db.execute(
        "SELECT count(*) FROM members WHERE origin = ? AND received > ? "
        "AND kind = 'Delete' AND state = 'accepted'",
        (origin, stamp(since)),
    ).fetchone()
    return int(row[0])


def _counted(db: sqlite3.Connection, record: str) -> tuple[str, Sum] | None:
    """Tell what a record adds to the digest of its origin; None when it adds nothing."""
    row = db.execute(
        "SELECT records.origin, members.digest FROM records JOIN members USING (position) "
        "WHERE records.object = ? AND records.live = 1 AND records.position > 0",
        (record,),
    ).fetchone()
    return None if row is None else (row["origin"], mark(record, row["digest"]))


def _recount(
    db: sqlite3.Connection,
    record: str,
    before: tuple[str, Sum] | None,
    after: tuple[str, Sum] | None,
) -> None:
    """Take from the digests what a record added to them before, and add what it adds now."""
    changed: dict[str, Sum] = {}
    if after is not None:
        changed[after[0]] = after[1]
    if before is not None:
        changed[before[0]] = changed.get(before[0], Sum()) - before[1]
    for origin, more in changed.items():
        place = (origin, bucket_of(record))
        query = "SELECT count, total FROM digests WHERE origin = ? AND bucket = ?"
        row = db.execute(query, place).fetchone()
        kept = Sum() if row is None else Sum(count=row["count"], total=row["total"])
        new = kept + more
        db.execute(
            "INSERT OR REPLACE INTO digests VALUES (?, ?, ?, ?)", (*place, new.count, new.total)
        )
