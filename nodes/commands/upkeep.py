"""`rebuild`, `verify` and `release`: looking after a node."""

import shutil
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from nodes import projection
from nodes.checking import (
    Report,
    check_chains,
    check_index,
    check_journal,
    check_own_chain,
    check_store,
)
from nodes.commands.console import AsJson, Folder, bar, err, out, tell_json
from nodes.config import read_config
from nodes.desk import Desk, inbox_of, open_desk
from nodes.errors import NotFound, Served, ViewOutdated
from nodes.index import Index
from nodes.journal import known
from nodes.journal.inbox import accept
from nodes.journal.observed import JournalObserved
from nodes.journal.unsigned import UnsignedInbox
from nodes.searches import SearchRequest
from nodes.snapshots import Snapshot, link, store_for_reading
from nodes.store import Store
from nodes.views import filling, open_views
from nodes.web.wordings import counted

_PATIENCE: Final = 10.0


def rebuild(folder: Folder = Path()) -> None:
    """Delete the views and make them anew from the journal."""
    with open_desk(read_config(folder)) as desk, projection.lock(desk.views) as free:
        if not free:
            raise Served(f"another process is serving {desk.config.folder}")
        for name in ("store", "index", "meaning", "pages", "checkpoints"):
            shutil.rmtree(desk.views / name, ignore_errors=True)
        with (
            filling(desk.views, desk.journal.path),
            open_views(desk.views) as views,
            bar("rebuilding", desk.journal.last_change()) as progress,
        ):
            projection.catch_up(
                desk.journal,
                (views.store, views.index),
                lambda done, _: progress.update(progress.task_ids[0], completed=done),
            )
        count = sum(1 for _ in desk.journal.records())
    out.print(f"{counted(count, 'record')} brought into the views again.")


def verify(folder: Folder = Path(), as_json: AsJson = False) -> None:
    """Check signatures and chains, and that every view agrees with the journal."""
    with open_desk(read_config(folder)) as desk:
        report = _verify(desk, shown=not as_json)
    if as_json:
        tell_json(
            {
                "members": report.members,
                "records": report.records,
                "faults": report.faults,
                "outdated": report.outdated,
            }
        )
    elif report.faults:
        for fault in report.faults:
            err.print(fault, highlight=False, markup=False)
        out.print(f"{len(report.faults)} faults")
    elif report.outdated:
        out.print(
            f"{counted(report.members, 'member')} verified; "
            f"the {' and the '.join(report.outdated)} of another version of citynode is made anew "
            "by the next start, or citynode rebuild",
            highlight=False,
        )
    else:
        out.print(
            f"{counted(report.members, 'member')} verified; journal, RDF store and search "
            f"index agree on {counted(report.records, 'record')}",
            highlight=False,
        )
    if report.faults:
        raise typer.Exit(1)


def release(
    member: Annotated[str, typer.Argument(help="The member's address.")], folder: Folder = Path()
) -> None:
    """Accept a member that was refused for its content, or a withdrawal that was held."""
    with open_desk(read_config(folder)) as desk:
        inbox = inbox_of(desk)
        released = JournalObserved(inbox=inbox, sign=desk.signed).release(member)
        if not released:
            with desk.journal.transaction() as db:
                released = accept(db, member)
        if not released:
            released = UnsignedInbox(inbox=inbox).release(member)
        if not released:
            raise NotFound(
                f"no member that could be accepted is kept under {member}: "
                "`citynode peer list` shows what was refused"
            )
    out.print(f"{member} is accepted.", highlight=False)


def _verify(desk: Desk, *, shown: bool) -> Report:
    report = Report()
    pinned = {
        **known.pinned_keys(known.peers(desk.journal)),
        desk.city.base: desk.keyring.ring(),
    }
    with bar("verifying", desk.journal.size(), shown=shown) as progress:
        check_journal(
            desk.journal,
            pinned,
            report,
            lambda done: progress.update(progress.task_ids[0], completed=done),
        )
    check_own_chain(desk.journal, report)
    check_chains(desk.journal, report)
    patience = time.monotonic() + _PATIENCE
    while True:  # a served node's views are up to a second behind: look again before complaining
        views = Report()
        _check_views(desk, views)
        if not views.faults or time.monotonic() > patience:
            break
        time.sleep(0.5)
    report.records = views.records
    report.faults.extend(views.faults)
    report.outdated.extend(views.outdated)
    return report


def _check_views(desk: Desk, report: Report) -> None:
    for check in (_check_store, _check_index):
        try:
            check(desk, report)
        except ViewOutdated as error:
            report.outdated.append(error.view)


def _check_store(desk: Desk, report: Report) -> None:
    with store_for_reading(desk.views, desk.journal) as store:
        if isinstance(store, Snapshot):
            place = store.folder.with_name(f"{store.folder.name}-opened")
            try:
                link(store.folder, place / "quads")
                opened = Store.open(place)
                try:
                    check_store(desk.journal, opened, report)
                finally:
                    opened.close()
            finally:
                shutil.rmtree(place, ignore_errors=True)
        else:
            check_store(desk.journal, store, report)


def _check_index(desk: Desk, report: Report) -> None:
    with filling(desk.views, desk.journal.path), projection.lock(desk.views) as free:
        index = Index.open(desk.views / "index", read_only=not free)
        try:
            if free:
                projection.catch_up(desk.journal, (index,))
            indexed = frozenset(hit.iri for hit in index.all_hits(SearchRequest()))
        finally:
            index.close()
    check_index(desk.journal, indexed, report)
