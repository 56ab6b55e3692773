"""Harvesting: one round with one peer.

The story of a round. Ask for the root of the stream, naming the version seen last; nothing new is
one answer without a body. Otherwise hand the bytes to a worker to be examined, compare the signed
head with the bookmark, and read what is new: from the root itself when all of it stands there,
else page by page along the relations, oldest first, several fetched ahead. Each page is judged and
written together with the bookmark in one transaction, so a round can end anywhere and the next one
goes on from there. The bookmark counts the members it has passed: when the signed head counts more,
something was left out, and is looked for again. Withdrawals wait for the end of the round: when
there are too many of them, a person decides and the records stay. Last, the records are compared
with the digest that the peer signed of them (`federation.converging`).
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from federation.converging import converge
from federation.course import (
    Course,
    Examiner,
    acquaint,
    anew,
    back_to,
    examine,
    get,
    mark,
    stamp_of,
)
from federation.digests import LiveSet, total_at
from federation.errors import (
    FederationError,
    FeedWentBack,
    KeysLearned,
    MuchToRead,
    PageUnreadable,
    PeerRefused,
    PeerTooLarge,
    plain,
)
from federation.examining import Examined
from federation.fetch import NOT_MODIFIED, Client, Fetched
from federation.head import Head, is_signed_by
from federation.iris import within
from federation.limits import Limits
from federation.noticing import reached_elsewhere, tell_behind, tell_change
from federation.peers import Follow, Inbox, Notice, Peer, Round
from federation.reading import ReadPage, Relation
from federation.succession import speaking
from federation.taking import take, take_waiting, times_after
from federation.withdrawing import settle_withdrawals

_DAY: Final = timedelta(days=1)
_FAILURE_CHARS: Final = 1_000
_SKIPPED: Final = 3
_EXAMINED_AHEAD: Final = 2
"""How many pages are examined at once: a hostile one is large, and what is read of it larger."""
_LESSONS: Final = 20


async def harvest(
    client: Client,
    peer: Peer,
    inbox: Inbox,
    examiner: Examiner,
    *,
    limits: Limits,
    now: datetime,
    most: int | None = None,
) -> Round:
    """Do one round with one peer; what goes wrong with the peer is told in the Round.

    Where the feed counts more than `most` members that were not read yet, its pages are left alone
    and MuchToRead is raised: the round is to be done by somebody else.
    """
    bookmark = await inbox.bookmark(peer)
    course = Course(
        client=client,
        peer=peer,
        inbox=inbox,
        examiner=examiner,
        limits=limits,
        now=now,
        bookmark=bookmark,
        round=Round(peer=peer.base, started=now, interval=bookmark.interval),
        most=most,
    )
    whole = False
    try:
        async with asyncio.timeout(limits.round_seconds):
            await _read_and_learn(course)
        whole = True
    except TimeoutError:
        reason = f"the round took longer than {limits.round_seconds:g} s; it goes on next time"
        course.round = replace(course.round, failure=reason)
    except MuchToRead:
        raise
    except PeerRefused as error:
        course.round = replace(course.round, failure=_told(error), retry_after=error.retry_after)
    except FederationError as error:
        course.round = replace(course.round, failure=_told(error))
    deleted, held, reasons = await settle_withdrawals(
        inbox, course.deferred, course.live, limits, now, passed=course.passed
    )
    course.count(deleted=deleted, refused=held)
    for origin, reason in reasons.items():
        course.round = course.round.refusing(origin, reason)
    if whole:
        await converge(course)
    return course.round


def _told(error: FederationError) -> str:
    return plain(str(error)[:_FAILURE_CHARS])


async def _read_and_learn(course: Course) -> None:
    """Read the stream, from its start again each time it taught keys that spoke before."""
    for _ in range(_LESSONS):
        try:
            await _read_stream(course)
        except KeysLearned:
            await acquaint(course, again=True)
            course.bookmark = await course.inbox.bookmark(course.peer)
        else:
            return
    raise KeysLearned(f"{course.peer.name}'s feed taught keys {_LESSONS} times; it goes on later")


async def _read_stream(course: Course) -> None:
    course.deferred.extend(await course.inbox.deferred(course.peer))
    await take_waiting(course)
    await _doubt(course)
    await _look_for_the_end(course)
    reached = await reached_elsewhere(course)
    root = await get(course, course.peer.feed, etag=course.bookmark.etag)
    if root.body is None:
        if root.status != NOT_MODIFIED:
            raise PageUnreadable(f"{root.url} is gone for good (status {root.status})")
        await tell_behind(course, course.bookmark.count, reached)
        return
    examined = await examine(course, root, root.body)
    head = _head(course, examined.page)
    if not examined.head_signed:
        await _believe(course, head, examined.page)
        examined = await examine(course, root, root.body)
    await course.inbox.notice(course.peer.base, Notice.KEY, "")
    went_back = _went_back(course, head)
    await course.inbox.notice(course.peer.base, Notice.BACK, went_back)
    if went_back:
        # Whatever was read of it says nothing about the feed it is now; its newest members may
        # contradict those that are held, which is told with the names of both.
        await mark(course, anew(course.bookmark))
        await take(course, examined, counted=False)
        raise FeedWentBack(went_back)
    await tell_behind(course, head.count, reached)
    if course.most is not None and head.count - course.bookmark.read > course.most:
        raise MuchToRead(f"{course.peer.name}'s feed counts {head.count} members")
    course.round = replace(course.round, interval=examined.page.interval)
    skipped = None
    if not _complete(course, examined, head):
        skipped = await _read_pages(course, examined.page)
    if skipped is not None:
        await take(course, examined, counted=False)
        raise skipped
    newer = len(times_after(course.bookmark, examined))
    whole = course.bookmark.read + newer >= head.count
    await take(course, examined, counted=whole)
    if not whole:
        await _note_shortage(course, head, newer)
    await mark(
        course,
        replace(
            course.bookmark,
            etag=root.etag,
            interval=examined.page.interval,
            count=head.count,
            last=head.last,
            short=False,
            live=_live(course, examined, head),
        ),
    )


async def _believe(course: Course, head: Head, root: ReadPage) -> None:
    """Find the key of a head that no known key signed: a member of the feed may announce it.

    The bookmark stays where it is, for nothing is known of this feed yet. Raises PageUnreadable,
    or KeyChanged when nothing announces the key.
    """
    name, known = course.peer.name, course.keys.get(course.peer.base, ())
    method = head.proof.method if head.proof is not None else None
    if method is None or any(key.method == method for key in speaking(known)):
        raise PageUnreadable(f"the head of {name}'s feed is not signed with its key")
    if any(key.method == method for key in known):
        raise PageUnreadable(f"the head of {name}'s feed is signed with a key that it retired")
    before = course.round
    await _read_pages(course, root, counted=False)
    # The rest of the round reads it all again.
    course.round = replace(course.round, known=before.known, refused=before.refused)
    now = speaking(course.keys.get(course.peer.base, ()))
    if not any(each.method == method and is_signed_by(head, each.multibase) for each in now):
        await tell_change(course)


def _head(course: Course, page: ReadPage) -> Head:
    """Return the head of the stream whose root this must be."""
    peer, head = course.peer, page.head
    if len(page.views) != 1:
        raise PageUnreadable(f"{page.url} names {len(page.views)} views of a stream, not one")
    if page.views[0] not in (page.url, peer.feed):
        raise PageUnreadable(f"{page.url} is a page of another view: {page.views[0]}")
    if head is None or head.feed != peer.feed or head.actor != f"{peer.base}#node":
        raise PageUnreadable(f"{page.url} does not state the head of {peer.name}'s feed")
    return head


def _live(course: Course, examined: Examined, head: Head) -> LiveSet | None:
    """Return the digest of the live set that stands beside a head, when both say the same."""
    live = examined.page.live
    if live is None or not examined.live_signed or live.iri != total_at(course.peer.feed):
        return None
    same = (live.actor, live.size, live.published) == (head.actor, head.count, head.published)
    return live if same else None


def _went_back(course: Course, head: Head) -> str:
    bookmark, name = course.bookmark, course.peer.name
    if head.count < bookmark.count:
        return f"{name}'s feed went back: it had {bookmark.count} members, now {head.count}"
    if head.count == bookmark.count and bookmark.last not in (None, head.last):
        return f"{name}'s feed now ends with another member than before"
    return ""


def _complete(course: Course, examined: Examined, head: Head) -> bool:
    """Tell whether the root itself shows all that is new.

    The number must fit. On a relay, whose order nobody signs, a member read before must also stand
    there with its old time: the relay may have lost some of its journal and grown again.
    """
    bookmark = course.bookmark
    if head.count == len(examined.checked):
        return True
    if head.count - bookmark.read != len(times_after(bookmark, examined)):
        return False
    return course.peer.follow is Follow.OWN or any(
        stamp_of(examined.page, each) == bookmark.stamp and each.carried.iri in bookmark.at_stamp
        for each in examined.checked
    )


async def _doubt(course: Course) -> None:
    """Begin the stream anew when members came from it in a form that could not be believed.

    They may have been spoilt on the way, or the peer has been mended since: looked at once in the
    next round, and then once a day for as long as a hole is left.
    """
    last = course.bookmark.reread
    if last is not None and timedelta(0) <= course.now - last < _DAY:
        return
    if course.bookmark.stamp is not None and await course.inbox.holes(course.peer):
        course.bookmark = replace(anew(course.bookmark), reread=course.now)


async def _look_for_the_end(course: Course) -> None:
    """Go back to the newest member that is here when the journal lost what was read after it."""
    bookmark, peer = course.bookmark, course.peer
    if peer.follow is not Follow.OWN or bookmark.stamp is None:
        return
    place = await course.inbox.cut(peer.base, bookmark.at_stamp)
    if place is not None:
        course.bookmark = back_to(bookmark, place)


async def _note_shortage(course: Course, head: Head, newer: int) -> None:
    """Say that the pages held less than the head counts.

    The first time this may be a page that a cache kept too long; after that all is read anew.
    """
    found = course.bookmark.read + newer
    again = anew(course.bookmark) if course.bookmark.short else course.bookmark
    await mark(course, replace(again, short=True))
    raise PageUnreadable(
        f"{course.peer.name}'s feed counts {head.count} members, but only {found} can be found"
    )


async def _read_pages(
    course: Course, root: ReadPage, *, counted: bool = True
) -> FederationError | None:
    """Follow relations in the order of time, fetching and examining a few pages ahead.

    A page that cannot be read does not stop the next ones, up to a number; the bookmark stays
    before it, and why is returned. It stays where it is when nothing is to be `counted`.
    """
    skipped: list[FederationError] = []
    queue = _worth(course, root.relations)
    seen = {root.url}
    fetching: dict[str, asyncio.Task[Fetched]] = {}
    under_way: dict[str, asyncio.Task[Examined | None]] = {}
    try:
        while queue:
            _look_ahead(course, queue, fetching, under_way)
            here = queue.pop(0)
            if here.node in seen or len(seen) + len(queue) > course.limits.pages_per_round:
                raise PageUnreadable(f"{here.node}: the feed runs in a circle, or never ends")
            seen.add(here.node)
            try:
                examined = await under_way.pop(here.node)
                if examined is None:
                    continue
                below = _worth(course, examined.page.relations)
            except (PeerTooLarge, PageUnreadable) as error:
                skipped.append(error)
                if len(skipped) > _SKIPPED:
                    raise
                continue
            queue = [*below, *queue]
            _look_ahead(course, queue, fetching, under_way)
            until = None if examined.page.relations else here.upper
            keys = course.keys
            await take(course, examined, until, counted=counted and not skipped)
            if course.keys is not keys:  # what was examined ahead was held to the keys before
                await _call_off(under_way.values())
                under_way.clear()
    finally:
        tasks: list[asyncio.Task[Any]] = [*fetching.values(), *under_way.values()]
        await _call_off(tasks)
    return skipped[0] if skipped else None


def _look_ahead(
    course: Course,
    queue: Sequence[Relation],
    fetching: dict[str, asyncio.Task[Fetched]],
    under_way: dict[str, asyncio.Task[Examined | None]],
) -> None:
    """Have the next pages fetched, and the first of them examined: a worker never has to wait."""
    for relation in queue[: course.limits.concurrent_requests]:
        if relation.node not in {*fetching, *under_way}:
            fetching[relation.node] = asyncio.create_task(get(course, relation.node))
    for relation in queue[:_EXAMINED_AHEAD]:
        if fetched := fetching.pop(relation.node, None):
            under_way[relation.node] = asyncio.create_task(_examined(course, fetched))


async def _call_off(tasks: Iterable[asyncio.Task[Any]]) -> None:
    off = list(tasks)
    for each in off:
        each.cancel()
    await asyncio.gather(*off, return_exceptions=True)


async def _examined(course: Course, fetching: asyncio.Task[Fetched]) -> Examined | None:
    """Have a page examined once it is here; None where it is gone."""
    try:
        fetched = await fetching
    finally:
        fetching.cancel()
    return None if fetched.body is None else await examine(course, fetched, fetched.body)


def _worth(course: Course, relations: Sequence[Relation]) -> list[Relation]:
    """Choose the relations that can lead to something new, oldest first."""
    since = max(filter(None, (course.bookmark.stamp, course.bookmark.until)), default=None)
    for relation in relations:
        if not within(relation.node, course.peer.base):
            raise PageUnreadable(f"a relation leads away from {course.peer.base}: {relation.node}")
    chosen = [
        relation
        for relation in relations
        if since is None or relation.upper is None or relation.upper > since
    ]
    return sorted(chosen, key=lambda relation: relation.lower or "")
