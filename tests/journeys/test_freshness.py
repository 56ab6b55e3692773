"""A researcher asks for the newest data, and is told how new it is."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from aiohttp import ClientSession
from pyoxigraph import RdfFormat

from federation.peers import Follow
from nodes.demo.town import Town
from tests.journeys.places import Table, eventually, found, served, take

COUNT = "SELECT (COUNT(DISTINCT ?m) AS ?n) { GRAPH ?m { ?e a ?kind } ?m as:actor ?city }"
QUERY = f"PREFIX as: <https://www.w3.org/ns/activitystreams#> {COUNT}"


async def ask(town: Town, path: str, **headers: str) -> tuple[Any, dict[str, str]]:
    params = {"query": QUERY} if path == "sparql" else {}
    async with (
        ClientSession() as session,
        session.get(town.base + path, params=params, headers=headers) as answer,
    ):
        assert answer.status == 200
        return json.loads(await answer.read()), dict(answer.headers)


async def test_no_cache_reads_the_others_first_and_says_who_could_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("INTERVAL", "3600"), ("POLLING_INTERVAL", "3600"), ("PINGS", "false"),
                        ("REFRESH_PAUSE", "0.5")):  # fmt: skip
        monkeypatch.setenv(f"CITYNODE_HARVEST__{name}", value)
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)
    table = Table(tmp_path / "prove.csv", {"t-1": "Navetta"})

    async with served(torino, ghent):
        await ghent.befriend(torino, Follow.OWN)

        async def is_read() -> bool:
            said = await ask(ghent, "freshness")
            return all("verified" in each for each in said[0]["origins"])

        await eventually(is_read)
        await asyncio.to_thread(take, torino, table)

        async def newest() -> bool:
            rows, said = await ask(ghent, "sparql", **{"Cache-Control": "no-cache"})
            if "unreached" in said["Citynode-Freshness"]:
                return False  # the round takes longer than the deadline: it says so
            return bool(rows["results"]["bindings"][0]["n"]["value"] == "1")

        await eventually(newest)
        rows, said = await ask(ghent, "sparql", **{"Cache-Control": "max-age=600"})
        hits, of_search = await ask(ghent, "search.json")

        await torino.stop()
        await asyncio.sleep(0.6)  # the pause, which is a setting here
        _, alone = await ask(ghent, "sparql", **{"Cache-Control": "max-age=0"})
        account, _ = await ask(ghent, "freshness", Accept="application/ld+json")

    assert rows["results"]["bindings"][0]["n"]["value"] == "1"
    assert said["Citynode-Freshness"].startswith("origins=2, oldest=")
    assert said["Link"].startswith(f"<{ghent.base}freshness>")
    assert of_search["Citynode-Freshness"].startswith("origins=2, oldest=")
    assert hits["total"] == 1
    assert f'unreached=("{torino.base}")' in alone["Citynode-Freshness"]
    quads = list(pyoxigraph.parse(json.dumps(account), RdfFormat.JSON_LD))
    verified = {q.subject.value for q in quads if q.predicate.value.endswith("/lastReviewed")}
    assert verified == {torino.base, ghent.base}
