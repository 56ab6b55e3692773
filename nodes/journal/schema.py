"""The journal's tables, and how the database is opened.

SQLite in WAL mode with `synchronous=FULL`: what a transaction acknowledges survives a power cut.
Rows of `members` are only ever added; `position` counts them from 1 without gaps, so it is the
order of `/feed/all`; what nobody signed is counted down from -1. `changes` is the order in which
views must look at records again, and the history of what was shown. `dropped` names peers whose
quarantine was too small for the good members of an origin that waited there.

A journal of any version before is brought to this one when it is opened, in one transaction: what
it lacks is made, whatever that is. Whoever changes the tables raises the version: a citynode from
before must not write into a journal that it does not understand (docs/decisions/0027).
"""

import logging
import re
import sqlite3
from pathlib import Path
from typing import Final

from nodes.errors import JournalError, JournalTooNew
from nodes.journal.connections import Connection

_LOG: Final = logging.getLogger(__name__)

VERSION: Final = 7

TABLES: Final = """
CREATE TABLE members (
    position INTEGER PRIMARY KEY,
    iri TEXT NOT NULL UNIQUE,
    origin TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    actor TEXT NOT NULL,
    published TEXT NOT NULL,
    previous TEXT,
    digest TEXT NOT NULL,
    payload BLOB NOT NULL,
    proof_created TEXT NOT NULL,
    proof_method TEXT NOT NULL,
    proof_value TEXT NOT NULL,
    received TEXT NOT NULL UNIQUE,
    via TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'refused', 'deferred', 'held')),
    UNIQUE (origin, sequence)
);
CREATE TABLE records (
    object TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    position INTEGER NOT NULL REFERENCES members (position),
    sequence INTEGER NOT NULL,
    live INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX records_origin ON records (origin, live);
CREATE TABLE changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    object TEXT NOT NULL
);
CREATE TABLE sources (
    object TEXT PRIMARY KEY,
    source TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE peers (
    base TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    follow TEXT NOT NULL,
    keys TEXT NOT NULL,
    added TEXT NOT NULL,
    due TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    last_good TEXT
) WITHOUT ROWID;
ALTER TABLE peers ADD COLUMN root TEXT;
CREATE TABLE bookmarks (
    base TEXT NOT NULL,
    feed TEXT NOT NULL,
    bookmark TEXT NOT NULL,
    PRIMARY KEY (base, feed)
) WITHOUT ROWID;
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    peer TEXT NOT NULL,
    iri TEXT NOT NULL,
    origin TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('refused', 'waits', 'hole', 'held')),
    checked BLOB NOT NULL,
    seen TEXT NOT NULL,
    UNIQUE (peer, iri)
);
CREATE INDEX quarantine_origin ON quarantine (origin, status, sequence);
CREATE INDEX quarantine_iri ON quarantine (iri);
CREATE TABLE dropped (
    peer TEXT NOT NULL,
    origin TEXT NOT NULL,
    PRIMARY KEY (peer, origin)
) WITHOUT ROWID;
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until REAL NOT NULL
) WITHOUT ROWID;
"""

UNSIGNED: Final = """
ALTER TABLE members ADD COLUMN source TEXT;
ALTER TABLE peers ADD COLUMN about TEXT NOT NULL DEFAULT '[]';
CREATE TABLE heard (
    feed TEXT NOT NULL,
    iri TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (feed, iri)
) WITHOUT ROWID;
CREATE TABLE versions (
    feed TEXT NOT NULL,
    object TEXT NOT NULL,
    made TEXT,
    PRIMARY KEY (feed, object)
) WITHOUT ROWID;
CREATE TABLE nodes (
    feed TEXT NOT NULL,
    url TEXT NOT NULL,
    node TEXT NOT NULL,
    PRIMARY KEY (feed, url)
) WITHOUT ROWID;
CREATE TABLE opened (
    id INTEGER PRIMARY KEY,
    feed TEXT NOT NULL,
    heard BLOB NOT NULL
);
CREATE INDEX opened_feed ON opened (feed);
"""
"""What belongs to feeds that nobody signs (`nodes.journal.unsigned`)."""

PINGS: Final = """
CREATE TABLE followers (
    base TEXT PRIMARY KEY,
    follow TEXT NOT NULL,
    until TEXT NOT NULL,
    told INTEGER NOT NULL,
    due TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE follows (
    base TEXT PRIMARY KEY,
    follow TEXT NOT NULL,
    due TEXT NOT NULL,
    until TEXT,
    failures INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE pings (
    base TEXT PRIMARY KEY,
    heard TEXT NOT NULL,
    due TEXT NOT NULL
) WITHOUT ROWID;
"""
"""Who tells whom of news (`nodes.journal.followers`)."""

DIGESTS: Final = """
CREATE TABLE digests (
    origin TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    count INTEGER NOT NULL,
    total TEXT NOT NULL,
    PRIMARY KEY (origin, bucket)
) WITHOUT ROWID;
ALTER TABLE records ADD COLUMN bucket INTEGER;
CREATE INDEX records_bucket ON records (origin, bucket, live);
"""
"""How many live records there are by origin and bucket, and their sum (`nodes.journal.digests`).

Records that were there before get their bucket when all is counted again.
"""

REGISTRIES: Final = """
CREATE TABLE registries (
    base TEXT PRIMARY KEY,
    policy TEXT NOT NULL,
    joined TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE introduced (
    base TEXT PRIMARY KEY,
    registry TEXT NOT NULL,
    at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE refused (
    base TEXT PRIMARY KEY,
    at TEXT NOT NULL
) WITHOUT ROWID;
"""
"""Networks that were joined, and who came by them or was refused (`nodes.journal.registries`)."""
TRUST: Final = """
CREATE TABLE own_keys (
    base TEXT PRIMARY KEY,
    keys TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE notices (
    base TEXT NOT NULL,
    kind TEXT NOT NULL,
    told TEXT NOT NULL,
    seen TEXT NOT NULL,
    PRIMARY KEY (base, kind)
) WITHOUT ROWID;
CREATE TABLE unfit (
    feed TEXT NOT NULL,
    iri TEXT NOT NULL,
    heard BLOB NOT NULL,
    PRIMARY KEY (feed, iri)
) WITHOUT ROWID;
CREATE TABLE blocked (
    base TEXT PRIMARY KEY,
    since TEXT NOT NULL,
    reason TEXT NOT NULL
) WITHOUT ROWID;
"""
"""The node's own keys, what officers are told about cities, whom they blocked (`journal.trust`).

And what unsigned feeds said that the shapes alone refuse (`journal.heard`).
"""

OBSERVED: Final = """
ALTER TABLE peers ADD COLUMN observing TEXT NOT NULL DEFAULT 'null';
CREATE TABLE observed (
    peer TEXT NOT NULL,
    source TEXT NOT NULL,
    object TEXT NOT NULL,
    digest TEXT NOT NULL,
    names TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('live', 'held', 'gone')),
    since TEXT NOT NULL,
    PRIMARY KEY (peer, source)
) WITHOUT ROWID;
CREATE INDEX observed_object ON observed (object);
CREATE TABLE looked (
    peer TEXT NOT NULL,
    url TEXT NOT NULL,
    page TEXT NOT NULL,
    PRIMARY KEY (peer, url)
) WITHOUT ROWID;
CREATE TABLE claims (
    address TEXT NOT NULL,
    object TEXT NOT NULL,
    PRIMARY KEY (address, object)
) WITHOUT ROWID;
CREATE INDEX claims_object ON claims (object);
CREATE TABLE claimed (until INTEGER NOT NULL);
INSERT INTO claimed VALUES (0);
"""
"""What was observed in catalogues of others (`nodes.journal.observed`)."""

RUNS: Final = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    peer TEXT NOT NULL,
    ended TEXT NOT NULL UNIQUE,
    round TEXT NOT NULL
);
DROP TABLE IF EXISTS rounds;
CREATE INDEX runs_peer ON runs (peer, number);
"""
"""Reports of rounds (`nodes.journal.runs`). What `rounds` had before was in no order of time."""

GAPS: Final = """
ALTER TABLE members ADD COLUMN erases TEXT;
ALTER TABLE members ADD COLUMN gap TEXT;
CREATE INDEX members_given_up ON members (origin, sequence) WHERE gap IS NOT NULL;
CREATE INDEX members_given_up_here ON members (position) WHERE gap IS NOT NULL;
CREATE TABLE gaps (
    iri TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    count INTEGER NOT NULL,
    digest TEXT NOT NULL,
    published TEXT NOT NULL,
    reason TEXT NOT NULL,
    proof_created TEXT NOT NULL,
    proof_method TEXT NOT NULL,
    proof_value TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX gaps_origin ON gaps (origin, last);
CREATE TABLE erasures (
    member TEXT PRIMARY KEY,
    origin TEXT NOT NULL,
    taken TEXT NOT NULL,
    cleared TEXT,
    due TEXT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    told TEXT
) WITHOUT ROWID;
CREATE TABLE receipts (
    member TEXT NOT NULL,
    base TEXT NOT NULL,
    since TEXT NOT NULL,
    answered TEXT,
    PRIMARY KEY (member, base)
) WITHOUT ROWID;
CREATE TABLE mirrors (
    folder TEXT PRIMARY KEY
) WITHOUT ROWID;
"""
"""What is given up (`nodes.journal.gaps`), who must say so to whom (`nodes.journal.receipts`)."""

DEFERRED: Final = """
CREATE INDEX members_deferred ON members (position) WHERE state = 'deferred';
"""
"""Each round asks which withdrawals wait; without this it looks at every member to find none."""

JOBS: Final = """
CREATE TABLE jobs (
    name TEXT PRIMARY KEY,
    due TEXT NOT NULL
) WITHOUT ROWID;
"""
"""When the node's own jobs are due (`nodes.journal.jobs`)."""

PAST: Final = """
ALTER TABLE changes ADD COLUMN position INTEGER;
ALTER TABLE changes ADD COLUMN at TEXT;
CREATE INDEX changes_object ON changes (object);
CREATE INDEX changes_at ON changes (at);
UPDATE changes SET position = (SELECT position FROM records WHERE object = changes.object)
WHERE number IN (SELECT max(number) FROM changes GROUP BY object);
CREATE TABLE past (
    edition INTEGER NOT NULL,
    begin INTEGER NOT NULL,
    since TEXT NOT NULL,
    fence TEXT NOT NULL
);
INSERT INTO past SELECT 0, ifnull(max(number), 0),
iif(count(number), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), ''),
iif(count(number), strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), '') FROM changes;
CREATE TRIGGER past_given_up AFTER UPDATE OF gap ON members WHEN OLD.gap IS NOT NEW.gap
BEGIN UPDATE past SET edition = edition + 1; END;
CREATE TRIGGER past_refused AFTER UPDATE OF state ON members
WHEN (OLD.state = 'refused') <> (NEW.state = 'refused')
BEGIN UPDATE past SET edition = edition + 1; END;
CREATE TRIGGER past_blocked AFTER INSERT ON blocked
BEGIN UPDATE past SET edition = edition + 1; END;
CREATE TRIGGER past_unblocked AFTER DELETE ON blocked
BEGIN UPDATE past SET edition = edition + 1; END;
"""
"""Which member began to speak for a record, and when (`nodes.journal.past`).

A journal that had changes before knows the past from the day it was upgraded. `edition` counts what
changes what may be told of the past: members given up or no longer believed, origins blocked.
"""

ALERTS: Final = """
CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY,
    channel TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
    target TEXT NOT NULL,
    address TEXT NOT NULL,
    request TEXT NOT NULL,
    pace TEXT NOT NULL CHECK (pace IN ('instant', 'daily', 'weekly')),
    made TEXT NOT NULL,
    since INTEGER,
    due TEXT,
    sent TEXT,
    letters INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    paused TEXT,
    reason TEXT
) WITHOUT ROWID;
CREATE INDEX subscriptions_target ON subscriptions (target);
CREATE INDEX subscriptions_due ON subscriptions (due) WHERE due IS NOT NULL;
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    subscription TEXT NOT NULL REFERENCES subscriptions (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('new', 'changed', 'joined', 'more')),
    object TEXT NOT NULL,
    member TEXT NOT NULL,
    count INTEGER NOT NULL DEFAULT 1,
    due TEXT NOT NULL,
    letter INTEGER
);
CREATE INDEX alerts_subscription ON alerts (subscription, letter, object);
CREATE TABLE matched (
    object TEXT NOT NULL,
    origin TEXT NOT NULL,
    member TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (object, origin)
) WITHOUT ROWID;
CREATE TABLE met (
    teller TEXT PRIMARY KEY,
    since TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE alerted (until INTEGER NOT NULL);
"""
"""Saved searches, what was matched and what is to be told (`nodes.journal.alerts`)."""

WITHDRAWN: Final = """
CREATE INDEX members_withdrawn ON members (object) WHERE kind = 'Delete';
CREATE INDEX members_withdrawn_since ON members (origin, received) WHERE kind = 'Delete';
"""
"""Finds the withdrawals of some records, and counts those of a city; else all members are read."""

STATEMENTS: Final = tuple(
    statement.strip()
    for tables in (
        *(TABLES, UNSIGNED, PINGS, DIGESTS, RUNS, REGISTRIES, OBSERVED),
        *(GAPS, TRUST, DEFERRED, JOBS, PAST, ALERTS, WITHDRAWN),
    )
    for statement in tables.removesuffix(";\n").split(";\n")
)
"""What makes a journal, new or out of one of any version before.

A statement is passed over where what it makes is there, with those after it that make nothing.
"""

_MAKES: Final = re.compile(
    r"CREATE (?:TABLE|INDEX|TRIGGER) (\w+)|ALTER TABLE (\w+) ADD COLUMN (\w+)"
)
MADE: Final = tuple(
    ".".join(filter(None, found.groups())) if (found := _MAKES.match(statement)) else ""
    for statement in STATEMENTS
)
"""What each of them makes: a table, index, trigger, or a column as `table.column`; else empty."""

_THERE: Final = (
    "SELECT name FROM sqlite_master UNION ALL SELECT tables.name || '.' || columns.name "
    "FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns"
)


def connect(path: Path) -> Connection:
    """Open the journal, making its tables when it is new; raises JournalError.

    Who is told of news stands in it, so a new one is readable by its owner only; its log is as it.
    """
    try:
        if not path.exists():
            path.touch(mode=0o600)
        db: Connection = sqlite3.connect(
            path, timeout=30, isolation_level=None, check_same_thread=False, factory=Connection
        )
    except (sqlite3.Error, OSError) as error:
        raise JournalError(f"{path} cannot be opened: {error}") from None
    try:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA secure_delete = ON")
        _prepare(db, path)
    except sqlite3.OperationalError as error:
        db.close()
        raise JournalError(f"{path} cannot be opened: {error}") from None
    except sqlite3.Error as error:
        db.close()
        raise JournalError(f"{path} is not a journal that can be read: {error}") from None
    except JournalError:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables, or what they lack; only then does this wait for a writer."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == VERSION:
        return
    if version < VERSION:
        db.execute("BEGIN IMMEDIATE")
        version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise JournalTooNew(
            f"{path} was written by a newer citynode (journal version {version}, not {VERSION})"
        )
    lacking = _lacking(db)
    if version and "members" in lacking:
        raise JournalError(f"{path} is damaged, its members are gone: restore a backup")
    made = True
    for name, statement in zip(MADE, STATEMENTS, strict=True):
        made = name in lacking if name else made
        if made:
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")
    if version and lacking:
        _LOG.info("%s was brought from version %d to %d", path, version, VERSION)


def _lacking(db: sqlite3.Connection) -> set[str]:
    """Name the tables, indexes, triggers and columns that are not there."""
    return {*MADE} - {"", *(row[0] for row in db.execute(_THERE))}
