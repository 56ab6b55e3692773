"""`import`: what the city says, from its own file to its journal.

A file nobody has explained yet gets a mapping proposed, written beside it and told in full; it is
followed once a person has seen it: with `--yes`, or by importing again.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from federation.member import Kind
from nodes.commands.console import AsJson, Folder, bar, err, out, tell_json, watching
from nodes.config import read_config
from nodes.contested import contested, moved
from nodes.desk import Desk, open_desk
from nodes.errors import ImportRefused
from nodes.harvesting import utc_now
from nodes.importing import (
    LIMITS,
    Finding,
    Mapping,
    Proposal,
    Reading,
    is_form,
    load_mapping,
    propose,
    read,
    read_form,
    read_mapping,
    read_own,
    say,
    write_report,
)
from nodes.publishing import Plan, plan
from nodes.sayable import Unsayable, checked
from vocab.readiness import Survey, survey
from vocab.records import Record

_STEPS_TOLD: Final = 3


def import_file(
    file: Annotated[Path, typer.Argument(help="The city's own file.")],
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            "-m",
            help="What its columns mean; else FILE.mapping.toml, which is proposed when missing.",
        ),
    ] = None,
    folder: Folder = Path(),
    source: Annotated[
        str | None, typer.Option(help="A name for this file; its rows are compared under it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Follow a proposed mapping at once.")] = False,
    withdraw_missing: Annotated[
        bool, typer.Option(help="Withdraw records whose row has vanished.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write your workbook back here, with comments in its cells.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import a file: new rows are published, changed ones updated, the rest left alone."""
    with open_desk(read_config(folder)) as desk:
        now = utc_now()
        followed: Mapping | None = None
        path, reading = _own(desk, file, mapping, now)
        if reading is None:
            path, followed, proposal = _mapping(desk, file, mapping, keep=not dry_run)
            if proposal is not None:
                _tell_proposal(
                    proposal, path, desk.city.language, as_json=as_json, going_on=yes or dry_run
                )
                if not (yes or dry_run):
                    return
            with bar(f"reading {file.name}", None, shown=not as_json) as reads:
                reading = read(file, followed, desk.city, now, watch=watching(reads))
        with bar("checking", None, shown=not as_json) as checks:
            good, bad = checked(reading.records, watch=watching(checks))
        name = source or file.name
        held = {*reading.held, *(each.iri for each in reading.records)}
        rooms = tuple(f"{desk.city.base}{room}/" for room in reading.rooms)
        vanished = [
            iri
            for iri in desk.journal.from_source(name)
            if iri not in held and iri.startswith(rooms)
        ]
        if followed is None:  # records of the model are known by their addresses
            planned = plan(good, desk.current, vanished, withdraw_vanished=withdraw_missing)
        else:
            good, foreign, planned = _planned(desk, good, name, vanished, withdraw=withdraw_missing)
            bad = [*bad, *foreign]
        language = desk.city.language
        told = [each.told(language) for each in reading.findings]
        placed = reading.refused(bad)
        told += [each.told(language) for each in placed if each is not None]
        loose = [each for each, place in zip(bad, placed, strict=True) if place is None]
        refused = [f"{say('error').told(language)}: {each.told(language)}" for each in loose]
        if report is not None:
            found = [*reading.findings, *filter(None, placed)]
            write_report(file, followed, found, refused, report, language=language)
        if reading.unnamed and withdraw_missing:
            raise ImportRefused(
                f"{reading.unnamed} rows of {file.name} cannot be named, so nothing can be said "
                "to have vanished; give them an id first"
            )
        again = _withdrawn_before(desk, planned)
        # `plan` compares with what is good; rows left out for an error have not vanished.
        with bar("publishing", None, shown=not (as_json or dry_run)):
            said = [] if dry_run else desk.speak(planned.drafts, name, now)
    done: dict[str, Any] = {
        "file": str(file),
        "mapping": str(path),
        "rows": reading.rows,
        "created": planned.count(Kind.CREATE),
        "changed": planned.count(Kind.UPDATE),
        "withdrawn": planned.count(Kind.DELETE),
        "unchanged": planned.unchanged,
        "vanished": list(planned.vanished),
        "published_again": again,
        "left_out": reading.rows - len(good),
        "published": len(said),
        "findings": [*(each.facts() for each in reading.findings), *map(_facts, bad, placed)],
    }
    weighed = survey(good)
    if good:
        done["readiness"] = {
            "median": weighed.median,
            "missing": [{"field": step.field, "records": count} for step, count in weighed.missing],
        }
    if as_json:
        tell_json(done)
    else:
        for line in (*told, *refused):
            err.print(line, highlight=False, markup=False)
        _tell(done, planned, language, dry_run=dry_run)
        _tell_readiness(weighed, language)
    if reading.rows and not good:
        raise typer.Exit(1)


def _planned(
    desk: Desk, records: Sequence[Record], name: str, vanished: Sequence[str], *, withdraw: bool
) -> tuple[list[Record], list[Unsayable], Plan]:
    """Plan what to publish of the rows of a file, without those that are at a wrong address."""
    good, bad = contested(records, desk.published, desk.journal.sources(), name)
    planned = plan(good, desk.current, vanished, withdraw_vanished=withdraw)
    touched = {each.object for each in planned.drafts}
    was, slipped = moved(good, touched, desk.published, desk.journal.from_source(name))
    if slipped:
        good = [each for each in good if each.iri not in was]
        vanished = [each for each in vanished if each not in was.values()]
        planned = plan(good, desk.current, vanished, withdraw_vanished=withdraw)
    return good, [*bad, *slipped], planned


def _withdrawn_before(desk: Desk, planned: Plan) -> list[str]:
    """List the records that were withdrawn or erased, and come back with this file."""
    created = [each.object for each in planned.drafts if each.kind is Kind.CREATE]
    return [iri for iri in created if desk.current(iri) is not None]


def _own(desk: Desk, file: Path, given: Path | None, now: datetime) -> tuple[Path, Reading | None]:
    """Read a file that holds records of the model and for which nobody gave a mapping."""
    if given is None and is_form(file, LIMITS):
        return file, read_form(file, desk.city, now, desk.published)
    if given is not None or _beside(file).exists():
        return file, None
    return file, read_own(file, desk.city, now)


def _beside(file: Path) -> Path:
    return file.with_name(f"{file.name}.mapping.toml")


def _mapping(
    desk: Desk, file: Path, given: Path | None, *, keep: bool
) -> tuple[Path, Mapping, Proposal | None]:
    """Find the mapping to follow; one that is not there yet is proposed, and written to keep it."""
    if given is not None:
        return given, load_mapping(given), None
    beside = _beside(file)
    if beside.exists():
        return beside, load_mapping(beside), None
    proposal = propose(file, desk.city)
    text = proposal.text(desk.city.language)
    mapping = read_mapping(text, beside)
    if keep:
        try:
            with beside.open("x", encoding="utf-8") as written:
                written.write(text)
        except OSError as error:
            raise ImportRefused(
                f"the proposed mapping cannot be written to {beside}: {error.strerror}; copy the "
                "file to a folder you may write to"
            ) from error
    return beside, mapping, proposal


def _tell_proposal(
    proposal: Proposal, path: Path, language: str, *, as_json: bool, going_on: bool
) -> None:
    if as_json:
        if not going_on:
            tell_json(
                {
                    "proposed": str(path),
                    "decisions": [str(each) for each in proposal.decisions],
                    "columns_not_understood": list(proposal.unknown),
                    "words_not_understood": [each.word for each in proposal.words],
                }
            )
        return
    for line in proposal.spoken(language):
        out.print(f"  {line}", highlight=False, markup=False)
    for line in proposal.open_questions(language):
        err.print(line, highlight=False, markup=False)
    if path.exists():
        written = say("mapping-written", path=str(path)).told(language)
        out.print(written, highlight=False, markup=False)
    if not going_on:
        out.print(say("nothing-imported").told(language), highlight=False, markup=False)


def _facts(refused: Unsayable, place: Finding | None) -> dict[str, Any]:
    where = {} if place is None else place.facts()
    return {
        **{name: where.get(name) for name in ("sheet", "row", "column", "cell")},
        "severity": "error",
        "kind": "not-publishable",
        "identifier": refused.identifier,
        "part": refused.part,
        "path": refused.path,
        "value": refused.value,
        "messages": dict(refused.messages),
        "advices": dict(refused.advices),
    }


def _tell(report: dict[str, Any], planned: Plan, language: str, *, dry_run: bool) -> None:
    counted = ("rows", "created", "changed", "withdrawn", "unchanged", "left_out")
    counts = say("counts-dry" if dry_run else "counts", **{name: report[name] for name in counted})
    out.print(counts.told(language), highlight=False)
    if planned.vanished and not planned.count(Kind.DELETE):
        out.print(say("vanished", count=len(planned.vanished)).told(language), highlight=False)
        for iri in planned.vanished:
            out.print(f"  {iri}", highlight=False)
    if again := report["published_again"]:
        out.print(say("published-again", count=len(again)).told(language), highlight=False)
        for iri in again:
            out.print(f"  {iri}", highlight=False)


def _tell_readiness(found: Survey, language: str) -> None:
    """Say how ready the records are to be repeated, and what most would gain from."""
    if not found.records:
        return
    records = found.records
    lines = [say("readiness", records=records, median=found.median)]
    for step, count in found.missing[:_STEPS_TOLD]:
        said = step.told(language)
        lines.append(say("readiness-step", count=count, records=records, step=said))
    for line in lines if found.missing else ():
        out.print(line.told(language), highlight=False, markup=False, soft_wrap=True)
