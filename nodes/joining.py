"""Networks this city has joined: what their registries say, and taking the cities they list.

`federation.joining` decides; this reads what it decides on from the journal, and writes what
follows. It may be done again at any time and by any process: what is done already stays done.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from random import Random
from typing import Final

from federation.joining import Known, Listed, Listing, Status, decide
from federation.peers import Follow, Peer
from nodes.errors import JournalError, NotListed
from nodes.journal import Journal, known, registries, trust
from nodes.sections import HarvestSection

_LOG: Final = logging.getLogger(__name__)
_READ: Final = 4
"""So many memberships are read for each city that is taken: those that ended stay in the feed."""


def listings(journal: Journal, settings: HarvestSection) -> list[Listing]:
    """Give what each registry that this city has joined says now, as far as it is read."""
    return registries.listings(journal, _READ * settings.cities_per_registry)


def listed(
    journal: Journal, settings: HarvestSection, wanted: Collection[str] | None = None
) -> list[Listed]:
    """Say how the cities stand that registries list, all or those at `wanted` addresses."""
    most = settings.cities_per_registry
    said = listings(journal, settings)
    here = Known(
        own=journal.base,
        peers={peer.base: peer.keys for peer in known.peers(journal)},
        refused=registries.refused(journal),
        blocked=[each.base for each in trust.blocked(journal.db())],
    )
    private = bool(settings.allow_private_peers)  # where just some are, dialling tells
    found = decide(said, here, most=most, allow_private=private)
    return [each for each in found if wanted is None or each.base in wanted]


def introduce(
    journal: Journal, settings: HarvestSection, registry: str, now: datetime, random: Random
) -> list[Listed]:
    """Take the cities that a registry, if this city joined it, lists and that are to be taken.

    Their first rounds are spread over the time between two rounds, so that many new peers are not
    all asked at once, nor one new city by all others.
    """
    if registry not in {each.base for each in registries.joined(journal)}:
        return []
    taken = []
    for city in listed(journal, settings):
        if city.status is Status.NEW:
            due = now + timedelta(seconds=settings.interval * random.random())
            if _take(journal, city, now, due, asked=False):
                taken.append(city)
    return taken


def accept(journal: Journal, settings: HarvestSection, base: str, now: datetime) -> Listed:
    """Take a city that registries propose, or that was refused; raises NotListed, OriginTaken."""
    city = proposed(journal, settings, base)
    if not registries.introduce(journal, _peer(city), city.by[0], now, due=now, asked=True):
        raise NotListed(f"{city.name} is a peer by now, or no registry lists it any more")
    return city


def proposed(journal: Journal, settings: HarvestSection, base: str) -> Listed:
    """Find a city that an officer may take; raises NotListed."""
    wanted = (base, f"{base}/")
    found = next(iter(listed(journal, settings, wanted)), None)
    if found is None:
        raise NotListed(f"no registry that this city has joined lists {base}")
    if found.status is Status.PEER:
        raise NotListed(f"{found.name} is a peer already")
    if found.status is Status.UNFIT or not found.keys:
        raise NotListed(f"{found.name} cannot be taken from a registry: {found.reason}")
    return found


def _take(journal: Journal, city: Listed, now: datetime, due: datetime, *, asked: bool) -> bool:
    """Pin a city by the first registry that lists it.

    One that cannot be kept, because its address is known otherwise or kept out, stops no other.
    """
    try:
        return registries.introduce(journal, _peer(city), city.by[0], now, due, asked=asked)
    except JournalError as error:
        _LOG.info("%s is listed by %s and not taken: %s", city.name, city.by[0], error)
        return False


def _peer(city: Listed) -> Peer:
    return Peer(base=city.base, name=city.name, keys=city.keys, follow=Follow.OWN, root=city.root)
