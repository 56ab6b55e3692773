"""The feed over HTTP, asked by clients that mean no good."""

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from federation import keys
from federation.member import Kind
from nodes.city import City
from nodes.feeds import Feeds
from nodes.journal import Journal
from nodes.publishing import Draft, compose
from nodes.web import feed, middleware
from nodes.web import rendering as html
from nodes.web.keys import CITY, FEEDS, JOURNAL
from tests.city import NOON, experiment
from vocab.triples import to_payload

ME = City(
    name="Me", base="https://me.example/", country="IT", language="it", publisher="Me", licence="x"
)
KEY = keys.generate()
Client = TestClient[web.Request, web.Application]


def say(journal: Journal, count: int, first: int = 0) -> None:
    drafts = [
        Draft(
            kind=Kind.CREATE,
            object=f"{ME.base}experiments/p{number}",
            payload=to_payload(experiment(ME.base, f"p{number}")),
        )
        for number in range(first, first + count)
    ]
    journal.publish(lambda newest: compose(ME.base, KEY, newest, NOON, drafts), None, NOON)


@pytest.fixture
def journal(tmp_path: Path) -> Any:
    with closing(Journal(tmp_path / "journal.sqlite", ME.base)) as journal:
        say(journal, 260)
        yield journal


@pytest.fixture
async def client(journal: Journal, tmp_path: Path) -> AsyncIterator[Client]:
    app = web.Application()
    app[JOURNAL], app[CITY] = journal, ME
    app[FEEDS] = Feeds(
        journal=journal, city=ME, key=lambda: KEY, interval=60, folder=tmp_path / "pages"
    )
    app.add_routes(feed.routes())
    html.setup(app)
    middleware.setup(app)
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "feed/pages/../../journal.sqlite",
        "feed/pages/..%2f..%2fjournal.sqlite",
        "feed/pages/%2e%2e%2f%2e%2e%2fkey.pem",
        "feed/pages/0%00",
        "feed/pages/00",
        "feed/pages/-1",
        "feed/pages/1e3",
        "feed/pages/999999999",
        "feed/pages/9999999999999999999",
        "feed/index/9-999999999",
        "feed/index/0-0",
        "feed/pages/" + quote("1\u0662"),
        "feed/pages/1" + quote("\u0966"),
        "feed/pages/0.exe",
        "feed/pages/0.trig.trig.trig.x",
        "feed.exe",
        "feed.tree",
        "feed.trig.nq",
        "feed/all.html",
        "feed/all/pages/0.nq.gzip",
        "feed/1-00000000",
        "feed/1-0000000g",
        "feed/" + quote("1\u0662") + "-00000000",
        "feed/1-00000000.jsonld",
    ],
)
async def test_odd_addresses_are_not_found_and_leave_nothing(
    client: Client, tmp_path: Path, path: str
) -> None:
    answer = await client.get(URL(f"/{path}", encoded=True))

    assert answer.status in (404, 405)
    assert not list((tmp_path / "pages").rglob("*"))


async def test_asking_for_everything_in_every_way_keeps_little(
    client: Client, tmp_path: Path
) -> None:
    for page in range(1):
        for syntax in ("trig", "nq", "jsonld", "ttl", "nt", "tree.trig"):
            for coding in ("gzip", "br", "zstd", "identity", "gzip;q=0.5, br;q=0.4", "x"):
                answer = await client.get(
                    f"/feed/pages/{page}.{syntax}?x={page}", headers={"Accept-Encoding": coding}
                )
                assert answer.status == 200

    kept = list((tmp_path / "pages").rglob("*.*"))
    assert len(kept) == 5 * 3
    assert not [each for each in kept if "part" in each.name]


async def test_open_pages_in_memory_have_a_bound_in_bytes(client: Client, journal: Journal) -> None:
    memory = client.server.app[FEEDS].memory  # type: ignore[attr-defined]
    memory.most_bytes = 90_000
    for number in range(30):
        say(journal, 1, first=100 + number)
        for syntax in ("nq", "jsonld", "trig"):
            await client.get(f"/feed.{syntax}", headers={"Accept-Encoding": "identity"})

    assert 0 < memory.used <= 90_000


async def test_the_same_page_has_the_same_words_in_every_coding(client: Client) -> None:
    plain = [
        await (await client.get("/feed/pages/0.nq", headers={"Accept-Encoding": coding})).read()
        for coding in ("identity", "gzip", "identity")
    ]

    assert plain[0] == plain[2] != plain[1]


async def test_a_restored_journal_does_not_serve_the_pages_of_its_other_life(
    journal: Journal, tmp_path: Path
) -> None:
    folder = tmp_path / "pages"
    feeds = Feeds(journal=journal, city=ME, key=lambda: KEY, interval=60, folder=folder)
    before = feeds.render("pages/0", "nq", "gzip", relayed=False)
    (tmp_path / "other").mkdir()
    with closing(Journal(tmp_path / "other" / "journal.sqlite", ME.base)) as restored:
        say(restored, 100)
        say(restored, 300, first=1_000)
        feeds = Feeds(journal=restored, city=ME, key=lambda: KEY, interval=60, folder=folder)

        after = feeds.render("pages/0", "nq", "identity", relayed=False)

    assert before is not None
    assert after is not None
    assert b"experiments/p1149" in after.body


@pytest.mark.parametrize(
    ("held", "status"),
    [
        ("{etag}", 304),
        ("W/{etag}", 304),
        ('"a", W/"b" , {etag}', 304),
        ("*", 304),
        ('"other"', 200),
        ("{etag}x", 200),
        ("nonsense", 200),
        (",,,,", 200),
        ('"' * 4_000, 200),
        ('"a",' * 1_500, 200),
    ],
)
async def test_what_the_client_holds_is_read_with_care(
    client: Client, held: str, status: int
) -> None:
    first = await client.get("/feed")

    wanted = held.replace("{etag}", first.headers["ETag"])
    answer = await client.get("/feed", headers={"If-None-Match": wanted})

    assert answer.status == status
    assert status == 200 or await answer.read() == b""


async def test_what_the_client_holds_is_read_from_all_fields(client: Client) -> None:
    etag = (await client.get("/feed")).headers["ETag"]
    held = [("If-None-Match", '"a"'), ("If-None-Match", 'W/"b"'), ("If-None-Match", etag)]

    assert (await client.get("/feed", headers=held)).status == 304
    assert (await client.get("/feed", headers=held[:2])).status == 200


@pytest.mark.parametrize("media", ["application/trig", "application/n-quads"])
async def test_a_client_of_the_tree_profile_gets_what_it_asks_for(
    client: Client, media: str
) -> None:
    profile = f'{media}; profile="https://w3id.org/tree/profile"'

    for accept in (profile, f"text/turtle;q=0.9, {profile}", f"{media};profile=x, image/png"):
        answer = await client.get("/feed", headers={"Accept": accept})
        assert (answer.status, answer.headers["Content-Type"]) == (200, profile)


async def test_a_head_request_tells_the_same_without_a_body(client: Client) -> None:
    whole, head = await client.get("/feed"), await client.head("/feed")

    assert head.status == 200
    assert head.headers["ETag"] == whole.headers["ETag"]
    assert await head.read() == b""


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/n-quads;q=0, */*;q=0.1", 200),
        ("text/turtle;q=0", 406),
        ("application/json", 200),
        ("image/png", 406),
        (";;;,,,q=1", 200),
        ("*/*;q=NaN", 200),
        ('a/b;x="' + "\\" * 3_000, 406),
        ('"' * 4_000, 200),
        ("a/b," * 1_900, 406),
        ("text/html", 200),
    ],
)
async def test_every_wish_is_answered(client: Client, accept: str, status: int) -> None:
    answer = await client.get("/feed", headers={"Accept": accept})

    assert answer.status == status


@pytest.mark.parametrize("host", ["evil.example", "me.example:99", "[::1]", "a\u00e9", ""])
async def test_a_forged_host_changes_no_byte(client: Client, host: str) -> None:
    true = await (await client.get("/feed.nq")).read()

    answer = await client.get(
        "/feed.nq", headers={"Host": host, "X-Forwarded-Host": "evil.example"}
    )

    assert answer.status == 400 or await answer.read() == true
