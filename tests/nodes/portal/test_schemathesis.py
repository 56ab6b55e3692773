"""Schemathesis finds nothing: whoever makes a client from `/openapi.json` can believe it.

Every operation is asked with the examples it names, with the limits of every parameter and beyond
them, with methods it has not, and with made-up values, always the same for a seed. What is
asserted is the tool's own verdict, with all of its checks.
"""

import asyncio
import sys
from pathlib import Path

import pytest

from nodes.config import read_config
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.node import open_node
from nodes.publishing import plan
from nodes.web.app import build_app, serving
from tests.journeys.places import found
from tests.nodes.portal import plenty

CONFIG = Path(__file__).with_name("schemathesis.toml")


@pytest.mark.timeout(900)
async def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    town = found("torino", tmp_path, "Torino")
    config = read_config(town.folder)
    with open_desk(config) as desk:
        said = [*plenty.whole(town.base), *plenty.hostile(town.base)]
        desk.speak(plan(said, lambda _: None).drafts, None, utc_now())

    async with open_node(config) as node, serving(build_app(node), config):
        tool = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("schemathesis")),
            *("--config-file", str(CONFIG), "--no-color", "run", f"{town.base}openapi.json"),
            *("--phases", "examples,coverage,fuzzing", "--max-examples", "2", "--seed", "1"),
            *("--continue-on-failure", "--no-shrink", "--warnings", "off"),
            cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        written, _ = await tool.communicate()

    told = written.decode()
    assert tool.returncode == 0, told[-20_000:]
    tested = [line.split()[-1] for line in told.splitlines() if line.strip().startswith("Tested:")]
    assert len(tested) == 1
    assert int(tested[0]) > 70
