"""The journal's other tables: peers, refusals and leases. Plain functions."""

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from federation.iris import lies_below
from federation.keys import PublicKey
from federation.peers import Follow, Observing, Peer, Round
from federation.succession import Ring, speaking
from nodes.errors import OriginBlocked, OriginTaken
from nodes.journal import followers, runs, trust
from nodes.journal.journal import Journal

_KEYS: Final = TypeAdapter(tuple[PublicKey, ...])
_OBSERVING: Final = TypeAdapter(Observing | None)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A peer and how it fares. Times are ISO 8601 in UTC."""

    peer: Peer
    added: str
    due: str
    failures: int = 0
    last_good: str | None = None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A member in quarantine, with the reason an officer can read."""

    id: int
    peer: str
    iri: str
    origin: str
    reason: str
    status: str
    seen: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """How many members of an origin are in quarantine for one reason."""

    origin: str
    status: str
    reason: str
    members: int


def add_peer(journal: Journal, peer: Peer, now: datetime) -> None:
    """Pin a peer, or change how it is followed; its first round is due at once.

    What it publishes is read from the start. When its keys are new, so is what relays carry, and
    what was refused or kept back for want of them is forgotten. Raises OriginTaken for a peer that
    signs and did not before, or the other way round: one chain cannot hold both; OriginBlocked for
    one that officers blocked, however it came here.
    """
    with journal.transaction() as db:
        put_peer(db, journal.base, peer, now, due=now)


def put_peer(db: sqlite3.Connection, own: str, peer: Peer, now: datetime, due: datetime) -> None:
    """Pin a peer as `add_peer` does, in a transaction that the caller holds."""
    pinned = _KEYS.dump_json(peer.keys).decode()
    _check_origin(db, own, peer)
    if lies_below(peer.base, [each.base for each in trust.blocked(db)]):
        raise OriginBlocked(f"{peer.base} is blocked here")
    before = db.execute("SELECT keys FROM peers WHERE base = ?", (peer.base,)).fetchone()
    if before is not None and same_key(_KEYS.validate_json(before["keys"]), peer.keys):
        pinned = before["keys"]  # what is known of the keys before it stays known
    db.execute(
        "INSERT INTO peers (base, name, follow, keys, added, due, root, about, observing) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
        "ON CONFLICT (base) DO UPDATE SET name = excluded.name, follow = excluded.follow, "
        "keys = excluded.keys, due = excluded.due, root = excluded.root, "
        "about = excluded.about, observing = excluded.observing, failures = 0",
        (
            *(peer.base, peer.name, peer.follow.value, pinned, now.isoformat(), due.isoformat()),
            *(peer.root, json.dumps(peer.about)),
            _OBSERVING.dump_json(peer.observing).decode(),
        ),
    )
    _forget_feed(db, peer.base)
    db.execute("DELETE FROM bookmarks WHERE base = ?", (peer.base,))
    db.execute("DELETE FROM refused WHERE base = ?", (peer.base,))
    followers.forget(db, peer.base, follower=False)
    if before is None or before["keys"] != pinned:
        db.execute(
            "DELETE FROM quarantine WHERE origin = ? AND iri NOT IN (SELECT iri FROM members)",
            (peer.base,),
        )
        db.execute(
            "DELETE FROM bookmarks WHERE base IN (SELECT base FROM peers WHERE follow = ?)",
            (Follow.ALL.value,),
        )


def remove_peer(journal: Journal, base: str, now: datetime) -> bool:
    """Forget a peer, its bookmarks and refusals; its records stay until they are withdrawn.

    What a person has still to decide on stays too. No registry brings it back.
    """
    with journal.transaction() as db:
        found = db.execute("DELETE FROM peers WHERE base = ?", (base,)).rowcount
        if found:
            db.execute("INSERT OR IGNORE INTO refused VALUES (?, ?)", (base, now.isoformat()))
        db.execute("DELETE FROM registries WHERE base = ?", (base,))
        db.execute("DELETE FROM introduced WHERE base = ?", (base,))
        db.execute("DELETE FROM bookmarks WHERE base = ?", (base,))
        db.execute("DELETE FROM dropped WHERE peer = ?", (base,))
        trust.drop(db, base)
        followers.forget(db, base, follower=True)
        _forget_feed(db, base)
        db.execute(
            "DELETE FROM quarantine WHERE peer = ? AND iri NOT IN (SELECT iri FROM members)",
            (base,),
        )
    return bool(found)


def standings(journal: Journal) -> list[Standing]:
    """List the peers by name."""
    found = journal.db().execute("SELECT * FROM peers ORDER BY name, base")
    return [
        Standing(
            peer=Peer(
                base=row["base"],
                name=row["name"],
                keys=_KEYS.validate_json(row["keys"]),
                follow=Follow(row["follow"]),
                root=row["root"],
                about=tuple(json.loads(row["about"])),
                observing=_OBSERVING.validate_json(row["observing"]),
            ),
            added=row["added"],
            due=row["due"],
            failures=row["failures"],
            last_good=row["last_good"],
        )
        for row in found
    ]


def peers(journal: Journal) -> list[Peer]:
    """List the peers alone."""
    return [standing.peer for standing in standings(journal)]


def same_key(pinned: Ring, shown: Ring) -> bool:
    """Tell whether a city speaks with the key that is pinned."""
    now, then = speaking(shown), speaking(pinned)
    return {key.multibase for key in now} == {key.multibase for key in then}


def heard_peers(journal: Journal) -> list[Peer]:
    """List the peers that are not blocked."""
    blocked = {each.base for each in trust.blocked(journal.db())}
    return [peer for peer in peers(journal) if peer.base not in blocked]


def pinned_keys(known: Iterable[Peer]) -> dict[str, tuple[PublicKey, ...]]:
    """Order pinned keys by the base of their city; an unsigned feed has none and is left out."""
    return {peer.base: peer.keys for peer in known if peer.keys}


def _check_origin(db: sqlite3.Connection, own: str, peer: Peer) -> None:
    """Refuse a peer whose address is known the other way; what is kept of it tells."""
    unsigned = not peer.keys
    kept = db.execute("SELECT position > 0 FROM members WHERE origin = ? LIMIT 1", (peer.base,))
    pinned = db.execute("SELECT keys <> '[]' FROM peers WHERE base = ?", (peer.base,))
    first = kept.fetchone()
    known = first or pinned.fetchone() or (peer.base == own,)
    if unsigned and known[0]:
        raise OriginTaken(f"{peer.base} is known here as a node that signs")
    if not unsigned and first is not None and not first[0]:
        raise OriginTaken(f"{peer.base} is known here as a feed that is not signed")


def _forget_feed(db: sqlite3.Connection, base: str) -> None:
    """Forget how far a feed or catalogue was read, not what was kept of it."""
    db.execute("DELETE FROM looked WHERE peer = ?", (base,))
    db.execute("DELETE FROM nodes WHERE feed = ?", (base,))
    db.execute("DELETE FROM opened WHERE feed = ?", (base,))


def keep_round(journal: Journal, done: Round, due: datetime, now: datetime) -> None:
    """Note what a round brought and when the next one is due.

    A peer that told of news after the round began is asked again as soon as that said.
    """
    good = done.failure is None
    with journal.transaction() as db:
        db.execute(
            "UPDATE peers SET failures = CASE WHEN ?1 THEN 0 ELSE failures + 1 END, "
            "last_good = CASE WHEN ?1 THEN ?2 ELSE min(last_good, ?2) END, due = min(?3, coalesce("
            "(SELECT due FROM pings WHERE base = ?4 AND heard > ?5), ?3)) WHERE base = ?4",
            (good, now.isoformat(), due.isoformat(), done.peer, done.started.isoformat()),
        )
        if good and not (done.seen - done.known or done.repaired):
            return
        runs.keep(db, done, now)


def differing(journal: Journal) -> dict[str, str]:
    """Say in words, by the base of the peer, which records are not as its digest says."""
    found = journal.db().execute(
        "SELECT base, json_extract(bookmark, '$.differs.words') AS words FROM bookmarks "
        "JOIN peers USING (base) WHERE words IS NOT NULL"
    )
    return {row["base"]: row["words"] for row in found}


def refusals(journal: Journal, base: str | None = None, most: int = 100) -> list[Refusal]:
    """List members in quarantine, first what a person must decide, then the newest."""
    of, whose = ("", ()) if base is None else ("WHERE peer = ? ", (base,))
    found = journal.db().execute(
        f"SELECT id, peer, iri, origin, reason, status, seen FROM quarantine {of}"  # noqa: S608
        "ORDER BY status = 'held' DESC, id DESC LIMIT ?",
        (*whose, most),
    )
    return [Refusal(**dict(row)) for row in found]


def refused_by_peer(journal: Journal) -> dict[str, Counter[str]]:
    """Count what is in quarantine by the peer that brought it, and by its status."""
    counts: dict[str, Counter[str]] = {}
    query = "SELECT peer, status, count(*) AS number FROM quarantine GROUP BY peer, status"
    for row in journal.db().execute(query):
        counts.setdefault(row["peer"], Counter())[row["status"]] = row["number"]
    return counts


def refused_by_reason(journal: Journal, most: int = 200) -> list[Refused]:
    """Count what is in quarantine by origin and reason, the most frequent first."""
    found = journal.db().execute(
        "SELECT origin, status, CASE status WHEN 'refused' THEN reason ELSE '' END AS reason, "
        "count(*) AS members FROM quarantine GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 3 LIMIT ?",
        (most,),
    )
    return [Refused(**dict(row)) for row in found]


def due_peers(journal: Journal, now: datetime) -> list[Standing]:
    """List the peers that are followed and whose round is due.

    One that did well at a time still to come is due as well: the clock was set back.
    """
    blocked = {each.base for each in trust.blocked(journal.db())}
    return [
        standing
        for standing in standings(journal)
        if standing.peer.follow is not Follow.NOTHING
        and standing.peer.base not in blocked
        and (
            datetime.fromisoformat(standing.due) <= now
            or (standing.last_good is not None and datetime.fromisoformat(standing.last_good) > now)
        )
    ]


def take_lease(journal: Journal, name: str, holder: str, seconds: float) -> bool:
    """Take a lease for a time, unless another holds it; a crash only lets it run out.

    One that runs longer than any does was taken before the clock was set back, and is void.
    """
    now = time.time()
    with journal.transaction() as db:
        taken = db.execute(
            "INSERT INTO leases VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "holder = excluded.holder, until = excluded.until "
            "WHERE until < ? OR holder = excluded.holder OR until > ?",
            (name, holder, now + seconds, now, now + 2 * seconds),
        ).rowcount
    return bool(taken)


def give_back(journal: Journal, name: str, holder: str) -> None:
    """Give a lease back before its time."""
    with journal.transaction() as db:
        db.execute("DELETE FROM leases WHERE name = ? AND holder = ?", (name, holder))
