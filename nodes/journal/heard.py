"""What was heard of a feed that nobody signs: members by their names, versions, nodes, what waits.

Plain functions on the tables of `schema.UNSIGNED`; who writes holds the transaction.
"""

import json
import sqlite3
import zlib
from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from federation.carrying import Carried
from federation.errors import plain
from federation.examining import Checked, Signature
from federation.ldes.hearing import Heard
from federation.ldes.progress import Holding, Node, Weighed
from federation.peers import Outcome, Peer, Verdict

_NODE: Final = TypeAdapter(Node)
_HEARD: Final = TypeAdapter(Heard)
_CHARS: Final = 2_000


def nodes_of(db: sqlite3.Connection, peer: Peer) -> list[Node]:
    """List the nodes of a feed that were read, or are still to be."""
    found = db.execute("SELECT node FROM nodes WHERE feed = ?", (peer.base,))
    return [_NODE.validate_json(row["node"]) for row in found]


def opened(db: sqlite3.Connection, peer: Peer) -> list[Heard]:
    """List the members of a feed that wait, in the order in which they came."""
    query = "SELECT heard FROM opened WHERE feed = ? ORDER BY id"
    found = db.execute(query, (peer.base,))
    return [_HEARD.validate_json(zlib.decompress(row["heard"])) for row in found]


def holding(db: sqlite3.Connection, peer: Peer, heard: Sequence[Heard]) -> Holding:
    """Look up what is held of some members and their entities."""
    iris = json.dumps(sorted({each.iri for each in heard}))
    objects = json.dumps(sorted({each.object for each in heard}))
    digests = db.execute(
        "SELECT iri, digest FROM heard WHERE feed = ? AND iri IN (SELECT value FROM json_each(?))",
        (peer.base, iris),
    )
    made = db.execute(
        "SELECT object, made FROM versions WHERE feed = ? "
        "AND object IN (SELECT value FROM json_each(?))",
        (peer.base, objects),
    )
    spoken = db.execute(
        "SELECT object, origin, live FROM records WHERE object IN (SELECT value FROM json_each(?))",
        (objects,),
    ).fetchall()
    return Holding(
        digests={row["iri"]: row["digest"] for row in digests},
        orders={
            row["object"]: None if row["made"] is None else _order(row["made"]) for row in made
        },
        living=frozenset(
            row["object"] for row in spoken if row["live"] and row["origin"] == peer.base
        ),
        taken={row["object"]: row["origin"] for row in spoken if row["origin"] != peer.base},
    )


def bookmarked(db: sqlite3.Connection, peer: Peer) -> bool:
    """Tell whether the feed is still followed; a peer that was added anew has another bookmark."""
    query = "SELECT 1 FROM bookmarks WHERE base = ? AND feed = ?"
    return db.execute(query, (peer.base, peer.feed)).fetchone() is not None


def note(db: sqlite3.Connection, peer: Peer, weighed: Weighed) -> None:
    """Note that a member was heard, and that it is the last word on its entity."""
    heard = weighed.heard
    superseded = weighed.outcome is Outcome.KNOWN and bool(weighed.reason)
    if weighed.outcome is Outcome.ACCEPTED or superseded:
        place = (peer.base, heard.iri, heard.digest)
        db.execute("INSERT OR REPLACE INTO heard VALUES (?, ?, ?)", place)
        query = "DELETE FROM quarantine WHERE peer = ? AND iri = ? AND status <> 'held'"
        db.execute(query, (peer.base, heard.iri))
    if weighed.newest:
        made = None if heard.order is None else json.dumps(heard.order)
        db.execute(
            "INSERT OR REPLACE INTO versions VALUES (?, ?, ?)", (peer.base, heard.object, made)
        )


def verdict(weighed: Weighed, peer: Peer) -> Verdict:
    """Write a refusal as the quarantine takes it."""
    heard = weighed.heard
    carried = Carried(iri=heard.iri, quads=heard.quads, defect=weighed.reason)
    return Verdict(
        checked=Checked(carried=carried, signature=Signature.MISSING),
        outcome=Outcome.REFUSED,
        reason=weighed.reason,
        origin=peer.base,
    )


def keep_unfit(db: sqlite3.Connection, peer: Peer, weighed: Weighed) -> None:
    """Keep a member whose content alone was refused, so that it can be released."""
    heard = weighed.heard
    if heard.faults and heard.payload and weighed.reason == plain("; ".join(heard.faults)[:_CHARS]):
        said = zlib.compress(_HEARD.dump_json(heard), 3)
        place = (peer.base, heard.iri, said)
        db.execute("INSERT OR REPLACE INTO unfit VALUES (?, ?, ?)", place)
    db.execute(
        "DELETE FROM unfit WHERE feed = ?1 AND iri NOT IN "
        "(SELECT iri FROM quarantine WHERE peer = ?1)",
        (peer.base,),
    )


def unfit(db: sqlite3.Connection, iri: str) -> tuple[str, Heard] | None:
    """Find a member that only its content kept out, with the feed that said it."""
    row = db.execute("SELECT feed, heard FROM unfit WHERE iri = ? LIMIT 1", (iri,)).fetchone()
    if row is None:
        return None
    return row["feed"], _HEARD.validate_json(zlib.decompress(row["heard"]))


def replace_opened(db: sqlite3.Connection, peer: Peer, waiting: Sequence[Heard]) -> None:
    """Write which members wait."""
    db.execute("DELETE FROM opened WHERE feed = ?", (peer.base,))
    db.executemany(
        "INSERT INTO opened (feed, heard) VALUES (?, ?)",
        [(peer.base, zlib.compress(_HEARD.dump_json(each), 3)) for each in waiting],
    )


def replace_nodes(db: sqlite3.Connection, peer: Peer, nodes: Sequence[Node]) -> None:
    """Write which nodes are known, touching only what changed."""
    wanted = {node.url: _NODE.dump_json(node).decode() for node in nodes}
    found = db.execute("SELECT url, node FROM nodes WHERE feed = ?", (peer.base,))
    held = {row["url"]: row["node"] for row in found}
    db.executemany(
        "DELETE FROM nodes WHERE feed = ? AND url = ?",
        [(peer.base, url) for url in held if url not in wanted],
    )
    db.executemany(
        "INSERT OR REPLACE INTO nodes VALUES (?, ?, ?)",
        [(peer.base, url, node) for url, node in wanted.items() if held.get(url) != node],
    )


def _order(text: str) -> tuple[str, str]:
    time, place = json.loads(text)
    return str(time), str(place)
