"""`publish` and `withdraw`: records of the city, to its journal.

What is acknowledged is on disk. A running server notices by itself and its views follow.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from federation.member import Kind
from nodes.commands.console import AsJson, Folder, err, out, tell_json
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.errors import ImportRefused, NotFound
from nodes.harvesting import utc_now
from nodes.importing import read_own
from nodes.publishing import Draft, plan
from nodes.sayable import checked
from vocab.records import ROOMS, Experiment

STAYS_OUT: Final = "Take it out of your own file too, or the next import publishes it again."


def publish(
    file: Annotated[Path, typer.Argument(help="Records as JSON-LD, Turtle or RDF/XML.")],
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Publish records in the words of the model, or new versions of them: all or none."""
    with open_desk(read_config(folder)) as desk:
        now = utc_now()
        reading = read_own(file, desk.city, now)
        if reading is None:
            raise ImportRefused(
                f"{file.name} holds no record of the model; docs/model.md shows one. Tables and "
                "other files are for `citynode import`"
            )
        good, bad = checked(reading.records)
        language = desk.city.language
        wrong = [each.told(language) for each in reading.errors]
        wrong += [each.told(language) for each in bad]
        if wrong:
            raise ImportRefused(f"{file.name} is not published: " + "; ".join(wrong))
        odd = list(map(str, reading.findings))
        planned = plan(good, desk.current)
        said = desk.speak(planned.drafts, None, now)
    told = [{"member": member.iri, "record": member.object, "kind": member.kind} for member in said]
    if as_json:
        tell_json(told)
    else:
        for finding in odd:
            err.print(finding, highlight=False, markup=False)
        for each in told:
            out.print(f"{each['kind']} {each['record']}", highlight=False)
        if not told:
            out.print("Nothing has changed.")


def below(record: str) -> str:
    """Read the end of an address: `testbeds/ring`, or `olli` for the experiment of that name."""
    return record if record.split("/", 1)[0] in ROOMS else f"{Experiment.room}/{record}"


def withdraw(
    record: Annotated[str, typer.Argument(help="The record's address, or the end of it.")],
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Withdraw a record: its address then answers 410 everywhere."""
    with open_desk(read_config(folder)) as desk:
        iri = record if "://" in record else desk.city.base + below(record)
        entry = desk.journal.record(iri)
        if entry is None or entry.member.origin != desk.city.base:
            raise NotFound(f"{desk.city.name} has published nothing called {iri}")
        drafts = (
            []
            if entry.member.kind is Kind.DELETE
            else [Draft(kind=Kind.DELETE, object=iri, source=entry.member.source)]
        )
        said = desk.speak(drafts, None, utc_now())
    if as_json:
        tell_json([member.iri for member in said])
    else:
        out.print(f"{iri} is withdrawn.", highlight=False)
        out.print(STAYS_OUT, soft_wrap=True)
