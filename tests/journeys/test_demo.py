"""The demonstration is the first thing a city sees; it must check itself and be true."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from rich.console import Console

from federation.peers import Follow
from nodes.demo.network import converge
from nodes.demo.town import Town
from tests.journeys.places import Table, citynode, eventually, found, free_port, served, take


@pytest.mark.timeout(600)
def test_the_demonstration_checks_itself_and_leaves_directions(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "nodes", "demo", "--check", "--cities", "torino,helsinki,paris",
            "--data", str(tmp_path), "--port", str(free_port(3)),
        ],
        capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 nodes hold 54 records each" in done.stdout
    directions = json.loads((tmp_path / "demo.json").read_text())
    assert list(directions) == ["torino", "helsinki", "paris"]
    assert all(set(town) == {"base", "folder", "pid"} for town in directions.values())


async def test_nothing_is_checked_before_search_and_sparql_know_everything(tmp_path: Path) -> None:
    """Either may come a moment later, and would be told as a fault of the city's records."""
    asked = {"search.json": 0, "sparql": 0}

    async def search(_: web.Request) -> web.Response:
        asked["search.json"] += 1
        return web.json_response({"total": min(7, 5 + asked["search.json"])})

    async def sparql(_: web.Request) -> web.Response:
        asked["sparql"] += 1
        known = {"value": str(min(7, 3 + asked["sparql"]))}
        return web.json_response({"results": {"bindings": [{"known": known}]}})

    simulated = web.Application()
    simulated.add_routes([web.get("/search.json", search), web.get("/sparql", sparql)])
    async with TestServer(simulated) as server:
        town = Town(id="turku", name="Turku", folder=tmp_path, base=str(server.make_url("/")))
        await converge([town], {town.base: 7}, Console(quiet=True))

    assert asked == {"search.json": 4, "sparql": 4}


async def test_a_tampering_relay_stands_on_the_network_page_with_the_reason(
    tmp_path: Path,
) -> None:
    torino, relay, ghent = (found(id_, tmp_path) for id_ in ("torino", "relay", "ghent"))
    rows = {f"t-{number}": f"Prova {number}" for number in range(3)}
    take(torino, Table(tmp_path / "prove.csv", rows))

    async with served(torino):
        await relay.befriend(torino, Follow.OWN)
        await asyncio.to_thread(citynode, relay, "harvest")
        forged = relay.forge(torino.base)
        async with served(relay, ghent):
            await ghent.befriend(torino, Follow.NOTHING)
            await ghent.befriend(relay, Follow.ALL)

            async def caught() -> bool:
                return (await ghent.json("search.json"))["total"] == 2 and len(ghent.refusals()) > 0

            async def told() -> bool:  # after the round, which shows what it brought before
                return "harvested Relay" in (ghent.folder / "serve.log").read_text()

            await eventually(caught)
            await eventually(told)
            page = (await ghent.get("network", accept="text/html")).decode()
        log = (ghent.folder / "serve.log").read_text()

    assert forged in page
    assert "was changed after" in page
    assert "2 new, 0 changed, 0 withdrawn, 0 known, 1 refused" in log
