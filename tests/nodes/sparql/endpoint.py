"""A small endpoint for tests: a real store, real workers, a real server on loopback."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from federation.member import Kind, Member
from nodes.budgets import Budgets
from nodes.changes import Change
from nodes.journal import Journal
from nodes.queries import Limits, Queries
from nodes.store import Store
from nodes.web import sparql
from nodes.web.clients import Clients
from nodes.web.keys import BASE, BUDGETS, CITY, CLIENTS, FRESHNESS, QUERIES, REFRESHING
from tests.nodes.town import TORINO, alone
from vocab import lines
from vocab.lines import Iri, Literal
from vocab.terms import CN, DCTERMS, RDF_TYPE

CITIES = ("torino", "ghent", "helsinki")
HOME = "http://127.0.0.1/"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What a test needs to hold on to."""

    client: TestClient[web.Request, web.Application]
    queries: Queries
    store: Store

    def url(self, path: str) -> str:
        return str(self.client.make_url(path))


def member(city: str, number: int, kind: Kind = Kind.CREATE) -> Member:
    base = f"https://{city}.example/"
    record = f"{base}experiments/trial-{number}"
    payload = lines.canonical(
        [
            lines.line(record, RDF_TYPE, Iri(f"{CN}UrbanExperiment")),
            lines.line(record, f"{DCTERMS}identifier", Literal(f"{number}")),
            lines.line(
                record,
                f"{DCTERMS}title",
                Literal(f'Trial, {number}\tof "{city}"\nhere', language="en"),
            ),
        ]
    )
    return Member(
        iri=f"{base}feed/{number}-{number:08x}",
        sequence=number,
        kind=kind,
        object=record,
        actor=f"{base}#node",
        published=f"2026-11-22T10:00:00.{number:06d}Z",
        payload=payload,
    )


def changes(size: int) -> list[Change]:
    members = [member(city, number) for city in CITIES for number in range(1, size + 1)]
    return [
        Change(object=each.object, position=position, member=each)
        for position, each in enumerate(members, 1)
    ]


@asynccontextmanager
async def endpoint(
    folder: Path,
    *,
    known: Sequence[Change],
    limits: Limits = Limits(),
    workers: int = 2,
    queue: int = 64,
    renewal: float = 1.0,
    budgets: Budgets = Budgets(burst=1e9, rate=1.0),
    clients: Clients = Clients(),
) -> AsyncIterator[Endpoint]:
    store = Store.open(folder / "store", vocabulary=())
    store.apply(known, len(known))
    async with Queries(
        store,
        folder / "checkpoints",
        limits=limits,
        workers=workers,
        queue=queue,
        renewal=renewal,
    ) as queries:
        app = web.Application()
        app[BASE], app[QUERIES] = HOME, queries
        app[BUDGETS], app[CLIENTS] = budgets, clients
        journal = Journal(folder / "journal.sqlite", HOME)
        app[FRESHNESS], app[REFRESHING] = alone(journal)
        app[CITY] = replace(TORINO, base=HOME)
        app.add_routes([*sparql.routes(), web.get("/healthz", _healthz)])
        server = TestServer(app)
        await server.start_server(max_line_size=128 << 10, lingering_time=1.0)
        async with TestClient(server) as client:
            yield Endpoint(client=client, queries=queries, store=store)
        journal.close()
    store.close()


async def _healthz(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def begun(site: Endpoint) -> None:
    """Wait until a query that goes on for long reads the present checkpoint."""
    async with asyncio.timeout(60):
        while not (now := site.queries._checkpoints.ready()) or not now.readers:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
