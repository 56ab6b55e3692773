"""The cases of the W3C for the CSV, TSV and JSON results of SPARQL 1.1, from its published files.

They are compared as the suite says: rows in their order, blank nodes by where they stand, variables
by name. Ours differ in how three numbers are written, since the engine keeps values: each of those
is named here and must have the value that the case expects. `test_result_formats` asks for the
same things, and more, of data of our own, where these files are not at hand.
"""

import csv
import io
import json
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from pyoxigraph import NamedNode, RdfFormat
from pyoxigraph import Store as Quads
from rdflib import BNode, Graph, Literal, Namespace
from rdflib.collection import Collection
from rdflib.query import Result
from rdflib.term import Identifier

from tests.nodes.sparql.endpoint import Endpoint, endpoint

MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
SUITES: Final = ("sparql11-csv-tsv-res", "sparql11-json-res")
STANDARDS: Final = Path(
    os.environ.get("CITYNODE_STANDARDS") or Path(__file__).parents[4] / "shared" / "standards"
)
FOUND: Final = all((STANDARDS / each / "manifest.ttl").exists() for each in SUITES)
REWRITTEN: Final = {
    "csv03": {("s6", "1000000")},  # expected: 1.0E6
    "tsv03": {
        ("s3", "-3"),  # expected: an xsd:negativeInteger; comes as xsd:integer
        ("s6", "1000000"),  # expected: 1.0e6
    },
}

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(not FOUND, reason=f"the W3C cases of results are not in {STANDARDS}"),
]

Row = Mapping[str, Identifier]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A query of some data, and a file with the answer."""

    name: str
    query: Path
    data: Path
    expected: Path


def _cases() -> list[Case]:
    return [case for suite in SUITES for case in _listed(STANDARDS / suite)] if FOUND else []


def _listed(folder: Path) -> Iterable[Case]:
    graph = Graph().parse(folder / "manifest.ttl", publicID="https://suite.example/")
    [entries] = graph.objects(predicate=MF.entries)
    for test in Collection(graph, entries):
        action = graph.value(test, MF.action)
        named = (graph.value(action, QT.query), graph.value(action, QT.data))
        query, data, expected = (
            folder / str(each).rpartition("/")[2] for each in (*named, graph.value(test, MF.result))
        )
        name = str(test).rpartition("#")[2]
        yield Case(name=name, query=query, data=data, expected=expected)


CASES: Final = _cases()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    folder = tmp_path_factory.mktemp("w3c-results")
    (folder / "store").mkdir()
    quads = Quads(folder / "store" / "quads")
    for data in {case.data for case in CASES}:
        quads.load(data.read_bytes(), RdfFormat.TURTLE, to_graph=NamedNode(data.as_uri()))
    quads.flush()
    del quads
    async with endpoint(folder, known=()) as site:
        yield site


async def test_all_cases_of_results_were_found() -> None:
    assert len(CASES) == 10


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_gives_the_result_that_the_case_expects(site: Endpoint, case: Case) -> None:
    parameters = {"query": case.query.read_text(), "default-graph-uri": case.data.as_uri()}
    suffix = case.expected.suffix.replace(".srj", ".json")

    async with site.client.get(f"/sparql{suffix}", params=parameters) as answer:
        assert answer.status == 200
        said = await answer.read()

    expected = case.expected.read_bytes()
    if "boolean" in (truth := json.loads(expected) if suffix == ".json" else {}):
        assert json.loads(said) == truth
        return
    (names, rows), (wanted_names, wanted) = _read(said, suffix), _read(expected, suffix)
    assert names == wanted_names
    assert len(rows) == len(wanted)
    rewritten = set()
    for row, other in zip(_anonymous(rows), _anonymous(wanted), strict=True):
        assert row.keys() == other.keys()
        for name in row:
            if row[name] != other[name]:
                assert _value(row[name]) == _value(other[name])
                rewritten.add((str(row["s"]).rpartition("/")[2], str(row[name])))
    assert rewritten == REWRITTEN.get(case.name, set())


def _read(body: bytes, suffix: str) -> tuple[set[str], list[Row]]:
    """Read a table: its variables, and what each row binds; CSV has words and blank nodes only."""
    if suffix == ".csv":
        table = csv.DictReader(io.StringIO(body.decode(), newline=""))
        rows: list[Row] = [
            {name: _cell(cell) for name, cell in row.items() if cell} for row in table
        ]
        return set(table.fieldnames or ()), rows
    found = Result.parse(io.BytesIO(body), format=suffix[1:])
    bound: list[Row] = [{str(name): term for name, term in row.items()} for row in found.bindings]
    return {str(name) for name in found.vars or ()}, bound


def _cell(text: str) -> Identifier:
    return BNode(text[2:]) if text.startswith("_:") else Literal(text)


def _anonymous(rows: Iterable[Row]) -> list[Row]:
    """Call each blank node by where it came first."""
    known: dict[Identifier, BNode] = {}
    return [
        {
            name: known.setdefault(term, BNode(f"b{len(known)}"))
            if isinstance(term, BNode)
            else term
            for name, term in row.items()
        }
        for row in rows
    ]


def _value(term: Identifier) -> float:
    return float(str(term))
