"""The catalogue as portals see it: DCAT-AP, in four syntaxes, by pages."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pyoxigraph import Dataset, RdfFormat, parse
from rdflib import DCAT, DCTERMS, FOAF, RDF, Graph, Namespace, URIRef

from nodes import projection
from nodes.config import read_config
from nodes.demo.cities import ExampleCity, example_cities
from nodes.desk import open_desk
from nodes.dossiers import PAGE, Dossiers
from nodes.harvesting import utc_now
from nodes.portal import QUERY, Portal
from nodes.publishing import plan
from nodes.queries import Queries
from nodes.store import Store
from nodes.web.catalog import MEDIA, write
from nodes.web.linked import FORMATS
from tests.journeys.places import example, found
from tests.nodes.portal import standards
from tests.nodes.portal.conftest import CHANGED, Place
from tests.nodes.portal.members import members, of_member
from vocab.records import Record
from vocab.terms import ADMS, GEO

pytestmark = pytest.mark.asyncio(loop_scope="package")

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
READS = {
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "rdf": RdfFormat.RDF_XML,
    "nt": RdfFormat.N_TRIPLES,
}


@asynccontextmanager
async def portal(
    city: ExampleCity,
    folder: Path,
    size: int = 100,
    records: Callable[[str], list[Record]] | None = None,
) -> AsyncIterator[Portal]:
    """Open the catalogue of a city's file, or of records made for the base of its node."""
    settings = {key: value for key, value in city.settings.items() if key != "name"}
    town = found(city.id, folder, city.settings["name"], **settings)
    if records is None:
        town.take_in(city)
    with open_desk(read_config(town.folder)) as desk:
        if records is not None:
            desk.speak(plan(records(town.base), lambda _: None).drafts, None, utc_now())
        store = Store.open(folder / "store")
        projection.catch_up(desk.journal, (store,))
        async with Queries(store, folder / "checkpoints", workers=1, spares=0) as queries:
            yield Portal(queries=queries, journal=desk.journal, city=desk.city, size=size)
        store.close()


async def graph_of(portal: Portal, number: int = 1) -> Graph:
    page = await portal.page(number)
    assert page is not None
    return Graph().parse(data=page.triples, format="nt")


@standards.needed
@pytest.mark.parametrize("city", example_cities(), ids=lambda city: city.id)
async def test_the_shapes_of_dcat_ap_report_nothing(city: ExampleCity, tmp_path: Path) -> None:
    async with portal(city, tmp_path) as catalogue:
        page = await catalogue.page(1)
        graph = await graph_of(catalogue)

    assert page is not None
    assert standards.dcat_ap(graph) == []
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) >= 7
    said = {each.triple for each in parse(page.triples, format=RdfFormat.N_TRIPLES)}
    for suffix in MEDIA:
        told = parse(write(page.triples, suffix), format=READS[suffix])
        assert {each.triple for each in told} == said, "the same in each syntax"


@standards.needed
@pytest.mark.parametrize("city", example_cities(), ids=lambda city: city.id)
async def test_the_shapes_report_nothing_over_the_feed(city: ExampleCity, tmp_path: Path) -> None:
    async with portal(city, tmp_path) as catalogue:
        dossiers = Dossiers(
            journal=catalogue.journal, city=catalogue.city, interval=5, folder=tmp_path / "feed"
        )
        rendered = dossiers.render("pages/0", "trig", "identity")
        size = dossiers.outbox().size()

    assert rendered is not None
    store = Dataset(parse(rendered.body, format=RdfFormat.TRIG))
    told = [of_member(store, member) for member in members(store)]

    assert len(told) == min(size, PAGE)
    assert [fault for graph in told for fault in standards.dcat_ap_feeds(graph)] == []
    assert standards.dcat_ap(sum(told, Graph())) == []


@standards.needed
async def test_the_shapes_would_report_a_fault(place: Place) -> None:
    graph = Graph().parse(data=await place.get("/catalog.nt"), format="nt")
    graph.remove((None, DCTERMS.title, None))
    graph.remove((None, RDF.type, DCTERMS.MediaType))

    told = standards.dcat_ap(graph)

    assert str(DCTERMS.title) in told
    assert str(DCAT.mediaType) in told


async def test_every_syntax_says_the_same(place: Place) -> None:
    graphs = []
    for suffix, media in MEDIA.items():
        text = await place.get("/catalog", Accept=media)
        assert text == await place.get(f"/catalog.{suffix}")
        graphs.append({each.triple for each in parse(text, format=READS[suffix])})

    assert all(graphs[0] == other for other in graphs[1:])
    assert len(graphs[0]) > 2_000


async def test_each_experiment_is_a_dataset_with_its_facts(place: Place) -> None:
    graph = Graph().parse(data=await place.get("/catalog.ttl"), format="turtle")
    _city, entry, *_ = place.node.desk.journal.records(place.base)

    dossier = URIRef(f"{entry.member.object}#dossier")

    assert (URIRef(f"{place.base}#node"), DCAT.dataset, dossier) in graph
    assert graph.value(dossier, FOAF.primaryTopic) == URIRef(entry.member.object)
    assert str(graph.value(dossier, DCTERMS.title)) == CHANGED
    assert graph.value(dossier, DCTERMS.title).language == "it"
    for said in (
        DCTERMS.description, DCTERMS.identifier, DCTERMS.issued, DCTERMS.modified, DCTERMS.language,
        DCTERMS.publisher, DCAT.theme, DCAT.keyword, DCAT.landingPage, DCAT.contactPoint,
    ):  # fmt: skip
        assert (dossier, said, None) in graph, said
    assert len(list(graph.objects(dossier, DCAT.distribution))) == 6


async def test_a_withdrawn_experiment_is_no_dataset(place: Place) -> None:
    graph = Graph().parse(data=await place.get("/catalog.ttl"), format="turtle")

    datasets = set(graph.subjects(RDF.type, DCAT.Dataset))

    assert len(datasets) == 26
    assert datasets == set(graph.objects(URIRef(f"{place.base}#node"), DCAT.dataset))


async def test_what_the_catalogue_names_on_this_node_answers(place: Place) -> None:
    graph = Graph().parse(data=await place.get("/catalog.ttl"), format="turtle")
    dossier = next(graph.subjects(RDF.type, DCAT.Dataset))

    for distribution in graph.objects(dossier, DCAT.distribution):
        media = str(graph.value(distribution, DCAT.mediaType)).partition("media-types/")[2]
        path = place.path(str(graph.value(distribution, DCAT.downloadURL)))
        async with place.client.get(path) as answer:
            assert (answer.status, answer.content_type) == (200, media)
    for address in (
        *graph.objects(None, DCAT.endpointURL),
        *graph.objects(dossier, DCAT.landingPage),
    ):
        if str(address).startswith(place.base):
            await place.get(place.path(str(address)))


async def test_nothing_is_invented(tmp_path: Path) -> None:
    async with portal(example("vienna"), tmp_path) as catalogue:
        graph = await graph_of(catalogue)
        records = list(catalogue.journal.records(catalogue.city.base))

    assert (None, DCAT.contactPoint, None) not in graph
    spoken = {entry.member.object for entry in records if b"terms/spatial>" in entry.member.payload}
    placed = {str(one).partition("#")[0] for one in graph.subjects(DCTERMS.spatial, None)}
    assert placed - {catalogue.city.base} == spoken
    assert (None, URIRef(ADMS + "status"), None) not in graph
    assert (None, URIRef(GEO + "hasGeometry"), None) in graph


async def test_pages_hold_every_dataset_once(tmp_path: Path) -> None:
    async with portal(example("torino"), tmp_path, size=10) as catalogue:
        pages = [await graph_of(catalogue, number) for number in (1, 2, 3)]
        beyond = await catalogue.page(4)

    datasets = [set(page.subjects(RDF.type, DCAT.Dataset)) for page in pages]
    assert [len(each) for each in datasets] == [10, 10, 7]
    assert len(set.union(*datasets)) == 27
    assert beyond is None
    following = [list(page.subject_objects(HYDRA.next)) for page in pages]
    base = catalogue.city.base
    assert following[0] == [(URIRef(f"{base}catalog?page=1"), URIRef(f"{base}catalog?page=2"))]
    assert following[2] == []


async def test_a_held_page_is_not_sent_again(place: Place) -> None:
    async with place.client.get("/catalog", headers={"Accept": "text/turtle"}) as first:
        tag = first.headers["ETag"]
        assert first.headers["Vary"] == "Accept, Accept-Encoding"
        assert 'rel="alternate"' in first.headers["Link"]
    async with place.client.get("/catalog", headers={"Accept": "application/json"}) as as_json:
        assert (as_json.status, as_json.content_type) == (200, "application/ld+json")
    async with place.client.get("/catalog", headers={"If-None-Match": tag}) as again:
        assert again.status == 304
    async with place.client.head("/catalog.rdf", headers={"If-None-Match": tag}) as other:
        assert other.status == 200
        assert other.headers["ETag"] != tag


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/catalog?page=2", 404),
        ("/catalog?page=0", 400),
        ("/catalog?page=x", 400),
        ("/catalog?page=1&page=1", 400),
        ("/catalog?size=5", 400),
        ("/catalog.csv", 404),
    ],
)
async def test_a_page_that_is_not_there_is_said_so(place: Place, path: str, status: int) -> None:
    await place.get(path, status)


async def test_a_syntax_that_is_not_had_is_refused(place: Place) -> None:
    await place.get("/catalog", 406, Accept="text/csv")


async def test_an_empty_catalogue_can_be_read(tmp_path: Path) -> None:
    async with portal(example("ghent"), tmp_path) as catalogue:
        catalogue.city = replace(catalogue.city, base="https://nobody.example/")
        graph = await graph_of(catalogue)

    assert len(list(graph.subjects(RDF.type, DCAT.Catalog))) == 1
    assert list(graph.subjects(RDF.type, DCAT.Dataset)) == []


async def test_the_query_names_every_syntax_a_record_is_served_in() -> None:
    named = set(re.findall(r'^ +\("\.(\w+)" "([^"]+)"', QUERY, re.MULTILINE))

    assert named == {(each.suffix, each.name) for each in FORMATS if each.suffix != "html"}


async def test_many_readers_at_once_have_a_page_written_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def slowly(triples: bytes, syntax: str) -> bytes:
        asked.append(syntax)
        return write(triples, syntax)

    async with portal(example("torino"), tmp_path) as found:
        page = await found.page(1)
        assert page is not None
        gone = asyncio.ensure_future(found.written(page, "ttl", slowly))
        await asyncio.sleep(0)
        gone.cancel()
        bodies = await asyncio.gather(
            *(found.written(page, syntax, slowly) for syntax in ["rdf", "nt"] * 20)
        )

    assert sorted({*asked} - {"ttl"}) == sorted(each for each in asked if each != "ttl")
    assert {*bodies} == {write(page.triples, "rdf"), page.triples}
