"""A record that only we can verify proves nothing; others must, whoever passed it on."""

import asyncio
import copy
import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from federation.peers import Follow
from nodes.demo.town import Town
from nodes.web.addresses import copied_member
from tests.interop.test_ldes_client import HERE, published
from tests.journeys.places import Table, eventually, fetch_status, found, served, take

MISSING = shutil.which("node") is None or not (HERE / "node_modules" / "jsonld-signatures").is_dir()

pytestmark = [
    pytest.mark.skipif(
        MISSING and not os.environ.get("CI"),
        reason="the verifier is not here: `make test` installs it where npm is present",
    ),
    pytest.mark.timeout(300),
]

Document = dict[str, Any]


async def verified(*documents: Document) -> list[Document]:
    """Ask the verifier about documents; returns what it says of each."""
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / "verify.mjs"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    lines = "".join(json.dumps(each) + "\n" for each in documents)
    written, told = await process.communicate(lines.encode())
    assert process.returncode == 0, told.decode()
    return [json.loads(line) for line in written.decode().splitlines()]


def _record(document: Document) -> Document:
    """Find the record in a member's document; it stands in the member's graph."""
    graph = document["record"]
    nodes = graph if isinstance(graph, list) else [graph]
    found_: Document = next(node for node in nodes if node["type"] == "UrbanExperiment")
    return found_


def _change(document: Document) -> None:
    _record(document)["title"]["it"] = "Navetta al mercato"


def _add(document: Document) -> None:
    _record(document)["title"]["en"] = "Shuttle to the campus"


def _remove(document: Document) -> None:
    del _record(document)["description"]


def _redate(document: Document) -> None:
    document["published"] = document["published"].replace("20", "21", 1)


def _resign(document: Document) -> None:
    document["proof"]["created"] = document["proof"]["created"].replace("20", "21", 1)


LIES: list[Callable[[Document], None]] = [_change, _add, _remove, _redate, _resign]


async def _relayed(first: Town, *others: Town) -> None:
    """Have each town read all that the one before it knows; all have the first one's key."""
    for before, after in zip((first, *others), others, strict=False):
        if before is not first:
            await after.befriend(first, Follow.NOTHING)
        await after.befriend(before, Follow.ALL)


async def test_a_record_relayed_over_three_hops_verifies_with_anothers_verifier(
    tmp_path: Path,
) -> None:
    names = ("torino", "ghent", "paris", "oslo")
    torino, *others = (found(name, tmp_path) for name in names)
    rows = {f"t-{number}": f"Prova {number}" for number in range(6)}
    table = Table(tmp_path / "prove.csv", rows)
    take(torino, table)
    del table.rows["t-2"]
    take(torino, table, "--withdraw-missing")
    oslo = others[-1]
    copied = [f"{oslo.base}{copied_member(iri, torino.base)}" for iri in published(torino)]

    async with served(torino, *others):
        await _relayed(torino, *others)
        for address in copied:
            await eventually(partial(_stands, address))
        copies = [
            json.loads(await oslo.get(address.removeprefix(oslo.base), "application/ld+json"))
            for address in copied
        ]
        lies = [copy.deepcopy(copies[0]) for _ in LIES]
        for lie, tell in zip(lies, LIES, strict=True):
            tell(lie)
        good, bad = await verified(*copies), await verified(*lies)

    assert [said["id"] for said in copies] == published(torino)
    assert [said["verified"] for said in good] == [True] * 7, good
    assert {address for said in good for address in said["asked"]} == {
        f"{torino.base}.well-known/did.json",
        f"{oslo.base}context/v1.jsonld",
    }
    assert [said["verified"] for said in bad] == [False] * len(LIES)
    assert {said["reason"] for said in bad} == {"Invalid signature."}


async def _stands(address: str) -> bool:
    return await fetch_status(address) == 200
