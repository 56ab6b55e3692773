"""A city's feed: which page stands at which address, from an outbox that knows its members.

Two streams are served. `feed` holds what the city itself says, ordered by `as:published`;
`feed/all` holds every member the node has accepted, its own and relayed ones unchanged, ordered by
the node's own `cn:received`. Both are cut the same way (`federation.layout`).
"""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from federation import layout
from federation.digests import LiveSet
from federation.gap import Gap
from federation.head import Head
from federation.layout import Node
from federation.page import Entry, FeedPage, Link, Note, Stream
from vocab.terms import AS, CN

INLINE: Final = 16
"""How many of the newest members the root repeats, at the most."""
INLINE_BYTES: Final = 60_000
"""How much text they may be together; the newest one is always there."""

_PATH: Final = re.compile(
    r"(?:pages/(0|[1-9]\d{0,8})|index/([1-9])-(0|[1-9]\d{0,8}))(?:-([1-9]\d{0,8}))?", re.ASCII
)


class Outbox(Protocol):
    """What a feed is made of: members in the order of the stream, counted from 0.

    A member that was given up keeps its index and its time; a stream that gives nothing up needs
    only the first three.
    """

    def size(self) -> int:
        """Return how many members the stream has."""

    def entries(self, first: int, end: int) -> Sequence[Entry | Note]:
        """Return the members from index `first` up to, not including, `end`."""

    def stamp(self, index: int) -> str:
        """Return the time by which the member at `index` is ordered."""

    def lost(self, first: int, end: int) -> int:
        """Count the members from index `first` up to `end` that are given no longer."""
        del first, end
        return 0

    def kept_before(self, index: int) -> int:
        """Return the index of the last member before `index` that is still given, or -1."""
        return index - 1

    def gaps(self, first: int, end: int) -> Sequence[Gap]:
        """Return the gaps that stand from index `first` up to `end`, or are made there."""
        del first, end
        return ()


class Members(Outbox, Protocol):
    """An outbox of members of cities, each about a record."""

    def entries(self, first: int, end: int) -> Sequence[Entry]:
        """Return the members from index `first` up to, not including, `end`."""


def own_stream(base: str, city: str, interval: int) -> Stream:
    """Describe the stream of what a city itself says."""
    return Stream(
        iri=f"{base}feed#stream",
        root=f"{base}feed",
        path=AS + "published",
        title=f"Urban experiments, testbeds and calls of {city}",
        shape=f"{base}feed/shape",
        interval=interval,
    )


def all_stream(base: str, city: str, interval: int) -> Stream:
    """Describe the stream of all that a node knows."""
    return Stream(
        iri=f"{base}feed/all#stream",
        root=f"{base}feed/all",
        path=CN + "received",
        title=f"Urban experiments, testbeds and calls known to {city}",
        shape=f"{base}feed/shape",
        interval=interval,
    )


def root_page(
    stream: Stream, outbox: Outbox, size: int, head: Head | None, live: LiveSet | None = None
) -> FeedPage:
    """Build the root: description, relations and the newest few members."""
    newest = list(outbox.entries(max(0, size - INLINE), size))
    weight = 0
    kept: list[Entry | Note] = []
    for entry in reversed(newest):
        weight += 1_000 + (len(entry.member.payload) if isinstance(entry, Entry) else 0)
        if kept and weight > INLINE_BYTES:
            break
        kept.append(entry)
    links = _links(stream, outbox, layout.root_children(size, stream.page), size)
    entries = tuple(reversed(kept))
    return FeedPage(
        url=stream.view,
        stream=stream,
        links=links,
        entries=entries,
        head=head,
        live=live,
        gaps=() if stream.bare else tuple(outbox.gaps(max(0, size - INLINE), size)),
    )


def node_page(stream: Stream, outbox: Outbox, size: int, node: Node) -> FeedPage:
    """Build the page or index node at a place of the tree that `layout.exists`."""
    sealed = layout.sealed(node, size)
    first, end = _begin(outbox, node), min(node.end, size)
    number = outbox.lost(first, end)
    url = stream.at(node, number)
    if node.level:
        links = _links(stream, outbox, node.children(), size)
        return FeedPage(url=url, stream=stream, links=links, sealed=sealed)
    return FeedPage(
        url=url,
        stream=stream,
        entries=tuple(outbox.entries(node.first, end)),
        sealed=sealed,
        gaps=() if stream.bare else gaps_of(outbox, node, size),
        count=end if number and stream.versions and not stream.bare else None,
    )


def gaps_of(outbox: Outbox, node: Node, size: int) -> tuple[Gap, ...]:
    """Give the gaps that a page carries: its own, and those of pages before it that are gone."""
    return tuple(outbox.gaps(_begin(outbox, node), min(node.end, size)))


def edition(outbox: Outbox, node: Node, size: int) -> int:
    """Tell how many members a node has lost, those of pages before it that have none left too.

    It is part of the node's address, so that nothing ever changes under an address; it only grows.
    """
    return outbox.lost(_begin(outbox, node), min(node.end, size))


def is_gone(outbox: Outbox, node: Node, size: int) -> bool:
    """Tell whether a node has no member left: nothing leads to it any more."""
    end = min(node.end, size)
    return outbox.lost(node.first, end) == end - node.first


def node_at(path: str, page: int = layout.PAGE) -> Node | None:
    """Read an address below the root, whatever its edition."""
    found = place_at(path, page)
    return None if found is None else found[0]


def place_at(path: str, page: int = layout.PAGE) -> tuple[Node, int] | None:
    """Read an address below the root, such as `pages/3` or `index/1-0-7`: node and edition."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    if match[1] is not None:
        return Node(0, int(match[1]), page), int(match[4] or 0)
    return Node(int(match[2]), int(match[3]), page), int(match[4] or 0)


def _begin(outbox: Outbox, node: Node) -> int:
    """Tell from which index on a node speaks for what was given up."""
    return (outbox.kept_before(node.first) // node.page + 1) * node.page


def _links(stream: Stream, outbox: Outbox, nodes: Sequence[Node], size: int) -> tuple[Link, ...]:
    return tuple(
        Link(
            node=stream.at(node, edition(outbox, node, size)),
            lower=outbox.stamp(node.first),
            upper=outbox.stamp(node.end) if node.end < size else None,
        )
        for node in nodes
        if not is_gone(outbox, node, size)
    )
