"""Two cities read each other once: both see a replication, and know what the other is like."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from federation.peers import Follow
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.journal import known
from nodes.meeting import meet
from nodes.node import Node, open_node
from nodes.publishing import plan
from nodes.web.app import build_app
from tests.city import experiment
from tests.journeys.places import found
from vocab.parts import Replication
from vocab.records import Experiment

Client = TestClient[web.Request, web.Application]


@asynccontextmanager
async def opened(town: Town, *said: Experiment) -> AsyncIterator[tuple[Node, Client]]:
    """Open a node in this process, with some records of its own."""
    config = read_config(town.folder)
    with open_desk(config) as desk:
        desk.speak(plan(said, lambda _: None).drafts, None, utc_now())
    async with open_node(config) as node:
        server = TestServer(build_app(node), port=urlsplit(town.base).port)
        async with TestClient(server) as client:
            yield node, client


async def reads(node: Node, other: Town) -> None:
    """Do one round with another city, whose key is pinned first."""
    peer = await meet(node.desk.config, other.base, Follow.OWN)
    known.add_peer(node.desk.journal, peer, utc_now())
    standing = next(
        each for each in known.standings(node.desk.journal) if each.peer.base == other.base
    )
    done = await node.harvesting.round_with(standing)
    assert done is not None
    assert (done.failure, done.refused) == (None, 0)
    await node.catch_up()


async def json(client: Client, path: str) -> Any:
    async with client.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json(content_type=None)


async def test_a_replication_shows_on_both_sides_after_one_round(tmp_path: Path) -> None:
    profile = {"population": 850_000, "area": 130.01, "climate": "Cfa", "income": "high"}
    torino = found("torino", tmp_path, profile=profile)
    ghent = found("ghent", tmp_path, profile={**profile, "population": 262_219, "climate": "Cfb"})
    first = experiment(torino.base, "navetta", seeks_replication=True)
    second = experiment(
        ghent.base,
        "pendelbus",
        "Pendelbus",
        replicates=(first.iri,),
        replications=(Replication(experiment=first.iri, kept={"it": "Il veicolo"}),),
    )
    async with AsyncExitStack() as stack:
        here, at_home = await stack.enter_async_context(opened(torino, first))
        there, abroad = await stack.enter_async_context(opened(ghent, second))

        await reads(here, ghent)
        await reads(there, torino)

        mine = await json(at_home, "/experiments/navetta/replications.json")
        copy = f"/catalogue/{urlsplit(torino.base).netloc}/navetta/replications.json"
        theirs = await json(abroad, copy.replace("catalogue/", "catalogue/http~"))
        own = await json(abroad, "/experiments/pendelbus/replications.json")
        like = await json(at_home, "/cities/own/like.json")
        answer = await here.queries.ask(
            "PREFIX cn: <https://w3id.org/citynode/ns#> SELECT ?people WHERE "
            "{ ?city a cn:City ; cn:cityProfile [ cn:population ?people ] } ORDER BY ?people"
        )

    assert [each["iri"] for each in mine["repeatedBy"]] == [second.iri]
    assert mine["repeatedBy"][0]["kept"] == {"it": "Il veicolo"}
    assert mine["seeksReplication"] is True
    assert [each["iri"] for each in theirs["repeatedBy"]] == [second.iri]
    assert [each["iri"] for each in own["repeats"]] == [first.iri]
    assert own["repeats"][0]["known"] is True
    assert [each["base"] for each in like["like"]] == [ghent.base]
    assert like["like"][0]["profile"]["population"] == 262_219
    assert like["like"][0]["likeness"]["known"] > 0.7
    assert b"262219" in answer.body
    assert b"850000" in answer.body
