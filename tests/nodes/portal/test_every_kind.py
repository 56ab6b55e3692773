"""A portal lists experiments, testbeds and calls alike, with all that its terms can say."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import (
    DCAT,
    DCTERMS,
    FOAF,
    PROV,
    RDF,
    RDFS,
    SKOS,
    VOID,
    Graph,
    Literal,
    Namespace,
    URIRef,
)

from nodes.dossiers import Dossiers
from nodes.web.catalog import MEDIA
from tests.nodes.portal import plenty, standards
from tests.nodes.portal.conftest import Place
from tests.nodes.portal.members import members, of_member
from tests.nodes.portal.test_catalogue import READS
from tests.nodes.portal.test_feed import quads
from vocab.records import KINDS
from vocab.schemes import label
from vocab.terms import CN, DCATAP, SCHEMES, VCARD

pytestmark = pytest.mark.asyncio(loop_scope="package")

ROLE = Namespace(SCHEMES + "role/")


def read(text: str | bytes, syntax: RdfFormat) -> Graph:
    """Read what was served, with another reader than rdflib's own."""
    rows = "".join(f"{each.triple} .\n" for each in parse(text, format=syntax))
    return Graph().parse(data=rows, format="nt")


async def catalogue(hall: Place) -> Graph:
    return read(await hall.get("/catalog.ttl"), RdfFormat.TURTLE)


@standards.needed
@pytest.mark.parametrize("suffix", MEDIA)
async def test_the_shapes_report_nothing_of_whole_and_of_hostile_records(
    hall: Place, suffix: str
) -> None:
    graph = read(await hall.get(f"/catalog.{suffix}"), READS[suffix])

    assert standards.dcat_ap(graph) == []
    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == 6


async def test_records_of_one_name_are_datasets_of_their_own(hall: Place) -> None:
    graph = await catalogue(hall)

    for kind in KINDS:
        record = URIRef(f"{hall.base}{kind.room}/{plenty.SLUG}")
        dossier = URIRef(f"{record}#dossier")
        assert set(graph.objects(dossier, FOAF.primaryTopic)) == {record}
        assert (record, RDF.type, URIRef(kind.rdf_type)) in graph
        assert (URIRef(f"{hall.base}#node"), DCAT.dataset, dossier) in graph
        for page in graph.objects(dossier, DCAT.landingPage):
            if str(page).startswith(hall.base) and str(page).endswith(".html"):
                await hall.get(hall.path(str(page)))
        for file in graph.objects(dossier, DCAT.distribution / DCAT.downloadURL):
            await hall.get(hall.path(str(file)))


async def test_fuller_facts_stand_where_dcat_ap_has_a_place_for_them(hall: Place) -> None:
    graph = await catalogue(hall)
    record = f"{hall.base}experiments/{plenty.SLUG}"
    dossier = URIRef(f"{record}#dossier")

    assert (dossier, URIRef(DCATAP + "applicableLegislation"), URIRef(plenty.LAW)) in graph
    assert (dossier, DCTERMS.spatial / SKOS.exactMatch, URIRef(plenty.NUTS)) in graph
    assert {str(one.language) for one in graph.objects(dossier, DCTERMS.description)} == {
        "en", "it", "fr",
    }  # fmt: skip
    assert len(list(graph.objects(dossier, DCTERMS.creator / FOAF.name))) == 1
    assert len(list(graph.objects(dossier, DCTERMS.provenance / RDFS.label))) == 2
    assert len(list(graph.objects(dossier, DCTERMS.isReferencedBy))) == 2
    assert len(list(graph.objects(dossier, DCAT.contactPoint / URIRef(VCARD + "hasEmail")))) == 1
    [made] = {one for one in graph.subjects(PROV.wasGeneratedBy, URIRef(record)) if "/a/" in one}
    assert (dossier, DCTERMS.relation, made) in graph
    concepts = ("theme/mobility", "technology/automated-driving", "urban-topic/urban-mobility")
    for words in ("urban experiment", *(label(SCHEMES + each, ("en",)) for each in concepts)):
        assert (dossier, DCAT.keyword, Literal(words, lang="en")) in graph, words


async def test_who_took_part_is_named_with_the_role(hall: Place) -> None:
    graph = await catalogue(hall)
    dossier = URIRef(f"{hall.base}experiments/{plenty.SLUG}#dossier")

    roles = {
        str(graph.value(agent, FOAF.name)): set(graph.objects(each, DCAT.hadRole))
        for each in graph.objects(dossier, PROV.qualifiedAttribution)
        for agent in graph.objects(each, PROV.agent)
    }

    assert roles["GTT"] == {ROLE["city-owned-utility"], ROLE.funder}
    assert len(roles) == 5, "three partners and the funders of two grants"
    assert (ROLE.funder, SKOS.prefLabel, Literal("Funder", lang="en")) in graph


async def test_what_a_testbed_offers_and_a_call_asks_for_is_told(hall: Place) -> None:
    graph = await catalogue(hall)

    for room, kind, part in (("testbeds", "TestbedService", "service-1"),
                             ("calls", "Challenge", "challenge-1")):  # fmt: skip
        record = f"{hall.base}{room}/{plenty.SLUG}"
        told = URIRef(f"{record}#{part}")
        assert (URIRef(f"{record}#dossier"), DCTERMS.relation, told) in graph
        assert (told, RDF.type, URIRef(CN + kind)) in graph
        assert (told, DCTERMS.title, None) in graph


async def test_a_series_is_related_for_nobody_has_described_it(hall: Place) -> None:
    graph = await catalogue(hall)

    assert (None, URIRef(f"{DCAT}inSeries"), None) not in graph
    assert (None, RDF.type, URIRef(f"{DCAT}DatasetSeries")) not in graph


@standards.needed
async def test_the_feed_for_portals_tells_of_every_kind_and_of_its_end(hall: Place) -> None:
    store = await quads(hall)

    told = [of_member(store, member) for member in members(store)]

    assert len(told) == 12
    assert [fault for graph in told for fault in standards.dcat_ap_feeds(graph)] == []
    assert [fault for graph in told[:6] for fault in standards.dcat_ap(graph)] == []
    for graph, kind in zip(told[-3:], KINDS, strict=True):
        [gone] = graph.objects(None, URIRef("https://www.w3.org/ns/activitystreams#object"))
        assert str(gone) == f"{hall.base}{kind.room}/evil-1#dossier"
        assert len(graph) == 3


async def test_the_catalogue_and_the_feed_derive_the_same_dossier(hall: Place) -> None:
    listed = {str(each) for each in parse(await hall.get("/catalog.nt"), RdfFormat.N_TRIPLES)}
    desk = hall.node.desk
    dossiers = Dossiers(journal=desk.journal, city=desk.city, interval=5, folder=Path())

    for entry in dossiers.outbox().entries(0, 3):
        told = {str(each) for each in parse(entry.member.payload, RdfFormat.N_TRIPLES)}
        assert told <= listed
        assert len(told) > 150


async def test_programs_find_every_kind(hall: Place) -> None:
    void = read(await hall.get("/.well-known/void"), RdfFormat.TURTLE)
    described = json.loads(await hall.get("/.well-known/citynode"))
    openapi = json.loads(await hall.get("/openapi.json"))["paths"]
    sitemap = await hall.get("/sitemap.xml")
    news = ET.fromstring(await hall.get("/feed.atom"))

    spaces = {str(each) for each in void.objects(None, VOID.uriSpace)}
    for kind in KINDS:
        folder = f"{hall.base}{kind.room}/"
        [part] = void.subjects(VOID["class"], URIRef(kind.rdf_type))
        assert folder in spaces
        assert int(str(void.value(part, VOID.entities))) == 2
        assert f"<loc>{folder}{plenty.SLUG}</loc>" in sitemap
        assert f"<loc>{folder}evil-1</loc>" not in sitemap
        assert described[kind.room] == {"own": 2, "all": 2}
        slug = openapi[f"/{kind.room}/{{slug}}"]["get"]["parameters"][0]["example"]
        await hall.get(f"/{kind.room}/{slug}.ttl")
    for example in void.objects(None, VOID.exampleResource):
        await hall.get(hall.path(str(example)))
    terms = [each.get("term") for each in news.iter("{http://www.w3.org/2005/Atom}category")]
    assert sorted(terms) == sorted([kind.rdf_type.removeprefix(CN) for kind in KINDS] * 2)
