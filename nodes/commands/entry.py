"""All commands together, and how their errors are told.

A command is loaded when it is called, by name, so that one which only looks something up does not
wait for what others bring along (spreadsheets, shapes, the web server). Help loads them all.

An expected error is one sentence and a hint on stderr, status 1; so is what the machine does not
let us do with a file. Anything else is a bug and keeps
its trace.
"""

import errno
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from federation.errors import FederationError, PeerRefused, PeerUnreachable
from nodes.commands.console import fail
from nodes.errors import BadParameter, NodeError, NotFound
from vocab.errors import VocabError

_COMMANDS: Final = {
    "init": "setup.init",
    "serve": "setup.serve",
    "import": "importing.import_file",
    "export": "exporting.export",
    "dump": "dumping.dump",
    "static": "mirroring.static",
    "template": "exporting.template",
    "publish": "publishing.publish",
    "withdraw": "publishing.withdraw",
    "erase": "erasing.erase",
    "compact": "erasing.compact",
    "join": "registries.join",
    "leave": "registries.leave",
    "harvest": "peers.harvest",
    "search": "asking.search",
    "query": "asking.query",
    "rebuild": "upkeep.rebuild",
    "verify": "upkeep.verify",
    "release": "upkeep.release",
    "doctor": "doctor.doctor",
    "demo": "demo.demo",
    "peer": "peers.app",
    "registry": "registries.app",
    "key": "keys.app",
    "subscriptions": "subscribing.app",
}
"""Where each stands in this folder: `module.function`, or `module.app` for a group of commands."""


_ADDRESS: Final = "Check the address, or try again later: the other node may be down."
_HINTS: Final = {
    PeerUnreachable: _ADDRESS,
    PeerRefused: _ADDRESS,
    BadParameter: "`citynode COMMAND --help` says what a command takes.",
    NotFound: "`citynode search` finds the addresses of what is known.",
}
"""What to do after an error that says something else to those who ask over the web."""


_OF_THE_MACHINE: Final = {
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT),
    *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST),
}
"""What the owner of the machine can put right: permissions, space, a file where a folder is."""

_MACHINE: Final = "Check who may read and write there, whether there is room, and what lies there."


class Commands(TyperGroup):
    """The commands by name, in the order of the help."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - of a context of typer's own
        """Name them all."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load one; None when there is none of that name, and then those that are can be named."""
        if cmd_name not in _COMMANDS:
            for each in _COMMANDS:
                self.get_command(ctx, each)
        elif cmd_name not in self.commands:
            self.add_command(_load(cmd_name), cmd_name)
        return self.commands.get(cmd_name)


def _load(name: str) -> Any:
    module, verb = _COMMANDS[name].split(".")
    found = getattr(import_module(f"nodes.commands.{module}"), verb)
    room = typer.Typer(add_completion=False)
    if isinstance(found, typer.Typer):
        room.add_typer(found, name=name)
    else:
        room.command(name)(found)
    return typer.main.get_group(room).commands[name]


app = typer.Typer(
    name="citynode",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"citynode {version('citynode')}")
        raise typer.Exit


@app.callback()
def citynode(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """One city's node in a federation of open-air laboratories."""


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line, or other words than those on it."""
    try:
        app(words)
    except (NodeError, FederationError, VocabError) as error:
        fail(str(error), _HINTS.get(type(error), error.hint))
        sys.exit(1)
    except OSError as error:
        if error.errno not in _OF_THE_MACHINE:
            raise
        where = f"{error.filename}: " if error.filename is not None else ""
        fail(f"{where}{error.strerror}", _MACHINE)
        sys.exit(1)
