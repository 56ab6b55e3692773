"""The feed as files: pages in three syntaxes, oldest first, the root at the very last.

A reader follows the root, so the root is written when all it leads to lies there. In each syntax
the stream has a view of its own, whose pages lead to pages of the same syntax, and a signed head.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from federation import feed, layout
from federation.feed import Members
from federation.layout import Node
from federation.page import FeedPage, Stream
from nodes.desk import Desk
from nodes.errors import MirrorRefused
from nodes.feeds import SYNTAXES, state, write
from nodes.journal.outbox import JournalOutbox
from nodes.mirror.site import Site

NATIVE: Final = ("nq", "trig", "jsonld")
"""The syntaxes that hold records too; the first is the one our own harvester likes best."""

_COUNT: Final = re.compile(rb'memberCount> "(\d{1,15})"')


def write_pages(site: Site, stream: Stream, outbox: Members, base: str) -> None:
    """Write every page and index node of a stream; the root is not written yet."""
    size = outbox.size()
    for node in _nodes(size, stream.page):
        if feed.is_gone(outbox, node, size):
            continue
        address = stream.at(node, feed.edition(outbox, node, size))
        names = {syntax: f"{address.removeprefix(base)}.{syntax}" for syntax in _syntaxes(stream)}
        if not _finished(site, outbox, size, node, names):
            for syntax, name in names.items():
                site.put(name, _page(stream, outbox, size, node, syntax))


def _finished(site: Site, outbox: Members, size: int, node: Node, names: Mapping[str, str]) -> bool:
    """Tell whether a sealed page lies there already, with its gaps and the member it must end with.

    The name of a member is bound to what it says, and that to the member before it.
    """
    if node.level or not layout.sealed(node, size) or not site.keep(*names.values()):
        return False
    place = outbox.kept_before(node.end)
    last = outbox.entries(place, place + 1)
    there = site.read(next(iter(names.values()))) or b""
    stated = feed.gaps_of(outbox, node, size)
    proofs = [gap.proof.value for gap in stated if gap.proof is not None]
    return bool(last) and all(each.encode() in there for each in (last[-1].member.iri, *proofs))


def write_roots(site: Site, stream: Stream, outbox: Members, desk: Desk) -> None:
    """Write the roots, by which all that was put before begins to count."""
    size, base = outbox.size(), desk.city.base
    for syntax in _syntaxes(stream):
        view = replace(stream, suffix=f".{syntax}")
        head = None
        if isinstance(outbox, JournalOutbox):
            head = state(view, outbox, size, desk.city, desk.key)
        root = feed.root_page(view, outbox, size, head)
        site.put(view.view.removeprefix(base), write(root, syntax), now=True)


def check_forward(site: Site, stream: Stream, size: int, base: str) -> None:
    """Raise MirrorRefused when the folder already shows more than the journal has."""
    found = _COUNT.search(site.read(f"{stream.root.removeprefix(base)}.nq") or b"")
    if found is not None and int(found[1]) > size:
        raise MirrorRefused(
            f"the folder shows a feed of {int(found[1])} members, the journal has only {size}"
        )


def _syntaxes(stream: Stream) -> tuple[str, ...]:
    """List what a stream is written in: DCAT-AP Feeds knows two syntaxes."""
    return ("trig", "jsonld") if stream.bare else NATIVE


def _nodes(size: int, page: int) -> Iterator[Node]:
    """Walk over pages, then over index nodes, so that none leads to one that is not there."""
    for number in range(-(-size // page)):
        yield Node(0, number, page)
    level = 1
    while layout.exists(Node(level, 0, page), size):
        number = 0
        while layout.exists(node := Node(level, number, page), size):
            yield node
            number += 1
        level += 1


def _page(stream: Stream, outbox: Members, size: int, node: Node, syntax: str) -> bytes:
    assert syntax in SYNTAXES
    view = replace(stream, suffix=f".{syntax}")
    page: FeedPage = feed.node_page(view, outbox, size, node)
    return write(page, syntax)
