"""Dumps are listed in words and in DCAT, and their files can be taken whole or in parts."""

import asyncio
import base64
import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from rdflib import DCAT, DCTERMS, RDF, VOID, Graph, Namespace, URIRef

from nodes import dumps
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.dumping import write_dump
from nodes.dumps import Dump
from nodes.harvesting import utc_now
from nodes.node import Node, open_node
from nodes.publishing import plan
from nodes.web.app import build_app
from tests.journeys.places import found
from tests.nodes.portal import plenty

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPDX = Namespace("http://spdx.org/rdf/terms#")


@dataclass(frozen=True)
class Place:
    """A node with one dump, and a client that asks it."""

    node: Node
    client: TestClient[web.Request, web.Application]
    dump: Dump

    @property
    def folder(self) -> Path:
        return self.node.desk.views / dumps.FOLDER

    def path(self, address: object) -> str:
        return "/" + str(address).removeprefix(self.node.desk.city.base)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    town = found("torino", tmp_path_factory.mktemp("dumped"), "Torino")
    with open_desk(read_config(town.folder)) as desk:
        said = [*plenty.whole(town.base), *plenty.hostile(town.base)]
        desk.speak(plan(said, lambda _: None).drafts, None, utc_now())
        dump = write_dump(desk, desk.views / dumps.FOLDER, utc_now())
    async with open_node(read_config(town.folder)) as node:
        server = TestServer(build_app(node), port=urlsplit(town.base).port)
        async with TestClient(server) as client:
            yield Place(node=node, client=client, dump=dump)


async def test_dcat_tells_each_file_with_its_length_sum_and_licence(place: Place) -> None:
    async with place.client.get("/dumps.ttl") as answer:
        graph = Graph().parse(data=await answer.read(), format="turtle")

    dataset = URIRef(place.dump.iri)
    distributions = list(graph.objects(dataset, DCAT.distribution))
    assert (dataset, RDF.type, DCAT.Dataset) in graph
    assert len(distributions) == len(place.dump.files)
    assert [str(each) for each in graph.objects(None, DCTERMS.source)] == [
        part.origin for part in place.dump.parts
    ]
    for each in distributions:
        address = graph.value(each, DCAT.downloadURL)
        async with place.client.get(place.path(address)) as answer:
            body = await answer.read()
        total = graph.value(each, SPDX.checksum)
        assert answer.status == 200
        assert "Content-Encoding" not in answer.headers
        assert int(str(graph.value(each, DCAT.byteSize))) == len(body)
        assert str(graph.value(total, SPDX.checksumValue)) == hashlib.sha256(body).hexdigest()
        assert graph.value(each, DCTERMS.license) == URIRef(place.dump.licence)


async def test_people_find_the_files_and_how_to_cite_them(place: Place) -> None:
    async with place.client.get("/dumps", headers={"Accept": "text/html"}) as answer:
        text = await answer.text()
    for name in (dumps.MANIFEST, dumps.CITATION):
        async with place.client.get(f"/dumps/{place.dump.name}/{name}") as answer:
            assert answer.status == 200
            assert len(await answer.read()) > 100

    assert all(f"dumps/{place.dump.name}/{each.name}" in text for each in place.dump.files)
    assert "Cite it as" in text
    async with place.client.get("/search", headers={"Accept": "text/html"}) as answer:
        assert 'href="/dumps"' in await answer.text()


async def test_a_file_is_had_in_parts_and_not_sent_again_when_held(place: Place) -> None:
    address = f"/dumps/{place.dump.name}/records.nq.gz"
    async with place.client.get(address) as answer:
        whole, headers = await answer.read(), answer.headers

    assert headers["Content-Length"] == str(len(whole))
    assert "immutable" in headers["Cache-Control"]
    digest = base64.b64encode(hashlib.sha256(whole).digest()).decode()
    assert headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert b"#node" in gzip.decompress(whole)
    parts = []
    for wanted in ("bytes=0-99", "bytes=100-"):
        async with place.client.get(address, headers={"Range": wanted}) as answer:
            assert answer.status == 206
            assert answer.headers["ETag"] == headers["ETag"]
            parts.append(await answer.read())
    assert b"".join(parts) == whole
    async with place.client.get(address, headers={"If-None-Match": headers["ETag"]}) as answer:
        assert answer.status == 304
    async with place.client.get(address, headers={"Range": f"bytes={len(whole)}-"}) as answer:
        assert answer.status == 416
    async with place.client.head(address) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(len(whole)))


@pytest.mark.parametrize(
    ("wanted", "held", "status"),
    [
        ("bytes=0-9", "same", 206),
        ("Bytes=0-9", "same", 206),
        ("bytes=-10", "same", 206),
        ("bytes=0-9", '"other"', 200),
        ("bytes=0-9", "weak", 200),
        ("bytes=0-9", "Mon, 23 Nov 1998 00:00:00 GMT", 200),
        ("bytes=0-4,5-9", None, 200),
        ("lines=0-9", None, 200),
    ],
)
async def test_no_part_of_another_version_is_joined_to_what_a_client_has(
    place: Place, wanted: str, held: str | None, status: int
) -> None:
    """RFC 9110, sections 13.1.5 and 14.2."""
    address = f"/dumps/{place.dump.name}/records.nq.gz"
    async with place.client.head(address, headers={"Range": wanted}) as answer:
        assert answer.status == 200
        tag = answer.headers["ETag"]
    said = {"same": tag, "weak": f"W/{tag}"}.get(held or "", held)
    headers = {"Range": wanted} | ({"If-Range": said} if said else {})
    async with place.client.get(address, headers=headers) as answer:
        body = await answer.read()

    assert answer.status == status
    assert (len(body) == 10) is (status == 206)
    assert answer.headers["ETag"] == tag
    assert answer.headers["Server"] == "citynode"


async def test_the_newest_has_an_address_that_lasts_and_void_names_it(place: Place) -> None:
    async with place.client.get("/dumps/latest/dump.json") as answer:
        assert json.loads(await answer.read())["name"] == place.dump.name
    async with place.client.get("/.well-known/void") as answer:
        graph = Graph().parse(data=await answer.read(), format="turtle")

    addresses = {str(each) for each in graph.objects(URIRef(place.dump.iri), VOID.dataDump)}
    assert {each.rpartition("/")[2] for each in addresses} == {
        "records.nq.gz",
        "records.jsonld.gz",
    }
    for each in addresses:
        async with place.client.head(place.path(each)) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/dumps/2026-11-23-1/records.nq.gz",
        "/dumps/..%2F..%2Fjournal/records.nq.gz",
        "/dumps/{name}/..%2F..%2F..%2Fnode.toml",
        "/dumps/{name}/.lock",
        "/dumps/.{name}.draft/records.nq.gz",
        "/dumps/latest/other",
    ],
)
async def test_nothing_else_of_the_folder_is_given_away(place: Place, path: str) -> None:
    draft = place.folder / f".{place.dump.name}.draft"
    draft.mkdir(exist_ok=True)
    (draft / "records.nq.gz").write_bytes(b"half")

    async with place.client.get(path.format(name=place.dump.name)) as answer:
        assert answer.status == 404


async def test_a_folder_without_its_manifest_is_no_dump(place: Place) -> None:
    half = place.folder / "2026-11-24-99"
    await asyncio.to_thread(half.mkdir)
    await asyncio.to_thread((half / "records.nq.gz").write_bytes, b"half")

    async with place.client.get("/dumps/2026-11-24-99/records.nq.gz") as answer:
        assert answer.status == 404
    assert [each.name for each in dumps.kept(place.folder)] == [place.dump.name]
