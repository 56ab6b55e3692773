"""Torino's node in this process, with a history that a test goes on writing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from federation.member import Kind
from federation.times import stamp
from nodes.config import read_config
from nodes.journal import rows
from nodes.node import Node, open_node
from nodes.publishing import Draft, plan
from nodes.web.app import build_app
from tests.city import City, experiment

TITLES = """
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX cn: <https://w3id.org/citynode/ns#>
SELECT ?record ?title WHERE { ?record a cn:UrbanExperiment ; dcterms:title ?title }
"""


@dataclass
class Place:
    """A node, a client that asks it, and another city whose members it takes in."""

    node: Node
    client: TestClient[web.Request, web.Application]
    helsinki: City = field(default_factory=lambda: City("helsinki"))

    @property
    def base(self) -> str:
        return self.node.desk.city.base

    def now(self) -> str:
        return stamp(self.node.desk.journal.clock())

    async def say(self, slug: str, title: str) -> str:
        """Publish a record; return a time at which it is shown."""
        desk = self.node.desk
        record = experiment(desk.city.base, slug, title)
        desk.speak(plan([record], desk.current).drafts, None, desk.journal.clock())
        return await self._seen()

    async def withdraw(self, slug: str) -> str:
        desk = self.node.desk
        draft = Draft(kind=Kind.DELETE, object=f"{desk.city.base}experiments/{slug}")
        desk.speak([draft], None, desk.journal.clock())
        return await self._seen()

    async def hear(self, slug: str, title: str) -> str:
        """Take in a record of the other city."""
        journal = self.node.desk.journal
        said = [(self.helsinki.publish(slug, title), "accepted")]
        with journal.transaction() as db:
            via = self.helsinki.base
            for entry in journal.append(db, said, via=via, now=journal.clock()):
                rows.speak(db, entry)
        return await self._seen()

    async def _seen(self) -> str:
        await self.node.catch_up()
        return self.now()

    async def get(self, path: str, status: int = 200, **headers: str) -> ClientResponse:
        path = path.removeprefix(self.base.rstrip("/"))
        answer = await self.client.get(path, headers=headers, allow_redirects=False)
        await answer.read()
        assert answer.status == status, (answer.status, await answer.text())
        return answer

    async def ask(self, query: str, as_of: str | None, status: int = 200, **more: Any) -> str:
        """Ask for CSV, as of a time; wait while its store is being built."""
        asked = {"query": query, **({"asOf": as_of} if as_of else {})}
        answer = await self.get(f"/sparql.csv?{urlencode(asked)}", status, **more)
        return await answer.text()

    async def titles(self, as_of: str | None) -> set[str]:
        rows = (await self.ask(TITLES, as_of)).splitlines()[1:]
        return {row.partition(",")[2] for row in rows}

    async def cite(self, query: str, as_of: str = "", status: int = 303) -> str:
        answer = await self.get(f"/cite?{urlencode({'query': query, 'asOf': as_of})}", status)
        return answer.headers.get("Location", await answer.text())


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Place]:
    async with open_node(read_config(folder)) as node:
        server = TestServer(build_app(node), port=urlsplit(node.desk.city.base).port)
        async with TestClient(server) as client:
            await asyncio.to_thread(node.views.catch_up, node.desk.journal)
            yield Place(node=node, client=client)
