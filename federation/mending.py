"""Mending what a stranger wrote nearly right, so that one slip does not cost a whole page.

Addresses with spaces, bars or braces, and languages written `en_US`, are common in catalogues that
people fill in by hand, and no parser of RDF takes them. An address is mended as browsers do it, by
writing what cannot stand there as octets; one that is beyond that becomes a name that leads
nowhere. A text whose language is none is a text without one. What was right stays as it was.
"""

import re
from typing import Final
from urllib.parse import quote

_UNFIT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|[\x00-\x20\x7f-\x9f<>\"{}|\\^`\[\]#]")
_HOST: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?://[^/?#]*)?")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_DIRECTION: Final = re.compile(
    r'("@[A-Za-z0-9-]+?)--(?:ltr|rtl)(?=(?: (?:<[^<>]*+>|_:\S++))? \.$)', re.MULTILINE
)
_XML: Final = re.compile(
    rb"""\s*+<\?xml[^<>]*?\sencoding\s*+=\s*+["'](iso-8859-[0-9]{1,2}|windows-125[0-9]|us-ascii)["'][^<>]*+>""",
    re.IGNORECASE,
)
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_DECLARED: Final = re.compile(r"\s*+<\?xml\s[^<>]*+>")
_NOWHERE: Final = "urn:unreadable:"
_LONGEST: Final = 2_000


def address(said: str) -> str:
    """Mend an address; its host is left alone, for another host would be another one's word."""
    text = said.strip()
    host = _HOST.match(text)
    if host is None:
        return nowhere(said)
    start = host.end()
    before, hash_mark, fragment = text[start:].partition("#")
    return f"{host[0]}{_octets(before)}{hash_mark}{_octets(fragment)}"


def nowhere(said: str) -> str:
    """Name what is no address and cannot be made one, always in the same way."""
    return f"{_NOWHERE}{quote(said[:_LONGEST], safe='')}"


def language(said: str) -> str | None:
    """Mend a language tag; None for what is none."""
    tag = said.strip().replace("_", "-")
    return tag.lower() if _LANGUAGE.fullmatch(tag) else None


def undirected(nquads: str) -> str:
    """Leave out the directions of texts, as JSON-LD 1.1 does by itself (API, 8.2)."""
    return _DIRECTION.sub(r"\1", nquads) if "--" in nquads else nquads


def xml(body: bytes) -> bytes:
    """Write XML in UTF-8; what is in no encoding that XML names in these ways stays as it is.

    Every reader of XML reads UTF-16 (XML 1.0, 4.3.3); the old ones of one octet are still common.
    """
    named = _XML.match(body)
    encoding = named[1].decode() if named else "utf-16" if body.startswith(_WIDE) else None
    if encoding is None:
        return body
    try:
        return _DECLARED.sub("", body.decode(encoding), count=1).encode()
    except (LookupError, UnicodeError):
        return body


def _octets(text: str) -> str:
    return _UNFIT.sub(lambda match: quote(match[0], safe=""), text)
