"""Pages that people read and programs get as JSON: which of the two, by suffix or Accept."""

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from nodes.errors import BadParameter
from nodes.web.answers import answer
from nodes.web.negotiation import accepted, choose
from nodes.web.rendering import page

HTML: Final = "text/html"
JSON: Final = "application/json"
CSV: Final = "text/csv"
GEOJSON: Final = "application/geo+json"
ICS: Final = "text/calendar"
MEDIA: Final = {"html": HTML, "json": JSON, "csv": CSV, "geojson": GEOJSON, "ics": ICS}
"""The shapes of an answer by suffix."""

VARY: Final = "Accept, Accept-Encoding, Accept-Language"


def wanted(request: web.Request, *offered: str) -> str:
    """Say in which shape an answer is wanted, by suffix, `format=` or Accept; the first by default.

    `offered` are suffixes of `MEDIA`. Raises HTTPNotAcceptable when none will do, BadParameter for
    another `format=`.
    """
    named = request.query.get("format")
    if named and named not in offered:
        raise BadParameter("format", named, f"one of {', '.join(offered)}")
    if found := request.match_info.get("suffix") or named:
        return found
    media = choose(accepted(request), tuple(MEDIA[each] for each in offered))
    if media is None:
        raise web.HTTPNotAcceptable(text=f"It can be had as {', '.join(offered)}.")
    return next(each for each in offered if MEDIA[each] == media)


def addresses(path: str, *suffixes: str) -> tuple[str, ...]:
    """Give the routes of an address and of its forms by suffix."""
    return path, f"{path}.{{suffix:{'|'.join(suffixes)}}}"


def shaped(
    request: web.Request,
    said: Mapping[str, Any],
    template: str,
    context: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Answer with a page or, to who asks for it, with the same as JSON."""
    if wanted(request, "json", "html") == "html":
        return page(request, template, context, headers=headers)
    return as_json(request, said, headers)


def as_json(
    request: web.Request, said: Any, headers: Mapping[str, str] | None = None, media: str = JSON
) -> web.Response:
    """Answer with JSON."""
    body = json.dumps(said, ensure_ascii=False, indent=1, default=str).encode(errors="replace")
    return answer(request, body, media, vary=VARY, headers=headers)
