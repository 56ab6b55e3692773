"""One round with a catalogue: look at all its pages, and tell what is other than before.

The story of a round. Pages are asked for one after the other, from the address that the officer
gave to wherever it leads on the same host; one that did not change costs a request without an
answer's body, and one with the same bytes is not parsed again. What is new or changed on a page is
signed and written at once, with a note of the page. Only a catalogue that was read to its end,
every page of it, and that holds as many datasets as it says, tells that something is gone;
withdrawals come last, and too many are held for a person (`federation.withdrawing`).
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import urljoin

from federation.dcat.reading import Looking, now_of, short
from federation.dcat.sight import VERSION, CataloguePage, Noted, ObservedInbox
from federation.errors import FederationError, PageUnreadable, PeerRefused, plain
from federation.fetch import NOT_MODIFIED, Client, Fetched
from federation.ldes.asking import ask
from federation.ldes.origins import document, same_origin, secured
from federation.limits import Limits
from federation.peers import Follow, Observing, Peer, Round

ACCEPT: Final = (
    "text/turtle, application/n-triples;q=0.9, application/rdf+xml;q=0.8, "
    "application/ld+json;q=0.7, application/trig;q=0.6, application/n-quads;q=0.6, "
    "application/json;q=0.5"
)
_FAILURE_CHARS: Final = 1_000
_FAILURES: Final = 3
_PAUSE: Final = 30
"""Seconds to wait for each further page that had to be sent: portals are slow to write them."""

_DAY: Final = timedelta(days=1)


class Reader(Protocol):
    """Reads pages somewhere safe; raises PageUnreadable also when the reader was brought down."""

    async def look(self, body: bytes, media_type: str, url: str, looking: Looking) -> CataloguePage:
        """Read one page."""


@dataclass(kw_only=True)
class _Tour:
    """What a round carries along. `pages` are addresses still to be read, each once."""

    client: Client
    peer: Peer
    inbox: ObservedInbox
    reader: Reader
    limits: Limits
    looking: Looking
    deadline: float
    round: Round
    noted: dict[str, Noted]
    pages: deque[str]
    planned: set[str]
    elsewhere: dict[str, None] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    totals: set[int] = field(default_factory=set)
    failures: int = 0
    over: bool = False
    weight: int = 0
    sent: int = 0

    def count(self, **more: int) -> None:
        """Add to the round's figures."""
        sums = {name: getattr(self.round, name) + number for name, number in more.items()}
        self.round = replace(self.round, **sums)

    def fail(self, reason: str, retry_after: float | None = None) -> None:
        """Note that the catalogue was not read as a whole; the first reason is the one told."""
        self.failures += 1
        if self.round.failure is None:
            said = plain(reason[:_FAILURE_CHARS])
            self.round = replace(self.round, failure=said, retry_after=retry_after)

    def stop(self, reason: str) -> None:
        """End the reading: the catalogue is larger than this node takes at once."""
        self.over = True
        self.fail(reason)

    def plan(self, url: str) -> None:
        """Plan to read a page, once; raises PageUnreadable for one on another host."""
        here = secured(document(url), self.peer.base)
        if here in self.planned:
            return
        if not same_origin(here, self.peer.base):
            raise PageUnreadable(f"the next page is on another host: {here[:300]}")
        self.planned.add(here)
        self.pages.append(here)


async def observe(
    client: Client,
    peer: Peer,
    inbox: ObservedInbox,
    reader: Reader,
    *,
    base: str,
    known: Sequence[str],
    limits: Limits,
    now: datetime,
) -> Round:
    """Do one round with a catalogue; what goes wrong with it is told in the Round.

    `base` is this node's, `known` are those of nodes that speak for themselves.
    """
    start = document(peer.base)
    tour = _Tour(
        client=client,
        peer=peer,
        inbox=inbox,
        reader=reader,
        limits=limits,
        looking=Looking(
            base=base,
            told=peer.observing or Observing(),
            known=tuple(known),
            files=peer.follow is Follow.STATIC,
            now=now_of(now),
        ),
        deadline=asyncio.get_running_loop().time() + limits.round_seconds,
        round=Round(peer=peer.base, started=now),
        noted={each.url: each for each in await inbox.looked(peer)},
        pages=deque([start]),
        planned={start},
    )
    had = await inbox.live(peer)
    await _read(tour)
    _check_whole(tour, had)
    whole = tour.failures == 0
    deleted, held = await inbox.close(
        peer,
        frozenset(tour.present) if whole else None,
        frozenset(tour.planned),
        share=limits.withdrawn_share,
        since=now - _DAY,
    )
    tour.count(deleted=deleted, refused=held)
    return replace(tour.round, interval=_PAUSE * max(0, tour.sent - 1) or None)


async def _read(tour: _Tour) -> None:
    """Read every page; a few that cannot be read do not stop the others."""
    while tour.pages or tour.elsewhere:
        if not tour.pages:
            _plan_elsewhere(tour)
            continue
        _check_bounds(tour)
        if tour.over or tour.failures >= _FAILURES:
            return
        most = min(len(tour.pages), tour.limits.concurrent_requests)
        urls = [tour.pages.popleft() for _ in range(most)]
        found = await asyncio.gather(*(_get(tour, url) for url in urls), return_exceptions=True)
        for url, fetched in zip(urls, found, strict=True):
            await _take(tour, url, fetched)


def _check_bounds(tour: _Tour) -> None:
    limits = tour.limits
    if len(tour.planned) - len(tour.pages) > limits.pages_per_round:
        tour.stop(f"more than {limits.pages_per_round} pages")
    elif len(tour.listed) > limits.nodes_per_feed or tour.weight > limits.pending_bytes:
        tour.stop(f"more than {limits.nodes_per_feed} datasets, or too many addresses")
    elif tour.round.new + tour.round.changed > limits.observed_per_round:
        tour.stop(f"more than {limits.observed_per_round} new records: the rest comes later")
    elif asyncio.get_running_loop().time() > tour.deadline:
        tour.stop(f"the round took longer than {limits.round_seconds:g} s")


def _plan_elsewhere(tour: _Tour) -> None:
    """Plan to read datasets that no page described, after all pages."""
    waiting = [each for each in tour.elsewhere if short(each) not in tour.listed]
    tour.elsewhere.clear()
    for each in waiting:
        tour.plan(each)


async def _get(tour: _Tour, url: str) -> Fetched:
    noted = tour.noted.get(url)
    etag = noted.etag if noted is not None and noted.version == VERSION else None
    tour.count(requests=1)
    fetched, asked = await ask(tour.client, url, tour.limits, etag, accept=ACCEPT)
    tour.count(requests=asked - 1, received_bytes=fetched.wire)
    return fetched


async def _take(tour: _Tour, url: str, fetched: Fetched | BaseException) -> None:
    """Take a page in; raises what is none of a peer's doing."""
    try:
        if isinstance(fetched, BaseException):
            raise fetched
        await _look(tour, url, fetched)
    except PeerRefused as error:
        tour.fail(str(error), error.retry_after)
    except FederationError as error:
        tour.fail(str(error))


async def _look(tour: _Tour, url: str, fetched: Fetched) -> None:
    noted = tour.noted.get(url)
    if noted is not None and noted.version != VERSION:
        noted = None
    if fetched.status == NOT_MODIFIED and noted is not None:
        _again(tour, noted)
        return
    if fetched.body is None:
        raise PageUnreadable(f"{url} is gone, and the catalogue leads to it")
    tour.sent += 1
    body = hashlib.sha256(fetched.body).hexdigest()
    if noted is not None and noted.body == body:
        if noted.etag != fetched.etag:
            await tour.inbox.keep(tour.peer, [], replace(noted, etag=fetched.etag))
        _again(tour, noted)
        return
    page = await tour.reader.look(fetched.body, fetched.media_type, fetched.url, tour.looking)
    if fetched.following is not None:
        following = _join(fetched.url, fetched.following)
        page = replace(page, leads=tuple(dict.fromkeys((*page.leads, following))))
    fresh = [each for each in page.sightings if each.source not in tour.present]
    fresh = list({each.source: each for each in reversed(fresh)}.values())[::-1]
    note = Noted(
        url=url,
        etag=fetched.etag,
        body=body,
        total=page.total,
        listed=page.listed,
        leads=page.leads,
        elsewhere=page.elsewhere,
        seen=tuple((each.source, each.digest) for each in fresh),
    )
    kept = await tour.inbox.keep(tour.peer, fresh, note)
    tour.count(new=kept.new, changed=kept.changed, known=kept.known, refused=kept.refused)
    _enter(tour, note)


def _again(tour: _Tour, noted: Noted) -> None:
    """Count a page that says what it said before."""
    fresh = [source for source, _ in noted.seen if source not in tour.present]
    tour.count(known=len(fresh))
    _enter(tour, noted)


def _enter(tour: _Tour, page: Noted) -> None:
    """Note what a page holds and where it leads; raises PageUnreadable as `plan` does."""
    tour.present.update(source for source, _ in page.seen)
    tour.listed.update(page.listed)
    tour.elsewhere.update(dict.fromkeys(page.elsewhere))
    tour.weight += sum(len(each) for each in (*page.leads, *page.elsewhere))
    if page.total is not None:
        tour.totals.add(page.total)
    for each in page.leads:
        tour.plan(each)


def _check_whole(tour: _Tour, had: int) -> None:
    """Tell that a catalogue is not whole that holds less than it says, or nothing at all."""
    if tour.failures:
        return
    held = len(tour.listed)
    tour.count(others=max(0, held - len(tour.present)))
    if tour.totals and held < max(tour.totals):
        tour.fail(f"it says that it has {max(tour.totals)} datasets, and shows {held}")
    elif not held and had > 1:
        tour.fail(f"it is empty, and {had} records were observed there before")


def _join(base: str, address: str) -> str:
    """Read an address of a header that may be relative to the page."""
    try:
        return urljoin(base, address)
    except ValueError:
        raise PageUnreadable(f"{base} leads to {address[:200]!r}, which is no address") from None
