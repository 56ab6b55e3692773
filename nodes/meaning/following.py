"""Meaning, as the node asks for it: what lies near a question, what lies near a record.

`Meaning` follows the journal by itself, a few records at a time, and never keeps a search waiting
for records: what has no vector yet is found by its words.
"""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from federation.member import Kind, Member
from nodes.changes import Change
from nodes.errors import Busy, ViewDamaged, WorkerDied, WorkerTimedOut
from nodes.journal import Journal
from nodes.meaning.embedding import Embedder, available
from nodes.meaning.telling import LONGEST, Telling, middle, told
from nodes.meaning.vectors import Near, Vectors
from nodes.remembering import Memory
from nodes.searches import LEAST_LIKE
from nodes.words import Question, ask, spoken
from vocab.errors import VocabError
from vocab.triples import from_payload

FOLDER: Final = "meaning"

MOST: Final = 50
"""Records that a question may find by their meaning; more would be ever less like it."""

_SHARE: Final = 0.4
"""A record that is less like a question than this part of the nearest one is left out."""

_ANSWER_BYTES: Final = 10_000  # of fifty addresses, about

_AWAKE: Final = "bus"
_BATCH: Final = 16
_LOOK_SECONDS: Final = 0.5
_LONGEST_PAUSE: Final = 60.0

_LOG: Final = logging.getLogger(__name__)


class Meaning:
    """The vectors of a running node."""

    def __init__(self, folder: Path) -> None:
        self._vectors = _open_or_renew(folder)
        self._embedder = Embedder()
        self._answers: Memory[Near] = Memory()

    @property
    def position(self) -> int:
        """The journal position up to which records are found by their meaning."""
        return self._vectors.position

    def holds_only(self, position: int) -> bool:
        """Tell whether nothing is kept of what records said before a position."""
        return not self._vectors.begun or self._vectors.position >= position

    async def near(self, text: str) -> Near:
        """Give the records whose meaning is near to what somebody typed; their IRIs, nearest first.

        Nothing for a question in quotation marks, which is meant to the letter, for one in words
        that the model does not know, even in lower case and without signs, or when the worker does
        not answer in time.
        """
        wanted = _meant(text)
        if not wanted or not self._vectors.begun:
            return ()
        position = self.position
        known = self._answers.recall(position, wanted)
        if known is not None:
            return known
        try:
            vector = await self._embedder.question(wanted)
            if vector is None and (plain := spoken(wanted)) != wanted:
                vector = await self._embedder.question(plain)
        except (Busy, WorkerDied, WorkerTimedOut) as error:
            _LOG.warning("a question is answered by its words only: %s", error)
            return ()
        if vector is None:
            return ()
        found = await asyncio.to_thread(self._vectors.near, vector, most=MOST, least=LEAST_LIKE)
        answer = tuple(each for each in found if each[1] >= _SHARE * found[0][1])
        self._answers.keep(position, wanted, answer, _ANSWER_BYTES)
        return answer

    async def wake(self) -> None:
        """Have the model loaded before somebody asks; nothing while no record has a vector."""
        if self._vectors.begun:
            with suppress(Busy, WorkerDied, WorkerTimedOut):
                await self._embedder.question(_AWAKE)

    async def nearest_to(self, iri: str, most: int) -> Near:
        """Give the records most like one, whatever their kind: IRIs with cosines, nearest first."""
        return await asyncio.to_thread(self._vectors.near_to, iri, most=most, least=LEAST_LIKE)

    async def catch_up(self, journal: Journal) -> None:
        """Give every record that changed its vector, until the journal's end."""
        while True:
            changes, reached = await asyncio.to_thread(
                journal.changes, self._vectors.position, _BATCH
            )
            if not changes:
                return
            await self.apply(changes, reached)

    async def apply(self, changes: Sequence[Change], position: int) -> None:
        """Give the records of some changes their vectors; safe to repeat."""
        if not self._vectors.begun:
            [found] = await self._embedder.tellings([((1.0, middle()),)])
            if found is None:
                raise WorkerDied("the model cannot be used")
            await asyncio.to_thread(self._vectors.begin, found)
        tellings = await asyncio.to_thread(_told, changes)
        vectors = await self._embedder.tellings(tellings)
        named = {change.object: each for change, each in zip(changes, vectors, strict=True)}
        await asyncio.to_thread(self._vectors.apply, named, position)

    async def follow(self, journal: Journal) -> None:
        """Catch up for ever, whoever writes to the journal; a step that fails is tried again."""
        pause = _LOOK_SECONDS
        while True:
            try:
                if await asyncio.to_thread(journal.last_change) > self._vectors.position:
                    await self.catch_up(journal)
                await self._embedder.rest()
                pause = _LOOK_SECONDS
            except Exception:  # the job runner: search goes on by words, meaning follows later
                pause = min(2 * pause, _LONGEST_PAUSE)
                _LOG.exception("records get no vectors; next try in %.0f s", pause)
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """End the worker and let go of the files."""
        await self._embedder.close()
        await asyncio.to_thread(self._vectors.close)


@asynccontextmanager
async def open_meaning(views: Path, *, wanted: bool) -> AsyncIterator[Meaning | None]:
    """Open the vectors beside the other views; None when they are not wanted or not possible.

    Then those of earlier are deleted: nobody would keep them true.
    """
    if not wanted or not available():
        await asyncio.to_thread(shutil.rmtree, views / FOLDER, ignore_errors=True)
        yield None
        return
    meaning = await asyncio.to_thread(Meaning, views / FOLDER)
    try:
        yield meaning
    finally:
        await meaning.close()


def _open_or_renew(folder: Path) -> Vectors:
    try:
        return Vectors.open(folder)
    except ViewDamaged as error:
        _LOG.warning("%s; they are made anew from the journal", error)
        shutil.rmtree(folder, ignore_errors=True)
        return Vectors.open(folder)


def _meant(text: str) -> str:
    """Give what a question asks for in words, without what it does not want."""
    question: Question = ask(text)
    if any(term.quoted for term in question.wanted):
        return ""
    if question.unwanted:
        return " ".join(term.spoken for term in question.wanted)
    return text[:LONGEST] if question.wanted else ""


def _told(changes: Sequence[Change]) -> list[Telling]:
    return [_told_by(change.member) for change in changes]


def _told_by(member: Member | None) -> Telling:
    if member is None or member.kind is Kind.DELETE:
        return ()
    try:
        return told(from_payload(member.payload, member.object))
    except VocabError:
        return ()
