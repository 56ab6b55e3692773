"""Whose an address is: its web origin, and what lies below an address that was allowed.

Addresses are compared as RFC 3986 (section 6.2) normalises them: scheme and host in lower case,
no default port. One with a user name, or that cannot be read, has no origin.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urldefrag, urlsplit

from federation.iris import in_ascii

_PORTS: Final = {"http": 80, "https": 443}


def web_origin(iri: str) -> str | None:
    """Give `scheme://host:port` of an http(s) address; None for what has none."""
    try:
        parts = urlsplit(iri)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in _PORTS or not host or parts.username is not None or "\\" in iri:
        return None
    try:
        host = in_ascii(host)
    except ValueError:
        return None
    return f"{parts.scheme}://{host.lower().rstrip('.')}:{port}"


def same_origin(iri: str, other: str) -> bool:
    """Tell whether two addresses are served by the same host."""
    origin = web_origin(iri)
    return origin is not None and origin == web_origin(other)


def below(iri: str, allowed: Iterable[str]) -> bool:
    """Tell whether an address lies below one that was allowed: same origin, and path by path."""
    if "/../" in iri or iri.endswith("/.."):
        return False
    for each in allowed:
        path, root = urlsplit(iri).path or "/", urlsplit(each).path or "/"
        inside = path == root or path.startswith(root if root.endswith("/") else f"{root}/")
        if same_origin(iri, each) and inside:
            return True
    return False


def secured(url: str, base: str) -> str:
    """Ask by https as the officer did, though a host behind a proxy names its pages by http."""
    said, own = urlsplit(url), urlsplit(base)
    if (said.scheme, own.scheme) == ("http", "https") and said.netloc == own.netloc:
        return f"https{url.removeprefix('http')}"
    return url


def document(address: str) -> str:
    """Give the address without its fragment: what is asked for."""
    return urldefrag(address).url
