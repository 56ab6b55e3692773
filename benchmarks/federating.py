"""Asking five cities: with Comunica over their endpoints, or one node that has harvested them.

Five nodes, each a process that follows nobody, publish made-up records (`--members` in all, at most
two hundred: more take Comunica minutes); a sixth follows the five. The same queries go to Comunica,
which asks the five while it joins, and to the sixth, which answers from its own copy. Both must
give the same rows. Constants change from time to time, so no memory of answers helps.

Comunica comes from `tests/interop` (`make test` installs it where npm is present); without it, and
where its answers take longer than a minute and a half, the table has dashes. Its start counts in
seconds of processor and not in latency; those seconds are of the nodes that were asked and, on its
side, of Comunica too.
"""

import asyncio
import json
import resource
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import aiohttp

from benchmarks.measuring import Sizes, Table
from benchmarks.processes import processor_seconds
from benchmarks.towns import findable, free_ports, make_town, publish, until
from federation.peers import Follow
from nodes.demo.town import Town

CITIES: Final = ("alba", "bergen", "cork", "delft", "evora")
MOST: Final = 200
TIMES: Final = 3

_TOOL: Final = Path(__file__).parent.parent / "tests" / "interop" / "federate.mjs"
_LONGEST: Final = 300.0
_PATIENCE: Final = 90.0  # seconds for the times of one query
_PREFIXES: Final = """\
PREFIX adms: <http://www.w3.org/ns/adms#>
PREFIX cn: <https://w3id.org/citynode/ns#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX locn: <http://www.w3.org/ns/locn#>
PREFIX prov: <http://www.w3.org/ns/prov#>
"""
_QUERIES: Final[dict[str, Callable[[int], str]]] = {
    "lookup by identifier": lambda number: (
        f"""SELECT ?e ?title {{
        ?e dcterms:identifier "trial-{number}" ; dcterms:title ?title }}"""
    ),
    "count": lambda number: (
        f"""SELECT (COUNT(?e) AS ?n) {{ ?e a cn:UrbanExperiment
        FILTER (?e != <urn:x:{number}>) }}"""
    ),
    "page": lambda number: (
        f"""SELECT ?e ?title {{ ?e a cn:UrbanExperiment ; dcterms:title ?title
        FILTER (LANG(?title) = "it") }} ORDER BY ?e OFFSET {number} LIMIT 20"""
    ),
    "join within cities": lambda number: (
        f"""SELECT ?e ?name {{
        ?e dcterms:spatial/locn:geographicName "Mirafiori"@it ;
           prov:qualifiedAssociation/prov:agent/foaf:name ?name
        FILTER (?name != "{number}") }}"""
    ),
    "join across cities": lambda number: (
        f"""SELECT ?a ?b {{
        ?a dcterms:identifier ?id ; adms:status ?stage .
        ?b dcterms:identifier ?id ; adms:status ?stage .
        FILTER (STRENDS(?id, "-{number}") && STR(?a) < STR(?b)) }}"""
    ),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A query asked a few times: rows of the last, milliseconds of each, processor seconds."""

    rows: int
    milliseconds: Sequence[float]
    processor: float

    def told(self) -> tuple[str, str]:
        """Write the middle latency and the processor time of one."""
        middle = sorted(self.milliseconds)[len(self.milliseconds) // 2]
        return f"{middle:,.0f}", f"{self.processor / len(self.milliseconds):.2f}"


def measurements(sizes: Sizes) -> Iterator[Table | str]:
    """Ask both and tell how long each took."""
    count = min(sizes.members, MOST) // len(CITIES)
    with TemporaryDirectory(prefix="citynode-bench-") as name:
        rows = asyncio.run(_measure(Path(name), count))
    yield f"  {len(CITIES)} cities with {count} records each"
    heads = ("query", "rows", "Comunica, ms", "processor s", "our copy, ms", "processor s")
    yield Table(heads=heads, rows=tuple(rows))


async def _measure(folder: Path, count: int) -> list[tuple[str, ...]]:
    ports = free_ports(len(CITIES) + 1)
    towns = [make_town(*each) for each in zip(CITIES, [folder] * 5, ports, strict=False)]
    reader = make_town("reader", folder, ports[-1])
    for town in towns:
        publish(town, 0, count)
    async with AsyncExitStack() as stack:
        for town in (*towns, reader):
            stack.push_async_callback(town.stop)
            await town.start()
        for town in towns:
            await reader.befriend(town, Follow.OWN)

        async def read() -> bool:
            return await findable(reader) >= count * len(towns)

        await until(read, _LONGEST)
        return [await _row(name, query, towns, reader) for name, query in _QUERIES.items()]


async def _row(
    name: str, query: Callable[[int], str], towns: Sequence[Town], reader: Town
) -> tuple[str, ...]:
    queries = [_PREFIXES + query(7 + each) for each in range(TIMES)]
    ours = await _copy(queries, reader)
    theirs = await _comunica(queries, towns)
    if theirs is None:
        return (name, f"{ours.rows:,}", "-", "-", *ours.told())
    if theirs.rows != ours.rows:
        raise SystemExit(f"{name}: Comunica gave {theirs.rows} rows, the copy {ours.rows}")
    return (name, f"{ours.rows:,}", *theirs.told(), *ours.told())


async def _copy(queries: Sequence[str], reader: Town) -> Asked:
    before, taken, rows = _spent([reader]), [], 0
    async with aiohttp.ClientSession() as session:
        for query in queries:
            began = perf_counter()
            async with session.post(reader.base + "sparql.json", data={"query": query}) as answer:
                said = await answer.json(content_type=None)
                if answer.status != 200:
                    raise SystemExit(f"{said}\n{query}")
            taken.append(1000 * (perf_counter() - began))
            rows = len(said["results"]["bindings"])
    return Asked(rows=rows, milliseconds=taken, processor=_spent([reader]) - before)


async def _comunica(queries: Sequence[str], towns: Sequence[Town]) -> Asked | None:
    node = shutil.which("node")
    if node is None or not (_TOOL.parent / "node_modules/@comunica/query-sparql").is_dir():
        return None
    sources = [f"{town.base}sparql" for town in towns]
    asked = [{"query": query, "sources": sources} for query in queries]
    before, children = _spent(towns), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = await asyncio.create_subprocess_exec(
        node, str(_TOOL), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            written, _ = await process.communicate(json.dumps(asked).encode())
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    if process.returncode != 0:
        raise SystemExit("Comunica could not answer")
    said: list[dict[str, Any]] = [json.loads(line) for line in written.splitlines()]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
    return Asked(
        rows=len(said[-1]["rows"]),
        milliseconds=[each["milliseconds"] for each in said],
        processor=_spent(towns) - before + own,
    )


def _spent(towns: Sequence[Town]) -> float:
    return sum(processor_seconds(town.pid) for town in towns if town.pid is not None)
