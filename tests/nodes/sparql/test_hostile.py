"""Queries that mean harm: each ends in time with an error, and the node answers meanwhile.

A query that nothing stopped would run for hours, so `IN_TIME` is long: a machine may be slow.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio

from nodes.errors import QueryRefused, WorkerDied
from nodes.queries import Limits
from nodes.sandbox.pool import MIB, Sandbox
from nodes.web.clients import Clients
from tests.nodes.sparql.endpoint import Endpoint, changes, endpoint

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS = 1.0
IN_TIME = 60.0
ANY = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"
BIG = "x" * 1000

HOSTILE = {
    "braces": "SELECT * " + "{" * 3000 + "}" * 3000,
    "brackets": "SELECT * { ?s ?p " + "[ <a:b> " * 3000 + "1" + "]" * 3000 + "}",
    "parentheses": "SELECT * { FILTER(" + "(" * 10_000 + "1" + ")" * 10_000 + ") }",
    "unclosed": "SELECT * { FILTER(" + "(" * 100_000,
    "negations": "SELECT * { FILTER(" + "!" * 50_000 + "1) }",
    "minuses": "SELECT * { FILTER(" + "- " * 50_000 + "1) }",
    "sums": "SELECT * { FILTER(" + "1+" * 50_000 + "1) }",
    "paths": "SELECT * { ?s " + "/".join(["<a:b>"] * 20_000) + " ?o }",
    "unions": "SELECT * {" + " UNION ".join(["{?s ?p ?o}"] * 10_000) + "}",
    "binds": "SELECT * {" + "".join(f"BIND(1 AS ?v{n})" for n in range(3000)) + "}",
    "optionals": "SELECT * {" + "OPTIONAL {?s ?p ?o} " * 3000 + "}",
    "joins": "SELECT * {" + "".join(f"?s{n} ?p{n} ?o{n} ." for n in range(60)) + "}",
    "cartesian order": f"SELECT * {{ {ANY} }} ORDER BY ?a ?d DESC(?g)",
    "cartesian count": f"SELECT (COUNT(*) AS ?n) {{ {ANY} . ?j ?k ?l }}",
    "cartesian distinct": f"SELECT DISTINCT ?a ?d ?g {{ {ANY} }}",
    "cartesian rows": f"SELECT * {{ {ANY} }}",
    "cartesian graph": f"CONSTRUCT {{ ?a ?e ?i . ?d ?h ?c }} {{ {ANY} }}",
    "any path": "SELECT (COUNT(*) AS ?n) { ?a (!<a:b>|^!<a:b>)* ?d . ?g (!<a:c>|^!<a:c>)* ?i }",
    "group concat": f"SELECT (GROUP_CONCAT(CONCAT(STR(?a), '{BIG}')) AS ?x) {{ {ANY} }}",
    "concat growth": "SELECT ?x40 { BIND('" + BIG + "' AS ?x0)"
    + "".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40)) + "}",
    "regex": f"SELECT * {{ {ANY} FILTER(REGEX(CONCAT(STR(?a), STR(?d), STR(?g), '{BIG}'),"
    " '(x+x+)+y')) }",
    "curly in square": "SELECT * { ?s ?p " + "[ <a:b> ( " * 2000 + "1" + ") ]" * 2000 + "}",
    "lists": "SELECT * { ?s ?p " + "(" * 5000 + "1" + ")" * 5000 + "}",
    "subqueries": "SELECT * { { " * 2000 + "?s ?p ?o" + " } }" * 2000,
    "exists": "SELECT * { " + "FILTER EXISTS { " * 2000 + "?s ?p ?o" + " }" * 2000 + " }",
    "graphs": "SELECT * { " + "GRAPH ?g { " * 2000 + "?s ?p ?o" + " }" * 2000 + " }",
    "minus": "SELECT * { " + "MINUS { " * 2000 + "?s ?p ?o" + " }" * 2000 + " }",
    "functions": "SELECT * { FILTER(" + "STR(" * 5000 + "1" + ")" * 5000 + ") }",
    "if": "SELECT * { BIND(" + "IF(1," * 5000 + "1" + ",1)" * 5000 + " AS ?x) }",
    "nested paths": "SELECT * { ?s " + "(" * 5000 + "<a:b>" + ")*" * 5000 + " ?o }",
    "inverse paths": "SELECT * { ?s " + "^" * 50_000 + "<a:b> ?o }",
    "triple terms": "SELECT * { " + "<<" * 5000 + " ?s ?p ?o " + ">>" * 5000 + " ?p ?o }",
    "annotations": "SELECT * { ?s ?p ?o " + "{| ?p ?o " * 3000 + "|}" * 3000 + " }",
    "ors": "SELECT * { " + ANY + " FILTER(" + " || ".join(["?a = ?i"] * 20_000) + ") }",
    "many values": "SELECT (COUNT(*) AS ?n) {"
    + "".join(f"VALUES ?v{n} {{ {'1 ' * 2000} }}" for n in range(4)) + "}",
    "pairs of values": "SELECT * { VALUES (?x ?y) {" + "(1 2)" * 20_000 + "} " + ANY + " }",
    "in": f"SELECT * {{ {ANY} FILTER(?c NOT IN (" + ",".join(f"'x{n}'" for n in range(10_000))
    + ")) }",
    "stars of paths": "SELECT (COUNT(*) AS ?n) { ?a (!<a:b>)*/(!<a:c>)*/(^!<a:d>)* ?b }",
    "alternatives": "SELECT (COUNT(*) AS ?n) { ?a (" + "|".join(f"!<a:b{n}>" for n in range(200))
    + ")+ ?b . ?c (!<a:x>|^!<a:x>)+ ?d }",
    "group concat of all": "SELECT (GROUP_CONCAT(?x; separator='" + BIG + "') AS ?y)"
    f" {{ {ANY} BIND(STR(?c) AS ?x) }}",
    "concat of many": "SELECT (STRLEN(CONCAT(" + ",".join(["?x"] * 5000) + ")) AS ?n) {"
    f" {ANY} BIND('{BIG}' AS ?x) }}",
    "groups": f"SELECT ?a ?d ?g (COUNT(*) AS ?n) {{ {ANY} }} GROUP BY ?a ?d ?g ?b ?c ?e",
    "order by expressions": f"SELECT * {{ {ANY} }} ORDER BY "
    + " ".join(f"STRLEN(CONCAT(STR(?a), '{n}', STR(?i)))" for n in range(20)),
    "hashes": f"SELECT (SHA512(CONCAT(STR(?a), STR(?d), '{BIG}')) AS ?x) {{ {ANY} }} ORDER BY ?x",
    "late optional": f"SELECT (COUNT(*) AS ?n) {{ {ANY} OPTIONAL {{ ?x ?y ?z FILTER(?z = ?c) }} }}",
    "unclosed text": "SELECT * { ?s ?p \"" + "x" * 100_000,
    "unclosed comment": "SELECT * { ?s ?p ?o #" + "x" * 100_000,
    "long prefix": "PREFIX " + "p" * 100_000 + ": <a:b> SELECT * { ?s " + "p" * 50_000 + " ?o }",
    "many prefixes": "".join(f"PREFIX p{n}: <a:{n}> " for n in range(5000)) + "SELECT * { ?s p9 }",
    "replace growth": "SELECT (STRLEN(?y) AS ?n) { BIND('" + BIG + "' AS ?x)"
    " BIND(REPLACE(REPLACE(REPLACE(?x, 'x', ?x), 'x', ?x), 'x', ?x) AS ?y) }",
}  # fmt: skip

SERVICE = "<http://127.0.0.1:PORT/> { ?s ?p ?o }"
SPELLINGS = [
    "SELECT * { SERVICE " + SERVICE + "}",
    "SELECT * { sErViCe " + SERVICE + "}",
    "SELECT * { SERVICE SILENT " + SERVICE + "}",
    "SELECT * { SERVICESILENT" + SERVICE + "}",
    "SELECT * { SERVICE# comment\n" + SERVICE + "}",
    "SELECT * { S\\u0045RVICE " + SERVICE + "}",
    "SELECT * { ?s ?p trueSERVICE" + SERVICE + "}",
    "SELECT * { ?s ?p 1SERVICE" + SERVICE + "}",
    "PREFIX e: <http://127.0.0.1:PORT/> SELECT * { SERVICE e:x { ?s ?p ?o } }",
    "PREFIX e: <http://127.0.0.1:PORT/> SELECT * { SERVICEe:x { ?s ?p ?o } }",
    "SELECT * { VALUES ?v { <http://127.0.0.1:PORT/> } SERVICE ?v { ?s ?p ?o } }",
    "SELECT * { VALUES ?v { <http://127.0.0.1:PORT/> } SERVICE?v { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o FILTER EXISTS { SERVICE " + SERVICE + "} }",
    'SELECT * { ?s ?p ?o FILTER(?s<?s#>"""\n) SERVICE ' + SERVICE + '#"""\n}',
    "SELECT * { { SELECT * { SERVICE " + SERVICE + "} } }",
    "CONSTRUCT { ?s ?p ?o } { SERVICE " + SERVICE + "}",
    "LOAD <http://127.0.0.1:PORT/>",
    "LOAD SILENT <http://127.0.0.1:PORT/> INTO GRAPH <a:b>",
    "INSERT { ?s ?p ?o } WHERE { SERVICE " + SERVICE + "}",
    "SELECT * { SERVICE#\r<http://127.0.0.1:PORT/> { ?s ?p ?o } }",
    "SELECT * { SERVICE\t\n\rSILENT\n" + SERVICE + "}",
    "SELECT * { \\u0053\\u0045\\u0052\\u0056\\u0049\\u0043\\u0045 " + SERVICE + "}",
    "SELECT * { \\U00000053ERVICE " + SERVICE + "}",
    "SELECT * { SERVICE <http://127.0.0.1:PORT/\\u0078> { ?s ?p ?o } }",
    "BASE <http://127.0.0.1:PORT/> SELECT * { SERVICE <x> { ?s ?p ?o } }",
    "BASE <http://127.0.0.1:PORT/> SELECT * { SERVICE <> { ?s ?p ?o } }",
    "SELECT * { OPTIONAL { SERVICE " + SERVICE + "} }",
    "SELECT * { { ?s ?p ?o } UNION { SERVICE " + SERVICE + "} }",
    "SELECT * { MINUS { SERVICE " + SERVICE + "} }",
    "SELECT * { GRAPH ?g { SERVICE " + SERVICE + "} }",
    "ASK { SERVICE " + SERVICE + "}",
    "DESCRIBE ?s { SERVICE " + SERVICE + "}",
    "SELECT * { ?s ?p ?o BIND(EXISTS { SERVICE " + SERVICE + "} AS ?x) }",
    "load <http://127.0.0.1:PORT/>",
    "LOAD# comment\n<http://127.0.0.1:PORT/>",
    "PREFIX e: <http://127.0.0.1:PORT/> LOAD e:x",
    "BASE <http://127.0.0.1:PORT/> LOAD <x>",
    "# comment\nLOAD SILENT<http://127.0.0.1:PORT/>",
    "INSERT DATA { <a:b> <a:c> <a:d> } ; LOAD <http://127.0.0.1:PORT/>",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    limits = Limits(seconds=SECONDS, memory=1024 * MIB, answer_bytes=8 * MIB)
    folder = tmp_path_factory.mktemp("hostile")
    async with endpoint(folder, known=changes(300), limits=limits) as site:
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def patient(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    """An endpoint that itself stops nothing for an hour."""
    folder = tmp_path_factory.mktemp("patient")
    async with endpoint(folder, known=changes(300), limits=Limits(seconds=3_600)) as site:
        yield site


@asynccontextmanager
async def pulse(site: Endpoint) -> AsyncIterator[None]:
    """Ask for the node's health all the while; it must go on answering."""

    async def listen() -> None:
        while True:
            async with site.client.get("/healthz") as answer:
                assert answer.status == 200
            await asyncio.sleep(0.02)

    listening = asyncio.create_task(listen())
    try:
        yield
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


@pytest.mark.parametrize("name", HOSTILE)
async def test_ends_in_time_with_an_error_while_the_node_answers(site: Endpoint, name: str) -> None:
    async with asyncio.timeout(IN_TIME), pulse(site):
        answer = await site.client.post(
            "/sparql",
            data=HOSTILE[name].encode(),
            headers={"Content-Type": "application/sparql-query"},
        )
        said = json.loads(await answer.read())

    assert answer.status in {400, 503, 504}, said
    assert answer.content_type == "application/problem+json"
    assert said["hint"]


async def test_values_without_end_are_too_long(site: Endpoint) -> None:
    query = "SELECT * { VALUES ?x {" + " 1" * 500_000 + "} }"

    answer = await site.client.post(
        "/sparql",
        data=query.encode()[: 1 << 20],
        headers={"Content-Type": "application/sparql-query"},
    )

    assert answer.status == 413


async def test_a_good_query_is_answered_beside_a_heavy_one(patient: Endpoint) -> None:
    heavy = asyncio.create_task(
        patient.client.get("/sparql", params={"query": HOSTILE["cartesian count"]})
    )
    await asyncio.sleep(0.1)

    answer = await patient.client.get("/sparql", params={"query": "ASK { ?s ?p ?o }"})

    assert answer.status == 200
    assert not heavy.done()
    heavy.cancel()


async def test_good_queries_are_answered_beside_all_that_is_hostile(tmp_path: Path) -> None:
    clients = Clients(proxies=("127.0.0.0/8",))
    limits = Limits(seconds=10.0, memory=1024 * MIB, answer_bytes=8 * MIB)
    async with endpoint(tmp_path, known=changes(100), limits=limits, clients=clients) as site:

        async def ask(query: str, address: str) -> int:
            headers = {"X-Forwarded-For": address, "Content-Type": "application/sparql-query"}
            async with site.client.post("/sparql", data=query.encode(), headers=headers) as answer:
                await answer.read()
                return answer.status

        hostile = [asyncio.create_task(ask(each, "192.0.2.66")) for each in HOSTILE.values()]
        good = [await ask(f"ASK {{ ?s ?p {number} }}", "192.0.2.1") for number in range(10)]
        unfinished = sum(not each.done() for each in hostile)
        for each in hostile:
            each.cancel()
        await asyncio.gather(*hostile, return_exceptions=True)

    assert good == [200] * 10
    assert unfinished > 0


async def test_a_client_that_hangs_up_frees_its_worker(patient: Endpoint) -> None:
    for _ in range(4):
        with pytest.raises(asyncio.TimeoutError):
            async with asyncio.timeout(0.15):
                await patient.client.get("/sparql", params={"query": HOSTILE["cartesian count"]})

    async with asyncio.timeout(IN_TIME):
        answer = await patient.client.get("/sparql", params={"query": "ASK { ?s ?p ?o }"})

    assert answer.status == 200


@pytest.mark.parametrize("query", SPELLINGS)
async def test_no_spelling_reaches_the_network(patient: Endpoint, query: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        asked = query.replace("PORT", str(listener.getsockname()[1]))

        answer = await patient.client.get("/sparql", params={"query": asked})
        said = json.loads(await answer.read())

        with pytest.raises(BlockingIOError):
            listener.accept()
    assert answer.status == 400, said
    assert said["type"].rpartition("-")[2] in {"service", "update"}


async def test_without_the_refusal_the_wall_still_holds(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with (
        Sandbox("tests.nodes.sparql.trusting", workers=1) as sandbox,
        endpoint(tmp_path, known=changes(1)) as site,
    ):
        site.store.checkpoint(store.with_name("copy"))
        header = {
            "checkpoint": str(store.with_name("copy")),
            "formats": {"table": "json"},
            "limit": MIB,
        }
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            query = SPELLINGS[0].replace("PORT", str(listener.getsockname()[1]))

            said, _ = await sandbox.run(header, query.encode(), seconds=IN_TIME)

            with pytest.raises(BlockingIOError):
                listener.accept()
    assert said["refused"] == "the query asks for the network"


async def test_a_stack_overflow_is_the_querys_fault(patient: Endpoint) -> None:
    with pytest.raises(QueryRefused, match="nested too deeply"):
        await patient.queries.ask(HOSTILE["negations"])


async def test_a_memory_bomb_is_stopped(tmp_path: Path) -> None:
    limits = Limits(seconds=30, memory=1024 * MIB)
    async with endpoint(tmp_path, known=changes(1), limits=limits) as site:
        with pytest.raises((WorkerDied, QueryRefused)):
            await site.queries.ask(HOSTILE["concat growth"])

        assert (await site.queries.ask("ASK {}")).body
