"""In which syntax a page is that may not say so: other names of the types, and a look at its start.

Many hosts know no type for RDF and send it as plain text or as octets, or call JSON-LD JSON. The
type that a host gives is believed where it means something; the bytes are asked only where not.
"""

import re
from typing import Final

BOM: Final = b"\xef\xbb\xbf"
WEB_PAGE: Final = "text/html"
_OTHERS: Final = {
    "application/xml": "application/rdf+xml",
    "text/xml": "application/rdf+xml",
    "text/rdf": "application/rdf+xml",
    "application/json": "application/ld+json",
    "text/json": "application/ld+json",
    "application/x-turtle": "text/turtle",
    "application/turtle": "text/turtle",
    "text/n3": "text/turtle",
    "text/rdf+n3": "text/turtle",
    "application/x-trig": "application/trig",
    "text/x-nquads": "application/n-quads",
    "text/nquads": "application/n-quads",
    "text/n-triples": "application/n-triples",
    "application/xhtml+xml": WEB_PAGE,
}
_UNTYPED: Final = frozenset(("", "text/plain", "application/octet-stream", "binary/octet-stream"))
_STARTS: Final = (
    (re.compile(rb"(?is)(?:<\?xml[^>]*+>\s*+)?+<(?:!doctype\s+)?html"), WEB_PAGE),
    (re.compile(rb"<\?xml|<!DOCTYPE\s+rdf:RDF|<rdf:RDF"), "application/rdf+xml"),
    (re.compile(rb"\{\s*+[\"}]|\[\s*+\{"), "application/ld+json"),
)
_FOUR_TERMS: Final = re.compile(
    rb"^(?:<[^<>\s]*+>|_:\S++) <[^<>\s]*+> "
    rb"(?:<[^<>\s]*+>|_:\S++|\"(?:[^\"\\\r\n]++|\\.)*+\"\S*+) (?:<[^<>\s]*+>|_:\S++) \.\r?$",
    re.MULTILINE,
)
_LOOKED_AT: Final = 2_000


def syntax(body: bytes, media_type: str) -> str:
    """Tell the media type of the syntax of a page; what is not known stays as the host says."""
    if media_type not in _UNTYPED:
        return _OTHERS.get(media_type, media_type)
    start = body.removeprefix(BOM)[:_LOOKED_AT].lstrip()
    for form, found in _STARTS:
        if form.match(start):
            return found
    return "application/n-quads" if _FOUR_TERMS.search(body) else "application/trig"
