"""Records as linked data, read back by the libraries that others use."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from aiohttp.test_utils import TestClient, TestServer, unused_port
from pyld import jsonld
from pyld.documentloader.requests import requests_document_loader
from rdflib.compare import isomorphic

from federation.member import Proof
from federation.signing import verify
from tests.nodes.town import (
    EVERYTHING,
    KEY,
    LIGHTS,
    ROBOT_BUS,
    SHUTTLE,
    TORINO,
    town,
)
from vocab.jsonld import expand_to_payload
from vocab.parts import Agent, Partner
from vocab.terms import SEC
from vocab.triples import to_payload

HTML = {"Accept": "text/html"}
COPY = "/catalogue/helsinki.example/robottibussi"
OWN = "/experiments/navetta-autonoma"


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient]:
    with town(tmp_path, *EVERYTHING) as node:
        node.withdraw(LIGHTS.iri)
        node.catch_up()
        async with TestClient(TestServer(node.app())) as found:
            yield found


def from_extension(suffix: str) -> ox.RdfFormat:
    found = ox.RdfFormat.from_extension(suffix)
    assert found is not None
    return found


def facts(payload: bytes) -> rdflib.Graph:
    return rdflib.Graph().parse(data=payload, format="nt")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph")  # rdflib's own JSON-LD reader
@pytest.mark.parametrize("suffix", ["ttl", "rdf", "nt", "jsonld"])
async def test_rdflib_reads_the_address_of_a_record(tmp_path: Path, suffix: str) -> None:
    port = unused_port()
    city = replace(TORINO, base=f"http://127.0.0.1:{port}/")
    own = replace(SHUTTLE, iri=f"{city.base}experiments/shuttle")
    with town(tmp_path, own, ROBOT_BUS, city=city) as node:
        async with TestServer(node.app(), port=port):
            read = await asyncio.to_thread(rdflib.Graph().parse, f"{own.iri}.{suffix}")
            copy = await asyncio.to_thread(rdflib.Graph().parse, f"{city.base}{COPY[1:]}.{suffix}")

    facts_of_own = facts(to_payload(own))
    assert isomorphic(copy, facts(to_payload(ROBOT_BUS)))
    assert not facts_of_own - read
    beyond = {str(predicate) for predicate in (read - facts_of_own).predicates()}
    assert (SEC + "proof" in beyond) is (suffix == "jsonld"), "only the proof is added"


async def test_pyld_reads_the_address_of_a_record(tmp_path: Path) -> None:
    port = unused_port()
    city = replace(TORINO, base=f"http://127.0.0.1:{port}/")
    own = replace(SHUTTLE, iri=f"{city.base}experiments/shuttle")
    with town(tmp_path, own, ROBOT_BUS, city=city) as node:
        async with TestServer(node.app(), port=port):
            options = {
                "documentLoader": requests_document_loader(),
                "format": "application/n-quads",
            }
            read = await asyncio.to_thread(jsonld.to_rdf, own.iri, options)
            copy = await asyncio.to_thread(jsonld.to_rdf, f"{city.base}{COPY[1:]}", options)

    assert set(to_payload(own).decode().splitlines()) < set(read.splitlines())
    assert set(copy.splitlines()) == set(to_payload(ROBOT_BUS).decode().splitlines())


@pytest.mark.parametrize(
    "media",
    ["text/turtle", "application/rdf+xml", "application/n-triples"],
)
async def test_the_same_facts_come_by_accept(client: TestClient, media: str) -> None:
    answer = await client.get(OWN, headers={"Accept": f"{media}, */*;q=0.1"})

    assert answer.content_type == media
    read = rdflib.Graph().parse(data=await answer.read(), format=media)
    assert isomorphic(read, facts(to_payload(SHUTTLE)))


@pytest.mark.parametrize("suffix", ["nq", "trig"])
async def test_the_whole_member_comes_too_where_there_are_named_graphs(
    client: TestClient, suffix: str
) -> None:
    answer = await client.get(f"{OWN}.{suffix}")
    quads = ox.Dataset(ox.parse(await answer.read(), from_extension(suffix)))

    named = {quad.graph_name for quad in quads} - {ox.DefaultGraph()}
    record = {quad.triple for quad in quads if quad.graph_name in named}
    default = {quad.triple for quad in quads if quad.graph_name not in named}

    assert len(named) == 1
    assert record == {quad.triple for quad in ox.parse(to_payload(SHUTTLE), from_extension("nt"))}
    assert default >= record
    assert {triple.subject for triple in default - record} == named


async def test_own_json_carries_a_proof_that_any_change_breaks(client: TestClient) -> None:
    answer = await client.get(OWN)
    signed = await answer.json(content_type="application/ld+json")
    said = signed.pop("proof")
    proof = Proof(
        created=said["created"], method=said["verificationMethod"], value=said["proofValue"]
    )
    context = [f"{TORINO.base}context/v1.jsonld"]

    assert signed["@context"] == context[0]
    assert verify(expand_to_payload(signed, context), proof, KEY.multibase)
    changed = signed | {"identifier": "another"}
    assert not verify(expand_to_payload(changed, context), proof, KEY.multibase)


async def test_a_copy_names_its_origin_as_canonical(client: TestClient) -> None:
    answer = await client.get(COPY, headers=HTML)

    assert f'<{ROBOT_BUS.iri}>; rel="canonical"' in answer.headers["Link"]
    assert f"{TORINO.base}catalogue/helsinki.example/robottibussi.ttl" in answer.headers["Link"]
    assert f'<link rel="canonical" href="{ROBOT_BUS.iri}">' in await answer.text()


async def test_each_format_has_a_tag_of_its_own_and_answers_304(client: TestClient) -> None:
    tags = set()
    for suffix in ("html", "jsonld", "ttl", "trig", "nq", "nt", "rdf"):
        first = await client.get(f"{OWN}.{suffix}")
        tag = first.headers["ETag"]
        again = await client.get(f"{OWN}.{suffix}", headers={"If-None-Match": tag})
        head = await client.head(f"{OWN}.{suffix}")

        assert (again.status, head.headers["ETag"]) == (304, tag)
        assert not tag.startswith("W/")
        tags.add(tag)
    assert len(tags) == 7


async def test_a_format_nobody_offers_is_406_with_those_offered(client: TestClient) -> None:
    answer = await client.get(OWN, headers={"Accept": "image/png, text/html;q=0"})

    assert answer.status == 406
    assert "text/turtle" in (await answer.json(content_type=None))["detail"]


async def test_a_withdrawn_record_leaves_a_tombstone(client: TestClient) -> None:
    program = await client.get("/experiments/lampioni")
    person = await client.get("/experiments/lampioni", headers=HTML)

    assert (program.status, person.status) == (410, 410)
    assert program.content_type == "application/problem+json"
    assert f"{TORINO.base}feed/" in program.headers["Link"]
    assert "withdrawn" in await person.text()


@pytest.mark.parametrize(
    "path",
    [
        "/experiments/none",
        "/experiments/none.ttl",
        "/catalogue/helsinki.example/none",
        "/catalogue/evil%0aexample/none",
        "/catalogue/torino.example%2f..%2f/none",
        "/catalogue/helsinki.example/..%2f..%2fetc",
        "/nothing",
    ],
)
async def test_what_is_not_there_is_said_to_people_and_programs(
    client: TestClient, path: str
) -> None:
    program = await client.get(path)
    person = await client.get(path, headers=HTML)

    assert (program.status, person.status) == (404, 404)
    assert program.content_type == "application/problem+json"
    assert (await program.json(content_type=None))["status"] == 404
    assert "<h1>Not found</h1>" in await person.text()


async def test_our_own_record_in_the_catalogue_leads_to_its_iri(client: TestClient) -> None:
    answer = await client.get("/catalogue/torino.example/navetta-autonoma", allow_redirects=False)

    assert (answer.status, answer.headers["Location"]) == (301, SHUTTLE.iri)


async def test_the_page_tells_everything(client: TestClient) -> None:
    page = await (await client.get(OWN, headers=HTML)).text()

    for text in (
        "Autonomous shuttle",
        "A driverless shuttle around the hospitals.",
        "from September 2024",
        "Una navetta elettrica",
        "in corso",
        "Running",
        "Automated driving",
        "GTT",
        "esercizio",
        "Resta in servizio.",
        "Adopted",
        "Italy",
        "Signed and verified.",
        'href="mailto:lab@torino.example"',
        'rel="nofollow ugc noopener"',
    ):
        assert text in page, text
    assert page.count("<h1") == page.count("<main") == 1


async def test_the_page_carries_structured_data(client: TestClient) -> None:
    page = await (await client.get(COPY, headers=HTML)).text()
    script = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    said = json.loads(script)

    assert said["@type"] == "Dataset"
    assert said["@id"] == ROBOT_BUS.iri
    assert 50 <= len(said["description"]) <= 5_000
    assert said["temporalCoverage"] == "2020-04-14/2020-06"


async def test_hostile_records_cannot_break_out(tmp_path: Path) -> None:
    evil = replace(
        ROBOT_BUS,
        title={"fi": "</title></script><script>alert(1)</script>"},
        summary={"fi": "\u202e\x07{{ 7*7 }}"},
        description={"fi": "x", "ar": "نص"},
        partners=(Partner(name="<iframe src=//a.example>"),),
        source_pages=("javascript:alert(1)", "data:text/html,<b>"[:15] + "x"),
        landing_page="https://a.example/?a=%22%3E",
        publisher=Agent(name="<b>", homepage="javascript:alert(2)"),
        contact="a@b.example?bcc=c",
        licence="urn:x:y",
    )
    with town(tmp_path, evil) as node:
        async with TestClient(TestServer(node.app())) as client:
            page = await (await client.get(COPY, headers=HTML)).text()

    assert "<script>alert" not in page
    assert "</script><script>" not in page
    assert "<iframe" not in page
    assert 'href="javascript:' not in page
    assert 'href="data:' not in page
    assert "{{ 7*7 }}" in page
    assert "⟨U+202E⟩⟨U+0007⟩" in page
    assert 'lang="ar"' in page


async def test_every_answer_is_guarded(client: TestClient) -> None:
    for path in (OWN, f"{OWN}.html", "/", "/none", "/search.csv", "/static/citynode.css"):
        answer = await client.get(path)

        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Server"] == "citynode"
        assert "Set-Cookie" not in answer.headers
