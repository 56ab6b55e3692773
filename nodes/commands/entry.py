"""All commands together, and how their errors are told.

An expected error is one sentence and a hint on stderr, status 1. Anything else is a bug and keeps
its trace.
"""

import sys

import typer

from federation.errors import FederationError
from nodes.commands import (
    asking,
    demo,
    doctor,
    dumping,
    erasing,
    exporting,
    importing,
    keys,
    mirroring,
    peers,
    publishing,
    registries,
    setup,
    trusting,
    upkeep,
)
from nodes.commands.console import fail
from nodes.errors import NodeError
from vocab.errors import VocabError

app = typer.Typer(
    name="citynode",
    help="One city's node in a federation of open-air laboratories.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("init")(setup.init)
app.command("serve")(setup.serve)
app.command("import")(importing.import_file)
app.command("export")(exporting.export)
app.command("dump")(dumping.dump)
app.command("static")(mirroring.static)
app.command("template")(exporting.template)
app.command("publish")(publishing.publish)
app.command("withdraw")(publishing.withdraw)
app.command("erase")(erasing.erase)
app.command("compact")(erasing.compact)
peers.app.command("trust")(trusting.trust)
peers.app.command("block")(trusting.block)
peers.app.command("unblock")(trusting.unblock)
app.add_typer(peers.app, name="peer")
app.command("join")(registries.join)
app.command("leave")(registries.leave)
app.add_typer(registries.app, name="registry")
app.add_typer(keys.app, name="key")
app.command("harvest")(peers.harvest)
app.command("search")(asking.search)
app.command("query")(asking.query)
app.command("rebuild")(upkeep.rebuild)
app.command("verify")(upkeep.verify)
app.command("release")(upkeep.release)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except (NodeError, FederationError, VocabError) as error:
        fail(str(error), error.hint)
        sys.exit(1)
