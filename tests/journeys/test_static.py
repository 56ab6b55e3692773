"""A city without a server of its own: plain files on a web host must be as good as a node."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import open_desk
from nodes.journal import known
from tests.conftest import PlainSite
from tests.journeys.places import Table, citynode, eventually, fetch_status, found, take


@asynccontextmanager
async def hosted(town: Town, folder: Path) -> AsyncIterator[None]:
    """Serve a folder with Python's own web server at the address that is the town's base."""
    port = town.base.rsplit(":", 1)[1].strip("/")
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1",
        "--directory", str(folder),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip

    async def answers() -> bool:
        try:
            return await fetch_status(town.base) == 200
        except OSError:
            return False

    try:
        await eventually(answers)
        yield
    finally:
        server.terminate()
        await server.wait()


def export(town: Town, folder: Path) -> dict[str, Any]:
    done = citynode(town, "static", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its bytes and its inode: one that was written again has another."""
    return {
        str(file.relative_to(folder)): (file.read_bytes(), file.stat().st_ino)
        for file in folder.rglob("*")
        if file.is_file()
    }


def records(town: Town) -> dict[str, bytes]:
    with open_desk(read_config(town.folder)) as desk:
        return {each.member.object: each.member.payload for each in desk.journal.records()}


async def harvest(town: Town) -> dict[str, Any]:
    [done] = json.loads((await asyncio.to_thread(citynode, town, "harvest", "--json")).stdout)
    assert done["failure"] is None, done
    return dict(done)


async def test_a_plain_web_host_is_followed_like_a_node(
    tmp_path: Path, plain_site: PlainSite
) -> None:
    mine, gent = plain_site.copy(tmp_path), found("gent", tmp_path, country="BE")
    torino, table, site = mine.town, mine.table, mine.site
    async with hosted(torino, site):
        added = citynode(gent, "peer", "add", torino.base, "--yes", "--json")
        assert added.returncode == 0, added.stderr
        first = await harvest(gent)

        assert first["new"] == 300
        assert records(gent) == records(torino)

        async def nothing_sent() -> bool:
            return (await harvest(gent))["received_bytes"] == 0

        await eventually(nothing_sent)

        table.rows["t-1"] = "Prova cambiata"
        table.rows["t-300"] = "Prova nuova"
        del table.rows["t-2"]
        take(torino, table, "--withdraw-missing")
        export(torino, site)
        second = await harvest(gent)

    assert (second["new"], second["changed"], second["deleted"]) == (1, 1, 1)
    assert second["requests"] == 1
    assert second["received_bytes"] < first["received_bytes"] / 10
    assert records(gent) == records(torino)
    assert not (site / "experiments" / "t-2.ttl").exists()
    with open_desk(read_config(gent.folder)) as desk:
        [peer] = known.peers(desk.journal)
    assert peer.feed == f"{torino.base}feed.nq"


async def test_every_name_leads_to_a_file_of_the_host(tmp_path: Path) -> None:
    torino = found("torino", tmp_path)
    site = tmp_path / "site"
    take(torino, Table(tmp_path / "prove.csv", {"t-1": "Navetta"}))
    export(torino, site)
    async with hosted(torino, site):
        described = json.loads(await torino.get(".well-known/citynode"))
        page = (await torino.get("feed.nq")).decode()
        member = next(
            line.split("<")[3].split(">")[0] for line in page.splitlines() if "#member>" in line
        )
        secured = json.loads(await torino.get(member.removeprefix(torino.base)))
        record = json.loads(await torino.get("experiments/t-1"))
        answers = [
            await fetch_status(torino.base + path)
            for path in (
                "feed.trig", "feed.jsonld", "feed/pages/0.nq", "feed/pages/0.trig",
                "feed/dcat-ap.trig", "feed/dcat-ap/pages/0.jsonld", "feed/shape.ttl",
                "catalog.ttl", "catalog.jsonld", "catalog.rdf", "did.json", "context/v1.jsonld",
                "ns.ttl", "shapes.ttl", "schemes/theme.ttl", "experiments/t-1.ttl",
            )
        ]  # fmt: skip
        healthy = [
            citynode(torino, "doctor", torino.base + path, "--pause", "0", "--wait", "0")
            for path in ("feed.nq", "feed/dcat-ap.trig")
        ]

    assert described["feed"] == f"{torino.base}feed.nq"
    assert secured["proof"]["cryptosuite"] == "eddsa-rdfc-2022"
    assert record["proof"]["type"] == "DataIntegrityProof"
    assert set(answers) == {200}
    assert [(each.returncode, each.stderr) for each in healthy] == [(0, ""), (0, "")]


def test_an_export_again_writes_only_what_changed(tmp_path: Path, plain_site: PlainSite) -> None:
    mine = plain_site.copy(tmp_path)
    torino, table, site = mine.town, mine.table, mine.site
    before = contents(site)

    same = export(torino, site)
    unchanged = contents(site)
    table.rows["t-1"] = "Prova cambiata"
    take(torino, table)
    export(torino, site)
    after = contents(site)

    assert (same["written"], same["removed"]) == (0, 0)
    assert unchanged == before
    touched = {name for name in after if after[name] != before.get(name)}
    assert {"feed.nq", "feed/pages/1.nq", "experiments/t-1.ttl"} <= touched
    assert not touched & {"feed/pages/0.nq", "feed/pages/0.jsonld", "experiments/t-2.ttl"}
    assert set(before) <= set(after)
    pages = [file.stat().st_mtime_ns for file in (site / "feed" / "pages").iterdir()]
    assert (site / "feed.nq").stat().st_mtime_ns >= max(pages)


def test_what_is_not_said_any_more_is_removed(tmp_path: Path) -> None:
    torino = found("torino", tmp_path)
    table = Table(tmp_path / "prove.csv", {f"t-{n:03}": f"Prova {n}" for n in range(102)})
    site = tmp_path / "site"
    take(torino, table)
    export(torino, site)
    before = set(contents(site))

    for n in range(3):
        del table.rows[f"t-{n:03}"]
    take(torino, table, "--withdraw-missing")
    (site / ".feed.nq.part").write_bytes(b"left by a power cut")
    export(torino, site)
    after = set(contents(site))

    gone = {"catalog-2.ttl", "catalog-2.rdf", "experiments/t-000", "experiments/t-000.jsonld"}
    assert gone <= before
    assert not gone & after
    assert "catalog.ttl" in after
    assert not [name for name in after if name.endswith(".part")]


def test_an_export_that_was_killed_is_taken_up_again(tmp_path: Path) -> None:
    torino = found("torino", tmp_path)
    site, whole = tmp_path / "site", tmp_path / "whole"
    take(torino, Table(tmp_path / "prove.csv", {f"t-{n}": f"Prova {n}" for n in range(60)}))
    export(torino, whole)
    words = ["static", str(site), "--folder", str(torino.folder)]
    with subprocess.Popen([sys.executable, "-m", "nodes", *words]) as process:
        while not (site / "feed").is_dir() and process.poll() is None:
            pass
        process.kill()
    broken = contents(site)

    export(torino, site)

    finished = {name: body for name, (body, _) in contents(whole).items()}
    assert {name: body for name, (body, _) in contents(site).items()} == finished
    assert all(
        finished[name] == body
        for name, (body, _) in broken.items()
        if not name.endswith(".part") and name != ".well-known/citynode"
    )


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    torino, gent = found("torino", tmp_path), found("gent", tmp_path)
    home, site = tmp_path / "home", tmp_path / "site"
    home.mkdir()
    (home / "letter.txt").write_text("mine", encoding="utf-8")
    export(torino, site)
    before = contents(site)

    letters = citynode(torino, "static", str(home))
    others = citynode(gent, "static", str(site))

    assert letters.returncode == others.returncode == 1
    assert torino.base in others.stderr
    assert [file.name for file in home.iterdir()] == ["letter.txt"]
    assert contents(site) == before


def test_a_feed_that_would_go_back_is_not_written(tmp_path: Path) -> None:
    torino = found("torino", tmp_path)
    site = tmp_path / "site"
    table = Table(tmp_path / "prove.csv", {"t-1": "Navetta"})
    take(torino, table)
    backup = (torino.folder / "journal.sqlite").read_bytes()
    table.rows["t-2"] = "Prova"
    take(torino, table)
    export(torino, site)
    (torino.folder / "journal.sqlite").write_bytes(backup)

    done = citynode(torino, "static", str(site))

    assert done.returncode == 1
    assert "the journal has only 1" in done.stderr.replace("\n", "")
