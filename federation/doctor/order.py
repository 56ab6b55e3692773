"""The order of the TREE profile: hypermedia first, then one block for each member.

A `tree:member` statement opens a member's block. Until the next one nothing may be said of another
member; a client that reads as the bytes come in would give out half a member.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Final

from federation.doctor.terms import Row
from vocab.terms import TREE

_MOST: Final = 20


def disorder(
    rows: Sequence[Row], here: Container[str], members: Mapping[str, str]
) -> Iterator[str]:
    """Say where statements stand out of order, as far as it is worth telling."""
    told, block = 0, ""
    for row in rows:
        if row.predicate == TREE + "member" and not row.graph:
            block = row.value
            continue
        fault = _fault(row, block, here, members)
        if fault:
            yield fault
            told += 1
            if told == _MOST:
                return


def _fault(row: Row, block: str, here: Container[str], members: Mapping[str, str]) -> str:
    about = row.graph if row.graph in members else row.subject
    if about in members and about != block:
        where = f"in the block of {block}" if block else "before any member's block"
        return f"a statement about {about} stands {where}"
    if block and not row.graph and (row.subject in here or row.predicate == TREE + "view"):
        return f"hypermedia ({row.predicate}) stands after the block of {block} was opened"
    return ""
