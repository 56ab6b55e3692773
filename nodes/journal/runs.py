"""The reports of rounds that brought or failed something, for as long as the node keeps them.

They are numbered from 1 without gaps and ordered by when they ended; only the oldest are ever taken
away, so a number is never used again. Plain functions.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from federation.peers import Round
from federation.times import spread, stamp
from nodes.journal.journal import Journal

_ROUND: Final = TypeAdapter(Round)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A round that is over. `ended` is UTC to the microsecond, after any run before it."""

    number: int
    ended: str
    round: Round


def keep(db: sqlite3.Connection, done: Round, now: datetime) -> None:
    """Add the report of a round; the caller holds the transaction."""
    last = db.execute("SELECT ended FROM runs ORDER BY number DESC LIMIT 1").fetchone()
    [ended] = spread(None if last is None else last["ended"], now, 1)
    db.execute(
        "INSERT INTO runs (peer, ended, round) VALUES (?, ?, ?)",
        (done.peer, ended, _ROUND.dump_json(done).decode()),
    )


def newest(journal: Journal, base: str, most: int = 20) -> list[Round]:
    """Return the newest rounds with a peer that brought or failed something, newest first."""
    found = journal.db().execute(
        "SELECT round FROM runs WHERE peer = ? ORDER BY number DESC LIMIT ?", (base, most)
    )
    return [_ROUND.validate_json(row["round"]) for row in found]


def extent(journal: Journal) -> tuple[int, int]:
    """Return how many runs were taken away, and how many there were in all."""
    low, high, last = (
        journal.db()
        .execute(
            "SELECT min(number), max(number), "
            "(SELECT seq FROM sqlite_sequence WHERE name = 'runs') FROM runs"
        )
        .fetchone()
    )
    return (last or 0, last or 0) if low is None else (low - 1, high)


def between(journal: Journal, first: int, end: int) -> Sequence[Run]:
    """Return the runs with numbers above `first` up to `end`."""
    found = journal.db().execute(
        "SELECT number, ended, round FROM runs WHERE number > ? AND number <= ? ORDER BY number",
        (first, end),
    )
    return [
        Run(
            number=row["number"],
            ended=row["ended"],
            round=_ROUND.validate_json(row["round"]),
        )
        for row in found
    ]


def prune(journal: Journal, before: datetime) -> int:
    """Take away the runs that ended before a time; return how many."""
    with journal.transaction() as db:
        return db.execute("DELETE FROM runs WHERE ended < ?", (stamp(before),)).rowcount
