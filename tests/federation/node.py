"""A node under test: its journal and inbox, reading simulated cities."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from federation import keys
from federation.harvest import harvest
from federation.limits import Limits
from federation.peers import Follow, Peer, Round
from nodes.journal import Journal, known
from nodes.journal.inbox import JournalInbox
from tests.city import NOON, City, World
from tests.federation.direct import DirectExaminer

ME = "https://me.example/"


class Node:
    """A node whose clock a test may set."""

    def __init__(self, folder: Path, **bounds: Any) -> None:
        self.now = NOON
        self.journal = Journal(folder / "journal.sqlite", ME)
        self.inbox = JournalInbox(
            journal=self.journal,
            own=(keys.generate().public(ME),),
            now=lambda: self.now,
            **{"quarantine": 1_000, **bounds},
        )

    def knows(self, *peers: Peer) -> None:
        for peer in peers:
            known.add_peer(self.journal, peer, self.now)

    def knows_key_of(self, *cities: City) -> None:
        self.knows(*(replace(city.peer, follow=Follow.NOTHING) for city in cities))

    async def reads(
        self, peer: Peer, *cities: City, limits: Limits = Limits(), most: int | None = None
    ) -> Round:
        examiner = DirectExaminer(limits)
        async with World(*cities).client() as client:
            return await harvest(
                client, peer, self.inbox, examiner, limits=limits, now=self.now, most=most
            )

    def titles(self) -> list[str]:
        return sorted(entry.member.object.rpartition("/")[2] for entry in self.journal.records())

    def reasons(self, status: str | None = None) -> list[str]:
        refusals = known.refusals(self.journal, most=10_000)
        return [each.reason for each in refusals if status in (None, each.status)]

    def states(self) -> dict[int, str]:
        found = self.journal.db().execute("SELECT sequence, state FROM members ORDER BY position")
        return {row["sequence"]: row["state"] for row in found}
