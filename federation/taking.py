"""Taking in members: judged, then written together with the bookmark, however many rounds go on.

A page's verdicts are decided on what the journal holds; when another round was quicker, they are
decided again. Members that waited for one of these are placed as soon as that can be. Withdrawals
of records that were here before the round wait for its end.
"""

import asyncio
from collections.abc import Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from federation import succession
from federation.course import Course, acquaint, stamp_of
from federation.errors import KeysLearned, ShareUsedUp
from federation.examining import Checked, Examined, Signature
from federation.gap import Gap
from federation.iris import lies_below
from federation.judging import judge, unfit
from federation.member import Kind
from federation.peers import Bookmark, Follow, History, Outcome, Peer, Verdict
from federation.times import stamp


async def take(
    course: Course, examined: Examined, until: str | None = None, *, counted: bool = True
) -> None:
    """Judge the members of a page, keep what came of it and move the bookmark.

    `until` is the page's upper bound: pages are taken in order, so all before it has been read.
    The bookmark stays where it is when the members are not `counted`: something before them is
    missing. Raises KeysLearned when a member proves keys that were not known.
    """
    heard = await _heard(course, examined.checked)
    await _learn(course, heard)
    if counted:
        course.bookmark = _moved(course.bookmark, examined, until)
    await _note_gaps(course, examined.gaps)
    verdicts = await _decide(course, course.peer, heard)
    await _foresee(course, verdicts)
    origins = {each.origin for each in verdicts if each.authentic or each.hole}
    if origins:
        await take_waiting(course, sorted(origins))


async def _note_gaps(course: Course, gaps: Sequence[Gap]) -> None:
    while gaps:
        try:
            await course.inbox.note_gaps(course.peer, gaps)
        except ShareUsedUp as error:
            _pass_over(course, error)
            gaps = [gap for gap in gaps if gap.origin not in course.silent]
        else:
            return


def _pass_over(course: Course, error: ShareUsedUp) -> None:
    """Take no more of a city in this round; raises the error where that is whom it asks."""
    if error.base == course.peer.base and course.peer.follow is Follow.OWN:
        raise error
    course.silent[error.base] = str(error)


async def take_waiting(course: Course, origins: Sequence[str] | None = None) -> None:
    """Take in members that were kept back and can be placed now, whoever brought them."""
    anyone = replace(course.peer, follow=Follow.ALL)
    while waiting := await _heard(course, await course.inbox.waiting(origins), counted=False):
        if not await _decide(course, anyone, waiting, late=True):
            return


async def _heard(
    course: Course, checked: Sequence[Checked], *, counted: bool = True
) -> list[Checked]:
    """Leave out the members of blocked origins, and what is about their records.

    Nothing is kept of them, so that nothing fills up with them; they are counted as refused, as
    are those of origins whose share is used up.
    """
    blocked = await course.inbox.blocked()
    heard = [each for each in checked if not _is_of(each, blocked)]
    if counted:
        course.count(refused=len(checked) - len(heard))
    return _audible(course, heard, counted=counted)


def _audible(course: Course, checked: Sequence[Checked], *, counted: bool) -> list[Checked]:
    """Leave out the members of origins of which no more is taken in this round."""
    heard: list[Checked] = []
    for each in checked:
        member = each.carried.member
        if member is None or member.origin not in course.silent:
            heard.append(each)
        elif counted:
            course.count(refused=1)
            course.round = course.round.refusing(member.iri, course.silent[member.origin])
    return heard


def _is_of(checked: Checked, blocked: Sequence[str]) -> bool:
    if not blocked:
        return False
    member = checked.carried.member
    said = [checked.carried.iri] if member is None else [member.actor, member.object]
    return any(lies_below(each, blocked) for each in said)


async def _learn(course: Course, checked: Sequence[Checked]) -> None:
    """Learn keys that a pinned key vouches for, though no key that is known signed the member."""
    for each in checked:
        member = each.carried.member
        if member is None or each.signature is not Signature.STRANGER:
            continue
        known = tuple(course.keys.get(member.origin, ()))
        if succession.about_keys(member) and known:
            with suppress(ValueError):
                said = succession.read(member.payload, member.origin)
                ring = succession.adopted(known, said, member.origin)
                if ring is not None and await course.inbox.pin(member.origin, ring):
                    raise KeysLearned(f"the keys that {member.origin} had before became known")


async def _foresee(course: Course, verdicts: Sequence[Verdict]) -> None:
    """Learn keys from a member that cannot be placed yet, though a key that speaks signed it.

    What comes before it may have been given up since, in gaps that only the next key signed. A
    thief of the key that speaks could have signed what is missing as well.
    """
    latest = stamp(course.now + timedelta(seconds=course.limits.clock_skew_seconds))
    for verdict in verdicts:
        member = verdict.member
        if member is None or not verdict.waits or not succession.about_keys(member):
            continue
        if member.published > latest or unfit(member, course.keys):
            continue
        known = tuple(course.keys[member.origin])
        with suppress(ValueError):
            said = succession.read(member.payload, member.origin)
            ring = succession.follow(known, said, member.sequence, member.origin)
            if ring != known and await course.inbox.pin(member.origin, ring):
                raise KeysLearned(f"the keys that {member.origin} has now became known")


def times_after(bookmark: Bookmark, examined: Examined) -> list[str]:
    """List the times of members that come after a bookmark."""
    stamps = (stamp_of(examined.page, each) for each in examined.checked)
    return [each for each in stamps if each and (bookmark.stamp is None or each > bookmark.stamp)]


def _moved(bookmark: Bookmark, examined: Examined, until: str | None) -> Bookmark:
    newer = times_after(bookmark, examined)
    if newer:
        newest = max(newer)
        bookmark = replace(
            bookmark,
            stamp=newest,
            at_stamp=tuple(
                each.carried.iri
                for each in examined.checked
                if stamp_of(examined.page, each) == newest
            ),
            read=bookmark.read + len(newer),
        )
    if examined.page.count is not None:
        bookmark = replace(bookmark, read=max(bookmark.read, examined.page.count))
    return bookmark if until is None else replace(bookmark, until=until)


async def _decide(
    course: Course, peer: Peer, checked: Sequence[Checked], *, late: bool = False
) -> list[Verdict]:
    """Judge members and write what came of it, once more when another round was quicker.

    Of `late` ones, which were looked at before, those that still wait are left alone.
    """
    await acquaint(course)
    said = [each.carried.member for each in checked if each.carried.member is not None]
    members = [member for member in said if member.origin in course.keys]
    for origin in {member.origin for member in members} - course.live.keys():
        course.live[origin] = await course.inbox.live_count(origin)
    while True:
        histories = _vouched(course, await course.inbox.histories(members))
        skew = course.limits.clock_skew_seconds
        judged = judge(checked, peer, course.keys, histories, course.now, clock_skew=skew)
        found = await asyncio.to_thread(list, judged)  # a page of hundreds, while others are served
        verdicts = [verdict for verdict in found if not (late and verdict.waits)]
        speaking = await course.inbox.speaking([member.object for member in members])
        verdicts, fresh = _deferring(verdicts, speaking, course.fresh)
        if not verdicts and late:
            return []
        try:
            if await course.inbox.keep(course.peer, verdicts, course.bookmark, histories):
                break
        except ShareUsedUp as error:
            _pass_over(course, error)
            checked = _audible(course, checked, counted=not late)
        else:
            await acquaint(course, again=True)
    if any(each.ring is not None for each in verdicts):
        await acquaint(course, again=True)
    course.fresh |= fresh
    course.deferred.extend(each.member for each in verdicts if each.member and each.held)
    course.passed.update(each.member.origin for each in verdicts if each.member and _passes(each))
    _count(course, verdicts)
    return verdicts


def _passes(verdict: Verdict) -> bool:
    """Tell whether a withdrawal was carried out at once, because nothing of it was here before."""
    kept = verdict.outcome is Outcome.ACCEPTED and not verdict.held
    return kept and verdict.member is not None and verdict.member.kind is Kind.DELETE


def _vouched(course: Course, histories: Mapping[str, History]) -> Mapping[str, History]:
    """Add what the peer's own digest says of its members."""
    known = histories.get(course.peer.base)
    if known is None or not course.vouched:
        return histories
    return {**histories, course.peer.base: replace(known, vouched=course.vouched)}


def _deferring(
    verdicts: Sequence[Verdict], speaking: Mapping[str, int], fresh: Set[str]
) -> tuple[list[Verdict], set[str]]:
    """Keep back the withdrawals of records that were here before this round.

    Returns the verdicts, and the records that were not.
    """
    came = set(fresh)
    decided: list[Verdict] = []
    for verdict in verdicts:
        member = verdict.member
        if member is None or verdict.outcome is not Outcome.ACCEPTED:
            decided.append(verdict)
        elif member.object not in speaking or member.object in came:
            came.add(member.object)
            decided.append(verdict)
        elif member.kind is Kind.DELETE:
            reason = "a withdrawal is carried out when the round ends"
            decided.append(replace(verdict, held=True, reason=reason))
        else:
            decided.append(verdict)
    return decided, came


def _count(course: Course, verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        if verdict.held:
            continue  # counted when it is decided
        if verdict.outcome is Outcome.KNOWN:
            course.count(known=1)
        elif verdict.outcome is Outcome.REFUSED or verdict.member is None:
            course.count(refused=1)
            course.round = course.round.refusing(verdict.checked.carried.iri, verdict.reason)
            course.refused.add(verdict.checked.carried.iri)
        elif verdict.member.kind is Kind.DELETE:
            course.count(deleted=1)
        elif verdict.member.kind is Kind.CREATE:
            course.count(new=1)
        else:
            course.count(changed=1)
