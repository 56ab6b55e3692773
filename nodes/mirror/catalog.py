"""The catalogue for data portals as files: DCAT-AP in four syntaxes, a hundred dossiers to a page.

Page 2 of `catalog.ttl` is `catalog-2.ttl`; pages lead to pages of the same syntax.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from federation.member import Member
from nodes import dcat
from nodes.city import City
from nodes.deriving import Workbench
from nodes.desk import Desk
from nodes.journal.walking import live_after, observed_count
from nodes.mirror.site import Site
from nodes.portal import QUERY, SIZE
from nodes.web.catalog import write
from vocab import lines
from vocab.records import ROOMS

_SYNTAXES: Final = ("nt", "ttl", "jsonld", "rdf")
"""The first is written last: it begins with a mark of what the page was made from."""
PAGES: Final = "catalog-"
"""How the names of further pages begin."""
_FEEDS: Final = {"#feed": "feed.nq", "#dcat-ap-feed": "feed/dcat-ap.trig"}


@dataclass(frozen=True, kw_only=True)
class _Page:
    """What a page is made from."""

    number: int
    last: int
    total: int
    members: tuple[Member, ...]
    issued: str | None
    modified: str | None

    def mark(self, city: City) -> bytes:
        """Write a comment that is another one whenever the page must be."""
        parts = (QUERY, city, self.last, self.total, self.issued, self.modified)
        names = [each.iri for each in self.members]
        made = hashlib.sha256("\n".join([*map(repr, parts), *names]).encode())
        return f"# made from {made.hexdigest()[:32]}\n".encode()


def write_catalogue(site: Site, desk: Desk, total: int) -> None:
    """Write every page of the catalogue of `total` records, without those that were observed."""
    city, workbench = desk.city, Workbench()
    listed = total - observed_count(desk.journal, city.base)
    last = max(1, -(-total // SIZE))
    newest = desk.journal.newest(city.base)
    first = desk.journal.stream(0, 1, relayed=False)
    for number, members in enumerate(_pages(desk), start=1):
        whole = number == 1  # when the catalogue began and changed is said on its first page
        page = _Page(
            number=number,
            last=last,
            total=listed,
            members=tuple(members),
            issued=first[0].member.published if first and whole else None,
            modified=newest.published if newest is not None and whole else None,
        )
        _write_page(site, city, workbench, page)


def _write_page(site: Site, city: City, workbench: Workbench, page: _Page) -> None:
    """Write a page in every syntax, unless it lies there made from just this."""
    names = {
        syntax: _address(syntax, city, page.number).removeprefix(city.base) for syntax in _SYNTAXES
    }
    mark = page.mark(city)
    written = (site.read(names["nt"]) or b"").startswith(mark)
    if written and site.keep(*names.values()):
        return
    rows = [row for each in page.members for row in lines.rows(workbench.derive(each, QUERY))]
    dossiers = [each.object + dcat.DOSSIER for each in page.members]
    described = dcat.statements(city, dossiers, page.issued, page.modified, _offered(city))
    rows += [lines.line(*each) for each in described]
    for syntax in reversed(_SYNTAXES):
        about = dcat.pages(
            city, page.number, page.last, page.total, SIZE, at=partial(_address, syntax)
        )
        said = lines.canonical([*rows, *(lines.line(*each) for each in about)])
        site.put(names[syntax], (mark if syntax == "nt" else b"") + write(said, syntax))


def _pages(desk: Desk) -> Iterator[list[Member]]:
    """Walk over the records by pages; there is always one page."""
    base, after, given = desk.city.base, "", False
    while (found := live_after(desk.journal, base, after, SIZE)) or not given:
        members = [each.member for each in found]
        own = (each for each in members if not each.observed)
        yield [each for each in own if each.object.removeprefix(base).split("/", 1)[0] in ROOMS]
        if len(found) < SIZE:
            return
        given, after = True, members[-1].object


def _address(syntax: str, city: City, number: int) -> str:
    name = "catalog" if number == 1 else f"{PAGES}{number}"
    return f"{city.base}{name}.{syntax}"


def _offered(city: City) -> list[dcat.Offer]:
    """List what programs can ask of a host that only gives files: the feeds."""
    found = []
    for iri, title, _, standard in dcat.services(city):
        file = _FEEDS.get(iri.removeprefix(city.base))
        if file is not None:
            found.append((iri, title, city.base + file, standard))
    return found
