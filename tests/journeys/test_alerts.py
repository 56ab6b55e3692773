"""One saved search in a federation: one message for each version, whatever way it came."""

import asyncio
import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from standardwebhooks import Webhook

from federation.peers import Follow
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import open_desk
from tests.journeys.places import Table, eventually, example, found, free_port, kill, served


@asynccontextmanager
async def receiving(folder: Path, smtp: int, http: int) -> AsyncIterator[None]:
    """Run a mail server and a webhook in a process of their own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.nodes.alerting.receiving", str(folder), str(smtp), str(http)
    )

    async def listens() -> bool:
        return (folder / "ready").exists()

    try:
        await eventually(listens)
        yield
    finally:
        process.terminate()
        await process.wait()


async def post(url: str, **said: str) -> Any:
    async with ClientSession() as session, session.post(url, json=said) as answer:
        assert answer.status == 202, await answer.text()
        return await answer.json()


async def confirm(link: str) -> None:
    said = {"action": "confirm"}
    async with ClientSession() as session, session.post(link, data=said) as answer:
        assert answer.status == 200, await answer.text()


def publish(town: Town, table: Table) -> None:
    """Import a table in this process, which saves starting one."""
    table.write()
    town.take_in(
        replace(example("torino"), data=table.file, mapping=table.file.with_suffix(".toml"))
    )


def mails(folder: Path) -> list[str]:
    found_ = (
        message_from_bytes(file.read_bytes(), policy=default) for file in folder.glob("*.eml")
    )
    bodies = (each.get_body(("plain",)) for each in found_)
    return [str(body.get_content()).replace("\r", "") for body in bodies if body is not None]


def hooks(folder: Path, secret: str) -> list[dict[str, Any]]:
    said = (json.loads(file.read_bytes()) for file in folder.glob("hook-*.json"))
    return [Webhook(secret).verify(each["body"], each["headers"]) for each in said]


async def two_ways(torino: Town, hub: Town, ghent: Town) -> None:
    """Let what Torino says come to Ghent straight and through the hub."""
    await hub.befriend(torino, Follow.OWN)
    await ghent.befriend(torino, Follow.OWN)
    await ghent.befriend(hub, Follow.ALL)


async def test_each_version_is_told_once_through_two_ways_a_rebuild_a_restart_and_an_import(
    tmp_path: Path,
) -> None:
    torino, hub, ghent = (found(each, tmp_path) for each in ("torino", "hub", "ghent"))
    box, smtp, http = tmp_path / "box", free_port(), free_port()
    with (ghent.folder / "node.toml").open("a") as file:
        file.write(
            f'\n[alerts]\nsmtp_host = "127.0.0.1"\nsmtp_port = {smtp}\nsmtp_security = "none"\n'
            'sender = "alerts@ghent.example"\nwebhooks = true\npause = 0.1\n'
            "allow_private_webhooks = true\n"
        )
    table = Table(tmp_path / "prove.csv", {"t-1": "Navetta autonoma", "t-2": "Lampioni"})

    def told() -> Counter[str]:
        """Count the records that mails tell of."""
        return Counter(re.findall(r"^\* (.*)$", "\n".join(mails(box)), re.MULTILINE))

    def hears(title: str) -> Any:
        async def heard() -> bool:
            return title in told() and title.removesuffix(" (changed)") in str(hooks(box, secret))

        return eventually(heard)

    box.mkdir()
    async with receiving(box, smtp, http), served(torino, hub):
        async with served(ghent):
            await two_ways(torino, hub, ghent)
            asked = await post(
                f"{ghent.base}subscriptions",
                search=f"{ghent.base}search?q=navetta",
                target="anna@officers.example",
                pace="instant",
            )
            secret = (
                await post(
                    f"{ghent.base}subscriptions",
                    search="?q=navetta",
                    channel="webhook",
                    target=f"http://127.0.0.1:{http}/news",
                    pace="instant",
                )
            )["secret"]

            async def were_asked() -> list[str]:
                links = re.findall(r"http\S+/subscriptions/\S+", "\n".join(mails(box)))
                links += [each["data"]["confirm"] for each in hooks(box, secret)]
                return links if len(links) == 2 else []

            for link in await eventually(were_asked):
                await confirm(link)
            await asyncio.to_thread(publish, torino, table)
            await hears("Navetta autonoma")
            await asyncio.to_thread(publish, torino, table)  # an equal file

            async def noted() -> bool:
                return settled(ghent)

            await eventually(noted)  # who dies between a letter and its note sends it again
            kill(ghent)
        shutil.rmtree(ghent.folder / "views")  # all of them are made anew
        async with served(ghent):
            table.rows |= {"t-1": "Navetta autonoma, riveduta", "t-3": "Navetta notturna"}
            await asyncio.to_thread(publish, torino, table)
            await hears("Navetta notturna")
            await hears("Navetta autonoma, riveduta (changed)")
            for at in (hub, ghent):
                await eventually(lambda at=at: has_all(at, torino))

    titles = ["Navetta autonoma", "Navetta autonoma, riveduta (changed)", "Navetta notturna"]
    records = [one for each in hooks(box, secret) for one in each["data"].get("records", [])]
    assert "secret" not in asked
    assert told() == Counter(titles)
    assert len({each["member"] for each in records}) == len(records) == 3
    assert not any(each["data"].get("joined") for each in hooks(box, secret))


def settled(town: Town) -> bool:
    """Tell whether every letter that was taken is noted as such: no other goes again."""
    with open_desk(read_config(town.folder)) as desk:
        db = desk.journal.db()
        open_ = db.execute("SELECT count(*) FROM alerts WHERE letter IS NOT NULL").fetchone()[0]
        said = [row[0] for row in db.execute("SELECT letters FROM subscriptions").fetchall()]
    return open_ == 0 and len(said) == 2 and min(said) > 0


async def has_all(at: Town, origin: Town) -> bool:
    """Tell whether all that a town said has come."""
    hits = (await at.json("search.json?limit=100"))["hits"]
    return bool(sum(each["origin"] == origin.base for each in hits) == 3)
