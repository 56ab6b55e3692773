"""Harvesting: one round with one peer.

The story of a round. Ask for the root of the stream, naming the version seen last; nothing new is
one answer without a body. Otherwise hand the bytes to a worker to be examined, compare the signed
head with the bookmark, and read what is new: from the root itself when all of it stands there,
else page by page along the relations, oldest first, several fetched ahead. Each page is judged and
written together with the bookmark in one transaction, so a round can end anywhere and the next one
goes on from there. The bookmark counts the members it has passed: when the signed head counts more,
something was left out, and is looked for again. Withdrawals wait for the end of the round: when
there are too many of them, a person decides and the records stay.
"""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.errors import (
    FederationError,
    FeedWentBack,
    PageUnreadable,
    PeerRefused,
    PeerTooLarge,
    plain,
)
from federation.examining import Checked, Examined, Keys
from federation.fetch import NOT_MODIFIED, Client, Fetched, fetch
from federation.head import Head
from federation.judging import judge
from federation.limits import Limits
from federation.member import Kind, Member
from federation.peers import (
    Bookmark,
    Follow,
    Inbox,
    Outcome,
    Peer,
    Round,
    Verdict,
)
from federation.reading import ReadPage, Relation
from federation.withdrawing import settle_withdrawals
from vocab.terms import AS

_DAY: Final = timedelta(days=1)
_FAILURE_CHARS: Final = 1_000
_SKIPPED: Final = 3


class Examiner(Protocol):
    """Reads pages somewhere safe; raises PageUnreadable also when the reader was brought down."""

    async def examine(self, body: bytes, media_type: str, url: str, keys: Keys) -> Examined:
        """Read, verify and validate one page."""


@dataclass(kw_only=True)
class _Course:
    """What one round carries along.

    `fresh` are records that were not here before the round; `live` says how many records an origin
    had then; `deferred` are withdrawals that wait for the end of the round.
    """

    client: Client
    peer: Peer
    inbox: Inbox
    examiner: Examiner
    limits: Limits
    now: datetime
    keys: Keys
    bookmark: Bookmark
    round: Round
    fresh: set[str] = field(default_factory=set)
    live: dict[str, int] = field(default_factory=dict)
    deferred: list[Member] = field(default_factory=list)

    def count(self, **more: int) -> None:
        """Add to the round's figures."""
        sums = {name: getattr(self.round, name) + number for name, number in more.items()}
        self.round = replace(self.round, **sums)


async def harvest(
    client: Client,
    peer: Peer,
    inbox: Inbox,
    examiner: Examiner,
    *,
    limits: Limits,
    now: datetime,
) -> Round:
    """Do one round with one peer; what goes wrong with the peer is told in the Round."""
    bookmark = await inbox.bookmark(peer)
    course = _Course(
        client=client,
        peer=peer,
        inbox=inbox,
        examiner=examiner,
        limits=limits,
        now=now,
        keys=await inbox.keys(),
        bookmark=bookmark,
        round=Round(peer=peer.base, started=now, interval=bookmark.interval),
    )
    try:
        async with asyncio.timeout(limits.round_seconds):
            await _read_stream(course)
    except TimeoutError:
        reason = f"the round took longer than {limits.round_seconds:g} s; it goes on next time"
        course.round = replace(course.round, failure=reason)
    except PeerRefused as error:
        course.round = replace(course.round, failure=_told(error), retry_after=error.retry_after)
    except FederationError as error:
        course.round = replace(course.round, failure=_told(error))
    deleted, held = await settle_withdrawals(inbox, course.deferred, course.live, limits, now)
    course.count(deleted=deleted, refused=held)
    return course.round


def _told(error: FederationError) -> str:
    return plain(str(error)[:_FAILURE_CHARS])


async def _read_stream(course: _Course) -> None:
    course.deferred.extend(await course.inbox.deferred(course.peer))
    await _take_waiting(course)
    await _doubt(course)
    root = await _get(course, course.peer.feed, etag=course.bookmark.etag)
    if root.body is None:
        if root.status != NOT_MODIFIED:
            raise PageUnreadable(f"{root.url} is gone for good (status {root.status})")
        return
    examined = await _examine(course, root, root.body)
    head = _head(course, examined.page, signed=examined.head_signed)
    if went_back := _went_back(course, head):
        # Whatever was read of it says nothing about the feed it is now.
        await _mark(course, _anew(course.bookmark))
        raise FeedWentBack(went_back)
    course.round = replace(course.round, interval=examined.page.interval)
    skipped = None
    if not _complete(course, examined, head):
        skipped = await _read_pages(course, examined.page)
    if skipped is not None:
        await _take(course, examined, counted=False)
        raise skipped
    newer = len(_newer(course.bookmark, examined))
    whole = course.bookmark.read + newer >= head.count
    await _take(course, examined, counted=whole)
    if not whole:
        await _note_shortage(course, head, newer)
    await _mark(
        course,
        replace(
            course.bookmark,
            etag=root.etag,
            interval=examined.page.interval,
            count=head.count,
            last=head.last,
            short=False,
        ),
    )


def _head(course: _Course, page: ReadPage, *, signed: bool) -> Head:
    """Return the head of the stream whose root this must be."""
    peer, head = course.peer, page.head
    if len(page.views) != 1:
        raise PageUnreadable(f"{page.url} names {len(page.views)} views of a stream, not one")
    if page.views[0] not in (page.url, peer.feed):
        raise PageUnreadable(f"{page.url} is a page of another view: {page.views[0]}")
    if head is None or head.feed != peer.feed or head.actor != f"{peer.base}#node":
        raise PageUnreadable(f"{page.url} does not state the head of {peer.name}'s feed")
    if not signed:
        raise PageUnreadable(f"the head of {peer.name}'s feed is not signed with its key")
    return head


def _went_back(course: _Course, head: Head) -> str:
    bookmark, name = course.bookmark, course.peer.name
    if head.count < bookmark.count:
        return f"{name}'s feed went back: it had {bookmark.count} members, now {head.count}"
    if head.count == bookmark.count and bookmark.last not in (None, head.last):
        return f"{name}'s feed now ends with another member than before"
    return ""


def _complete(course: _Course, examined: Examined, head: Head) -> bool:
    """Tell whether the root itself shows all that is new.

    The number must fit. On a relay, whose order nobody signs, a member read before must also stand
    there with its old time: the relay may have lost some of its journal and grown again.
    """
    bookmark = course.bookmark
    if head.count == len(examined.checked):
        return True
    if head.count - bookmark.read != len(_newer(bookmark, examined)):
        return False
    return course.peer.follow is Follow.OWN or any(
        _stamp(examined.page, each) == bookmark.stamp and each.carried.iri in bookmark.at_stamp
        for each in examined.checked
    )


async def _doubt(course: _Course) -> None:
    """Begin the stream anew when members came from it in a form that could not be believed.

    They may have been spoilt on the way, or the peer has been mended since: looked at once in the
    next round, and then once a day for as long as a hole is left.
    """
    last = course.bookmark.reread
    if last is not None and timedelta(0) <= course.now - last < _DAY:
        return
    if course.bookmark.stamp is not None and await course.inbox.holes(course.peer):
        course.bookmark = replace(_anew(course.bookmark), reread=course.now)


def _anew(bookmark: Bookmark) -> Bookmark:
    """Forget how far a stream was read, but not what its head said and what was asked of it."""
    return replace(bookmark, stamp=None, at_stamp=(), until=None, read=0, etag=None)


async def _note_shortage(course: _Course, head: Head, newer: int) -> None:
    """Say that the pages held less than the head counts.

    The first time this may be a page that a cache kept too long; after that all is read anew.
    """
    found = course.bookmark.read + newer
    again = _anew(course.bookmark) if course.bookmark.short else course.bookmark
    await _mark(course, replace(again, short=True))
    raise PageUnreadable(
        f"{course.peer.name}'s feed counts {head.count} members, but only {found} can be found"
    )


async def _read_pages(course: _Course, root: ReadPage) -> FederationError | None:
    """Follow relations in the order of time, fetching a few pages ahead.

    A page that cannot be read does not stop the next ones, up to a number; the bookmark stays
    before it, and why is returned.
    """
    skipped: list[FederationError] = []
    queue = _worth(course, root.relations)
    seen = {root.url}
    under_way: dict[str, asyncio.Task[Fetched]] = {}
    try:
        while queue:
            for relation in queue[: course.limits.concurrent_requests]:
                if relation.node not in under_way:
                    task = asyncio.create_task(_get(course, relation.node))
                    under_way[relation.node] = task
            here = queue.pop(0)
            if here.node in seen or len(seen) + len(queue) > course.limits.pages_per_round:
                raise PageUnreadable(f"{here.node}: the feed runs in a circle, or never ends")
            seen.add(here.node)
            try:
                fetched = await under_way.pop(here.node)
                if fetched.body is None:
                    continue
                examined = await _examine(course, fetched, fetched.body)
                below = _worth(course, examined.page.relations)
            except (PeerTooLarge, PageUnreadable) as error:
                skipped.append(error)
                if len(skipped) > _SKIPPED:
                    raise
                continue
            queue = [*below, *queue]
            until = None if examined.page.relations else here.upper
            await _take(course, examined, until, counted=not skipped)
    finally:
        for task in under_way.values():
            task.cancel()
        await asyncio.gather(*under_way.values(), return_exceptions=True)
    return skipped[0] if skipped else None


def _worth(course: _Course, relations: Sequence[Relation]) -> list[Relation]:
    """Choose the relations that can lead to something new, oldest first."""
    since = max(filter(None, (course.bookmark.stamp, course.bookmark.until)), default=None)
    for relation in relations:
        if not relation.node.startswith(course.peer.base):
            raise PageUnreadable(f"a relation leads away from {course.peer.base}: {relation.node}")
    chosen = [
        relation
        for relation in relations
        if since is None or relation.upper is None or relation.upper > since
    ]
    return sorted(chosen, key=lambda relation: relation.lower or "")


async def _take(
    course: _Course, examined: Examined, until: str | None = None, *, counted: bool = True
) -> None:
    """Judge the members of a page, keep what came of it and move the bookmark.

    `until` is the page's upper bound: pages are taken in order, so all before it has been read.
    The bookmark stays where it is when the members are not `counted`: something before them is
    missing.
    """
    if counted:
        course.bookmark = _moved(course.bookmark, examined, until)
    verdicts = await _decide(course, course.peer, examined.checked)
    origins = {each.origin for each in verdicts if each.authentic or each.hole}
    if origins:
        await _take_waiting(course, sorted(origins))


def _newer(bookmark: Bookmark, examined: Examined) -> list[str]:
    """List the times of members that come after a bookmark."""
    stamps = (_stamp(examined.page, each) for each in examined.checked)
    return [each for each in stamps if each and (bookmark.stamp is None or each > bookmark.stamp)]


def _moved(bookmark: Bookmark, examined: Examined, until: str | None) -> Bookmark:
    newer = _newer(bookmark, examined)
    if newer:
        newest = max(newer)
        bookmark = replace(
            bookmark,
            stamp=newest,
            at_stamp=tuple(
                each.carried.iri
                for each in examined.checked
                if _stamp(examined.page, each) == newest
            ),
            read=bookmark.read + len(newer),
        )
    return bookmark if until is None else replace(bookmark, until=until)


async def _take_waiting(course: _Course, origins: Sequence[str] | None = None) -> None:
    """Take in members that were kept back and can be placed now, whoever brought them."""
    anyone = replace(course.peer, follow=Follow.ALL)
    while waiting := await course.inbox.waiting(origins):
        if not await _decide(course, anyone, waiting, late=True):
            return


async def _decide(
    course: _Course, peer: Peer, checked: Sequence[Checked], *, late: bool = False
) -> list[Verdict]:
    """Judge members and write what came of it, once more when another round was quicker.

    Of `late` ones, which were looked at before, those that still wait are left alone.
    """
    said = [each.carried.member for each in checked if each.carried.member is not None]
    members = [member for member in said if member.origin in course.keys]
    for origin in {member.origin for member in members} - course.live.keys():
        course.live[origin] = await course.inbox.live_count(origin)
    while True:
        histories = await course.inbox.histories(members)
        bases, skew = tuple(course.keys), course.limits.clock_skew_seconds
        judged = judge(checked, peer, bases, histories, course.now, clock_skew=skew)
        verdicts = [verdict for verdict in judged if not (late and verdict.waits)]
        speaking = await course.inbox.speaking([member.object for member in members])
        verdicts, fresh = _deferring(verdicts, speaking, course.fresh)
        if not verdicts and late:
            return []
        if await course.inbox.keep(course.peer, verdicts, course.bookmark, histories):
            break
    course.fresh |= fresh
    course.deferred.extend(each.member for each in verdicts if each.member and each.held)
    _count(course, verdicts)
    return verdicts


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


def _count(course: _Course, verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        if verdict.held:
            continue  # counted when it is decided
        if verdict.outcome is Outcome.KNOWN:
            course.count(known=1)
        elif verdict.outcome is Outcome.REFUSED or verdict.member is None:
            course.count(refused=1)
        elif verdict.member.kind is Kind.DELETE:
            course.count(deleted=1)
        elif verdict.member.kind is Kind.CREATE:
            course.count(new=1)
        else:
            course.count(changed=1)


async def _mark(course: _Course, bookmark: Bookmark) -> None:
    course.bookmark = bookmark
    await course.inbox.keep(course.peer, [], bookmark, {})


async def _get(course: _Course, url: str, etag: str | None = None) -> Fetched:
    course.count(requests=1)
    fetched = await fetch(course.client, url, course.limits, etag=etag)
    course.count(received_bytes=fetched.wire)
    return fetched


async def _examine(course: _Course, fetched: Fetched, body: bytes) -> Examined:
    return await course.examiner.examine(body, fetched.media_type, fetched.url, course.keys)


def _stamp(page: ReadPage, checked: Checked) -> str | None:
    """Read the time by which the stream orders a member."""
    carried = checked.carried
    if carried.received is not None and page.path != AS + "published":
        return carried.received
    return carried.published
