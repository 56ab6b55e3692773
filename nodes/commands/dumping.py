"""`dump`: everything the node knows, as files that need no node."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nodes import dumps
from nodes.commands.console import AsJson, Folder, err, out, tell_json
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.dumping import write_dump
from nodes.harvesting import utc_now
from nodes.web.wordings import counted


def dump(
    directory: Annotated[
        Path | None,
        typer.Argument(help="Where a folder with the files is made; else where /dumps shows it."),
    ] = None,
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Write everything the node knows, of all cities: N-Quads, JSON-LD, CSV, GeoJSON, Parquet.

    Files in a directory of your own are yours to look after: what is erased later stays in them.
    """
    with open_desk(read_config(folder)) as desk:
        place = desk.views / dumps.FOLDER if directory is None else directory
        made = write_dump(desk, place, utc_now())
        if directory is None:
            settings = desk.config.dumps
            with dumps.held(place) as free:
                if free:
                    dumps.prune(place, settings.days, settings.most_bytes, utc_now())
    if as_json:
        tell_json({"directory": str(place / made.name), **asdict(made)})
        return
    for each in made.missing:
        err.print(f"{each.name} is left out: {each.why}", highlight=False, markup=False)
    out.print(
        f"{place / made.name} holds {counted(made.records, 'record')} of "
        f"{counted(len(made.parts), 'city', 'cities')} in {counted(len(made.files), 'file')}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
