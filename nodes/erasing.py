"""What the city takes back: erasing for good, and giving up old versions. Journal only.

`erase` publishes a member that erases, together with the gaps that stand for what it takes out;
`compact` enforces the retention that the feed declares. Views and files follow (`nodes.clearing`).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from federation import gap as gapping
from federation.carrying import MOST_ERASED
from federation.gap import Gap, Reason
from federation.layout import PAGE
from federation.member import Kind, Member
from federation.times import stamp
from nodes.desk import Desk
from nodes.errors import NotErasable
from nodes.journal import gaps, receipts, retention
from nodes.journal.gaps import Version
from nodes.publishing import Draft, compose
from vocab import lines

_BUFFER: Final = timedelta(hours=1)
"""So much longer than declared everything is kept, because clocks differ."""


@dataclass(frozen=True, kw_only=True)
class Compacted:
    """How many members were given up, own ones and those of others, and gaps signed for them."""

    own: int = 0
    others: int = 0
    gaps: int = 0


def erase(
    desk: Desk, record: str, now: datetime, *, text: str | None = None, keep: bool = False
) -> list[Member]:
    """Erase what the city said about a record, everywhere; raises NotErasable.

    With `text` the versions that hold it go, else all. The record is withdrawn, unless it is to be
    kept (`keep`, or `text` that its present version does not hold): then that one is said again.
    """
    journal, base = desk.journal, desk.city.base
    with journal.transaction() as db:
        versions = gaps.versions(db, base, record)
        newest, kept = journal.newest(base), journal.record(record)
        if newest is None or kept is None or not versions:
            raise NotErasable(f"{desk.city.name} has published nothing called {record}")
        present = kept.member
        lives = present.kind is not Kind.DELETE and kept.gap is None
        stays = lives and (keep or text is not None)
        if stays and text is not None and holds(present.payload, text):
            raise NotErasable(
                f"{record} says it still: publish the record without it first, or erase all of it"
            )
        named = _named(versions, text, present.sequence if stays else None)
        if not named:
            raise NotErasable(f"no earlier version of {record} is there to be erased")
        stretches = gapping.runs(each.sequence for each in named)
        by_number = {each.sequence: each for each in named}
        said: list[Member] = []
        for first in range(0, len(stretches), MOST_ERASED):
            number = newest.sequence + 1
            made = [
                _signed(
                    desk,
                    (begin, end, number),
                    (by_number[end].digest, by_number[end].published),
                    Reason.ERASURE,
                    now,
                )
                for begin, end in stretches[first : first + MOST_ERASED]
            ]
            draft = Draft(
                kind=Kind.UPDATE if stays else Kind.DELETE,
                object=record,
                payload=present.payload if stays else b"",
                source=present.source if stays else None,
                erases=tuple(sorted(gap.iri for gap in made)),
            )
            [newest] = compose(base, desk.key, newest, now, [draft])
            gaps.note(db, made)
            for entry in journal.append(db, [(newest, "accepted")], via=base, now=now):
                gaps.take_effect(db, entry)
            said.append(newest)
    for member in said:
        receipts.expect(journal, member.iri, now)
    return said


def compact(desk: Desk, now: datetime, *, page: int = PAGE) -> Compacted:
    """Give up what is older than the retention says; nothing where all is kept.

    `page` is how many members a page of the feed holds.
    """
    settings = desk.config.retention
    if settings.everything:
        return Compacted()
    base = desk.city.base
    log = stamp(now - timedelta(days=settings.full_log_days) - _BUFFER)
    days = settings.deletions_days
    deletions = "" if days is None else stamp(now - timedelta(days=days) - _BUFFER)

    def sign(first: int, last: int, count: int, digest: str, published: str) -> Gap:
        return _signed(desk, (first, last, count), (digest, published), Reason.RETENTION, now)

    with desk.journal.transaction() as db:
        own, signed = retention.give_up_own(db, base, (log, min(log, deletions)), sign, page)
        others = retention.give_up_others(db, base, log)
    return Compacted(own=own, others=others, gaps=signed)


def holds(payload: bytes, text: str) -> bool:
    """Tell whether a record says a text, in whatever case and however its letters are composed."""
    wanted = _folded(text)
    return any(wanted in _folded(said.object.value) for said in lines.triples(payload))


def _named(versions: Sequence[Version], text: str | None, stays: int | None) -> list[Version]:
    """Choose the versions that go; those without a payload may have held anything."""
    return [
        each
        for each in versions
        if each.sequence != stays
        and (text is None or each.given_up or (each.payload and holds(each.payload, text)))
    ]


def _signed(
    desk: Desk,
    numbers: tuple[int, int, int],
    last: tuple[str, str],
    reason: Reason,
    now: datetime,
) -> Gap:
    base = desk.city.base
    bare = Gap(
        iri=gapping.name(base, *numbers),
        actor=desk.city.node,
        first=numbers[0],
        last=numbers[1],
        count=numbers[2],
        digest=last[0],
        published=last[1],
        reason=reason,
    )
    method = desk.key.public(base).method
    return gapping.signed(bare, desk.key, method=method, created=stamp(now)[:19] + "Z")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
