"""Five cities that read each other, partly through others, and the processes that keep them so.

`Keeper` starts a process again whenever it is gone, as an init system would; what ends without
having been killed is a fault. Torino imports its table by `citynode import`, one process after the
other; the four others have an officer each (`writing`).
"""

import asyncio
import csv
import io
import json
import os
import random
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from federation.errors import FederationError
from federation.member import Member
from federation.peers import Follow, Peer
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import JOURNAL, open_desk
from nodes.harvesting import utc_now
from nodes.journal import Journal, known
from tests.journeys.killing.history import Held, Try, read_tries, title_of
from tests.journeys.places import Table, found

NAMES = ("torino", "ghent", "paris", "vienna", "helsinki")
READS = {
    "torino": dict.fromkeys(NAMES[1:], Follow.OWN),
    "ghent": {"torino": Follow.ALL},
    "paris": {"torino": Follow.ALL, "ghent": Follow.OWN},
    "vienna": {"ghent": Follow.ALL},
    "helsinki": {"vienna": Follow.ALL, "torino": Follow.OWN},
}
"""Who reads whom, and what. What Paris says comes to Helsinki over Torino, Ghent and Vienna."""

STORED = """\
PREFIX cn: <https://w3id.org/citynode/ns#>
SELECT ?member ?record ?title
WHERE { GRAPH ?member { ?record a cn:UrbanExperiment ; <http://purl.org/dc/terms/title> ?title } }
"""


@dataclass(kw_only=True)
class Keeper:
    """Keeps one process going. `start` makes it; `faults` are ends that nobody asked for."""

    name: str
    start: Callable[[], Any]
    faults: list[str]
    process: Process | None = None
    lives: int = 0
    _killed: set[int] = field(default_factory=set)
    _task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self._task = asyncio.create_task(self._keep())

    async def end(self) -> None:
        """Let it end, and start it no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 20)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()

    def kill(self) -> bool:
        """Kill it with SIGKILL, wherever it is; False when there is nothing to be killed."""
        if self.process is None or self.process.returncode is not None:
            return False
        self._killed.add(self.process.pid)
        self.process.send_signal(signal.SIGKILL)
        return True

    async def _keep(self) -> None:
        while True:
            self.process = await self.start()
            self.lives += 1
            assert self.process is not None
            code = await self.process.wait()
            if self.process.pid not in self._killed and code not in (0, -signal.SIGTERM):
                self.faults.append(f"{self.name} ended by itself with {code}")
                await asyncio.sleep(1)


@dataclass(kw_only=True)
class Federation:
    """The five, with what is known of every act of publishing."""

    folder: Path
    pause: float
    towns: dict[str, Town]
    servers: dict[str, Keeper] = field(default_factory=dict)
    officers: dict[str, Keeper] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    imports: list[Try] = field(default_factory=list)
    _table: Table = field(init=False)

    def __post_init__(self) -> None:
        self._table = Table(self.folder / "prove.csv", {})
        for name in NAMES:
            self.servers[name] = self._keeper(f"the server of {name}", self._server(name))
        self.officers["torino"] = self._keeper("the import of torino", self._import)
        for name in NAMES[1:]:
            self.officers[name] = self._keeper(f"the officer of {name}", self._officer(name))

    def _keeper(self, name: str, start: Callable[[], Any]) -> Keeper:
        return Keeper(name=name, start=start, faults=self.faults)

    def _server(self, name: str) -> Callable[[], Any]:
        folder = self.towns[name].folder
        return lambda: _run(folder / "serve.log", "nodes", "serve", "--folder", str(folder))

    def _officer(self, name: str) -> Callable[[], Any]:
        folder = self.towns[name].folder
        words = ("tests.journeys.killing.writing", str(folder), str(self._told(name)))
        return lambda: _run(folder / "officer.log", *words, str(self.pause))

    async def _import(self) -> Process:
        """Change some rows of the table, and import it; the import before it has ended."""
        folder = self.towns["torino"].folder
        last = self.officers["torino"].process
        if last is not None and last.returncode == 0:
            self.imports[-1] = replace(self.imports[-1], acknowledged=True)
        await asyncio.sleep(3 * self.pause)
        number = self.officers["torino"].lives
        self._table.rows |= {f"t-{number}-{each}": f"Prova {number} {each}" for each in range(3)}
        if number > 1:
            self._table.rows[f"t-{number - 2}-0"] = f"Prova cambiata {number}"
        self._table.write()
        self.imports.append(Try(said=self._said()))
        mapping = str(self._table.file.with_suffix(".toml"))
        words = ("import", str(self._table.file), "--mapping", mapping, "--folder", str(folder))
        return await _run(folder / "officer.log", "nodes", *words)

    def _said(self) -> dict[str, str | None]:
        base = self.towns["torino"].base
        return {f"{base}experiments/{code}": title for code, title in self._table.rows.items()}

    # Killing

    async def kill_one(self, chance: random.Random) -> str:
        """Kill some process at once and say which; it waits for one to be there."""
        while True:
            name = chance.choice(NAMES)
            what = chance.choices(("server", "worker", "officer"), (5, 2, 3))[0]
            if what == "worker":
                if workers := children(self.servers[name].process):
                    with suppress(ProcessLookupError):
                        os.kill(chance.choice(workers), signal.SIGKILL)
                        return f"a worker of {name}"
            elif what == "server":
                if self.servers[name].kill():
                    return f"the server of {name}"
            else:
                await self._in_the_act(name, chance)
                if self.officers[name].kill():
                    return f"the officer of {name}"
            await asyncio.sleep(0.05)

    async def _in_the_act(self, name: str, chance: random.Random) -> None:
        """Wait until an officer is about to publish something: that takes some milliseconds."""
        if name != "torino":
            told, before = self._told(name), _size(self._told(name))
            for _ in range(500):
                if _size(told) != before:
                    break
                await asyncio.sleep(0.001)
            await asyncio.sleep(chance.uniform(0, 0.012))

    def _told(self, name: str) -> Path:
        return self.towns[name].folder / "told.jsonl"

    async def hush(self) -> None:
        """Let nobody publish any more."""
        await asyncio.gather(*(keeper.end() for keeper in self.officers.values()))

    # Looking

    def tries(self) -> dict[str, list[Try]]:
        """Read what every city was told, in the order of time."""
        found = {self.towns["torino"].base: self.imports}
        for name in NAMES[1:]:
            town = self.towns[name]
            found[town.base] = read_tries(self._told(name).read_bytes().splitlines())
        return found

    async def quiet(self) -> bool:
        """Tell whether every node has read every chain to its end, and shows it."""
        sizes = [self._sizes(town) for town in self.towns.values()]
        own = {
            town.base: size.get(town.base)
            for town, size in zip(self.towns.values(), sizes, strict=True)
        }
        said = {base: size for base, size in own.items() if size}  # not all may have come to speak
        if any(each != said for each in sizes):
            return False
        return all([await town.answers() for town in self.towns.values()])

    async def unrest(self) -> str:
        """Tell what each node holds, whether it answers, and what it said last."""
        lines = [*self.faults]
        for town in self.towns.values():
            try:
                answer = (await town.get("readyz")).decode()
            except FederationError as error:
                answer = str(error)
            said = (town.folder / "serve.log").read_text(errors="replace").splitlines()
            lines += [f"{town.base} {town.name}: holds {self._sizes(town)}, answers {answer}"]
            lines += [f"    {line}" for line in said[-15:]]
        return "\n".join(lines)

    def _sizes(self, town: Town) -> dict[str, int]:
        with _journal(town) as journal:
            query = "SELECT origin, max(sequence) AS size FROM members GROUP BY origin"
            return {row["origin"]: row["size"] for row in journal.db().execute(query)}

    async def held(self, town: Town) -> Held:
        """Ask a node for all it holds: its journal on disk, its endpoint and its search."""
        with _journal(town) as journal:
            chains = {each.base: _chain(journal, each.base) for each in self.towns.values()}
            titles = {each.member.object: title_of(each.member) or "" for each in journal.records()}
            refused = [f"{each.iri}: {each.reason}" for each in known.refusals(journal)]
        asked = f"sparql?query={quote(STORED)}"
        answer = json.loads(await town.get(asked, "application/sparql-results+json"))
        rows = answer["results"]["bindings"]
        hits = csv.DictReader(io.StringIO((await town.get("search.csv", "text/csv")).decode()))
        return Held(
            name=town.name,
            chains=chains,
            titles=titles,
            stored=[
                (row["member"]["value"], row["record"]["value"], row["title"]["value"])
                for row in rows
            ],
            found=[(hit["iri"], hit["title"]) for hit in hits],
            refused=refused,
        )


async def _run(log: Path, *words: str) -> Process:
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", *words, stdin=DEVNULL, stdout=file, stderr=file,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip


@contextmanager
def _journal(town: Town) -> Iterator[Journal]:
    with closing(Journal(town.folder / JOURNAL, town.base)) as journal:
        yield journal


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _chain(journal: Journal, base: str) -> list[Member]:
    said = (each.member for each in journal.stream(0, 10**9, relayed=True))
    return sorted((each for each in said if each.origin == base), key=lambda each: each.sequence)


def children(process: Process | None) -> list[int]:
    """List the processes that a process has started and that are there still."""
    if process is None or process.returncode is not None:
        return []
    try:
        threads = list(Path(f"/proc/{process.pid}/task").iterdir())
        return [
            int(each) for thread in threads for each in (thread / "children").read_text().split()
        ]
    except OSError:
        return []


@asynccontextmanager
async def federation(folder: Path, *, pause: float) -> AsyncIterator[Federation]:
    """Found the five, let them know each other, serve them and let their officers write."""
    towns = {name: found(name, folder) for name in NAMES}
    made = Federation(folder=folder, pause=pause, towns=towns)
    for town in towns.values():
        _introduce(town, towns)
    try:
        for keeper in made.servers.values():
            keeper.begin()
        for keeper in made.officers.values():
            keeper.begin()
        yield made
    finally:
        keepers = (*made.officers.values(), *made.servers.values())
        await asyncio.gather(*(keeper.end() for keeper in keepers))


def _introduce(town: Town, towns: dict[str, Town]) -> None:
    with open_desk(read_config(town.folder)) as desk:
        for name, other in towns.items():
            if other is not town:
                with open_desk(read_config(other.folder)) as theirs:
                    key = theirs.key.public(other.base)
                follow = READS[town.id].get(name, Follow.NOTHING)
                peer = Peer(base=other.base, name=other.name, keys=(key,), follow=follow)
                known.add_peer(desk.journal, peer, utc_now())
