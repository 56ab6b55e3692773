"""Who has erased what: the receipts that we owe, and those that are owed to us. Plain functions.

`erasures` has every erasing member that took effect here, until when its traces are cleared and
its origin was told; `receipts` has who must answer for our own, and when each did.
"""

from dataclasses import dataclass
from datetime import datetime

from nodes.journal.journal import Journal


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A receipt that is to be sent: that this node has erased what `member` of `origin` names."""

    member: str
    origin: str
    failures: int


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Whether a peer has erased what our `member` names. Times are ISO 8601 in UTC."""

    member: str
    record: str
    base: str
    name: str
    since: str
    answered: str | None


def expect(journal: Journal, member: str, now: datetime) -> None:
    """Note that every peer which signs must answer for an erasing member of ours."""
    with journal.transaction() as db:
        db.execute(
            "INSERT OR IGNORE INTO receipts SELECT ?, base, ?, NULL FROM peers WHERE keys <> '[]'",
            (member, now.isoformat()),
        )


def answered(journal: Journal, member: str, base: str, now: datetime) -> bool:
    """Note that a peer has erased; False when no member of ours with that name erases anything."""
    with journal.transaction() as db:
        known = db.execute(
            "SELECT 1 FROM members WHERE iri = ? AND origin = ? AND erases IS NOT NULL",
            (member, journal.base),
        ).fetchone()
        if known is None:
            return False
        db.execute(
            "INSERT INTO receipts VALUES (?1, ?2, ?3, ?3) ON CONFLICT (member, base) "
            "DO UPDATE SET answered = coalesce(answered, excluded.answered)",
            (member, base, now.isoformat()),
        )
    return True


def expected(journal: Journal) -> list[Receipt]:
    """List all answers, the open ones first."""
    found = journal.db().execute(
        "SELECT receipts.*, members.object, peers.name FROM receipts "
        "JOIN members ON members.iri = receipts.member LEFT JOIN peers USING (base) "
        "ORDER BY answered IS NOT NULL, since, member, base"
    )
    return [
        Receipt(
            member=row["member"],
            record=row["object"],
            base=row["base"],
            name=row["name"] or row["base"],
            since=row["since"],
            answered=row["answered"],
        )
        for row in found.fetchall()
    ]


def cleared(journal: Journal, members: list[str], now: datetime) -> None:
    """Note that nothing is left here of what some members erase; their origins may be told."""
    with journal.transaction() as db:
        db.executemany(
            "UPDATE erasures SET cleared = ?1, due = ?1 WHERE member = ?2",
            [(now.isoformat(), member) for member in members],
        )


def owed(journal: Journal, now: datetime) -> list[Owed]:
    """List the receipts that are to be sent now, to origins that are peers."""
    found = journal.db().execute(
        "SELECT member, origin, erasures.failures FROM erasures JOIN peers ON base = origin "
        "WHERE cleared IS NOT NULL AND told IS NULL AND erasures.due <= ? AND origin <> ?",
        (now.isoformat(), journal.base),
    )
    return [
        Owed(member=row["member"], origin=row["origin"], failures=row["failures"])
        for row in found.fetchall()
    ]


def note_sent(
    journal: Journal, member: str, *, due: datetime, told: datetime | None, failures: int = 0
) -> None:
    """Note that a receipt was taken, or when to send it again."""
    with journal.transaction() as db:
        db.execute(
            "UPDATE erasures SET due = ?, told = ?, failures = ? WHERE member = ?",
            (due.isoformat(), told and told.isoformat(), failures, member),
        )


def keep_mirror(journal: Journal, folder: str) -> None:
    """Remember a folder of plain files, so that what is erased leaves it too."""
    with journal.transaction() as db:
        db.execute("INSERT OR IGNORE INTO mirrors VALUES (?)", (folder,))


def mirrors(journal: Journal) -> list[str]:
    """List the folders of plain files that were written."""
    return [row["folder"] for row in journal.db().execute("SELECT folder FROM mirrors").fetchall()]
