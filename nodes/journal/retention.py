"""What a node gives up by age: which rows, and the gaps that stand for them. Plain functions.

Of its own members a node gives up those that are older than the full log and were replaced since,
and deletions when they are kept for a time only. Never its newest member, and never one that
erases or says which keys the city has. Of other cities it gives up what their own signed gaps
cover, at the same age.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

from federation.gap import Gap, runs
from federation.layout import PAGE
from nodes.journal import gaps

_OWN: Final = (
    "SELECT position, sequence FROM members AS old JOIN (SELECT object, max(sequence) AS newest "
    "FROM members WHERE origin = :base GROUP BY object) USING (object) "
    "WHERE origin = :base AND gap IS NULL AND erases IS NULL AND published < :log "
    "AND object <> actor "
    "AND sequence < (SELECT max(sequence) FROM members WHERE origin = :base) "
    "AND (sequence < newest OR (kind = 'Delete' AND published < :deletions))"
)
_OTHERS: Final = (
    "SELECT position, (SELECT iri FROM gaps WHERE gaps.origin = old.origin "
    "AND last >= old.sequence AND first <= old.sequence LIMIT 1) AS stands FROM members AS old "
    "WHERE origin <> :base AND position > 0 AND gap IS NULL AND erases IS NULL "
    "AND state = 'accepted' AND received < :log AND stands IS NOT NULL "
    "AND position NOT IN (SELECT position FROM records WHERE live = 1)"
)

Sign = Callable[[int, int, int, str, str], Gap]
"""Signs a gap of given first and last number, members in all, digest and time of the last."""


def give_up_own(
    db: sqlite3.Connection, base: str, before: tuple[str, str], sign: Sign, page: int = PAGE
) -> tuple[int, int]:
    """Give up own members published `before` a time, and deletions before another.

    Returns how many, and how many gaps were signed anew; the caller holds the transaction.
    """
    said = {"base": base, "log": before[0], "deletions": before[1]}
    found = db.execute(_OWN, said).fetchall()
    if not found:
        return 0, 0
    gaps.give_up(db, [(row["position"], "") for row in found])
    return len(found), _restate(db, base, sign, page)


def give_up_others(db: sqlite3.Connection, base: str, log: str) -> int:
    """Give up members of others, received before a time, where their origin's gap covers them."""
    found = db.execute(_OTHERS, {"base": base, "log": log}).fetchall()
    gaps.give_up(db, [(row["position"], row["stands"]) for row in found])
    return len(found)


def _restate(db: sqlite3.Connection, base: str, sign: Sign, page: int) -> int:
    """Sign the gaps of the own chain that are others than before.

    A gap ends where a page that is still given ends, so that a page changes only when it loses
    members itself.
    """
    rows = {
        row["sequence"]: row
        for row in db.execute(
            "SELECT position, sequence, digest, published, gap FROM members "
            "WHERE origin = ? AND gap IS NOT NULL ORDER BY sequence",
            (base,),
        ).fetchall()
    }
    [count] = db.execute("SELECT max(sequence) FROM members WHERE origin = ?", (base,)).fetchone()
    signed = 0
    for first, last in _cut(sorted(rows), page):
        stood = {rows[number]["gap"] for number in range(first, last + 1)}
        held = gaps.named(db, stood)
        if len(stood) == 1 and [(gap.first, gap.last) for gap in held] == [(first, last)]:
            continue
        gap = sign(first, last, count, rows[last]["digest"], rows[last]["published"])
        gaps.note(db, [gap])
        gaps.give_up(db, [(rows[number]["position"], gap.iri) for number in range(first, last + 1)])
        signed += 1
    db.execute(
        "DELETE FROM gaps WHERE origin = ? AND reason = 'Retention' "
        "AND iri NOT IN (SELECT gap FROM members WHERE gap IS NOT NULL)",
        (base,),
    )
    return signed


def _cut(numbers: Sequence[int], size: int) -> list[tuple[int, int]]:
    """Part numbers into stretches that end where pages end which are still given."""
    lost: dict[int, int] = {}
    for number in numbers:
        page = (number - 1) // size
        lost[page] = lost.get(page, 0) + 1
    found: list[tuple[int, int]] = []
    for first, last in runs(numbers):
        begin = first
        for page in range((first - 1) // size, (last - 1) // size):
            if lost[page] < size:
                found.append((begin, (page + 1) * size))
                begin = (page + 1) * size + 1
        found.append((begin, last))
    return found
