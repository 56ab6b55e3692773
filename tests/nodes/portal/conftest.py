"""Torino's node, served in this process, with one record changed and one withdrawn."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from federation.member import Kind
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.node import Node, open_node
from nodes.publishing import Draft, plan
from nodes.web.app import build_app
from tests.journeys.places import example, found
from tests.nodes.portal import plenty
from vocab.triples import from_payload

CHANGED = "Navetta autonoma, riveduta"
NAME_ELSEWHERE = "ტურინი"


@dataclass(frozen=True)
class Place:
    """A node and a client that asks it."""

    node: Node
    client: TestClient[web.Request, web.Application]

    @property
    def base(self) -> str:
        return self.node.desk.city.base

    def path(self, address: str) -> str:
        """Give the path of one of the node's own addresses."""
        assert address.startswith(self.base)
        return "/" + address.removeprefix(self.base)

    async def get(self, path: str, status: int = 200, **headers: str) -> str:
        async with self.client.get(path, headers=headers) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    torino = example("torino")
    settings = {key: value for key, value in torino.settings.items() if key != "name"}
    settings["contact"] = "lab@torino.example"
    settings["profile"] = {**settings["profile"], "names": {"ka": NAME_ELSEWHERE}}
    town = found("torino", tmp_path_factory.mktemp("portal"), "Torino", **settings)
    town.take_in(torino)
    change(town.folder)
    async with open_node(read_config(town.folder)) as node:
        server = TestServer(build_app(node), port=urlsplit(town.base).port)
        async with TestClient(server) as client:
            yield Place(node=node, client=client)


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def hall(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    """A node with a whole record of each kind, a hostile one, and one of each that is gone."""
    town = found("torino", tmp_path_factory.mktemp("hall"), "Torino")
    said = [*plenty.whole(town.base), *plenty.hostile(town.base)]
    gone = plenty.hostile(town.base, 1)
    with open_desk(read_config(town.folder)) as desk:
        drafts = plan([*said, *gone], lambda _: None).drafts
        withdrawn = [Draft(kind=Kind.DELETE, object=each.iri) for each in gone]
        desk.speak([*drafts, *withdrawn], None, utc_now())
    async with open_node(read_config(town.folder)) as node:
        server = TestServer(build_app(node), port=urlsplit(town.base).port)
        async with TestClient(server) as client:
            yield Place(node=node, client=client)


def change(folder: Path) -> None:
    with open_desk(read_config(folder)) as desk:
        first, second, *_ = [entry.member for entry in desk.journal.records(desk.city.base)]
        record = from_payload(first.payload, first.object)
        update = plan([replace(record, title={"it": CHANGED})], lambda _: first)
        withdrawal = Draft(kind=Kind.DELETE, object=second.object)
        desk.speak([*update.drafts, withdrawal], None, utc_now())
