"""What a round notices about a city besides its members, told to its officers in words.

A feed that is held back looks the same as one without news: it is noticed by what others carry of
the same city. A key that changed without notice is looked up where the city shows it, so that a
person can compare words; nothing is believed because of that.
"""

import json
from dataclasses import replace
from typing import Final

from federation.course import Course
from federation.dids import read_did_document
from federation.errors import FederationError, KeyChanged
from federation.fetch import fetch
from federation.keys import fingerprint
from federation.peers import Follow, Notice
from federation.succession import speaking

_DID_BYTES: Final = 64_000


async def reached_elsewhere(course: Course) -> int:
    """Tell up to which member of a city is known here, when it is asked for its own feed."""
    own = course.peer.follow is Follow.OWN
    return await course.inbox.reached(course.peer.base) if own else 0


async def tell_behind(course: Course, count: int, reached: int) -> None:
    """Say that a city's own feed lacks members that others carry, or that it does no more.

    `reached` was looked up before the feed was asked, so it is no race between two rounds.
    """
    told = ""
    if count < reached:
        told = (
            f"{course.peer.name}'s own feed ends with member {count}, but others carry its members "
            f"up to {reached}: it is held back, or a cache in front of it is old"
        )
    if course.peer.follow is Follow.OWN:
        await course.inbox.notice(course.peer.base, Notice.BEHIND, told)


async def tell_change(course: Course) -> None:
    """Say that a city shows another key than the one that is pinned; raises KeyChanged."""
    peer = course.peer
    pinned = speaking(course.keys.get(peer.base, ()))
    words = " or ".join(f"\u201c{fingerprint(key.multibase)}\u201d" for key in pinned)
    shown = await _shown(course)
    told = (
        f"key changed without notice: pinned is {words}, now it shows {shown}; its records stay. "
        f"Ask its officer for the words; if they fit: citynode peer trust {peer.base}"
    )
    await course.inbox.notice(peer.base, Notice.KEY, told)
    raise KeyChanged(told)


async def _shown(course: Course) -> str:
    """Say the key that a city shows in its DID document in words."""
    limits = replace(course.limits, wire_bytes=_DID_BYTES, page_bytes=_DID_BYTES)
    course.count(requests=1)
    try:
        found = await fetch(course.client, f"{course.peer.base}.well-known/did.json", limits)
        ring = read_did_document(json.loads(found.body or b""), course.peer.base)
    except (FederationError, ValueError, RecursionError):
        return "one that cannot be read"
    return " or ".join(f"\u201c{fingerprint(key.multibase)}\u201d" for key in speaking(ring))
