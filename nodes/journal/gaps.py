"""Gaps in the journal: what origins give no longer, kept, carried out, and stood in for.

A member that was given up keeps its row, with what the chain needs and nothing of what it said;
`members.gap` names the gap that stands where it stood. Where a chain goes on behind a gap whose
members never were here, a row of the gap's own stands for them (`bridged`). Plain functions; who
writes holds the transaction.
"""

import json
import re
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from federation.gap import Gap, Reason, bridge, numbers_of
from federation.member import Kind, Member, Proof
from nodes.journal import rows
from nodes.journal.rows import Entry

_EMPTY: Final = zlib.compress(b"", 3)
_MOST: Final = 5_000


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a city once said about a record; without a payload when it was given up."""

    sequence: int
    digest: str
    published: str
    payload: bytes
    given_up: bool


def note(db: sqlite3.Connection, gaps: Iterable[Gap]) -> None:
    """Keep gaps that their origin signed; nobody waits any more for what they cover.

    Of two proofs of the same gap the later one stays: the key of the other may be revoked.
    """
    for gap in gaps:
        proof = gap.proof
        if proof is None:
            continue
        added = db.execute(
            "INSERT INTO gaps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (iri) "
            "DO UPDATE SET proof_created = excluded.proof_created, "
            "proof_method = excluded.proof_method, proof_value = excluded.proof_value "
            "WHERE excluded.proof_created >= proof_created",
            (
                *(gap.iri, gap.origin, gap.first, gap.last, gap.count, gap.digest, gap.published),
                *(gap.reason.value, proof.created, proof.method, proof.value),
            ),
        )
        if added.rowcount:
            db.execute(
                "DELETE FROM quarantine WHERE origin = ? AND sequence BETWEEN ? AND ? "
                "AND status IN ('waits', 'hole')",
                (gap.origin, gap.first, gap.last),
            )


def between(db: sqlite3.Connection, origin: str, first: int, last: int) -> list[Gap]:
    """List gaps of an origin that touch some numbers, up to a number of them."""
    found = db.execute(
        "SELECT * FROM gaps WHERE origin = ? AND last >= ? AND first <= ? ORDER BY first LIMIT ?",
        (origin, first, last, _MOST),
    )
    return [_gap(row) for row in found.fetchall()]


def versions(db: sqlite3.Connection, origin: str, record: str) -> list[Version]:
    """List all that an origin said about a record, in its order."""
    found = db.execute(
        "SELECT sequence, digest, published, payload, gap FROM members "
        "WHERE origin = ? AND object = ? AND position > 0 ORDER BY sequence",
        (origin, record),
    )
    return [
        Version(
            sequence=row["sequence"],
            digest=row["digest"],
            published=row["published"],
            payload=zlib.decompress(row["payload"]),
            given_up=row["gap"] is not None,
        )
        for row in found.fetchall()
    ]


def named(db: sqlite3.Connection, iris: Iterable[str]) -> list[Gap]:
    """Find gaps by their names."""
    found = db.execute(
        "SELECT * FROM gaps WHERE iri IN (SELECT value FROM json_each(?)) ORDER BY first",
        (json.dumps(sorted(set(iris))),),
    )
    return [_gap(row) for row in found.fetchall()]


def signed_with(db: sqlite3.Connection, origin: str, method: str) -> list[Gap]:
    """List the gaps of an origin that one of its keys signed."""
    query = "SELECT * FROM gaps WHERE origin = ? AND proof_method = ? ORDER BY first"
    return [_gap(row) for row in db.execute(query, (origin, method)).fetchall()]


def reach(db: sqlite3.Connection, origin: str, reached: int) -> int:
    """Tell how far a chain goes on from a number over gaps alone."""
    query = "SELECT max(last) FROM gaps WHERE origin = ? AND first <= ? AND last > ?"
    while (row := db.execute(query, (origin, reached + 1, reached)).fetchone())[0] is not None:
        reached = row[0]
    return reached


def missing(db: sqlite3.Connection, origin: str) -> list[tuple[int, int]]:
    """List the stretches of a chain that are not here, as first and last number.

    Without those that gaps stand for, and those that were delivered in refused forms only.
    """
    jumps = db.execute(
        "SELECT before + 1 AS first, sequence - 1 AS last FROM ("
        "SELECT sequence, lag(sequence, 1, 0) OVER (ORDER BY sequence) AS before FROM members "
        "WHERE origin = ? AND sequence > 0) WHERE sequence > before + 1",
        (origin,),
    ).fetchall()
    holes = db.execute(
        "SELECT sequence FROM quarantine WHERE origin = ? AND status = 'hole'", (origin,)
    )
    refused = {row["sequence"] for row in holes} if jumps else set()
    found: list[tuple[int, int]] = []
    for jump in jumps:
        number = jump["first"]
        while number <= jump["last"]:
            begin = number
            while number <= jump["last"] and _is_lost(db, origin, number, refused):
                number += 1
            if number > begin:
                found.append((begin, number - 1))
            number = max(number + 1, reach(db, origin, number - 1) + 1)
    return found


def _is_lost(db: sqlite3.Connection, origin: str, number: int, refused: set[int]) -> bool:
    return number not in refused and reach(db, origin, number - 1) < number


def bridged(db: sqlite3.Connection, origin: str, reached: int, before: int) -> list[Gap]:
    """Find the gaps that lead from a number up to just before another; none when they do not."""
    if before <= reached:
        return []
    return bridge(between(db, origin, reached + 1, before), reached, before)


def stand_in(db: sqlite3.Connection, gap: Gap, position: int, received: str, via: str) -> None:
    """Add a row that stands for members that were given up before they came here."""
    db.execute(
        "INSERT INTO members (position, iri, origin, sequence, kind, object, actor, published, "
        "previous, digest, payload, proof_created, proof_method, proof_value, received, via, "
        "state, gap) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, '', '', '', ?, ?, 'accepted', ?)",
        (
            *(position, gap.iri, gap.origin, gap.last, Kind.DELETE.value, gap.iri, gap.actor),
            *(gap.published, gap.digest, _EMPTY, received, via, gap.iri),
        ),
    )


def take_effect(db: sqlite3.Connection, kept: Entry) -> None:
    """Let an accepted member speak for its record, and erase what it says must go."""
    rows.speak(db, kept)
    if kept.member.erases:
        _erase(db, kept)


def give_up(db: sqlite3.Connection, positions: Iterable[tuple[int, str]]) -> None:
    """Drop what members said, by position and the gap that stands for them from now on."""
    db.executemany(
        "UPDATE members SET payload = ?, proof_created = '', proof_method = '', proof_value = '', "
        "gap = ? WHERE position = ?",
        [(_EMPTY, gap, position) for position, gap in positions],
    )


def pending(db: sqlite3.Connection) -> list[str]:
    """Name the erasing members whose traces may still be in the views."""
    found = db.execute("SELECT member FROM erasures WHERE cleared IS NULL ORDER BY member")
    return [row["member"] for row in found.fetchall()]


def _erase(db: sqlite3.Connection, kept: Entry) -> None:
    """Drop what an origin said about a record under the numbers of the gaps that it made.

    Only its own members about this very record are touched, here and in quarantine, whoever
    brought them.
    """
    said = kept.member
    place = (said.origin, said.object)
    for iri in said.erases:
        numbers = numbers_of(iri, said.origin)
        if numbers is None:
            continue
        found = db.execute(
            "SELECT position FROM members WHERE origin = ? AND object = ? "
            "AND sequence BETWEEN ? AND ? AND position > 0 AND gap IS NULL",
            (*place, *numbers),
        )
        give_up(db, [(row["position"], iri) for row in found.fetchall()])
        db.execute(
            "DELETE FROM quarantine WHERE origin = ? AND sequence BETWEEN ? AND ?",
            (said.origin, *numbers),
        )
    _clear_quarantine(db, said)
    db.execute(
        "INSERT OR IGNORE INTO erasures (member, origin, taken, due) VALUES (?, ?, ?, ?)",
        (said.iri, said.origin, kept.received, kept.received),
    )


def _clear_quarantine(db: sqlite3.Connection, said: Member) -> None:
    """Drop refused forms without a number that speak of the record."""
    about = re.compile(re.escape(f"<{said.object}".encode()) + rb"[>#?/]")
    found = db.execute("SELECT id, checked FROM quarantine WHERE sequence = 0").fetchall()
    gone = [
        (row["id"],)
        for row in found
        if row["checked"] and about.search(zlib.decompress(row["checked"]))
    ]
    db.executemany("DELETE FROM quarantine WHERE id = ?", gone)


def _gap(row: sqlite3.Row) -> Gap:
    return Gap(
        iri=row["iri"],
        actor=f"{row['origin']}#node",
        first=row["first"],
        last=row["last"],
        count=row["count"],
        digest=row["digest"],
        published=row["published"],
        reason=Reason(row["reason"]),
        proof=Proof(
            created=row["proof_created"], method=row["proof_method"], value=row["proof_value"]
        ),
    )
