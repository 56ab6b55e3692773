"""What the journal showed at an earlier time: which member spoke for each record then.

`changes` keeps, in order, which member began to speak for a record and when this node came to it:
that is the time that counts here, never the `as:published` of another clock. What one transaction
changed has one time, so an instant falls between whole states, and all instants between two states
are one `Moment`, called by the number of its last change.

An instant that was asked about is fenced off: no change gets a time up to it any more, whatever the
clock does, so the answer stays. It changes only by what may not be told any longer (`Loss`); each
such event is a new `edition`. Where versions were given up by age, what was shown before the
youngest of them was replaced cannot be told at all: `PastGone` says from when on it can.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from federation.gap import Reason
from federation.iris import lies_below
from federation.member import Kind
from federation.times import stamp
from nodes.errors import PastGone
from nodes.journal import rows
from nodes.journal.journal import Journal
from nodes.journal.rows import Entry

_TICK: Final = timedelta(microseconds=1)
_HORIZON: Final = (
    "SELECT max((SELECT min(number) FROM changes AS later WHERE later.object = spoke.object "
    "AND later.number > spoke.number)) FROM members JOIN changes AS spoke "
    "ON spoke.object = members.object AND spoke.position = members.position "
    "LEFT JOIN gaps ON gaps.iri = members.gap "
    "WHERE members.gap IS NOT NULL AND kind <> 'Delete' AND reason IS NOT ?"
)
_SPOKE: Final = (
    "SELECT changes.object AS record, changes.number, changes.at, members.* FROM changes "
    "LEFT JOIN members USING (position) "
)
_THEN: Final = (
    "WHERE changes.number IN (SELECT max(number) FROM changes WHERE number <= ? GROUP BY object)"
)
_ONE: Final = (
    _SPOKE + "WHERE record = ? AND changes.number <= ? ORDER BY changes.number DESC LIMIT 1"
)
_ALL: Final = " ".join((_SPOKE, _THEN))
_BRIEFLY: Final = " ".join(
    (
        "SELECT changes.object AS record, iri, origin, kind, state, gap FROM changes "
        "LEFT JOIN members USING (position)",
        _THEN,
    )
)


class Loss(StrEnum):
    """Why a record that was shown is not told of any more."""

    ERASED = "erased by its city"
    BLOCKED = "of an origin that is blocked here"
    DISBELIEVED = "signed with a key that was revoked, or not believed any more"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A whole state: after change `number`, from the time `at` on (empty: before any change).

    `asked` is the instant that was asked about. All times are UTC, as members bear them.
    """

    number: int
    at: str
    asked: str
    edition: int


@dataclass(frozen=True, kw_only=True)
class State:
    """What spoke for a record then, and since when: a member, nothing, or what is lost by now."""

    record: str
    entry: Entry | None = None
    loss: Loss | None = None
    at: str = ""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How many records an earlier state has by origin, and how many are lost since, by why.

    `heard` is when the newest member of each origin had come, of those that had.
    """

    origins: Mapping[str, int]
    lost: Mapping[Loss, int]
    heard: Mapping[str, str]


def moment(journal: Journal, asked: datetime) -> Moment:
    """Find the state at an instant that is over; raises PastGone, or JournalError when busy."""
    instant = stamp(asked)
    db = journal.db()
    if instant >= _fence(db):
        with journal.transaction() as writing:
            fence = max(_fence(writing), stamp(asked + _TICK), stamp(journal.clock()))
            writing.execute("UPDATE past SET fence = ?", (fence,))
    with journal.moment():
        said = db.execute("SELECT edition, begin, since FROM past").fetchone()
        if instant < said["since"]:
            raise PastGone(
                f"what this node showed is known since {said['since']} only", said["since"]
            )
        found = db.execute(
            "SELECT number, at FROM changes WHERE at <= ? ORDER BY at DESC, number DESC LIMIT 1",
            (instant,),
        ).fetchone()
        number = said["begin"] if found is None else found["number"]
        _hold_to_horizon(journal, number, said["edition"])
    at = "" if found is None else found["at"]
    return Moment(number=number, at=at, asked=instant, edition=said["edition"])


def present(journal: Journal) -> Moment:
    """Give the state that holds now, fenced off."""
    return moment(journal, max(journal.clock(), datetime.fromisoformat(_last(journal.db()))))


def of_number(journal: Journal, number: int) -> Moment | None:
    """Give the state after a change by its number; None when there is no such change."""
    db = journal.db()
    row = db.execute("SELECT at FROM changes WHERE number = ?", (number,)).fetchone()
    if row is None and number:
        return None
    at = (row["at"] if row is not None else None) or ""
    return Moment(number=number, at=at, asked=at, edition=edition(journal))


def edition(journal: Journal) -> int:
    """Tell which edition of the past may be told now."""
    return int(journal.db().execute("SELECT edition FROM past").fetchone()[0])


def state(journal: Journal, record: str, number: int) -> State:
    """Tell what spoke for a record after a change."""
    db = journal.db()
    return _at(db, record, number, _blocked(db))


def first(journal: Journal, record: str) -> str | None:
    """Tell when a record was shown first, as far as is known."""
    row = journal.db().execute("SELECT min(at) FROM changes WHERE object = ?", (record,)).fetchone()
    return None if row is None else row[0]


def states(journal: Journal, number: int) -> Iterator[State]:
    """Walk over all records that were ever spoken of up to a change, in its moment."""
    db = journal.db()
    blocked = _blocked(db)
    for row in db.execute(_ALL, (number,)):
        yield _state(row, blocked)


def moved(journal: Journal, number: int) -> Iterator[State]:
    """Walk over the records that changed after a change, as they were before."""
    db = journal.db()
    blocked = _blocked(db)
    found = db.execute("SELECT DISTINCT object FROM changes WHERE number > ?", (number,))
    for row in found.fetchall():
        yield _at(db, row["object"], number, blocked)


@lru_cache(maxsize=64)
def summary(journal: Journal, number: int, edition: int) -> Summary:
    """Count the records that an edition tells of a state, by origin, and those it does not."""
    del edition
    db = journal.db()
    blocked = _blocked(db)
    origins: Counter[str] = Counter()
    lost: Counter[Loss] = Counter()
    for row in db.execute(_BRIEFLY, (number,)):
        if row["iri"] is None or row["kind"] == Kind.DELETE:
            continue
        if (loss := _loss(row, blocked)) is not None:
            lost[loss] += 1
        else:
            origins[row["origin"]] += 1
    [at] = db.execute("SELECT max(at) FROM changes WHERE number <= ?", (number,)).fetchone()
    heard = db.execute(
        "SELECT origin, max(received) AS heard FROM members WHERE received <= ? GROUP BY origin",
        (at or "",),
    )
    return Summary(
        origins=dict(sorted(origins.items())),
        lost=dict(lost),
        heard={row["origin"]: row["heard"] for row in heard},
    )


def counts(journal: Journal, number: int) -> tuple[int, int]:
    """Tell how many records changed up to a number, and how many after it."""
    before, after = (
        journal.db()
        .execute(
            "SELECT (SELECT count(DISTINCT object) FROM changes WHERE number <= ?1), "
            "(SELECT count(DISTINCT object) FROM changes WHERE number > ?1)",
            (number,),
        )
        .fetchone()
    )
    return before, after


def _at(db: sqlite3.Connection, record: str, number: int, blocked: list[str]) -> State:
    row = db.execute(_ONE, (record, number)).fetchone()
    return State(record=record) if row is None else _state(row, blocked)


def _state(row: sqlite3.Row, blocked: list[str]) -> State:
    record, at = row["record"], row["at"] or ""
    if row["iri"] is None:
        return State(record=record, at=at)
    if (loss := _loss(row, blocked)) is not None:
        return State(record=record, loss=loss, at=at)
    return State(record=record, entry=rows.entry(row), at=at)


def _loss(row: sqlite3.Row, blocked: list[str]) -> Loss | None:
    """Tell why what spoke for a record is not told any more; None when it is."""
    if lies_below(row["origin"], blocked) or lies_below(row["record"], blocked):
        return Loss.BLOCKED
    if row["state"] == "refused":
        return Loss.DISBELIEVED
    if row["gap"] is not None and row["kind"] != Kind.DELETE:
        return Loss.ERASED
    return None


def _hold_to_horizon(journal: Journal, number: int, edition: int) -> None:
    horizon, since = _horizon(journal, edition)
    if number < horizon:
        raise PastGone(
            "the journal gave up versions that were shown then, as its retention says", since
        )


@lru_cache(maxsize=16)
def _horizon(journal: Journal, edition: int) -> tuple[int, str]:
    """Give the first change after which everything is held, and its time, of an edition."""
    del edition
    db = journal.db()
    [horizon] = db.execute(_HORIZON, (Reason.ERASURE.value,)).fetchone()
    if horizon is None:
        return 0, ""
    row = db.execute("SELECT at FROM changes WHERE number = ?", (horizon,)).fetchone()
    return horizon, row["at"]


def _fence(db: sqlite3.Connection) -> str:
    """Give the time up to which nothing can change any more."""
    fence: str = db.execute("SELECT fence FROM past").fetchone()["fence"]
    return max(fence, _last(db))


def _last(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT at FROM changes ORDER BY number DESC LIMIT 1").fetchone()
    return (row["at"] if row is not None else None) or "0001-01-01T00:00:00.000000Z"


def _blocked(db: sqlite3.Connection) -> list[str]:
    return [row["base"] for row in db.execute("SELECT base FROM blocked").fetchall()]
