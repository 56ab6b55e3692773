"""Walking over many records in steps, so that nobody holds them all at once. Plain functions."""

from nodes.journal import rows
from nodes.journal.journal import Journal
from nodes.journal.rows import Entry


def live_after(journal: Journal, origin: str, after: str, most: int) -> list[Entry]:
    """List the next live records of an origin, in the order of their names, after a name."""
    found = journal.db().execute(
        "SELECT members.* FROM records JOIN members USING (position) "
        "WHERE records.live = 1 AND records.origin = ? AND records.object > ? "
        "ORDER BY records.object LIMIT ?",
        (origin, after, most),
    )
    return [rows.entry(row) for row in found]
