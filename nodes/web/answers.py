"""How a body goes out: with an ETag of its own for each format and encoding, gzip and CORS."""

import gzip
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from aiohttp import hdrs, web

from nodes.web.encodings import choose_encoding
from nodes.web.negotiation import accepted

_WORTH_PACKING: Final = 1_000
EXPOSED: Final = (
    "Accept-Ranges, Age, Allow, Citynode-Freshness, Content-Digest, Content-Disposition, "
    "Content-Location, Content-Range, ETag, Link, Memento-Datetime, RateLimit, RateLimit-Policy, "
    "Repr-Digest, Retry-After, Signature, Signature-Input"
)
"""The headers that programs in browsers may read, on every answer that they may."""

ASKED_WITH: Final = (
    "accept, accept-datetime, authorization, cache-control, content-type, if-none-match, range, *"
)
"""The headers that programs in browsers may send; `*` does not mean authorization."""

_OPEN: Final = {"Access-Control-Allow-Origin": "*"}
_TAG: Final = re.compile(r'(?:^|,)\s*(?:(?:W/)?"([^"]*)"|(\*))\s*(?=,|$)')
_LD: Final = "application/ld+json"
_BETWEEN_LINKS: Final = re.compile(r", (?=<)")


def answer(
    request: web.Request,
    body: bytes,
    media: str,
    *,
    status: int = 200,
    vary: str = "Accept, Accept-Encoding",
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Send a body, packed if the client takes gzip, or 304 if it holds the same bytes already."""
    wishes = accepted(request, hdrs.ACCEPT_ENCODING)
    packed = len(body) > _WORTH_PACKING and choose_encoding(wishes, ("gzip",)) == "gzip"
    tag = sha256(body).hexdigest()[:24] + ("-gzip" if packed else "")
    said = {"Cache-Control": "no-cache", "Vary": vary, **(headers or {})}
    if not media.startswith("text/html"):
        said |= _OPEN
    if media == _LD and (link := _with_no_alternates(said.pop("Link", ""))):
        said["Link"] = link
    if status == 200:
        said["ETag"] = f'"{tag}"'
        if holds(request, tag):
            return web.Response(status=304, headers=said)
    if packed:
        body = gzip.compress(body, 6, mtime=0)
        said["Content-Encoding"] = "gzip"
    return web.Response(status=status, body=body, headers={**said, "Content-Type": media})


def typed(media: str) -> str:
    """Write a media type as a header has it: of text the bytes are UTF-8."""
    return f"{media}; charset=utf-8" if media.startswith("text/") else media


def holds(request: web.Request, tag: str) -> bool:
    """Whether a client holds the version of a tag: by any tag of any field, weak ones too."""
    said = accepted(request, hdrs.IF_NONE_MATCH) or ""
    return any(tag == each or star for each, star in _TAG.findall(said))


def _with_no_alternates(said: str) -> str:
    """Leave the other forms out of a Link header, which readers of JSON-LD take for directions.

    They look in `alternate` for JSON-LD (JSON-LD 1.1 API, 9.4), which this is already; the one of
    Python, PyLD, reads nothing where there are several.
    """
    kept = [each for each in _BETWEEN_LINKS.split(said) if 'rel="alternate"' not in each]
    return ", ".join(kept)
