"""Joining a network: what follows from the cities that registries list. Trust is told here.

A registry is a node whose feed says which cities belong to its network (`vocab.membership`). A
city that has joined it believes one thing of it: that a city with this key stands at this address.
`decide` is a plain function: no network, no disk, no clock. What it gives depends only on what the
registries say now and what officers have decided, in whatever order that came about.

A registry introduces; it never takes away and never replaces. So the worst that one which lies, or
whose key was stolen, can do is to propose cities, up to a number, each shown with its words:

1. it speaks only for its own network, and no more than `most` cities are taken from it at all;
2. a city stands at an address in the one form it can have: https, a name that others can resolve,
   nothing hidden in it, and not a private address;
3. a city never stands at, above or below the address of this node, of a city that is known, or of
   another one that is listed: it could speak for that one's records otherwise;
4. the key that is pinned for a known city stays, whatever a registry says;
5. where two listings of a city differ in its key, a person decides;
6. who was refused, or is blocked, does not come back by any registry.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeGuard
from urllib.parse import urlsplit

from federation import keys
from federation.addresses import is_public
from federation.errors import BadKey, plain
from federation.iris import lies_below, normal
from federation.keys import PublicKey
from vocab.membership import Membership

_CLEAR: Final = re.compile(r"https?://[a-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~-]+){0,8}/", re.ASCII)
_ROOT: Final = re.compile(r"[A-Za-z0-9_\-]+(?:[./][A-Za-z0-9_\-]+){0,8}", re.ASCII)
_LONGEST: Final = 500
_NEVER_PUBLIC: Final = ("localhost", "local", "internal", "home.arpa", "onion", "test", "invalid")
_NAME_CHARS: Final = 200


class Policy(StrEnum):
    """What becomes of a city that a registry lists: a person takes it, or it is taken at once."""

    PROPOSE = "propose"
    ACCEPT = "accept"


class Status(StrEnum):
    """How a listed city stands here."""

    PEER = "peer"
    NEW = "new"
    PROPOSED = "proposed"
    REFUSED = "refused"
    UNFIT = "unfit"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What one registry says now, and what is done with it; `whole` unless there was too much."""

    registry: str
    policy: Policy
    memberships: Sequence[Membership]
    whole: bool = True


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A city as registries list it. `reason` says in words why it is not simply taken.

    `root` is where its stream begins, when that is not the usual place. Where no keys are given
    nobody can take it from here.
    """

    base: str
    name: str
    country: str
    keys: tuple[PublicKey, ...]
    by: tuple[str, ...]
    since: str
    status: Status
    reason: str = ""
    root: str | None = None


@dataclass(frozen=True, kw_only=True)
class Known:
    """What this node holds already: its own base, its peers' keys by base, whom it keeps out."""

    own: str
    peers: Mapping[str, tuple[PublicKey, ...]]
    refused: Collection[str] = ()
    blocked: Collection[str] = ()


def decide(
    listings: Iterable[Listing], known: Known, *, most: int, allow_private: bool = False
) -> list[Listed]:
    """Say of each listed city how it stands, in the order of their addresses.

    Those that stand as NEW are to be followed now. `most` is how many cities are taken from one
    registry; of one that lists more nobody is taken.
    """
    said: dict[str, list[tuple[Listing, Membership]]] = {}
    crowded: set[str] = set()
    for listing in listings:
        if not listing.whole or sum(each.lasts for each in listing.memberships) > most:
            crowded.add(listing.registry)
        for each in listing.memberships:
            if each.lasts and each.operator == listing.registry and each.city != known.own:
                said.setdefault(each.city, []).append((listing, each))
    return [
        _stand(base, said, known, crowded, allow_private=allow_private) for base in sorted(said)
    ]


def unusable(base: str, *, allow_private: bool) -> str:
    """Tell why no city can stand at an address; empty when one can.

    An address has one form only, so that two that look alike never are the same one
    (`federation.iris`), in plain letters: a host beyond ASCII as A-labels, nothing escaped.
    """
    if not base.startswith("https://") and not (allow_private and base.startswith("http://")):
        return "its address does not begin with https"
    try:
        clear = base == normal(base)
    except ValueError:
        clear = False
    if not clear or len(base) > _LONGEST or not _CLEAR.fullmatch(base):
        return "its address is not written in the one form that addresses have here"
    if not allow_private and not _public(urlsplit(base).hostname or ""):
        return "its address is a private one"
    return ""


def _public(host: str) -> bool:
    """Tell whether a name may lead to a public address; what it leads to is seen on dialling."""
    if ":" in host or host.rpartition(".")[2].isdigit():
        return is_public(host)
    return "." in host and not any(
        host == each or host.endswith(f".{each}") for each in _NEVER_PUBLIC
    )


def is_root(root: object, base: str) -> TypeGuard[str]:
    """Tell whether a city may begin its stream there: at an address of its own, not the usual."""
    return (
        isinstance(root, str)
        and _ROOT.fullmatch(root.removeprefix(base)) is not None
        and root.startswith(base)
        and root != f"{base}feed"
    )


def keys_of(said: Membership) -> tuple[PublicKey, ...]:
    """Give the keys that a registry vouches for; raises BadKey for what is no key of that city."""
    name = keys.did(said.city)
    found = tuple(
        PublicKey(method=each.method, multibase=each.multibase)
        for each in said.keys
        if each.method.startswith(f"{name}#")
    )
    for key in found:
        keys.raw_public(key.multibase)
    if not found or len(found) != len(said.keys):
        raise BadKey(f"the registry names no key of {name}, or one of somebody else")
    return found


def _stand(
    base: str,
    whole: Mapping[str, Sequence[tuple[Listing, Membership]]],
    known: Known,
    crowded: Collection[str],
    *,
    allow_private: bool,
) -> Listed:
    """Decide on one city, whoever lists it."""
    said = whole[base]
    first = min((each for _, each in said), key=lambda each: (each.since, each.iri))
    listed = Listed(
        base=base,
        name=plain(" ".join(first.name.split()))[:_NAME_CHARS] or base,
        country=first.country,
        keys=(),
        by=tuple(sorted({listing.registry for listing, _ in said})),
        since=first.since,
        status=Status.UNFIT,
        root=first.feed if is_root(first.feed, base) else None,
    )
    try:
        vouched = {frozenset(keys_of(each)) for _, each in said}
    except BadKey as error:
        return replace(listed, reason=plain(str(error)))
    ordered = sorted(vouched, key=lambda found: sorted(each.method for each in found))
    listed = replace(listed, keys=tuple(sorted(ordered[0], key=lambda key: key.method)))
    if base in known.peers:
        differs = _other_keys(known.peers[base], vouched)
        return replace(listed, status=Status.PEER, reason=differs)
    if lies_below(base, known.blocked):
        return replace(listed, keys=(), status=Status.REFUSED, reason="it is blocked here")
    reason = unusable(base, allow_private=allow_private) or _overlap(base, known, whole)
    if reason:
        return replace(listed, reason=reason)
    if base in known.refused:
        return replace(listed, status=Status.REFUSED, reason="an officer refused it")
    if len(vouched) > 1:
        reason = "it is listed with different keys: ask its officer for the six words"
        return replace(listed, keys=(), status=Status.PROPOSED, reason=reason)
    if all(listing.registry in crowded for listing, _ in said):
        reason = "the registry lists more cities than are taken from one"
        return replace(listed, status=Status.PROPOSED, reason=reason)
    at_once = any(
        listing.policy is Policy.ACCEPT and listing.registry not in crowded for listing, _ in said
    )
    return replace(listed, status=Status.NEW if at_once else Status.PROPOSED)


def _other_keys(pinned: Sequence[PublicKey], vouched: Iterable[frozenset[PublicKey]]) -> str:
    """Say when a registry names keys of which none is pinned; empty otherwise."""
    held = {each.multibase for each in pinned if each.revoked_from is None}
    if not pinned:
        return "it is read here as a source that does not sign"
    for found in sorted(vouched, key=lambda keys_: sorted(each.method for each in keys_)):
        if held.isdisjoint(each.multibase for each in found):
            words = keys.fingerprint(min(each.multibase for each in found))
            return f"a registry names another key than the one pinned here: {words}"
    return ""


def _overlap(base: str, known: Known, listed: Collection[str]) -> str:
    """Say whose address this one lies above or below; empty when nobody's is in the way.

    Of two listed ones only the inner one is: taking the outer one gives nobody a say over others.
    """
    above = [each for each in _above(base) if each in known.peers or each == known.own]
    below = [each for each in (known.own, *known.peers) if each != base and each.startswith(base)]
    outer = [each for each in _above(base) if each in listed]
    found = next(iter((*above, *below, *outer)), None)
    return "" if found is None else f"its address and {found} lie one within the other"


def _above(base: str) -> Iterator[str]:
    """Give the addresses that a base lies below, the outermost first."""
    root = base.find("/", base.find("//") + 2) + 1
    while 0 < root < len(base):
        yield base[:root]
        root = base.find("/", root) + 1
