"""Comunica must join what two cities say without a node between them, or nobody can check ours."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from nodes.config import read_config
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.node import open_node
from nodes.publishing import plan
from nodes.web.app import build_app, serving
from tests.journeys.places import found
from tests.nodes.town import concept, experiment

HERE = Path(__file__).parent
MISSING = (
    shutil.which("node") is None or not (HERE / "node_modules/@comunica/query-sparql").is_dir()
)
THEMES = {"torino": ("mobility", "energy", "water"), "gent": ("energy", "lighting", "mobility")}
PREFIXES = """\
PREFIX cn: <https://w3id.org/citynode/ns#>
PREFIX dcterms: <http://purl.org/dc/terms/>
"""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        MISSING and not os.environ.get("CI"),
        reason="Comunica is not here: `make test` installs it where npm is present",
    ),
    pytest.mark.timeout(300),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bases(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """Run two nodes that do not know each other; each has a record for each of its themes."""
    bases: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        for name, themes in THEMES.items():
            town = found(name, tmp_path_factory.mktemp(name))
            config = read_config(town.folder)
            said = [
                experiment(
                    town.base,
                    f"trial-{theme}",
                    title={"en": f"{name}: {theme}, “quoted”\tand\nbroken"},
                    themes=(concept("theme", theme),),
                )
                for theme in themes
            ]
            with open_desk(config) as desk:
                desk.speak(plan(said, lambda _: None).drafts, None, utc_now())
            node = await stack.enter_async_context(open_node(config))
            await stack.enter_async_context(serving(build_app(node), config))
            bases[name] = town.base
        yield bases


async def federated(*questions: tuple[str, list[str]]) -> list[list[dict[str, Any]]]:
    """Ask Comunica; gives the rows of each question."""
    asked = [{"query": PREFIXES + query, "sources": sources} for query, sources in questions]
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / "federate.mjs"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    written, told = await process.communicate(json.dumps(asked).encode())
    assert process.returncode == 0, told.decode()
    return [json.loads(line)["rows"] for line in written.decode().splitlines()]


async def test_comunica_joins_what_two_nodes_say(bases: dict[str, str]) -> None:
    torino, gent = (f"{bases[name]}sparql" for name in THEMES)
    pairs = """SELECT ?here ?there ?theme WHERE {
      ?here a cn:UrbanExperiment ; dcterms:subject ?theme .
      ?there a cn:UrbanExperiment ; dcterms:subject ?theme .
      FILTER (STR(?here) < STR(?there))
    } ORDER BY ?theme"""
    counted = "SELECT (COUNT(?x) AS ?all) WHERE { ?x a cn:UrbanExperiment }"
    service = f"""SELECT ?theme ?title WHERE {{
      ?here a cn:UrbanExperiment ; dcterms:subject ?theme .
      FILTER (STRSTARTS(STR(?here), "{bases["torino"]}"))
      SERVICE <{gent}> {{ ?there dcterms:subject ?theme ; dcterms:title ?title }}
    }} ORDER BY ?theme"""

    both, number, through = await federated(
        (pairs, [torino, gent]), (counted, [torino, gent]), (service, [torino, gent])
    )

    shared = ["energy", "mobility"]
    assert [row["theme"]["value"].rpartition("/")[2] for row in both] == shared
    assert [{row[name]["value"] for name in ("here", "there")} for row in both] == [
        {f"{base}experiments/trial-{theme}" for base in bases.values()} for theme in shared
    ]
    assert number[0]["all"]["value"] == "6"
    assert [(row["title"]["value"], row["title"]["language"]) for row in through] == [
        (f"gent: {theme}, “quoted”\tand\nbroken", "en") for theme in shared
    ]
