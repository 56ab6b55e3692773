"""`static`: the node as plain files for any web host."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nodes.commands.console import AsJson, Folder, out, tell_json
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.mirror import write_mirror


def static(
    directory: Annotated[Path, typer.Argument(help="Where the files go; a web host serves it.")],
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Write the feed, records and catalogue as files that a plain web host can serve.

    The host must serve them at the base in node.toml. Run it again after each change.
    """
    with open_desk(read_config(folder)) as desk:
        desk.tell_of_city(utc_now())
        done = write_mirror(desk, directory)
        base = desk.city.base
    if as_json:
        tell_json({"directory": str(directory), "base": base, **asdict(done)})
        return
    out.print(
        f"{directory} holds {done.files} files: {done.written} written, {done.removed} removed. "
        f"Serve it at {base}",
        highlight=False,
        soft_wrap=True,
    )
