"""Search over HTTP, on a real server, index and journal."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from tests.nodes.town import (
    EVERYTHING,
    HELSINKI,
    LIGHTS,
    ROBOT_BUS,
    SHUTTLE,
    TORINO,
    Town,
    experiment,
    town,
)
from vocab.parts import Place

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient]:
    with town(tmp_path, *EVERYTHING) as node:
        async with TestClient(TestServer(node.app())) as found:
            yield found


async def serve(node: Town) -> TestClient:
    found = TestClient(TestServer(node.app()))
    await found.start_server()
    return found


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def test_a_wish_may_stand_in_several_fields(client: TestClient) -> None:
    wishes = [("Accept", "image/png"), ("Accept", "text/csv"), ("Accept-Encoding", "gzip;q=0"),
              ("Accept-Encoding", "br")]  # fmt: skip
    async with client.get("/search", headers=wishes) as answer:
        assert answer.content_type == "text/csv"
        assert answer.headers["Content-Encoding"] == "br"


async def test_a_program_gets_json(client: TestClient) -> None:
    answer = await client.get("/search", params={"q": "guida autonoma"})
    found = await answer.json()

    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {hit["iri"] for hit in found["hits"]} == {SHUTTLE.iri, ROBOT_BUS.iri}
    shuttle = next(hit for hit in found["hits"] if hit["iri"] == SHUTTLE.iri)
    assert shuttle["title"] == {"en": "Autonomous shuttle", "it": "Navetta autonoma"}
    assert shuttle["stage"]["id"] == "running"
    assert shuttle["href"] == SHUTTLE.iri
    assert shuttle["start"] == "2024-09"
    assert 0 < shuttle["readiness"] < 100
    robot_bus = next(hit for hit in found["hits"] if hit["iri"] == ROBOT_BUS.iri)
    assert robot_bus["href"] == f"{TORINO.base}catalogue/helsinki.example/robottibussi"


async def test_a_list_tells_at_once_what_changed_before_the_index_knows(tmp_path: Path) -> None:
    with town(tmp_path, *EVERYTHING) as node:
        renamed = replace(SHUTTLE, title={"it": "Navetta fermata"}, themes=())
        node.say(renamed)
        node.withdraw(ROBOT_BUS.iri)
        client = await serve(node)
        found = await (await client.get("/search.json", params={"q": "guida autonoma"})).json()
        await client.close()

    [hit] = found["hits"]
    assert hit["iri"] == SHUTTLE.iri
    assert hit["title"] == {"it": "Navetta fermata"}
    assert hit["themes"] == []


async def test_labels_come_in_the_readers_language(client: TestClient) -> None:
    answer = await client.get("/search.json", headers={"Accept-Language": "xx, it;q=0.8, en;q=0.5"})
    found = await answer.json()

    themes = {choice["id"]: choice for choice in found["facets"]["theme"]}
    assert themes["mobility"]["label"].lower().startswith("mobilità")
    assert themes["mobility"]["count"] == 2
    assert {"value": "FI", "label": "Finlandia", "count": 1} in found["facets"]["country"]
    assert {"value": HELSINKI, "label": "Helsinki", "count": 1} in found["facets"]["origin"]


async def test_every_origin_says_how_old_it_is(client: TestClient) -> None:
    answer = await client.get("/search.json")
    found = await answer.json()

    assert found["freshness"][HELSINKI] == {"city": "Helsinki", "age": 90}
    assert answer.headers["Age"] == "90"


async def test_filters_repeat_and_links_lead_on(client: TestClient) -> None:
    answer = await client.get("/search.json?theme=mobility&theme=energy&limit=2&sort=title")
    first = await answer.json()
    following = first["links"]["next"].removeprefix(TORINO.base)
    answer = await client.get("/" + following)
    second = await answer.json()

    assert (first["total"], len(first["hits"]), len(second["hits"])) == (3, 2, 1)
    assert "theme=mobility&theme=energy" in following
    assert not {hit["iri"] for hit in first["hits"]} & {hit["iri"] for hit in second["hits"]}
    assert "next" not in second["links"]


async def test_a_language_may_be_written_with_its_region_in_any_case(client: TestClient) -> None:
    plain = await (await client.get("/search.json?language=it")).json()
    answer = await client.get("/search.json?language=it-IT")

    assert answer.status == 200
    assert (await answer.json())["total"] == plain["total"] > 0


async def test_a_box_narrows(client: TestClient) -> None:
    answer = await client.get("/search.json?box=24,60,25,61")

    assert [hit["iri"] for hit in (await answer.json())["hits"]] == [ROBOT_BUS.iri]


async def test_pandas_reads_the_table_without_help(client: TestClient) -> None:
    answer = await client.get("/search.csv?limit=1")
    text = await answer.text()
    frame = pd.read_csv(io.StringIO(text)).set_index("iri")

    assert answer.content_type == "text/csv"
    assert text.count("\r\n") == 4
    assert len(frame) == 3, "all results, not only a page"
    assert frame.loc[SHUTTLE.iri, "latitude"] == pytest.approx(45.04)
    assert frame.loc[SHUTTLE.iri, "start"] == "2024-09"
    assert frame.loc[SHUTTLE.iri, "partners"] == "Città di Torino | GTT"
    assert frame.loc[SHUTTLE.iri, "stage"] == "Running"


async def test_a_table_cannot_run_anything(tmp_path: Path) -> None:
    evil = experiment(
        HELSINKI,
        "evil",
        title={"en": '=HYPERLINK("https://a.example","click")'},
        description={"en": "  @SUM(1+1)*cmd|' /C calc'!A0"},
        place=Place(city="+39", wkt="POINT(-3.7 -40.4)"),
    )
    with town(tmp_path, evil) as node:
        client = await serve(node)
        [row] = table(await (await client.get("/search.csv")).text())
        await client.close()

    assert row["title"].startswith("'=")
    assert row["description"].startswith("'")
    assert row["city"] == "'+39"
    assert (row["longitude"], row["latitude"]) == ("-3.7", "-40.4")


async def test_maps_and_feed_readers_are_served_too(client: TestClient) -> None:
    places = json.loads(await (await client.get("/search.geojson")).text())
    feed = ET.fromstring(await (await client.get("/search.atom?sort=updated")).text())

    assert {each["id"]: each["geometry"]["coordinates"] for each in places["features"]} == {
        SHUTTLE.iri: [7.67, 45.04],
        LIGHTS.iri: [7.7, 45.09],
        ROBOT_BUS.iri: [24.92, 60.16],
    }
    assert [entry.text for entry in feed.iter("{http://www.w3.org/2005/Atom}id")][1] == SHUTTLE.iri


async def test_a_feed_is_never_dated_after_what_is_in_it_was_said(tmp_path: Path) -> None:
    with town(tmp_path, replace(SHUTTLE, modified="2999-01-01T00:00:00Z")) as node:
        client = await serve(node)
        feed = ET.fromstring(await (await client.get("/search.atom")).text())
        await client.close()

    assert {each.text for each in feed.iter("{http://www.w3.org/2005/Atom}updated")} == {
        "2026-11-22T12:00:00.000001Z"
    }


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=٣", "page"),
        ("limit=101", "limit"),
        ("box=1,2,3", "box"),
        ("from=2021-13", "from"),
        ("from=21", "from"),
        ("to=2021-02-30", "to"),
        ("from=2022&to=2021-12", "to"),
        ("near=45.07", "near"),
        ("near=95,7", "near"),
        ("within=5", "within"),
        ("near=45,7&within=-1", "within"),
        ("sort=distance", "sort"),
        ("fresh=hour", "fresh"),
        ("trl=10", "trl"),
        ("outcome=maybe", "outcome"),
        ("facets=theme,colour", "facets"),
        ("cursor=abc", "cursor"),
        ("cursor=%00", "cursor"),
        ("cursor=WyJ4IiwxLDEsMV0&page=2", "page"),
        ("box=nan,0,1,1", "box"),
        ("box=0,10,1,5", "box"),
        ("year=19", "year"),
        ("country=ITA", "country"),
        ("kind=experiment", "one of experiments, testbeds, calls"),
        ("theme=nonsense", "mobility, "),
        ("verdict=maybe", "adopted, "),
        ("sort=size", "sort"),
        ("format=xls", "format"),
        ("nonsense=1", "nonsense"),
        ("q=a&q=b", "q"),
        ("q=" + "x" * 1_001, "q"),
        ("city=" + "x" * 301, "city"),
        ("&".join(["city=x"] * 61), "at most 60"),
    ],
)
async def test_a_wrong_parameter_is_named(client: TestClient, query: str, name: str) -> None:
    answer = await client.get(f"/search?{query}")
    problem = await answer.json(content_type="application/problem+json")

    assert answer.status == 400
    assert name in problem["detail"]
    assert "write" in problem["detail"]


async def test_a_page_too_far_is_not_there(client: TestClient) -> None:
    answer = await client.get("/search?page=10000&limit=100")

    assert answer.status == 404
    assert "10000" in (await answer.json(content_type="application/problem+json"))["detail"]


async def test_empty_fields_of_a_form_count_as_not_given(client: TestClient) -> None:
    answer = await client.get("/search.json?q=&theme=&box=&page=&limit=&sort=&format=")

    assert (await answer.json())["total"] == 3


async def test_what_has_no_form_here_is_said(client: TestClient) -> None:
    unacceptable = await client.get("/search", headers={"Accept": "image/png"})
    unknown = await client.get("/search.pdf")

    assert (unacceptable.status, unknown.status) == (406, 404)
    assert "text/csv" in (await unacceptable.json(content_type=None))["detail"]


async def body(answer: ClientResponse) -> str:
    assert answer.status == 200, await answer.text()
    return await answer.text()


async def test_a_person_gets_a_page_with_facets_as_links(client: TestClient) -> None:
    page = await body(await client.get("/search?q=autonoma&city=Torino", headers=HTML))

    assert "Autonomous shuttle" in page
    assert "Robottibussi" not in page
    assert 'href="/search?q=autonoma"' in page, "the chosen city can be taken away"
    assert "city=Torino&amp;city=Helsinki" in page


async def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    evil = replace(
        ROBOT_BUS,
        title={"fi": '<script>alert(1)</script>"\u202eolleh'},
        description={"fi": "</p><img src=x onerror=alert(1)>" * 1_000},
    )
    with town(tmp_path, evil) as node:
        client = await serve(node)
        page = await body(await client.get("/search?q=<script>\u202e", headers=HTML))
        everything = await body(await client.get("/search", headers=HTML))
        await client.close()

    for text in (page, everything):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "\u202e" not in text.replace('value="&lt;script&gt;\u202e"', "")
    assert "⟨U+202E⟩olleh" in everything


async def test_an_answer_is_sent_once_and_then_only_confirmed(client: TestClient) -> None:
    first = await client.get("/search.json")
    tag = first.headers["ETag"]
    plain = await client.get("/search.json", headers={"Accept-Encoding": "identity"})
    again = await client.get("/search.json", headers={"If-None-Match": f'"x", W/{tag}'})

    assert again.status == 304
    assert await again.read() == b""
    assert plain.headers["ETag"] != tag
    assert "Accept-Encoding" in first.headers["Vary"]


async def test_head_and_options_are_answered(client: TestClient) -> None:
    for path in ("/search.csv", "/search.json", "/search", "/"):
        head = await client.head(path)
        options = await client.options(path)

        assert (head.status, await head.read()) == (200, b"")
        assert options.status == 204
        assert "GET" in options.headers["Allow"]
    assert (await client.post("/search")).status == 405


async def test_what_is_being_typed_is_completed(client: TestClient) -> None:
    async def completed(typed: str) -> list[tuple[str, str]]:
        answer = await client.get("/suggest", params={"q": typed})
        assert "max-age" in answer.headers["Cache-Control"]
        return [(each["kind"], each["text"]) for each in (await answer.json())["suggestions"]]

    assert ("title", "Navetta autonoma") in await completed("navet")
    assert ("concept", "Automatiserad körning") in await completed("automatiserad k")
    assert await completed("virium") == [("partner", "Forum Virium Helsinki")]
    assert ("city", "Torino") in await completed("TOR")
    assert await completed("\u202e\x00") == []
    assert (await client.get("/suggest?q=" + "x" * 201)).status == 400
    assert (await client.get("/suggest?p=x")).status == 400


async def test_a_hit_says_by_which_concept_it_was_found(client: TestClient) -> None:
    address = "/search?q=navetta+senza+conducente&near=60.16,24.92&within=50"
    [hit] = (await (await client.get(address)).json())["hits"]
    page = await body(await client.get(address, headers=HTML))

    assert hit["matched"][0]["word"] == "navetta senza conducente"
    assert hit["matched"][0]["label"] == "Automated driving"
    assert hit["distance"] == 0
    assert 'Automated driving (<span lang="it" dir="auto">navetta senza conducente</span>)' in page
    assert "Within 50 km" in page


async def test_another_spelling_is_offered_as_a_link(client: TestClient) -> None:
    found = await (await client.get("/search.json?q=navtta&city=Torino")).json()
    page = await body(await client.get("/search?q=navtta", headers=HTML))

    assert found["instead"]["href"].endswith("/search.json?q=navetta&city=Torino")
    assert 'Did you mean <a rel="nofollow" href="/search?q=navetta">' in page


async def test_only_the_facets_asked_for_are_counted(client: TestClient) -> None:
    found = await (await client.get("/search.json?facets=city,year&from=2020&to=2020")).json()

    assert set(found["facets"]) == {"city", "year"}
    assert found["total"] == 2


async def test_labels_say_their_language(client: TestClient) -> None:
    page = await body(
        await client.get("/search?theme=mobility", headers=HTML | {"Accept-Language": "it"})
    )

    assert '<span dir="auto" lang="it">Mobilità' in page
    assert '<option value="Guida autonoma" lang="it">' in page
