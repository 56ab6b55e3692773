"""Power cuts: what a city was told is published stays published, and the node comes back alone.

`CITYNODE_KILLS` says how often to kill (a few by default; fifty before a release).
"""

import asyncio
import json
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE
from contextlib import closing
from pathlib import Path

import pytest

from federation.peers import Follow
from nodes.demo.town import Town
from nodes.journal import Journal
from nodes.node import JOURNAL
from tests.journeys.places import Table, citynode, eventually, found, served
from vocab.triples import from_payload

KILLS = int(os.environ.get("CITYNODE_KILLS", "8"))


@pytest.mark.timeout(600 + 60 * KILLS)
async def test_kills_during_imports_and_harvests_lose_nothing(tmp_path: Path) -> None:
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)
    table = Table(tmp_path / "prove.csv", {})
    chance = random.Random(20_261_122)
    acknowledged: dict[str, str] = {}

    async with served(torino, ghent):
        await ghent.befriend(torino, Follow.OWN)
        for number in range(KILLS):
            for fresh in range(3):
                table.rows[f"t-{number}-{fresh}"] = f"Prova {number} {fresh}"
            if number > 1:
                table.rows[f"t-{number - 2}-0"] = f"Prova cambiata {number}"
            table.write()
            await _import_and_kill(torino, ghent, table, acknowledged, chance)

        async def converged() -> bool:
            done = await torino.command("import", str(table.file), "--mapping", _mapping(table))
            acknowledged.update(table.rows)
            here, there = await torino.json("search.json"), await ghent.json("search.json")
            return bool(
                done["created"] == done["changed"] == 0
                and here["total"] == there["total"] == len(table.rows)
            )

        await eventually(converged)
        titles = {
            hit["iri"].rpartition("/")[2]: hit["title"]["it"]
            for page in range(1, len(table.rows) // 50 + 2)
            for hit in (await ghent.json(f"search.json?limit=50&page={page}"))["hits"]
        }

    assert titles == acknowledged
    for town in (torino, ghent):
        verified = citynode(town, "verify", "--json")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert json.loads(verified.stdout)["records"] == len(table.rows)
        assert town.refusals() == []


async def _import_and_kill(
    torino: Town, ghent: Town, table: Table, acknowledged: dict[str, str], chance: random.Random
) -> None:
    """Import while the nodes are served, kill one of the three processes, start it again."""
    importing = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "nodes", "import", str(table.file), "--mapping", _mapping(table),
        "--json", "--folder", str(torino.folder), stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    victim = chance.choice(("import", "torino", "ghent", "ghent"))
    await asyncio.sleep(chance.uniform(0.2, 2.5))
    if victim == "import":
        if importing.returncode is None:
            importing.kill()
    else:
        town = torino if victim == "torino" else ghent
        assert town.process is not None
        town.process.send_signal(signal.SIGKILL)
        await town.process.wait()
        await town.start()
    written, _ = await importing.communicate()
    if importing.returncode == 0:
        acknowledged.update(table.rows)
        assert json.loads(written)["left_out"] == 0
    with closing(Journal(torino.folder / JOURNAL, torino.base)) as journal:
        kept = {
            experiment.identifier: experiment.title["it"]
            for entry in journal.records()
            for experiment in [from_payload(entry.member.payload, entry.member.object)]
        }
    lost = {code for code, title in acknowledged.items() if kept.get(code) != title}
    if importing.returncode == 0:
        assert lost == set(), "an acknowledged publication is lost"


def _mapping(table: Table) -> str:
    return str(table.file.with_suffix(".toml"))
