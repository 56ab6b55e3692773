"""`citynode demo`: see a network of cities at work, or check that it does."""

import asyncio
import signal
import tempfile
import time
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from rich.markup import escape

from nodes.commands.console import out
from nodes.demo import checks
from nodes.demo.cities import ExampleCity, example_cities
from nodes.demo.network import converge, network, write_directions
from nodes.demo.town import Town


def demo(
    check: Annotated[
        bool, typer.Option("--check", help="Check everything, say what failed, and stop.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option(help="Where the nodes live (default: a temporary folder).")
    ] = None,
    port: Annotated[int, typer.Option(help="The first port.", min=1, max=65_500)] = 8101,
    cities: Annotated[
        str | None, typer.Option(help="Which cities, by comma: torino,helsinki,paris.")
    ] = None,
) -> None:
    """Run a network of city nodes on real data and show it at work."""
    wanted = [name.strip() for name in cities.split(",")] if cities else None
    examples = example_cities(wanted)
    with ExitStack() as stack:
        folder = data or Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="citynode-", ignore_cleanup_errors=True)
            )
        )
        folder.mkdir(parents=True, exist_ok=True)
        work = _demo(examples, folder.resolve(), port, check=check)
        faults = asyncio.run(_until_stopped(work, check=check))
    if faults:
        raise typer.Exit(1)


async def _until_stopped(work: Coroutine[None, None, list[str]], *, check: bool) -> list[str]:
    """Do the work, or break it off and tidy up; a check that was broken off has failed."""
    task = asyncio.ensure_future(work)
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        out.print("Stopped.")
        return ["it was stopped before its end"] if check else []


async def _demo(examples: list[ExampleCity], folder: Path, port: int, *, check: bool) -> list[str]:
    started = time.monotonic()
    async with network(examples, folder, port, out) as (towns, expected):
        seconds = await converge(towns, expected, out)
        directions = write_directions(towns, folder)
        total = sum(expected.values())
        out.print(
            f"{len(towns)} nodes hold {total} records each; {seconds:.1f} s after they were "
            f"introduced, {time.monotonic() - started:.1f} s in all.",
            highlight=False,
        )
        faults = await _check(towns, expected, folder, port + len(towns)) if check else []
        if not check:
            _invite(towns, directions)
            await asyncio.Event().wait()  # until it is broken off
    return faults


async def _check(towns: list[Town], expected: dict[str, int], folder: Path, port: int) -> list[str]:
    faults: list[str] = []
    right = checks.right_join(towns)
    for town in towns:
        faults += await checks.holds_everything(town, expected)
        faults += await checks.finds_in_italian(town, towns)
        faults += await checks.joins_rightly(town, right)
    faults += await checks.catches_a_forger(towns, folder, port)
    for fault in faults:
        out.print(f"[bold red]failed:[/] {escape(fault)}", highlight=False)
    if not faults:
        out.print(
            "Every node holds every city's records and refused none; a search in Italian and "
            "a SPARQL join across cities give the right answers on every node; a relay that "
            "changed one byte was caught.",
            highlight=False,
        )
    return faults


def _invite(towns: list[Town], directions: Path) -> None:
    first = towns[0]
    out.print(f"\nThree things to try ({directions} lists all nodes):", highlight=False)
    for line in (
        f"  open   {first.base}search?q={quote(checks.ITALIAN)}",
        f"  read   curl -H 'Accept: text/turtle' {first.base}feed",
        f"  ask    curl --data-urlencode 'query=SELECT ?t WHERE {{ ?e a "
        f"<https://w3id.org/citynode/ns#UrbanExperiment> ; <http://purl.org/dc/terms/title> ?t }} "
        f"LIMIT 5' {first.base}sparql",
    ):
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    out.print("Stop with Ctrl-C.")
