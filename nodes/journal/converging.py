"""What the journal does when a peer's digest says that records differ. Plain functions.

A record of which the right member is here is put right at once: that member speaks again. What is
explained by a member that is here, and was not believed or not carried out, is left as it is.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Sequence, Set
from datetime import datetime
from typing import Final

from federation.digests import Listed, LiveSet
from federation.member import Kind, Member
from federation.peers import Parting, Place
from federation.times import spread
from nodes.journal import digests, gaps, rows
from nodes.journal.journal import Journal
from nodes.journal.rows import Entry

_STATES: Final = {
    "refused": "refused here",
    "deferred": "not decided on yet",
    "held": "held for a person",
}
_KEPT: Final = {
    "refused": "refused here",
    "hole": "came in a form that cannot be believed",
    "waits": "wait for what comes before them",
    "held": "held for a person",
}
_GONE: Final = "withdrawn there, held here for a person"
_GIVEN_UP: Final = "taken back by the city that said it"
_NEWER: Final = "known here in a later version"


def compare(
    journal: Journal,
    origin: str,
    buckets: Sequence[int],
    theirs: Sequence[Listed],
    asked: Set[str],
) -> Parting:
    """Compare our records of an origin in some buckets with its own; put right what can be.

    Of members that the origin was `asked` for, the quarantine says why they are not here.
    """
    with journal.transaction() as db:
        ours = {each.record: each for each in digests.listed(db, origin, buckets)}
        missing: list[Listed] = []
        kept: Counter[str] = Counter()
        repaired = 0
        for each in theirs:
            if ours.get(each.record) == each:
                continue
            words = _member_here(db, each, asked)
            if words is None:
                missing.append(each)
            elif words:
                kept[words] += 1
            else:
                repaired += 1
        listed = {each.record for each in theirs}
        gone, carried_out, explained = _gone(db, origin, sorted(ours.keys() - listed))
        kept.update(explained)
    return Parting(
        missing=tuple(missing),
        gone=tuple(gone),
        kept_back=dict(kept),
        repaired=repaired + carried_out,
    )


def missed(
    journal: Journal, via: str, said: LiveSet, records: Sequence[str], now: datetime
) -> list[Member]:
    """Note as deferred withdrawals that a digest does not name records.

    They lie below position 0, as all that no city signed as a member: never part of `/feed/all`.
    """
    with journal.transaction() as db:
        position, _, received = rows.ends(db)
        [number] = db.execute(
            "SELECT max(sequence) FROM members WHERE origin = ?", (said.iri,)
        ).fetchone()
        first = max(number or 0, said.size)
        noted: list[Member] = []
        for place, (record, time) in enumerate(
            zip(records, spread(received, now, len(records)), strict=True), start=1
        ):
            name = hashlib.sha256(f"{record}\n{said.published}\n{time}".encode()).hexdigest()[:32]
            member = Member(
                iri=f"{journal.base}unsigned/{name}",
                sequence=first + place,
                kind=Kind.DELETE,
                object=record,
                actor=said.iri,
                published=said.published,
                source=said.iri,
            )
            rows.insert(
                db,
                Entry(
                    position=position - place,
                    member=member,
                    received=time,
                    via=via,
                    state="deferred",
                ),
            )
            noted.append(member)
    return noted


def gap(journal: Journal, origin: str) -> Place | None:
    """Return the member before the first hole in a chain that its origin did not sign as a gap."""
    db = journal.db()
    first, last, count = db.execute(
        "SELECT min(sequence), max(sequence), count(*) FROM members "
        "WHERE origin = ? AND sequence > 0",
        (origin,),
    ).fetchone()
    if not count or last == count:
        return None
    if gaps.reach(db, origin, 0) < first - 1:
        return Place()
    ends = db.execute(
        "SELECT sequence, published, iri, (SELECT min(sequence) FROM members AS after "
        "WHERE origin = before.origin AND after.sequence > before.sequence) AS next "
        "FROM members AS before WHERE origin = ? AND sequence > 0 AND NOT EXISTS "
        "(SELECT 1 FROM members WHERE origin = before.origin AND sequence = before.sequence + 1) "
        "AND sequence < ? ORDER BY sequence",
        (origin, last),
    )
    for row in ends.fetchall():
        if gaps.reach(db, origin, row["sequence"]) < row["next"] - 1:
            return _place(row)
    return None


def cut(journal: Journal, origin: str, read: Sequence[str]) -> Place | None:
    """Return the newest member of an origin when none of those read last is here."""
    db = journal.db()
    here = db.execute(
        "SELECT 1 FROM json_each(?) WHERE value IN (SELECT iri FROM members) "
        "OR value IN (SELECT iri FROM quarantine) LIMIT 1",
        (json.dumps(list(read)),),
    )
    if here.fetchone() is not None:
        return None
    row = db.execute(
        "SELECT sequence, published, iri FROM members WHERE origin = ? AND sequence > 0 "
        "ORDER BY sequence DESC LIMIT 1",
        (origin,),
    ).fetchone()
    return Place() if row is None else _place(row)


def _place(row: sqlite3.Row) -> Place:
    return Place(number=row["sequence"], published=row["published"], iri=row["iri"])


def _member_here(db: sqlite3.Connection, wanted: Listed, asked: Set[str]) -> str | None:
    """Let a member speak that is here, or say why not; None when it is not here."""
    row = db.execute("SELECT * FROM members WHERE iri = ?", (wanted.member,)).fetchone()
    if row is None:
        query = "SELECT status FROM quarantine WHERE iri = ? ORDER BY status = 'waits' DESC LIMIT 1"
        kept = db.execute(query, (wanted.member,)).fetchone()
        return None if kept is None or wanted.member not in asked else _KEPT[kept["status"]]
    if row["digest"] != wanted.digest or row["object"] != wanted.record:
        return None
    if row["gap"] is not None:
        return _GIVEN_UP
    if row["state"] != "accepted":
        return _STATES[row["state"]]
    rows.speak(db, rows.entry(row))
    query = "SELECT position FROM records WHERE object = ?"
    speaks = db.execute(query, (wanted.record,)).fetchone()
    return "" if speaks is not None and speaks["position"] == row["position"] else _NEWER


def _gone(
    db: sqlite3.Connection, origin: str, records: Sequence[str]
) -> tuple[list[str], int, Counter[str]]:
    """Part records that the origin does not list into those without a reason and the others.

    A withdrawal that is here and was carried out is carried out again.
    """
    if not records:
        return [], 0, Counter()
    found = db.execute(
        "SELECT members.* FROM members JOIN records USING (object) WHERE members.kind = 'Delete' "
        "AND members.object IN (SELECT value FROM json_each(?)) AND (members.state = 'held' "
        "OR members.origin = ? AND members.sequence > records.sequence) "
        "ORDER BY members.sequence",
        (json.dumps(records), origin),
    )
    withdrawals = {row["object"]: row for row in found.fetchall()}
    gone, carried_out = [], 0
    explained: Counter[str] = Counter()
    for record in records:
        row = withdrawals.get(record)
        if row is None:
            gone.append(record)
        elif row["state"] == "accepted":
            rows.speak(db, rows.entry(row))
            carried_out += 1
        else:
            explained[_GONE] += 1
    return gone, carried_out, explained
