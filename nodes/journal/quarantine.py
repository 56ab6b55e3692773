"""Quarantine: members that were not taken in, with their reasons, and how much of that is kept.

Each row belongs to the peer that brought the member. `refused` ones are for a person to look at;
`waits` are good and come in by themselves when they can be placed; a `hole` says that a number was
delivered in a form that cannot be believed; `held` ones are withdrawals that a person decides on.
A peer that sends rubbish pushes out its own rubbish first, good members last, held ones never.
When good ones had to go all the same, the peer's feed is read again as soon as their chain grows.
"""

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from federation.carrying import Carried
from federation.examining import Checked, Signature
from federation.member import Member
from federation.peers import Verdict
from nodes.journal import gaps

_CHECKED: Final = TypeAdapter(Checked)
_AT_ONCE: Final = 20
_INSERT: Final = (
    "INSERT OR REPLACE INTO quarantine "
    "(peer, iri, origin, sequence, reason, status, checked, seen) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_SIGNED: Final = (
    "SELECT 1 FROM quarantine WHERE peer = ?1 AND iri = ?2 AND (status IN ('waits', 'held') "
    "OR EXISTS (SELECT 1 FROM members WHERE iri = ?2))"
)


def put(db: sqlite3.Connection, peer: str, verdict: Verdict, now: datetime) -> None:
    """Keep a refused member.

    A copy that its origin did not sign never takes the place of one that it did.
    """
    iri = verdict.checked.carried.iri
    signed = verdict.checked.signature is Signature.GOOD
    if signed:
        db.execute("DELETE FROM quarantine WHERE iri = ? AND status = 'waits'", (iri,))
    elif db.execute(_SIGNED, (peer, iri)).fetchone():
        return
    if verdict.erased:
        db.execute("DELETE FROM quarantine WHERE iri = ?", (iri,))
    status = "waits" if verdict.waits else "hole" if verdict.hole else "refused"
    said = zlib.compress(_CHECKED.dump_json(_kept(verdict)), 3)
    place = (verdict.origin or peer, verdict.sequence)
    db.execute(_INSERT, (peer, iri, *place, verdict.reason, status, said, now.isoformat()))


def _kept(verdict: Verdict) -> Checked:
    """Tell what is kept of a member: of an erased one its name alone."""
    if not verdict.erased:
        return verdict.checked
    bare = Carried(iri=verdict.checked.carried.iri, defect=verdict.reason)
    return Checked(carried=bare, signature=Signature.MISSING)


def hold(db: sqlite3.Connection, peer: str, member: Member, reason: str, now: datetime) -> None:
    """Keep a withdrawal for a person."""
    place = (member.origin, member.sequence)
    db.execute(_INSERT, (peer, member.iri, *place, reason, "held", b"", now.isoformat()))


def hold_record(db: sqlite3.Connection, peer: str, record: str, reason: str, now: datetime) -> None:
    """Keep for a person that a record which was observed at a peer would be withdrawn."""
    db.execute(_INSERT, (peer, record, peer, 0, reason, "held", b"", now.isoformat()))


def settle(db: sqlite3.Connection, iri: str) -> None:
    """Drop what was noted about a member that is here by now, save what a person decides."""
    db.execute(
        "DELETE FROM quarantine WHERE iri = ?1 AND (status IN ('waits', 'hole') OR NOT EXISTS "
        "(SELECT 1 FROM members WHERE iri = ?1 AND state IN ('refused', 'held')))",
        (iri,),
    )


def forget(db: sqlite3.Connection, iri: str) -> None:
    """Drop all that was noted about a member."""
    db.execute("DELETE FROM quarantine WHERE iri = ?", (iri,))


def bound(db: sqlite3.Connection, peer: str, most: int, most_bytes: int) -> None:
    """Keep only so many rows and bytes of what a peer sent; what waits goes last."""
    dropped = db.execute(
        "DELETE FROM quarantine WHERE id IN (SELECT id FROM ("
        "SELECT id, row_number() OVER best AS place, sum(length(checked)) OVER best AS bytes "
        "FROM quarantine WHERE peer = ? AND status <> 'held' WINDOW best AS (ORDER BY "
        "CASE status WHEN 'waits' THEN 0 WHEN 'hole' THEN 1 ELSE 2 END, "
        "CASE status WHEN 'waits' THEN sequence ELSE -id END, id ROWS UNBOUNDED PRECEDING)) "
        "WHERE place > ? OR bytes > ?) RETURNING origin, status",
        (peer, most, most_bytes),
    ).fetchall()
    lost = {(peer, row["origin"]) for row in dropped if row["status"] == "waits"}
    db.executemany("INSERT OR IGNORE INTO dropped VALUES (?, ?)", lost)


def read_again(db: sqlite3.Connection, origins: Iterable[str]) -> None:
    """Have feeds read from the start whose waiting members of these origins were dropped."""
    for origin in origins:
        lost = db.execute("DELETE FROM dropped WHERE origin = ? RETURNING peer", (origin,))
        for row in lost.fetchall():
            db.execute("DELETE FROM bookmarks WHERE base = ?", (row["peer"],))


def ripe(connect: Callable[[], sqlite3.Connection], origins: Sequence[str] | None) -> list[Checked]:
    """Return waiting members that may be placed now, a few at once, in their order."""
    db = connect()
    if origins is None:
        waiting = db.execute(
            "SELECT DISTINCT origin FROM quarantine WHERE status = 'waits' "
            "AND origin NOT IN (SELECT base FROM notices WHERE kind = 'full')"
        )
        origins = [row["origin"] for row in waiting]
    found: list[Checked] = []
    for origin in origins:
        found.extend(_following(db, origin))
        found.extend(_filling(db, origin))
    return found


def _following(db: sqlite3.Connection, origin: str) -> list[Checked]:
    """Walk from an origin's newest member over waiting ones, and over holes, without a gap."""
    newest = db.execute("SELECT max(sequence) FROM members WHERE origin = ?", (origin,)).fetchone()
    reached = gaps.reach(db, origin, max(0, newest[0] or 0))
    rows = db.execute(
        "SELECT sequence, status, checked FROM quarantine WHERE origin = ? AND sequence > ? "
        "AND status IN ('waits', 'hole') ORDER BY sequence, status DESC, id LIMIT ?",
        (origin, reached, 2 * _AT_ONCE),
    )
    found: list[Checked] = []
    for row in rows:
        if row["sequence"] > reached + 1 or len(found) == _AT_ONCE:
            break
        reached = row["sequence"]
        if row["status"] == "waits":
            found.append(_checked(row))
    return found


def _filling(db: sqlite3.Connection, origin: str) -> list[Checked]:
    """Find waiting members whose number is still free and whose successor is here."""
    rows = db.execute(
        "SELECT checked FROM quarantine AS kept WHERE origin = ? AND status = 'waits' "
        "AND EXISTS (SELECT 1 FROM members WHERE origin = kept.origin "
        "AND sequence = kept.sequence + 1) "
        "AND NOT EXISTS (SELECT 1 FROM members WHERE origin = kept.origin "
        "AND sequence = kept.sequence) LIMIT ?",
        (origin, _AT_ONCE),
    )
    return [_checked(row) for row in rows]


def _checked(row: sqlite3.Row) -> Checked:
    return _CHECKED.validate_json(zlib.decompress(row["checked"]))
