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


def _octets(text: str) -> str:
    return _UNFIT.sub(lambda match: quote(match[0], safe=""), text)
