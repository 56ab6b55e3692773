"""Readers during a harvest that does not end: what came together is seen together."""

import asyncio
import json
from pathlib import Path
from typing import Final

from nodes import projection
from nodes.queries import Queries
from nodes.store import Store
from tests.city import City
from tests.federation.node import Node

SLUGS: Final = """
SELECT ?slug { GRAPH ?m { ?record <http://purl.org/dc/terms/identifier> ?slug } }
"""
FEWEST: Final = 10


async def test_no_query_sees_one_of_a_pair_without_the_other(tmp_path: Path) -> None:
    ghent, node = City("ghent"), Node(tmp_path)
    node.knows(ghent.peer)
    store = Store.open(tmp_path / "store", vocabulary=())
    over = asyncio.Event()

    async def harvest() -> None:
        number = 0
        while not over.is_set():
            number += 1
            for twin in "ab":
                ghent.publish(f"pair-{number}-{twin}")
            done = await node.reads(ghent.peer, ghent)
            assert done.new == 2

    async def follow() -> None:
        while not over.is_set():
            await asyncio.to_thread(projection.catch_up, node.journal, (store,), batch=1)
            await asyncio.sleep(0)

    async with Queries(store, tmp_path / "checkpoints", renewal=0.0) as queries:
        writing = [asyncio.create_task(each()) for each in (harvest, follow)]
        seen: list[list[str]] = []
        async with asyncio.timeout(120):
            while len({len(each) for each in seen}) < FEWEST:
                answer = await queries.ask(SLUGS)
                rows = json.loads(answer.body)["results"]["bindings"]
                seen.append([row["slug"]["value"] for row in rows])
                assert not any(task.done() for task in writing)
                await asyncio.sleep(0)  # what is remembered comes without waiting
        over.set()
        await asyncio.gather(*writing)

    for slugs in seen:
        pairs = {slug[:-2] for slug in slugs}
        assert sorted(slugs) == sorted(f"{pair}-{twin}" for pair in pairs for twin in "ab")
    store.close()
    node.journal.close()
