"""Who asks, as far as budgets go: a token of the configuration, else a network address.

Addresses of IPv6 count by their /64, which is what one household is given. What a proxy says of
its client is believed of the configured proxies alone. A token is compared by its digest in
constant time, and stands in no log and no answer.
"""

import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from aiohttp import hdrs, web

from nodes.budgets import Client
from nodes.web.problems import Problem

_SITE: Final = 64
_AROUND: Final = {4: 24, 6: 48}
_MOST_HOPS: Final = 32
_LONGEST: Final = 2_000
_REMEMBERED: Final = 2_000
_MOST_TOLD: Final = 8

_LOG: Final = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Clients:
    """Tells clients apart. `tokens` are by name, `proxies` networks such as `10.0.0.0/8`."""

    tokens: Mapping[str, str] = field(default_factory=dict, repr=False)
    share: float = 10.0
    proxies: Sequence[str] = ()

    def __post_init__(self) -> None:
        self._digests = {name: _digest(token) for name, token in self.tokens.items()}
        self._networks = [ip_network(each) for each in self.proxies]
        self._addresses = lru_cache(maxsize=_REMEMBERED)(self._find)
        self._told: set[str] = set()

    def of(self, request: web.Request) -> Client:
        """Say who asks; raises Problem for a token that nobody was given."""
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() == "bearer" and self._digests:
            return self._of_token(token.strip())
        return Client(name=self.place(request))

    def place(self, request: web.Request) -> str:
        """Say from which address is asked, whatever token comes with it."""
        hops = ",".join(request.headers.getall("X-Forwarded-For", ()))
        return self.address(request.remote or "", hops)

    def address(self, remote: str, forwarded: str) -> str:
        """Find the client's address: the last one that no proxy of ours has."""
        return self._addresses(remote, forwarded[-_LONGEST:])

    def _find(self, remote: str, forwarded: str) -> str:
        hops = [each.strip() for each in forwarded.split(",") if each.strip()][-_MOST_HOPS:]
        found = _address(remote)
        while hops and found is not None and self._is_proxy(found):
            before = _address(hops.pop())
            if before is None:
                break
            found = before
        if found is None:
            return "unknown"
        if hops and found.is_private and not self._is_proxy(found):
            self._tell(str(found))
        if isinstance(found, IPv6Address):
            return str(IPv6Network((found, _SITE), strict=False))
        return str(found)

    def _of_token(self, token: str) -> Client:
        said, found = _digest(token), None
        for name, digest in self._digests.items():
            if hmac.compare_digest(said, digest):
                found = name
        if found is None:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "This node gave nobody that token.",
                kind="token",
                hint="Correct it, or ask without: everybody may ask, within a smaller budget.",
                headers={hdrs.WWW_AUTHENTICATE: 'Bearer error="invalid_token"'},
            )
        return Client(name=f"token {found}", share=self.share)

    def _tell(self, address: str) -> None:
        """Tell once of what looks like a proxy that was forgotten."""
        if address not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(address)
            _LOG.warning(
                "what %s passes on counts as the requests of one client: if it is a proxy of "
                'yours, name it under [server] as proxies = ["%s"]',
                *(address, address),
            )

    def _is_proxy(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._networks)


def neighbourhood(client: Client) -> Client:
    """Give the network around a client, /24 or /48, which may ask three times as much."""
    try:
        found = ip_network(client.name)
    except ValueError:
        return client
    wider = _AROUND[found.version]
    return Client(name=f"around {found.supernet(new_prefix=wider)}", share=3.0)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
