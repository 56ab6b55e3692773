"""Walking over many records in steps, so that nobody holds them all at once. Plain functions."""

from collections.abc import Iterator

from nodes.journal import rows
from nodes.journal.journal import Journal
from nodes.journal.rows import Entry
from vocab.records import ROOMS


def live_after(journal: Journal, origin: str, after: str, most: int) -> list[Entry]:
    """List the next live records of an origin, in the order of their names, after a name."""
    found = journal.db().execute(
        "SELECT members.* FROM records JOIN members USING (position) "
        "WHERE records.live = 1 AND records.origin = ? AND records.object > ? "
        "ORDER BY records.object LIMIT ?",
        (origin, after, most),
    )
    return [rows.entry(row) for row in found]


def spoken(journal: Journal) -> Iterator[Entry]:
    """Walk over what speaks for each record now, deletions too, in the order of their names."""
    found = journal.db().execute(
        "SELECT members.* FROM records JOIN members USING (position) ORDER BY records.object"
    )
    for row in found:
        yield rows.entry(row)


def counts_by_room(journal: Journal) -> dict[str, dict[str, int]]:
    """Count the live records of each origin by the room of their address.

    Every room is there, with 0 where it is empty; what stands elsewhere is not counted.
    """
    found = journal.db().execute(
        "SELECT origin, substr(below, 1, instr(below, '/') - 1) AS room, count(*) AS number "
        "FROM (SELECT origin, substr(object, length(origin) + 1) AS below FROM records "
        "WHERE live = 1 AND substr(object, 1, length(origin)) = origin) "
        "GROUP BY origin, room"
    )
    counts: dict[str, dict[str, int]] = {}
    for row in found:
        if row["room"] in ROOMS:
            counts.setdefault(row["origin"], dict.fromkeys(ROOMS, 0))[row["room"]] = row["number"]
    return counts


def observed_count(journal: Journal, origin: str) -> int:
    """Count the live records that an origin tells because it observed them elsewhere."""
    query = (
        "SELECT count(*) FROM records JOIN members USING (position) WHERE records.live = 1 "
        "AND records.origin = ? AND source IS NOT NULL AND proof_value <> ''"
    )
    return int(journal.db().execute(query, (origin,)).fetchone()[0])


def first_of_each_room(journal: Journal, origin: str) -> dict[str, Entry]:
    """Give the first live record in each room of an origin that has one."""
    found = {}
    for room in ROOMS:
        folder = f"{origin}{room}/"
        for entry in live_after(journal, origin, folder, 1):
            if entry.member.object.startswith(folder):
                found[room] = entry
    return found
