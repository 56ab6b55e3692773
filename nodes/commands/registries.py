"""`join` and `leave` a network; `registry` for whoever runs one."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.table import Column, Table

from federation import keys
from federation.errors import BadKey, plain
from federation.joining import Policy
from federation.peers import Follow
from nodes.commands.console import AsJson, Folder, Words, out, tell_json
from nodes.config import Config, read_config
from nodes.desk import Desk, open_desk
from nodes.errors import ImportRefused, UnknownPeer
from nodes.harvesting import utc_now
from nodes.journal import known, registries
from nodes.meeting import Acquaintance, acquaint
from nodes.registering import draft, ended, enlisted
from vocab.membership import Membership
from vocab.validation import validate

_ALL: Final = 100_000

app = typer.Typer(help="The cities of the network that this node operates.", no_args_is_help=True)

Yes = Annotated[bool, typer.Option("--yes", help="Believe the key without asking.")]


def join(
    registry: Annotated[str, typer.Argument(help="The address of the node that keeps it.")],
    folder: Folder = Path(),
    accept: Annotated[
        bool, typer.Option("--accept/--propose", help="Take its cities at once, or propose them.")
    ] = False,
    words: Words = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Join a network: cities that its registry lists are proposed here, or taken at once."""
    config = read_config(folder)
    policy = Policy.ACCEPT if accept else Policy.PROPOSE
    with open_desk(config) as desk:
        met = _met(config, registry)
        before = {each.base: each for each in known.peers(desk.journal)}.get(met.peer.base)
        if before is not None and not known.same_key(before.keys, met.peer.keys):
            raise BadKey(f"{met.peer.name} shows another key than the one pinned here: {met.words}")
        many = f", which lists {met.cities} cities" if met.cities is not None else ""
        _believe(met, words, yes=yes, what=f"{met.peer.name} at {met.peer.base}{many}")
        if before is None or before.follow in {Follow.NOTHING, Follow.UNSIGNED}:
            known.add_peer(desk.journal, met.peer, utc_now())
        registries.join(desk.journal, met.peer.base, policy, utc_now())
    if as_json:
        said = {"base": met.peer.base, "name": met.peer.name, "policy": policy}
        tell_json({**said, "fingerprint": met.words, "cities": met.cities})
        return
    then = "are taken at once" if accept else "are proposed: see `citynode peer list`"
    out.print(f"The network of {met.peer.name} is joined; its cities {then}.", markup=False)


def leave(
    registry: Annotated[str, typer.Argument(help="The address of the node that keeps it.")],
    folder: Folder = Path(),
) -> None:
    """Leave a network: no city is taken from its registry any more; peers stay peers."""
    with open_desk(read_config(folder)) as desk:
        ways = (registry, registry if registry.endswith("/") else f"{registry}/")
        if not any(registries.leave(desk.journal, each) for each in ways):
            raise UnknownPeer(f"this city has not joined the network of {registry}")
    out.print(
        f"The network of {registry} is left. Its node and its cities stay peers.", markup=False
    )


@app.command("add")
def add(
    base: Annotated[str, typer.Argument(help="The address of the city's node.")],
    folder: Folder = Path(),
    country: Annotated[
        str | None, typer.Option(help="ISO 3166-1 code, where the node does not say it.")
    ] = None,
    words: Words = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Vouch for a city: everyone who joined learns its address and its key."""
    config = read_config(folder)
    with open_desk(config) as desk:
        met = _met(config, base)
        if (where := country or met.country) is None:
            raise BadKey(f"{met.peer.name} does not say in which country it is: give --country")
        _believe(met, words, yes=yes, what=f"{met.peer.name} ({where}) at {met.peer.base}")
        said, _ = registries.memberships(desk.journal, desk.city.base, _ALL)
        today = utc_now().date()
        done = _say(desk, enlisted(desk.city.base, met.peer, where, said, today))
    if as_json:
        tell_json({"base": met.peer.base, "name": met.peer.name, "fingerprint": met.words})
    elif done:
        out.print(f"{met.peer.name} is in the registry.", markup=False)
    else:
        out.print(f"{met.peer.name} was in the registry already.", markup=False)


@app.command("remove")
def remove(
    base: Annotated[str, typer.Argument(help="The address of the city's node.")],
    folder: Folder = Path(),
) -> None:
    """Say that a city has left the network."""
    with open_desk(read_config(folder)) as desk:
        said, _ = registries.memberships(desk.journal, desk.city.base, _ALL)
        gone = ended(base, said, utc_now().date())
        _say(desk, gone)
    out.print(f"{gone.name} has left the network.", highlight=False, markup=False)


@app.command("list")
def listing(folder: Folder = Path(), as_json: AsJson = False) -> None:
    """Show the cities of the network of this node, also those that have left."""
    with open_desk(read_config(folder)) as desk:
        said, _ = registries.memberships(desk.journal, desk.city.base, _ALL)
    if as_json:
        tell_json([told(each) for each in said])
        return
    if not said:
        out.print("No city is listed yet: `citynode registry add URL`.")
        return
    table = Table("city", "country", Column("address", overflow="fold"), "since", "until", "key")
    for each in said:
        table.add_row(
            *(escape(plain(each.name)), each.country, escape(each.city)),
            *(each.since, each.until or ""),
            keys.fingerprint(each.keys[0].multibase),
        )
    out.print(table)


def told(said: Membership) -> dict[str, object]:
    """Write a membership for scripts."""
    return {
        "base": said.city,
        "name": said.name,
        "country": said.country,
        "since": said.since,
        "until": said.until,
        "member": said.lasts,
        "fingerprints": [keys.fingerprint(each.multibase) for each in said.keys],
    }


def _met(config: Config, base: str) -> Acquaintance:
    return asyncio.run(acquaint(config, base))


def _believe(met: Acquaintance, words: str | None, *, yes: bool, what: str) -> None:
    """Compare the words with those that were told, or ask whether they are; raises BadKey."""
    if words is not None:
        if words.split() != met.words.split():
            raise BadKey(f"{met.peer.name} shows another key: {met.words}")
    elif not yes:
        out.print(f"{escape(what)}, shows this key: [bold]{met.words}[/]", highlight=False)
        typer.confirm("Are these the words its officer told you?", abort=True)


def _say(desk: Desk, said: Membership) -> bool:
    """Publish a membership; False when there is nothing new in it. Raises ImportRefused."""
    drafts = draft(said, desk.current(said.iri))
    for each in drafts:
        if faults := validate({each.object: each.payload})[each.object]:
            raise ImportRefused("; ".join(fault.told(desk.city.language) for fault in faults))
    return bool(desk.speak(drafts, None, utc_now()))
