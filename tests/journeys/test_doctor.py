"""The doctor must find our own feeds well, or nobody believes what it says of others'."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from federation.peers import Round
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.journal import known
from tests.journeys.places import Table, citynode, found, served, take


def examined(town: Town, address: str) -> dict[str, Any]:
    done = citynode(town, "doctor", address, "--json", "--pause", "0", "--wait", "1")
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    report["status"] = done.returncode
    return report


def states(report: dict[str, Any], state: str) -> set[str]:
    return {each["clause"] for each in report["findings"] if each["state"] == state}


@pytest.mark.timeout(400)
async def test_the_feeds_of_a_node_break_no_clause(tmp_path: Path) -> None:
    torino = found("torino", tmp_path)
    table = Table(tmp_path / "prove.csv", {f"t-{n}": f"Prova {n}" for n in range(260)})
    take(torino, table)
    table.rows["t-1"] = "Prova cambiata"
    del table.rows["t-2"]
    take(torino, table, "--withdraw-missing")

    with open_desk(read_config(torino.folder)) as desk:
        for number in range(255):
            ended = utc_now() - timedelta(hours=300 - number)
            done = Round(peer="https://ghent.example/", started=ended, failure="status 500")
            known.keep_round(desk.journal, done, ended, ended)

    async with served(torino):
        rounds = examined(torino, f"{torino.base}feed/runs")
        reports = {
            path: examined(torino, torino.base + path)
            for path in ("feed", "feed/all", "feed/dcat-ap")
        }

    for path, report in reports.items():
        assert states(report, "broken") == set(), (path, report["findings"])
        assert (report["status"], report["sound"], report["members"]) == (0, True, 262), path
    assert states(rounds, "broken") == set(), rounds["findings"]
    assert (rounds["status"], rounds["sound"], rounds["members"]) == (0, True, 255)
    assert {"S14-typed", "S14-kept", "S9-bounds", "S11-profile"} <= states(rounds, "holds")
    own, portal = states(reports["feed"], "holds"), states(reports["feed/dcat-ap"], "holds")
    assert {
        "S1-vary",
        "S2-304",
        "S3-kept",
        "S9-bounds",
        "S10-true",
        "S11-profile",
        "S14-typed",
        "S14-kept",
    } <= own
    assert {"D-closed", "D-entity", "D-delete", "D-payload", "D-syntax"} <= portal
    assert not {each for each in own if each.startswith("D-")}


async def test_the_address_of_a_node_leads_to_its_feed_and_a_silent_one_is_told_in_words(
    tmp_path: Path,
) -> None:
    torino = found("torino", tmp_path)
    async with served(torino):
        home = examined(torino, torino.base)
    silent = citynode(torino, "doctor", torino.base)

    assert home["status"] == 0
    assert silent.returncode == 1
    assert "did not answer" in silent.stderr.replace("\n", " ")
    assert "Traceback" not in silent.stderr
