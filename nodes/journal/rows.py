"""Rows of the journal as values, and back."""

import sqlite3
import zlib
from dataclasses import dataclass

from federation.member import Kind, Member, Proof, digest
from federation.page import Entry as FeedEntry
from nodes.errors import JournalError


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A member as the journal keeps it: `via` is the base of the node that brought it."""

    position: int
    member: Member
    received: str
    via: str
    state: str = "accepted"


def entry(row: sqlite3.Row) -> Entry:
    """Read a row of `members`."""
    return Entry(
        position=row["position"],
        member=member(row),
        received=row["received"],
        via=row["via"],
        state=row["state"],
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
        proof=Proof(
            created=row["proof_created"], method=row["proof_method"], value=row["proof_value"]
        ),
    )


def feed_entry(row: sqlite3.Row, *, relayed: bool) -> FeedEntry:
    """Read a row of `members` as a stream carries it."""
    return FeedEntry(member=member(row), received=row["received"] if relayed else None)


def insert(db: sqlite3.Connection, kept: Entry) -> None:
    """Add a member; the caller holds the transaction."""
    said = kept.member
    if said.proof is None:
        raise JournalError(f"{said.iri} has no proof and cannot be kept")
    db.execute(
        "INSERT INTO members VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
            said.proof.created,
            said.proof.method,
            said.proof.value,
            kept.received,
            kept.via,
            kept.state,
        ),
    )


def speak(db: sqlite3.Connection, kept: Entry) -> None:
    """Let a member speak for its record, unless a later one of its origin already does."""
    said = kept.member
    cursor = db.execute(
        "INSERT INTO records VALUES (?, ?, ?, ?, ?) ON CONFLICT (object) DO UPDATE SET "
        "position = excluded.position, sequence = excluded.sequence, live = excluded.live "
        "WHERE excluded.sequence > sequence",
        (
            said.object,
            said.origin,
            kept.position,
            said.sequence,
            int(said.kind is not Kind.DELETE),
        ),
    )
    if cursor.rowcount:
        db.execute("INSERT INTO changes (object) VALUES (?)", (said.object,))
