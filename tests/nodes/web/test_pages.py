"""The pages for people, and the rules every page keeps."""

import itertools
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from nodes.web.app import mounted
from tests.nodes.town import CALL, CIRCUIT, EVERYTHING, TORINO, town
from tests.vocab.generated import full
from vocab.records import KINDS, Record

pytestmark = pytest.mark.asyncio(loop_scope="module")

HTML = {"Accept": "text/html"}
PAGES = [
    "/",
    "/search",
    "/search?q=autonoma&theme=mobility",
    "/search?q=nothing-at-all-fits",
    "/search?kind=testbeds&kind=calls",
    "/experiments/navetta-autonoma",
    "/experiments/full",
    "/testbeds/falchera",
    "/testbeds/full",
    "/calls/full",
    "/catalogue/helsinki.example/calls/agile-piloting",
    "/catalogue/helsinki.example/robottibussi",
    "/experiments/navetta-autonoma/similar",
    "/experiments/navetta-autonoma/replications",
    "/network",
    "/cities",
    "/cities/own",
    "/cities/own/like",
    "/observatory",
    "/observatory?q=nothing-at-all-fits",
    "/observatory/theme",
    "/permits",
    "/testbeds",
    "/testbeds?city=Nowhere",
    "/calls",
    "/duplicates",
    "/ns",
    "/schemes",
    "/schemes/lifecycle",
    "/schemes/lifecycle/running",
    "/none",
]


class Outline(HTMLParser):
    """Collects what accessibility and the policy ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def landmark(tag: str, said: dict[str, str | None]) -> tuple[str, str] | None:
    """Give the role and the name of a part of a page that readers may jump to."""
    name = said.get("aria-label") or said.get("aria-labelledby")
    role = said.get("role") or {"section": "region", "aside": "complementary"}.get(tag, tag)
    return (role, name) if name and role in {"region", "complementary", "nav"} else None


def whole(kind: type[Record]) -> Record:
    """Make a record with every field filled, in a country that there is."""
    found: Record = full(kind, f"{TORINO.base}{kind.room}/full")
    assert found.place
    return replace(found, place=replace(found.place, country="IT"))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestClient]:
    with town(
        tmp_path_factory.mktemp("pages"), *EVERYTHING, CIRCUIT, CALL, *map(whole, KINDS)
    ) as node:
        async with TestClient(TestServer(node.app())) as found:
            yield found


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_can_be_read_by_everybody(client: TestClient, path: str) -> None:
    text = await (await client.get(path, headers=HTML)).text()
    page = Outline(text)

    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    assert page.all("a")[0]["href"] == "#main", "the skip link comes first"
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all("alt" in image for image in page.all("img"))
    labelled = {label["for"] for label in page.all("label")}
    fields = [field for field in page.all("input") if field.get("type") != "hidden"]
    fields += page.all("select") + page.all("textarea")
    assert all(field["id"] in labelled for field in fields)
    regions = [name for tag, said in page.tags if (name := landmark(tag, said))]
    assert len(regions) == len(set(regions)), "landmarks are told apart by their names"
    assert any(meta.get("name") == "description" for meta in page.all("meta"))


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_asks_nothing_of_others_and_runs_nothing(
    client: TestClient, path: str
) -> None:
    page = Outline(await (await client.get(path, headers=HTML)).text())

    assert all(each.get("type") == "application/ld+json" for each in page.all("script"))
    assert not page.all("style")
    for _, attributes in page.tags:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert not (attributes.get("src") or "").startswith("http")
    sheets = [each for each in page.all("link") if each.get("rel") in {"stylesheet", "icon"}]
    assert sheets
    for each in sheets:
        assert (await client.get(str(each["href"]))).status == 200


@pytest.mark.parametrize("path", PAGES)
async def test_every_link_of_a_page_leads_somewhere(client: TestClient, path: str) -> None:
    page = Outline(await (await client.get(path, headers=HTML)).text())
    elsewhere = (
        "#",
        "http",
        "mailto:",
        "/feed",
        "/sparql",
        "/query",
        "/queries",
        "/members",
        "/dumps",
    )

    for href in {str(each["href"]) for each in page.all("a")}:
        if not href.startswith(elsewhere):
            answer = await client.get(href, headers=HTML)
            assert answer.status == 200, href


async def test_the_home_page_says_what_is_here(client: TestClient) -> None:
    text = await (await client.get("/", headers=HTML)).text()

    assert "4 experiments, 2 testbeds and 2 calls from 3 cities" in text
    assert 'href="/search?city=Helsinki"' in text
    assert 'href="/search?theme=mobility"' in text


async def test_themes_are_named_in_the_readers_language(client: TestClient) -> None:
    answer = await client.get("/", headers=HTML | {"Accept-Language": "it"})

    assert re.search(r'<span lang="it">Mobilità', await answer.text())
    assert "Accept-Language" in answer.headers["Vary"]


async def test_the_network_page_shows_peers_and_refusals(client: TestClient) -> None:
    text = await (await client.get("/network", headers=HTML)).text()

    assert "abandon ability able" in text
    assert "22 November 2026, 12:00 UTC" in text
    assert "no key of Helsinki signed it" in text
    assert "1,000 refusals, the last 1 of them here" in text
    assert "1 city does not answer as it should" in text
    assert "&lt;b&gt;Relay&lt;/b&gt;⟨U+202E⟩" in text
    assert 'href="javascript:' not in text


async def test_the_network_page_shows_who_waits_for_an_officer(client: TestClient) -> None:
    text = await (await client.get("/network", headers=HTML)).text()

    assert "Waiting for an officer: 1 city" in text
    assert "Gent⟨U+202E⟩&lt;script&gt;" in text
    assert "https://xn--ghnt-dpa.example/" in text
    assert "letters of another alphabet" in text
    assert "its address is a private one" in text
    assert "its cities are proposed" in text


@pytest.mark.parametrize(
    ("path", "accept"), [("/network.json", "text/html"), ("/network", "application/json")]
)
async def test_programs_read_the_network_as_json(
    client: TestClient, path: str, accept: str
) -> None:
    answer = await client.get(path, headers={"Accept": accept})
    told = await answer.json()

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert [each["name"] for each in told["peers"]] == ["Helsinki", "<b>Relay</b>\u202e"]
    assert told["peers"][0]["last_good"] == "2026-11-22T12:00:00+00:00"
    assert told["cities"][0]["standing"] == "proposed"
    assert told["registries"][0]["base"] == "https://network.example/"


async def test_an_empty_node_says_what_to_do(tmp_path: Path) -> None:
    with town(tmp_path) as node:
        async with TestClient(TestServer(node.app())) as client:
            home = await (await client.get("/", headers=HTML)).text()
            found = await (await client.get("/search", headers=HTML)).text()

    assert "Nothing is published or harvested yet" in home
    assert "0 experiments" in found


async def test_the_vocabulary_is_served(client: TestClient) -> None:
    turtle = await client.get("/ns", headers={"Accept": "text/turtle"})
    document = await client.get("/ns.jsonld")
    context = await client.get("/context/v1.jsonld")
    scheme = await client.get("/schemes/theme")

    assert turtle.content_type == scheme.content_type == "text/turtle"
    assert document.content_type == context.content_type == "application/ld+json"
    assert "@context" in await context.json(content_type=None)
    assert context.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_node_below_a_path_serves_all_that_a_node_at_the_root_does(tmp_path: Path) -> None:
    city = replace(TORINO, base=f"{TORINO.base}lab/node/")
    with town(tmp_path, city=city) as node:
        inner = node.app()
        async with TestClient(TestServer(mounted(inner, city.base, 1_000))) as client:
            paths = {each.resource.canonical for each in inner.router.routes() if each.resource}
            told = {path: (await client.get(path)).status for path in paths if "{" not in path}
            begin = await client.get("/lab/node", allow_redirects=False)
            slash = await client.get("/lab/node/ns/?x=1", allow_redirects=False)
            stripped = await (await client.get("/search")).json(content_type=None)

    assert "/lab/node/context/v1" in told
    assert {path for path, status in told.items() if status != 200} == set()
    assert (begin.status, begin.headers["Location"]) == (308, city.base)
    assert f"answers at {city.base} and below" in stripped["detail"]
    assert "must pass on the whole path" in stripped["hint"]
    assert (slash.status, slash.headers["Location"]) == (308, "/lab/node/ns?x=1")


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/search/?q=%2Fa&theme=x", "/search?q=%2Fa&theme=x"),
        ("/experiments/navetta-autonoma//", "/experiments/navetta-autonoma"),
        ("/none/", None),
        ("//", None),
        ("//evil.example/", None),
        ("//search/", "/search"),
        ("/" + "search/" * 400, None),
    ],
)
async def test_a_slash_too_many_leads_to_the_address_without(
    client: TestClient, path: str, leads: str | None
) -> None:
    for asked in ("GET", "HEAD"):
        there = URL(f"{client.make_url('/')}"[:-1] + path, encoded=True)
        answer = await client.session.request(asked, there, allow_redirects=False)
        assert answer.status == (308 if leads else 404)
        assert answer.headers.get("Location") == leads


async def test_a_page_of_another_site_may_send_and_read_every_header(client: TestClient) -> None:
    asked = {"Origin": "https://x.example", "Access-Control-Request-Method": "GET"}
    before = await client.options("/search", headers=asked)
    told = [await client.get(each) for each in ("/search.json", "/search.csv", "/none")]

    may = set(before.headers["Access-Control-Allow-Headers"].split(", "))
    assert {"cache-control", "accept-datetime", "authorization", "if-none-match"} <= may
    for answer in told:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        shown = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
        assert {"ETag", "Link", "Age", "Retry-After", "Citynode-Freshness"} <= shown
