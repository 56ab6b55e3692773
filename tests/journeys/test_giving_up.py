"""What a city erases leaves the files of every node; what it keeps is what its feed declares."""

import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession

from federation.member import Kind
from federation.peers import Follow
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import open_desk
from nodes.journal import gaps, receipts
from nodes.publishing import Draft
from tests.city import experiment
from tests.interop.test_ldes_client import MISSING, published, replicate
from tests.journeys.places import Table, citynode, eventually, found, served, take
from tests.journeys.test_doctor import examined, states
from vocab.triples import to_payload

SECRET = "Zzyxwina"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYNODE_HARVEST__INTERVAL", "2")
    monkeypatch.setenv("CITYNODE_HARVEST__PING_PAUSE", "1")


def files_with(town: Town, *wanted: bytes) -> Iterator[Path]:
    for file in town.folder.rglob("*"):
        if file.is_file() and any(each in file.read_bytes() for each in wanted):
            yield file


def payload_of(town: Town, text: str) -> bytes:
    """Give the bytes under which the journal keeps a record with a text."""
    with open_desk(read_config(town.folder)) as desk:
        rows = desk.journal.db().execute("SELECT payload FROM members").fetchall()
    return next(
        bytes(row["payload"]) for row in rows if text.encode() in zlib.decompress(row["payload"])
    )


def titles(town: Town) -> set[str]:
    with open_desk(read_config(town.folder)) as desk:
        return {
            row.split('"')[1]
            for entry in desk.journal.records()
            for row in entry.member.payload.decode().splitlines()
            if "dc/terms/title>" in row
        }


def answers(town: Town) -> dict[str, str | None]:
    with open_desk(read_config(town.folder)) as desk:
        return {each.base: each.answered for each in receipts.expected(desk.journal)}


@pytest.mark.timeout(400)
async def test_what_is_erased_leaves_every_file_of_three_nodes_one_of_them_away(
    tmp_path: Path,
) -> None:
    torino, hub, ghent = (found(each, tmp_path) for each in ("torino", "helsinki", "ghent"))
    table = Table(tmp_path / "prove.csv", {"t-1": f"Prova di {SECRET}", "t-2": "Altra prova"})
    take(torino, table)
    kept = payload_of(torino, SECRET)
    mirror = torino.folder / "static"
    assert citynode(torino, "static", str(mirror)).returncode == 0

    async def everywhere(*towns: Town, title: str) -> None:
        async def reached() -> bool:
            return all(title in titles(town) for town in towns)

        await eventually(reached)

    async with served(hub):
        async with served(torino, ghent):
            for town in (hub, ghent):
                await torino.befriend(town, Follow.NOTHING)
            await hub.befriend(torino, Follow.OWN)
            await ghent.befriend(torino, Follow.NOTHING)
            await ghent.befriend(hub, Follow.ALL)
            await everywhere(hub, ghent, title=f"Prova di {SECRET}")
        assert list(files_with(ghent, SECRET.encode(), kept))

        async with served(torino):
            table.rows["t-1"] = "Prova di qualcuno"
            take(torino, table)
            done = citynode(torino, "erase", "t-1", "--text", SECRET)
            assert done.returncode == 0, done.stderr

            async def hub_answered() -> bool:
                return answers(torino)[hub.base] is not None

            await eventually(hub_answered)
            told = json.loads(citynode(torino, "erase", "--status", "--json").stdout)

            async with served(ghent):

                async def all_answered() -> bool:
                    return all(answers(torino).values())

                async def cleared() -> bool:  # the city itself, which answers to nobody
                    with open_desk(read_config(torino.folder)) as desk:
                        return gaps.pending(desk.journal.db()) == []

                await eventually(all_answered)
                await eventually(cleared)
                await everywhere(torino, hub, ghent, title="Prova di qualcuno")

    assert {each["peer"]: bool(each["answered"]) for each in told} == {
        hub.base: True,
        ghent.base: False,
    }
    for town in (torino, hub, ghent):
        with open_desk(read_config(town.folder)) as desk:
            assert gaps.pending(desk.journal.db()) == []
        assert [*files_with(town, SECRET.encode(), kept)] == []
    assert "members verified" in citynode(hub, "verify").stdout


def long_ago(town: Town) -> None:
    """Let a city have published for five years: one record that changed weekly, and others."""
    begin = datetime.now(UTC) - timedelta(days=5 * 365)
    with open_desk(read_config(town.folder)) as desk:

        def say(slug: str, kind: Kind, week: int) -> None:
            record = experiment(town.base, slug, f"Prova {week}")
            payload = b"" if kind is Kind.DELETE else to_payload(record)
            draft = Draft(kind=kind, object=record.iri, payload=payload)
            desk.speak([draft], None, begin + timedelta(weeks=week))

        for week in range(260):
            say("weekly", Kind.UPDATE if week else Kind.CREATE, week)
            if week % 10 == 0:
                say(f"once-{week}", Kind.CREATE, week)
        for week in range(0, 100, 20):
            say(f"once-{week}", Kind.DELETE, 259)


@pytest.mark.timeout(400)
async def test_a_compacted_feed_breaks_no_clause_and_is_replicated(tmp_path: Path) -> None:
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)
    long_ago(torino)
    before = published(torino)
    done = json.loads(citynode(torino, "compact", "--json").stdout)
    kept = published(torino)

    async with served(torino, ghent), ClientSession() as session:
        report = {
            path: examined(torino, torino.base + path)
            for path in ("feed", "feed/all", "feed/dcat-ap")
        }
        async with session.get(f"{torino.base}feed/pages/0", allow_redirects=False) as moved:
            old = moved.status, moved.headers.get("Location", "")
        async with session.get(old[1]) as answer:
            new = answer.status
        given = [] if MISSING else (await replicate(f"{torino.base}feed"))[0]
        await ghent.befriend(torino, Follow.OWN)

        async def read() -> bool:
            return titles(ghent) == titles(torino)

        await eventually(read)

    assert done["own"] == len(before) - len(kept) > 150
    for path, found_ in report.items():
        assert states(found_, "broken") == set(), (path, found_["findings"])
    assert old[0] == 308
    assert old[1].startswith(f"{torino.base}feed/pages/0-")
    assert new == 200
    assert MISSING or sorted(each["member"] for each in given) == sorted(kept)
