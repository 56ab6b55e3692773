"""How much of the disk one city may take: what is kept of it in the journal, counted in bytes.

A city is a followed node, an unsigned feed, or a catalogue that is observed; whoever relays what it
said, it counts as its own. Where one has used up its share nothing more of it is taken, officers
are told, and all others go on (docs/decisions/0028-a-share-of-the-disk.md).

A harvest must not pay for this, so what is there is not counted each time. The numbers of a chain
tell how many members came since it was counted, and none is larger than the limit on members: only
when these might have used up the share the new ones among them are counted, and the whole chain
before anybody is told that it is too much, for members may have been given up meanwhile.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from federation.carrying import IRI_CHARS
from federation.errors import ShareUsedUp
from federation.limits import Limits
from federation.peers import Follow, Notice, Peer
from nodes.journal import quarantine, trust
from nodes.journal.journal import Journal

ROW: Final = 2_500
"""Bytes that a member takes besides its record and its names, with its places in the indexes."""

_NOTE: Final = 1_000
"""Bytes of what is kept without a record: a gap, or that an old version was heard."""

_PART: Final = 5
"""Of what is to spare one part in so many is the share of a city, where that is less."""

_SAID: Final = (
    "SELECT count(*) AS members, total(length(payload) + ifnull(length(erases), 0) "
    "+ 5 * length(object) + 2 * length(iri) + ifnull(length(source), 0)) AS bytes "
    "FROM members WHERE origin = ? AND sequence > ?"
)
"""The name of a record stands in five places: in members, records, changes and their indexes."""

_OBSERVED: Final = (
    f"{_SAID} AND EXISTS (SELECT 1 FROM observed WHERE peer = ? AND source = members.source)"  # noqa: S608
)


def largest(limits: Limits) -> int:
    """Give the bytes of the largest member: its record, what it erases, and all its names."""
    return 2 * limits.member_bytes + 8 * IRI_CHARS + ROW


@dataclass(kw_only=True)
class Shares:
    """Watches that nobody uses up more than `most` bytes, where a member takes `each` at most.

    Nor more than a part of the bytes that are to `spare` on the disk: store and index take several
    times what the journal does, and a record made for that thirty times. Before the disk is full of
    what one city said it is stopped, and there is room for all that said less.
    """

    most: int = Limits().kept_bytes
    each: int = field(default_factory=lambda: largest(Limits()))
    _counted: dict[str, tuple[int, int]] = field(default_factory=dict)  # up to which number, bytes

    def check(
        self,
        db: sqlite3.Connection,
        base: str,
        new: int,
        *,
        late: int = 0,
        chain: str = "",
        spare: int | None = None,
    ) -> None:
        """Raise ShareUsedUp when a city may say no more; `new` members are to be kept.

        So many of them are `late`: their numbers are lower than what was counted. What was observed
        stands in another `chain`. One page more than the share may come to be kept, never two.
        """
        most = self.most if spare is None else min(self.most, spare // _PART)
        reached = _reached(db, chain or base)
        until, used = self._counted.get(base, (0, 0))
        if used + (reached - until + new) * self.each > most:
            used += _count(db, base, chain, after=until)
            until = reached
            if used >= most:
                used = _count(db, base, chain)
        self._counted[base] = until, used + late * self.each
        if used >= most:
            raise ShareUsedUp(base, used, most, crowded=most < self.most)

    def check_notes(self, db: sqlite3.Connection, base: str) -> None:
        """Raise ShareUsedUp when what is kept of a city beside its records is too much alone."""
        [notes] = db.execute(
            "SELECT (SELECT count(*) FROM gaps WHERE origin = ?1) "
            "+ (SELECT count(*) FROM heard WHERE feed = ?1)",
            (base,),
        ).fetchone()
        if (used := notes * _NOTE) >= self.most:
            raise ShareUsedUp(base, used, self.most)


def tell(db: sqlite3.Connection, peer: Peer, error: ShareUsedUp, now: datetime) -> None:
    """Tell officers that a city may say no more, in the round with a peer.

    A relay is read on beyond what the city said: it is noted that this has to be read again.
    """
    trust.note(db, error.base, Notice.FULL, str(error), now)
    if peer.follow is Follow.ALL:
        db.execute("INSERT OR IGNORE INTO dropped VALUES (?, ?)", (peer.base, error.base))


def used_up(journal: Journal) -> dict[str, datetime]:
    """Give the cities of which nothing more is taken, and since when."""
    query = "SELECT base, seen FROM notices WHERE kind = ?"
    found = journal.db().execute(query, (Notice.FULL.value,)).fetchall()
    return {row["base"]: datetime.fromisoformat(row["seen"]) for row in found}


def earliest(verified: datetime | None, full: datetime | None) -> datetime | None:
    """Say when an origin was verified of which nothing was taken any more from a time on."""
    return min(verified, full) if verified is not None and full is not None else verified


def reopen(journal: Journal, shares: Shares, now: datetime, spare: int) -> list[str]:
    """Hear those again who may say more by now, at once and from everybody; return who they are."""
    reopened = []
    for base in used_up(journal):
        with journal.transaction() as db:
            if _is_free(db, shares, base, journal.base, spare):
                _hear_again(db, base, now)
                reopened.append(base)
    return reopened


def _is_free(db: sqlite3.Connection, shares: Shares, base: str, own: str, spare: int) -> bool:
    row = db.execute("SELECT follow FROM peers WHERE base = ?", (base,)).fetchone()
    observed = row is not None and Follow(row["follow"]).observed
    try:
        shares.check(db, base, 1, chain=own if observed else "", spare=spare)
        shares.check_notes(db, base)
    except ShareUsedUp:
        return False
    return True


def _hear_again(db: sqlite3.Connection, base: str, now: datetime) -> None:
    trust.drop(db, base, Notice.FULL)
    db.execute(
        "UPDATE peers SET due = ?1, failures = 0 WHERE base = ?2 "
        "OR base IN (SELECT peer FROM dropped WHERE origin = ?2)",
        (now.isoformat(), base),
    )
    quarantine.read_again(db, [base])


def _reached(db: sqlite3.Connection, chain: str) -> int:
    query = "SELECT max(sequence) FROM members WHERE origin = ?"
    return max(0, db.execute(query, (chain,)).fetchone()[0] or 0)


def _count(db: sqlite3.Connection, base: str, chain: str, after: int | None = None) -> int:
    """Count the bytes that members of a city take, those set aside too unless `after` a number."""
    first = -(1 << 62) if after is None else after
    if chain:
        row = db.execute(_OBSERVED, (chain, first, base)).fetchone()
    else:
        row = db.execute(_SAID, (base, first)).fetchone()
    return int(row["bytes"]) + int(row["members"]) * ROW
