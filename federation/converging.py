"""Converging: what differs from a peer's signed digest of its live set is found and put right.

When a round has read all that a city's own feed counts, both should show the same records of it.
They may not: a journal lost rows, an old backup was put back, a withdrawal was forgotten before it
was read. So the sum that the peer signed is compared with our own. When they differ, the peer is
asked for its buckets, then for the records of those that differ, then for the members that are not
here. These are judged like any other; that the origin signs them as live proves their place.

What is live here and in no bucket there is withdrawn on the strength of the signed digest, but
never more of it at once than withdrawals in a feed may be. Members that were refused, wait or are
held are differences to be expected, so a difference that is explained is remembered and not looked
into again while it stays the same. One that is not, because the digest does not fit or does not
fit what can be had, is looked into once an hour. A difference never makes a round fail.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, TypeVar

from federation.carrying import sequence_of
from federation.course import Course, anew, back_to, examine, get, mark
from federation.digests import (
    BUCKETS,
    Listed,
    LiveSet,
    Sum,
    add_up,
    bucket_at,
    bucket_of,
    buckets_at,
    sum_of,
)
from federation.errors import FederationError, PageUnreadable, PeerTooLarge, plain
from federation.examining import Checked, Examined
from federation.member import digest
from federation.peers import Difference
from federation.reading import ReadPage
from federation.taking import take
from federation.withdrawing import settle_withdrawals
from vocab import lines
from vocab.lines import Iri
from vocab.terms import TREE

_AGAIN: Final = timedelta(hours=1)
_WORDS: Final = 500
_SAME: Final = Sum()
_Got = TypeVar("_Got")
_NOT_TO_BE_HAD: Final = "cannot be had as the digest says"
_FORKED: Final = "not listed there, and kept because its history is not the one known here"


async def converge(course: Course) -> None:
    """Compare the live set with what the peer last signed of it, and repair what differs."""
    said, expected = course.bookmark.live, course.bookmark.differs
    if said is None:
        return
    apart = await _apart(course, said)
    if apart is None:
        return
    if apart == _SAME:
        if expected is not None:
            await mark(course, replace(course.bookmark, differs=None))
        return
    if expected is None or not _known(course, expected, apart):
        expected = await _look_into(course, said)
        await mark(course, replace(course.bookmark, differs=expected))
    if expected is not None:
        course.round = replace(course.round, differs=expected.words)


def _known(course: Course, expected: Difference, apart: Sum) -> bool:
    """Tell whether a difference was looked into before, and need not be again."""
    if expected.explained:
        return expected.sum == apart
    return timedelta(0) <= course.now - expected.looked < _AGAIN


async def _apart(course: Course, said: LiveSet) -> Sum | None:
    """Give what the peer has more than we; None when we know it further than its digest does."""
    held = await course.inbox.live(course.peer.base)
    if held.published is not None and held.published > said.published:
        return None
    return said.sum - add_up(held.sums.values())


async def _look_into(course: Course, said: LiveSet) -> Difference | None:
    """Repair what can be repaired; return what stays different, None when nothing does."""
    words: Mapping[str, int] | str
    try:
        async with asyncio.timeout(course.limits.round_seconds):
            words = await _repair(course, said)
    except TimeoutError:
        words = "comparing took too long"
    except FederationError as error:
        words = str(error)
    apart = await _apart(course, said)
    if apart is None or apart == _SAME:
        return None
    if not isinstance(words, str):
        explained = bool(words) and not words.keys() & {_NOT_TO_BE_HAD, _FORKED}
        told = "; ".join(f"{number} {each}" for each, number in sorted(words.items()))
    else:
        explained, told = False, words
    told = told or "the digest names no record that differs"
    return Difference(sum=apart, words=plain(told[:_WORDS]), looked=course.now, explained=explained)


async def _repair(course: Course, said: LiveSet) -> Mapping[str, int]:
    """Do what can be done; return in words, counted, what cannot."""
    origin = course.peer.base
    ours = (await course.inbox.live(origin)).sums
    theirs = (await _ask(course, said, buckets_at(course.peer.feed))).buckets
    if add_up(theirs.values()) != said.sum:
        raise PageUnreadable(f"the buckets of {course.peer.name}'s digest do not add up")
    differing = [
        each for each in range(BUCKETS) if ours.get(each, _SAME) != theirs.get(each, _SAME)
    ]
    listed = await _listed(course, said, {each: theirs.get(each, _SAME) for each in differing})
    found = await course.inbox.compare(course.peer, differing, listed, course.refused)
    if len(found.missing) > course.limits.repaired_members:
        await mark(course, replace(anew(course.bookmark), live=said))
        raise PageUnreadable(
            f"{len(found.missing)} records of {course.peer.name} are missing: "
            "its feed is read again from the start"
        )
    repaired = found.repaired
    if found.missing:
        repaired += await _take_missing(course, found.missing)
    if found.gone and (await course.inbox.live(origin)).digest == course.bookmark.last:
        repaired += await _withdraw(course, said, found.gone)
    course.count(repaired=repaired)
    asked = {each.member for each in listed}
    left = await course.inbox.compare(course.peer, differing, listed, asked)
    course.count(repaired=left.repaired)
    words = Counter(left.kept_back)
    for reason, number in ((_NOT_TO_BE_HAD, len(left.missing)), (_FORKED, len(left.gone))):
        words[reason] += number
    return +words


async def _ask(course: Course, said: LiveSet, url: str) -> LiveSet:
    """Get one part of the digest; raises PageUnreadable unless it is of the feed as it was read."""
    fetched = await get(course, url)
    if fetched.body is None or fetched.url != url:
        raise PageUnreadable(f"{url} is not where it should be")
    examined = await examine(course, fetched, fetched.body)
    live = examined.page.live
    if live is None or live.iri != url or live.actor != said.actor or not examined.live_signed:
        raise PageUnreadable(f"{url} is no digest that {course.peer.name} signed")
    if (live.size, live.published) != (said.size, said.published):
        raise PageUnreadable(f"{course.peer.name}'s feed moved on while its digest was read")
    return live


async def _listed(course: Course, said: LiveSet, wanted: Mapping[int, Sum]) -> list[Listed]:
    """Get the records of some buckets, a few at a time, up to a number of bytes."""
    found: list[Listed] = []
    numbers = [number for number, summed in wanted.items() if summed != _SAME]
    most = course.round.received_bytes + course.limits.repair_bytes
    step = course.limits.concurrent_requests
    for start in range(0, len(numbers), step):
        if course.round.received_bytes > most:
            raise PeerTooLarge(buckets_at(course.peer.feed), "its digest is too large")
        some = numbers[start : start + step]
        for each in await _together(
            _bucket(course, said, number, wanted[number]) for number in some
        ):
            found.extend(each)
    return found


async def _together(asked: Iterable[Coroutine[Any, Any, _Got]]) -> list[_Got]:
    """Wait for all; raises what the first of them that failed raised."""
    done = await asyncio.gather(*asked, return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException):
            raise each
    return [each for each in done if not isinstance(each, BaseException)]


async def _bucket(course: Course, said: LiveSet, number: int, summed: Sum) -> Sequence[Listed]:
    url = bucket_at(course.peer.feed, number)
    listed = (await _ask(course, said, url)).listed
    records = {each.record for each in listed}
    if sum_of(listed) != summed or len(records) != len(listed):
        raise PageUnreadable(f"{url} does not list what the digest counts")
    for each in listed:
        if not each.record.startswith(course.peer.base) or bucket_of(each.record) != number:
            raise PageUnreadable(f"{url} lists what does not belong there: {each.record[:200]}")
    return listed


async def _take_missing(course: Course, missing: Sequence[Listed]) -> int:
    """Get members by their names and take them in; return how many records that put right."""
    origin = course.peer.base
    numbered = [
        (number, each)
        for each in missing
        if (number := sequence_of(each.member, origin)) is not None
    ]
    course.vouched = {number: each.digest for number, each in numbered}
    numbered.sort(key=lambda pair: pair[0])
    before = course.round.new + course.round.changed
    step = course.limits.concurrent_requests
    had: list[Checked] = []
    for start in range(0, len(numbered), step):
        some = numbered[start : start + step]
        had.extend(filter(None, await _together(_member(course, each) for _, each in some)))
    page = ReadPage(url=buckets_at(course.peer.feed))
    await take(course, Examined(page=page, checked=tuple(had)), counted=False)
    if had:
        await _read_gap_again(course)
    return course.round.new + course.round.changed - before


async def _member(course: Course, wanted: Listed) -> Checked | None:
    """Get one member; None unless it is the very one that the digest names."""
    try:
        fetched = await get(course, wanted.member)
        if fetched.body is None or fetched.media_type != "application/n-quads":
            return None
        opening = lines.line(course.peer.feed, TREE + "member", Iri(wanted.member))
        body = f"{opening}\n".encode() + fetched.body
        examined = await examine(course, fetched, body)
    except FederationError:
        return None
    for checked in examined.checked:
        member = checked.carried.member
        if member is not None and member.iri == wanted.member and digest(member) == wanted.digest:
            return checked
    return None


async def _read_gap_again(course: Course) -> None:
    """Have the next round read the feed from where the chain has a gap: the log is healed too."""
    gap = await course.inbox.gap(course.peer.base)
    if gap is not None:
        await mark(course, back_to(course.bookmark, gap))


async def _withdraw(course: Course, said: LiveSet, gone: Sequence[str]) -> int:
    """Withdraw records that the origin's digest does not name, or hold that for a person."""
    had = await course.inbox.live_count(course.peer.base)
    noted = await course.inbox.missed(course.peer, said, gone)
    live = {member.origin: had for member in noted}
    deleted, held, reasons = await settle_withdrawals(
        course.inbox, noted, live, course.limits, course.now
    )
    course.count(deleted=deleted, refused=held)
    for origin, reason in reasons.items():
        course.round = course.round.refusing(origin, reason)
    return deleted
