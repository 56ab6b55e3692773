"""The registries this city has joined, whom they introduced, and whom an officer refused.

What registries say is not kept here: it is read from their members in the journal whenever it is
asked for. So nothing has to be kept in step, and a city that is refused, accepted, listed and
unlisted in any order stands where the last words of its registries and of the officer put it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from federation.joining import Listing, Policy
from federation.peers import Peer
from nodes.journal import followers, known
from nodes.journal.journal import Journal
from nodes.journal.walking import live_after
from vocab.errors import VocabError
from vocab.membership import ROOM, Membership, from_payload

_AT_ONCE: Final = 500


@dataclass(frozen=True, kw_only=True)
class Registry:
    """A registry that this city has joined; `joined` is ISO 8601 in UTC."""

    base: str
    policy: Policy
    joined: str


def join(journal: Journal, base: str, policy: Policy, now: datetime) -> None:
    """Follow the registry at `base`, which is a peer already, or follow it in another way."""
    with journal.transaction() as db:
        db.execute(
            "INSERT INTO registries (base, policy, joined) VALUES (?, ?, ?) "
            "ON CONFLICT (base) DO UPDATE SET policy = excluded.policy",
            (base, policy.value, now.isoformat()),
        )


def leave(journal: Journal, base: str) -> bool:
    """Take no more cities from a registry; it stays a peer, and so do those it introduced."""
    with journal.transaction() as db:
        return bool(db.execute("DELETE FROM registries WHERE base = ?", (base,)).rowcount)


def joined(journal: Journal) -> list[Registry]:
    """List the registries this city has joined that are peers still."""
    found = journal.db().execute(
        "SELECT * FROM registries WHERE base IN (SELECT base FROM peers) ORDER BY base"
    )
    return [
        Registry(base=row["base"], policy=Policy(row["policy"]), joined=row["joined"])
        for row in found
    ]


def memberships(journal: Journal, base: str, most: int) -> tuple[list[Membership], bool]:
    """Read what the operator at `base` says of cities, past members too; False when it is cut.

    At most `most` are read.
    """
    found: list[Membership] = []
    folder = f"{base}{ROOM}/"
    after = folder
    while True:
        entries = live_after(journal, base, after, min(_AT_ONCE, most + 1 - len(found)))
        for entry in entries:
            iri = after = entry.member.object
            if not iri.startswith(folder):
                return found, True
            if len(found) == most:
                return found, False
            try:
                found.append(from_payload(entry.member.payload, iri))
            except VocabError:
                continue  # it passed the shapes of another version; it lists nobody
        if not entries:
            return found, True


def listings(journal: Journal, most: int) -> list[Listing]:
    """Give what each registry that was joined says now; of each at most `most`."""
    found = []
    for registry in joined(journal):
        said, whole = memberships(journal, registry.base, most)
        found.append(
            Listing(registry=registry.base, policy=registry.policy, memberships=said, whole=whole)
        )
    return found


def introduce(
    journal: Journal, peer: Peer, registry: str, now: datetime, due: datetime, *, asked: bool
) -> bool:
    """Pin a city that a registry lists; its first round, and the request to be told, are at `due`.

    False when that is not wanted any more: it is a peer by now or, unless an officer `asked`, was
    refused. Raises OriginTaken.
    """
    with journal.transaction() as db:
        here = db.execute("SELECT 1 FROM peers WHERE base = ?", (peer.base,)).fetchone()
        refused = db.execute("SELECT 1 FROM refused WHERE base = ?", (peer.base,)).fetchone()
        listed = db.execute("SELECT 1 FROM registries WHERE base = ?", (registry,)).fetchone()
        if here or (refused and not asked) or not listed:
            return False
        known.put_peer(db, journal.base, peer, now, due)
        followers.put_off(db, peer, due)
        db.execute(
            "INSERT OR REPLACE INTO introduced (base, registry, at) VALUES (?, ?, ?)",
            (peer.base, registry, now.isoformat()),
        )
    return True


def introduced(journal: Journal) -> Mapping[str, str]:
    """Say by which registry each peer came that came by one."""
    found = journal.db().execute("SELECT base, registry FROM introduced")
    return {row["base"]: row["registry"] for row in found}


def refuse(journal: Journal, base: str, now: datetime) -> None:
    """Keep a city out that registries propose, for good; adding it as a peer ends that."""
    with journal.transaction() as db:
        db.execute(
            "INSERT OR IGNORE INTO refused (base, at) VALUES (?, ?)", (base, now.isoformat())
        )


def refused(journal: Journal) -> frozenset[str]:
    """Name the addresses that an officer refused."""
    return frozenset(row["base"] for row in journal.db().execute("SELECT base FROM refused"))
