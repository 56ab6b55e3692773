"""From an experiment people go on to those like it, to its doubles, and from city to city."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.nodes.town import (
    EVERYTHING,
    HELSINKI,
    ROBOT_BUS,
    SHUTTLE,
    TORINO,
    concept,
    experiment,
    town,
)  # fmt: skip
from vocab.fields import Moment
from vocab.parts import Outcome, Place, Precondition, Project, Replication
from vocab.records import Record

Client = TestClient[web.Request, web.Application]
SERIES = f"{TORINO.base}series/shuttles"
SHOW = Project(name="SHOW - SHared automation Operating models", homepage="https://show.example/")
AGAIN = experiment(
    HELSINKI,
    "navetta-ancora",
    title={"fi": "Torinon navetta Helsingissä"},
    technologies=SHUTTLE.technologies,
    themes=SHUTTLE.themes,
    replicates=(SHUTTLE.iri,),
    replications=(
        Replication(
            experiment=SHUTTLE.iri,
            adaptation={"fi": "Lunta varten"},
            kept={"fi": "Ajoneuvo"},
            dropped={"fi": "Sovellus"},
        ),
    ),
    projects=(replace(SHOW, name="Show", homepage=None),),
    outcome=Outcome(verdict=concept("verdict", "needs-iteration")),
    preconditions=(Precondition(kind=concept("precondition", "law")),),
)
WHOLE = replace(
    SHUTTLE,
    series=(SERIES,),
    projects=(SHOW,),
    seeks_replication=True,
    preconditions=(Precondition(kind=concept("precondition", "law")),),
)
SECOND = experiment(TORINO.base, "seconda-fase", series=(SERIES,))
DOUBLE = replace(
    SHUTTLE,
    iri=f"{TORINO.base}experiments/navetta-da-tabella",
    identifier="navetta-da-tabella",
    title={"it": "La navetta autonoma"},
    place=Place(city="Torino", country="IT", wkt="POINT(7.6702 45.0401)"),
    start=Moment(value="2024"),
    source_pages=("https://news.example/navetta",),
)
WHOLE = replace(WHOLE, source_pages=(*SHUTTLE.source_pages, "http://www.news.example/navetta/"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    said: tuple[Record, ...] = (*EVERYTHING[1:], WHOLE, AGAIN, SECOND, DOUBLE)
    with town(tmp_path_factory.mktemp("similar"), *said) as node:
        async with TestClient(TestServer(node.app())) as found:
            yield found


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def json(client: Client, path: str) -> Any:
    async with client.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def html(client: Client, path: str) -> str:
    async with client.get(path, headers={"Accept": "text/html"}) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


async def test_experiments_like_one_say_why_and_how_they_ended(client: Client) -> None:
    said = await json(client, "/experiments/navetta-autonoma/similar.json")
    text = await html(client, "/experiments/navetta-autonoma/similar")

    found = {each["iri"]: each for each in said["similar"]}
    again = found[AGAIN.iri]
    parts = {each["part"]: each for each in again["likeness"]["parts"]}
    assert set(said["weights"]) == set(parts)
    assert parts["theme"]["score"] == parts["technology"]["score"] == 1
    assert parts["preconditions"]["score"] == 1
    assert again["verdict"]["iri"].endswith("needs-iteration")
    assert "city" in again["likeness"]["missing"]
    assert SHUTTLE.iri not in found
    assert "Why" in text
    assert "not counted" in text


async def test_the_likeness_of_a_copy_is_told_as_well(client: Client) -> None:
    said = await json(client, "/catalogue/helsinki.example/robottibussi/similar")

    assert said["iri"] == ROBOT_BUS.iri
    assert SHUTTLE.iri in {each["iri"] for each in said["similar"]}


async def test_both_ends_of_a_replication_show_it(client: Client) -> None:
    here = await json(client, "/experiments/navetta-autonoma/replications.json")
    there = await json(client, "/catalogue/helsinki.example/navetta-ancora/replications.json")
    text = await html(client, "/experiments/navetta-autonoma/replications")

    assert [each["iri"] for each in here["repeatedBy"]] == [AGAIN.iri]
    assert here["repeatedBy"][0]["kept"] == {"fi": "Ajoneuvo"}
    assert here["repeatedBy"][0]["adaptation"] == {"fi": "Lunta varten"}
    assert [each["iri"] for each in there["repeats"]] == [SHUTTLE.iri]
    assert there["repeats"][0]["dropped"] == {"fi": "Sovellus"}
    assert here["seeksReplication"] is True
    assert [each["iri"] for each in here["sameSeries"][0]["experiments"]] == [SECOND.iri]
    assert [each["iri"] for each in here["perhapsOneProject"]] == []  # one repeats the other
    assert '<span dir="auto" lang="fi">Lunta varten</span>' in text


async def test_doubles_are_proposed_with_reasons_and_nothing_is_merged(client: Client) -> None:
    said = await json(client, "/duplicates.json")
    text = await html(client, "/duplicates")
    page = await html(client, "/experiments/navetta-autonoma")

    [pair] = said["pairs"]
    assert pair["may_be"] == "duplicate"
    assert {each["iri"] for each in pair["records"]} == {SHUTTLE.iri, DOUBLE.iri}
    assert {each["reason"] for each in pair["reasons"]} >= {"title", "source", "place", "time"}
    assert said["whole"] is True
    assert "merges nothing" in text
    assert "Perhaps the same as" in page
    assert "navetta-da-tabella" in page
    assert "/experiments/navetta-autonoma/similar" in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/experiments/nothing/similar", 404),
        ("/catalogue/nowhere.example/x/replications", 404),
        ("/duplicates?page=2", 404),
        ("/duplicates?page=x", 400),
        ("/duplicates?page=1&page=2", 400),
        ("/experiments/navetta-autonoma/similar.csv", 404),
    ],
)
async def test_what_is_not_there_is_said_in_words(client: Client, path: str, status: int) -> None:
    async with client.get(path) as answer:
        assert answer.status == status
        assert (await answer.json(content_type=None))["detail"]


async def test_answers_are_not_sent_twice(client: Client) -> None:
    for path in ("/duplicates.json", "/experiments/navetta-autonoma/similar.json"):
        async with client.get(path) as first:
            tag = first.headers["ETag"]
        async with client.get(path, headers={"If-None-Match": tag}) as again:
            assert again.status == 304
        async with client.head(path) as head:
            assert head.headers["ETag"] == tag
            assert head.headers["Access-Control-Allow-Origin"] == "*"
