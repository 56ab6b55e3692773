"""The catalogue for data portals as files: DCAT-AP in three syntaxes, a hundred dossiers to a page.

Page 2 of `catalog.ttl` is `catalog-2.ttl`; pages lead to pages of the same syntax.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from federation.member import Member
from nodes import dcat
from nodes.city import City
from nodes.deriving import Workbench
from nodes.journal.walking import live_after
from nodes.mirror.site import Site
from nodes.node import Desk
from nodes.portal import QUERY, SIZE
from nodes.web.catalog import write
from vocab import lines
from vocab.records import ROOMS

_SYNTAXES: Final = ("ttl", "jsonld", "rdf")
_FEEDS: Final = {"#feed": "feed.nq", "#dcat-ap-feed": "feed/dcat-ap.trig"}


def write_catalogue(site: Site, desk: Desk, total: int) -> None:
    """Write every page of the catalogue of `total` records."""
    city, workbench = desk.city, Workbench()
    last = max(1, -(-total // SIZE))
    newest = desk.journal.newest(city.base)
    modified = newest.published if newest is not None else None
    first = desk.journal.stream(0, 1, relayed=False)
    issued = first[0].member.published if first else None
    for number, members in enumerate(_pages(desk), start=1):
        rows = [row for each in members for row in lines.rows(workbench.derive(each, QUERY))]
        dossiers = [each.object + dcat.DOSSIER for each in members]
        rows += [
            lines.line(*each)
            for each in dcat.statements(city, dossiers, issued, modified, _offered(city))
        ]
        for syntax in _SYNTAXES:
            about = dcat.pages(city, number, last, total, SIZE, at=partial(_address, syntax))
            said = lines.canonical([*rows, *(lines.line(*each) for each in about)])
            site.put(_address(syntax, city, number).removeprefix(city.base), write(said, syntax))


def _pages(desk: Desk) -> Iterator[list[Member]]:
    """Walk over the records by pages; there is always one page."""
    base, after, given = desk.city.base, "", False
    while (found := live_after(desk.journal, base, after, SIZE)) or not given:
        members = [each.member for each in found]
        yield [each for each in members if each.object.removeprefix(base).split("/", 1)[0] in ROOMS]
        if len(found) < SIZE:
            return
        given, after = True, members[-1].object


def _address(syntax: str, city: City, number: int) -> str:
    return f"{city.base}catalog{'' if number == 1 else f'-{number}'}.{syntax}"


def _offered(city: City) -> list[dcat.Offer]:
    """List what programs can ask of a host that only gives files: the feeds."""
    found = []
    for iri, title, _, standard in dcat.services(city):
        file = _FEEDS.get(iri.removeprefix(city.base))
        if file is not None:
            found.append((iri, title, city.base + file, standard))
    return found
