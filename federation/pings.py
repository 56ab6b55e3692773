"""What nodes tell each other at once: that one follows, and that there is news.

ActivityStreams activities as small JSON documents, posted to `{base}inbox` of the other node
and signed as `federation.messages` has it:

    {"type": "Follow",   "actor": "https://ghent.example/#node", "object": "https://turin.example/feed"}
    {"type": "Announce", "actor": "https://turin.example/#node", "object": "https://turin.example/feed"}

A third one is a receipt: the node has erased what a member of ours told it to erase.

    {"type": "Accept", "actor": "https://ghent.example/#node", "object": "https://turin.example/feed/9-0a1b2c3d"}

A ping carries no news itself. Whoever believes it reads the feed, where everything is signed and
checked as ever; whoever never gets one polls.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from federation.errors import BadMessage

MEDIA: Final = "application/activity+json"
READ: Final = (MEDIA, "application/ld+json", "application/json")
"""The types under which a ping is read."""

LARGEST: Final = 4_096
"""The most bytes a ping may have."""

_CONTEXT: Final = "https://www.w3.org/ns/activitystreams"


class Verb(StrEnum):
    """What a ping says."""

    FOLLOW = "Follow"
    ANNOUNCE = "Announce"
    ACCEPT = "Accept"


@dataclass(frozen=True, kw_only=True)
class Ping:
    """A node (`actor`) says that it follows a feed, or that its feed has news (`object`).

    Or it accepts a member that erases: nothing of what that names is left there.
    """

    verb: Verb
    actor: str
    object: str


def address(base: str) -> str:
    """Name the inbox of the node at a base."""
    return f"{base}inbox"


def write(ping: Ping) -> bytes:
    """Write a ping."""
    said = {
        "@context": _CONTEXT,
        "type": ping.verb,
        "actor": ping.actor,
        "object": ping.object,
    }
    return json.dumps(said, ensure_ascii=False).encode()


def read(body: bytes) -> Ping:
    """Read a ping; raises BadMessage. What else the document says is passed over."""
    try:
        said = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise BadMessage("the body is not JSON, or says something twice") from None
    if not isinstance(said, dict):
        raise BadMessage("the body is not a JSON object")
    verb, actor, object_ = said.get("type"), said.get("actor"), said.get("object")
    if verb not in list(Verb):
        raise BadMessage(f"the type must be {' or '.join(Verb)}")
    if not isinstance(actor, str) or not isinstance(object_, str):
        raise BadMessage("actor and object must each be one address")
    return Ping(verb=Verb(verb), actor=actor, object=object_)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found
