"""Running a registry: what an operator says of the cities of its network, as drafts to publish.

Plain functions. A city that leaves keeps its membership, with an end; its address is not reused.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from urllib.parse import urlsplit

from federation.member import Kind, Member
from federation.peers import Peer
from federation.succession import speaking
from nodes.errors import NotListed
from nodes.publishing import Draft
from vocab.membership import ROOM, Key, Membership, to_payload


def address(operator: str, city: str) -> str:
    """Name the membership of a city: after its host, and its address when more than that."""
    parts = urlsplit(city)
    host = parts.netloc.replace(":", "-").strip("[]")
    if city == f"https://{host}/":
        return f"{operator}{ROOM}/{host}"
    return f"{operator}{ROOM}/{host}-{hashlib.sha256(city.encode()).hexdigest()[:8]}"


def enlisted(
    operator: str, city: Peer, country: str, said: Iterable[Membership], today: date
) -> Membership:
    """Say that a city belongs to the network, from today unless it does already."""
    before = next((each for each in said if each.city == city.base), None)
    iri = before.iri if before is not None else address(operator, city.base)
    since = before.since if before is not None and before.lasts else today.isoformat()
    return Membership(
        iri=iri,
        operator=operator,
        city=city.base,
        name=city.name,
        country=country,
        keys=tuple(
            Key(method=each.method, multibase=each.multibase) for each in speaking(city.keys)
        ),
        since=since,
        feed=city.root,
    )


def ended(city: str, said: Iterable[Membership], today: date) -> Membership:
    """Say that a city has left the network today; raises NotListed."""
    found = next((each for each in said if each.city in {city, f"{city}/"} and each.lasts), None)
    if found is None:
        raise NotListed(f"{city} is not in the registry of this node")
    return replace(found, until=max(found.since, today.isoformat()))


def draft(said: Membership, current: Member | None) -> list[Draft]:
    """Make a membership ready to be signed; nothing when it says what is published already."""
    payload = to_payload(said)
    if current is None or current.kind is Kind.DELETE:
        return [Draft(kind=Kind.CREATE, object=said.iri, payload=payload)]
    if current.payload == payload:
        return []
    return [Draft(kind=Kind.UPDATE, object=said.iri, payload=payload)]
