"""Who reads: the languages a request asks for, most wanted first."""

import re
from typing import Final

from aiohttp import hdrs, web

from nodes.web.negotiation import accepted

_RANGE: Final = re.compile(
    r"\s*([a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*"
)
_MOST: Final = 10


def languages(request: web.Request) -> tuple[str, ...]:
    """Read Accept-Language; an odd or missing header means no preference."""
    found: list[tuple[float, str]] = []
    said = accepted(request, hdrs.ACCEPT_LANGUAGE) or ""
    for part in said[:1_000].split(",")[:_MOST]:
        match = _RANGE.fullmatch(part)
        weight = float(match[2] or 1) if match else 0.0
        if match and weight > 0:
            found.append((weight, match[1].lower()))
    found.sort(key=lambda each: -each[0])
    return tuple(dict.fromkeys(language for _, language in found))
