"""The journal as the observing of a catalogue sees it.

What was observed becomes members of this node's own chain, each with its source. `observed` says
which source of which catalogue stands behind which record and what was said of it last: `live`,
`held` when a person must decide on its withdrawal, or `gone`. `looked` has the pages as they were
read. Signing, the member and the note of it are one transaction.

A source that two catalogues hold is observed in the one that showed it first. One whose city speaks
for it in a signed record of its own (`nodes.journal.claims`) is withdrawn, and told no more.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from federation.carrying import Carried
from federation.dcat.sight import Kept, Noted, Sighting
from federation.examining import Checked, Signature
from federation.member import Kind, Member
from federation.peers import Notice, Outcome, Peer, Verdict
from federation.withdrawing import too_many
from nodes.journal import claims, quarantine, rows, trust
from nodes.journal.inbox import JournalInbox
from nodes.journal.journal import Journal
from nodes.publishing import Draft, plan
from vocab.triples import from_payload

_NOTED: Final = TypeAdapter(Noted)
_LIVE: Final = (
    "FROM observed JOIN records USING (object) WHERE peer = ? AND state <> 'gone' AND live = 1"
)
"""What was observed in a catalogue and is told; what an officer took back is not touched again."""

_SPARE_PAGES: Final = 100

Sign = Callable[[Member | None, Sequence[Draft]], Sequence[Member]]
"""Writes drafts as signed members that follow the newest one."""


@dataclass(frozen=True, kw_only=True)
class JournalObserved:
    """What `federation.dcat` asks of the journal; `sign` speaks for this node."""

    inbox: JournalInbox
    sign: Sign

    @property
    def journal(self) -> Journal:
        """The journal of the node."""
        return self.inbox.journal

    async def looked(self, peer: Peer) -> Sequence[Noted]:
        """Return the pages of the catalogue as they were read last."""
        return await asyncio.to_thread(self._looked, peer)

    async def live(self, peer: Peer) -> int:
        """Return how many records observed there are published."""
        return await asyncio.to_thread(live_count, self.journal, peer.base)

    async def keep(self, peer: Peer, sightings: Sequence[Sighting], page: Noted) -> Kept:
        """Sign and write what is new or changed, with the page, in one transaction."""
        return await asyncio.to_thread(self._keep, peer, sightings, page)

    async def close(
        self,
        peer: Peer,
        present: frozenset[str] | None,
        pages: frozenset[str],
        *,
        share: float,
        since: datetime,
    ) -> tuple[int, int]:
        """Withdraw what is there no more, or spoken for; return how many, and how many held."""
        return await asyncio.to_thread(self._close, peer, present, pages, share=share, since=since)

    def release(self, iri: str) -> bool:
        """Withdraw a record that its catalogue has no more, when that was held for a person."""
        now = self.inbox.now()
        with self.journal.transaction() as db:
            row = db.execute(
                "SELECT source FROM observed WHERE object = ? AND state = 'held'", (iri,)
            ).fetchone()
            if row is None:
                return False
            entry = self.journal.record(iri)
            if entry is not None and entry.member.kind is not Kind.DELETE:
                draft = Draft(kind=Kind.DELETE, object=iri, source=row["source"])
                self._speak(db, [draft], now)
            quarantine.forget(db, iri)
            db.execute(
                "UPDATE observed SET state = 'gone', since = ? WHERE object = ? AND state = 'held'",
                (now.isoformat(), iri),
            )
        return True

    def _looked(self, peer: Peer) -> list[Noted]:
        claims.catch_up(self.journal)
        found = self.journal.db().execute("SELECT page FROM looked WHERE peer = ?", (peer.base,))
        return [_NOTED.validate_json(row["page"]) for row in found]

    def _keep(self, peer: Peer, sightings: Sequence[Sighting], page: Noted) -> Kept:
        now = self.inbox.now()
        kept = Kept()
        spare = self.inbox.check_room() if sightings else None
        with self.inbox.sharing(peer) as db:
            if not _is_peer(db, peer):
                return kept
            drafts: list[Draft] = []
            for each in sightings:
                said, draft = self._one(db, peer, each, now)
                kept = replace(kept, **{said: getattr(kept, said) + 1})
                if draft is not None:
                    drafts.append(draft)
            if drafts:
                own = self.journal.base
                self.inbox.shares.check(db, peer.base, len(drafts), chain=own, spare=spare)
                trust.drop(db, peer.base, Notice.FULL)
            self._speak(db, drafts, now)
            if any(each.defect for each in sightings):
                most, most_bytes = self.inbox.quarantine, self.inbox.quarantine_bytes
                quarantine.bound(db, peer.base, most, most_bytes)
            note = (peer.base, page.url, _NOTED.dump_json(page).decode())
            db.execute("INSERT OR REPLACE INTO looked VALUES (?, ?, ?)", note)
        return kept

    def _one(
        self, db: sqlite3.Connection, peer: Peer, seen: Sighting, now: datetime
    ) -> tuple[str, Draft | None]:
        """Decide on one sighting: what it counts as, and what is said because of it."""
        if seen.defect is not None:
            quarantine.put(db, peer.base, _refusal(peer, seen), now)
            return "refused", None
        query = "SELECT digest, state, object FROM observed WHERE peer = ? AND source = ?"
        row = db.execute(query, (peer.base, seen.source)).fetchone()
        _forget(db, peer, seen)
        if row is not None and row["state"] == "held":
            quarantine.forget(db, seen.object)
        names = json.dumps(seen.names)
        if _elsewhere(db, peer, seen) or claims.speaker(db, names, seen.object):
            return "known", None
        entry = self.journal.record(seen.object)
        unsaid = entry is None or entry.member.kind is Kind.DELETE
        if row is not None and row["state"] != "gone" and (unsaid or row["digest"] == seen.digest):
            self._note(db, peer, seen, names, now)  # unsaid: an officer took it back, for good
            return "known", None
        self._note(db, peer, seen, names, now)
        record = from_payload(seen.payload, seen.object)
        drafts = plan([record], lambda _: None if entry is None else entry.member).drafts
        if not drafts:
            return "known", None
        kind = "new" if drafts[0].kind is Kind.CREATE else "changed"
        return kind, replace(drafts[0], source=seen.source)

    def _note(
        self, db: sqlite3.Connection, peer: Peer, seen: Sighting, names: str, now: datetime
    ) -> None:
        place = (peer.base, seen.source, seen.object, seen.digest, names, now.isoformat())
        db.execute("INSERT OR REPLACE INTO observed VALUES (?1, ?2, ?3, ?4, ?5, 'live', ?6)", place)

    def _speak(self, db: sqlite3.Connection, drafts: Sequence[Draft], now: datetime) -> None:
        """Sign and append, within the transaction that the caller holds."""
        if not drafts:
            return
        said = self.sign(self.journal.newest(self.journal.base), drafts)
        kept = [(member, "accepted") for member in said]
        for entry in self.journal.append(db, kept, via=self.journal.base, now=now):
            rows.speak(db, entry)

    def _close(
        self,
        peer: Peer,
        present: frozenset[str] | None,
        pages: frozenset[str],
        *,
        share: float,
        since: datetime,
    ) -> tuple[int, int]:
        claims.catch_up(self.journal)
        now = self.inbox.now()
        with self.journal.transaction() as db:
            if not _is_peer(db, peer):
                return 0, 0
            known = db.execute(
                f"SELECT observed.* {_LIVE} ORDER BY source", (peer.base,)
            ).fetchall()
            spoken = {
                row["source"]: who
                for row in known
                if (who := claims.speaker(db, row["names"], row["object"]))
            }
            missing = {
                row["source"]
                for row in known
                if present is not None and row["source"] not in present
            }
            going = missing | spoken.keys()
            leaving = [row for row in known if row["source"] in going]
            back = [row for row in known if row["state"] == "held" and row["source"] not in going]
            if present is not None:
                self._unhold(db, peer, back)
            _drop_pages(db, peer, pages, whole=present is not None)
            lately = db.execute(
                "SELECT count(*) FROM observed WHERE peer = ? AND state = 'gone' AND since > ?",
                (peer.base, since.isoformat()),
            ).fetchone()[0]
            reason = too_many(peer.base, len(leaving), lately, len(known), share)
            if reason:
                whys = {
                    row["source"]: f"{_why(spoken.get(row['source']))}. {reason}" for row in leaving
                }
                return 0, self._hold(db, peer, leaving, whys, now)
            self._withdraw(db, peer, leaving, now)
        return len(leaving), 0

    def _withdraw(
        self, db: sqlite3.Connection, peer: Peer, leaving: Sequence[sqlite3.Row], now: datetime
    ) -> None:
        drafts = [
            Draft(kind=Kind.DELETE, object=row["object"], source=row["source"]) for row in leaving
        ]
        self._speak(db, drafts, now)
        for row in leaving:
            db.execute(
                "UPDATE observed SET state = 'gone', since = ? WHERE peer = ? AND source = ?",
                (now.isoformat(), peer.base, row["source"]),
            )
            quarantine.forget(db, row["object"])

    def _hold(
        self,
        db: sqlite3.Connection,
        peer: Peer,
        leaving: Sequence[sqlite3.Row],
        whys: Mapping[str, str],
        now: datetime,
    ) -> int:
        """Hold withdrawals for a person; those held before are not counted again."""
        fresh = [row for row in leaving if row["state"] != "held"]
        for row in fresh:
            quarantine.hold_record(db, peer.base, row["object"], whys[row["source"]], now)
            db.execute(
                "UPDATE observed SET state = 'held' WHERE peer = ? AND source = ?",
                (peer.base, row["source"]),
            )
        return len(fresh)

    def _unhold(self, db: sqlite3.Connection, peer: Peer, back: Sequence[sqlite3.Row]) -> None:
        for row in back:
            quarantine.forget(db, row["object"])
            db.execute(
                "UPDATE observed SET state = 'live' WHERE peer = ? AND source = ?",
                (peer.base, row["source"]),
            )


def live_count(journal: Journal, base: str) -> int:
    """Count the records that were observed in a catalogue and are published."""
    return int(journal.db().execute(f"SELECT count(*) {_LIVE}", (base,)).fetchone()[0])


def _why(speaker: str | None) -> str:
    return f"its city tells of it itself now: {speaker}" if speaker else "it is there no more"


def _is_peer(db: sqlite3.Connection, peer: Peer) -> bool:
    """Tell whether the catalogue is still observed as it was when the round began."""
    row = db.execute("SELECT follow FROM peers WHERE base = ?", (peer.base,)).fetchone()
    return row is not None and row["follow"] == peer.follow.value


def _elsewhere(db: sqlite3.Connection, peer: Peer, seen: Sighting) -> bool:
    """Tell whether another catalogue that is still observed shows this source."""
    query = (
        "SELECT 1 FROM observed JOIN peers ON peers.base = observed.peer "
        "WHERE object = ? AND peer <> ? AND state <> 'gone' LIMIT 1"
    )
    return db.execute(query, (seen.object, peer.base)).fetchone() is not None


def _forget(db: sqlite3.Connection, peer: Peer, seen: Sighting) -> None:
    """Drop that a source was refused before."""
    query = "DELETE FROM quarantine WHERE peer = ? AND iri = ? AND status = 'refused'"
    db.execute(query, (peer.base, seen.source))


def _drop_pages(db: sqlite3.Connection, peer: Peer, pages: frozenset[str], *, whole: bool) -> None:
    """Forget pages that are none of the catalogue any more, or that have become too many."""
    found = db.execute("SELECT url FROM looked WHERE peer = ?", (peer.base,)).fetchall()
    if whole or len(found) > 2 * len(pages) + _SPARE_PAGES:
        gone = [(peer.base, row["url"]) for row in found if row["url"] not in pages]
        db.executemany("DELETE FROM looked WHERE peer = ? AND url = ?", gone)


def _refusal(peer: Peer, seen: Sighting) -> Verdict:
    carried = Carried(iri=seen.source, defect=seen.defect)
    return Verdict(
        checked=Checked(carried=carried, signature=Signature.MISSING),
        outcome=Outcome.REFUSED,
        reason=seen.defect or "",
        origin=peer.base,
    )
