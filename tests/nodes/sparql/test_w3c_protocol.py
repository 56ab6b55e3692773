"""The cases of the W3C for the SPARQL 1.1 Protocol; those of updates must be refused."""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest
import pytest_asyncio
from pyoxigraph import NamedNode, RdfFormat
from pyoxigraph import Store as Quads
from rdflib import BNode, Graph, Namespace, URIRef
from rdflib.collection import Collection
from yarl import URL

from tests.nodes.sparql.endpoint import Endpoint, endpoint

MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT: Final = Namespace("http://www.w3.org/2011/http#")
CNT: Final = Namespace("http://www.w3.org/2011/content#")
DATA: Final = "http://kasei.us/2009/09/sparql/data/"

STANDARDS: Final = Path(
    os.environ.get("CITYNODE_STANDARDS") or Path(__file__).parents[4] / "shared" / "standards"
)
FOLDER: Final = STANDARDS / "sparql11-protocol"

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not FOLDER.exists(), reason=f"the W3C cases are not at {FOLDER}"),
]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One request of a case, with what is expected of its answer."""

    name: str
    method: str
    address: str
    headers: dict[str, str]
    body: bytes | None
    statuses: frozenset[str]
    truth: bool | None
    format: str | None


def _cases() -> list[Case]:
    if not FOLDER.exists():
        return []
    graph = Graph().parse(FOLDER / "manifest.ttl")
    [entries] = graph.objects(predicate=MF.entries)
    tests = [test for test in Collection(graph, entries) if isinstance(test, URIRef)]
    return [case for test in tests for case in _requests(graph, test)]


def _requests(graph: Graph, test: URIRef) -> list[Case]:
    requests = graph.value(graph.value(test, MF.action), HT.requests)
    return [
        _case(graph, test, request)
        for request in Collection(graph, requests)
        if isinstance(request, BNode)
    ]


def _case(graph: Graph, test: URIRef, request: BNode) -> Case:
    response, body = graph.value(request, HT.resp), graph.value(request, HT.body)
    fields = graph.value(request, HT.headers)
    headers = Collection(graph, fields) if fields is not None else ()
    encoding = str(graph.value(body, CNT.characterEncoding) or "UTF-8")
    truth = graph.value(response, MF.expectedBoolean)
    return Case(
        name=test.fragment,
        method=str(graph.value(request, HT.methodName)),
        address=str(graph.value(request, HT.absolutePath)),
        headers={
            str(graph.value(each, HT.fieldName)): str(graph.value(each, HT.fieldValue))
            for each in headers
        },
        body=None if body is None else str(graph.value(body, CNT.chars)).encode(encoding),
        statuses=frozenset(
            str(status)[-3] for status in graph.objects(response, MF.expectedStatus)
        ),
        truth=None if truth is None else bool(truth.toPython()),
        format=str(graph.value(response, MF.expectedFormat) or "") or None,
    )


CASES: Final = _cases()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    folder = tmp_path_factory.mktemp("w3c")
    (folder / "store").mkdir()
    quads = Quads(folder / "store" / "quads")
    for name in ("data1", "data2", "data3"):
        content = (FOLDER / f"{name}.nt").read_bytes()
        quads.load(content, RdfFormat.N_TRIPLES, to_graph=NamedNode(f"{DATA}{name}.rdf"))
    quads.flush()
    del quads
    async with endpoint(folder, known=()) as site:
        yield site


async def test_all_cases_were_found() -> None:
    assert len({case.name for case in CASES}) == 34


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_answers_as_the_case_expects(site: Endpoint, case: Case) -> None:
    address = case.address.replace("/sparql/", "/sparql", 1)
    skipped = [] if "content-type" in {name.lower() for name in case.headers} else ["Content-Type"]

    answer = await site.client.request(
        case.method,
        URL(address, encoded=True),
        data=case.body,
        headers=case.headers,
        skip_auto_headers=skipped,
    )

    body = await answer.read()
    if _updates(case):
        assert 400 <= answer.status < 500
        return
    if case.name.startswith("update_"):
        assert json.loads(body)["boolean"] is False, "a refused update changed something"
        return
    assert str(answer.status)[0] in case.statuses | ({"4"} if "5" in case.statuses else set())
    if case.truth is not None:
        assert json.loads(body)["boolean"] is case.truth
    if case.format == "RDF":
        assert answer.content_type in {
            "text/turtle",
            "application/rdf+xml",
            "application/n-triples",
        }
        Graph().parse(data=body, format=answer.content_type)


def _updates(case: Case) -> bool:
    """Whether a request tries to change something, rather than to see whether it did."""
    sent = unquote(case.address) + " ".join(case.headers.values()) + str(case.body)
    return "update=" in sent or "sparql-update" in sent
