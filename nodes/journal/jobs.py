"""When the node's own jobs are due: kept in the journal, so that a restart misses none of them."""

from datetime import datetime

from nodes.journal.journal import Journal


def due(journal: Journal, name: str) -> datetime | None:
    """Return when a job is due; None for one that never was."""
    row = journal.db().execute("SELECT due FROM jobs WHERE name = ?", (name,)).fetchone()
    return None if row is None else datetime.fromisoformat(row["due"])


def keep_due(journal: Journal, name: str, moment: datetime) -> None:
    """Note when a job is due next."""
    with journal.transaction() as db:
        db.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?)", (name, moment.isoformat()))
