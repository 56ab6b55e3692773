"""JSON-LD as a node serves it means the same to the two readers that others use most."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from pyld import jsonld
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, Triple, parse

from nodes.config import read_config
from nodes.demo.cities import ExampleCity, example_cities
from nodes.node import open_node
from nodes.web.app import build_app
from tests.journeys.places import found
from tests.nodes.portal.conftest import Place
from vocab.terms import SEC

pytestmark = pytest.mark.asyncio(loop_scope="package")


@asynccontextmanager
async def served(city: ExampleCity, folder: Path) -> AsyncIterator[Place]:
    settings = {key: value for key, value in city.settings.items() if key != "name"}
    town = found(city.id, folder, city.settings["name"], **settings)
    town.take_in(city)
    async with (
        open_node(read_config(town.folder)) as node,
        TestClient(TestServer(build_app(node))) as client,
    ):
        yield Place(node=node, client=client)


async def compare(place: Place) -> int:
    """Read every record of a node with both, and hold it against its N-Triples."""
    iris = [entry.member.object for entry in place.node.desk.journal.records(place.base)]
    contexts: dict[str, Any] = {}
    for iri in iris:
        text = await place.get(place.path(iri), Accept="application/ld+json")
        address = json.loads(text)["@context"]
        if address not in contexts:
            contexts[address] = json.loads(await place.get(place.path(address)))
        one, other = by_pyld(text, contexts), by_pyoxigraph(text, contexts)
        assert one == other, iri
        rows = await place.get(f"{place.path(iri)}.nt")
        facts = {each.triple for each in parse(rows, RdfFormat.N_TRIPLES)}
        told = {quad.triple for quad in one}
        assert facts <= told, iri
        assert_only_a_proof_is_added(told - facts, iri)
    return len(iris)


def by_pyld(text: str, contexts: dict[str, Any]) -> Dataset:
    def load(url: str, _options: object) -> dict[str, Any]:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": contexts[url],
        }

    options = {"documentLoader": load, "format": "application/n-quads"}
    return canonical(jsonld.to_rdf(json.loads(text), options), RdfFormat.N_QUADS)


def by_pyoxigraph(text: str, contexts: dict[str, Any]) -> Dataset:
    """Put the context into the document, for this reader fetches none."""
    document = json.loads(text)
    document["@context"] = contexts[document["@context"]]["@context"]
    return canonical(json.dumps(document), RdfFormat.JSON_LD)


def canonical(text: str, syntax: RdfFormat) -> Dataset:
    found = Dataset(parse(text, syntax))
    found.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return found


def assert_only_a_proof_is_added(more: set[Triple], iri: str) -> None:
    [joint] = [each for each in more if each.predicate.value == f"{SEC}proof"]
    assert getattr(joint.subject, "value", "") == iri
    assert len(more) == 7, "the proof itself: its type, suite, time, purpose, key and value"


@pytest.mark.parametrize("city", example_cities(), ids=lambda city: city.id)
async def test_pyld_and_pyoxigraph_read_one_graph_of_each_record_of_a_city(
    city: ExampleCity, tmp_path: Path
) -> None:
    async with served(city, tmp_path) as place:
        assert await compare(place) > 5


async def test_they_do_of_whole_and_of_hostile_records_of_every_kind(hall: Place) -> None:
    assert await compare(hall) == 6
