"""The views put together: the store and the index, opened, brought forward and closed as one."""

import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from threading import Event, Lock
from typing import Final, TypeVar

from nodes import projection
from nodes.aside import aside
from nodes.errors import NoRoomForViews, ViewDamaged, ViewsClosed
from nodes.index import Index
from nodes.journal import Journal
from nodes.store import Store

_LOG: Final = logging.getLogger(__name__)
_ROOM: Final = 1 << 20
"""Bytes that must find room on the disk before a view that cannot be opened is called damaged."""

_FULL: Final = tuple(os.strerror(each) for each in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_GROWTH: Final = 6
_LEAST_ROOM: Final = 32_000_000
"""Store and index take up to six times the bytes of the journal, while they are made; small ones
have the vocabulary beside it."""

_View = TypeVar("_View", Store, Index)


@dataclass(frozen=True, kw_only=True)
class Views:
    """The store and the index, held by the one process that projects.

    Each is brought forward by itself, for the store takes longer. A thread that does it outlives
    the task that waits for it: so closing waits for the batch under way, which is the last one
    then.
    """

    store: Store
    index: Index
    _store_turn: Lock = field(default_factory=Lock)
    _index_turn: Lock = field(default_factory=Lock)
    _closing: Event = field(default_factory=Event)

    def catch_up(self, journal: Journal) -> int:
        """Bring both to the journal's end; raises ViewsClosed when they are closed meanwhile."""
        with self.held():
            return projection.catch_up(journal, (self.store, self.index), self._go_on)

    def store_up(self, journal: Journal) -> None:
        """Bring the store to the journal's end; raises ViewsClosed as `catch_up` does."""
        with self._store_turn:
            self._go_on()
            projection.catch_up(journal, (self.store,), self._go_on)

    def index_up(self, journal: Journal) -> None:
        """Bring the index to the journal's end; raises ViewsClosed as `catch_up` does."""
        with self._index_turn:
            self._go_on()
            projection.catch_up(journal, (self.index,), self._go_on)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep them from being brought forward for the time of the block."""
        with self._store_turn, self._index_turn:
            self._go_on()
            yield

    def tidy(self) -> None:
        """Let questions of the index cost less, if nothing has come for a while."""
        with self._index_turn:
            self._go_on()
            self.index.tidy()

    def rest(self) -> None:
        """Bring them forward no more: wait for the batch under way."""
        self._closing.set()
        with self._store_turn, self._index_turn:
            pass

    def _go_on(self, *_: int) -> None:
        if self._closing.is_set():
            raise ViewsClosed("the views are closed; they go on from here at the next start")


@contextmanager
def open_views(folder: Path) -> Iterator[Views]:
    """Open the views to write to them; the caller holds `projection.lock`.

    A view that is damaged, or was made by another version, is deleted: it is made anew from the
    journal when it catches up. One that only lacks room is kept: raises OSError.
    """
    with ExitStack() as stack:
        store = stack.enter_context(closing(_open_or_renew(Store.open, folder / "store")))
        index = stack.enter_context(closing(_open_or_renew(Index.open, folder / "index")))
        views = Views(store=store, index=index)
        stack.callback(views.rest)
        yield views


@contextmanager
def filling(views: Path, journal: Path) -> Iterator[None]:
    """Tell of a full disk as such where views are opened or written; raises NoRoomForViews.

    Each engine tells of it in words of its own, and may have given room back by then.
    """
    try:
        yield
    except (OSError, ViewDamaged) as error:
        if not any(said in str(error) for said in _FULL):
            raise
        there = sum(each.stat().st_size for each in views.rglob("*") if each.is_file())
        wanted = max(_GROWTH * journal.stat().st_size - there, _LEAST_ROOM)
        raise NoRoomForViews(
            f"the disk of {views} is full: to write store and index some {wanted // 1_000_000} MB "
            f"more are needed ({error})"
        ) from error


def _open_or_renew(open_view: Callable[[Path], _View], folder: Path) -> _View:
    try:
        return aside(partial(open_view, folder))
    except ViewDamaged as error:
        _need_room(folder.parent)
        _LOG.warning("%s; it is made anew from the journal", error)
        shutil.rmtree(folder, ignore_errors=True)
        return aside(partial(open_view, folder))


def _need_room(folder: Path) -> None:
    try:
        with TemporaryFile(dir=folder) as probe:
            probe.write(bytes(_ROOM))
            probe.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None
