"""Which addresses of the world the cities that sign speak for, in records of their own.

A record claims an address when it is its IRI, the landing page it names, or what it says that it
comes from (dcterms:source, when that is the address of a dataset). What was observed at a claimed
address is its city's to tell, not ours. Observed members claim nothing: they are told by somebody
else. This follows the journal like a view, and can be made anew from it.
"""

import sqlite3
from typing import Final

from federation.member import Kind, Member
from nodes.journal.journal import Journal
from vocab import lines
from vocab.terms import DCAT, DCTERMS

_AT_ONCE: Final = 500
_CLAIMING: Final = (f"<{DCAT}landingPage>", f"<{DCTERMS}source>")
_MOST: Final = 60


def catch_up(journal: Journal) -> None:
    """Follow the journal to its end, some records at a time."""
    while journal.db().execute("SELECT until FROM claimed").fetchone()[0] < journal.last_change():
        with journal.transaction() as db:
            until = db.execute("SELECT until FROM claimed").fetchone()["until"]
            changes, reached = journal.changes(until, _AT_ONCE)
            if not changes:
                return
            for each in changes:
                _note(db, each.object, each.member)
            db.execute("UPDATE claimed SET until = ?", (reached,))


def speaker(db: sqlite3.Connection, names: str, but: str) -> str | None:
    """Give a signed record that claims one of some names (a JSON list), other than `but`."""
    row = db.execute(
        "SELECT object FROM claims WHERE address IN (SELECT value FROM json_each(?)) "
        "AND object <> ? ORDER BY object LIMIT 1",
        (names, but),
    ).fetchone()
    return None if row is None else str(row["object"])


def _note(db: sqlite3.Connection, record: str, member: Member | None) -> None:
    before = {
        row["address"]
        for row in db.execute("SELECT address FROM claims WHERE object = ?", (record,))
    }
    now = _claimed(member) if member is not None else set()
    for address in before - now:
        db.execute("DELETE FROM claims WHERE address = ? AND object = ?", (address, record))
        _look_again(db, address)
    db.executemany("INSERT INTO claims VALUES (?, ?)", [(each, record) for each in now - before])


def _claimed(member: Member) -> set[str]:
    if member.kind is Kind.DELETE or member.proof is None or member.source is not None:
        return set()
    found = {member.object}
    for row in lines.rows(member.payload):
        subject, predicate, value = row.split(" ", 2)
        if predicate in _CLAIMING and subject == f"<{member.object}>" and len(found) < _MOST:
            found.add(value[1:-3])
    return found


def _look_again(db: sqlite3.Connection, address: str) -> None:
    """Have catalogues read anew that show what nobody speaks for any more."""
    db.execute(
        "DELETE FROM looked WHERE peer IN (SELECT peer FROM observed WHERE state = 'gone' "
        "AND EXISTS (SELECT 1 FROM json_each(names) WHERE value = ?))",
        (address,),
    )
