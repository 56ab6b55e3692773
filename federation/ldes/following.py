"""One round with a feed that nobody signs.

The story of a round. The root is found from the one address that is known (C1) and tells how the
stream is ordered. Every node that may hold something new is visited, earliest first: those that
relations lead to, and those remembered from earlier rounds because they may still change. A sealed
node is never asked for again, one that did not change costs a request without an answer's body.
What was read is kept in order (`federation.ldes.course`). When the feed was read to its end this is
noted; one that was not read for longer than it keeps deletions is read anew as a whole, and what it
holds no more is withdrawn. Withdrawals are decided on at the very end, and too many are held.
"""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from heapq import heappop, nsmallest
from typing import Final, Protocol

from federation.errors import (
    FederationError,
    PageUnreadable,
    PeerRefused,
    PeerTooLarge,
    plain,
)
from federation.fetch import NOT_MODIFIED, Client, Fetched
from federation.ldes.asking import ask
from federation.ldes.course import Course
from federation.ldes.hearing import HeardPage
from federation.ldes.origins import document, same_origin
from federation.ldes.progress import Inbox, Node, Progress
from federation.ldes.relations import Lead
from federation.ldes.roots import view_of
from federation.ldes.stream import Stream, completed
from federation.limits import Limits
from federation.peers import Observing, Peer, Round
from federation.withdrawing import settle_withdrawals

_FAILURE_CHARS: Final = 1_000
_SKIPPED: Final = 3


class Reader(Protocol):
    """Reads pages somewhere safe; raises PageUnreadable also when the reader was brought down."""

    async def hear(
        self,
        body: bytes,
        media_type: str,
        url: str,
        asked: str,
        stream: Stream | None,
        *,
        told: Observing | None,
    ) -> HeardPage:
        """Read one page; `told` chooses what is to be taken for a record, too."""


async def follow(
    client: Client, peer: Peer, inbox: Inbox, reader: Reader, *, limits: Limits, now: datetime
) -> Round:
    """Do one round with an unsigned feed; what goes wrong with it is told in the Round."""
    waiting = list(await inbox.open(peer))
    progress = await inbox.progress(peer)
    interval = progress.stream.interval if progress.stream is not None else None
    course = Course(
        client=client,
        peer=peer,
        inbox=inbox,
        limits=limits,
        now=now,
        deadline=asyncio.get_running_loop().time() + limits.round_seconds,
        bases=await inbox.bases(),
        shut=await inbox.blocked(),
        progress=progress,
        round=Round(peer=peer.base, started=now, interval=interval),
        nodes={node.url: node for node in await inbox.nodes(peer)},
        waiting=waiting,
        noted={each.iri for each in waiting},
    )
    live = {peer.base: await inbox.live_count(peer.base)}
    forget = False
    try:
        await _read(course, reader)
    except PeerRefused as error:
        course.round = replace(course.round, retry_after=error.retry_after)
        forget = 400 <= error.status < 500 and error.status not in (408, 425, 429)
        _fail(course, str(error))
    except FederationError as error:
        _fail(course, str(error))
    try:
        await _finish(course, forget=forget)
    except FederationError as error:
        _fail(course, str(error))
    deferred = await inbox.deferred(peer)
    deleted, held, reasons = await settle_withdrawals(inbox, deferred, live, limits, now)
    course.count(deleted=deleted, refused=held)
    for origin, reason in reasons.items():
        course.round = course.round.refusing(origin, reason)
    return course.round


def _fail(course: Course, reason: str) -> None:
    course.round = replace(course.round, failure=plain(reason[:_FAILURE_CHARS]))


async def _read(course: Course, reader: Reader) -> None:
    _renew_after_long_absence(course)
    await _read_root(course, reader)
    course.round = replace(course.round, interval=course.stream.interval)
    remembered = [
        Lead(node=node.url, upper=node.upper, closed=node.closed)
        for node in course.nodes.values()
        if not node.sealed and node.url != course.stream.root
    ]
    course.lead_to(remembered)
    await _visit_all(course, reader)


def _renew_after_long_absence(course: Course) -> None:
    """Begin anew when deletions may have come and gone since the feed was read (C12)."""
    stream, whole = course.progress.stream, course.progress.whole
    kept = stream.retention.deletes if stream is not None and stream.retention else None
    if kept is None or whole is None:
        return
    if (course.now - datetime.fromisoformat(whole)).total_seconds() > kept:
        course.progress = replace(course.progress, stamp=None, at_stamp=(), ahead=None, at_ahead=())
        course.nodes = {}
        course.resync = True


async def _read_root(course: Course, reader: Reader) -> None:
    """Find the root and read it; raises PageUnreadable when there is none."""
    peer, known = course.peer, course.progress.stream
    start = known.root if known is not None and known.root in course.nodes else document(peer.base)
    remembered = course.nodes.get(start)
    if known is not None and remembered is not None and remembered.sealed:
        return
    fetched = await _get(course, Lead(node=start))
    if known is not None and _unchanged(course, start, fetched):
        course.seen.add(start)
        return
    page = await _hear(course, reader, fetched, start, None)
    told = page.told if known is None else (known, *page.told)
    if page.stream is None:
        start = view_of(page.views, peer.base, fetched.url)
        if not same_origin(start, peer.base):
            raise PageUnreadable(f"the view of {peer.base} is on another host: {start[:300]}")
        fetched = await _get(course, Lead(node=start))
        page = await _hear(course, reader, fetched, start, None)
    if page.stream is None:
        raise PageUnreadable(f"{start} is named as a view, and does not say that it is one")
    stream = page.stream
    elsewhere = next((each for each in told if each.iri == stream.iri), None)
    if stream.bare and elsewhere is not None and not elsewhere.bare:
        stream = completed(stream, elsewhere)
        page = await _hear(course, reader, fetched, start, stream)
    _describe(course, stream)
    course.seen.update((start, document(page.url)))
    _absorb(course, Lead(node=stream.root), fetched, page)
    await course.settle_what_is_due()


def _describe(course: Course, stream: Stream) -> None:
    """Take in the description; another stream than before is read from its start."""
    known = course.progress.stream
    if known is not None and known.iri != stream.iri:
        course.progress = Progress()
        course.nodes = {}
    course.progress = replace(course.progress, stream=stream)


async def _visit_all(course: Course, reader: Reader) -> None:
    """Visit what is planned; a few pages that cannot be read keep only the bookmark back."""
    under_way: dict[str, asyncio.Task[Fetched]] = {}
    skipped: list[FederationError] = []
    visited = 0
    try:
        while course.queue:
            for _, _, ahead in nsmallest(course.limits.concurrent_requests, course.queue):
                if ahead.node not in under_way:
                    under_way[ahead.node] = asyncio.create_task(_get(course, ahead))
            _check_bounds(course, visited)
            visited += 1
            lead = course.queue[0][2]
            try:
                fetched = await under_way.pop(lead.node)
                page = None
                if not _unchanged(course, lead.node, fetched):
                    page = await _hear(course, reader, fetched, lead.node, course.stream)
            except (PageUnreadable, PeerTooLarge) as error:
                skipped.append(error)
                course.skipped.append(lead)
                heappop(course.queue)
                if len(skipped) > _SKIPPED:
                    raise
                continue
            heappop(course.queue)
            if page is not None:
                _absorb(course, lead, fetched, page)
            await course.settle_what_is_due()
        if skipped:
            raise skipped[0]
    finally:
        for task in under_way.values():
            task.cancel()
        await asyncio.gather(*under_way.values(), return_exceptions=True)


def _check_bounds(course: Course, visited: int) -> None:
    """End a round that is too long; never in the middle of writing, so nothing is cut off."""
    if visited >= course.limits.pages_per_round:
        raise PageUnreadable(f"more than {visited} pages in a round; it goes on next time")
    if asyncio.get_running_loop().time() > course.deadline:
        seconds = course.limits.round_seconds
        raise PageUnreadable(f"the round took longer than {seconds:g} s; it goes on next time")


async def _get(course: Course, lead: Lead) -> Fetched:
    known = course.nodes.get(lead.node)
    etag = known.etag if known is not None and known.read else None
    fetched, requests = await ask(course.client, lead.node, course.limits, etag)
    course.count(requests=requests, received_bytes=fetched.wire)
    return fetched


def _unchanged(course: Course, node: str, fetched: Fetched) -> bool:
    """Tell whether a page holds nothing new: not modified, gone, or the same bytes as before."""
    known = course.nodes.get(node)
    if fetched.body is None:
        if fetched.status != NOT_MODIFIED:
            course.nodes[node] = Node(url=node, sealed=True)
        return fetched.status != NOT_MODIFIED or known is not None
    return known is not None and known.read and known.digest == _digest(fetched.body)


async def _hear(
    course: Course, reader: Reader, fetched: Fetched, asked: str, stream: Stream | None
) -> HeardPage:
    if fetched.body is None:
        raise PageUnreadable(f"{fetched.url} is gone for good (status {fetched.status})")
    told = course.peer.observing
    return await reader.hear(
        fetched.body, fetched.media_type, fetched.url, asked, stream, told=told
    )


def _absorb(course: Course, lead: Lead, fetched: Fetched, page: HeardPage) -> None:
    """Take members and relations of a page; it tells first itself whether it may change (C7)."""
    course.take(page.members)
    course.lead_to(page.leads)
    course.nodes[lead.node] = Node(
        url=lead.node,
        sealed=page.immutable or fetched.immutable,
        etag=fetched.etag,
        digest=_digest(fetched.body or b""),
        upper=lead.upper,
        closed=lead.closed,
    )


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


async def _finish(course: Course, *, forget: bool) -> None:
    """Keep what was read, and remember which nodes may still change."""
    stream = course.progress.stream
    if stream is None or course.blocked:
        return
    complete = course.round.failure is None
    if not complete and stream.version_of is not None and not stream.versioned:
        return  # nothing tells which version is the later one: only a whole reading counts
    ahead = (
        Node(url=lead.node, read=False, upper=lead.upper, closed=lead.closed)
        for lead in (*course.skipped, *(lead for _, _, lead in course.queue))
        if lead.node not in course.nodes
    )
    if complete:
        course.progress = replace(course.progress, whole=course.now.isoformat())
    await course.keep_all(
        [] if forget else _worth_keeping(course, [*course.nodes.values(), *ahead])
    )
    if complete and course.resync and stream.retention and stream.retention.keeps_the_living:
        gone = await course.inbox.missing(course.peer, frozenset(course.confirmed))
        await course.inbox.withdraw(course.peer, gone)


def _worth_keeping(course: Course, nodes: Iterable[Node]) -> list[Node]:
    """Leave out nodes that end before the bookmark, and so are never asked for again."""
    reached = course.progress.stamp
    return [
        node
        for node in nodes
        if Lead(node=node.url, upper=node.upper, closed=node.closed).may_hold_after(reached)
    ]
