"""Which addresses may be dialled: public unicast ones, by an explicit list.

Kept here rather than taken from `ipaddress.is_global`, whose answers change between Python
versions. Source: the IANA special-purpose address registries for IPv4 and IPv6.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

_FORBIDDEN_4: Final = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_PUBLIC_6: Final = ip_network("2000::/3")
_FORBIDDEN_6: Final = tuple(
    map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)


def is_public(text: str) -> bool:
    """Tell whether an address, written as the resolver writes it, is public unicast."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _public_4(address.ipv4_mapped)
        return address in _PUBLIC_6 and not any(address in block for block in _FORBIDDEN_6)
    return _public_4(address)


def is_within(text: str, networks: Iterable[Network]) -> bool:
    """Tell whether an address, written as the resolver writes it, lies in one of some networks."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in networks)


def _public_4(address: IPv4Address) -> bool:
    return not any(address in block for block in _FORBIDDEN_4)
