"""Adding a catalogue, and finding a feed through one: what an officer says, and what is seen there.

`catalogue` describes a peer that is observed. `look_first` reads one page, so that the officer sees
what would come before anything does. `find_streams` looks for event streams that the catalogue of a
site names (`ldes:EventStream` as a class or type, with a download address or a service).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from federation.dcat.choosing import read_choices
from federation.dcat.following import ACCEPT, Reader
from federation.dcat.reading import Looking
from federation.dcat.sight import CataloguePage, Stream
from federation.errors import BadChoice, FederationError, PageUnreadable, plain
from federation.fetch import Client, fetch
from federation.ldes.origins import document, web_origin
from federation.limits import Limits
from federation.peers import Follow, Observing, Peer
from vocab import lines, schemes
from vocab.errors import BadTerm
from vocab.languages import authority, primary
from vocab.terms import SCHEMES

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_PLACES: Final = ("", "catalog.ttl", "catalog")
"""Where a site may have its catalogue, below the address that was given."""

_NOW: Final = "2000-01-01T00:00:00Z"


def catalogue(address: str, name: str | None, follow: Follow, told: Observing) -> Peer:
    """Describe a catalogue by its address; raises BadChoice, in words, for what is none."""
    _check_address(address)
    shown = " ".join((name or told.city or "").split()) or urlsplit(address).hostname or address
    return Peer(base=address, name=plain(shown), keys=(), follow=follow, observing=understood(told))


def understood(told: Observing) -> Observing:
    """Read what an officer says of datasets; raises BadChoice, in words, for what means nothing."""
    read_choices(told.about)
    if told.country is not None and not _COUNTRY.fullmatch(told.country):
        raise BadChoice(told.country, "a country is two letters of ISO 3166-1, such as IT")
    if told.language is not None:
        try:
            authority(told.language)
        except BadTerm as error:
            raise BadChoice(told.language, str(error)) from None
    if told.licence is not None:
        _check_address(told.licence)
    themes = tuple(_theme(each) for each in told.themes)
    language = None if told.language is None else primary(told.language)
    return replace(told, themes=themes, language=language)


async def look_first(
    client: Client, peer: Peer, reader: Reader, *, base: str, limits: Limits
) -> CataloguePage:
    """Read the first page of a catalogue, for the node at `base`; raises FederationError."""
    told = peer.observing or Observing()
    files = peer.follow is Follow.STATIC
    looking = Looking(base=base, told=told, files=files, now=_NOW)
    fetched = await fetch(client, document(peer.base), limits, accept=ACCEPT)
    if fetched.body is None:
        raise PageUnreadable(f"{peer.base} is gone")
    return await reader.look(fetched.body, fetched.media_type, fetched.url, looking)


async def find_streams(
    client: Client, site: str, reader: Reader, *, base: str, limits: Limits
) -> tuple[Sequence[Stream], str | None]:
    """Look for the event streams of a site in its catalogue; also gives where a catalogue was."""
    where = None
    for place in _PLACES:
        address = urljoin(site, place) if place else site
        peer = Peer(base=address, name="", keys=(), follow=Follow.DCAT)
        try:
            page = await look_first(client, peer, reader, base=base, limits=limits)
        except FederationError:
            continue
        where = address if where is None and page.listed else where
        streams = [each for each in page.streams if web_origin(each.root) is not None]
        if streams:
            return streams, address
    return (), where


def _theme(said: str) -> str:
    """Give the theme that an officer named, by its address or by a word for it."""
    iri = said if "://" in said else f"{SCHEMES}theme/{said}"
    found = iri if schemes.concept(iri) is not None else schemes.find("theme", said)
    if found is None:
        raise BadChoice(said[:200], "no theme: see /schemes/theme of any node")
    return found


def _check_address(address: str) -> None:
    try:
        lines.iri(address)
    except BadTerm as error:
        raise BadChoice(address[:300], str(error)) from None
    if web_origin(address) is None or address.endswith("#node"):
        raise BadChoice(address, "only http(s) addresses without a user name are asked")
