"""Records to find and a small node to ask, on a real journal and a real index."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from federation import keys
from federation.member import Kind, Member, digest, document, name
from federation.signing import sign
from nodes.catalogue import Catalogue
from nodes.cities import Cities
from nodes.city import City
from nodes.duplicates import Duplicates
from nodes.feeds import Feeds
from nodes.finding import finders as finders_of
from nodes.freshness import JournalFreshness
from nodes.harvesting import utc_now
from nodes.index import Index
from nodes.journal import Entry, Journal, known
from nodes.journal.rows import insert, speak
from nodes.network import CityView, PeerView, Refusal, RegistryView
from nodes.observatory import Observatory
from nodes.refreshing import Refreshing
from nodes.similar import Similars
from nodes.web import (
    cities,
    duplicates,
    finders,
    linked,
    middleware,
    observatory,
    pages,
    rendering,
    search,
    similar,
    suggest,
    twins,
    vocabulary,
)
from nodes.web.clients import Clients
from nodes.web.keys import (
    CATALOGUE,
    CITIES,
    CITY,
    CLIENTS,
    DUPLICATES,
    EXPORTS,
    EXPORTS_FOLDER,
    FEEDS,
    FINDERS,
    FRESHNESS,
    JOURNAL,
    NETWORK,
    OBSERVATORY,
    REFRESHING,
    SIMILARS,
)
from vocab import profile as profiles
from vocab.fields import Moment
from vocab.parts import Agent, Challenge, Outcome, Partner, Place, Service
from vocab.profile import Profile
from vocab.records import Call, Experiment, Record, Testbed
from vocab.terms import EU_LICENCE, SCHEMES
from vocab.triples import to_payload

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TORINO = City(
    name="Torino",
    base="https://torino.example/",
    country="IT",
    language="it",
    publisher="Città di Torino",
    licence=EU_LICENCE + "CC_BY_4_0",
    contact="lab@torino.example",
)
HELSINKI = "https://helsinki.example/"
KEY = keys.generate()


def concept(scheme: str, name: str) -> str:
    return f"{SCHEMES}{scheme}/{name}"


def experiment(base: str, slug: str, **said: Any) -> Experiment:
    """Make a record; what is not said is filled with something plain."""
    plain: dict[str, Any] = {
        "iri": f"{base}experiments/{slug}",
        "identifier": slug,
        "title": {"en": slug.replace("-", " ").capitalize()},
        "description": {"en": "A trial in a street of the city."},
        "language": "en",
        "stage": concept("lifecycle", "completed"),
        "publisher": Agent(name="The city"),
        "licence": EU_LICENCE + "CC_BY_4_0",
        "issued": "2026-11-20T10:00:00Z",
        "modified": "2026-11-20T10:00:00Z",
    }
    return Experiment(**(plain | said))


SHUTTLE = experiment(
    TORINO.base,
    "navetta-autonoma",
    title={"it": "Navetta autonoma", "en": "Autonomous shuttle"},
    summary={"en": "A driverless shuttle around the hospitals."},
    description={"it": "Una navetta elettrica percorre le strade degli ospedali."},
    language="it",
    themes=(concept("theme", "mobility"),),
    technologies=(concept("technology", "automated-driving"),),
    stage=concept("lifecycle", "running"),
    status_word="in corso",
    start=Moment(value="2024-09"),
    place=Place(
        name={"it": "Città della Salute"}, city="Torino", country="IT", wkt="POINT(7.67 45.04)"
    ),
    partners=(
        Partner(name="Città di Torino", helix=concept("helix", "public-administration")),
        Partner(name="GTT", helix=concept("helix", "company"), task={"it": "esercizio"}),
    ),
    outcome=Outcome(verdict=concept("verdict", "adopted"), text={"it": "Resta in servizio."}),
    keywords=(("it", "ospedale"),),
    source_pages=("https://www.torinocitylab.it/",),
    contact="lab@torino.example",
    modified="2026-11-22T10:00:00Z",
)
LIGHTS = experiment(
    TORINO.base,
    "lampioni",
    title={"it": "Lampioni che si adattano"},
    description={"it": "Illuminazione a LED che segue il passaggio delle persone."},
    language="it",
    themes=(concept("theme", "energy"), concept("theme", "lighting")),
    start=Moment(value="2018"),
    end=Moment(value="2020-06-30"),
    place=Place(city="Torino", country="IT", wkt="POINT(7.70 45.09)"),
)
ROBOT_BUS = experiment(
    HELSINKI,
    "robottibussi",
    title={"fi": "Robottibussi Jätkäsaaressa"},
    description={"fi": "Bussi kulkee ilman kuljettajaa sataman ja raitiovaunun väliä."},
    language="fi",
    themes=(concept("theme", "mobility"),),
    technologies=(concept("technology", "automated-driving"),),
    start=Moment(value="2020-04-14"),
    end=Moment(value="2020-06"),
    place=Place(city="Helsinki", country="FI", wkt="POINT(24.92 60.16)"),
    partners=(Partner(name="Forum Virium Helsinki", helix=concept("helix", "company")),),
)
CIRCUIT = Testbed(
    iri=f"{TORINO.base}testbeds/falchera",
    identifier="falchera",
    title={"it": "Circuito di Falchera", "en": "Falchera street circuit"},
    description={"en": "Two kilometres of public road for vehicles without a driver."},
    language="it",
    themes=(concept("theme", "mobility"),),
    goals=("http://metadata.un.org/sdg/11",),
    place=Place(city="Torino", country="IT", wkt="POINT(7.70 45.13)"),
    partners=(
        Partner(
            name="Città di Torino",
            helix=concept("helix", "public-administration"),
            roles=(concept("role", "testbed-owner"),),
        ),
    ),
    publisher=Agent(name="The city"),
    licence=EU_LICENCE + "CC_BY_4_0",
    issued="2026-11-20T10:00:00Z",
    modified="2026-11-20T10:00:00Z",
    kind=concept("testbed", "street-circuit"),
    availability=concept("availability", "on-request"),
    services=(Service(title={"en": "Roadside radio"}, contact="lab@torino.example"),),
)
CALL = Call(
    iri=f"{HELSINKI}calls/agile-piloting",
    identifier="agile-piloting",
    title={"en": "Agile piloting of harbour robots"},
    description={"en": "Small trials of robots in the streets of Kalasatama."},
    language="en",
    themes=(concept("theme", "mobility"),),
    place=Place(city="Helsinki", country="FI"),
    publisher=Agent(name="Forum Virium Helsinki"),
    licence=EU_LICENCE + "CC_BY_4_0",
    issued="2026-11-20T10:00:00Z",
    modified="2026-11-20T10:00:00Z",
    status=concept("call-status", "open"),
    rolling=True,
    challenges=(
        Challenge(title={"en": "Parcels on the last mile"}),
        Challenge(title={"en": "Snow on tram stops"}),
    ),
    testbeds=(CIRCUIT.iri,),
)
EVERYTHING = (SHUTTLE, LIGHTS, ROBOT_BUS)


def alone(journal: Journal) -> tuple[JournalFreshness, Refreshing]:
    """What a node that follows nobody says of freshness."""

    def begin(standing: known.Standing) -> asyncio.Task[None]:
        raise AssertionError(f"{standing.peer.base} is not followed")

    async def catch_up() -> None:
        pass

    refreshing = Refreshing(journal=journal, begin=begin, catch_up=catch_up, now=utc_now)
    return JournalFreshness(journal, TORINO), refreshing


class TownNetwork:
    """Two peers: one that fares well, one that was caught."""

    def peers(self) -> tuple[PeerView, ...]:
        helsinki = PeerView(
            name="Helsinki",
            base=HELSINKI,
            mode="feed",
            fingerprint="abandon ability able about above absent",
            state="in step",
            healthy=True,
            last_good=NOON,
            counts=(("experiments", 1),),
        )
        relay = PeerView(
            name="<b>Relay</b>\u202e",
            base="javascript:alert(1)",
            mode="relay",
            fingerprint="zoo zone zero youth young year",
            state="not answering",
            healthy=False,
            last_good=None,
            counts=(("refused", 1_000),),
            refused=(
                Refusal(
                    when=NOON,
                    member=f"{HELSINKI}feed/1-0badc0de",
                    reason="no key of Helsinki signed it",
                ),
            ),
        )
        return helsinki, relay

    def cities(self) -> tuple[CityView, ...]:
        gent = CityView(
            name="Gent\u202e<script>",
            base="https://xn--ghnt-dpa.example/",
            country="BE",
            fingerprints=("abandon ability able about above absent",),
            by=("Network",),
            since="2026-11-22",
            standing="proposed",
        )
        return gent, replace(
            gent, name="Lab", standing="unfit", reason="its address is a private one"
        )

    def registries(self) -> tuple[RegistryView, ...]:
        return (
            RegistryView(
                name="Network",
                base="https://network.example/",
                policy="its cities are proposed",
                joined=NOON,
                cities=3,
                too_many=False,
            ),
        )

    async def renew(self) -> None:
        """Nothing is read."""

    def city(self, origin: str) -> str | None:
        return {TORINO.base: "Torino", HELSINKI: "Helsinki"}.get(origin)


@dataclass(frozen=True)
class Town:
    """A journal and an index in step with it."""

    city: City
    journal: Journal
    index: Index
    catalogue: Catalogue
    feeds: Feeds

    def say(self, *said: Record) -> list[Member]:
        """Keep records, each as a signed member of its own city."""
        return [self._keep(each.iri, to_payload(each), Kind.CREATE) for each in said]

    def profile(self, said: Profile) -> Member:
        """Keep what a city says of itself."""
        return self._keep(said.iri, profiles.to_payload(said), Kind.CREATE)

    def withdraw(self, iri: str) -> Member:
        return self._keep(iri, b"", Kind.DELETE)

    def catch_up(self) -> None:
        while self.index.position < self.journal.last_change():
            changes, position = self.journal.changes(self.index.position, 10_000)
            self.index.apply(changes, position)

    def app(self) -> web.Application:
        app = web.Application()
        middleware.setup(app)
        rendering.setup(app)
        app[CITY], app[CATALOGUE], app[NETWORK] = self.city, self.catalogue, TownNetwork()
        app[FEEDS], app[JOURNAL] = self.feeds, self.journal
        app[CITIES] = Cities(
            journal=self.journal,
            index=self.index,
            city=self.city,
            name=app[NETWORK].city,
        )
        app[SIMILARS] = Similars(journal=self.journal, index=self.index, cities=app[CITIES])
        app[FINDERS] = finders_of(self.journal, self.index)
        app[EXPORTS], app[CLIENTS] = twins.exports_at_once(), Clients()
        app[EXPORTS_FOLDER] = twins.exports_folder(self.feeds.folder.parent)
        app[OBSERVATORY] = Observatory(index=self.index)
        app[DUPLICATES] = Duplicates(journal=self.journal, index=self.index)
        app[FRESHNESS], app[REFRESHING] = alone(self.journal)
        for room in (
            search,
            suggest,
            cities,
            finders,
            observatory,
            linked,
            similar,
            duplicates,
            pages,
            vocabulary,
        ):
            app.add_routes(room.routes())
        return app

    def _keep(self, iri: str, payload: bytes, kind: Kind) -> Member:
        base = iri.rsplit("/", 2)[0] + "/"
        before = self.journal.newest(base)
        said = Member(
            iri="urn:x-unnamed:1",
            sequence=before.sequence + 1 if before else 1,
            kind=kind,
            object=iri,
            actor=f"{base}#node",
            published=NOON.isoformat().replace("+00:00", ".000001Z"),
            previous=digest(before) if before else None,
            payload=payload,
        )
        said = replace(said, iri=name(base, said.sequence, said))
        proof = sign(
            document(said), KEY, method=KEY.public(base).method, created="2026-11-22T12:00:00Z"
        )
        said = replace(said, proof=proof)
        position = self.journal.size() + 1
        received = (NOON + timedelta(microseconds=position)).isoformat().replace("+00:00", "Z")
        entry = Entry(position=position, member=said, received=received, via=base)
        with self.journal.transaction() as db:
            insert(db, entry)
            speak(db, entry)
        return said


def _ages() -> Mapping[str, int]:
    return {TORINO.base: 0, HELSINKI: 90}


@contextmanager
def town(folder: Path, *said: Record, city: City = TORINO) -> Iterator[Town]:
    """Open a node's memory in a folder, with some records in it."""
    journal = Journal(folder / "journal.sqlite", city.base)
    index = Index.open(folder / "index")
    catalogue = Catalogue(journal, index, _ages)
    feeds = Feeds(journal=journal, city=city, key=lambda: KEY, interval=10, folder=folder / "feeds")
    found = Town(city=city, journal=journal, index=index, catalogue=catalogue, feeds=feeds)
    try:
        found.say(*said)
        found.catch_up()
        yield found
    finally:
        index.close()
        journal.close()
