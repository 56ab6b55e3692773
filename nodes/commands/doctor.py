"""`doctor`: any feed checked from outside, clause by clause, with evidence."""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer

from federation.doctor.asking import Bounds
from federation.doctor.values import Finding, Report, State
from federation.fetch import Private
from federation.limits import Limits
from nodes.commands.console import AsJson, Folder, out, tell_json
from nodes.config import FILE, read_config
from nodes.doctoring import examine_feed
from nodes.harvesting import agent

_PLAIN: Final = Bounds()
_COLOURS: Final = {State.HOLDS: "green", State.BROKEN: "red", State.UNSEEN: "dim"}


def doctor(
    url: Annotated[str, typer.Argument(help="The root of the feed.")],
    folder: Folder = Path(),
    as_json: AsJson = False,
    pages: Annotated[int, typer.Option(min=1, help="How many pages at the most.")] = _PLAIN.pages,
    seconds: Annotated[
        float, typer.Option(min=1, help="How long it may take in all.")
    ] = _PLAIN.seconds,
    pause: Annotated[
        float, typer.Option(min=0, help="Seconds between two requests.")
    ] = _PLAIN.pause,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds between the first look and the second.")
    ] = _PLAIN.wait,
    dcat_ap: Annotated[
        bool | None,
        typer.Option(
            "--dcat-ap/--no-dcat-ap", help="Whether it is a feed of DCAT-AP; else it tells."
        ),
    ] = None,
) -> None:
    """Check any LDES or DCAT-AP feed; ends with 1 when a MUST is broken.

    In the folder of a node its limits hold, and private addresses are asked only where it may.
    """
    limits, name = Limits(), "citynode doctor"
    private: Private = False
    if (folder / FILE).exists():
        config = read_config(folder)
        limits, name = config.limits, agent(config)
        private = config.harvest.allow_private_peers
    bounds = Bounds(pages=pages, seconds=seconds, pause=pause, wait=wait)
    report = asyncio.run(
        examine_feed(
            url, limits=limits, bounds=bounds, agent=name, allow_private=private, portal=dcat_ap
        )
    )
    if as_json:
        tell_json(report.facts())
    else:
        _tell(report)
    if not report.sound:
        raise typer.Exit(1)


def _tell(report: Report) -> None:
    for finding in report.findings:
        _tell_one(finding)
    counts = {state: sum(each.state is state for each in report.findings) for state in _COLOURS}
    told = ", ".join(f"{count} {state.value}" for state, count in counts.items())
    out.print(
        f"{report.feed}: {told}. {report.pages} pages and {report.members} members were read in "
        f"{report.requests} requests, {report.received_bytes} bytes.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    if report.stopped is not None:
        out.print(f"Not all of it was read: {report.stopped}.", highlight=False, soft_wrap=True)


def _tell_one(finding: Finding) -> None:
    clause, colour = finding.clause, _COLOURS[finding.state]
    note = f" ({finding.note})" if finding.note else ""
    out.print(
        f"[{colour}]{finding.state.value:8}[/] {clause.id:11} {clause.level.value:6} ",
        end="",
        highlight=False,
    )
    looked = f"; looked at {finding.looked}" if finding.looked else ""
    out.print(f"{clause.rule}{looked}{note}", highlight=False, markup=False, soft_wrap=True)
    if finding.state is not State.BROKEN:
        return
    for each in finding.evidence:
        about = f" {each.member}" if each.member else ""
        said = f"         {each.url}{about}: {each.said}"
        out.print(said, highlight=False, markup=False, soft_wrap=True)
    if finding.count > len(finding.evidence):
        out.print(f"         and {finding.count - len(finding.evidence)} more", highlight=False)
    out.print(f"         → {clause.advice}", highlight=False, markup=False, soft_wrap=True)
