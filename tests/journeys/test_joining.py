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
    monkeypatch.setenv("CITYNODE_HARVEST__INTERVAL", "1")
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
    helsinki = found("helsinki", tmp_path)
    await asyncio.to_thread(take, helsinki, Table(tmp_path / "prove.csv", {"h-1": "Robottibussi"}))

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
        described = await network.json(".well-known/citynode")
        joined = await three[0].json(".well-known/citynode")

    assert (described["members"]["own"], joined["registries"]) == (1, [network.base])
    assert (await listed(three[0]))["Helsinki"]["fingerprint"] == words


async def test_a_city_that_is_proposed_waits_for_an_officer_and_who_is_refused_stays_out(
    tmp_path: Path,
) -> None:
    network, ghent = found("network", tmp_path), found("ghent", tmp_path)
    torino, vienna = found("torino", tmp_path), found("vienna", tmp_path)
    await asyncio.to_thread(take, torino, Table(tmp_path / "prove.csv", {"t-1": "Navetta"}))

    async def stand(**wanted: str) -> bool:
        standing = await listed(ghent)
        return all(standing.get(each, {}).get("standing") == wanted[each] for each in wanted)

    async with served(network, ghent, torino, vienna):
        for each in (torino, vienna):
            await told(network, "registry", "add", each.base, "--yes")
        await told(ghent, "join", network.base, "--yes")
        await eventually(lambda: stand(Torino="proposed", Vienna="proposed"))
        await told(ghent, "peer", "accept", torino.base, "--yes")
        await told(ghent, "peer", "refuse", vienna.base)
        await eventually(lambda: has(ghent, "Navetta"))
        await told(network, "registry", "remove", torino.base)

        async def left() -> bool:
            return "no longer" in (await listed(ghent))["Torino"]["vouched"]

        await eventually(left)
        await told(ghent, "join", network.base, "--accept", "--yes")
        await told(ghent, "harvest", "--peer", network.base)
        standing = await listed(ghent)
        still = await has(ghent, "Navetta")
        await told(ghent, "leave", network.base)
        after = await listed(ghent)

    assert still
    assert (standing["Torino"]["standing"], standing["Vienna"]["standing"]) == ("peer", "refused")
    assert set(after) == {"Network", "Torino"}


async def test_another_key_is_not_believed_when_joining_or_vouching(tmp_path: Path) -> None:
    network = found("network", tmp_path)
    ghent = found("ghent", tmp_path)

    async with served(network):
        with pytest.raises(BadKey, match="shows another key"):
            await told(ghent, "join", network.base, "--words", WRONG)
        with pytest.raises(BadKey, match="shows another key"):
            await told(ghent, "registry", "add", network.base, "--words", WRONG)

    assert await listed(ghent) == {}
    assert json.loads(await told(ghent, "registry", "list", "--json")) == []
