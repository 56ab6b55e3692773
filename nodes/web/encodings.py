"""Which content coding to send (RFC 9110, section 12.5.3)."""

import re
from collections.abc import Sequence
from typing import Final

_PART: Final = re.compile(r"([a-z0-9*-]+)(?:\s*;\s*q=([01](?:\.\d{0,3})?))?", re.ASCII)


def choose_encoding(header: str | None, offers: Sequence[str]) -> str:
    """Give the offered coding that the client weighs highest, ours first among equals.

    `identity` is given when nothing else fits: a client that forbids everything still gets bytes.
    """
    wishes: dict[str, float] = {}
    for part in (header or "")[:1_000].lower().split(","):
        if match := _PART.fullmatch(part.strip()):
            wishes[match[1]] = float(match[2] or 1)
    weighed = {
        offer: wishes.get(offer, wishes.get("*", 0.0)) for offer in offers if offer != "identity"
    }
    best = max(weighed.values(), default=0.0)
    if best <= 0 or wishes.get("identity", 0.0) > best:
        return "identity"
    return next(offer for offer in offers if weighed.get(offer) == best)
