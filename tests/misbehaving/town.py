"""The node under test: one real process for all who misbehave, and nine good cities beside it.

`Control` is the same node without them: a real harvest of the same nine into a journal of its own.
"""

import html
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from federation.member import Member
from federation.peers import Peer
from nodes.config import Config, read_config
from nodes.desk import JOURNAL, open_desk
from nodes.harvesting import Harvesting
from nodes.journal import Journal, followers, known
from nodes.node import open_harvesting
from tests.journeys.places import found
from tests.misbehaving.street import Street
from tests.misbehaving.witness import Memory

SETTINGS = {
    "CITYNODE_HARVEST__TICK": "0.1",
    "CITYNODE_HARVEST__INTERVAL": "5",
    "CITYNODE_HARVEST__PING_PAUSE": "0.5",
    "CITYNODE_HARVEST__WORKERS": "1",
    "CITYNODE_HARVEST__ALLOW_PRIVATE_PEERS": '["127.0.0.1/32"]',
    "CITYNODE_LIMITS__REQUEST_SECONDS": "3",
    "CITYNODE_LIMITS__ROUND_SECONDS": "12",
    "CITYNODE_LIMITS__ATTEMPTS": "2",
    "CITYNODE_LIMITS__FIRST_PAUSE_SECONDS": "0.1",
}
"""Of a node that is in a hurry; what a peer may send is as much as everywhere."""

_PATIENCE = 60.0


def until(what: Callable[[], Any], told: Callable[[], str], seconds: float = _PATIENCE) -> Any:
    """Ask again and again until there is an answer."""
    deadline = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < deadline, told()
        time.sleep(0.1)
    return answer


class Town:
    """The node under test, served by a process that nobody starts again."""

    def __init__(self, folder: Path) -> None:
        self._town = found("node", folder)
        self.base = self._town.base
        self.folder = self._town.folder
        self._witness = folder / "witness.txt"
        self.log_file = self.folder / "serve.log"
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.misbehaving.watched", str(self._witness)),
                    *("serve", "--folder", str(self.folder)),
                ],
                stdout=log, stderr=log, env={**os.environ, **SETTINGS},
            )  # fmt: skip
        self.memory = Memory(self.process.pid)
        self.client = httpx.Client(base_url=self.base, trust_env=False, timeout=60)
        self.journal = Journal(self.folder / JOURNAL, self.base)
        try:
            until(self._answers, self.log, 150)
        except AssertionError:
            self.close()
            raise

    def _answers(self) -> bool:
        try:
            return self.client.get("healthz").status_code == 200
        except httpx.HTTPError:
            return False

    def log(self) -> str:
        return self.log_file.read_text()

    def knows(self, peer: Peer) -> None:
        known.add_peer(self.journal, peer, datetime.now(UTC))

    def forgets(self, peer: Peer) -> None:
        known.remove_peer(self.journal, peer.base, datetime.now(UTC))

    def looks_again(self, peer: Peer) -> None:
        """Let the next round with a peer be now."""
        followers.heard_of_news(self.journal, peer.base, datetime.now(UTC), 0)

    def has_read(self, peer: Peer) -> bool:
        """Tell whether the last round with a peer was a good one."""
        found = {each.peer.base: each for each in known.standings(self.journal)}
        return found[peer.base].last_good is not None

    def shows(self, peer: Peer) -> str:
        """Read what the network page says of a peer, as an officer sees it."""
        page = self.client.get("network", headers={"Accept": "text/html"}).text
        sections = [each for each in page.split("<section") if peer.name in each]
        section = "<" + sections[-1] if sections else ""
        return " ".join(html.unescape(re.sub("<[^>]*>", " ", section)).split())

    def logs(self, peer: Peer) -> str:
        """Read what the log says of a peer."""
        return "\n".join(row for row in self.log().splitlines() if peer.name in row)

    def stored(self, member: Member) -> list[str]:
        """Ask the SPARQL endpoint for a record, as lines."""
        query = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{member.iri}> {{ ?s ?p ?o }} }}"
        answer = self.client.get(
            f"sparql?query={quote(query)}", headers={"Accept": "application/n-triples"}
        )
        return sorted(set(answer.text.splitlines()))

    def dialled(self) -> set[str]:
        """List whom the process has dialled or looked up, once each."""
        return set(self._witness.read_text().splitlines())

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self.memory.close()
            self.client.close()
            self.journal.close()


class Control:
    """A node that knows the nine alone: real rounds, asked for one by one."""

    def __init__(self, folder: Path, street: Street) -> None:
        town = found("control", folder)
        self._street = street
        self._stack = AsyncExitStack()
        self._config = _hurried(read_config(town.folder))
        self.journal = Journal(town.folder / JOURNAL, town.base)
        self._harvesting = street.do(self._open())

    async def _open(self) -> Harvesting:
        desk = self._stack.enter_context(open_desk(self._config))
        return await self._stack.enter_async_context(open_harvesting(desk))

    def knows(self, peer: Peer) -> None:
        known.add_peer(self.journal, peer, datetime.now(UTC))

    def reads(self, peer: Peer) -> None:
        standings = {each.peer.base: each for each in known.standings(self.journal)}
        done = self._street.do(self._harvesting.round_with(standings[peer.base]))
        assert done is not None
        assert done.failure is None, done.failure

    def close(self) -> None:
        self._street.do(self._stack.aclose())
        self.journal.close()


def _hurried(config: Config) -> Config:
    harvest = config.harvest.model_copy(update={"allow_private_peers": True})
    return config.model_copy(update={"harvest": harvest})


def rows(journal: Journal, bases: list[str]) -> list[tuple[Any, ...]]:
    """Read everything a journal holds of some cities, apart from when and by whom it came."""
    marks = ", ".join("?" * len(bases))
    columns = (
        "origin, sequence, iri, kind, object, actor, published, previous, digest, payload, "
        "proof_created, proof_method, proof_value, state"
    )
    query = f"SELECT {columns} FROM members WHERE origin IN ({marks}) ORDER BY origin, sequence"
    return [tuple(row) for row in journal.db().execute(query, bases)]
