"""Revocations that take back many records of a city: carried out, or held for a person.

A key that was stolen is revoked, and what it signed from a number on vanishes. So would the whole
of a city whose present key was stolen: the thief revokes the one before. What came within a day
weighs nothing, for it is what thieves add; of what stood here longer a larger share than the limit
allows stays, until a person has asked the officer of that city.
"""

import json
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from federation.keys import PublicKey
from federation.succession import Ring
from federation.times import stamp
from federation.withdrawing import too_many
from nodes.journal import rows

_DAY: Final = timedelta(days=1)


def weigh(
    db: sqlite3.Connection, base: str, before: Ring, ring: Ring, *, share: float, now: datetime
) -> tuple[Ring, str]:
    """Give the keys of a city that may be believed at once, and what a person is to decide on.

    `before` are those that are pinned. A revocation that is new and takes back too much is left
    out of what is given back; the text is empty when none is.
    """
    known = {key.multibase: key for key in before}
    new = [key for key in ring if _reaches_further(key, known.get(key.multibase))]
    if not new:
        return ring, ""
    live, gone = _at_stake(db, base, ring, stamp(now - _DAY))
    lately = _lately(db, base, before, now - _DAY)
    if not too_many(base, gone, lately, live, share):
        return ring, ""
    said = " and ".join(f"from member {key.revoked_from} on" for key in new)
    told = (
        f"revoked what a key of it signed {said}, and with it {gone} of {live} records; they stay "
        f"until a person decides. Ask its officer; if it is so: citynode peer trust {base}"
    )
    return tuple(
        _unmarked(key, known.get(key.multibase)) if key in new else key for key in ring
    ), told


def _reaches_further(key: PublicKey, before: PublicKey | None) -> bool:
    if key.revoked_from is None:
        return False
    mark = before.revoked_from if before is not None else None
    return mark is None or key.revoked_from < mark


def _unmarked(key: PublicKey, before: PublicKey | None) -> PublicKey:
    mark = (None, None) if before is None else (before.revoked_from, before.revoked)
    return replace(key, revoked_from=mark[0], revoked=mark[1])


def _at_stake(db: sqlite3.Connection, base: str, ring: Ring, since: str) -> tuple[int, int]:
    """Count a city's live records that are known since a time or longer, and which would go.

    One of which an earlier word by another key is left does not go: that word speaks again.
    """
    marks = {key.method: key.revoked_from for key in ring if key.revoked_from is not None}
    found = db.execute(
        "SELECT object, sequence, kind, proof_method, received FROM members WHERE origin = ? "
        "AND state = 'accepted' AND sequence > 0 AND gap IS NULL "
        "AND object IN (SELECT object FROM records WHERE origin = ? AND live = 1) "
        "ORDER BY sequence",
        (base, base),
    )
    first: dict[str, str] = {}
    left: dict[str, str] = {}
    for row in found:
        first.setdefault(row["object"], row["received"])
        if row["sequence"] < marks.get(row["proof_method"], row["sequence"] + 1):
            left[row["object"]] = row["kind"]
    old = [each for each, received in first.items() if received <= since]
    return len(old), sum(left.get(each, "Delete") == "Delete" for each in old)


def _lately(db: sqlite3.Connection, base: str, before: Ring, since: datetime) -> int:
    """Count the records of a city that were withdrawn, or taken back with a key, since a time."""
    methods = [key.method for key in before if key.revoked_from is not None]
    taken = db.execute(
        "SELECT count(DISTINCT object) FROM members WHERE origin = ? AND state = 'refused' "
        "AND proof_method IN (SELECT value FROM json_each(?)) "
        "AND iri IN (SELECT iri FROM quarantine WHERE origin = ? AND seen > ?)",
        (base, json.dumps(methods), base, since.isoformat()),
    ).fetchone()
    return rows.withdrawn(db, base, since) + int(taken[0])
