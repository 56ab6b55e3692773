"""Where programs begin: every address a node points to answers, with the type it promises."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from aiohttp import web
from rdflib import FOAF, RDF, VOID, Graph, URIRef

from nodes.web.app import build_app
from nodes.web.operations import OPERATIONS, Operation
from nodes.web.sitemaps import PER_FILE
from tests.nodes.portal.conftest import CHANGED, Place

pytestmark = pytest.mark.asyncio(loop_scope="package")

LINK = re.compile(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?')
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


async def test_every_address_the_home_page_points_to_answers(place: Place) -> None:
    async with place.client.get("/", headers={"Accept": "text/html"}) as home:
        found = LINK.findall(home.headers["Link"])

    relations = {relation for _, relation, _ in found}
    assert relations >= {"service-desc", "describedby", "alternate", "api-catalog"}
    for address, relation, media in found:
        path = place.path(address)
        async with place.client.get(path, headers={"Accept": media}) as answer:
            assert (answer.status, answer.content_type) == (200, media), (relation, address)


async def test_void_describes_the_records_that_are_there(place: Place) -> None:
    graph = Graph().parse(data=await place.get("/.well-known/void"), format="turtle")
    [dataset] = graph.subjects(RDF.type, VOID.Dataset)

    dump = await place.get(place.path(str(graph.value(dataset, VOID.dataDump))))

    assert int(str(graph.value(dataset, VOID.triples))) == dump.count("\n") > 500
    assert len(Graph().parse(data=dump, format="nt")) == dump.count("\n")
    assert graph.value(dataset, VOID.sparqlEndpoint) == URIRef(f"{place.base}sparql")
    assert graph.value(dataset, FOAF.homepage) == URIRef(place.base)
    assert int(str(graph.value(dataset, VOID.entities))) == 26
    await place.get(place.path(str(graph.value(dataset, VOID.exampleResource))))


async def test_a_dump_that_is_held_is_not_sent_again(place: Place) -> None:
    async with place.client.get("/dump.nt") as first:
        tag = first.headers["ETag"]
    async with place.client.get("/dump.nt", headers={"If-None-Match": tag}) as again:
        assert again.status == 304
    async with place.client.head("/dump.nt") as head:
        assert (head.status, head.headers["ETag"]) == (200, tag)


async def test_a_dump_is_the_same_however_it_is_packed(place: Place) -> None:
    said, tags = set(), set()
    for coding in ("identity", "gzip"):
        wish = {"Accept-Encoding": coding}
        async with place.client.get("/dump.nt", headers=wish) as found:
            assert found.headers.get("Content-Encoding", "identity") == coding
            assert found.headers["Vary"] == "Accept-Encoding"
            said.add(await found.text())
            tags.add(found.headers["ETag"])

    assert (len(said), len(tags)) == (1, 2)
    assert said.pop().count("\n") > 500


async def test_the_catalogue_of_interfaces_lists_what_answers(place: Place) -> None:
    async with place.client.get("/.well-known/api-catalog") as answer:
        assert answer.content_type == "application/linkset+json"
        assert 'rel="api-catalog"' in answer.headers["Link"]
        [whole, *interfaces] = json.loads(await answer.text())["linkset"]

    assert whole["anchor"] == f"{place.base}.well-known/api-catalog"
    assert {item["href"] for item in whole["item"]} == {each["anchor"] for each in interfaces}
    for each in interfaces:
        await place.get(place.path(each["anchor"]))
        [description] = each["service-desc"]
        await place.get(place.path(description["href"]))


async def test_the_sitemap_lists_every_record_and_robots_find_it(place: Place) -> None:
    robots = await place.get("/robots.txt")
    listed = ET.fromstring(await place.get("/sitemap.xml"))

    places = {each.text or "" for each in listed.iter(f"{SITEMAP}loc")}

    assert f"Sitemap: {place.base}sitemap.xml" in robots
    records = {entry.member.object for entry in place.node.desk.journal.records(place.base)}
    assert len(records) == 27  # and the city itself
    assert places >= records
    assert len(places) < PER_FILE
    for address in sorted(places)[:6]:
        await place.get(place.path(address))
    assert await place.get("/sitemap-1.xml") == await place.get("/sitemap.xml")
    await place.get("/sitemap-2.xml", 404)


async def test_news_are_told_newest_first(place: Place) -> None:
    async with place.client.get("/feed.atom") as answer:
        assert answer.content_type == "application/atom+xml"
        tag = answer.headers["ETag"]
        feed = ET.fromstring(await answer.text())

    updated = [each.findtext(f"{ATOM}updated") or "" for each in feed.findall(f"{ATOM}entry")]
    names = [each.findtext(f"{ATOM}id") for each in feed.findall(f"{ATOM}entry")]
    assert updated == sorted(updated, reverse=True)
    assert len(names) == len(set(names)) == 26
    assert CHANGED in ET.tostring(feed, encoding="unicode")
    async with place.client.get("/feed.atom", headers={"If-None-Match": tag}) as again:
        assert again.status == 304


def addresses(operation: Operation) -> list[str]:
    """Write the paths an operation stands for, one for each choice there is."""
    found = [operation.path]
    for each in operation.parameters:
        if each.place == "path":
            choices = each.schema.get("enum", [each.example])
            found = [path.replace(f"{{{each.name}}}", one) for path in found for one in choices]
    return found


def leads(resource: web.AbstractResource, path: str) -> bool:
    """Tell whether a route answers for a path."""
    info = resource.get_info()
    return bool(info["pattern"].fullmatch(path)) if "pattern" in info else info["path"] == path


async def test_every_route_is_described_and_every_description_is_a_route(place: Place) -> None:
    routes = {route.resource for route in build_app(place.node).router.routes() if route.resource}
    paths = [path for operation in OPERATIONS for path in addresses(operation)]

    undescribed = {each.canonical for each in routes if not any(leads(each, p) for p in paths)}
    leading_nowhere = [path for path in paths if not any(leads(each, path) for each in routes)]

    assert undescribed == set()
    assert leading_nowhere == []


async def test_the_description_is_whole(place: Place) -> None:
    said = json.loads(await place.get("/openapi.json"))
    methods = [each for item in said["paths"].values() for each in item.values()]
    names = [each["operationId"] for each in methods]

    assert said["openapi"].startswith("3.1")
    assert said["servers"] == [{"url": place.base.rstrip("/")}]
    assert len(names) == len(set(names)) == len(OPERATIONS) + 4
    for path, item in said["paths"].items():
        said_ = item.get("get") or item["post"]
        named = {each["name"] for each in said_["parameters"] if each["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))


async def test_described_types_are_those_that_are_sent(place: Place) -> None:
    for operation in OPERATIONS:
        if "{" in operation.path:
            continue
        for media in operation.media:
            if operation.id == "sparql" and media not in {"text/turtle", "application/ld+json"}:
                continue
            async with place.client.get(operation.path, headers={"Accept": media}) as answer:
                assert (answer.status, answer.content_type) == (200, media), operation.path
