"""Search by meaning: the model itself in its worker, a real journal, index and web server."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer

from nodes.catalogue import Catalogue
from nodes.meaning.following import FOLDER, Meaning, open_meaning
from nodes.meaning.vectors import ROWS
from nodes.searches import SearchRequest
from tests.nodes.town import HELSINKI, LIGHTS, ROBOT_BUS, SHUTTLE, TORINO, Town, experiment, town

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMPOST = experiment(
    "https://paris.example/",
    "compost",
    title={"fr": "Compostage de quartier"},
    description={"fr": "Une plateforme traite les biodéchets des restaurants voisins."},
    language="fr",
)
HOSTILE = experiment(
    HELSINKI,
    "hostile",
    title={"en": "\u202e<script>alert(1)</script>\u200b " + "\x07" * 50},
    description={"xx-bad": "\U0010ffff" * 2_000, "en": "A" * 1_000_000},
)
PLAIN = (SHUTTLE, LIGHTS, ROBOT_BUS, COMPOST, HOSTILE)


@dataclass(frozen=True)
class Place:
    """A node that knows what its records mean."""

    node: Town
    meaning: Meaning
    folder: Path

    async def found(self, text: str, **said: object) -> list[str]:
        request = SearchRequest(text=text, **said)  # type: ignore[arg-type]
        return [hit.record.iri for hit in (await self.node.catalogue.search(request)).hits]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("meaning")
    with town(folder, *PLAIN) as node:
        async with open_meaning(folder, wanted=True) as meaning:
            assert meaning is not None
            await meaning.catch_up(node.journal)
            catalogue = Catalogue(node.journal, node.index, dict, meaning)
            yield Place(node=replace(node, catalogue=catalogue), meaning=meaning, folder=folder)


@pytest.mark.parametrize(
    ("question", "iri"),
    [
        ("food scraps of restaurants become fertiliser", COMPOST.iri),
        ("Straßenbeleuchtung", LIGHTS.iri),
        ("autobus bez kierowcy", ROBOT_BUS.iri),
        ("自動運転バス", SHUTTLE.iri),
    ],
)
async def test_a_question_finds_what_was_said_in_another_language(
    place: Place, question: str, iri: str
) -> None:
    assert iri in (await place.found(question))[:2]


async def test_capitals_and_signs_around_a_word_change_no_meaning(place: Place) -> None:
    assert await place.meaning.near("(BUS)") == await place.meaning.near("bus") != ()


async def test_the_model_can_be_woken_before_anybody_asks(place: Place, tmp_path: Path) -> None:
    await place.meaning.wake()

    assert await place.found("autobus bez kierowcy")
    async with open_meaning(tmp_path, wanted=True) as nothing_said:
        assert nothing_said is not None
        await nothing_said.wake()  # there is nothing to compare with, and no worker is started


async def test_what_is_no_question_finds_nothing(place: Place) -> None:
    for text in ("asdfgh qwertz", "xyzzy", "ψδφγ χζξ", "qqqq wwww eeee", "12345 99"):
        assert await place.found(text) == []


async def test_quotation_marks_are_meant_to_the_letter(place: Place) -> None:
    assert await place.found('"street lamps"') == []
    assert await place.found("street lamps") != []


async def test_an_unwanted_word_keeps_a_record_out_however_near_it_is(place: Place) -> None:
    assert COMPOST.iri in await place.found("composting of organic waste")
    assert COMPOST.iri not in await place.found("composting of organic waste -restaurants")


async def test_pages_counts_and_filters_are_of_the_same_set(place: Place) -> None:
    whole = await place.node.catalogue.search(SearchRequest(text="driverless bus"))
    request = await place.node.catalogue.meant(SearchRequest(text="driverless bus"))
    paged, cursor = [], None
    for _ in range(whole.total):
        page = await place.node.catalogue.search(
            SearchRequest(text="driverless bus", limit=1, cursor=cursor)
        )
        paged += [hit.record.iri for hit in page.hits]
        cursor = page.following

    assert whole.alike
    assert paged == [hit.record.iri for hit in whole.hits]
    assert paged == [hit.iri for hit in place.node.catalogue.all_hits(request)]
    assert sum(count for _, count in whole.facets["origin"]) == whole.total
    for origin, count in whole.facets["origin"]:
        assert len(await place.found("driverless bus", filters={"origin": (origin,)})) == count


async def test_hits_say_why_they_were_found(place: Place) -> None:
    async with TestClient(TestServer(place.node.app())) as client:
        asked = {"q": "autobus bez kierowcy"}
        said = await (await client.get("/search.json", params=asked)).json()
        shown = await (await client.get("/search.html", params=asked)).text()
        table = await (await client.get("/search.csv", params=asked)).text()

    likeness = {hit["iri"]: hit["likeness"] for hit in said["hits"] if "likeness" in hit}
    assert likeness[ROBOT_BUS.iri] > 0.12
    assert "Similar meaning" in shown
    assert len(table.splitlines()) == said["total"] + 1


async def test_records_that_mean_the_same_lie_near_each_other(place: Place) -> None:
    [(nearest, cosine), *_] = await place.meaning.nearest_to(SHUTTLE.iri, 3)

    assert nearest == ROBOT_BUS.iri
    assert 0.2 < cosine <= 1
    assert await place.meaning.nearest_to("https://nobody.example/experiments/x", 3) == ()


async def test_a_worker_that_dies_takes_nothing_with_it(place: Place) -> None:
    sandbox = place.meaning._embedder._sandbox
    assert sandbox is not None
    for worker in list(sandbox._live):
        os.kill(worker._transport.get_pid(), signal.SIGKILL)

    async with asyncio.timeout(150):  # another one has to load the model
        while COMPOST.iri not in await place.found("heap of kitchen waste turned into soil"):
            pass


async def test_what_is_withdrawn_is_wiped(place: Place) -> None:
    fresh = experiment(
        TORINO.base,
        "orto",
        title={"it": "Un orto comune"},
        description={"it": "I vicini coltivano verdura insieme."},
        language="it",
    )
    place.node.say(fresh)
    place.node.catch_up()
    assert fresh.iri not in await place.found(
        "Nachbarn pflanzen Gemüse"
    )  # found by its words only yet
    await place.meaning.catch_up(place.node.journal)
    assert fresh.iri in await place.found("Nachbarn pflanzen Gemüse")
    before = (place.folder / FOLDER / ROWS).read_bytes()

    place.node.withdraw(fresh.iri)
    assert not place.meaning.holds_only(place.node.journal.last_change())
    await place.meaning.catch_up(place.node.journal)
    place.node.catch_up()

    assert place.meaning.holds_only(place.node.journal.last_change())
    assert fresh.iri not in await place.found("Nachbarn pflanzen Gemüse")
    after = (place.folder / FOLDER / ROWS).read_bytes()
    assert after != before
    assert after.count(bytes(2048)) > before.count(bytes(2048))


async def test_vectors_that_are_not_wanted_are_deleted(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / ROWS).write_bytes(b"old")

    async with open_meaning(tmp_path, wanted=False) as meaning:
        assert meaning is None

    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize("understands", [True, False])
async def test_a_node_says_whether_it_compares_meanings(
    place: Place, tmp_path: Path, understands: bool
) -> None:
    with town(tmp_path, SHUTTLE) as plain:
        node = place.node if understands else plain
        async with TestClient(TestServer(node.app())) as client:
            said = await (await client.get("/search.json", params={"q": "navetta"})).json()
            shown = await (await client.get("/search.html", params={"q": "navetta"})).text()

    assert said["by"] == ["words", "concepts", *(["meaning"] if understands else [])]
    assert ("compares across 15 languages" in shown) is understands
    assert ("not installed on it, or is switched off" in shown) is not understands
