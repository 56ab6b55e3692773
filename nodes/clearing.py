"""Clearing: what was erased leaves every file of the node, and old versions go when their time is.

The journal drops the bytes when an erasing member takes effect (`nodes.journal.gaps`). Here the
rest follows: the RDF store and the search index are made anew beside the old ones, which keep what
was ever said, and take their place; vectors are wiped; kept pages, checkpoints and folders of plain
files are written again; stores of earlier times and dumps are removed, and a new dump is due; the
log of the database is cut off. Only then is the origin told.
"""

import asyncio
import logging
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

from nodes import dumps, erasing, projection
from nodes.desk import Desk
from nodes.errors import NodeError
from nodes.harvesting import utc_now
from nodes.index import Index
from nodes.journal import Journal, gaps, jobs, known, receipts
from nodes.meaning.following import FOLDER, Meaning
from nodes.mirror import write_mirror
from nodes.nightly import JOB as DUMP
from nodes.node import PAST, Node
from nodes.queries import Queries
from nodes.store import Store
from nodes.views import Views

_LOG: Final = logging.getLogger(__name__)
_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 600.0
_DAY: Final = 86_400.0
_FRESH: Final = "fresh"


@asynccontextmanager
async def clearing(node: Node) -> AsyncIterator[None]:
    """Clear what is erased as soon as it is, and compact once a day, until the block ends."""
    task = asyncio.create_task(_for_ever(node))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def clear(
    desk: Desk, views: Views, queries: Queries | None = None, meaning: Meaning | None = None
) -> bool:
    """Remove from all files what was erased; False when nothing was, or something must wait."""
    members = await asyncio.to_thread(lambda: gaps.pending(desk.journal.db()))
    if not members:
        return False
    if meaning is None:
        await asyncio.to_thread(shutil.rmtree, desk.views / FOLDER, ignore_errors=True)
    elif not meaning.holds_only(await asyncio.to_thread(desk.journal.last_change)):
        return False  # it follows by itself, and wipes what is no longer said
    await asyncio.to_thread(renew, views, desk.journal, desk.views)
    if queries is not None:
        await queries.replace()
    else:
        await asyncio.to_thread(shutil.rmtree, desk.views / PAST, ignore_errors=True)
    if not await asyncio.to_thread(_clear_files, desk):
        return False
    await asyncio.to_thread(receipts.cleared, desk.journal, members, utc_now())
    _LOG.info("erased for good what %d members name", len(members))
    return True


def renew(views: Views, journal: Journal, folder: Path) -> None:
    """Make the views anew from the journal and put them in the place of the old ones."""
    fresh = folder / _FRESH
    shutil.rmtree(fresh, ignore_errors=True)
    with (
        closing(Store.open(fresh / "store")) as store,
        closing(Index.open(fresh / "index")) as index,
    ):
        projection.catch_up(journal, (store, index))
    with views.held():
        views.store.become(fresh / "store")
        views.index.become(fresh / "index")
    shutil.rmtree(fresh, ignore_errors=True)


def compact(desk: Desk) -> erasing.Compacted:
    """Give up what is older than the retention says, and the pages that showed it."""
    done = erasing.compact(desk, utc_now())
    if done.own or done.others:
        shutil.rmtree(desk.views / "pages", ignore_errors=True)
        _LOG.info("gave up %d members, and %d of other cities", done.own, done.others)
    return done


def _clear_files(desk: Desk) -> bool:
    """Remove kept pages and dumps, write folders of plain files again, cut the log off."""
    shutil.rmtree(desk.views / "pages", ignore_errors=True)
    removed = dumps.clear(desk.views / dumps.FOLDER)
    if removed is None:
        _LOG.info("what was erased may be in the dump that is being written; it goes after that")
        return False
    if removed:
        jobs.keep_due(desk.journal, DUMP, utc_now())
    cleared = True
    for folder in receipts.mirrors(desk.journal):
        if Path(folder).is_dir():
            try:
                write_mirror(desk, Path(folder))
            except (NodeError, OSError) as error:
                _LOG.warning("%s still holds what was erased: %s", folder, error)
                cleared = False
    return desk.journal.cut_log() and cleared


async def _for_ever(node: Node) -> None:
    """Look again and again; a step that fails is tried again later."""
    pause = _PAUSE
    holder = f"{os.getpid()}-{secrets.token_hex(4)}"
    while True:
        try:
            waits = bool(await asyncio.to_thread(lambda: gaps.pending(node.desk.journal.db())))
            done = await clear(node.desk, node.views, node.queries, node.meaning) if waits else True
            if await asyncio.to_thread(
                known.take_lease, node.desk.journal, "compaction", holder, _DAY
            ):
                holder = f"{os.getpid()}-{secrets.token_hex(4)}"
                await asyncio.to_thread(compact, node.desk)
            await node.queries.tidy()
            pause = _PAUSE if done else min(2 * pause, _LONGEST_PAUSE)
        except Exception:  # the job runner: what was erased must be cleared when it can be
            pause = min(2 * pause, _LONGEST_PAUSE)
            _LOG.exception("what was erased is not cleared yet; next try in %.0f s", pause)
        await asyncio.sleep(pause)
