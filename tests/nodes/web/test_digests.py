"""The digest over HTTP: who holds a copy can see where it differs, and trust what it is told."""

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from federation.digests import BUCKETS, add_up, sum_of
from federation.examining import Examined, examine
from federation.limits import Limits
from federation.member import Kind
from federation.page import live_nquads
from nodes.feeds import Feeds
from nodes.journal import Journal
from nodes.publishing import Draft, compose
from nodes.web import digests, feed, middleware
from nodes.web import rendering as html
from nodes.web.keys import CITY, FEEDS, JOURNAL
from tests.city import NOON
from tests.nodes.web.test_feed import KEY, ME, say

Client = TestClient[web.Request, web.Application]
KEYS = {ME.base: (KEY.public(ME.base),)}


@pytest.fixture
def journal(tmp_path: Path) -> Any:
    with closing(Journal(tmp_path / "journal.sqlite", ME.base)) as journal:
        say(journal, 300)
        yield journal


@pytest.fixture
async def client(journal: Journal, tmp_path: Path) -> AsyncIterator[Client]:
    app = web.Application()
    middleware.setup(app)
    html.setup(app)
    app[CITY], app[JOURNAL] = ME, journal
    app[FEEDS] = Feeds(
        journal=journal, city=ME, key=lambda: KEY, interval=60, folder=tmp_path / "pages"
    )
    app.add_routes([*feed.routes(), *digests.routes()])
    async with TestClient(TestServer(app)) as client:
        yield client


async def read(client: Client, path: str, accept: str = "application/n-quads") -> Examined:
    answer = await client.get(path, headers={"Accept": accept})
    body = await answer.read()
    assert answer.status == 200, body
    url = f"{ME.base}{path.removeprefix('/')}"
    return examine(body, answer.content_type, url, KEYS, Limits())


async def test_root_buckets_and_lists_are_signed_and_add_up(
    client: Client, journal: Journal
) -> None:
    root = await read(client, "/feed")
    whole = await read(client, "/feed/digest")
    assert root.page.live is not None
    assert whole.page.live is not None
    told = whole.page.live
    shown = {entry.member.object for entry in journal.records()}

    assert root.live_signed
    assert whole.live_signed
    assert root.head_signed
    assert root.page.live.sum == told.sum == add_up(told.buckets.values())
    assert (told.size, told.sum.count) == (300, 300)
    listed: list[str] = []
    for number, summed in told.buckets.items():
        part = await read(client, f"/feed/digest/{number}")
        assert part.live_signed
        assert part.page.live is not None
        assert part.page.live.sum == summed == sum_of(part.page.live.listed)
        listed.extend(each.record for each in part.page.live.listed)
    assert sorted(listed) == sorted(shown)


async def test_a_withdrawal_is_in_the_digest_of_the_next_poll(
    client: Client, journal: Journal
) -> None:
    before = await read(client, "/feed")
    gone = Draft(kind=Kind.DELETE, object=f"{ME.base}experiments/p7")
    journal.publish(lambda newest: compose(ME.base, KEY, newest, NOON, [gone]), None, NOON)
    after = await read(client, "/feed")

    assert before.page.live is not None
    assert after.page.live is not None
    assert (before.page.live.sum.count, after.page.live.sum.count) == (300, 299)
    assert after.live_signed


@pytest.mark.parametrize("accept", ["text/turtle", "application/ld+json"])
async def test_every_syntax_says_the_same(client: Client, accept: str) -> None:
    plain, other = await read(client, "/feed/digest"), await read(client, "/feed/digest", accept)

    assert other.page.live == plain.page.live
    assert other.live_signed


@pytest.mark.parametrize("number", [str(BUCKETS), "999", "-1", "01", "1.5", "²"])
async def test_there_are_no_other_buckets(client: Client, number: str) -> None:
    answer = await client.get(f"/feed/digest/{number}")

    assert answer.status == 404


def test_a_changed_list_is_not_believed(journal: Journal, tmp_path: Path) -> None:
    live = Feeds(journal=journal, city=ME, key=lambda: KEY, interval=60, folder=tmp_path / "p").live
    told = live.bucket(next(iter(live.buckets().buckets)))
    from_page = live_nquads(told).replace(told.listed[0].digest, "zQmOther")
    examined = examine(from_page.encode(), "application/n-quads", told.iri, KEYS, Limits())

    assert examined.page.live is not None
    assert not examined.live_signed
