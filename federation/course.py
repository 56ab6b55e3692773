"""What one round with a peer carries along, and the few things it does again and again."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from federation.examining import Checked, Examined, Keys
from federation.fetch import Client, Fetched, fetch
from federation.limits import Limits
from federation.member import Member
from federation.peers import Bookmark, Inbox, Peer, Place, Round
from federation.reading import ReadPage
from vocab.terms import AS


class Examiner(Protocol):
    """Reads pages somewhere safe; raises PageUnreadable also when the reader was brought down."""

    async def examine(self, body: bytes, media_type: str, url: str, keys: Keys) -> Examined:
        """Read, verify and validate one page."""


@dataclass(kw_only=True)
class Course:
    """What one round carries along.

    `fresh` are records that were not here before the round; `live` says how many records an origin
    had then; `deferred` are withdrawals that wait for the end of the round; `passed` says how many
    withdrawals of an origin took back only what came in the round itself; `vouched` are the
    digests of members, by number, that the peer's own digest of its live set names; `refused` are
    the names of members that were; `silent` origins are those of which no more is taken, with why;
    of a feed with more than `most` new members nothing is read.
    `keys` are the pinned ones of every city, read with the first member or page that is held to
    them (`acquaint`): most rounds find nothing and need none.
    """

    client: Client
    peer: Peer
    inbox: Inbox
    examiner: Examiner
    limits: Limits
    now: datetime
    bookmark: Bookmark
    round: Round
    most: int | None = None
    keys: Keys = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    live: dict[str, int] = field(default_factory=dict)
    deferred: list[Member] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    vouched: dict[int, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    silent: dict[str, str] = field(default_factory=dict)

    def count(self, **more: int) -> None:
        """Add to the round's figures."""
        sums = {name: getattr(self.round, name) + number for name, number in more.items()}
        self.round = replace(self.round, **sums)


async def get(course: Course, url: str, etag: str | None = None) -> Fetched:
    """Get a page, and count what it cost; raises PeerUnreachable or one of its kinds."""
    course.count(requests=1)
    fetched = await fetch(course.client, url, course.limits, etag=etag)
    course.count(received_bytes=fetched.wire)
    return fetched


async def acquaint(course: Course, *, again: bool = False) -> None:
    """Read the keys of the cities that are known, once in a round unless they have changed."""
    if again or not course.keys:
        course.keys = await course.inbox.keys()


async def examine(course: Course, fetched: Fetched, body: bytes) -> Examined:
    """Have a page examined; raises PageUnreadable."""
    await acquaint(course)
    return await course.examiner.examine(body, fetched.media_type, fetched.url, course.keys)


async def mark(course: Course, bookmark: Bookmark) -> None:
    """Move the bookmark, without members."""
    course.bookmark = bookmark
    await course.inbox.keep(course.peer, [], bookmark, {})


def anew(bookmark: Bookmark) -> Bookmark:
    """Forget how far a stream was read, but not what its head said and what was asked of it."""
    return replace(bookmark, stamp=None, at_stamp=(), until=None, read=0, etag=None)


def back_to(bookmark: Bookmark, place: Place) -> Bookmark:
    """Have a city's own feed read again from behind a member."""
    if not place.number:
        return anew(bookmark)
    return replace(anew(bookmark), stamp=place.published, at_stamp=(place.iri,), read=place.number)


def stamp_of(page: ReadPage, checked: Checked) -> str | None:
    """Read the time by which the stream orders a member."""
    carried = checked.carried
    if carried.received is not None and page.path != AS + "published":
        return carried.received
    return carried.published
