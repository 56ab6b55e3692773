"""Harvesting: one round with one peer.

The story of a round. Ask for the root of the stream, naming the version seen last; nothing new is
one answer without a body. Otherwise hand the bytes to a worker to be examined, compare the signed
head with the bookmark, and read what is new: from the root itself when all of it stands there,
else page by page along the relations, oldest first, several fetched ahead. Each page is judged and
written together with the bookmark in one transaction, so a round can end anywhere and the next one
goes on from there. Withdrawals wait for the end of the round: when there are too many of them, a
person decides and the records stay.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from federation.errors import FederationError, FeedWentBack, PageUnreadable, PeerRefused
from federation.examining import Checked, Examined, Keys
from federation.fetch import Client, Fetched, fetch
from federation.judging import judge
from federation.limits import Limits
from federation.member import Kind, Member
from federation.peers import Bookmark, Inbox, Outcome, Peer, Round, Verdict
from federation.reading import ReadPage, Relation
from vocab.terms import AS


class Examiner(Protocol):
    """Reads pages somewhere safe; raises PageUnreadable also when the reader was brought down."""

    async def examine(self, body: bytes, media_type: str, url: str, keys: Keys) -> Examined:
        """Read, verify and validate one page."""


@dataclass(kw_only=True)
class _Course:
    """What one round carries along."""

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
        course.round = replace(course.round, failure=str(error), retry_after=error.retry_after)
    except FederationError as error:
        course.round = replace(course.round, failure=str(error))
    await _settle_withdrawals(course)
    return course.round


async def _read_stream(course: _Course) -> None:
    course.deferred.extend(await course.inbox.deferred(course.peer))
    root = await _get(course, course.peer.feed, etag=course.bookmark.etag)
    if root.body is None:
        return
    examined = await _examine(course, root, root.body)
    _check_root(course, examined)
    course.round = replace(course.round, interval=examined.page.interval)
    if not _complete(examined, course.bookmark):
        await _read_pages(course, examined.page)
    await _take(course, examined.page, examined.checked)
    head = examined.page.head
    done = replace(course.bookmark, etag=root.etag, interval=examined.page.interval)
    if head is not None:
        done = replace(done, count=head.count, last=head.last)
    course.bookmark = done
    await course.inbox.keep(course.peer, [], done)


def _check_root(course: _Course, examined: Examined) -> None:
    page, peer, bookmark = examined.page, course.peer, course.bookmark
    if len(page.views) != 1:
        raise PageUnreadable(f"{page.url} names {len(page.views)} views of a stream, not one")
    head = page.head
    if head is None or head.feed != peer.feed or head.actor != f"{peer.base}#node":
        raise PageUnreadable(f"{page.url} does not state the head of {peer.name}'s feed")
    if not examined.head_signed:
        raise PageUnreadable(f"the head of {peer.name}'s feed is not signed with its key")
    if head.count < bookmark.count:
        raise FeedWentBack(
            f"{peer.name}'s feed went back: it had {bookmark.count} members, now {head.count}"
        )
    if head.count == bookmark.count and bookmark.last not in (None, head.last):
        raise FeedWentBack(f"{peer.name}'s feed now ends with another member than before")


def _complete(examined: Examined, bookmark: Bookmark) -> bool:
    """Tell whether the root itself shows all that is new."""
    head = examined.page.head
    newer = [
        checked
        for checked in examined.checked
        if bookmark.stamp is None or (_stamp(examined.page, checked) or "") > bookmark.stamp
    ]
    return head is not None and head.count - bookmark.count <= len(newer)


async def _read_pages(course: _Course, root: ReadPage) -> None:
    """Follow relations in the order of time, fetching a few pages ahead."""
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
            fetched = await under_way.pop(here.node)
            if here.node in seen or len(seen) > course.limits.pages_per_round:
                raise PageUnreadable(f"{here.node}: the feed runs in a circle, or never ends")
            seen.add(here.node)
            if fetched.body is None:
                continue
            examined = await _examine(course, fetched, fetched.body)
            queue = [*_worth(course, examined.page.relations), *queue]
            until = None if examined.page.relations else here.upper
            await _take(course, examined.page, examined.checked, until)
    finally:
        for task in under_way.values():
            task.cancel()
        for task in under_way.values():
            with suppress(asyncio.CancelledError, FederationError):
                await task


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
    course: _Course, page: ReadPage, checked: Sequence[Checked], until: str | None = None
) -> None:
    """Judge the members of a page and keep what came of it.

    `until` is the page's upper bound: pages are taken in order, so all before it has been read.
    """
    verdicts = await _judged(course, checked)
    stamps = [(_stamp(page, each), each.carried.iri) for each in checked]
    newest = max((stamp for stamp, _ in stamps if stamp), default=None)
    if newest is not None and (course.bookmark.stamp is None or newest > course.bookmark.stamp):
        at_stamp = tuple(iri for stamp, iri in stamps if stamp == newest)
        course.bookmark = replace(course.bookmark, stamp=newest, at_stamp=at_stamp)
    if until is not None:
        course.bookmark = replace(course.bookmark, until=until)
    await _keep(course, verdicts)
    origins = sorted({each.member.origin for each in verdicts if each.member and each.authentic})
    while origins and (waiting := await course.inbox.waiting(origins)):
        late = await _judged(course, waiting)
        await _keep(course, late)
        if not any(verdict.authentic for verdict in late):
            break


async def _judged(course: _Course, checked: Sequence[Checked]) -> list[Verdict]:
    members = [each.carried.member for each in checked if each.carried.member is not None]
    histories = await course.inbox.histories(members)
    verdicts = list(
        judge(
            checked,
            course.peer,
            tuple(course.keys),
            histories,
            course.now,
            clock_skew=course.limits.clock_skew_seconds,
        )
    )
    leaving = [
        verdict.member.object
        for verdict in verdicts
        if verdict.member is not None
        and verdict.outcome is Outcome.ACCEPTED
        and verdict.member.kind is Kind.DELETE
    ]
    live = await course.inbox.live(leaving) if leaving else frozenset[str]()
    return [_defer(course, verdict, live) for verdict in verdicts]


def _defer(course: _Course, verdict: Verdict, live: frozenset[str]) -> Verdict:
    """Keep back the withdrawal of a record that was here before this round."""
    member = verdict.member
    if member is None or verdict.outcome is not Outcome.ACCEPTED:
        return verdict
    if member.kind is not Kind.DELETE:
        course.fresh.add(member.object)
        return verdict
    if member.object not in live or member.object in course.fresh:
        return verdict
    course.deferred.append(member)
    return replace(verdict, held=True, reason="a withdrawal is carried out when the round ends")


async def _keep(course: _Course, verdicts: Sequence[Verdict]) -> None:
    for origin in {each.member.origin for each in verdicts if each.member and each.held}:
        if origin not in course.live:
            course.live[origin] = await course.inbox.live_count(origin)
    await course.inbox.keep(course.peer, verdicts, course.bookmark)
    for verdict in verdicts:
        if verdict.held:
            continue
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


async def _settle_withdrawals(course: _Course) -> None:
    """Carry out the round's withdrawals, or hold those of an origin that has too many."""
    by_origin: dict[str, list[Member]] = {}
    for member in course.deferred:
        by_origin.setdefault(member.origin, []).append(member)
    for origin, members in by_origin.items():
        live = course.live.get(origin)
        if live is None:
            live = await course.inbox.live_count(origin)
        if len(members) > 1 and len(members) > course.limits.withdrawn_share * live:
            reason = f"{origin} withdraws {len(members)} of {live} records at once: release them"
            await course.inbox.hold(members, reason)
            course.count(refused=len(members))
        else:
            await course.inbox.withdraw(members)
            course.count(deleted=len(members))


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
    return carried.member.published if carried.member is not None else None
