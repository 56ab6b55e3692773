"""Meeting a node that is no peer yet: its keys, its name and what else it says of itself."""

import json
import re
from dataclasses import dataclass
from typing import Final

from federation import keys
from federation.dids import read_did_document
from federation.errors import BadKey, FederationError, WrongAddress, plain
from federation.fetch import Client, fetch, open_client
from federation.iris import normal
from federation.joining import is_root
from federation.peers import Follow, Peer
from nodes.config import Config
from nodes.harvesting import agent

_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Acquaintance:
    """What a node says of itself; `cities` is how many its registry lists, if it has one.

    Nothing is believed yet: the caller shows the words of its key to a person.
    """

    peer: Peer
    country: str | None = None
    cities: int | None = None

    @property
    def words(self) -> str:
        """Its first key, read aloud."""
        return keys.fingerprint(self.peer.keys[0].multibase)


async def meet(config: Config, base: str, follow: Follow) -> Peer:
    """Ask a node for its name and keys, to be pinned; raises FederationError."""
    return (await acquaint(config, base, follow)).peer


async def acquaint(config: Config, base: str, follow: Follow = Follow.OWN) -> Acquaintance:
    """Ask a node for its keys and for what it says of itself; raises FederationError."""
    try:
        base = normal(base if base.endswith("/") else f"{base}/")
    except ValueError as error:
        raise WrongAddress(base, str(error)) from None
    if base == config.city.base:
        raise WrongAddress(base, f"{base} is this node itself")
    if base.startswith("http://") and not config.harvest.allow_private_peers:
        raise WrongAddress(base, f"{base} is not https, and a key is pinned over https only")
    limits = config.limits
    async with open_client(
        agent=agent(config), limits=limits, allow_private=config.harvest.allow_private_peers
    ) as client:
        document = await _json(client, f"{base}.well-known/did.json", config)
        pinned = read_did_document(document, base)
        try:
            about = await _json(client, f"{base}.well-known/citynode", config)
        except FederationError:
            about = {}
    said = about if isinstance(about, dict) else {}
    name, root = said.get("city"), said.get("feed")
    shown = name if isinstance(name, str) and 0 < len(name) <= 200 else base
    country, listed = said.get("country"), said.get("members")
    cities = listed.get("own") if isinstance(listed, dict) else None
    return Acquaintance(
        peer=Peer(
            base=base,
            name=plain(" ".join(shown.split())),
            keys=pinned,
            follow=follow,
            root=root if is_root(root, base) else None,
        ),
        country=country if isinstance(country, str) and _COUNTRY.fullmatch(country) else None,
        cities=cities if isinstance(cities, int) else None,
    )


async def _json(client: Client, url: str, config: Config) -> object:
    fetched = await fetch(client, url, config.limits, accept="application/json, */*;q=0.5")
    try:
        return json.loads(fetched.body or b"")
    except (ValueError, RecursionError) as error:
        raise BadKey(f"{url} is not JSON: {error}") from None
