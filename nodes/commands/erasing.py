"""`erase` and `compact`: what the city takes back for good, and what it no longer keeps."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from nodes import clearing, projection
from nodes.commands.console import AsJson, Folder, out, tell_json
from nodes.commands.publishing import STAYS_OUT, below
from nodes.config import read_config
from nodes.desk import Desk, open_desk
from nodes.erasing import erase as erase_record
from nodes.harvesting import utc_now
from nodes.journal import receipts
from nodes.journal.receipts import Receipt
from nodes.views import open_views
from nodes.web.wordings import counted


def erase(
    record: Annotated[
        str | None, typer.Argument(help="The record's address, or the end of it.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Erase only the versions that hold this text.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the record as it is published now.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Show who has erased, and who has not answered.")
    ] = False,
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Erase versions of a record here and at every peer, and say who has done so."""
    if status == (record is not None):
        raise typer.BadParameter("name a record, or ask for --status")
    with open_desk(read_config(folder)) as desk:
        if record is None:
            return _status(receipts.expected(desk.journal), as_json=as_json)
        iri = record if "://" in record else desk.city.base + below(record)
        said = erase_record(desk, iri, utc_now(), text=text, keep=keep)
        _clear(desk)
        asked = {each.base for each in receipts.expected(desk.journal)}
    if as_json:
        tell_json([member.iri for member in said])
        return None
    number = sum(len(member.erases) for member in said)
    out.print(
        f"{iri} is erased here ({counted(number, 'stretch', 'stretches')} of the feed); "
        f"{counted(len(asked), 'peer')} must answer: `citynode erase --status`",
        highlight=False,
        soft_wrap=True,
    )
    out.print(STAYS_OUT, soft_wrap=True)
    return None


def compact(folder: Folder = Path(), as_json: AsJson = False) -> None:
    """Give up old versions now, as the retention in node.toml says; a server does it daily."""
    with open_desk(read_config(folder)) as desk:
        done = clearing.compact(desk)
    if as_json:
        tell_json({"own": done.own, "others": done.others, "gaps": done.gaps})
    else:
        out.print(
            f"{done.own} members given up, {done.others} of other cities, {done.gaps} gaps signed",
            highlight=False,
        )


def _status(found: list[Receipt], *, as_json: bool) -> None:
    if as_json:
        tell_json(
            [
                {
                    **{"member": each.member, "record": each.record, "peer": each.base},
                    **{"since": each.since, "answered": each.answered},
                }
                for each in found
            ]
        )
        return
    for each in found:
        state = f"erased, said {each.answered}" if each.answered else f"open since {each.since}"
        out.print(f"{each.record}  {each.name}: {state}", highlight=False, soft_wrap=True)
    if not found:
        out.print("Nothing was erased, or there is no peer to ask.")


def _clear(desk: Desk) -> None:
    """Clear the files at once when no server does it."""
    with projection.lock(desk.views) as free:
        if free:
            with open_views(desk.views) as views:
                asyncio.run(clearing.clear(desk, views))
