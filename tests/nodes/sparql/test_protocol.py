"""The SPARQL 1.1 Protocol as interfaces.md asks for it, over HTTP."""

import csv
import gzip
import io
import json
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, Namespace

from tests.nodes.sparql.endpoint import HOME, Endpoint

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated"),
]

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SELECT = "SELECT ?s ?o WHERE { ?s <http://purl.org/dc/terms/title> ?o } ORDER BY ?s LIMIT 2"
ASK = "ASK { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s a ?type }"
QUERY = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"
PROBLEM = "application/problem+json"


async def ask(site: Endpoint, query: str, accept: str | None = None, **more: Any) -> Any:
    headers = more.pop("headers", {}) | ({} if accept is None else {"Accept": accept})
    params = [("query", query), *more.pop("params", [])]
    return await site.client.get("/sparql", params=params, headers=headers, **more)


async def told(answer: Any, status: int) -> dict[str, Any]:
    """Read a problem document and check what all of them have."""
    said: dict[str, Any] = json.loads(await answer.read())
    assert (answer.status, said["status"]) == (status, status), said
    assert answer.content_type == PROBLEM
    assert {"type", "title", "detail"} <= said.keys()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Traceback" not in json.dumps(said)
    return said


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": QUERY}, ASK),
        ({"Content-Type": "Application/SPARQL-Query; charset=UTF-8"}, ASK),
        ({"Content-Type": FORM}, urlencode({"query": ASK})),
        ({"Content-Type": f"{FORM};charset=utf-8"}, urlencode({"query": ASK, "unknown": "x"})),
    ],
)
async def test_a_query_can_be_posted(site: Endpoint, headers: dict[str, str], body: str) -> None:
    answer = await site.client.post("/sparql", data=body.encode(), headers=headers)

    assert json.loads(await answer.read())["boolean"] is True


async def test_a_query_can_be_in_the_address(site: Endpoint) -> None:
    answer = await ask(site, SELECT, params=[("unknown", "ignored")])

    said = json.loads(await answer.read())
    assert answer.content_type == "application/sparql-results+json"
    assert said["head"]["vars"] == ["s", "o"]
    assert said["results"]["bindings"][0]["o"]["xml:lang"] == "en"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Vary"] == "Accept, Accept-Encoding"


async def test_head_is_get_without_the_body(site: Endpoint) -> None:
    query = {"query": SELECT}
    got = await site.client.get("/sparql", params=query)

    head = await site.client.head("/sparql", params=query)

    assert head.status == 200
    assert await head.read() == b""
    for name in ("Content-Type", "Content-Length", "Vary"):
        assert head.headers[name] == got.headers[name]


async def test_an_address_of_seven_kilobytes_works(site: Endpoint) -> None:
    answer = await ask(site, ASK + " # " + "x" * 7000)

    assert answer.status == 200


async def test_an_address_of_a_hundred_kilobytes_is_told_so(site: Endpoint) -> None:
    await told(await ask(site, ASK + " # " + "x" * 100_000), 414)


async def test_a_preflight_is_answered(site: Endpoint) -> None:
    answer = await site.client.options(
        "/sparql", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    )

    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST"
    assert "content-type" in answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "QUERY"])
async def test_other_methods_are_named(site: Endpoint, method: str) -> None:
    answer = await site.client.request(method, "/sparql", params={"query": ASK})

    await told(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize(
    ("address", "part"),
    [
        (f"?query={quote(ASK)}&query={quote(ASK)}", "2 queries"),
        ("?query=", "empty"),
        ("?query=%20", "empty"),
        ("?query=%FF%FE", "UTF-8"),
        (f"?update={quote('CLEAR ALL')}", "read-only"),
        (f"?query={quote(ASK)}&update={quote('CLEAR ALL')}", "read-only"),
        (f"?query={quote('CLEAR ALL')}", "CLEAR at line 1, column 1"),
        (f"?query={quote('PREFIX a: <b:c> BASE <d:e> INSERT DATA {}')}", "INSERT at line 1"),
        (f"?query={quote('LOAD <http://127.0.0.1/>')}", "LOAD at line 1"),
        (f"?query={quote('SELECT * WHERE {')}", "line 1, column 17"),
        (f"?query={quote('ASK {} ASK {}')}", "line 1"),
        (f"?query={quote('SELECT * { ?s foo:a ?o }')}", "Prefix not found"),
        (f"?query={quote(ASK)}&default-graph-uri=not%20an%20iri", "IRI"),
        ("?default-graph-uri=not%20an%20iri", "IRI"),
        (f"?query={quote('SELECT * { BIND(<a:b>(1) AS ?x) }')}", "function"),
    ],
)
async def test_a_bad_query_is_explained(site: Endpoint, address: str, part: str) -> None:
    said = await told(await site.client.get(f"/sparql{address}", allow_redirects=False), 400)

    assert part in said["detail"]
    assert said["hint"]


async def test_a_syntax_error_says_where(site: Endpoint) -> None:
    said = await told(await ask(site, "SELECT *\nWHERE { ?s ?p }"), 400)

    assert said["line"] == 2
    assert said["column"] in {15, 16}
    assert said["type"].endswith("#query-syntax")


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "text/plain"}, ASK.encode(), 415),
        ({"Content-Type": "application/sparql-update"}, b"CLEAR ALL", 415),
        ({"Content-Type": f"{QUERY}; charset=UTF-16"}, ASK.encode("utf-16"), 415),
        (
            {"Content-Type": QUERY, "Content-Encoding": "gzip"},
            gzip.compress(b"ASK {}", mtime=0),
            415,
        ),
        ({"Content-Type": QUERY}, ASK.encode("utf-16"), 400),
        ({"Content-Type": QUERY}, b"", 400),
        ({"Content-Type": QUERY}, b"INSERT DATA {}", 400),
        ({"Content-Type": FORM}, b"", 400),
        ({"Content-Type": FORM}, b"update=CLEAR+ALL", 400),
        ({"Content-Type": FORM}, b"query=%FF", 400),
        ({"Content-Type": FORM}, b"query=ASK%7B%7D&query=ASK%7B%7D", 400),
        ({"Content-Type": FORM}, b"a=b&" * 2000, 413),
        ({"Content-Type": QUERY}, b"#" * (2 << 20), 413),
        ({"Content-Type": QUERY}, b"#" * (300 << 10), 413),
    ],
)
async def test_a_bad_post_is_explained(
    site: Endpoint, headers: dict[str, str], body: bytes, status: int
) -> None:
    data = io.BytesIO(body) if len(body) > 1 << 20 else body
    await told(await site.client.post("/sparql", data=data, headers=headers), status)


async def test_a_body_of_no_type_is_refused(site: Endpoint) -> None:
    answer = await site.client.post(
        "/sparql", data=ASK.encode(), skip_auto_headers=["Content-Type"]
    )

    await told(answer, 415)


async def test_a_query_in_address_and_body_is_two(site: Endpoint) -> None:
    answer = await site.client.post(
        f"/sparql?query={quote(ASK)}", data=ASK.encode(), headers={"Content-Type": QUERY}
    )

    await told(answer, 400)


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        (SELECT, None, "application/sparql-results+json"),
        (SELECT, "*/*", "application/sparql-results+json"),
        (SELECT, "application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "application/json", "application/json"),
        (SELECT, "application/xml", "application/xml"),
        (SELECT, "text/csv", "text/csv"),
        (SELECT, "TEXT/CSV", "text/csv"),
        (SELECT, "text/tab-separated-values", "text/tab-separated-values"),
        (SELECT, "text/*", "text/csv"),
        (SELECT, "text/turtle, text/csv;q=0.1", "text/csv"),
        (SELECT, "*/*;q=0.1, text/csv;q=0.5", "text/csv"),
        (SELECT, "text/csv;q=0, text/*", "text/tab-separated-values"),
        (SELECT, "application/*;q=0.2, text/csv;q=0.1", "application/sparql-results+json"),
        (ASK, None, "application/sparql-results+json"),
        (ASK, "application/sparql-results+xml", "application/sparql-results+xml"),
        (CONSTRUCT, None, "text/turtle"),
        (CONSTRUCT, "application/n-triples", "application/n-triples"),
        (CONSTRUCT, "application/rdf+xml", "application/rdf+xml"),
        (CONSTRUCT, "application/ld+json", "application/ld+json"),
        (CONSTRUCT, "application/n-quads", "application/n-quads"),
        (CONSTRUCT, "application/trig", "application/trig"),
        (CONSTRUCT, "text/csv, application/trig;q=0.3", "application/trig"),
    ],
)
async def test_the_accept_header_decides(
    site: Endpoint, query: str, accept: str | None, content_type: str
) -> None:
    answer = await ask(site, query, accept)

    assert answer.status == 200
    assert answer.content_type == content_type
    assert await answer.read()


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        (SELECT, "text/turtle"),
        (SELECT, "image/png"),
        (SELECT, "*/*;q=0"),
        (ASK, "text/csv"),
        (CONSTRUCT, "text/csv"),
        (CONSTRUCT, "application/sparql-results+json"),
    ],
)
async def test_406_when_nothing_fits(site: Endpoint, query: str, accept: str) -> None:
    said = await told(await ask(site, query, accept), 406)

    assert "can be had as" in said["detail"]


@pytest.mark.parametrize("name", ["ttl", "nt", "rdf", "jsonld", "nq", "trig", "turtle", "json"])
async def test_a_graph_in_any_format_is_the_same(site: Endpoint, name: str) -> None:
    expected = Graph().parse(data=await (await ask(site, CONSTRUCT, "text/turtle")).read())

    answer = await ask(site, CONSTRUCT, params=[("format", name)])

    syntax = {"application/n-quads": "nquads", "application/trig": "trig"}
    read = Graph().parse(
        data=await answer.read(), format=syntax.get(answer.content_type, answer.content_type)
    )
    assert set(read) == set(expected)
    assert len(read) == 30


async def test_csv_has_crlf_and_tsv_escapes(site: Endpoint) -> None:
    as_csv = (await (await ask(site, SELECT, params=[("format", "csv")])).read()).decode()
    as_tsv = (await (await ask(site, SELECT, "text/tab-separated-values")).read()).decode()

    rows = list(csv.reader(io.StringIO(as_csv, newline="")))
    assert as_csv.startswith("s,o\r\n")
    assert rows[1][1] == 'Trial, 1\tof "ghent"\nhere'
    assert as_tsv.splitlines()[1].endswith('"Trial, 1\\tof \\"ghent\\"\\nhere"@en')


async def test_xml_results_can_be_read(site: Endpoint) -> None:
    answer = await ask(site, SELECT, "application/sparql-results+xml")

    root = ElementTree.fromstring(await answer.read())
    assert len(root.findall(".//{http://www.w3.org/2005/sparql-results#}result")) == 2


async def test_a_suffix_names_the_format_and_goes_before_the_header(site: Endpoint) -> None:
    answer = await site.client.get(
        "/sparql.csv", params={"query": SELECT}, headers={"Accept": "application/json"}
    )

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(("query", "suffix", "content_type"), [
    (SELECT, "json", "application/sparql-results+json"),
    (ASK, "xml", "application/sparql-results+xml"),
    (SELECT, "csv", "text/csv"), (SELECT, "tsv", "text/tab-separated-values"),
    (CONSTRUCT, "ttl", "text/turtle"), (CONSTRUCT, "nt", "application/n-triples"),
    (CONSTRUCT, "nq", "application/n-quads"), (CONSTRUCT, "trig", "application/trig"),
    (CONSTRUCT, "rdf", "application/rdf+xml"), (CONSTRUCT, "jsonld", "application/ld+json"),
])  # fmt: skip
async def test_every_format_can_be_had_without_a_header(
    site: Endpoint, query: str, suffix: str, content_type: str
) -> None:
    by_suffix = await site.client.get(f"/sparql.{suffix}", params={"query": query})
    posted = await site.client.post(f"/sparql.{suffix}", data={"query": query})
    by_name = await ask(site, query, params=[("format", suffix)])

    for answer in (by_suffix, posted, by_name):
        assert (answer.status, answer.content_type) == (200, content_type)
        assert await answer.read()


async def test_an_unknown_format_is_refused(site: Endpoint) -> None:
    await told(await ask(site, SELECT, params=[("format", "docx")]), 406)


async def test_gzip_is_sent_to_those_who_ask(site: Endpoint) -> None:
    query = "SELECT * { ?s ?p ?o }"
    plain = await ask(site, query, headers={"Accept-Encoding": "identity"})
    refused = await ask(site, query, headers={"Accept-Encoding": "gzip;q=0"})

    packed = await ask(site, query, headers={"Accept-Encoding": "br;q=0.1, gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert await packed.read() == await plain.read()
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert "Content-Encoding" not in refused.headers


@pytest.mark.parametrize("accept", ["text/turtle", "application/rdf+xml", "application/ld+json",
                                    "application/n-triples", "*/*"])  # fmt: skip
async def test_describes_itself(site: Endpoint, accept: str) -> None:
    answer = await site.client.get("/sparql", headers={"Accept": accept})

    graph = Graph().parse(data=await answer.read(), format=answer.content_type)
    [service] = graph.subjects(RDF.type, SD.Service)
    assert list(graph.objects(service, SD.endpoint)) == [URIRef(f"{HOME}sparql")]
    assert list(graph.objects(service, SD.supportedLanguage)) == [SD.SPARQL11Query]
    assert len(list(graph.objects(service, SD.resultFormat))) >= 10
    assert graph.value(service, SD.defaultDataset) is not None


async def test_the_description_is_no_table(site: Endpoint) -> None:
    await told(await site.client.get("/sparql", headers={"Accept": "text/csv"}), 406)


GRAPH = "https://torino.example/feed/1-00000001"
OTHER = "https://ghent.example/feed/2-00000002"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
COUNT_NAMED = "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }"


@pytest.mark.parametrize(
    ("query", "dataset", "expected"),
    [
        (COUNT, [], 15 * 3 + 15 * 4),
        (COUNT_NAMED, [], 15),
        (COUNT, [("default-graph-uri", ""), ("named-graph-uri", "")], 15 * 3 + 15 * 4),
        (COUNT, [("default-graph-uri", GRAPH)], 3),
        (COUNT, [("default-graph-uri", GRAPH), ("default-graph-uri", OTHER)], 6),
        (COUNT_NAMED, [("default-graph-uri", GRAPH)], 0),
        (COUNT, [("named-graph-uri", GRAPH)], 0),
        (COUNT_NAMED, [("named-graph-uri", GRAPH), ("named-graph-uri", OTHER)], 2),
        (COUNT, [("default-graph-uri", "https://nowhere.example/")], 0),
        (COUNT.replace("{", f"FROM <{GRAPH}> {{"), [], 3),
        (COUNT.replace("{", f"FROM <{GRAPH}> {{"), [("default-graph-uri", OTHER)], 3),
        (COUNT_NAMED.replace("{", f"FROM NAMED <{GRAPH}> {{", 1), [], 1),
        ("SELECT (COUNT(*) AS ?n) { ?s ?p 'FROM' }", [], 0),
    ],
)
@pytest.mark.parametrize("post", [False, True])
async def test_the_dataset_can_be_named(
    site: Endpoint, query: str, dataset: list[tuple[str, str]], expected: int, post: bool
) -> None:
    if post:
        form = urlencode([("query", query), *dataset]).encode()
        answer = await site.client.post("/sparql", data=form, headers={"Content-Type": FORM})
    else:
        answer = await ask(site, query, params=dataset)

    [row] = json.loads(await answer.read())["results"]["bindings"]
    assert int(row["n"]["value"]) == expected


async def test_each_row_can_name_its_city(site: Endpoint) -> None:
    answer = await ask(
        site,
        "PREFIX as: <https://www.w3.org/ns/activitystreams#>"
        "SELECT DISTINCT ?city { GRAPH ?m { ?e a ?type } ?m as:actor ?city } ORDER BY ?city",
    )

    cities = [
        row["city"]["value"] for row in json.loads(await answer.read())["results"]["bindings"]
    ]
    assert cities == [f"https://{city}.example/#node" for city in ("ghent", "helsinki", "torino")]
