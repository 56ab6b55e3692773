"""What cities are called stands on every page, holds nobody up, and is what they are found by."""

import json
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from nodes.acquaintance import JournalNetwork
from nodes.harvesting import utc_now
from nodes.web.app import build_app
from tests.nodes.portal.conftest import NAME_ELSEWHERE, Place

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_names_and_ages_are_read_beside_what_is_served(place: Place) -> None:
    desk, here = place.node.desk, list[str]()
    network = JournalNetwork(journal=desk.journal, me=desk.city, fresh=1_000)
    app = build_app(replace(place.node, network=network))

    async with TestClient(TestServer(app)) as client, client.get("/schemes/theme") as answer:
        assert answer.status == 200
    desk.journal.db().set_trace_callback(here.append)
    ages, name = network.ages(utc_now()), network.city("https://ghent.example/")
    desk.journal.db().set_trace_callback(None)

    assert (ages[place.base], name) == (0, None)
    assert here == []


async def test_a_city_is_found_by_the_names_that_its_node_signs(place: Place) -> None:
    named, every = [
        json.loads(await place.get(f"/search.json?q={text}&facets=none"))["total"]
        for text in (NAME_ELSEWHERE, "")
    ]

    assert named == every > 1
