"""Asking on a page: whoever does not write programs gets an answer, a link and words for errors."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.nodes.portal.conftest import Place
from tests.nodes.web.test_pages import Outline
from vocab.examples import examples

HTML = {"Accept": "text/html"}


pytestmark = pytest.mark.asyncio(loop_scope="package")

PAGES = ["", "?example=newest", "?example=whole", "?example=any-failure", "?query=SELECT"]


@pytest.mark.parametrize("asked", PAGES)
async def test_the_page_can_be_read_by_everybody(place: Place, asked: str) -> None:
    async with place.client.get(f"/query{asked}", headers=HTML) as answer:
        found = Outline(await answer.text())

    assert len(found.all("h1")) == len(found.all("main")) == len(found.all("title")) == 1
    assert {field["id"] for field in found.all("textarea")} <= {
        label["for"] for label in found.all("label")
    }
    assert not found.all("script")
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    regions = [each for each in found.all("div") if each.get("role") == "region"]
    assert all("aria-label" in each or "aria-labelledby" in each for each in regions)


async def test_a_question_is_answered_in_a_table_with_files_of_all_of_it(
    place: Place,
) -> None:
    query = """
        PREFIX cn: <https://w3id.org/citynode/ns#>
        PREFIX dcterms: <http://purl.org/dc/terms/>
        SELECT ?title WHERE { ?trial a cn:UrbanExperiment ; dcterms:title ?title }"""

    text = await (await place.client.get("/query", params={"query": query}, headers=HTML)).text()

    assert '<th scope="col">title</th>' in text
    assert "riveduta" in text
    assert 'lang="it"' in text
    link = text.split('href="')
    [csv] = [each.split('"')[0] for each in link if "sparql.csv?" in each.split('"')[0]]
    assert parse_qs(urlsplit(csv).query)["query"] == [query]


async def test_what_cannot_be_answered_is_told_in_words_beside_the_query(
    place: Place,
) -> None:
    answer = await place.client.get("/query", params={"query": "SELECT ?x WHERE {"}, headers=HTML)
    text = await answer.text()

    assert answer.status == 400
    assert "This could not be answered" in text
    assert "SELECT ?x WHERE {</textarea>" in text


async def test_an_empty_form_is_no_error(place: Place) -> None:
    answer = await place.client.get("/query?query=+", headers=HTML)

    assert answer.status == 200


async def test_titles_stand_in_the_language_of_the_reader(place: Place) -> None:
    italian = {**HTML, "Accept-Language": "it"}

    text = await (await place.client.get("/query", headers=italian)).text()

    assert examples()[0].titles["it"] in text


async def test_words_of_strangers_cannot_become_part_of_the_page(place: Place) -> None:
    query = 'SELECT ("<script>alert(1)</script>" AS ?x) (<javascript:alert(1)> AS ?y) {}'

    text = await (await place.client.get("/query", params={"query": query}, headers=HTML)).text()

    assert "<script" not in text
    assert 'href="javascript:' not in text


async def test_editors_find_questions_and_prefixes_at_the_endpoint(place: Place) -> None:
    query = """
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        PREFIX void: <http://rdfs.org/ns/void#>
        SELECT (COUNT(DISTINCT ?question) AS ?questions) (COUNT(DISTINCT ?prefix) AS ?prefixes)
               (COUNT(DISTINCT ?class) AS ?classes)
        WHERE {
          { ?question a sh:SPARQLExecutable ; rdfs:comment ?words ;
              sh:select|sh:ask|sh:construct ?text }
          UNION { ?declaration sh:prefix ?prefix ; sh:namespace ?namespace }
          UNION { ?part void:class ?class ; void:propertyPartition/void:property ?property }
        }"""

    answer = await place.client.get("/sparql", params={"query": query, "format": "json"})
    [row] = (await answer.json(content_type=None))["results"]["bindings"]

    assert int(row["questions"]["value"]) == len(examples())
    assert int(row["prefixes"]["value"]) > 15
    assert int(row["classes"]["value"]) > 20
