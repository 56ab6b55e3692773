"""Finding the root of a stream from the one address an officer gives (LDES 1.0, clause C1).

The page at the address is the root when exactly one stream names it as its view. Otherwise the
page must name exactly one view of the address itself, and that is asked for. Where it names none,
but speaks of one view alone, that is meant: the address is then that of a description, or of
another page of the feed. Anything else is an error in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from federation.errors import PageUnreadable
from federation.ldes.origins import document

_SHOWN: Final = 5


@dataclass(frozen=True, kw_only=True)
class View:
    """A statement that `node` is a view of `stream`."""

    stream: str
    node: str


def stream_of(views: Sequence[View], names: frozenset[str]) -> str | None:
    """Tell whose view a page is that goes by some names; raises PageUnreadable for two."""
    streams = sorted({each.stream for each in views if document(each.node) in names})
    if len(streams) > 1:
        shown = ", ".join(each[:200] for each in streams[:3])
        raise PageUnreadable(
            f"the page says that it is the view of {len(streams)} streams: {shown}"
        )
    return streams[0] if streams else None


def view_of(views: Sequence[View], asked: str, found: str) -> str:
    """Find the one view of the stream `asked` for and `found`; raises PageUnreadable."""
    named = {document(each.node) for each in views if each.stream in (asked, found)}
    nodes = sorted(named or {document(each.node) for each in views})
    if len(nodes) == 1:
        return nodes[0]
    if not nodes:
        raise PageUnreadable(
            f"{asked} is not the root of a stream: the page names no stream whose view "
            "(tree:view) it is, and no view of this address"
        )
    shown = ", ".join(each[:300] for each in nodes[:_SHOWN])
    raise PageUnreadable(f"{asked} has {len(nodes)} views: add the address of one of them: {shown}")
