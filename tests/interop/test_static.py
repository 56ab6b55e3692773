"""The client that others use must read the plain files of a city as it reads a node."""

from pathlib import Path

import pytest

from tests.interop.test_ldes_client import pytestmark, replicate
from tests.journeys.places import Table, found, take
from tests.journeys.test_static import export, hosted

__all__ = ["pytestmark"]


@pytest.mark.parametrize("suffix", ["nq", "trig", "jsonld"])
async def test_replicates_the_files_of_a_plain_host(tmp_path: Path, suffix: str) -> None:
    torino = found("torino", tmp_path)
    take(torino, Table(tmp_path / "prove.csv", {f"t-{n}": f"Prova {n}" for n in range(300)}))
    export(torino, tmp_path / "site")

    async with hosted(torino, tmp_path / "site"):
        members, end = await replicate(f"{torino.base}feed.{suffix}")

    assert len({member["member"] for member in members}) == len(members) == end["members"] == 300
    assert min(member["quads"] for member in members) > 4
