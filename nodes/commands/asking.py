"""`search` and `query`: ask the node on the command line, whether or not it is being served."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Column, Table

from nodes import projection
from nodes.catalogue import Catalogue, wording
from nodes.commands.console import AsJson, Folder, out, tell_json
from nodes.config import read_config
from nodes.desk import Desk, open_desk
from nodes.errors import BadParameter
from nodes.index import Index
from nodes.queries import Limits, Queries
from nodes.sandbox.formats import Kind
from nodes.searches import SearchRequest
from nodes.snapshots import store_for_reading

_FORMATS: Final = {
    "json": {Kind.TABLE: "json", Kind.TRUTH: "json", Kind.GRAPH: "jsonld"},
    "csv": {Kind.TABLE: "csv", Kind.TRUTH: "json", Kind.GRAPH: "ttl"},
    "tsv": {Kind.TABLE: "tsv", Kind.TRUTH: "json", Kind.GRAPH: "nt"},
    "xml": {Kind.TABLE: "xml", Kind.TRUTH: "xml", Kind.GRAPH: "rdf"},
}


def search(
    text: Annotated[str, typer.Argument(help="What to look for, in any language.")],
    folder: Folder = Path(),
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many hits at the most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Search the experiments of all cities this node knows."""
    with open_desk(read_config(folder)) as desk:
        with projection.lock(desk.views) as free:
            index = Index.open(desk.views / "index", read_only=not free)
            try:
                if free:
                    projection.catch_up(desk.journal, (index,))
                found = asyncio.run(
                    Catalogue(desk.journal, index, dict).search(
                        SearchRequest(text=text, limit=limit)
                    )
                )
            finally:
                index.close()
        language = desk.city.language
    hits = [
        {
            "iri": hit.record.iri,
            "title": said.text
            if (said := wording(hit.record.title, (language,), hit.record.language))
            else hit.record.identifier,
            "city": hit.record.place.city if hit.record.place else None,
        }
        for hit in found.hits
    ]
    if as_json:
        tell_json({"total": found.total, "hits": hits})
        return
    table = Table("experiment", "city", Column("address", overflow="fold"))
    for hit in hits:
        table.add_row(str(hit["title"]), str(hit["city"] or ""), str(hit["iri"]))
    out.print(table)
    out.print(f"{found.total} found")


def query(
    text: Annotated[str, typer.Argument(help="A SPARQL query, or - for standard input.")],
    folder: Folder = Path(),
    form: Annotated[str, typer.Option("--format", help="json, csv, tsv or xml.")] = "csv",
) -> None:
    """Ask in SPARQL over everything the node knows."""
    if form not in _FORMATS:
        raise BadParameter("format", form, f"one of {', '.join(_FORMATS)}")
    asked = sys.stdin.read() if text == "-" else text
    with open_desk(read_config(folder)) as desk:
        body = asyncio.run(_query(desk, asked, form))
    sys.stdout.buffer.write(body)


async def _query(desk: Desk, asked: str, form: str) -> bytes:
    config = desk.config.query
    place = desk.views / f"asking-{os.getpid()}"
    with store_for_reading(desk.views, desk.journal) as store:
        try:
            async with Queries(
                store, place, workers=1, limits=Limits(seconds=config.seconds, memory=config.memory)
            ) as queries:
                answer = await queries.ask(asked, formats=_FORMATS[form])
        finally:
            shutil.rmtree(place, ignore_errors=True)
    return answer.body
