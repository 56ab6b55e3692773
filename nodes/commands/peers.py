"""`peer add|list|remove` and `harvest`: whom the node knows and reads."""

import asyncio
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from federation import keys
from federation.dcat.meeting import catalogue, understood
from federation.errors import BadChoice, BadKey, KeyChanged, plain
from federation.joining import Status
from federation.ldes.strangers import stranger
from federation.peers import Follow, Observing, Peer, Round
from nodes import joining
from nodes.acquaintance import JournalNetwork
from nodes.commands import trusting
from nodes.commands.console import AsJson, Folder, Words, err, out, tell_json
from nodes.commands.observing import add_observed, meet_or_find
from nodes.config import Config, read_config
from nodes.desk import Desk, open_desk
from nodes.errors import NotListed, UnknownPeer
from nodes.harvesting import told, utc_now
from nodes.journal import known, observed, registries
from nodes.node import open_harvesting

app = typer.Typer(help="The cities this node knows.", no_args_is_help=True)


@app.command("add")
def add(
    base: Annotated[str, typer.Argument(help="The peer's address, ending with a slash.")],
    folder: Folder = Path(),
    follow: Annotated[
        Follow, typer.Option(help="Read its own feed, all it knows, or nothing (know its key).")
    ] = Follow.OWN,
    words: Words = None,
    yes: Annotated[bool, typer.Option("--yes", help="Pin the key without asking.")] = False,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Believe a feed that nobody signs: any LDES.")
    ] = False,
    dcat: Annotated[
        bool, typer.Option("--dcat", help="Observe a DCAT catalogue of data, such as CKAN's.")
    ] = False,
    static: Annotated[
        bool,
        typer.Option("--static", help="Observe a file with records in the words of the model."),
    ] = False,
    name: Annotated[str | None, typer.Option(help="What to call a feed or catalogue.")] = None,
    about: Annotated[
        list[str] | None,
        typer.Option(
            help="An address below which an unsigned feed may speak, besides its host; of a "
            "catalogue, or of a feed of datasets, which to take, such as keyword=trial."
        ),
    ] = None,
    city: Annotated[str | None, typer.Option(help="The city of a catalogue's records.")] = None,
    country: Annotated[str | None, typer.Option(help="Its country, two letters.")] = None,
    language: Annotated[str | None, typer.Option(help="Of texts that do not say it.")] = None,
    licence: Annotated[str | None, typer.Option(help="Of datasets that do not say it.")] = None,
    theme: Annotated[list[str] | None, typer.Option(help="Of datasets that name none.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a peer: pin its key, or say how to read what has none."""
    config = read_config(folder)
    told = Observing(
        about=tuple(about or ()),
        city=city,
        country=country,
        language=language,
        licence=licence,
        themes=tuple(theme or ()),
    )
    if unsigned or follow is Follow.UNSIGNED:
        _add_unsigned(config, _stranger(base, name, told), as_json=as_json)
        return
    if dcat or static or follow.observed:
        kind = Follow.STATIC if static or follow is Follow.STATIC else Follow.DCAT
        add_observed(config, catalogue(base, name, kind, told), yes=yes, as_json=as_json)
        return
    with open_desk(config) as desk:
        peer = asyncio.run(meet_or_find(desk, base, follow, name))
        if not peer.keys:
            if yes:
                raise BadChoice(
                    peer.base, "nobody signs the feed that was found: add it with --unsigned"
                )
            typer.confirm("Nobody signs it. Read it all the same?", abort=True)
            _add_unsigned(config, peer, as_json=as_json)
            return
        shown = keys.fingerprint(peer.keys[0].multibase)
        pinned = known.pinned_keys(known.peers(desk.journal)).get(peer.base)
        if pinned is not None and not known.same_key(pinned, peer.keys):
            raise KeyChanged(f"{peer.name} shows another key than the one pinned here: {shown}")
        if words is not None and words.split() != shown.split():
            raise BadKey(f"{peer.name} shows another key: {shown}")
        if words is None and not yes:
            out.print(f"{peer.name} at {peer.base} shows this key: [bold]{shown}[/]")
            typer.confirm("Are these the words its officer told you?", abort=True)
        known.add_peer(desk.journal, peer, utc_now())
    if as_json:
        tell_json({"base": peer.base, "name": peer.name, "fingerprint": shown, "follow": follow})
    else:
        out.print(f"{peer.name} is a peer now ({follow.value}).")


def _stranger(address: str, name: str | None, told: Observing) -> Peer:
    """Describe an unsigned feed; of what it is `about` are choices what is no address."""
    choices = tuple(
        each for each in told.about if "://" not in each.partition("=")[0] and "=" in each
    )
    peer = stranger(address, name, [each for each in told.about if each not in choices])
    if not choices:
        return peer
    return replace(peer, observing=understood(replace(told, about=choices)))


def _add_unsigned(config: Config, peer: Peer, *, as_json: bool) -> None:
    with open_desk(config) as desk:
        known.add_peer(desk.journal, peer, utc_now())
    if as_json:
        chosen = peer.observing.about if peer.observing is not None else ()
        about = (*peer.about, *chosen)
        said = {"base": peer.base, "name": peer.name, "follow": peer.follow, "about": about}
        tell_json({**said, "fingerprint": None})
    else:
        out.print(f"{peer.name} is read now. Nothing it says is signed.", highlight=False)


@app.command("list")
def listing(folder: Folder = Path(), as_json: AsJson = False) -> None:
    """Show the peers, how they fare, what was refused, and the cities that are proposed."""
    with open_desk(read_config(folder)) as desk:
        network = JournalNetwork(journal=desk.journal, me=desk.city, settings=desk.config.harvest)
        views, cities = network.peers(), network.cities()
    if as_json:
        peers = [{"standing": "peer", **_for_scripts(asdict(view))} for view in views]
        tell_json([*peers, *(asdict(city) for city in cities)])
        return
    table = Table("city", Column("address", overflow="fold"), "read", "state", "counts", "key")
    for view in views:
        counts = ", ".join(f"{number} {word}" for word, number in view.counts)
        state = f"{view.state}; {view.vouched}" if view.vouched else view.state
        table.add_row(
            *(escape(view.name), view.base, view.mode),
            *(escape(state), counts, view.fingerprint),
        )
    for city in cities:
        by = f"{city.standing}: listed by {', '.join(city.by)}"
        state = f"{by}; {city.reason}" if city.reason else by
        words = ", ".join(city.fingerprints)
        table.add_row(escape(city.name), escape(plain(city.base)), "", escape(state), "", words)
    if views or cities:
        out.print(table)
    else:
        out.print("No peers yet: `citynode peer add URL`, or `citynode join URL` for a network.")
    for view in views:
        for notice in view.notices:
            out.print(f"{view.name}: {notice}", markup=False, highlight=False, soft_wrap=True)
        for each in view.refused:
            out.print(f"{view.name}: {each.member}: {each.reason}", markup=False, highlight=False)


def _for_scripts(view: dict[str, Any]) -> dict[str, Any]:
    """Write counts as an object, as scripts read them."""
    return {**view, "counts": dict(view["counts"])}


@app.command("remove")
def remove(
    base: Annotated[str, typer.Argument(help="The peer's address.")], folder: Folder = Path()
) -> None:
    """Forget a peer; what it published stays in the catalogue."""
    with open_desk(read_config(folder)) as desk:
        ways = (base, base if base.endswith("/") else f"{base}/")
        told = observed.live_count(desk.journal, base)
        if not any(known.remove_peer(desk.journal, each, utc_now()) for each in ways):
            raise UnknownPeer(f"no peer is at {base}")
    out.print(f"{base} is no longer a peer.")
    if told:
        out.print(
            f"{told} records that were observed there stay: `citynode withdraw` takes one back."
        )


@app.command("accept")
def accept(
    base: Annotated[str, typer.Argument(help="The address of a city that is proposed.")],
    folder: Folder = Path(),
    words: Annotated[
        str | None, typer.Option("--words", "--fingerprint", help="The six words; they must fit.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Pin the key without asking.")] = False,
) -> None:
    """Take a city that a registry proposes, with the key that the registry vouches for."""
    config = read_config(folder)
    with open_desk(config) as desk:
        city = joining.proposed(desk.journal, config.harvest, base)
        shown = [keys.fingerprint(key.multibase) for key in city.keys]
        if words is not None and " ".join(words.split()) not in shown:
            raise BadKey(f"{city.name} is listed with another key: {', '.join(shown)}")
        if words is None and not yes:
            out.print(f"{escape(city.name)} at {city.base} is listed with this key:")
            out.print(f"[bold]{', '.join(shown)}[/]", highlight=False)
            typer.confirm("Is it to be followed?", abort=True)
        joining.accept(desk.journal, config.harvest, city.base, utc_now())
    out.print(f"{city.name} is a peer now.", markup=False, highlight=False)


@app.command("refuse")
def refuse(
    base: Annotated[str, typer.Argument(help="The address of a city that is proposed.")],
    folder: Folder = Path(),
) -> None:
    """Keep out a city that a registry proposes, for good; `peer add` still takes it."""
    config = read_config(folder)
    with open_desk(config) as desk:
        found = joining.listed(desk.journal, config.harvest, (base, f"{base}/"))
        if not found:
            raise NotListed(f"no registry that this city has joined lists {base}")
        if found[0].status is Status.PEER:
            raise NotListed(f"{found[0].name} is a peer; `citynode peer remove` ends that for good")
        registries.refuse(desk.journal, found[0].base, utc_now())
    out.print(f"{found[0].name} is kept out.", markup=False, highlight=False)


app.command("trust")(trusting.trust)
app.command("block")(trusting.block)
app.command("unblock")(trusting.unblock)


def harvest(
    folder: Folder = Path(),
    peer: Annotated[str | None, typer.Option(help="Only this peer, by address or name.")] = None,
    as_json: AsJson = False,
) -> None:
    """Do one round with every peer now, due or not."""
    with open_desk(read_config(folder)) as desk:
        rounds = asyncio.run(_harvest(desk, peer))
    if as_json:
        tell_json(
            [
                {
                    "peer": each.peer,
                    "seen": each.seen,
                    "new": each.new,
                    "changed": each.changed,
                    "deleted": each.deleted,
                    "known": each.known,
                    "refused": each.refused,
                    "others": each.others,
                    "repaired": each.repaired,
                    "differs": each.differs,
                    "requests": each.requests,
                    "received_bytes": each.received_bytes,
                    "failure": each.failure,
                }
                for each in rounds
            ]
        )
    else:
        if not rounds:
            out.print("No round was done: `citynode peer list` shows which peers are read.")
        for each in rounds:
            out.print(f"{each.peer}: {each.failure or told(each)}", highlight=False, markup=False)
    if any(each.failure for each in rounds):
        raise typer.Exit(1)


async def _harvest(desk: Desk, wanted: str | None) -> list[Round]:
    heard = known.heard_peers(desk.journal)
    standings = [
        standing
        for standing in known.standings(desk.journal)
        if standing.peer.follow is not Follow.NOTHING
        and standing.peer in heard
        and wanted in (None, standing.peer.base, standing.peer.name)
    ]
    if wanted is not None and not standings:
        raise UnknownPeer(f"no peer that is read is called {wanted}")
    rounds: list[Round] = []
    async with open_harvesting(desk) as harvesting:
        for standing in standings:
            done = await harvesting.round_with(standing)
            if done is None:
                err.print(f"{standing.peer.name}: another round is under way", highlight=False)
            else:
                rounds.append(done)
    return rounds
