"""The client that others use must get each member once, or no portal can follow a city."""

import asyncio
import json
import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nodes.demo.town import Town
from nodes.desk import JOURNAL
from nodes.journal import Journal
from tests.journeys.places import Table, found, served, take

HERE = Path(__file__).parent
MISSING = shutil.which("node") is None or not (HERE / "node_modules" / "ldes-client").is_dir()

pytestmark = [
    pytest.mark.skipif(
        MISSING and not os.environ.get("CI"),
        reason="ldes-client is not here: `make test` installs it where npm is present",
    ),
    pytest.mark.timeout(300),
]


async def replicate(*words: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Run ldes-client; returns the members it gave and its closing line."""
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / "replicate.mjs"), *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    written, told = await process.communicate()
    assert process.returncode == 0, told.decode()
    lines = [json.loads(line) for line in written.decode().splitlines()]
    return lines[:-1], lines[-1]


def published(town: Town) -> list[str]:
    """What the node itself says it has published, in order."""

    with closing(Journal(town.folder / JOURNAL, town.base)) as journal:
        size = journal.size(town.base)
        return [entry.member.iri for entry in journal.stream(0, size, relayed=False)]


async def test_replicates_the_feed_to_its_end_and_each_member_once(tmp_path: Path) -> None:
    torino = found("torino", tmp_path)
    rows = {f"t-{number}": f"Prova {number}" for number in range(560)}
    table = Table(tmp_path / "prove.csv", rows)
    take(torino, table)
    table.rows["t-1"] = "Prova cambiata"
    del table.rows["t-2"]
    take(torino, table, "--withdraw-missing")

    async with served(torino):
        for option in ((), ("--no-shape",), ("--ordered", "ascending")):
            members, end = await replicate(*option, f"{torino.base}feed")

            given = [member["member"] for member in members]
            assert len(given) == len(set(given)) == 562, option
            assert sorted(given) == sorted(published(torino))
            assert end["members"] == 562
            assert min(member["quads"] for member in members[:-1]) > 4


async def test_resumes_where_it_stopped_and_follows_with_nothing_doubled(
    tmp_path: Path,
) -> None:
    torino = found("torino", tmp_path)
    table = Table(tmp_path / "prove.csv", {f"t-{n}": f"Prova {n}" for n in range(300)})
    take(torino, table)
    state = ("--state", str(tmp_path / "state"))

    async with served(torino):
        first, cut = await replicate(*state, "--members", "120", f"{torino.base}feed")
        rest, end = await replicate(*state, f"{torino.base}feed")
        table.rows["t-300"] = "Prova nuova"
        await asyncio.to_thread(take, torino, table)
        later, _ = await replicate(*state, f"{torino.base}feed")
        following = asyncio.create_task(
            replicate(
                *state, "--follow", "--members", "2", "--seconds", "120", f"{torino.base}feed"
            )
        )
        table.rows |= {"t-301": "Prova seguita", "t-1": "Prova cambiata"}
        await asyncio.to_thread(take, torino, table)
        news, told = await following

    given = [member["member"] for part in (first, rest, later, news) for member in part]
    assert (cut["end"], end["end"], told["end"]) == ("members", "complete", "members")
    assert [len(part) for part in (first, rest, later, news)] == [120, 180, 1, 2]
    assert len(given) == len(set(given))
    assert sorted(given) == sorted(published(torino))
