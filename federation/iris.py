"""Where an address leads, whatever it looks like: RFC 3986 section 6.2, with IDNA for the host.

Who may speak about an address is decided by its text, so one text must mean one place. `normal`
writes an address as every client would ask for it: scheme and host in lower case, the host as
A-labels without a final dot, an IPv4 or IPv6 host in its usual form, no default port, no dot
segments, letters that need no percent sign without one. An address is *plain* when that changes
nothing but the case of hexadecimal digits, and how letters beyond ASCII are written in the path.
"""

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import quote

_SEGMENT: Final = r"[A-Za-z0-9_~\-][A-Za-z0-9._~\-]*+"
_PLAIN: Final = re.compile(
    r"https?://(?:[a-z0-9][a-z0-9\-]*+\.)*+[a-z][a-z0-9]*+/"
    rf"(?:{_SEGMENT}/)*+(?:{_SEGMENT})?+(?:#[A-Za-z0-9_\-]*+)?+",
    re.ASCII,
)
"""Most addresses: those in which nothing could be otherwise."""

_ANY: Final = re.IGNORECASE | re.DOTALL
_PARTS: Final = re.compile(r"(https?)://([^/?#]*)([^?#]*)([^#]*)(#.*)?", re.ASCII | _ANY)
_HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]@]+)(?::([0-9]*))?", re.ASCII)
_LABELS: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_\-]*[a-z0-9_])?)(?:\.[a-z0-9_\-]+)*", re.ASCII)
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)
_ESCAPED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)
_PORTS: Final = {"http": "80", "https": "443"}
_KEPT: Final = "%:/?#[]@!$&'()*+,;=~"


@lru_cache(maxsize=4_096)
def normal(iri: str) -> str:
    """Write an http(s) address in its normal form; raises ValueError for what is none."""
    if _PLAIN.fullmatch(iri):
        return iri
    match = _PARTS.fullmatch(iri)
    if match is None or "\\" in iri or any(ord(char) <= 0x20 for char in iri):
        raise ValueError(f"{iri[:200]} is no address on the web")
    scheme, host, path, query, fragment = (part or "" for part in match.groups())
    try:
        root = _root(scheme, host)
    except ValueError as error:
        raise ValueError(f"{iri[:200]} {error}") from None
    path = _without_dots(_escapes(_mapped(path))) or "/"
    return f"{root}{path}{_escapes(_mapped(query + fragment))}"


def plain(iri: str) -> bool:
    """Tell whether an http(s) address leads where its text says."""
    if not unicodedata.is_normalized("NFC", iri):
        return False
    try:
        return normal(iri) == _written(iri)
    except ValueError:
        return False


def within(iri: str, base: str) -> bool:
    """Tell whether an address is plain and lies below a base, which ends with a slash."""
    return plain(iri) and normal(iri).startswith(_written(base))


def lies_below(iri: str, bases: Iterable[str]) -> bool:
    """Tell whether an address, however it is spelt, is or leads below one of some bases."""
    for base in bases:
        root = base if base.endswith("/") else f"{base}/"
        if iri == base or iri.startswith(root):
            return True
        try:
            if normal(iri).startswith(_written(root)):
                return True
        except ValueError:
            continue
    return False


def _written(iri: str) -> str:
    """Write an address as it stands, in ASCII and with escapes in upper case."""
    return _escapes(_mapped(iri), decode=False)


def _mapped(text: str) -> str:
    """Write letters beyond ASCII as the octets of UTF-8 (RFC 3987, section 3.1)."""
    return text if text.isascii() else quote(text, safe=_KEPT)


def _escapes(text: str, *, decode: bool = True) -> str:
    """Write escapes in upper case, and what needs none without."""

    def one(match: re.Match[str]) -> str:
        octet = int(match[1], 16)
        return chr(octet) if decode and octet in _UNRESERVED else match[0].upper()

    return _ESCAPED.sub(one, text)


@lru_cache(maxsize=1_024)
def _root(scheme: str, authority: str) -> str:
    """Write scheme, host and port in their normal form; raises ValueError, the end of a sentence.

    Many addresses lie at few hosts.
    """
    found = _HOST.fullmatch(authority)
    if found is None:
        raise ValueError("has a user name in it, or no host")
    scheme, port = scheme.lower(), (found[2] or "").lstrip("0")
    port = "" if port in ("", _PORTS[scheme]) else f":{port}"
    return f"{scheme}://{_host(found[1])}{port}"


def _host(host: str) -> str:
    if host.startswith("["):
        return f"[{ipaddress.IPv6Address(host[1:-1])}]"
    host = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), host).lower()
    try:
        host = in_ascii(host).rstrip(".")
    except ValueError:
        raise ValueError("has a host that no name can be") from None
    if _LABELS.fullmatch(host) is None or ".." in host:
        raise ValueError("has a host that no name can be")
    if _NUMBER.fullmatch(host):
        try:
            return socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            raise ValueError("has a host that no address can be") from None
    return host


def in_ascii(host: str) -> str:
    """Write the name of a host as DNS has it; raises ValueError for one that cannot be told.

    IDNA 2003 makes strasse.example of straße.example, IDNA 2008 a name of its own: what does not
    come back as it was is refused, for it may lead to somebody else. As `xn--…` it is clear.
    """
    if host.isascii():
        return host
    host = unicodedata.normalize("NFKC", host).lower().replace("\u3002", ".")
    written = host.encode("idna")
    if written.decode("idna") != host:
        raise ValueError("is read as another name by some")
    return written.decode()


def _without_dots(path: str) -> str:
    """Remove dot segments (RFC 3986, section 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for place, segment in enumerate(segments):
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
            continue
        if place == len(segments) - 1:
            kept.append("")
    return "".join(f"/{segment}" for segment in kept)
