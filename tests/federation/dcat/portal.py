"""A city's data portal on a real web server, shaped as CKAN writes its catalogue, by hand.

`Portal` has datasets and writes them as pages in Turtle, RDF/XML or JSON-LD, with blank nodes under
other names and statements in another order each time. `Observer` is a node under test: a real
journal, a real client, a real parser.
"""

import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from federation import keys
from federation.dcat.following import observe
from federation.dcat.reading import Looking, read_catalogue
from federation.dcat.sight import CataloguePage
from federation.fetch import open_client
from federation.limits import Limits
from federation.member import Member
from federation.peers import Follow, Observing, Peer, Round
from nodes.journal import Journal, known
from nodes.journal.inbox import JournalInbox
from nodes.journal.observed import JournalObserved
from nodes.publishing import Draft, compose
from tests.city import NOON
from tests.federation.ldes.publisher import Page, Publisher, publisher
from vocab.records import Record
from vocab.triples import from_payload

ME = "https://me.example/"
LIMITS = Limits(first_pause_seconds=0.01, longest_pause_seconds=0.05, withdrawn_share=1.0)
ABOUT = Observing(about=("keyword=sperimentazione",), city="Torino", country="IT")

PREFIXES = """\
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> .
@prefix ldes: <https://w3id.org/ldes#> .
@prefix locn: <http://www.w3.org/ns/locn#> .
@prefix tree: <https://w3id.org/tree#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
_NAMESPACES = dict(row.split(" ")[1:3] for row in PREFIXES.splitlines())
_EU = "http://publications.europa.eu/resource/authority/"


@dataclass(frozen=True)
class Dataset:
    """A dataset of the portal. `more` are statements in Turtle, for that syntax alone."""

    slug: str
    title: str = "Navetta autonoma"
    keywords: tuple[str, ...] = ("sperimentazione",)
    description: str = "Una prova in strada."
    more: str = ""


@dataclass
class Portal:
    """Datasets at `catalog.ttl` and its sisters, some on each page."""

    web: Publisher
    syntax: str = "ttl"
    per_page: int = 100
    etag: bool = True
    chance: random.Random = field(default_factory=lambda: random.Random(4))

    @property
    def base(self) -> str:
        return self.web.base

    @property
    def catalogue(self) -> str:
        return f"{self.base}catalog.{self.syntax}"

    @property
    def peer(self) -> Peer:
        return self.told(ABOUT)

    def told(self, observing: Observing, follow: Follow = Follow.DCAT) -> Peer:
        return Peer(base=self.catalogue, name="Torino", keys=(), follow=follow, observing=observing)

    def source(self, slug: str) -> str:
        return f"{self.base}dataset/{slug}"

    def shows(self, *datasets: Dataset, total: int | None = None) -> None:
        """Put these datasets on the pages of the catalogue, and nothing else."""
        self.web.pages.clear()
        said = list(datasets)
        self.chance.shuffle(said)
        last = max(1, -(-len(said) // self.per_page))
        for number in range(1, last + 1):
            part = said[(number - 1) * self.per_page : number * self.per_page]
            following = self.page(number + 1) if number < last else None
            write = {"ttl": self._turtle, "xml": self._rdfxml, "jsonld": self._jsonld}[self.syntax]
            body, media = write(part, following, len(said) if total is None else total)
            path = self.page(number).removeprefix(self.base)
            self.web.pages[path] = Page(body, media_type=media, etag=self.etag)

    def page(self, number: int) -> str:
        return self.catalogue if number == 1 else f"{self.catalogue}?page={number}"

    def _turtle(
        self, datasets: Sequence[Dataset], following: str | None, total: int
    ) -> tuple[str, str]:
        name = f"_:agent{self.chance.randrange(10**9)}"
        rows = [
            PREFIXES,
            f'<{self.base}> a dcat:Catalog ; dct:title "Dati aperti"@it ; '
            f"dct:license <{_EU}licence/CC_BY_4_0> ; dct:language <{_EU}language/ITA> .",
            f"<{self.catalogue}> a hydra:PagedCollection ; hydra:totalItems {total} .",
            f'{name} a foaf:Agent ; foaf:name "Comune di Torino" ; '
            "dct:type <http://purl.org/adms/publishertype/LocalAuthority> .",
        ]
        if following is not None:
            rows.append(f"<{self.catalogue}> hydra:nextPage <{following}> .")
        for each in datasets:
            words = ", ".join(f'"{word}"' for word in each.keywords)
            rows += [
                f"<{self.base}> dcat:dataset <{self.source(each.slug)}> .",
                f'<{self.source(each.slug)}> a dcat:Dataset ; dct:title "{each.title}" ; '
                f'dct:description "{each.description}" ; dct:publisher {name} ; '
                f"dcat:theme <{_EU}data-theme/TRAN> ; dcat:keyword {words} {each.more} .",
            ]
        return "\n".join(rows), "text/turtle"

    def _rdfxml(
        self, datasets: Sequence[Dataset], following: str | None, total: int
    ) -> tuple[str, str]:
        spaces = "".join(f" xmlns:{name[:-1]}={iri[1:-1]!r}" for name, iri in _NAMESPACES.items())
        more = f'<hydra:nextPage rdf:resource="{escape(following)}"/>' if following else ""
        said = "".join(
            f'<dcat:dataset><dcat:Dataset rdf:about="{self.source(each.slug)}">'
            f"<dct:title>{each.title}</dct:title><dct:description>{each.description}"
            f'</dct:description><dcat:theme rdf:resource="{_EU}data-theme/TRAN"/>'
            + "".join(f"<dcat:keyword>{word}</dcat:keyword>" for word in each.keywords)
            + "<dct:publisher><foaf:Agent><foaf:name>Comune di Torino</foaf:name><dct:type "
            'rdf:resource="http://purl.org/adms/publishertype/LocalAuthority"/></foaf:Agent>'
            "</dct:publisher></dcat:Dataset></dcat:dataset>"
            for each in datasets
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF '
            f'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"{spaces}>'
            f'<dcat:Catalog rdf:about="{self.base}"><dct:title xml:lang="it">Dati aperti'
            f'</dct:title><dct:license rdf:resource="{_EU}licence/CC_BY_4_0"/>'
            f'<dct:language rdf:resource="{_EU}language/ITA"/>{said}</dcat:Catalog>'
            f'<hydra:PagedCollection rdf:about="{self.catalogue}"><hydra:totalItems '
            f'rdf:datatype="http://www.w3.org/2001/XMLSchema#integer">{total}</hydra:totalItems>'
            f"{more}</hydra:PagedCollection></rdf:RDF>",
            "application/rdf+xml",
        )

    def _jsonld(
        self, datasets: Sequence[Dataset], following: str | None, total: int
    ) -> tuple[str, str]:
        context = {name[:-1]: iri[1:-1] for name, iri in _NAMESPACES.items()}
        collection: dict[str, Any] = {
            "@id": self.catalogue,
            "@type": "hydra:PagedCollection",
            "hydra:totalItems": total,
        }
        if following is not None:
            collection["hydra:nextPage"] = {"@id": following}
        graph = [
            {
                "@id": self.base,
                "@type": "dcat:Catalog",
                "dct:title": {"@value": "Dati aperti", "@language": "it"},
                "dct:license": {"@id": f"{_EU}licence/CC_BY_4_0"},
                "dct:language": {"@id": f"{_EU}language/ITA"},
                "dcat:dataset": [{"@id": self.source(each.slug)} for each in datasets],
            },
            collection,
            *(
                {
                    "@id": self.source(each.slug),
                    "@type": "dcat:Dataset",
                    "dct:title": each.title,
                    "dct:description": each.description,
                    "dcat:theme": {"@id": f"{_EU}data-theme/TRAN"},
                    "dcat:keyword": list(each.keywords),
                    "dct:publisher": {
                        "@type": "foaf:Agent",
                        "foaf:name": "Comune di Torino",
                        "dct:type": {"@id": "http://purl.org/adms/publishertype/LocalAuthority"},
                    },
                }
                for each in datasets
            ),
        ]
        return json.dumps({"@context": context, "@graph": graph}), "application/ld+json"


@asynccontextmanager
async def portal(syntax: str = "ttl", **more: Any) -> AsyncIterator[Portal]:
    """Serve a portal at a free port until the block ends."""
    async with publisher() as web:
        yield Portal(web=web, syntax=syntax, **more)


class LooksHere:
    """Reads pages in this process: the same function that the worker runs."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.looked = 0

    async def look(self, body: bytes, media_type: str, url: str, looking: Looking) -> CataloguePage:
        self.looked += 1
        return read_catalogue(body, media_type, url, looking, self.limits)


class Observer:
    """A node under test, whose clock a test may set."""

    def __init__(self, folder: Path) -> None:
        self.now: datetime = NOON
        self.key = keys.generate()
        self.journal = Journal(folder / "journal.sqlite", ME)
        self.inbox = JournalInbox(
            journal=self.journal,
            own=(self.key.public(ME),),
            now=lambda: self.now,
            quarantine=1_000,
        )
        self.reader: Any = LooksHere()

    def signed(self, newest: Member | None, drafts: Sequence[Draft]) -> list[Member]:
        return compose(ME, self.key, newest, self.now, drafts)

    async def looks(self, peer: Peer, limits: Limits = LIMITS) -> Round:
        if peer.base not in {each.base for each in known.peers(self.journal)}:
            known.add_peer(self.journal, peer, self.now)
        if isinstance(self.reader, LooksHere):
            self.reader.limits = limits
        signing = tuple(known.pinned_keys(known.peers(self.journal)))
        async with open_client(agent="test", limits=limits, allow_private=True) as client:
            return await observe(
                client,
                peer,
                JournalObserved(inbox=self.inbox, sign=self.signed),
                self.reader,
                base=ME,
                known=signing,
                limits=limits,
                now=self.now,
            )

    def members(self) -> list[Member]:
        return [each.member for each in self.journal.stream(0, 10_000, relayed=False)]

    def records(self) -> dict[str, Record]:
        """The living records of this node by what they were observed at."""
        return {
            entry.member.source or "": from_payload(entry.member.payload, entry.member.object)
            for entry in self.journal.records(ME)
        }

    def titles(self) -> dict[str, str]:
        """The titles of the living records by the ends of their sources."""
        return {
            source.rpartition("/")[2]: next(iter(record.title.values()))
            for source, record in self.records().items()
        }

    def reasons(self) -> list[str]:
        return [each.reason for each in known.refusals(self.journal, most=10_000)]


def strict(share: float = 0.2) -> Limits:
    """Limits under which too many withdrawals are held."""
    return replace(LIMITS, withdrawn_share=share)
