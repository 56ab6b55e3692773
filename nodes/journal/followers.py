"""Who is told our news at once, who tells us theirs, and what was heard. Plain functions.

`followers` are peers that asked to be told, `follows` what we asked of peers, `pings` what peers
told us. Due times live here, so a restart neither forgets nor repeats anything. Nothing in these
tables is needed to harvest: without them every peer is polled.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from federation.peers import Follow, Peer
from nodes.journal.journal import Journal

STREAMS: Final = {Follow.OWN: "feed", Follow.ALL: "feed/all"}
"""The streams by which a node can be followed, below its base."""

FOLLOWED: Final = timedelta(days=3)
"""How long a follower is told without asking again."""


@dataclass(frozen=True, kw_only=True)
class Follower:
    """A peer that is to be told of news: it knows our stream up to `told`, there is `size`."""

    base: str
    name: str
    follow: Follow
    told: int
    size: int
    failures: int


@dataclass(frozen=True, kw_only=True)
class Following:
    """A peer that we have to ask, or to ask again, to tell us; `lasts` if it still does so."""

    base: str
    name: str
    follow: Follow
    failures: int
    lasts: bool


def keep_follower(
    journal: Journal, base: str, follow: Follow, now: datetime, until: datetime
) -> None:
    """Tell a peer of news in one of our streams until a time; what it did not answer is over."""
    size = journal.size(journal.base if follow is Follow.OWN else None)
    with journal.transaction() as db:
        db.execute("DELETE FROM followers WHERE until <= ?", (now.isoformat(),))
        db.execute(
            "INSERT INTO followers (base, follow, until, told, due) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (base) DO UPDATE SET until = excluded.until, failures = 0, "
            "told = CASE WHEN follow = excluded.follow THEN told ELSE excluded.told END, "
            "due = CASE WHEN failures > 0 THEN excluded.due ELSE due END, "
            "follow = excluded.follow",
            (base, follow.value, until.isoformat(), size, now.isoformat()),
        )


def untold(journal: Journal, now: datetime) -> list[Follower]:
    """List the followers that have news to hear now.

    A member that a peer published itself, and that comes back in `/feed/all`, is no news to it.
    """
    sizes = {Follow.OWN: journal.size(journal.base), Follow.ALL: journal.size()}
    found = journal.db().execute(
        "SELECT followers.*, peers.name FROM followers JOIN peers USING (base) "
        "WHERE until > ?1 AND followers.due <= ?1",
        (now.isoformat(),),
    )
    return [
        follower
        for row in found.fetchall()
        if (
            follower := Follower(
                base=row["base"],
                name=row["name"],
                follow=Follow(row["follow"]),
                told=row["told"],
                size=sizes[Follow(row["follow"])],
                failures=row["failures"],
            )
        )
        and follower.told < follower.size
        and not _only_its_own(journal, follower, now)
    ]


def _only_its_own(journal: Journal, follower: Follower, now: datetime) -> bool:
    if follower.follow is Follow.OWN:
        return False
    news = journal.db().execute(
        "SELECT 1 FROM members WHERE position > ? AND position <= ? AND origin <> ? LIMIT 1",
        (follower.told, follower.size, follower.base),
    )
    if news.fetchone() is not None:
        return False
    note_told(journal, follower.base, follower.size, due=now)
    return True


def note_told(
    journal: Journal, base: str, told: int | None, *, due: datetime, failures: int = 0
) -> None:
    """Note up to where a follower was told, None for no further, and when it may be told again."""
    with journal.transaction() as db:
        db.execute(
            "UPDATE followers SET told = coalesce(?, told), due = ?, failures = ? WHERE base = ?",
            (told, due.isoformat(), failures, base),
        )


def unasked(journal: Journal, now: datetime) -> list[Following]:
    """List the peers that must be asked, or asked again, to tell us of their news.

    Peers that are plain files on a host, and those that sign nothing, are never asked.
    """
    found = journal.db().execute(
        "SELECT peers.base, peers.name, peers.follow, "
        "coalesce(follows.failures, 0) AS failures, coalesce(follows.until > ?1, 0) AS lasts "
        "FROM peers LEFT JOIN follows ON follows.base = peers.base "
        "AND follows.follow = peers.follow "
        "WHERE peers.follow IN (?2, ?3) AND peers.root IS NULL AND peers.keys <> '[]' "
        "AND (follows.base IS NULL OR follows.due <= ?1)",
        (now.isoformat(), *(each.value for each in STREAMS)),
    )
    return [
        Following(
            base=row["base"],
            name=row["name"],
            follow=Follow(row["follow"]),
            failures=row["failures"],
            lasts=bool(row["lasts"]),
        )
        for row in found
    ]


def note_asked(
    journal: Journal,
    asked: Following,
    *,
    due: datetime,
    until: datetime | None = None,
    failures: int = 0,
) -> None:
    """Note that a peer was asked and when to ask again; `until` is how long it will tell us."""
    with journal.transaction() as db:
        db.execute(
            "INSERT INTO follows (base, follow, due, until, failures) SELECT ?1, ?2, ?3, ?4, ?5 "
            "WHERE EXISTS (SELECT 1 FROM peers WHERE base = ?1) "
            "ON CONFLICT (base) DO UPDATE SET follow = excluded.follow, due = excluded.due, "
            "until = coalesce(excluded.until, until), failures = excluded.failures",
            (
                *(asked.base, asked.follow.value, due.isoformat()),
                *(until.isoformat() if until is not None else None, failures),
            ),
        )


def ask_now(journal: Journal, base: str, now: datetime) -> None:
    """Let a peer that did not take our question be asked again: it is there, and knows us."""
    with journal.transaction() as db:
        db.execute(
            "UPDATE follows SET due = ? WHERE base = ? AND failures > 0", (now.isoformat(), base)
        )


def prompt(journal: Journal, now: datetime) -> frozenset[str]:
    """Name the peers that tell us of their news at once."""
    found = journal.db().execute("SELECT base FROM follows WHERE until > ?", (now.isoformat(),))
    return frozenset(row["base"] for row in found)


def heard_of_news(journal: Journal, base: str, now: datetime, pause: float) -> None:
    """Bring the next round with a peer forward: to now, or `pause` seconds after the last time.

    Any number of pings in the pause bring one round. One that comes while a round is under way
    is not lost: `known.keep_round` asks `pings` for it.
    """
    apart = timedelta(seconds=pause)
    with journal.transaction() as db:
        row = db.execute("SELECT due FROM pings WHERE base = ?", (base,)).fetchone()
        due, last = now, datetime.fromisoformat(row["due"]) if row is not None else None
        if last is not None and last <= now + apart:  # else the clock was set back
            due = last if last > now else max(now, last + apart)
        db.execute(
            "INSERT INTO pings (base, heard, due) VALUES (?, ?, ?) ON CONFLICT (base) "
            "DO UPDATE SET heard = excluded.heard, due = excluded.due",
            (base, now.isoformat(), due.isoformat()),
        )
        db.execute("UPDATE peers SET due = min(due, ?) WHERE base = ?", (due.isoformat(), base))


def put_off(db: sqlite3.Connection, peer: Peer, due: datetime) -> None:
    """Ask a new peer only at `due` to tell us of news; the caller holds the transaction."""
    db.execute(
        "INSERT OR IGNORE INTO follows (base, follow, due) VALUES (?, ?, ?)",
        (peer.base, peer.follow.value, due.isoformat()),
    )


def forget(db: sqlite3.Connection, base: str, *, follower: bool) -> None:
    """Forget what was asked of a peer and heard from it; with `follower` that it follows us too."""
    db.execute("DELETE FROM follows WHERE base = ?", (base,))
    db.execute("DELETE FROM pings WHERE base = ?", (base,))
    if follower:
        db.execute("DELETE FROM followers WHERE base = ?", (base,))
