"""`key show|rotate|revoke`: the key that speaks for the city, and those that did."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from federation import keys, succession
from federation.errors import BadKey
from federation.succession import Ring
from federation.times import stamp
from nodes.commands.console import AsJson, Folder, out, tell_json
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.errors import BadParameter
from nodes.harvesting import utc_now
from nodes.journal import Journal
from nodes.keyring import NEXT, told

app = typer.Typer(help="The key that speaks for this city.", no_args_is_help=True)

Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


@app.command("show")
def show(folder: Folder = Path(), as_json: AsJson = False) -> None:
    """Show the keys of this node: the present one, and which members each one speaks for."""
    with open_desk(read_config(folder)) as desk:
        _tell(desk.keyring.ring(), as_json=as_json)


@app.command("rotate")
def rotate(
    folder: Folder = Path(),
    lost: Annotated[
        bool, typer.Option("--lost", help="The old key is gone: peers will ask a person.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Announce a new key under the present one, which is destroyed."""
    with open_desk(read_config(folder), keyless=lost) as desk:
        if lost and not yes:
            out.print(
                "Without the old key nobody can tell the new one from a thief's. Every peer will "
                "stop reading this node until its officer has compared the new six words.",
                soft_wrap=True,
            )
            typer.confirm("Begin a new key?", abort=True)
        elif not yes:
            words = keys.fingerprint(desk.key.multibase)
            out.print(f"The present key: [bold]{words}[/]", soft_wrap=True)
            typer.confirm("Announce a new one and destroy it?", abort=True)
        ring = desk.keyring
        new = ring.replace_lost(utc_now()) if lost else ring.rotate(utc_now())
        if as_json:
            _tell(ring.ring(), as_json=True)
            return
        first = next((key.first for key in ring.ring() if key.multibase == new.multibase), 1)
        out.print(
            f"From member {first} on this city speaks with a new key:\n"
            f"  [bold]{keys.fingerprint(new.multibase)}[/]",
            soft_wrap=True,
        )
        out.print(f"The old key is destroyed; {NEXT} is gone too. Back the folder up anew.")


@app.command("revoke")
def revoke(
    key: Annotated[
        str | None, typer.Argument(help="A retired key: its six words, or z6Mk… (the last one).")
    ] = None,
    folder: Folder = Path(),
    start: Annotated[
        int | None, typer.Option("--from", help="The first member that is not to be believed.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(help="The time (UTC) since when the key was in other hands, instead."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Say that a retired key was stolen: what it signed from some member on is taken back."""
    with open_desk(read_config(folder)) as desk:
        ring = desk.keyring.ring()
        gone = _named(ring, key)
        number = _number(desk.journal, start, since)
        after = succession.revoked(ring, gone, number, "2000-01-01T00:00:00Z")  # may it be?
        last = next(each.last for each in after if each.multibase == gone)
        if not yes:
            out.print(f"The key: [bold]{keys.fingerprint(gone)}[/]", soft_wrap=True)
            out.print(f"The members {number} to {last} that it signed vanish everywhere.")
            typer.confirm("This is never undone. Revoke it?", abort=True)
        done = desk.keyring.revoke(gone, number, utc_now())
        if as_json:
            _tell(done, as_json=True)
        else:
            out.print(f"What that key signed from member {number} on is taken back.")


def _named(ring: Ring, wanted: str | None) -> str:
    """Find the key that is meant; raises BadKey."""
    if wanted is None:
        retired = [key for key in ring if key.last is not None]
        if not retired:
            raise BadKey("no key of this node is retired yet: citynode key rotate first")
        return retired[0].multibase
    for key in ring:
        if wanted == key.multibase or wanted.split() == keys.fingerprint(key.multibase).split():
            return key.multibase
    raise BadKey(f"no key of this node is called {wanted}: citynode key show")


def _number(journal: Journal, start: int | None, since: datetime | None) -> int:
    """Read from which member on; raises BadParameter."""
    if (start is None) == (since is None):
        raise BadParameter("--from", "", "a number, or --since with a time, but not both")
    if start is not None:
        return start
    assert since is not None
    time = stamp(since if since.tzinfo is not None else since.replace(tzinfo=UTC))
    row = journal.db().execute(
        "SELECT min(sequence) FROM members WHERE origin = ? AND published >= ?",
        (journal.base, time),
    )
    found = row.fetchone()[0]
    if found is None:
        raise BadParameter("--since", str(since), "a time after which something was published")
    return int(found)


def _tell(ring: Ring, *, as_json: bool) -> None:
    if as_json:
        tell_json(told(ring))
        return
    table = Table(Column("six words", overflow="fold"), "speaks for members", "state")
    for key in ring:
        until = "on" if key.last is None else f"to {key.last}"
        state = "speaks now" if key.last is None else f"retired {key.retired or ''}".strip()
        if key.revoked_from is not None:
            state = f"revoked from member {key.revoked_from} on"
        table.add_row(keys.fingerprint(key.multibase), f"{key.first} {until}", state)
    out.print(table)
