"""Whom the journal believes: keys, what was taken back with one, notices, and blocked origins.

Plain functions; those that take a connection are called within a transaction. A key is pinned in
the transaction that keeps the member which announced it, so the journal never holds one without
the other.
"""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from federation import succession
from federation.iris import lies_below
from federation.keys import PublicKey
from federation.member import Member
from federation.peers import Follow, Notice
from federation.succession import Ring
from nodes.journal import quarantine, revoking, rows

RING: Final = TypeAdapter(tuple[PublicKey, ...])


@dataclass(frozen=True, kw_only=True)
class Told:
    """Something that officers are told about a city; `seen` is an ISO 8601 time in UTC."""

    base: str
    kind: Notice
    told: str
    seen: str


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """An origin of which nothing is shown or taken in; `since` is an ISO 8601 time in UTC."""

    base: str
    since: str
    reason: str


def own_ring(db: sqlite3.Connection, base: str) -> Ring:
    """Give the node's own keys; none when it never announced another one."""
    row = db.execute("SELECT keys FROM own_keys WHERE base = ?", (base,)).fetchone()
    return () if row is None else RING.validate_json(row["keys"])


def pin(
    db: sqlite3.Connection,
    own: str,
    base: str,
    ring: Ring,
    now: datetime,
    *,
    share: float | None = None,
) -> bool:
    """Believe the keys of a city from now on, and take away what it revoked; whether any is new.

    A revocation that takes back more than `share` of the records that others know of it, is held
    for a person, who is told; without a `share` one has decided, or it is the node's own.
    """
    before = _pinned(db, base)
    if share is not None and base != own:
        ring, told = revoking.weigh(db, base, before, ring, share=share, now=now)
        if told:
            note(db, base, Notice.REVOKED, told, now)
        else:
            drop(db, base, Notice.REVOKED)
    said = RING.dump_json(ring).decode()
    if base == own:
        db.execute("INSERT OR REPLACE INTO own_keys VALUES (?, ?)", (base, said))
    else:
        db.execute("UPDATE peers SET keys = ? WHERE base = ?", (said, base))
    for key in ring:
        if key.revoked_from is not None:
            _disown(db, base, ring, key, now)
            if base != own:
                _doubt_gaps(db, base, key)
    _settle_gone(db, base)
    return ring != before


def _pinned(db: sqlite3.Connection, base: str) -> Ring:
    row = db.execute("SELECT keys FROM peers WHERE base = ?", (base,)).fetchone()
    return () if row is None else RING.validate_json(row["keys"])


def _disown(db: sqlite3.Connection, base: str, ring: Ring, key: PublicKey, now: datetime) -> None:
    """Withdraw what a key signed from where it is revoked; the chain keeps it, nothing shows it."""
    found = db.execute(
        "SELECT * FROM members WHERE origin = ? AND sequence BETWEEN ? AND ? "
        "AND proof_method = ? AND object <> actor AND state <> 'refused'",
        (base, key.revoked_from, key.last, key.method),
    )
    gone = [rows.entry(row) for row in found.fetchall()]
    for entry in gone:
        member = entry.member
        db.execute("UPDATE members SET state = 'refused' WHERE iri = ?", (member.iri,))
        db.execute("DELETE FROM quarantine WHERE iri = ?", (member.iri,))
        reason = succession.disowned(ring, member)
        db.execute(
            "INSERT OR REPLACE INTO quarantine "
            "(peer, iri, origin, sequence, reason, status, checked, seen) "
            "VALUES (?, ?, ?, ?, ?, 'refused', x'', ?)",
            (entry.via, member.iri, base, member.sequence, reason, now.isoformat()),
        )
    rows.speak_again(db, base, sorted({entry.member.object for entry in gone}))


def _settle_gone(db: sqlite3.Connection, base: str) -> None:
    """Ask nobody any more whether records may go that a digest did not name: they are gone."""
    settled = db.execute(
        "UPDATE members SET state = 'refused' WHERE state = 'held' AND position <= 0 AND via = ? "
        "AND object NOT IN (SELECT object FROM records WHERE live = 1) RETURNING iri",
        (base,),
    ).fetchall()
    for row in settled:
        quarantine.forget(db, row["iri"])


def _doubt_gaps(db: sqlite3.Connection, base: str, key: PublicKey) -> None:
    """Have a city read again where a revoked key signed gaps: it has signed them anew."""
    query = "SELECT EXISTS (SELECT 1 FROM gaps WHERE origin = ? AND proof_method = ?)"
    if db.execute(query, (base, key.method)).fetchone()[0]:
        _lay_down(db, base)


def read_anew(db: sqlite3.Connection, base: str) -> None:
    """Have the members of a city read from the start, from whoever carries them.

    What was refused or kept back meanwhile is forgotten, save what a person decides on.
    """
    query = "DELETE FROM quarantine WHERE origin = ? AND iri NOT IN (SELECT iri FROM members)"
    db.execute(query, (base,))
    _lay_down(db, base)


def _lay_down(db: sqlite3.Connection, base: str) -> None:
    db.execute("DELETE FROM bookmarks WHERE base = ?", (base,))
    db.execute(
        "DELETE FROM bookmarks WHERE base IN (SELECT base FROM peers WHERE follow = ?)",
        (Follow.ALL.value,),
    )


def unproven(db: sqlite3.Connection, base: str, ring: Ring) -> int | None:
    """Give the number of the first member that is held of a city and that its keys do not prove."""
    found = db.execute(
        "SELECT * FROM members WHERE origin = ? AND sequence > 0 ORDER BY sequence", (base,)
    )
    for row in found:
        if row["gap"] is not None:
            continue  # it was given up, and its origin signed that
        member = rows.member(row)
        if succession.doubt(ring, member) or (
            row["state"] != "refused" and succession.disowned(ring, member)
        ):
            return member.sequence
    return None


def set_aside(db: sqlite3.Connection, base: str, start: int) -> int:
    """Take a city's members from a number on out of its chain; return how many they are.

    They stay in the journal, and in `/feed/all`, as what was once said; the city's true members can
    have their numbers now. One that comes again takes its old place.
    """
    found = db.execute(
        "SELECT object FROM members WHERE origin = ? AND sequence >= ?", (base, start)
    ).fetchall()
    db.execute(
        "DELETE FROM quarantine WHERE iri IN "
        "(SELECT iri FROM members WHERE origin = ? AND sequence >= ?)",
        (base, start),
    )
    db.execute(
        "UPDATE members SET sequence = -position, state = 'refused' "
        "WHERE origin = ? AND sequence >= ?",
        (base, start),
    )
    rows.speak_again(db, base, sorted({row["object"] for row in found}))
    return len(found)


def revive(db: sqlite3.Connection, member: Member, state: str) -> rows.Entry | None:
    """Put a member that was set aside back into its chain; None when it is no such one."""
    row = db.execute(
        "UPDATE members SET sequence = ?, state = ? WHERE iri = ? AND sequence < 0 "
        "AND position > 0 RETURNING *",
        (member.sequence, state, member.iri),
    ).fetchone()
    return None if row is None else rows.entry(row)


# Notices


def note(db: sqlite3.Connection, base: str, kind: Notice, told: str, now: datetime) -> None:
    """Tell officers something about a city; the first time it was seen stays."""
    db.execute(
        "INSERT INTO notices VALUES (?, ?, ?, ?) ON CONFLICT (base, kind) DO UPDATE SET "
        "told = CASE WHEN kind = 'fork' THEN told ELSE excluded.told END",
        (base, kind.value, told, now.isoformat()),
    )


def drop(db: sqlite3.Connection, base: str, kind: Notice | None = None) -> None:
    """Let a notice be over, or all of a city."""
    query = "DELETE FROM notices WHERE base = ? AND (?2 IS NULL OR kind = ?2)"
    db.execute(query, (base, kind.value if kind is not None else None))


def notices(db: sqlite3.Connection) -> dict[str, list[Told]]:
    """List what officers are told, by city."""
    found: dict[str, list[Told]] = {}
    for row in db.execute("SELECT * FROM notices ORDER BY base, seen, kind").fetchall():
        told = Told(base=row["base"], kind=Notice(row["kind"]), told=row["told"], seen=row["seen"])
        found.setdefault(told.base, []).append(told)
    return found


# Blocked origins


def blocked(db: sqlite3.Connection) -> list[Blocked]:
    """List the blocked origins."""
    found = db.execute("SELECT base, since, reason FROM blocked ORDER BY base").fetchall()
    return [Blocked(**dict(row)) for row in found]


def block(db: sqlite3.Connection, base: str, reason: str, now: datetime) -> int:
    """Show and take in nothing of an origin any more; return how many records vanish."""
    db.execute("INSERT OR IGNORE INTO blocked VALUES (?, ?, ?)", (base, now.isoformat(), reason))
    bases = [base]
    found = db.execute("SELECT object, origin FROM records").fetchall()
    seen = _observed(db, base)
    gone = [
        row["object"]
        for row in found
        if row["origin"] == base or row["object"] in seen or lies_below(row["object"], bases)
    ]
    rows.silence(db, gone)
    db.execute("DELETE FROM followers WHERE base = ?", (base,))
    db.execute("DELETE FROM follows WHERE base = ?", (base,))
    db.execute("DELETE FROM pings WHERE base = ?", (base,))
    query = "DELETE FROM quarantine WHERE origin = ? AND iri NOT IN (SELECT iri FROM members)"
    db.execute(query, (base,))
    return len(gone)


def unblock(db: sqlite3.Connection, base: str, now: datetime) -> int | None:
    """Let an origin be heard again; return how many records come back, None if it was not blocked.

    What the journal holds comes back at once, what came meanwhile with the next rounds.
    """
    if not db.execute("DELETE FROM blocked WHERE base = ?", (base,)).rowcount:
        return None
    still = [each.base for each in blocked(db)]
    found = db.execute(
        "SELECT DISTINCT origin, object FROM members WHERE state = 'accepted' AND sequence > 0 "
        "AND object NOT IN (SELECT object FROM records) AND object <> actor"
    ).fetchall()
    seen = _observed(db, base)
    back: dict[str, list[str]] = {}
    for row in found:
        mine = row["origin"] == base or row["object"] in seen
        mine = mine or lies_below(row["object"], [base])
        if mine and row["origin"] not in still and not lies_below(row["object"], still):
            back.setdefault(row["origin"], []).append(row["object"])
    for origin, records in back.items():
        rows.speak_again(db, origin, sorted(records))
    read_anew(db, base)
    db.execute(
        "DELETE FROM bookmarks WHERE base IN (SELECT base FROM peers WHERE follow = ?)",
        (Follow.UNSIGNED.value,),
    )
    db.execute("UPDATE peers SET due = ?, failures = 0 WHERE base = ?", (now.isoformat(), base))
    objects = [each for records in back.values() for each in records]
    row = db.execute(
        "SELECT count(*) FROM records WHERE live = 1 "
        "AND object IN (SELECT value FROM json_each(?))",
        (json.dumps(objects),),
    ).fetchone()
    return int(row[0])


def _observed(db: sqlite3.Connection, base: str) -> frozenset[str]:
    """Name the records that this node observed at a catalogue of another."""
    found = db.execute("SELECT object FROM observed WHERE peer = ?", (base,))
    return frozenset(row["object"] for row in found.fetchall())
