"""The stream of rounds: why a city is stale is told there, and no secret beside it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from federation.foreign import to_nquads
from federation.limits import Limits
from federation.peers import Round
from federation.reading import read_page
from nodes.journal import Journal, known, runs
from nodes.runs import Runs
from nodes.web import middleware
from nodes.web import rendering as html
from nodes.web import runs as served
from nodes.web.keys import CITY, RUNS
from tests.city import NOON
from tests.city import City as Peer
from tests.nodes.web.test_feed import ME

Client = TestClient[web.Request, web.Application]
TORINO = Peer("torino").peer
DONE = Round(peer=TORINO.base, started=NOON, new=2, known=3, refused=1)
DAY = timedelta(days=1)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.sqlite", ME.base)) as found:
        known.add_peer(found, TORINO, NOON)
        yield found


@pytest.fixture
async def client(journal: Journal) -> AsyncIterator[Client]:
    app = web.Application()
    middleware.setup(app)
    html.setup(app)
    app[CITY] = ME
    app[RUNS] = Runs(journal=journal, city=ME, interval=60, days=90, page=4)
    app.add_routes(served.routes())
    async with TestClient(TestServer(app)) as client:
        yield client


def rounds(journal: Journal, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        now = NOON + number * DAY
        known.keep_round(journal, replace(DONE, started=now), now, now + timedelta(seconds=3))


async def text(client: Client, path: str, syntax: str = "nq") -> str:
    answer = await client.get(path + (f".{syntax}" if syntax else ""))
    assert answer.status == 200, await answer.text()
    body = await answer.read()
    return to_nquads(body, answer.content_type, f"{ME.base}{path[1:]}", Limits())


async def followed(client: Client) -> list[str]:
    """Read the stream as a client does, from the root along its relations."""
    found: list[str] = []
    queue, seen = ["/feed/runs"], set()
    while queue:
        path = queue.pop()
        assert path not in seen, "a page is reached twice"
        seen.add(path)
        page = await text(client, path)
        said = read_page(page, f"{ME.base}{path[1:]}", Limits())
        if path != "/feed/runs":
            found.extend(each.iri for each in said.carried)
        queue.extend(f"/{each.node.removeprefix(ME.base)}" for each in said.relations)
    return sorted(found, key=lambda name: int(name.rpartition("-")[2]))


def names(numbers: range) -> list[str]:
    return [f"{ME.base}feed/runs#run-{number}" for number in numbers]


async def test_a_round_is_told_with_times_counts_and_the_reason_it_failed(
    client: Client, journal: Journal
) -> None:
    failure = "https://me:word@torino.example/feed?token=geheim#x did not answer: status 500"
    done = replace(DONE, failure=failure, differs="1 refused here")
    known.keep_round(journal, done, NOON, NOON + timedelta(seconds=3))

    said = await text(client, "/feed/runs")

    for part in (
        '#startedAtTime> "2026-11-22T12:00:00.000000Z"^^',
        '#endedAtTime> "2026-11-22T12:00:03.000000Z"^^',
        "#used> <https://torino.example/>",
        '#seenCount> "6"^^',
        '#newCount> "2"^^',
        '#refusedCount> "1"^^',
        "https://torino.example/feed#x did not answer: status 500",
        "1 refused here",
        'fullLogDuration> "P90D"^^',
    ):
        assert part in said
    assert "geheim" not in said
    assert "word" not in said
    assert "versionOfPath" not in said


@pytest.mark.parametrize("syntax", ["trig", "jsonld", "ttl", "nt"])
async def test_every_syntax_says_the_same(client: Client, journal: Journal, syntax: str) -> None:
    rounds(journal, 3)

    plain, other = await text(client, "/feed/runs"), await text(client, "/feed/runs", syntax)

    def triples(page: str) -> set[str]:
        return {row for row in page.splitlines() if row.startswith("<")}

    assert {row.partition(" _:")[0] for row in triples(other)} == {
        row.partition(" _:")[0] for row in triples(plain)
    }


async def test_all_that_is_kept_is_reached_and_nothing_else(
    client: Client, journal: Journal
) -> None:
    rounds(journal, 11)
    before = await followed(client)
    page = await client.get("/feed/runs/pages/1.nq")

    runs.prune(journal, NOON + 6 * DAY)
    after = await followed(client)
    rounds(journal, 2, 11)
    later = await followed(client)
    gone = await client.get("/feed/runs/pages/0.nq")
    moved = await client.get("/feed/runs/pages/1.nq", allow_redirects=False)

    assert before == names(range(1, 12))
    assert "immutable" in page.headers["Cache-Control"]
    assert after == names(range(7, 12))
    assert later == names(range(7, 14))
    assert gone.status == 410
    assert moved.status == 308
    assert moved.headers["Location"] == f"{ME.base}feed/runs/pages/1-6.nq"


async def test_numbers_are_never_used_again_and_times_only_grow(
    client: Client, journal: Journal
) -> None:
    rounds(journal, 5)
    runs.prune(journal, NOON + 30 * DAY)
    empty = await followed(client)
    now = NOON - DAY  # the clock was set back
    for _ in range(2):
        known.keep_round(journal, DONE, now, now)

    told = runs.between(journal, 0, 100)

    assert empty == []
    assert await followed(client) == names(range(6, 8))
    assert [each.number for each in told] == [6, 7]
    assert told[0].ended < told[1].ended


async def test_a_stream_without_rounds_is_a_stream(client: Client) -> None:
    said = await text(client, "/feed/runs")

    assert "EventStream" in said
    assert await followed(client) == []


@pytest.mark.parametrize("path", ["pages/9", "pages/0-1", "index/1-0", "pages/x", "pages/0-x"])
async def test_there_is_no_page_but_those(client: Client, journal: Journal, path: str) -> None:
    rounds(journal, 2)

    answer = await client.get(f"/feed/runs/{path}", allow_redirects=False)

    assert answer.status in (404, 308)


async def test_rounds_that_found_nothing_new_are_not_told(journal: Journal) -> None:
    quiet = Round(peer=TORINO.base, started=NOON, known=4)
    known.keep_round(journal, quiet, NOON, NOON)

    assert runs.extent(journal) == (0, 0)
