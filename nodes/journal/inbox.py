"""The journal as a harvest sees it: bookmarks, histories, verdicts, withdrawals.

Each method of `JournalInbox` is one question or one transaction, done in a thread.
"""

import asyncio
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from federation.digests import Listed, LiveSet
from federation.errors import NoRoom, ShareUsedUp
from federation.examining import Checked
from federation.gap import Gap
from federation.judging import unfit
from federation.keys import PublicKey
from federation.limits import Limits
from federation.member import Member
from federation.peers import (
    Bookmark,
    Decided,
    Held,
    History,
    Notice,
    Outcome,
    Parting,
    Peer,
    Place,
    Verdict,
)
from federation.succession import Ring
from nodes.errors import NotReleasable
from nodes.journal import converging, digests, gaps, quarantine, rows, shares, trust
from nodes.journal.journal import Journal
from nodes.journal.known import peers, pinned_keys
from nodes.journal.shares import Shares

_BOOKMARK: Final = TypeAdapter(Bookmark)


@dataclass(frozen=True, kw_only=True)
class JournalInbox:
    """What `federation.harvest` asks of the journal; `own` are the node's own keys."""

    journal: Journal
    own: tuple[PublicKey, ...]
    now: Callable[[], datetime]
    quarantine: int
    quarantine_bytes: int = 64_000_000
    withdrawn_share: float = Limits().withdrawn_share
    free_bytes: int = 0
    shares: Shares = field(default_factory=Shares)

    def check_room(self) -> int:
        """Return the bytes to spare; raise NoRoom when less than `free_bytes` are free on the disk.

        Others may not fill it: what the city itself says, and the views, need room too.
        """
        if (spare := self.spare()) < 0:
            raise NoRoom(
                f"less than {self.free_bytes:,} bytes are free on the disk of this node: it takes "
                "nothing from others until there is room"
            )
        return spare

    def spare(self) -> int:
        """Tell how many bytes are free on the journal's disk beyond those that stay so."""
        return shutil.disk_usage(self.journal.path.parent).free - self.free_bytes

    @contextmanager
    def sharing(self, peer: Peer) -> Iterator[sqlite3.Connection]:
        """Write all or nothing of a round; where a city's share is used up its officers are told.

        Raises ShareUsedUp then, and JournalError as `Journal.transaction`.
        """
        try:
            with self.journal.transaction() as db:
                yield db
        except ShareUsedUp as error:
            with self.journal.transaction() as db:
                shares.tell(db, peer, error, self.now())
            raise

    async def reopen(self) -> Sequence[str]:
        """Hear cities again whose share was used up and is not any more; return who they are."""
        spare = max(0, self.spare())
        return await asyncio.to_thread(shares.reopen, self.journal, self.shares, self.now(), spare)

    async def bookmark(self, peer: Peer) -> Bookmark:
        """Return how far this stream was read."""
        return await asyncio.to_thread(self._bookmark, peer)

    async def keys(self) -> Mapping[str, tuple[PublicKey, ...]]:
        """Return the pinned keys of every city the node knows, its own among them."""
        return await asyncio.to_thread(self._keys)

    async def blocked(self) -> Sequence[str]:
        """Return the bases of the origins of which nothing is taken in."""
        found = await asyncio.to_thread(lambda: trust.blocked(self.journal.db()))
        return [each.base for each in found]

    async def pin(self, base: str, ring: Ring) -> bool:
        """Learn keys of a city besides the pinned ones; its members are read anew if any is new."""
        return await asyncio.to_thread(self._pin, base, ring)

    async def notice(self, base: str, kind: Notice, told: str) -> None:
        """Tell the officers something about a city; with an empty text it is over."""
        await asyncio.to_thread(self._notice, base, kind, told)

    async def reached(self, base: str) -> int:
        """Return the number of the newest member of a city that is known here."""
        return await asyncio.to_thread(self.journal.size, base)

    async def note_gaps(self, peer: Peer, found: Sequence[Gap]) -> None:
        """Keep gaps that their origins signed; the chains may go on behind them."""
        await asyncio.to_thread(self._note_gaps, peer, found)

    async def histories(self, members: Sequence[Member]) -> Mapping[str, History]:
        """Return the history of each origin that the members name."""
        return await asyncio.to_thread(self._histories, members)

    async def waiting(self, origins: Sequence[str] | None = None) -> Sequence[Checked]:
        """Return good members that were kept back and may be placed now, of some origins or all."""
        return await asyncio.to_thread(quarantine.ripe, self.journal.db, origins)

    async def holes(self, peer: Peer) -> bool:
        """Tell whether this peer brought forms of members that are not here in their true form."""
        query = (
            "SELECT EXISTS (SELECT 1 FROM quarantine AS kept WHERE peer = ? AND status = 'hole' "
            "AND NOT EXISTS (SELECT 1 FROM members WHERE origin = kept.origin "
            "AND sequence = kept.sequence))"
        )
        return bool(await asyncio.to_thread(self._count, query, (peer.base,)))

    async def speaking(self, objects: Sequence[str]) -> Mapping[str, int]:
        """Return the number of the member that speaks for each record that is published."""
        return await asyncio.to_thread(self._speaking, objects)

    async def live_count(self, origin: str) -> int:
        """Return how many records of an origin are published at present."""
        query = "SELECT count(*) FROM records WHERE origin = ? AND live = 1"
        return await asyncio.to_thread(self._count, query, (origin,))

    async def withdrawn(self, origin: str, since: datetime) -> int:
        """Return how many records of an origin were withdrawn since a time."""
        return await asyncio.to_thread(lambda: rows.withdrawn(self.journal.db(), origin, since))

    async def keep(
        self,
        peer: Peer,
        verdicts: Sequence[Verdict],
        bookmark: Bookmark,
        histories: Mapping[str, History],
    ) -> bool:
        """Write members, refusals and bookmark in one transaction; False when too late."""
        return await asyncio.to_thread(self._keep, peer, verdicts, bookmark, histories)

    async def deferred(self, peer: Peer) -> Sequence[Member]:
        """Return withdrawals of this peer's stream that no round has decided on yet."""
        return await asyncio.to_thread(self._deferred, peer)

    async def settle(self, decided: Decided) -> tuple[int, int] | None:
        """Carry out or hold deferred withdrawals in one transaction; None when too late."""
        return await asyncio.to_thread(self._settle, decided)

    async def live(self, origin: str) -> Held:
        """Return what is held of an origin: its newest member, and its live records summed up."""
        return await asyncio.to_thread(digests.held, self.journal, origin)

    async def compare(
        self, peer: Peer, buckets: Sequence[int], theirs: Sequence[Listed], asked: Set[str]
    ) -> Parting:
        """Compare our records of a peer in some buckets with its own; put right what can be."""
        return await asyncio.to_thread(
            converging.compare, self.journal, peer.base, buckets, theirs, asked
        )

    async def missed(self, peer: Peer, said: LiveSet, records: Sequence[str]) -> Sequence[Member]:
        """Note that a digest does not name records, for the end of the round to decide on."""
        return await asyncio.to_thread(
            converging.missed, self.journal, peer.base, said, records, self.now()
        )

    async def gap(self, origin: str) -> Place | None:
        """Return the member before the first gap in an origin's chain; None without gaps."""
        return await asyncio.to_thread(converging.gap, self.journal, origin)

    async def cut(self, origin: str, read: Sequence[str]) -> Place | None:
        """Return the newest member of an origin when none of those read last is here."""
        return await asyncio.to_thread(converging.cut, self.journal, origin, read)

    def _keys(self) -> dict[str, Ring]:
        own = trust.own_ring(self.journal.db(), self.journal.base) or self.own
        return {**pinned_keys(peers(self.journal)), self.journal.base: own}

    def _pin(self, base: str, ring: Ring) -> bool:
        with self.journal.transaction() as db:
            learnt = self._believe(db, base, ring, self.now())
            if learnt:
                trust.read_anew(db, base)
        return learnt

    def _believe(self, db: sqlite3.Connection, base: str, ring: Ring, now: datetime) -> bool:
        return trust.pin(db, self.journal.base, base, ring, now, share=self.withdrawn_share)

    def _notice(self, base: str, kind: Notice, told: str) -> None:
        query = "SELECT told FROM notices WHERE base = ? AND kind = ?"
        row = self.journal.db().execute(query, (base, kind.value)).fetchone()
        if (row["told"] if row is not None else "") == told:
            return
        with self.journal.transaction() as db:
            if told:
                trust.note(db, base, kind, told, self.now())
            else:
                trust.drop(db, base, kind)

    def _bookmark(self, peer: Peer) -> Bookmark:
        """Read the bookmark, and lay one when there is none.

        It is only ever changed where it lies: when it is taken away during a round, because a city
        became known or was forgotten, the end of that round does not bring it back.
        """
        place = (peer.base, peer.feed)
        query = "SELECT bookmark FROM bookmarks WHERE base = ? AND feed = ?"
        row = self.journal.db().execute(query, place).fetchone()
        if row is not None:
            return _BOOKMARK.validate_json(row["bookmark"])
        with self.journal.transaction() as db:
            fresh = _BOOKMARK.dump_json(Bookmark()).decode()
            db.execute("INSERT OR IGNORE INTO bookmarks VALUES (?, ?, ?)", (*place, fresh))
        return Bookmark()

    def _note_gaps(self, peer: Peer, found: Sequence[Gap]) -> None:
        kept = set(gaps.named(self.journal.db(), [gap.iri for gap in found]))
        new = [gap for gap in found if gap not in kept]
        if new:
            with self.sharing(peer) as db:
                for origin in sorted({gap.origin for gap in new}):
                    self.shares.check_notes(db, origin)
                gaps.note(db, new)

    def _histories(self, members: Sequence[Member]) -> Mapping[str, History]:
        numbers: dict[str, set[int]] = {}
        made: dict[str, set[str]] = {}
        for member in members:
            numbers.setdefault(member.origin, set()).add(member.sequence)
            made.setdefault(member.origin, set()).update(member.erases)
        return {
            origin: self._history(origin, wanted, made[origin])
            for origin, wanted in numbers.items()
        }

    def _history(self, origin: str, wanted: set[int], made: set[str]) -> History:
        db = self.journal.db()
        newest = db.execute(
            "SELECT iri, sequence, digest, published FROM members WHERE origin = ? "
            "AND sequence > 0 ORDER BY sequence DESC LIMIT 1",
            (origin,),
        ).fetchone()
        near = db.execute(
            "SELECT iri, sequence, digest, previous FROM members "
            "WHERE origin = ? AND sequence IN (SELECT value FROM json_each(?))",
            (
                origin,
                json.dumps(sorted({number + step for number in wanted for step in (-1, 0, 1)})),
            ),
        ).fetchall()
        holes = db.execute(
            "SELECT sequence FROM quarantine WHERE origin = ? AND status = 'hole'", (origin,)
        )
        reached = newest["sequence"] if newest else 0
        stood_for = gaps.between(db, origin, min(*wanted, reached + 1), max(wanted))
        here = {gap.iri for gap in stood_for}
        return History(
            sequence=reached,
            digest=newest["digest"] if newest else None,
            published=newest["published"] if newest else None,
            digests={row["sequence"]: row["digest"] for row in near},
            previous={row["sequence"] - 1: row["previous"] for row in near},
            missing=frozenset(row["sequence"] for row in holes),
            gaps=(*stood_for, *gaps.named(db, made - here)),
            names={row["sequence"]: row["iri"] for row in (*near, *([newest] if newest else []))},
        )

    def _speaking(self, objects: Sequence[str]) -> Mapping[str, int]:
        db = self.journal.db()
        query = "SELECT sequence FROM records WHERE object = ? AND live = 1"
        found = {each: db.execute(query, (each,)).fetchone() for each in objects}
        return {each: row["sequence"] for each, row in found.items() if row is not None}

    def _count(self, query: str, values: tuple[str, ...]) -> int:
        [number] = self.journal.db().execute(query, values).fetchone()
        return int(number)

    def _keep(
        self,
        peer: Peer,
        verdicts: Sequence[Verdict],
        bookmark: Bookmark,
        histories: Mapping[str, History],
    ) -> bool:
        now = self.now()
        authentic = [verdict for verdict in verdicts if verdict.authentic]
        spare = self.check_room() if authentic else None
        with self.sharing(peer) as db:
            if self._overtaken(verdicts, histories):
                return False
            self._check_shares(db, verdicts, histories, spare)
            self._keep_authentic(db, peer, authentic, now)
            for verdict in authentic:
                if verdict.ring is not None:
                    self._believe(db, verdict.origin, verdict.ring, now)
            refused = [each for each in verdicts if each.outcome is Outcome.REFUSED]
            for verdict in verdicts:
                if verdict.outcome is Outcome.KNOWN:
                    quarantine.settle(db, verdict.checked.carried.iri)
            for verdict in refused:
                quarantine.put(db, peer.base, verdict, now)
                if verdict.fork is not None:
                    trust.note(db, verdict.origin, Notice.FORK, verdict.reason, now)
            if refused:
                quarantine.bound(db, peer.base, self.quarantine, self.quarantine_bytes)
            db.execute(
                "UPDATE bookmarks SET bookmark = ? WHERE base = ? AND feed = ?",
                (_BOOKMARK.dump_json(bookmark).decode(), peer.base, peer.feed),
            )
        return True

    def _check_shares(
        self,
        db: sqlite3.Connection,
        verdicts: Sequence[Verdict],
        histories: Mapping[str, History],
        spare: int | None,
    ) -> None:
        """Raise ShareUsedUp where an origin says more than it may, now or once it can be placed."""
        new: Counter[str] = Counter()
        late: Counter[str] = Counter()
        for each in verdicts:
            if each.authentic or each.waits:
                new[each.origin] += 1
                known = histories.get(each.origin, History())
                late[each.origin] += each.authentic and each.sequence <= known.sequence
        for origin in new:
            self.shares.check(db, origin, new[origin], late=late[origin], spare=spare)
        for origin in {each.origin for each in verdicts if each.authentic}:
            trust.drop(db, origin, Notice.FULL)

    def _overtaken(self, verdicts: Sequence[Verdict], histories: Mapping[str, History]) -> bool:
        """Tell whether verdicts rest on chains that have changed since; in their transaction.

        What waits is asked about too: when what it waits for has come meanwhile, nothing would
        call for it again. Other refusals hold whatever came, for a chain is only ever added to.
        """
        resting = [each.member for each in verdicts if each.authentic or each.waits]
        return any(
            _changed(histories.get(origin, History()), history)
            for origin, history in self._histories([each for each in resting if each]).items()
        )

    def _keep_authentic(
        self, db: sqlite3.Connection, peer: Peer, verdicts: Sequence[Verdict], now: datetime
    ) -> None:
        """Add what its origin signed, refused content too: the chain is relayed whole."""
        kept = [
            (verdict.member, "deferred" if verdict.held else verdict.outcome.value)
            for verdict in verdicts
            if verdict.member is not None
        ]
        back = [found for each in kept if (found := trust.revive(db, *each)) is not None]
        here = {entry.member.iri for entry in back}
        fresh = [each for each in kept if each[0].iri not in here]
        for entry in (*back, *self.journal.append(db, fresh, via=peer.base, now=now)):
            quarantine.forget(db, entry.member.iri)
            if entry.state == "accepted":
                gaps.take_effect(db, entry)
        quarantine.read_again(db, {member.origin for member, _ in kept})

    def _deferred(self, peer: Peer) -> list[Member]:
        found = self.journal.db().execute(
            "SELECT * FROM members WHERE state = 'deferred' "
            "AND (via = ? OR via NOT IN (SELECT base FROM peers)) ORDER BY position",
            (peer.base,),
        )
        return [rows.member(row) for row in found]

    def _settle(self, decided: Decided) -> tuple[int, int] | None:
        with self.journal.transaction() as db:
            if rows.withdrawn(db, decided.origin, decided.since) != decided.lately:
                return None
            carried_out = [each for each in decided.good if _brought(db, each) is not None]
            for member in carried_out:
                accept(db, member.iri)
            held = [(each, via) for each in decided.held if (via := _brought(db, each)) is not None]
            for member, via in held:
                db.execute("UPDATE members SET state = 'held' WHERE iri = ?", (member.iri,))
                quarantine.hold(db, via, member, decided.reason, self.now())
        return len(carried_out), len(held)


def accept(db: sqlite3.Connection, iri: str) -> bool:
    """Accept a kept member that was refused, deferred or held; the caller holds a transaction.

    Raises NotReleasable when it is not the content that is wrong with it.
    """
    row = db.execute("SELECT * FROM members WHERE iri = ?", (iri,)).fetchone()
    if row is None or row["gap"] is not None:
        return False
    entry = rows.entry(row)
    signers = db.execute("SELECT base FROM peers WHERE keys <> '[]'")
    bases = {entry.member.origin, *(each["base"] for each in signers)}
    signed = entry.member.proof is not None
    if signed and (reason := unfit(entry.member, bases)):
        raise NotReleasable(f"{iri} cannot be accepted: {reason}")
    db.execute("UPDATE members SET state = 'accepted' WHERE iri = ?", (iri,))
    gaps.take_effect(db, entry)
    quarantine.forget(db, iri)
    return True


def _brought(db: sqlite3.Connection, member: Member) -> str | None:
    """Tell who brought a withdrawal, when it is still to be decided."""
    query = "SELECT via FROM members WHERE iri = ? AND state = 'deferred'"
    row = db.execute(query, (member.iri,)).fetchone()
    return None if row is None else str(row["via"])


def _changed(then: History, now: History) -> bool:
    """Compare what was known of a chain with what is, as far as both say."""
    known = then.digests
    return (now.sequence, now.missing) != (then.sequence, then.missing) or any(
        known.get(number) != digest for number, digest in now.digests.items()
    )
