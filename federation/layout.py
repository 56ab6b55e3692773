"""How a feed is cut into pages: a pure function of how many members it has.

Sealed pages hold a fixed number of members and never change. The root links the open page, at
most `FANOUT` sealed pages, and index nodes; each time `FANOUT` nodes of one level are full, one
index node of the next level takes them (LDES 1.0, server rules on chronological trees). So the
root stays small and each node is reached from exactly one other, however long the feed grows.
"""

from dataclasses import dataclass
from typing import Final

PAGE: Final = 250
"""How many members a sealed page holds, in streams that do not choose another number."""
FANOUT: Final = 50


@dataclass(frozen=True, order=True)
class Node:
    """A place in the tree. Level 0 is a page of members, higher levels are index nodes.

    `page` is how many members a page of the stream holds.
    """

    level: int
    number: int
    page: int = PAGE

    @property
    def span(self) -> int:
        """How many members lie below it when it is full."""
        return self.page * int(FANOUT**self.level)

    @property
    def first(self) -> int:
        """Index of its first member, counted from 0."""
        return self.number * self.span

    @property
    def end(self) -> int:
        """Index just after its last member, when it is full."""
        return self.first + self.span

    @property
    def path(self) -> str:
        """Its address below the feed's root."""
        return f"pages/{self.number}" if self.level == 0 else f"index/{self.level}-{self.number}"

    def children(self) -> list["Node"]:
        """List the nodes an index node links to; a page has none."""
        if self.level == 0:
            return []
        first = self.number * FANOUT
        return [Node(self.level - 1, number, self.page) for number in range(first, first + FANOUT)]


def sealed(node: Node, size: int) -> bool:
    """Tell whether a node of a feed of `size` members will never change.

    It is full and a later member exists, so that its upper bound is known too.
    """
    return node.end < size


def exists(node: Node, size: int) -> bool:
    """Tell whether the feed has this node: full ones, and the one open page."""
    if node.level == 0:
        return node.first < size
    return sealed(node, size)


def root_children(size: int, page: int = PAGE) -> list[Node]:
    """List what the root links to, oldest first, the open page last."""
    found: list[Node] = []
    level, full = 0, max(0, size - 1) // page
    while full:
        kept = full % FANOUT
        found.extend(Node(level, number, page) for number in range(full - kept, full))
        level, full = level + 1, full // FANOUT
    found.sort(key=lambda node: node.first)
    if size:
        found.append(Node(0, (size - 1) // page, page))
    return found
