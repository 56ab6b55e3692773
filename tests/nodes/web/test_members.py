"""Whoever wants to know which cities a network has finds them, for people and for programs."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import rdflib
from aiohttp.test_utils import TestClient, TestServer

from federation import keys
from federation.member import Kind
from federation.peers import Peer
from nodes.publishing import Draft, compose
from nodes.registering import draft, ended, enlisted
from nodes.web import members
from nodes.web.keys import JOURNAL
from tests.nodes.town import KEY, NOON, TORINO, Town, town
from vocab.membership import Membership
from vocab.terms import ORG

GHENT = Peer(
    base="https://ghent.example/",
    name="=Gent\u202e<b>",
    keys=(keys.generate().public("https://ghent.example/"),),
)
WORDS = keys.fingerprint(GHENT.keys[0].multibase)
MEMBER = enlisted(TORINO.base, GHENT, "BE", [], NOON.date())
AT = "/members/ghent.example"


def say(node: Town, *drafts: Draft) -> None:
    node.journal.publish(lambda newest: compose(TORINO.base, KEY, newest, NOON, drafts), None, NOON)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient]:
    with town(tmp_path) as node:
        say(node, *draft(MEMBER, None))
        app = node.app()
        app[JOURNAL] = node.journal
        app.add_routes(members.routes())
        async with TestClient(TestServer(app)) as found:
            found.node = node
            yield found


async def test_people_see_the_cities_with_the_words_of_their_keys(client: TestClient) -> None:
    text = await (await client.get("/members", headers={"Accept": "text/html"})).text()

    assert "=Gent⟨U+202E⟩&lt;b&gt;" in text
    assert WORDS in text
    assert 'id="ghent.example"' in text
    assert f"citynode join {TORINO.base}" in text


async def test_programs_read_them_as_linked_data_and_as_a_table(client: TestClient) -> None:
    turtle = await (await client.get("/members.ttl")).text()
    document = await client.get("/members")
    table = await (await client.get("/members.csv")).text()

    graph = rdflib.Graph().parse(data=turtle, format="turtle")
    [row] = csv.DictReader(io.StringIO(table))
    assert [str(each) for each in graph.objects(None, rdflib.URIRef(ORG + "member"))] == [
        f"{GHENT.base}#node"
    ]
    assert document.content_type == "application/ld+json"
    assert (await document.json(content_type=None))["member"] == f"{GHENT.base}#node"
    assert (row["base"], row["words"], row["name"][:2]) == (GHENT.base, WORDS, "'=")


async def test_a_membership_answers_at_its_address(client: TestClient) -> None:
    turtle = await client.get(f"{AT}.ttl")
    quads = await (await client.get(AT, headers={"Accept": "application/n-quads"})).text()
    browser = await client.get(AT, headers={"Accept": "text/html"}, allow_redirects=False)
    nowhere = await client.get("/members/nobody.example")

    assert turtle.content_type == "text/turtle"
    assert "/feed/1-" in turtle.headers["Link"]
    assert f"<{TORINO.base}#node>" in quads
    assert browser.headers["Location"] == f"{TORINO.base}members#ghent.example"
    assert nowhere.status == 404


async def test_a_city_that_left_is_told_as_such_and_a_withdrawn_membership_is_gone(
    client: TestClient,
) -> None:
    node: Town = client.node
    gone = ended(GHENT.base, [MEMBER], NOON.date())
    say(node, *draft(gone, node.journal.newest(TORINO.base)))
    left = await (await client.get("/members.html")).text()
    say(node, Draft(kind=Kind.DELETE, object=MEMBER.iri))

    assert "<strong>left</strong>" in left
    assert (await client.get(AT)).status == 410
    assert "keeps no registry" in await (await client.get("/members.html")).text()


def test_a_city_that_comes_back_is_a_member_from_that_day_and_keeps_its_address() -> None:
    left: Membership = replace(MEMBER, since="2026-01-01", until="2026-06-30")

    back = enlisted(TORINO.base, GHENT, "BE", [left], NOON.date())
    same = enlisted(TORINO.base, GHENT, "BE", [replace(left, until=None)], NOON.date())

    assert (back.iri, back.since, back.until) == (left.iri, "2026-11-22", None)
    assert same.since == "2026-01-01"


@pytest.mark.parametrize(
    ("base", "slug"),
    [
        ("https://ghent.example/", "ghent.example"),
        ("https://hub.example/ghent/", "hub.example-"),
        ("https://ghent.example:8443/", "ghent.example-8443-"),
        ("http://ghent.example/", "ghent.example-"),
    ],
)
def test_no_two_cities_share_the_address_of_a_membership(base: str, slug: str) -> None:
    said = enlisted(TORINO.base, replace(GHENT, base=base), "BE", [], NOON.date())

    name = said.iri.removeprefix(f"{TORINO.base}members/")
    assert name.startswith(slug)
    assert (name == slug) == (not slug.endswith("-"))
