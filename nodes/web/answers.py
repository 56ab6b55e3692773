"""How a body goes out: with an ETag of its own for each format and encoding, gzip and CORS."""

import gzip
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from aiohttp import hdrs, web

from nodes.web.encodings import choose_encoding
from nodes.web.negotiation import accepted

_WORTH_PACKING: Final = 1_000
EXPOSED: Final = (
    "ETag, Link, Age, Content-Location, Content-Digest, Signature, Signature-Input, "
    "Citynode-Freshness, Memento-Datetime"
)
"""The headers that programs in browsers may read."""

_OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": EXPOSED,
}


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
    if status == 200:
        said["ETag"] = f'"{tag}"'
        if any(each.value in {tag, "*"} for each in request.if_none_match or ()):
            return web.Response(status=304, headers=said)
    if packed:
        body = gzip.compress(body, 6, mtime=0)
        said["Content-Encoding"] = "gzip"
    return web.Response(status=status, body=body, headers={**said, "Content-Type": media})
