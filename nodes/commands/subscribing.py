"""`subscriptions`: how many people are told of news, and ending what somebody asks to end."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from nodes.commands.console import AsJson, Folder, out, tell_json
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.errors import BadParameter
from nodes.journal import alerts, subscriptions
from nodes.subscribing import hook, mailbox

app = typer.Typer(help="Who is told of news: counts, never addresses.", no_args_is_help=True)


@app.command("list")
def counts(folder: Folder = Path(), as_json: AsJson = False) -> None:
    """Count subscriptions by channel, pace and state."""
    with open_desk(read_config(folder), keyless=True) as desk:
        found = subscriptions.counts(desk.journal)
        waiting = alerts.pending(desk.journal)
    if as_json:
        told = [
            {"channel": channel, "pace": pace, "state": state, "count": number}
            for (channel, pace, state), number in sorted(found.items())
        ]
        tell_json({"subscriptions": told, "waiting": waiting})
        return
    table = Table("channel", "pace", "state", "subscriptions")
    for (channel, pace, state), number in sorted(found.items()):
        table.add_row(channel, pace, state, str(number))
    if found:
        out.print(table)
    else:
        out.print("Nobody has subscribed.")
    out.print(f"Waiting to be told: {waiting}.", highlight=False)


@app.command("remove")
def remove(
    target: Annotated[str, typer.Argument(help="The mail address, or that of the webhook.")],
    folder: Folder = Path(),
) -> None:
    """End every subscription of a mail address or webhook, and delete what is kept of it."""
    try:
        place = hook(target, plain=True) if "://" in target else mailbox(target)
    except BadParameter:
        place = target
    with open_desk(read_config(folder), keyless=True) as desk:
        number = subscriptions.remove_target(desk.journal, place)
        desk.journal.cut_log()
    out.print(f"{number} ended, and all that was kept of them is deleted.", highlight=False)
