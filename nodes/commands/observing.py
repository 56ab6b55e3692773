"""Adding what is no node: a catalogue to be observed, or the feed that a site's catalogue names.

What would come is shown first; a person says yes to it.
"""

import asyncio
from contextlib import suppress
from typing import Final

import typer

from federation.dcat.meeting import find_streams, look_first
from federation.dcat.sight import CataloguePage
from federation.errors import BadChoice, BadKey, FederationError, PeerRefused, plain
from federation.ldes.strangers import stranger
from federation.peers import Follow, Peer
from nodes.commands.console import err, out, tell_json
from nodes.config import Config
from nodes.desk import Desk, open_desk
from nodes.harvesting import utc_now
from nodes.journal import known
from nodes.meeting import meet
from nodes.node import open_harvesting

_SHOWN: Final = 10
_NO_NODE: Final = (404, 410)


def add_observed(config: Config, peer: Peer, *, yes: bool, as_json: bool) -> None:
    """Show what would be observed in a catalogue, ask, and keep it as a peer."""
    with open_desk(config) as desk:
        page = asyncio.run(_seen_first(desk, peer))
        good = sum(each.defect is None for each in page.sightings)
        refused = [each for each in page.sightings if each.defect is not None]
        if not as_json:
            more = ", and leads to more pages" if page.leads or page.elsewhere else ""
            title = plain(page.title) or peer.name
            out.print(
                f"{title}: its first page has {len(page.listed)} datasets{more}.",
                highlight=False,
                markup=False,
            )
            out.print(
                f"{good} of them would be observed, {len(refused)} cannot be.", highlight=False
            )
            for each in refused[:_SHOWN]:
                said = plain(f"{each.source}: {each.defect}")
                out.print(said, highlight=False, markup=False)
            if not yes:
                typer.confirm("Observe it, and tell what is there as observed by you?", abort=True)
        known.add_peer(desk.journal, peer, utc_now())
    if as_json:
        first = {"datasets": len(page.listed), "observed": good, "refused": len(refused)}
        told = {"base": peer.base, "name": peer.name, "follow": peer.follow, "first_page": first}
        tell_json({**told, "fingerprint": None})
    else:
        out.print(f"{peer.name} is observed now.", highlight=False)


async def _seen_first(desk: Desk, peer: Peer) -> CataloguePage:
    async with open_harvesting(desk) as harvesting, harvesting.client() as client:
        return await look_first(
            client,
            peer,
            harvesting.examiner,
            base=desk.city.base,
            limits=desk.config.limits,
        )


async def meet_or_find(desk: Desk, base: str, follow: Follow, name: str | None) -> Peer:
    """Ask a node for its key, or find the feed that the catalogue of a site names.

    A site that does not answer, or that has neither, raises FederationError.
    """
    try:
        return await meet(desk.config, base, follow)
    except (PeerRefused, BadKey) as error:
        if isinstance(error, PeerRefused) and error.status not in _NO_NODE:
            raise
        found = await _named_in_catalogue(desk, base, follow, name)
        if found is None:
            raise
        for said in (f"{base} is no node: {error}", f"Its catalogue names the feed {found.feed}"):
            err.print(plain(said), highlight=False, markup=False)
        return found


async def _named_in_catalogue(
    desk: Desk, site: str, follow: Follow, name: str | None
) -> Peer | None:
    """Look for a feed in the catalogue of a site; raises BadChoice where it has no feed."""
    async with open_harvesting(desk) as harvesting, harvesting.client() as client:
        streams, where = await find_streams(
            client,
            site,
            harvesting.examiner,
            base=desk.city.base,
            limits=desk.config.limits,
        )
    for stream in streams:
        if stream.root.endswith("/feed"):
            with suppress(FederationError):
                return await meet(desk.config, stream.root.removesuffix("feed"), follow)
    if streams:
        return stranger(streams[0].root, name or streams[0].title or None, ())
    if where is not None:
        raise BadChoice(
            where, "it is no node, and its catalogue names no feed: observe it with --dcat"
        )
    return None
