"""`import`, `publish` and `withdraw`: what the city says, from a file to its journal.

What is acknowledged is on disk. A running server notices by itself and its views follow.
"""

from pathlib import Path
from typing import Annotated

import typer

from federation.member import Kind, Member
from nodes.commands.console import AsJson, Folder, bar, err, out, tell_json
from nodes.config import read_config
from nodes.errors import ImportRefused, NotFound
from nodes.harvesting import utc_now
from nodes.importing import load_mapping, read
from nodes.node import Desk, open_desk
from nodes.publishing import Draft, Plan, plan
from nodes.records import read_record
from nodes.sayable import checked


def import_file(
    file: Annotated[Path, typer.Argument(help="The city's own file.")],
    mapping: Annotated[Path, typer.Option("--mapping", "-m", help="What its columns mean.")],
    folder: Folder = Path(),
    source: Annotated[
        str | None, typer.Option(help="A name for this file; its rows are compared under it.")
    ] = None,
    withdraw_missing: Annotated[
        bool, typer.Option(help="Withdraw records whose row has vanished.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import a file: new rows are published, changed ones updated, the rest left alone."""
    with open_desk(read_config(folder)) as desk:
        now = utc_now()
        with bar(f"reading {file.name}", None, shown=not as_json):
            reading = read(file, load_mapping(mapping), desk.city, now)
        findings = [str(finding) for finding in reading.findings]
        good, bad = checked(reading.experiments)
        findings.extend(bad)
        name = source or file.name
        held = {*reading.held, *(each.iri for each in reading.experiments)}
        vanished = [iri for iri in desk.journal.from_source(name) if iri not in held]
        if reading.unnamed and withdraw_missing:
            raise ImportRefused(
                f"{reading.unnamed} rows of {file.name} cannot be named, so nothing can be said "
                "to have vanished; give them an id first"
            )
        planned = plan(
            good,
            lambda iri: _current(desk, iri),
            vanished,
            withdraw_vanished=withdraw_missing,
        )
        # `plan` compares with what is good; rows left out for an error have not vanished.
        said = [] if dry_run else desk.speak(planned.drafts, name, now)
    report = {
        "file": str(file),
        "rows": reading.rows,
        "created": planned.count(Kind.CREATE),
        "changed": planned.count(Kind.UPDATE),
        "withdrawn": planned.count(Kind.DELETE),
        "unchanged": planned.unchanged,
        "vanished": list(planned.vanished),
        "left_out": reading.rows - len(good),
        "published": len(said),
        "findings": findings,
    }
    if as_json:
        tell_json(report)
    else:
        _tell(report, planned, dry_run=dry_run)
    if reading.rows and not good:
        raise typer.Exit(1)


def publish(
    file: Annotated[Path, typer.Argument(help="A record as JSON-LD or Turtle.")],
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Publish one record of the city, or a new version of it."""
    with open_desk(read_config(folder)) as desk:
        now = utc_now()
        good, bad = checked([read_record(file, desk.city, now)])
        if not good:
            raise ImportRefused(f"{file.name} is not published: " + "; ".join(bad))
        planned = plan(good, lambda iri: _current(desk, iri))
        said = desk.speak(planned.drafts, None, now)
    told = [{"member": member.iri, "record": member.object, "kind": member.kind} for member in said]
    if as_json:
        tell_json(told)
    else:
        for finding in bad:
            err.print(finding, highlight=False, markup=False)
        for each in told:
            out.print(f"{each['kind']} {each['record']}", highlight=False)
        if not told:
            out.print("Nothing has changed.")


def withdraw(
    record: Annotated[str, typer.Argument(help="The record's address, or the end of it.")],
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Withdraw a record: its address then answers 410 everywhere."""
    with open_desk(read_config(folder)) as desk:
        iri = record if "://" in record else f"{desk.city.base}experiments/{record}"
        entry = desk.journal.record(iri)
        if entry is None or entry.member.origin != desk.city.base:
            raise NotFound(f"{desk.city.name} has published nothing called {iri}")
        drafts = [] if entry.member.kind is Kind.DELETE else [Draft(kind=Kind.DELETE, object=iri)]
        said = desk.speak(drafts, None, utc_now())
    if as_json:
        tell_json([member.iri for member in said])
    else:
        out.print(f"{iri} is withdrawn.", highlight=False)


def _current(desk: Desk, iri: str) -> Member | None:
    entry = desk.journal.record(iri)
    return None if entry is None else entry.member


def _tell(report: dict[str, object], planned: Plan, *, dry_run: bool) -> None:
    for finding in report["findings"]:  # type: ignore[attr-defined]
        err.print(finding, highlight=False, markup=False)
    would = "would be " if dry_run else ""
    out.print(
        f"{report['rows']} rows: {report['created']} {would}created, {report['changed']} "
        f"{would}changed, {report['withdrawn']} {would}withdrawn, {report['unchanged']} "
        f"unchanged, {report['left_out']} left out",
        highlight=False,
    )
    if planned.vanished and not planned.count(Kind.DELETE):
        out.print(
            f"{len(planned.vanished)} records are no longer in the file; "
            "withdraw them with --withdraw-missing:"
        )
        for iri in planned.vanished:
            out.print(f"  {iri}", highlight=False)
