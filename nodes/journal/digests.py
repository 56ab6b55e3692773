"""The digests of live sets as the journal keeps them, by origin and bucket. Plain functions.

`digests` changes in the transaction that changes `records`, so it always says what is there. Only
damage from outside can part the two: a copy that lost rows, a backup put back over newer files.
So all is counted again when a node starts and once a day (`recount`). What nobody signed has no
part in it: nobody's digest can tell of it.
"""

import json
import sqlite3
from collections.abc import Iterable
from typing import Final

from federation.digests import Listed, Sum, add_up, bucket_of, mark
from federation.peers import Held
from nodes.journal import rows
from nodes.journal.journal import Journal

_COUNTED: Final = (
    "SELECT records.object, records.origin, records.bucket, members.digest FROM records "
    "JOIN members USING (position) WHERE records.live = 1 AND records.position > 0"
)
_UNFIT: Final = (
    "SELECT records.object FROM records LEFT JOIN members USING (position) "
    "WHERE members.iri IS NULL OR members.object <> records.object "
    "OR members.origin <> records.origin OR members.sequence <> records.sequence "
    "OR records.live <> (members.kind <> 'Delete')"
)


def sums(db: sqlite3.Connection, origin: str) -> dict[int, Sum]:
    """Give the sum of each bucket of an origin that is not empty."""
    found = db.execute(
        "SELECT bucket, count, total FROM digests WHERE origin = ? AND count > 0", (origin,)
    )
    return {row["bucket"]: Sum(count=row["count"], total=row["total"]) for row in found}


def state(journal: Journal) -> tuple[int, dict[int, Sum]]:
    """Give the number of the node's own newest member and the sums of its live records.

    Both are of the same instant.
    """
    with journal.moment() as db:
        return journal.size(journal.base), sums(db, journal.base)


def held(journal: Journal, origin: str) -> Held:
    """Give what is held of an origin: its newest member, and its live records summed up."""
    with journal.moment() as db:
        row = db.execute(
            "SELECT published, digest FROM members WHERE origin = ? AND position > 0 "
            "ORDER BY sequence DESC LIMIT 1",
            (origin,),
        ).fetchone()
        if row is None:
            return Held(sums=sums(db, origin))
        return Held(published=row["published"], digest=row["digest"], sums=sums(db, origin))


def state_of(journal: Journal, bucket: int) -> tuple[int, list[Listed]]:
    """Give the number of the node's own newest member and its live records in one bucket."""
    with journal.moment() as db:
        return journal.size(journal.base), listed(db, journal.base, [bucket])


def listed(db: sqlite3.Connection, origin: str, buckets: Iterable[int]) -> list[Listed]:
    """List the live records of an origin in some buckets."""
    found = db.execute(
        "SELECT records.object, members.iri, members.digest FROM records "
        "JOIN members USING (position) WHERE records.origin = ? AND records.live = 1 "
        "AND records.bucket IN (SELECT value FROM json_each(?)) ORDER BY records.object",
        (origin, json.dumps(sorted(buckets))),
    )
    return [
        Listed(record=row["object"], member=row["iri"], digest=row["digest"])
        for row in found.fetchall()
    ]


def recount(journal: Journal) -> bool:
    """Count all again, and put right what does not fit; tells whether anything did not.

    A row of `records` that does not fit the member it names is dropped: the digest of its origin
    brings the true one back.
    """
    with journal.moment() as db:
        if _right(db):
            return False
    with journal.transaction() as db:
        unfit = [(row["object"],) for row in db.execute(_UNFIT).fetchall()]
        db.executemany("DELETE FROM records WHERE object = ?", unfit)
        for (record,) in unfit:
            rows.changed(db, record, None)
        unplaced = db.execute("SELECT object FROM records WHERE bucket IS NULL").fetchall()
        db.executemany(
            "UPDATE records SET bucket = ? WHERE object = ?",
            [(bucket_of(row["object"]), row["object"]) for row in unplaced],
        )
        counted = _count(db)
        db.execute("DELETE FROM digests")
        db.executemany(
            "INSERT INTO digests VALUES (?, ?, ?, ?)",
            [(*place, summed.count, summed.total) for place, summed in counted.items()],
        )
    return True


def _right(db: sqlite3.Connection) -> bool:
    if db.execute(f"{_UNFIT} LIMIT 1").fetchone() is not None:
        return False
    if db.execute("SELECT 1 FROM records WHERE bucket IS NULL LIMIT 1").fetchone() is not None:
        return False
    found = db.execute("SELECT * FROM digests WHERE count > 0")
    kept = {
        (row["origin"], row["bucket"]): Sum(count=row["count"], total=row["total"]) for row in found
    }
    return kept == _count(db)


def _count(db: sqlite3.Connection) -> dict[tuple[str, int], Sum]:
    counted: dict[tuple[str, int], list[Sum]] = {}
    for row in db.execute(_COUNTED):
        place = (row["origin"], bucket_of(row["object"]))
        counted.setdefault(place, []).append(mark(row["object"], row["digest"]))
    return {place: add_up(each) for place, each in counted.items()}
