"""Cities change their keys while others read them, and thieves with old keys get nowhere."""

import asyncio
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from federation.peers import Follow
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import JOURNAL, open_desk
from nodes.journal import trust
from nodes.keyring import KEY
from tests.journeys.places import Table, alone, citynode, eventually, found, served, take
from vocab.terms import AS


@pytest.fixture(autouse=True)
def _no_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYNODE_HARVEST__PINGS", "false")


async def has(town: Town, *titles: str) -> bool:
    hits = str((await town.json("search.json?limit=100"))["hits"])
    return all(title in hits for title in titles)


async def page(town: Town) -> str:
    return (await town.get("network", accept="text/html")).decode()


def said(town: Town, *words: str, run: Callable[..., Any] = citynode) -> object:
    done = run(town, *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in words else done.stdout


def refusals(town: Town) -> list[str]:
    return [each for each in town.refusals() if "retired" in each or "key" in each]


async def test_a_key_changes_under_publication_and_follower_relay_and_newcomer_go_on(
    tmp_path: Path,
) -> None:
    torino, hub, ghent, late = (
        found(each, tmp_path) for each in ("torino", "hub", "ghent", "late")
    )
    table = Table(tmp_path / "prove.csv", {"t-1": "Navetta"})

    async with served(torino, hub, ghent):
        await asyncio.to_thread(take, torino, table)
        await hub.befriend(torino, Follow.OWN)
        await ghent.befriend(torino, Follow.NOTHING)  # reads all through the hub
        await ghent.befriend(hub, Follow.ALL)
        await eventually(lambda: has(ghent, "Navetta"))

        rotating = asyncio.to_thread(said, torino, "key", "rotate", "--yes", "--json", run=alone)
        table.rows["t-2"] = "Lampioni"
        ring, _ = await asyncio.gather(rotating, asyncio.to_thread(take, torino, table))
        table.rows["t-3"] = "Orti"
        await asyncio.to_thread(take, torino, table)

        await eventually(lambda: has(hub, "Lampioni", "Orti"))
        await eventually(lambda: has(ghent, "Lampioni", "Orti"))
        async with served(late):
            await late.befriend(torino, Follow.OWN)
            await eventually(lambda: has(late, "Navetta", "Lampioni", "Orti"))
            document = await torino.json(".well-known/did.json")
            shown = await page(ghent)

    assert isinstance(ring, list)
    assert [each["last"] is None for each in ring] == [True, False]
    assert document["authentication"] == [document["verificationMethod"][0]["id"]]
    assert len(document["assertionMethod"]) == 2
    assert ring[0]["words"] in shown
    for town in (torino, hub, ghent, late):
        assert refusals(town) == []
        told = said(town, "verify", "--json")
        assert isinstance(told, dict)
        assert told["faults"] == []


async def test_a_thief_with_the_old_key_is_noticed_and_a_person_settles_it(
    tmp_path: Path,
) -> None:
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)
    table = Table(tmp_path / "prove.csv", {"t-1": "Navetta"})
    stolen = tmp_path / "stolen"

    async with served(ghent):
        async with served(torino):
            await asyncio.to_thread(take, torino, table)
            await ghent.befriend(torino, Follow.OWN)
            await eventually(lambda: has(ghent, "Navetta"))
        stolen.mkdir()
        shutil.copy(torino.folder / KEY, stolen / KEY)
        shutil.copy(torino.folder / JOURNAL, stolen / JOURNAL)

        table.rows["t-2"] = "Rubato"  # the thief speaks in the city's place, and is believed
        async with served(torino):
            await asyncio.to_thread(take, torino, table)
            await eventually(lambda: has(ghent, "Rubato"))
        for each in torino.folder.glob("journal.sqlite*"):
            each.unlink()
        shutil.copy(stolen / JOURNAL, torino.folder / JOURNAL)
        shutil.rmtree(torino.folder / "views")

        async with served(torino):  # the city takes its node back: the true history
            rotated = await asyncio.to_thread(said, torino, "key", "rotate", "--yes")
            await asyncio.to_thread(said, torino, "key", "revoke", "--from", "2", "--yes")
            del table.rows["t-2"]
            table.rows["t-3"] = "Orti"
            await asyncio.to_thread(take, torino, table)

            async def noticed() -> bool:
                return "key changed without notice" in await page(ghent)

            await eventually(noticed)
            before = await has(ghent, "Navetta", "Rubato")
            [told] = said(torino, "key", "show", "--json")[:1]  # type: ignore[index]
            assert f"From member {told['first']} on" in str(rotated)
            wrong = citynode(ghent, "peer", "trust", torino.base, "--fingerprint", "a b c d e f")
            await asyncio.to_thread(
                said, ghent, "peer", "trust", torino.base, "--fingerprint", told["words"]
            )
            await eventually(lambda: has(ghent, "Navetta", "Orti"))

            async def given_back() -> bool:
                return not await has(ghent, "Rubato")

            await eventually(given_back)

            async def quiet() -> bool:
                return "For an officer" not in await page(ghent)

            await eventually(quiet)
            after = await has(ghent, "Rubato")

    assert before
    assert wrong.returncode == 1
    assert "another key" in wrong.stderr
    assert not after


async def test_a_blocked_city_vanishes_from_every_answer_and_returns_when_it_is_let_in(
    tmp_path: Path,
) -> None:
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)
    said_by = f"ASK {{ ?m <{AS}actor> <{torino.base}#node> }}"
    query = f"sparql?query={quote(said_by, safe='')}"

    async def known_by_query() -> bool:
        answer: bool = (await ghent.json(query))["boolean"]
        return answer

    async with served(torino, ghent):
        await asyncio.to_thread(take, torino, Table(tmp_path / "prove.csv", {"t-1": "Navetta"}))
        await ghent.befriend(torino, Follow.OWN)
        await eventually(lambda: has(ghent, "Navetta"))
        await eventually(known_by_query)

        await asyncio.to_thread(said, ghent, "peer", "block", torino.base, "--reason", "spam")

        async def gone() -> bool:
            return not await has(ghent, "Navetta") and not await known_by_query()

        await eventually(gone)
        shown = await page(ghent)
        catalogue = await ghent.get("catalog", accept="text/turtle")
        again = citynode(ghent, "peer", "add", torino.base, "--yes")
        await asyncio.to_thread(said, ghent, "peer", "unblock", torino.base)
        await eventually(lambda: has(ghent, "Navetta"))
        with open_desk(read_config(ghent.folder)) as desk:
            left = trust.blocked(desk.journal.db())

    assert "blocked since" in shown
    assert "spam" in shown
    assert b"Navetta" not in catalogue
    assert again.returncode == 1
    assert "is blocked here" in again.stderr
    assert left == []
