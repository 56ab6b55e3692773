"""One node of the demonstration: a folder, a process, an address."""

import asyncio
import json
import os
import signal
import sqlite3
import sys
import zlib
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from federation.errors import FederationError
from federation.fetch import fetch, open_client
from federation.limits import Limits
from federation.peers import Follow
from nodes.config import FILE, read_config
from nodes.demo.cities import ExampleCity
from nodes.desk import JOURNAL, open_desk
from nodes.errors import ConfigError, NodeError
from nodes.founding import make_node
from nodes.harvesting import utc_now
from nodes.importing import load_mapping, read, read_own
from nodes.journal import known
from nodes.meeting import meet
from nodes.publishing import plan
from nodes.sayable import checked
from vocab.records import Experiment
from vocab.triples import from_payload

_START_SECONDS: Final = 180.0
"""Eight nodes start at once, on whatever machine this is."""

_LAST_LINES: Final = 12
_STOP_SECONDS: Final = 10.0
_FAST: Final = {"interval": 1.0, "polling_interval": 1, "tick": 0.5, "allow_private_peers": True}


@dataclass(kw_only=True)
class Town:
    """A node that the demonstration runs."""

    id: str
    name: str
    folder: Path
    base: str
    process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The process that serves it, while it runs."""
        return self.process.pid if self.process is not None else None

    def found(self, settings: dict[str, Any], port: int) -> None:
        """Make its folder, or take up the one that is there; raises NodeError for another's."""
        if (self.folder / FILE).exists():
            config = read_config(self.folder)
            if (config.city.base, config.server.port) != (self.base, port):
                raise ConfigError(
                    f"{self.folder} already holds a node at {config.city.base}; "
                    "choose another folder, or the port it had"
                )
            return
        make_node(
            self.folder,
            {
                "city": {**settings, "base": self.base},
                "server": {"host": "127.0.0.1", "port": port},
                "harvest": dict(_FAST),
                "query": {"workers": 1},
            },
        )

    def take_in(self, example: ExampleCity) -> int:
        """Import the city's file; returns how many experiments are published."""
        with open_desk(read_config(self.folder)) as desk:
            now = utc_now()
            reading = read(example.data, load_mapping(example.mapping), desk.city, now)
            good, bad = checked(reading.records)
            if bad or reading.errors:
                told = [*map(str, reading.errors), *map(str, bad)]
                raise NodeError(f"{example.data.name}: {'; '.join(told[:3])}")
            desk.speak(plan(good, desk.current).drafts, example.data.name, now)
        return len(good)

    def publish_golden(self, example: ExampleCity) -> int:
        """Publish the city's golden records as its own; returns how many there are."""
        with open_desk(read_config(self.folder)) as desk:
            now = utc_now()
            for file in example.golden:
                ours = self.folder / file.name
                said = file.read_text("utf-8").replace(f"https://{example.id}.example/", self.base)
                ours.write_text(said, encoding="utf-8")
                reading = read_own(ours, desk.city, now)
                good, bad = checked(reading.records if reading is not None else ())
                if not good:
                    raise NodeError(f"{file.name} is not published: {'; '.join(map(str, bad))}")
                desk.speak(plan(good, desk.current).drafts, None, now)
        return len(example.golden)

    async def start(self) -> None:
        """Serve it in a process of its own and wait until it answers."""
        log = (self.folder / "serve.log").open("ab")
        try:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "nodes", "serve", "--folder", str(self.folder),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip
        finally:
            log.close()
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not await self.answers():
                    if self.process.returncode is not None:
                        raise NodeError(f"{self.name} ended at once; {self._last_words()}")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise NodeError(f"{self.name} did not start; {self._last_words()}") from None

    def _last_words(self) -> str:
        """Quote the end of its log: the folder of a demonstration goes with it."""
        lines = (self.folder / "serve.log").read_text(errors="replace").splitlines()
        said = "\n".join(f"  {line}" for line in lines[-_LAST_LINES:])
        return f"its log ends with\n{said}" if said else "it wrote nothing into its log"

    async def stop(self) -> None:
        """Ask it to stop, and insist when it does not."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def answers(self, path: str = "readyz") -> bool:
        """Tell whether its views are in step; by `healthz` whether it can be asked at all."""
        try:
            said = await self.get(path)
        except FederationError:
            return False
        return path != "readyz" or json.loads(said)["behind"] == 0

    async def get(self, path: str, accept: str = "application/json") -> bytes:
        """Ask it for something over HTTP; raises FederationError."""
        async with open_client(agent="demo", limits=Limits(), allow_private=True) as client:
            answer = await fetch(client, self.base + path, Limits(), accept=accept)
        return answer.body or b""

    async def json(self, path: str) -> Any:
        """Ask it for JSON."""
        return json.loads(await self.get(path))

    async def befriend(self, other: "Town", follow: Follow) -> None:
        """Pin another town's key; in the demonstration the operator of both is the same."""
        config = read_config(self.folder)
        peer = await meet(config, other.base, follow)
        with open_desk(config) as desk:
            known.add_peer(desk.journal, peer, utc_now())

    async def command(self, *words: str) -> Any:
        """Run a command of the node in a process of its own; returns its JSON."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nodes", *words, "--json", "--folder", str(self.folder),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        written, _ = await process.communicate()
        return json.loads(written)

    def refusals(self) -> list[str]:
        """List what it refused, with reasons."""
        with open_desk(read_config(self.folder)) as desk:
            return [f"{each.iri}: {each.reason}" for each in known.refusals(desk.journal)]

    def technologies(self) -> dict[str, tuple[str, ...]]:
        """List what each of its own experiments tries, straight from its journal."""
        with open_desk(read_config(self.folder)) as desk:
            return {
                entry.member.object: from_payload(
                    entry.member.payload, entry.member.object
                ).technologies
                for entry in desk.journal.records(self.base)
                if entry.member.object.startswith(f"{self.base}{Experiment.room}/")
            }

    def forge(self, origin: str) -> str:
        """Change a word of another city's record in this town's own journal; returns its member.

        This is what a dishonest operator of a relay would do. The signature stays as it was.
        """
        db = sqlite3.connect(self.folder / JOURNAL)
        try:
            iri, payload = db.execute(
                "SELECT iri, payload FROM members WHERE origin = ? ORDER BY sequence LIMIT 1",
                (origin,),
            ).fetchone()
            text = zlib.decompress(payload)
            place = text.index(b'"') + 1
            forged = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
            db.execute("UPDATE members SET payload = ? WHERE iri = ?", (zlib.compress(forged), iri))
            db.commit()
        finally:
            db.close()
        return str(iri)
