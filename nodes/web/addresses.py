"""Where a record is shown on this node. Pure functions of IRIs; nothing of a request goes in.

Our own records live at their IRI. Those of others keep their IRI at their origin; our copy is at
`/catalogue/{origin}/{slug}` (that of a testbed or a call at `/catalogue/{origin}/testbeds/{slug}`,
`…/calls/{slug}`), where the origin's base is written as one path segment that can be
read back: `https://lab.example:8443/a/` is `lab.example:8443+a`, plain http begins with `http~`.

Records of feeds that nobody signs stand at addresses of any form; our copy of them is at
`/unsigned/{address}`, the whole address written as one segment in the same way.
"""

import re
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from vocab.records import ROOMS, Experiment

_PLAIN: Final = re.compile(r"[a-z0-9.\-]+(?::[0-9]{1,5})?|\[[0-9a-f:.]+\](?::[0-9]{1,5})?")
_HTTP: Final = "http~"


def segment(origin: str) -> str | None:
    """Write a node's base as one path segment; None when it is not an http(s) base."""
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not _PLAIN.fullmatch(parts.netloc):
        return None
    path = quote(parts.path.strip("/"), safe="/").replace("~", "%7E").replace("+", "%2B")
    path = path.replace("%", "~").replace("/", "+")
    scheme = _HTTP if parts.scheme == "http" else ""
    found = scheme + parts.netloc + (f"+{path}" if path else "")
    return found if origin_of(found) == origin else None


def origin_of(text: str) -> str | None:
    """Read a node's base back from its segment; None for what is no segment."""
    scheme = "http" if text.startswith(_HTTP) else "https"
    host, _, path = text.removeprefix(_HTTP).partition("+")
    if not _PLAIN.fullmatch(host):
        return None
    path = unquote(path.replace("+", "/").replace("~", "%")) if path else ""
    return f"{scheme}://{host}/" + (f"{path}/" if path else "")


def written(iri: str) -> str | None:
    """Write a whole http(s) address as one path segment; None for any other."""
    scheme, _, rest = iri.partition("://")
    host, slash, path = rest.partition("/")
    if scheme not in {"http", "https"} or not host:
        return None
    path = quote(path, safe="/").replace("~", "%7E").replace(".", "%2E")
    text = quote(host, safe=":.[]") + slash + path
    found = (_HTTP if scheme == "http" else "") + text.replace("%", "~").replace("/", "+")
    return found if iri_of(found) == iri else None


def iri_of(text: str) -> str:
    """Read an address back from its segment."""
    scheme = "http" if text.startswith(_HTTP) else "https"
    rest = unquote(text.removeprefix(_HTTP).replace("+", "/").replace("~", "%"))
    return f"{scheme}://{rest}"


def record_iri(base: str, room: str, slug: str) -> str:
    """Give the IRI of a record below a base; `room` is one of `vocab.records.ROOMS`."""
    return f"{base}{room}/{quote(slug, safe=_SLUG_SAFE)}"


def local_path(iri: str, origin: str, base: str) -> str:
    """Give the path on this node, without leading slash, at which a record is shown.

    A record whose IRI is not of the usual form is one of a feed that nobody signs.
    """
    room, _, slug = iri.removeprefix(origin).partition("/")
    if not iri.startswith(origin) or room not in ROOMS or "/" in slug or not slug:
        whole = written(iri)
        return f"unsigned/{whole}" if whole is not None and origin != base else iri
    if origin == base:
        return f"{room}/{slug}"
    place = segment(origin)
    shelf = "" if room == Experiment.room else f"{room}/"
    return f"catalogue/{place}/{shelf}{slug}" if place else iri


def shown_below(base: str, iri: str, origin: str) -> str:
    """Give the address at which the node with this base shows a record."""
    path = local_path(iri, origin, base)
    return path if "://" in path else base + path


def copied_member(iri: str, origin: str) -> str | None:
    """Give the path of our copy of a member that another node said; None when it has none."""
    place = segment(origin)
    if place is None or not iri.startswith(f"{origin}feed/"):
        return None
    return f"catalogue/{place}/{iri.removeprefix(origin)}"


_SLUG_SAFE: Final = "!$&'()*+,;=:@-._~"
