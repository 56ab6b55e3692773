"""The clients that researchers have must work without a word of configuration."""

import asyncio
import io
from urllib.parse import urlencode

import pandas
import pytest
from rdflib import DCTERMS, RDF, Graph, Literal, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed
from yarl import URL

from tests.nodes.sparql.endpoint import CITIES, Endpoint
from vocab.terms import CN

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUERY = """PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?trial ?title ?number WHERE { ?trial dcterms:title ?title ; dcterms:identifier ?number }
ORDER BY ?trial"""
TITLE = 'Trial, 1\tof "torino"\nhere'
TORINO = URIRef("https://torino.example/experiments/trial-1")
MANY = 5 * len(CITIES)


def wrapper(site: Endpoint, query: str, format_: str, method: str = GET) -> SPARQLWrapper:
    found = SPARQLWrapper(site.url("/sparql"))
    found.setQuery(query)
    found.setReturnFormat(format_)
    found.setMethod(method)
    return found


@pytest.mark.parametrize("method", [GET, POST])
@pytest.mark.parametrize("request_method", ["urlencoded", POSTDIRECTLY])
async def test_sparqlwrapper_reads_rows(site: Endpoint, method: str, request_method: str) -> None:
    asked = wrapper(site, QUERY, JSON, method)
    asked.setRequestMethod(request_method)

    said = await asyncio.to_thread(asked.queryAndConvert)

    found = {row["trial"]["value"]: row["title"] for row in said["results"]["bindings"]}
    assert len(found) == MANY
    assert found[str(TORINO)] == {"type": "literal", "value": TITLE, "xml:lang": "en"}


@pytest.mark.parametrize("format_", [XML, CSV, TSV])
async def test_sparqlwrapper_reads_every_table(site: Endpoint, format_: str) -> None:
    said = await asyncio.to_thread(wrapper(site, QUERY, format_).queryAndConvert)

    if format_ == XML:
        assert len(said.getElementsByTagName("result")) == MANY
    elif format_ == CSV:
        frame = pandas.read_csv(io.BytesIO(said))
        assert frame.set_index("trial").loc[str(TORINO), "title"] == TITLE
    else:
        assert said.decode().count("\n") == MANY + 1


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph")
@pytest.mark.parametrize("format_", [TURTLE, N3, RDFXML, XML, JSONLD])
async def test_sparqlwrapper_reads_every_graph(site: Endpoint, format_: str) -> None:
    construct = "CONSTRUCT { ?s ?p ?o } WHERE { ?s <http://purl.org/dc/terms/title> ?o ; ?p ?o }"

    said = await asyncio.to_thread(wrapper(site, construct, format_).queryAndConvert)

    found = said if isinstance(said, Graph) else Graph().parse(data=said, format="turtle")
    assert len(found) == MANY


async def test_sparqlwrapper_reads_an_error(site: Endpoint) -> None:
    with pytest.raises(QueryBadFormed, match="line 1"):
        await asyncio.to_thread(wrapper(site, "SELECT ?x {", JSON).query)


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("application/sparql-results%2Bxml", "application/sparql-results+xml"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/csv", "text/csv"),
        ("TSV", "text/tab-separated-values"),
    ],
)
async def test_a_format_is_understood_by_its_media_type_too(
    site: Endpoint, name: str, media: str
) -> None:
    address = URL(f"/sparql?query=SELECT%20*%20%7B%7D&format={name}", encoded=True)

    async with site.client.get(address) as answer:
        assert (answer.status, answer.content_type) == (200, media)


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
async def test_a_store_of_rdflib_asks_as_if_it_held_the_data(
    site: Endpoint, method: str, form: str
) -> None:
    def look() -> None:
        graph = Graph(SPARQLStore(site.url("/sparql"), method=method, returnFormat=form))
        titles = list(graph.objects(TORINO, DCTERMS.title))
        trials = set(graph.subjects(RDF.type, URIRef(f"{CN}UrbanExperiment")))
        rows = list(graph.query(QUERY))
        assert [str(each) for each in titles] == [TITLE]
        assert len(trials) == len(rows) == len(graph.query(QUERY).bindings) == MANY
        if form != "csv":  # which has no languages
            assert titles == [Literal(TITLE, lang="en")]
        if form in {"json", "xml"}:  # the others have no truths
            assert (TORINO, DCTERMS.title, Literal(TITLE, lang="en")) in graph

    await asyncio.to_thread(look)


async def test_a_store_of_rdflib_sees_named_graphs_and_truths(site: Endpoint) -> None:
    def look() -> None:
        store = SPARQLStore(site.url("/sparql"), returnFormat="json")
        graphs = {str(each) for each in store.contexts()}
        record = Graph(store, identifier=URIRef("https://torino.example/feed/1-00000001"))
        assert len(graphs) >= MANY
        assert set(record.subjects()) == {TORINO}
        assert Graph(store).query(f"ASK {{ <{TORINO}> ?p ?o }}").askAnswer is True

    await asyncio.to_thread(look)


async def test_pandas_reads_a_query_by_its_address(site: Endpoint) -> None:
    address = site.url("/sparql.csv") + "?" + urlencode({"query": QUERY})

    frame = await asyncio.to_thread(pandas.read_csv, address)

    assert list(frame.columns) == ["trial", "title", "number"]
    assert len(frame) == MANY
    assert frame.set_index("trial").loc[str(TORINO), "title"] == TITLE
    assert frame["number"].sum() == 15 * len(CITIES)
