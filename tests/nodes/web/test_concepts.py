"""Every concept and term answers: as a page, as Turtle and as JSON-LD, which say the same."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from aiohttp.test_utils import TestClient, TestServer
from pyld import jsonld

from tests.nodes.town import EVERYTHING, town
from vocab import schemes

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PATHS = [
    "/ns",
    "/schemes",
    *(f"/schemes/{name}" for name in schemes.NAMES),
    *(f"/schemes/{name}/{schemes.scheme(name).concepts[-1].id}" for name in schemes.NAMES),
]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient]:
    with town(tmp_path, *EVERYTHING) as node:
        async with TestClient(TestServer(node.app())) as found:
            yield found


def quads(text: str, form: ox.RdfFormat) -> set[str]:
    return {str(each.triple) for each in ox.parse(text.encode(), format=form)}


async def test_every_reader_of_data_is_told_the_same(client: TestClient) -> None:
    for path in PATHS:
        turtle = await client.get(path, headers={"Accept": "text/turtle"})
        document = await client.get(f"{path}.jsonld")
        said = quads(await turtle.text(), ox.RdfFormat.TURTLE)
        text = await document.text()

        assert turtle.content_type == "text/turtle"
        assert document.content_type == "application/ld+json"
        assert quads(text, ox.RdfFormat.JSON_LD) == said != set()
        normal = jsonld.to_rdf(json.loads(text), {"format": "application/n-quads"})
        assert quads(normal, ox.RdfFormat.N_QUADS) == said
        asked = await client.get(path, headers={"Accept": "application/ld+json"})
        assert await asked.text() == text
        assert await (await client.get(f"{path}.ttl")).text() == await turtle.text()


async def test_a_page_leads_to_its_data_and_to_pages_there_are(client: TestClient) -> None:
    leads: set[str] = set()
    for path in PATHS:
        page = await client.get(path, headers=HTML)
        text = await page.text()

        assert page.status == 200
        assert page.content_type == "text/html"
        assert f'href="{path}.ttl"' in text
        assert f'href="{path}.jsonld"' in text
        assert 'rel="describes"' in page.headers["Link"]
        assert "Accept-Language" in page.headers["Vary"]
        assert (await client.get(f"{path}.html")).content_type == "text/html"
        leads.update(re.findall('href="(/(?:schemes|search)[^"]*)"', text))
    for address in leads:
        found = await client.get(address.replace("&amp;", "&"), headers=HTML)
        assert found.status == 200, address


async def test_what_a_reader_holds_is_not_sent_again(client: TestClient) -> None:
    for path in ("/ns", "/schemes", "/schemes/goal", "/schemes/climate/BWh"):
        for accept in ("text/html", "text/turtle", "application/ld+json"):
            first = await client.get(path, headers={"Accept": accept})

            held = {"Accept": accept, "If-None-Match": first.headers["ETag"]}
            assert (await client.get(path, headers=held)).status == 304
            assert "Accept" in first.headers["Vary"]


async def test_a_concept_is_told_in_every_language_with_where_it_leads(client: TestClient) -> None:
    text = await (await client.get("/schemes/theme/mobility", headers=HTML)).text()

    assert "<h1>Mobility and transport</h1>" in re.sub(r"</?span[^>]*>", "", text)
    assert "https://w3id.org/citynode/theme/mobility" in text
    for word in ("Mobilność i transport", "Κινητικότητα και μεταφορές", "Liikuvus ja transport"):
        assert word in text
    assert 'href="/schemes/data-theme/TRAN"' in text
    assert 'href="/search?theme=mobility"' in text


async def test_a_concept_is_named_first_in_the_readers_language(client: TestClient) -> None:
    headers = HTML | {"Accept-Language": "pl"}

    text = await (await client.get("/schemes/goal/11", headers=headers)).text()

    assert re.search(r'<h1><span dir="auto" lang="pl">Zrównoważone miasta', text)
    assert "http://metadata.un.org/sdg/11" in text


async def test_a_stage_leads_to_those_that_may_follow(client: TestClient) -> None:
    text = await (await client.get("/schemes/lifecycle/running", headers=HTML)).text()

    after, before = text.split("May become")[1].split("May follow")
    assert set(re.findall("/schemes/lifecycle/([a-z]+)", after)) == {
        "suspended", "completed", "withdrawn", "retracted",
    }  # fmt: skip
    assert set(re.findall("/schemes/lifecycle/([a-z]+)", before.split("</dd>")[0])) == {
        "ready", "suspended",
    }  # fmt: skip
    turtle = await (await client.get("/schemes/lifecycle/running.ttl")).text()
    assert "cn:mayBecome" in turtle
    assert "lifecycle/proposed" not in turtle


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("/schemes/colour", "colour"),
        ("/schemes/colour/red", "colour"),
        ("/schemes/theme/rainbows", "rainbows"),
        ("/schemes/theme/rainbows.ttl", "rainbows"),
        ("/schemes/theme/mobility.xml", "mobility.xml"),
        ("/schemes/climate/bwh", "bwh"),
        ("/schemes/theme/%22%3E%3Cb%3E", "<b>"),
    ],
)
async def test_what_no_scheme_holds_is_a_problem_that_names_it(
    client: TestClient, path: str, missing: str
) -> None:
    answer = await client.get(path, headers={"Accept": "text/turtle"})

    assert answer.status == 404
    assert answer.content_type == "application/problem+json"
    assert missing in (await answer.json(content_type=None))["detail"]
    page = await client.get(path, headers=HTML)
    assert page.status == 404
    assert "<b>" not in await page.text()


async def test_a_form_nobody_writes_is_refused(client: TestClient) -> None:
    for path in ("/ns", "/schemes", "/schemes/role", "/schemes/role/funder"):
        assert (await client.get(path, headers={"Accept": "image/png"})).status == 406


async def test_a_term_has_its_place_on_the_page_of_the_vocabulary(client: TestClient) -> None:
    text = await (await client.get("/ns.html")).text()

    assert 'id="UrbanExperiment"' in text
    assert 'id="mayBecome"' in text
    assert re.search(r'a kind of: <a href="[^"]+#Activity">prov:Activity</a>', text)
