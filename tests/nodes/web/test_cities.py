"""A city finds those like it, and is told why, whoever's node it asks."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
import rdflib
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from nodes.errors import Busy
from nodes.web.keys import CITIES
from tests.nodes.town import EVERYTHING, HELSINKI, TORINO, concept, experiment, town
from tests.vocab.test_profile import TORINO as PROFILE
from vocab.profile import OWN, Profile
from vocab.terms import CN

SELF = replace(PROFILE, iri=TORINO.iri)
FINNISH = Profile(
    iri=HELSINKI + OWN,
    name={"fi": "Helsinki"},
    country="FI",
    population=664_028,
    area=Decimal(217),
    climate=concept("climate", "Dfb"),
    income=concept("income", "high"),
)
GHENT = "https://ghent.example/"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    silent = experiment(GHENT, "fiets", themes=(concept("theme", "energy"),))
    with town(tmp_path_factory.mktemp("cities"), *EVERYTHING, silent) as node:
        node.profile(SELF)
        node.profile(FINNISH)
        node.catch_up()
        async with TestClient(TestServer(node.app())) as found:
            yield found


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def json(client: TestClient[web.Request, web.Application], path: str) -> Any:
    return await (await client.get(path)).json()


async def html(client: TestClient[web.Request, web.Application], path: str) -> str:
    return await (await client.get(path, headers={"Accept": "text/html"})).text()


async def test_cities_are_listed_with_what_they_say_of_themselves(
    client: TestClient[web.Request, web.Application],
) -> None:
    said = await json(client, "/cities.json")
    text = await html(client, "/cities")

    found = {each["base"]: each for each in said["cities"]}
    assert list(found) == [TORINO.base, HELSINKI, GHENT]
    assert found[TORINO.base]["profile"]["population"] == 850_000
    assert found[HELSINKI]["profile"]["density"] == 3060.0
    assert found[GHENT]["profile"] is None
    assert found[TORINO.base]["records"] == 2
    assert "/cities/own/like" in text
    assert "664,028" in text


async def test_cities_like_one_are_ranked_and_say_why_and_what_is_missing(
    client: TestClient[web.Request, web.Application],
) -> None:
    said = await json(client, "/cities/own/like")
    text = await html(client, "/cities/own/like")

    [helsinki, ghent] = said["like"]
    assert (helsinki["base"], ghent["base"]) == (HELSINKI, GHENT)
    parts = {each["part"]: each for each in helsinki["likeness"]["parts"]}
    assert parts["income"]["score"] == 1
    assert parts["climate"]["why"].endswith("(Dfb): of different main groups")
    assert "1.3 times as many" in parts["population"]["why"]
    assert helsinki["likeness"]["known"] == 1
    assert ghent["likeness"]["missing"][:5] == [
        "population", "density", "area", "climate", "income",
    ]  # fmt: skip
    assert "not known of the other city" in text
    assert sum(said["weights"].values()) == pytest.approx(1)


async def test_any_city_can_be_asked_about_at_any_node(
    client: TestClient[web.Request, web.Application],
) -> None:
    said = await json(client, "/cities/helsinki.example/like.json")
    page = await html(client, "/cities/helsinki.example")
    turtle = await client.get("/cities/helsinki.example", headers={"Accept": "text/turtle"})
    silent = await client.get("/cities/ghent.example", headers={"Accept": "text/turtle"})
    nowhere = await client.get("/cities/nowhere.example/like")
    own = await client.get("/cities/torino.example/like", allow_redirects=False)

    graph = rdflib.Graph().parse(data=await turtle.text(), format="turtle")
    assert said["like"][0]["base"] == TORINO.base
    assert "signed and verified" in page
    assert [int(each) for each in graph.objects(None, rdflib.URIRef(CN + "population"))] == [
        664_028
    ]
    assert (silent.status, nowhere.status, own.status) == (404, 404, 301)
    assert own.headers["Location"] == f"{TORINO.base}cities/own/like"
    assert 'rel="canonical"' in turtle.headers["Link"]


async def test_the_citys_own_address_gives_what_it_signed(
    client: TestClient[web.Request, web.Application],
) -> None:
    said = await (await client.get("/cities/own")).json(content_type=None)
    again = await client.get("/cities/own.jsonld", headers={"If-None-Match": "*"})

    assert (said["id"], said["type"]) == (TORINO.iri, "City")
    assert said["proof"]["type"] == "DataIntegrityProof"
    assert again.status == 304


async def test_a_ranking_is_remembered_and_few_wait_for_one(
    client: TestClient[web.Request, web.Application],
) -> None:
    cities = client.app[CITIES]
    first = await cities.like(TORINO.base)
    again = await cities.like(TORINO.base)
    async with cities._turn:
        line = [asyncio.create_task(cities.like(f"https://c{each}.example/")) for each in range(40)]
        for _, ended in zip(range(24), asyncio.as_completed(line), strict=False):
            with pytest.raises(Busy):
                await ended
    told = await asyncio.gather(*line, return_exceptions=True)

    assert first
    assert again is first
    assert sum(each == () for each in told) == 16
