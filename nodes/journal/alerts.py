"""What is new to saved searches: each version of a record once, and the letters that tell of it.

`alerted` is the number of the last change that was matched. What was found is written to `alerts`
in the transaction that moves it on: a crash before leaves both as they were, one after neither
loses nor repeats anything. `matched` holds, for each record and origin, the last member that was
looked at: one that speaks again, because views are rebuilt, an origin is unblocked or a later one
is set aside, is no news. Positions in the journal only grow, so an older member never is.

`met` says since when the node knows each teller of records: an origin, or a catalogue that it
observes. What a teller said before is its past (`News.joined`): told as one number.

An alert belongs to no letter until one is opened. A letter that is open keeps its alerts, and so
its name, until it is sent; then they are gone.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from federation.member import Kind, Member
from nodes.journal.journal import Journal
from nodes.journal.rows import Entry
from nodes.journal.subscriptions import read
from nodes.subscriptions import Subscription

MOST_PENDING: Final = 1_000
"""Records that one subscription may be told of at a time; what is more is counted."""

_FIRST_LOOK: Final = timedelta(days=1)
"""How long all that a catalogue or unsigned feed shows is taken for its past: it dates nothing."""


@dataclass(frozen=True, kw_only=True)
class News:
    """A version of a record that was not looked at before; `change` is its number in `changes`.

    `joined` is the teller whose past this is, None for what is news. `first` is whether the
    record was unknown here.
    """

    entry: Entry
    change: int
    first: bool
    joined: str | None

    @property
    def member(self) -> Member:
        """The member that says it."""
        return self.entry.member


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What came after a position, and the position reached; `until` is where it began.

    `met` says since when the tellers of these records are known.
    """

    news: tuple[News, ...]
    met: Mapping[str, str]
    until: int
    reached: int


@dataclass(frozen=True, kw_only=True)
class Told:
    """A record in a letter, as it is now; `first` as `News` has it."""

    entry: Entry
    first: bool


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What one message says: records, how many more, and how many of each teller that joined.

    `key` names what the letter was opened for; it stays however often it is sent.
    """

    number: int
    key: str
    told: tuple[Told, ...]
    more: int
    joined: Mapping[str, int]

    @property
    def empty(self) -> bool:
        """Whether all it was opened for was withdrawn, or has changed again, meanwhile."""
        return not (self.told or self.more or self.joined)


def begin(journal: Journal) -> None:
    """Take what is known for known, when nothing was ever matched before."""
    if journal.db().execute("SELECT 1 FROM alerted").fetchone() is not None:
        return
    with journal.transaction() as db:
        if db.execute("SELECT 1 FROM alerted").fetchone() is not None:
            return
        db.execute("INSERT INTO alerted SELECT coalesce(max(number), 0) FROM changes")
        db.execute(
            "INSERT INTO matched SELECT object, records.origin, iri, abs(position) "
            "FROM records JOIN members USING (object, position)"
        )
        db.execute("INSERT OR IGNORE INTO met VALUES (?, '')", (journal.base,))
        db.execute("INSERT OR IGNORE INTO met SELECT DISTINCT origin, '' FROM records")
        db.execute("INSERT OR IGNORE INTO met SELECT DISTINCT peer, '' FROM observed")


def behind(journal: Journal) -> int:
    """Count the changes that were not matched yet."""
    query = "SELECT (SELECT max(number) FROM changes) - until FROM alerted"
    row = journal.db().execute(query).fetchone()
    return max(0, row[0] or 0) if row is not None else 0


def unmatched(journal: Journal, most: int) -> Batch:
    """Read what changed since the last batch, as it is now."""
    with journal.moment() as db:
        until = db.execute("SELECT until FROM alerted").fetchone()[0]
        found = db.execute(
            "SELECT number, object FROM changes WHERE number > ? ORDER BY number LIMIT ?",
            (until, most),
        ).fetchall()
        latest = {row["object"]: row["number"] for row in found}
        met: dict[str, str] = {}
        news = [
            each
            for record, number in latest.items()
            if (entry := journal.record(record)) is not None
            and entry.member.kind is not Kind.DELETE
            and (each := _news(db, entry, number, met))
        ]
    reached = max(latest.values(), default=until)
    return Batch(news=tuple(news), met=met, until=until, reached=reached)


def active(journal: Journal) -> list[Subscription]:
    """List the subscriptions that are told of what is found."""
    query = "SELECT * FROM subscriptions WHERE since IS NOT NULL AND paused IS NULL ORDER BY id"
    return read(journal.db().execute(query).fetchall())


def keep(
    journal: Journal,
    batch: Batch,
    found: Mapping[str, Sequence[News]],
    due: Mapping[str, datetime],
    gathered: datetime,
) -> bool:
    """Write what each subscription is to be told, and go on behind the batch, in one transaction.

    `due` says by subscription when that is to be told; the past of a teller waits until
    `gathered`, or for what waits already. False when another process matched it meanwhile.
    """
    with journal.transaction() as db:
        query = "UPDATE alerted SET until = ? WHERE until = ?"
        if not db.execute(query, (batch.reached, batch.until)).rowcount:
            return False
        for each in batch.news:
            said = each.member
            place = (said.object, said.origin, said.iri, abs(each.entry.position))
            db.execute("INSERT OR REPLACE INTO matched VALUES (?, ?, ?, ?)", place)
        db.executemany("INSERT OR IGNORE INTO met VALUES (?, ?)", batch.met.items())
        for id_, news in found.items():
            _add(db, id_, news, due[id_], max(due[id_], gathered))
    return True


def open_letter(journal: Journal, to: Subscription, now: datetime) -> Letter:
    """Open the next letter of a subscription, or give the one that is open, as things are now."""
    number = to.letters + 1
    with journal.transaction() as db:
        query = "SELECT 1 FROM alerts WHERE subscription = ? AND letter IS NOT NULL"
        if db.execute(query, (to.id,)).fetchone() is None:
            db.execute(
                "UPDATE alerts SET letter = ? "
                "WHERE subscription = ? AND letter IS NULL AND due <= ?",
                (number, to.id, now.isoformat()),
            )
    query = "SELECT * FROM alerts WHERE subscription = ? AND letter IS NOT NULL ORDER BY id"
    found = journal.db().execute(query, (to.id,)).fetchall()
    told = []
    for row in found:
        if row["kind"] in ("new", "changed"):
            entry = journal.record(row["object"])
            if entry is not None and entry.member.iri == row["member"]:
                told.append(Told(entry=entry, first=row["kind"] == "new"))
    blocked = {row["base"] for row in journal.db().execute("SELECT base FROM blocked")}
    named = json.dumps([to.id, number, [[row["kind"], row["member"]] for row in found]])
    return Letter(
        number=number,
        key=sha256(named.encode()).hexdigest()[:32],
        told=tuple(told),
        more=sum(row["count"] for row in found if row["kind"] == "more"),
        joined={
            row["object"]: row["count"]
            for row in found
            if row["kind"] == "joined" and row["object"] not in blocked
        },
    )


def close_letter(journal: Journal, to: Subscription, now: datetime, apart: timedelta) -> None:
    """Note that the open letter was taken; the next goes not sooner than `apart` from now."""
    with journal.transaction() as db:
        db.execute("DELETE FROM alerts WHERE subscription = ? AND letter IS NOT NULL", (to.id,))
        db.execute(
            "UPDATE subscriptions SET letters = ?2, sent = ?3, failures = 0, reason = NULL, "
            "due = (SELECT max(min(due), ?4) FROM alerts WHERE subscription = ?1) WHERE id = ?1",
            (to.id, to.letters + 1, now.isoformat(), (now + apart).isoformat()),
        )


def note_asked(journal: Journal, to: Subscription) -> None:
    """Note that somebody was asked to confirm, once and for all."""
    with journal.transaction() as db:
        db.execute("UPDATE subscriptions SET due = NULL, failures = 0 WHERE id = ?", (to.id,))


def note_failed(
    journal: Journal, to: Subscription, due: datetime, failures: int, reason: str
) -> None:
    """Note that a letter was not taken, why, and when to try again."""
    with journal.transaction() as db:
        db.execute(
            "UPDATE subscriptions SET due = ?, failures = ?, reason = ? WHERE id = ?",
            (due.isoformat(), failures, reason, to.id),
        )


def give_up(journal: Journal, to: Subscription, now: datetime, reason: str) -> None:
    """Tell somebody nothing more until they ask for it; whoever never confirmed is forgotten."""
    with journal.transaction() as db:
        db.execute("DELETE FROM subscriptions WHERE id = ? AND since IS NULL", (to.id,))
        db.execute("DELETE FROM alerts WHERE subscription = ?", (to.id,))
        db.execute(
            "UPDATE subscriptions SET due = NULL, paused = ?, reason = ? WHERE id = ?",
            (now.isoformat(), reason, to.id),
        )


def pending(journal: Journal) -> int:
    """Count the alerts that wait to be told."""
    return int(journal.db().execute("SELECT count(*) FROM alerts").fetchone()[0])


def _news(db: sqlite3.Connection, entry: Entry, number: int, met: dict[str, str]) -> News | None:
    said = entry.member
    found = db.execute(
        "SELECT origin, member, position FROM matched WHERE object = ?", (said.object,)
    ).fetchall()
    for row in found:
        old = row["member"] == said.iri or abs(entry.position) <= row["position"]
        if row["origin"] == said.origin and old:
            return None
    teller = _teller(db, said)
    if teller not in met:
        met[teller] = _since(db, teller, entry)
    return News(
        entry=entry,
        change=number,
        first=not found or said.kind is Kind.CREATE,
        joined=teller if _is_past(entry, met[teller]) else None,
    )


def _teller(db: sqlite3.Connection, said: Member) -> str:
    """Name who tells of a record: its origin, or the catalogue it was observed in."""
    if said.observed:
        query = "SELECT peer FROM observed WHERE object = ? AND state <> 'gone' LIMIT 1"
        row = db.execute(query, (said.object,)).fetchone()
        if row is not None:
            return str(row["peer"])
    return said.origin


def _since(db: sqlite3.Connection, teller: str, entry: Entry) -> str:
    """Say since when a teller is known: as noted, since it was added, or since its first word."""
    row = db.execute(
        "SELECT coalesce((SELECT since FROM met WHERE teller = ?1), "
        "(SELECT added FROM peers WHERE base = ?1), ?2)",
        (teller, entry.received),
    ).fetchone()
    return str(row[0])


def _is_past(entry: Entry, since: str) -> bool:
    """Tell whether a teller said this before it was known here."""
    said = entry.member
    if not since:
        return False
    known = datetime.fromisoformat(since)
    if said.proof is not None and not said.observed:
        try:
            return datetime.fromisoformat(said.published) < known
        except (ValueError, TypeError):
            return False
    return datetime.fromisoformat(entry.received) < known + _FIRST_LOOK


def _add(
    db: sqlite3.Connection, id_: str, news: Iterable[News], due: datetime, gathered: datetime
) -> None:
    """Add to what a subscription is to be told."""
    query = "SELECT 1 FROM subscriptions WHERE id = ? AND since IS NOT NULL AND paused IS NULL"
    if db.execute(query, (id_,)).fetchone() is None:
        return
    query = "SELECT count(*) FROM alerts WHERE subscription = ? AND letter IS NULL"
    room = MOST_PENDING - db.execute(query, (id_,)).fetchone()[0]
    for each in news:
        if each.joined is not None:
            _count(db, id_, "joined", each.joined, gathered)
            continue
        said = each.member
        known = db.execute(
            "UPDATE alerts SET member = ? WHERE subscription = ? AND object = ? "
            "AND letter IS NULL AND kind IN ('new', 'changed')",
            (said.iri, id_, said.object),
        )
        if known.rowcount:
            continue
        if room <= 0:
            _count(db, id_, "more", "", due)
            continue
        room -= 1
        db.execute(
            "INSERT INTO alerts (subscription, kind, object, member, due) VALUES (?, ?, ?, ?, ?)",
            (id_, "new" if each.first else "changed", said.object, said.iri, due.isoformat()),
        )
    db.execute(
        "UPDATE subscriptions SET due = (SELECT min(due) FROM alerts WHERE subscription = ?1) "
        "WHERE id = ?1 AND failures = 0",
        (id_,),
    )


def _count(db: sqlite3.Connection, id_: str, kind: str, about: str, due: datetime) -> None:
    """Count one more of what is told as a number."""
    known = db.execute(
        "UPDATE alerts SET count = count + 1 "
        "WHERE subscription = ? AND letter IS NULL AND kind = ? AND object = ?",
        (id_, kind, about),
    )
    if not known.rowcount:
        db.execute(
            "INSERT INTO alerts (subscription, kind, object, member, due) VALUES (?, ?, ?, '', ?)",
            (id_, kind, about, due.isoformat()),
        )
