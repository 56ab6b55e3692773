"""Counts and trends: the same on the page, in the file and in SPARQL, whatever narrows them."""

import csv
import io
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nodes.observatory import FACETS
from tests.nodes.portal.conftest import Place

pytestmark = pytest.mark.asyncio(loop_scope="package")

Numbers = dict[tuple[str, str], int]


async def in_file(at: Place, facet: str, narrowed: str) -> Numbers:
    text = await at.get(f"/observatory/{facet}.csv{narrowed}")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all(row["facet"] == facet and row["label"] for row in rows)
    return {(row["value"], row["year"]): int(row["experiments"]) for row in rows}


async def in_sparql(at: Place, query: str) -> Numbers:
    async with at.client.post(
        "/sparql", data={"query": query}, headers={"Accept": "application/sparql-results+json"}
    ) as answer:
        assert answer.status == 200, await answer.text()
        found = json.loads(await answer.text())["results"]["bindings"]
    return {
        (row["value"]["value"], row["year"]["value"] if "year" in row else ""): int(
            row["experiments"]["value"]
        )
        for row in found
    }


async def told(at: Place, facet: str, narrowed: str = "") -> Any:
    return json.loads(await at.get(f"/observatory/{facet}.json{narrowed}"))


@pytest.mark.parametrize("facet", FACETS)
@pytest.mark.parametrize(
    "narrowed",
    [
        "",
        "?theme=mobility",
        "?stage=completed&stage=running&country=it",
        "?city=Torino&kind=calls&sort=date&page=2",
        "?city=T%22orino%0A&theme=https://x.example/a",
    ],
)
async def test_a_count_is_what_sparql_counts(place: Place, facet: str, narrowed: str) -> None:
    said = await told(place, facet, narrowed)

    numbers = await in_file(place, facet, narrowed)

    assert numbers == await in_sparql(place, said["query"])
    assert numbers or facet in ("verdict", "technology") or "x.example" in narrowed


async def test_it_is_said_how_many_are_counted_and_how_many_say_nothing(place: Place) -> None:
    stages, outcomes = await told(place, "stage"), await told(place, "verdict")
    page = await place.get("/observatory/verdict", Accept="text/html")

    assert stages["silent"] == 0
    assert stages["experiments"] == sum(each["experiments"] for each in stages["values"])
    said = sum(each["experiments"] for each in outcomes["values"])
    assert outcomes["silent"] == outcomes["experiments"] - said > 0
    assert outcomes["experiments"] == stages["experiments"]
    assert f"{outcomes['silent']} of {outcomes['experiments']} experiments do not say it" in page


async def test_those_that_say_nothing_are_counted_among_many_values(place: Place) -> None:
    said = await told(place, "technology")
    query = """PREFIX cn: <https://w3id.org/citynode/ns#>
        SELECT ?value (COUNT(?each) AS ?experiments) WHERE {
          BIND("nothing" AS ?value) ?each a cn:UrbanExperiment
          FILTER NOT EXISTS { ?each cn:technology ?any } } GROUP BY ?value"""

    found = await in_sparql(place, query)

    assert len(said["values"]) > 10
    assert said["silent"] == found["nothing", ""]


async def test_hostile_and_odd_records_are_counted_alike(hall: Place) -> None:
    for facet in FACETS:
        said = await told(hall, facet)

        numbers = await in_sparql(hall, said["query"])

        assert {(each["value"], ""): each["experiments"] for each in said["values"]} == {
            place: count for place, count in numbers.items() if not place[1]
        }
        assert "<script>alert" not in await hall.get(f"/observatory/{facet}", Accept="text/html")


async def test_the_page_leads_to_the_same_numbers(place: Place) -> None:
    page = await place.get("/observatory/theme?city=Torino", Accept="text/html")
    said = await told(place, "theme", "?city=Torino")
    largest = said["values"][0]

    [address] = [each for each in page.split('"') if "query?query=" in each]

    query = parse_qs(urlsplit(address.replace("&amp;", "&")).query)["query"][0]
    assert query == said["query"]
    assert largest["label"] in page
    assert 'role="img"' in page
    assert f">{largest['experiments']}</td>" in page


async def test_years_without_anything_are_shown_as_such(place: Place) -> None:
    page = await place.get("/observatory/theme", Accept="text/html")

    shown = [int(each) for each in re.findall(r'<th scope="col">(\d+)</th>', page)]

    assert shown == list(range(shown[0], shown[-1] + 1))


async def test_words_are_counted_too_but_not_in_sparql(place: Place) -> None:
    everything, some = await told(place, "theme"), await told(place, "theme", "?q=navetta")

    page = await place.get("/observatory/theme?q=navetta", Accept="text/html")

    assert some["query"] is None
    assert "cannot be written in SPARQL" in page
    most = {each["value"]: each["experiments"] for each in everything["values"]}
    assert some["values"]
    assert all(each["experiments"] <= most[each["value"]] for each in some["values"])


async def test_the_overview_counts_every_facet(place: Place) -> None:
    page = await place.get("/observatory", Accept="text/html")

    for facet in FACETS:
        assert f'href="/observatory/{facet}"' in page or "Nothing is told" in page
    assert "<style" not in page
    assert "style=" not in page


async def test_a_wrong_search_is_refused_in_words(place: Place) -> None:
    assert (await told(place, "theme", "?theme=https://x.example/%7D"))["query"] is None
    await place.get("/observatory/theme?theme=nonsense", 400)
    await place.get("/observatory?nonsense=1", 400)
    await place.get("/observatory/colour", 404)
    await place.get("/observatory/theme", 406, Accept="image/png")


async def test_a_search_is_counted_as_it_was_asked(place: Place) -> None:
    page = await place.get("/observatory/theme?q=what%3F+R%26D+%2541", Accept="text/html")

    assert "q=what%3F+R%26D+%2541" in page
