"""`peer trust|block|unblock`: what only a person can decide about another city."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from federation import keys, succession
from federation.errors import BadKey
from federation.peers import Follow, Peer
from nodes.commands.console import AsJson, Folder, Words, out, tell_json
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.meeting import meet
from nodes.trusting import Proposal, address, believe, propose
from nodes.trusting import block as block_origin
from nodes.trusting import unblock as unblock_origin
from nodes.web.wordings import counted

Base = Annotated[str, typer.Argument(help="The address of the node or feed.")]


def trust(
    base: Base,
    folder: Folder = Path(),
    words: Words = None,
    yes: Annotated[bool, typer.Option("--yes", help="Believe it without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Believe the key that a peer shows now, after comparing six words with its officer."""
    config = read_config(folder)
    with open_desk(config) as desk:
        where = address(desk.journal, base)
        proposal = propose(desk.journal, asyncio.run(meet(config, where, Follow.NOTHING)))
        shown = _words(proposal.after)
        if words is not None and words.split() != shown.split():
            raise BadKey(f"{proposal.after.name} shows another key: {shown}")
        if words is None and not yes:
            _ask(proposal, shown)
        believe(desk.journal, proposal, utc_now())
    if as_json:
        tell_json({"base": where, "fingerprint": shown, "set_aside": proposal.aside})
    else:
        out.print(f"{proposal.after.name} is believed with the key: {shown}", soft_wrap=True)


def _ask(proposal: Proposal, words: str) -> None:
    out.print(f"pinned until now: [bold]{_words(proposal.before)}[/]", soft_wrap=True)
    out.print(f"shown now:        [bold]{words}[/]", soft_wrap=True)
    if proposal.start is not None:
        out.print(
            f"{proposal.aside} members that are held, from number {proposal.start} on, are not "
            "proved by it: they are set aside, and what the city says instead is read.",
            soft_wrap=True,
        )
    typer.confirm("Are the words shown now those its officer told you?", abort=True)


def _words(peer: Peer) -> str:
    return keys.fingerprint(succession.speaking(peer.keys)[0].multibase)


def block(
    base: Base,
    folder: Folder = Path(),
    reason: Annotated[str, typer.Option(help="Why, for the network page.")] = "",
) -> None:
    """Show and take in nothing of a city any more, whoever carries it."""
    with open_desk(read_config(folder)) as desk:
        gone = block_origin(desk.journal, base, reason, utc_now())
    out.print(f"{base} is blocked; no longer shown: {counted(gone, 'record')}.", highlight=False)


def unblock(base: Base, folder: Folder = Path()) -> None:
    """Hear a blocked city again: its records come back, from here or with the next round."""
    with open_desk(read_config(folder)) as desk:
        back = unblock_origin(desk.journal, base, utc_now())
    out.print(f"{base} is heard again; shown again: {counted(back, 'record')}.", highlight=False)
