"""Several towns as a network: a ring with chords, so that half of the news comes through relays."""

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from rich.console import Console
from rich.live import Live
from rich.table import Table

from federation.errors import FederationError
from federation.peers import Follow
from nodes.demo.cities import ExampleCity
from nodes.demo.town import Town
from nodes.errors import NodeError, PortTaken
from vocab.records import KINDS

_CONVERGE_SECONDS: Final = 240.0
_RECORDS: Final = f"""\
SELECT (COUNT(DISTINCT ?record) AS ?known)
WHERE {{
  VALUES ?kind {{ {" ".join(f"<{kind.rdf_type}>" for kind in KINDS)} }}
  GRAPH ?member {{ ?record a ?kind }}
}}
"""


@asynccontextmanager
async def network(
    examples: Sequence[ExampleCity], folder: Path, port: int, console: Console
) -> AsyncIterator[tuple[list[Town], dict[str, int]]]:
    """Found the towns, import their files, start and connect them; stop them at the end.

    Yields the towns and how many records each has published. Raises PortTaken, before anything is
    made, where another program answers already: it would be taken for a town.
    """
    _refuse_taken(range(port, port + len(examples)))
    towns: list[Town] = []
    expected: dict[str, int] = {}
    starting: list[asyncio.Task[None]] = []
    try:
        for number, example in enumerate(examples):
            town = Town(
                id=example.id,
                name=str(example.settings["name"]),
                folder=folder / example.id,
                base=f"http://127.0.0.1:{port + number}/",
            )
            town.found(example.settings, port + number)
            taken = await asyncio.to_thread(town.take_in, example)
            golden = await asyncio.to_thread(town.publish_golden, example)
            expected[town.base] = taken + golden
            towns.append(town)
            more = f" and {golden} golden ones" if golden else ""
            console.print(f"{town.name}: {taken} records from {example.data.name}{more}")
            starting.append(asyncio.create_task(town.start()))
        await asyncio.gather(*starting)
        for town, other, follow in friendships(towns):
            await town.befriend(other, follow)
        yield towns, expected
    finally:
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        await asyncio.gather(*(town.stop() for town in towns))


def _refuse_taken(ports: Iterable[int]) -> None:
    for port in ports:
        try:
            with socket.create_server(("127.0.0.1", port)):
                pass
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise PortTaken(
                f"nothing can be served at 127.0.0.1, port {port}: {why}; `--port` names the first "
                "of other ports"
            ) from None


def friendships(towns: Sequence[Town]) -> list[tuple[Town, Town, Follow]]:
    """Decide who reads whom: everybody knows every key, but reads only three.

    Each reads all that the next one knows and all that the one across the ring knows, and the own
    feed of the one after the next.
    """
    count = len(towns)
    found: list[tuple[Town, Town, Follow]] = []
    for place, town in enumerate(towns):
        for step in range(1, count):
            if step in (1, count // 2):
                follow = Follow.ALL
            elif step == 2:
                follow = Follow.OWN
            else:
                follow = Follow.NOTHING
            found.append((town, towns[(place + step) % count], follow))
    return found


async def converge(towns: Sequence[Town], expected: dict[str, int], console: Console) -> float:
    """Show the rounds until every town knows everything; returns the seconds it took."""
    total = sum(expected.values())
    started = time.monotonic()
    with Live(console=console, refresh_per_second=4, transient=False) as live:
        while True:
            counts = await asyncio.gather(*(_count(town) for town in towns))
            live.update(_table(towns, counts, expected))
            if all(count == total for count in counts):
                break
            if time.monotonic() - started > _CONVERGE_SECONDS:
                raise NodeError(f"after {_CONVERGE_SECONDS:g} s not every node knows everything")
            await asyncio.sleep(0.5)
    if not console.is_terminal:
        console.print()  # a table that is shown once ends without a new line
    return time.monotonic() - started


def write_directions(towns: Sequence[Town], folder: Path) -> Path:
    """Write `demo.json`, so that scripts can take it from there."""
    file = folder / "demo.json"
    said = {
        town.id: {"base": town.base, "folder": str(town.folder), "pid": town.pid} for town in towns
    }
    draft = file.with_suffix(".part")
    draft.write_text(json.dumps(said, indent=2), encoding="utf-8")
    draft.replace(file)
    return file


async def _count(town: Town) -> int:
    """Count what it knows by search and by SPARQL alike: either may be a moment behind."""
    try:
        found, answer = await asyncio.gather(
            town.json("search.json?limit=1"), town.json(f"sparql?query={quote(_RECORDS)}")
        )
    except FederationError:
        return -1
    [row] = answer["results"]["bindings"]
    return min(int(found["total"]), int(row["known"]["value"]))


def _table(towns: Sequence[Town], counts: Sequence[int], expected: dict[str, int]) -> Table:
    total = sum(expected.values())
    table = Table("city", "address", "own", "known", "")
    for town, count in zip(towns, counts, strict=True):
        done = "complete" if count == total else "harvesting"
        table.add_row(town.name, town.base, str(expected[town.base]), f"{count} of {total}", done)
    return table
