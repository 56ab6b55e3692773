"""The feed in the terms of data portals: closed activities about dossiers."""

from datetime import datetime
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store
from rdflib import URIRef

from nodes.dossiers import Dossiers
from nodes.journal.outbox import JournalOutbox
from tests.nodes.portal import standards
from tests.nodes.portal.conftest import CHANGED, Place
from tests.nodes.portal.members import members, of_member
from vocab.profile import OWN
from vocab.terms import AS, DCAT, DCTERMS, LDES, RDF_TYPE, TREE

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def quads(place: Place, path: str = "/feed/dcat-ap/pages/0") -> Store:
    store = Store()
    store.load(await place.get(path, Accept="application/trig"), RdfFormat.TRIG)
    return store


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


@standards.needed
async def test_the_shape_of_dcat_ap_feeds_reports_nothing(place: Place) -> None:
    store = await quads(place)

    said = [of_member(store, member) for member in members(store)]

    assert len(said) == 29
    assert [told for graph in said for told in standards.dcat_ap_feeds(graph)] == []


@standards.needed
async def test_each_dossier_of_the_feed_meets_dcat_ap(place: Place) -> None:
    store = await quads(place)

    told = [standards.dcat_ap(of_member(store, member)) for member in members(store)[-4:]]

    assert told == [[], [], [], []]


@standards.needed
async def test_the_shape_would_report_an_actor(place: Place) -> None:
    store = await quads(place)
    member = members(store)[0]
    graph = of_member(store, member)
    graph.add((URIRef(member.value), URIRef(AS + "actor"), URIRef(f"{place.base}#node")))

    assert standards.dcat_ap_feeds(graph) != []


async def test_every_member_of_the_native_feed_is_there_at_its_time(place: Place) -> None:
    store = await quads(place)
    own = JournalOutbox(journal=place.node.desk.journal, relayed=False)

    every = [each.member for each in own.entries(0, own.size())]
    native = [each for each in every if not each.object.endswith(OWN)]  # the city is no dossier

    for told, said in zip(members(store), native, strict=True):
        activity = of_member(store, told)
        subject = URIRef(told.value)
        assert set(activity.objects(subject, URIRef(RDF_TYPE))) == {URIRef(AS + said.kind)}
        [published] = activity.objects(subject, URIRef(AS + "published"))
        assert published.toPython() == datetime.fromisoformat(said.published)


async def test_a_change_is_told_with_the_whole_dossier_and_a_deletion_without(place: Place) -> None:
    store = await quads(place)
    update, deletion = (of_member(store, member) for member in members(store)[-2:])

    titles = [str(title) for title in update.objects(None, URIRef(DCTERMS + "title"))]

    assert CHANGED in titles
    assert (None, URIRef(RDF_TYPE), URIRef(DCAT + "Dataset")) in update
    assert len(deletion) == 3
    assert (None, URIRef(RDF_TYPE), URIRef(AS + "Delete")) in deletion


async def test_the_root_describes_the_stream_and_leads_to_the_page(place: Place) -> None:
    store = await quads(place, "/feed/dcat-ap")
    stream = NamedNode(f"{place.base}feed/dcat-ap#stream")
    root = NamedNode(f"{place.base}feed/dcat-ap")

    [view] = store.quads_for_pattern(None, NamedNode(TREE + "view"), None)

    assert (view.subject, view.object) == (stream, root)
    for said in ("timestampPath", "versionOfPath", "pollingInterval"):
        assert len(list(store.quads_for_pattern(stream, NamedNode(LDES + said), None))) == 1
    [node] = store.quads_for_pattern(None, NamedNode(TREE + "node"), None)
    await place.get(place.path(node.object.value))
    [shape] = store.quads_for_pattern(stream, NamedNode(TREE + "shape"), None)
    assert "sh:closed true" in await place.get(place.path(shape.object.value))


async def test_both_syntaxes_say_the_same(place: Place) -> None:
    trig = await quads(place, "/feed/dcat-ap.trig")
    jsonld = Store()
    jsonld.load(await place.get("/feed/dcat-ap.jsonld"), RdfFormat.JSON_LD)

    assert len(trig) == len(jsonld)
    assert members(trig) == members(jsonld) != []


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/feed/dcat-ap", "text/turtle", 406),
        ("/feed/dcat-ap.ttl", "*/*", 404),
        ("/feed/dcat-ap/pages/1", "*/*", 404),
        ("/feed/dcat-ap/index/1-0", "*/*", 404),
    ],
)
async def test_what_the_feed_has_not_is_refused(
    place: Place, path: str, accept: str, status: int
) -> None:
    await place.get(path, status, Accept=accept)


async def test_a_held_page_of_the_feed_is_not_sent_again(place: Place) -> None:
    async with place.client.get("/feed/dcat-ap") as first:
        assert first.content_type == "application/trig"
        tag = first.headers["ETag"]
    async with place.client.get("/feed/dcat-ap", headers={"If-None-Match": tag}) as again:
        assert again.status == 304


async def test_a_sealed_page_is_written_once(place: Place, tmp_path: Path) -> None:
    desk = place.node.desk
    dossiers = Dossiers(journal=desk.journal, city=desk.city, interval=5, folder=tmp_path, page=10)

    first = dossiers.render("pages/1", "trig", "gzip")
    again = dossiers.render("pages/1", "trig", "gzip")
    last = dossiers.render("pages/2", "trig", "gzip")

    assert first is not None
    assert last is not None
    assert first.sealed
    assert first == again
    assert not last.sealed
    assert names(tmp_path) == ["pages-1-0.trig.gzip"]
    assert dossiers.render("pages/3", "trig", "gzip") is None
