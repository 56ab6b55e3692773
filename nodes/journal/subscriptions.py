"""Saved searches in the journal: kept, confirmed, told, given up, forgotten. Plain functions.

Where people are told stands in this one table and nowhere else. A row that is deleted takes with
it what was to be told (`alerts`), and the database overwrites both.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError

from nodes.journal.journal import Journal
from nodes.searches import SearchRequest
from nodes.subscriptions import Channel, Pace, Subscription

_REQUEST: Final = TypeAdapter(SearchRequest)


def keep(
    journal: Journal,
    asked: Subscription,
    now: datetime,
    *,
    most: int,
    waiting: int,
    until: datetime,
) -> bool:
    """Keep an unconfirmed subscription, to be asked for confirmation at once.

    One target has at most `most`, in whatever case it is written; of the same search at the same
    target there is only one, save a webhook's, which each have a secret. At most `waiting` are
    unconfirmed in all: the oldest made before `until` goes when there is no more room. False when
    it is not kept: nothing is sent then.
    """
    with journal.transaction() as db:
        many, same = db.execute(
            "SELECT count(*), coalesce(sum(request = ? AND pace = ? AND channel = 'mail'), 0) "
            "FROM subscriptions WHERE lower(target) = lower(?) AND channel = ?",
            (written(asked.request), asked.pace.value, asked.target, asked.channel.value),
        ).fetchone()
        if many >= most or same or not _room(db, waiting, until):
            return False
        db.execute(
            "INSERT INTO subscriptions (id, channel, target, address, request, pace, made, due) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(asked.id, asked.channel.value, asked.target, asked.address),
                *(written(asked.request), asked.pace.value, asked.made, now.isoformat()),
            ),
        )
    return True


def _room(db: sqlite3.Connection, waiting: int, until: datetime) -> bool:
    """Make room for one more that is unconfirmed; tell whether there is."""
    query = "SELECT count(*) FROM subscriptions WHERE since IS NULL"
    if db.execute(query).fetchone()[0] < waiting:
        return True
    oldest = (
        "DELETE FROM subscriptions WHERE id = (SELECT id FROM subscriptions "
        "WHERE since IS NULL AND made < ? ORDER BY made LIMIT 1)"
    )
    return db.execute(oldest, (until.isoformat(),)).rowcount > 0


def find(journal: Journal, id_: str) -> Subscription | None:
    """Return a subscription by its name."""
    row = journal.db().execute("SELECT * FROM subscriptions WHERE id = ?", (id_,)).fetchone()
    return next(iter(read([row])), None) if row is not None else None


def confirm(journal: Journal, id_: str) -> None:
    """Begin to tell: of what changes from now on. One that is confirmed stays as it is."""
    with journal.transaction() as db:
        db.execute(
            "UPDATE subscriptions SET due = NULL, failures = 0, reason = NULL, "
            "since = (SELECT coalesce(max(number), 0) FROM changes) WHERE id = ? AND since IS NULL",
            (id_,),
        )


def resume(journal: Journal, id_: str) -> None:
    """Tell again after the node gave up: of what changes from now on."""
    with journal.transaction() as db:
        db.execute(
            "UPDATE subscriptions SET due = NULL, failures = 0, reason = NULL, paused = NULL, "
            "since = (SELECT coalesce(max(number), 0) FROM changes) "
            "WHERE id = ? AND paused IS NOT NULL",
            (id_,),
        )


def remove(journal: Journal, id_: str) -> bool:
    """Forget a subscription and all that was to be told; False when there is none."""
    with journal.transaction() as db:
        return db.execute("DELETE FROM subscriptions WHERE id = ?", (id_,)).rowcount > 0


def remove_target(journal: Journal, target: str) -> int:
    """Forget every subscription of a mail address or webhook; return how many there were."""
    with journal.transaction() as db:
        query = (
            "DELETE FROM subscriptions WHERE target = ?1 "
            "OR channel = 'mail' AND lower(target) = lower(?1)"
        )
        return db.execute(query, (target,)).rowcount


def expire(journal: Journal, unconfirmed: datetime, paused: datetime) -> int:
    """Forget what nobody confirmed since a time, and what is given up since another."""
    stale = "(since IS NULL AND made < ?) OR paused < ?"
    words = (unconfirmed.isoformat(), paused.isoformat())
    query = f"SELECT 1 FROM subscriptions WHERE {stale} LIMIT 1"  # noqa: S608
    if journal.db().execute(query, words).fetchone() is None:
        return 0
    with journal.transaction() as db:
        query = f"DELETE FROM subscriptions WHERE {stale}"  # noqa: S608
        return db.execute(query, words).rowcount


def due(journal: Journal, now: datetime, most: int) -> list[Subscription]:
    """List those that must be asked for confirmation, or told something, the longest due first."""
    found = journal.db().execute(
        "SELECT * FROM subscriptions WHERE due <= ? AND paused IS NULL ORDER BY due LIMIT ?",
        (now.isoformat(), most),
    )
    return read(found.fetchall())


def counts(journal: Journal) -> Counter[tuple[str, str, str]]:
    """Count subscriptions by channel, pace and state: unconfirmed, told, failing or paused."""
    found = journal.db().execute(
        "SELECT channel, pace, CASE WHEN since IS NULL THEN 'unconfirmed' "
        "WHEN paused IS NOT NULL THEN 'paused' WHEN failures > 0 THEN 'failing' ELSE 'told' END, "
        "count(*) FROM subscriptions GROUP BY 1, 2, 3"
    )
    return Counter({tuple(row)[:3]: row[3] for row in found.fetchall()})


def many(journal: Journal) -> int:
    """Count all subscriptions."""
    return int(journal.db().execute("SELECT count(*) FROM subscriptions").fetchone()[0])


def read(found: Iterable[sqlite3.Row]) -> list[Subscription]:
    """Read rows of `subscriptions`; a search that this version cannot read any more is left out."""
    read: list[Subscription] = []
    for row in found:
        with suppress(ValidationError):
            read.append(
                Subscription(
                    id=row["id"],
                    channel=Channel(row["channel"]),
                    target=row["target"],
                    address=row["address"],
                    request=_REQUEST.validate_json(row["request"]),
                    pace=Pace(row["pace"]),
                    made=row["made"],
                    since=row["since"],
                    sent=row["sent"],
                    letters=row["letters"],
                    failures=row["failures"],
                    paused=row["paused"],
                    reason=row["reason"],
                )
            )
    return read


def written(request: SearchRequest) -> str:
    """Write a search so that equal ones are written alike."""
    return _REQUEST.dump_json(request).decode()
