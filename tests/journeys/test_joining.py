"""A network of cities grows by one line at its operator, and nobody else has to do anything."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from federation.errors import BadKey
from nodes.commands.entry import app
from nodes.demo.town import Town
from tests.journeys.places import Table, citynode, eventually, found, served, take

WRONG = "abandon ability able about above absent"


@pytest.fixture(autouse=True)
def _quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYNODE_HARVEST__INTERVAL", "2")
    monkeypatch.setenv("CITYNODE_HARVEST__PING_PAUSE", "0.5")


async def told(town: Town, *words: str) -> str:
    """Run a command and give what it printed."""
    folder = ["--folder", str(town.folder)]
    done = await asyncio.to_thread(CliRunner().invoke, app, [*words, *folder])
    if done.exception is not None:
        raise done.exception
    return done.stdout


async def listed(town: Town) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in json.loads(await told(town, "peer", "list", "--json"))}


async def has(town: Town, title: str) -> bool:
    hits = (await town.json("search.json?limit=100"))["hits"]
    return any(title in str(hit) for hit in hits)


async def test_a_fourth_city_reaches_three_others_by_one_line_at_the_operator(
    tmp_path: Path,
) -> None:
    network, *three = (found(each, tmp_path) for each in ("network", "ghent", "torino", "vienna"))
    helsinki, ghent = found("helsinki", tmp_path), three[0]
    for town, title in ((helsinki, "Robottibussi"), (ghent, "Deelfiets")):
        await asyncio.to_thread(take, town, Table(tmp_path / f"{town.id}.csv", {"p-1": title}))

    async def said_of_ghent(key: str, wanted: str) -> bool:
        return wanted in (await listed(helsinki)).get("Ghent", {}).get(key, "")

    async with served(network, helsinki, *three):
        words = (await helsinki.json(".well-known/citynode"))["fingerprint"]
        for each in three:
            await told(each, "join", network.base, "--accept", "--yes")

        done = await asyncio.to_thread(
            citynode, network, "registry", "add", helsinki.base, "--words", words
        )

        assert done.returncode == 0, done.stderr
        for each in three:
            await eventually(lambda town=each: has(town, "Robottibussi"))

        # The new city would rather decide for itself, and keeps whom the network lets go.
        for command in (("join", network.base), ("registry", "add", network.base)):
            with pytest.raises(BadKey, match="shows another key"):
                await told(helsinki, *command, "--words", WRONG)
        await told(helsinki, "join", network.base, "--yes")
        await told(network, "registry", "add", ghent.base, "--yes")
        await eventually(lambda: said_of_ghent("standing", "proposed"))
        waiting = (await helsinki.get("network", accept="text/html")).decode()
        await told(helsinki, "peer", "accept", ghent.base, "--yes")
        await eventually(lambda: has(helsinki, "Deelfiets"))
        await told(network, "registry", "remove", ghent.base)
        await eventually(lambda: said_of_ghent("vouched", "no longer"))
        cities = json.loads(await told(network, "registry", "list", "--json"))
        described = await network.json(".well-known/citynode")
        joined = await ghent.json(".well-known/citynode")

    await told(helsinki, "leave", network.base)
    assert (await listed(ghent))["Helsinki"]["fingerprint"] == words
    assert "Waiting for an officer: 1 city" in waiting
    assert {each["name"]: each["member"] for each in cities} == {"Ghent": False, "Helsinki": True}
    assert (described["members"]["own"], joined["registries"]) == (1, [network.base])
    assert set(await listed(helsinki)) == {"Network", "Ghent"}
