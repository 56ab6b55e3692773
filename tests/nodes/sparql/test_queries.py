"""The query service: checkpoints follow the store, are consistent, and are cleared away."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from nodes.changes import Change
from nodes.errors import Busy, QueryRefused, WorkerTimedOut
from nodes.queries import Limits, Queries
from nodes.sandbox.formats import Kind
from nodes.store import Store
from tests.nodes.sparql.endpoint import Endpoint, begun, changes, endpoint, member

COUNT = "SELECT (COUNT(*) AS ?n) { GRAPH ?m { ?s a ?type } }"
SLOW = "SELECT (COUNT(*) AS ?n) {" + "".join(f" ?s{n} ?p{n} ?o{n} ." for n in range(9)) + " }"
"""Takes hours, however little is known."""
PATIENT = Limits(seconds=3_600)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Endpoint]:
    async with endpoint(tmp_path, known=changes(4)) as site:
        yield site


async def count(queries: Queries, query: str = COUNT) -> int:
    answer = await queries.ask(query)
    return int(json.loads(answer.body)["results"]["bindings"][0]["n"]["value"])


def further(number: int, position: int) -> list[Change]:
    """Two records that belong together."""
    pair = (member("torino", number), member("ghent", number))
    return [Change(object=each.object, position=position, member=each) for each in pair]


async def test_says_which_position_an_answer_speaks_of(site: Endpoint) -> None:
    answer = await site.queries.ask("ASK {}")

    assert (answer.kind, answer.format, answer.position) == (Kind.TRUTH, "json", 12)


async def test_an_answer_is_at_most_a_second_behind(site: Endpoint) -> None:
    site.store.apply(further(50, 13), 13)
    early = await count(site.queries)
    await asyncio.sleep(1.01)

    assert early in {12, 14}
    assert await count(site.queries) == 14


async def test_a_refresh_shows_what_was_just_applied(site: Endpoint) -> None:
    site.store.apply(further(50, 13), 13)

    assert await site.queries.refresh() == 13

    assert await count(site.queries) == 14


async def test_a_refresh_without_news_makes_no_checkpoint(site: Endpoint, tmp_path: Path) -> None:
    before = list((tmp_path / "checkpoints").iterdir())

    await site.queries.refresh()

    assert list((tmp_path / "checkpoints").iterdir()) == before


async def test_old_checkpoints_are_removed_when_nobody_reads_them(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    async with endpoint(tmp_path, known=changes(4), limits=PATIENT) as site:
        slow = asyncio.create_task(site.queries.ask(SLOW))
        await begun(site)
        for number in range(50, 55):
            site.store.apply(further(number, number), number)
            await site.queries.refresh()
        during = len(list(folder.iterdir()))
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)

        site.store.apply(further(60, 60), 60)
        await site.queries.refresh()

        assert during == 2
        assert len(list(folder.iterdir())) == 1
        assert await count(site.queries) == 12 + 12


async def test_leftovers_of_a_killed_node_are_removed(tmp_path: Path) -> None:
    leftover = tmp_path / "checkpoints" / "7" / "file"
    leftover.parent.mkdir(parents=True)
    leftover.write_text("left")

    async with endpoint(tmp_path, known=changes(1)):
        assert not leftover.exists()


async def test_readers_never_see_half_a_change(tmp_path: Path) -> None:
    async with endpoint(tmp_path, known=changes(4), renewal=0.0) as site:
        seen = await _counts_while_writing(site)

    assert len(seen) > 1
    assert all(number % 2 == 0 for number in seen)


async def _counts_while_writing(site: Endpoint) -> set[int]:

    async def write() -> None:
        for number in range(100, 10_000):
            await asyncio.to_thread(site.store.apply, further(number, number), number)

    writing = asyncio.create_task(write())
    seen = {await count(site.queries) for _ in range(12)}
    while len(seen) == 1:
        seen.add(await count(site.queries))
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    return seen


async def test_an_update_replaces_what_queries_see(site: Endpoint) -> None:
    old = member("torino", 1)
    new = replace(old, iri=f"{old.iri[:-8]}ffffffff", payload=old.payload.replace(b"Trial", b"New"))
    site.store.apply([Change(object=new.object, position=13, member=new)], 13)
    await site.queries.refresh()

    told = await count(
        site.queries, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(STRSTARTS(STR(?o), 'New')) }"
    )

    assert told == 1
    assert await count(site.queries) == 12


async def test_an_answer_beyond_the_limit_is_an_error(tmp_path: Path) -> None:
    limits = Limits(answer_bytes=1000)
    async with endpoint(tmp_path, known=changes(10), limits=limits) as site:
        with pytest.raises(QueryRefused, match="larger than 1000 bytes"):
            await site.queries.ask("SELECT * { ?s ?p ?o }")


async def test_a_full_queue_is_told_as_busy(tmp_path: Path) -> None:
    limits = Limits(seconds=1.0)
    async with endpoint(tmp_path, known=changes(60), limits=limits, workers=1, queue=1) as site:
        asked = [
            asyncio.create_task(site.client.get("/sparql", params={"query": SLOW}))
            for _ in range(4)
        ]
        answers = await asyncio.gather(*asked)

    busy = [answer for answer in answers if answer.status == 503]
    assert any(answer.headers.get("Retry-After") for answer in busy)
    assert {answer.status for answer in answers} <= {503, 504}


async def test_the_same_store_can_be_asked_again_after_a_restart(tmp_path: Path) -> None:
    async with endpoint(tmp_path, known=changes(2)) as site:
        first = await count(site.queries)
    store = Store.open(tmp_path / "store", vocabulary=())

    async with Queries(store, tmp_path / "checkpoints") as queries:
        assert await count(queries) == first
        assert queries.position == 6
    store.close()


async def test_busy_is_raised_to_callers(tmp_path: Path) -> None:
    async with endpoint(tmp_path, known=changes(4), limits=PATIENT, workers=1, queue=0) as site:
        slow = asyncio.create_task(site.queries.ask(SLOW))
        await begun(site)

        with pytest.raises(Busy):
            await site.queries.ask("ASK {}")

        slow.cancel()


async def test_a_query_has_the_time_that_its_asker_grants_it(tmp_path: Path) -> None:
    async with endpoint(tmp_path, known=changes(4), limits=PATIENT) as site:
        with pytest.raises(WorkerTimedOut, match=r"after 0\.5 seconds"):
            await site.queries.ask(SLOW, seconds=0.5)
