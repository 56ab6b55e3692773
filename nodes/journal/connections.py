"""A connection to the journal that may be closed while another thread still reads.

A request that is cancelled leaves its thread at work, and a SQLite connection that is closed in
the middle of a step takes the process with it. Here every step holds the lock of the connection:
closing waits for the step under way, and the next one fails with `sqlite3.ProgrammingError`.
"""

import sqlite3
import threading
from typing import Any


class Cursor(sqlite3.Cursor):
    """A cursor whose every step holds the lock of its connection."""

    def execute(self, *words: Any) -> "Cursor":
        """Run one statement."""
        with _lock(self):
            super().execute(*words)
        return self

    def executemany(self, *words: Any) -> "Cursor":
        """Run one statement for each set of values."""
        with _lock(self):
            super().executemany(*words)
        return self

    def fetchone(self) -> Any:
        """Give the next row, or None."""
        with _lock(self):
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        """Give all rows that are left."""
        with _lock(self):
            return super().fetchall()

    def __next__(self) -> Any:
        with _lock(self):
            return super().__next__()


class Connection(sqlite3.Connection):
    """A connection whose closing waits for the step under way.

    `began` is when the transaction under way got its turn, an ISO 8601 time in UTC.
    """

    def __init__(self, *words: Any, **named: Any) -> None:
        self.lock = threading.Lock()
        self.began = ""
        super().__init__(*words, **named)

    def execute(self, *words: Any) -> Cursor:
        """Run one statement on a cursor of its own."""
        return self.cursor(Cursor).execute(*words)

    def executemany(self, *words: Any) -> Cursor:
        """Run one statement for each set of values on a cursor of its own."""
        return self.cursor(Cursor).executemany(*words)

    def close(self) -> None:
        """Close, once no step is under way."""
        with self.lock:
            super().close()


def _lock(cursor: Cursor) -> threading.Lock:
    connection = cursor.connection
    assert isinstance(connection, Connection)
    return connection.lock
