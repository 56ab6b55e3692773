"""The stores of earlier times: built in the background, kept on disk, bounded in every way.

A store is built when somebody asks for its moment (`nodes.journal.past`), by a process of its own
(`nodes.rebuilding`), one at a time, and serves all who ask for that moment, after a restart too.
Who asks waits for it as long as a query may take, and is then told when to come again; the building
goes on. Bounded are those who wait, for one client and in all, the time and memory of a building,
and the stores kept, in number and bytes: the one not asked for the longest goes first.

What may be told of the past changes when something is erased, given up or blocked: then stores of
the edition before are removed, and `forget` removes all, with what was being built.
"""

import asyncio
import hashlib
import logging
import secrets
import shutil
import time
from asyncio import Task
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nodes.checkpoints import Checkpoint
from nodes.errors import NodeError, PastBusy
from nodes.journal import Journal, past
from nodes.journal.past import Moment
from nodes.processes import run
from nodes.store import Store

_LOG: Final = logging.getLogger(__name__)
_SOON: Final = 2
_REST: Final = 600.0
_DRAFT: Final = "draft"


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What earlier times may use: stores and bytes kept, seconds and bytes of memory to build one.

    `waiting` is how many may wait to be built, `mine` how many of them one client may ask for.
    """

    stores: int = 8
    most_bytes: int = 4_000_000_000
    seconds: int = 600
    memory: int = 2_000_000_000
    waiting: int = 8
    mine: int = 2


@dataclass(eq=False, kw_only=True)
class _Building:
    """A store that is being built, or waits to be: for whom first, and since when it is at it."""

    client: str
    task: Task[None]
    begun: float | None = None


class Recalling:
    """The earlier states of a store whose journal is known, in a folder of its own."""

    def __init__(
        self, store: Store, journal: Journal, folder: Path, bounds: Bounds = Bounds()
    ) -> None:
        self._store = store
        self._journal = journal
        self._folder = folder
        self._bounds = bounds
        self._built: OrderedDict[str, Checkpoint] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._building: dict[str, _Building] = {}
        self._failed: dict[str, tuple[float, str]] = {}
        self._turn = asyncio.Lock()
        self._edition = -1
        self._lasted = 1.0

    async def open(self) -> None:
        """Take up what is on disk, and remove what was not finished or may not be told now."""
        self._edition = await asyncio.to_thread(past.edition, self._journal)
        await asyncio.to_thread(self._take_up)
        self._bound()

    async def close(self) -> None:
        """Stop building; what is built stays for the next start."""
        await self._stop()
        self._built.clear()

    async def forget(self) -> None:
        """Remove every store, and stop those being built."""
        await self._stop()
        for name in list(self._built):
            self._remove(name)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def tidy(self) -> None:
        """Remove the stores of an edition that may not be told any more."""
        now = await asyncio.to_thread(past.edition, self._journal)
        if now != self._edition:
            self._edition = now
            await self.forget()

    @property
    def waiting(self) -> int:
        """How many are being built, or wait to be."""
        return len(self._building)

    @property
    def stores(self) -> int:
        """How many are kept."""
        return len(self._built)

    @property
    def used(self) -> int:
        """How many bytes they take on disk."""
        return sum(self._sizes.values())

    async def store(self, moment: Moment, client: str, seconds: float) -> Checkpoint:
        """Give the store of a moment, built if need be; raises PastBusy after some seconds."""
        await self.tidy()
        if moment.edition != self._edition:
            raise PastBusy("what may be told of the past changed just now", _SOON)
        name = self._name(moment)
        if (found := self._kept(name)) is not None:
            return found
        if (failed := self._failed.get(name)) is not None and failed[0] > time.monotonic():
            raise PastBusy(failed[1], int(failed[0] - time.monotonic()) + 1)
        building = self._building.get(name) or self._begin(moment, name, client)
        await asyncio.wait({building.task}, timeout=seconds)
        if (found := self._kept(name)) is not None:
            return found
        if name in self._failed:
            raise PastBusy(self._failed[name][1], int(_REST))
        raise PastBusy("the store of that time is being built", max(_SOON, int(self._lasted)))

    def _kept(self, name: str) -> Checkpoint | None:
        if name not in self._built:
            return None
        self._built.move_to_end(name)
        return self._built[name]

    def _begin(self, moment: Moment, name: str, client: str) -> _Building:
        mine = sum(each.client == client for each in self._building.values())
        if len(self._building) >= self._bounds.waiting or mine >= self._bounds.mine:
            whose = "other times that you asked for" if mine >= self._bounds.mine else "other times"
            raise PastBusy(f"{whose} are being built", max(_SOON, int(self._lasted)))
        task = asyncio.create_task(self._build(moment, name))
        building = self._building[name] = _Building(client=client, task=task)
        task.add_done_callback(lambda _: self._building.pop(name, None))
        return building

    async def _build(self, moment: Moment, name: str) -> None:
        """Build one, in its turn; why it failed is kept for a while."""
        async with self._turn:
            begun = time.monotonic()
            try:
                async with asyncio.timeout(self._bounds.seconds):
                    edition = await self._run(moment)
                if edition == moment.edition:
                    await self._keep(moment, name)
            except TimeoutError:
                self._fail(name, f"it takes longer than {self._bounds.seconds} seconds to build")
            except (NodeError, OSError, RuntimeError, ValueError) as error:
                _LOG.warning("the store of change %d was not built: %s", moment.number, error)
                self._fail(name, "the store of that time could not be built")
            finally:
                self._lasted = time.monotonic() - begun
                await asyncio.to_thread(_clear, self._folder / _DRAFT)

    async def _run(self, moment: Moment) -> int:
        """Let a process build it; return the edition that it tells."""
        draft = self._folder / _DRAFT
        await asyncio.to_thread(_clear, draft)
        await asyncio.to_thread(self._store.twin, draft)
        bounds = self._bounds
        numbers = (moment.number, bounds.memory, bounds.seconds, bounds.most_bytes)
        journal = (self._journal.path.absolute(), self._journal.base)
        return int(await run("nodes.rebuilding", *journal, draft.absolute(), *numbers))

    async def _keep(self, moment: Moment, name: str) -> None:
        # Never the same place twice: a worker may have the store before it open.
        folder = self._folder / f"{name}.{secrets.token_hex(4)}"
        await asyncio.to_thread((self._folder / _DRAFT / "quads").replace, folder)
        size = await asyncio.to_thread(_size, folder)
        if size > self._bounds.most_bytes:
            self._fail(name, "the store of that time is larger than this node keeps")
            await asyncio.to_thread(_clear, folder)
            return
        self._sizes[name] = size
        self._built[name] = Checkpoint(folder=folder, position=moment.number)
        self._bound()
        _LOG.info("built the store of change %d: %d bytes", moment.number, size)

    def _fail(self, name: str, why: str) -> None:
        now = time.monotonic()
        self._failed = {key: each for key, each in self._failed.items() if each[0] > now}
        self._failed[name] = (now + _REST, why)

    def _bound(self) -> None:
        """Remove those not asked for the longest while there are too many."""
        while len(self._built) > self._bounds.stores or self.used > self._bounds.most_bytes:
            self._remove(next(iter(self._built)))

    def _remove(self, name: str) -> None:
        gone = self._built.pop(name)
        self._sizes.pop(name, None)
        gone.replaced = True
        if gone.readers == 0:
            asyncio.get_running_loop().run_in_executor(None, _clear, gone.folder)

    async def _stop(self) -> None:
        tasks = [each.task for each in self._building.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _name(self, moment: Moment) -> str:
        """Name what a store is made from: the same change of another journal is another one."""
        said = (moment.number, moment.at, moment.edition, self._store.edition)
        return f"{moment.number}-{hashlib.sha256(repr(said).encode()).hexdigest()[:12]}"

    def _take_up(self) -> None:
        """Keep what this journal would call so; the newest of use is asked for last."""
        if not self._folder.is_dir():
            return
        found = [each for each in self._folder.iterdir() if each.is_dir()]
        for folder in sorted(found, key=lambda each: each.stat().st_mtime):
            number = folder.name.partition("-")[0]
            moment = past.of_number(self._journal, int(number)) if number.isdigit() else None
            name = folder.name.partition(".")[0]
            if moment is not None and self._name(moment) == name and name not in self._built:
                self._built[name] = Checkpoint(folder=folder, position=moment.number)
                self._sizes[name] = _size(folder)
            else:
                _clear(folder)


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(each.stat().st_size for each in folder.iterdir())
