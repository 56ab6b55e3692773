"""People who use a keyboard, a telephone, a screen reader or a dark screen must get every page."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from nodes.config import read_config
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.node import open_node
from nodes.publishing import plan
from nodes.web.app import build_app, serving
from tests.journeys.places import found
from tests.nodes.town import CALL, CIRCUIT, EVERYTHING, town
from tests.nodes.web.test_pages import PAGES, whole
from tests.vocab.generated import full
from vocab.records import KINDS

HERE = Path(__file__).parent
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
MISSING = shutil.which("node") is None or not (HERE / "node_modules/playwright-core").is_dir()
ASKED = "/query?query=SELECT%20%3Fs%20%3Fp%20%3Fo%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%205"
ONLY_AT_A_NODE = ["/query", ASKED, "/queries", "/subscriptions", "/dumps"]
WRONG = """\
<img src="http://elsewhere.example/pixel.png">
<p class="wide">text</p>
<form><input name="q"></form>
"""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("CI"),
        reason="Chromium is not here: on Debian and Ubuntu `apt install chromium`",
    ),
    pytest.mark.skipif(
        MISSING and not os.environ.get("CI"),
        reason="the browser's tools are not here: `make test` installs them where npm is present",
    ),
    pytest.mark.timeout(600),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def addresses(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[str]]:
    """Serve records with every field filled: a town with neighbours, and a whole node."""
    place = found("torino", tmp_path_factory.mktemp("node"))
    config = read_config(place.folder)
    said = [full(kind, f"{place.base}{kind.room}/full") for kind in KINDS]
    with open_desk(config) as desk:
        desk.speak(plan(said, lambda _: None).drafts, None, utc_now())
    with town(
        tmp_path_factory.mktemp("town"), *EVERYTHING, CIRCUIT, CALL, *map(whole, KINDS)
    ) as small:
        async with (
            open_node(config) as node,
            serving(build_app(node), config),
            TestServer(small.app()) as server,
        ):
            yield [
                *(str(server.make_url(path)) for path in PAGES),
                *(place.base.rstrip("/") + path for path in ONLY_AT_A_NODE),
            ]


async def troubles(addresses: Sequence[str]) -> dict[str, list[str]]:
    """Have a browser open pages; give what is wrong with those where something is."""
    process = await asyncio.create_subprocess_exec(
        "node", str(HERE / "look.mjs"), str(CHROMIUM),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    written, told = await process.communicate(json.dumps(list(addresses)).encode())
    assert process.returncode == 0, told.decode()
    looked = [json.loads(line) for line in written.decode().splitlines()]
    assert [each["address"] for each in looked] == list(addresses)
    return {each["address"]: each["troubles"] for each in looked if each["troubles"]}


async def test_every_page_can_be_used_by_everybody(addresses: list[str]) -> None:
    assert await troubles(addresses) == {}


async def test_a_page_that_shuts_people_out_is_noticed() -> None:
    """The test above would be worth nothing if the browser looked at nothing."""
    app = web.Application()

    async def bad(_: web.Request) -> web.Response:
        text = f'<!doctype html><html><body style="width: 2000px">{WRONG}</body></html>'
        return web.Response(text=text, content_type="text/html")

    app.router.add_get("/", bad)
    async with TestServer(app) as server:
        told = "\n".join((await troubles([str(server.make_url("/"))])).popitem()[1])

    assert "html-has-lang" in told
    assert "image-alt" in told
    assert "label: " in told
    assert "pixels wide in a window of 320" in told
    assert "asks http://elsewhere.example/pixel.png" in told
