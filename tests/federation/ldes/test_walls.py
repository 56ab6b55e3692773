"""Pages made to bring their reader down: a worker dies of them, the round ends in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from federation.fetch import open_client
from federation.ldes.following import follow
from federation.limits import Limits
from nodes.examiner import SandboxExaminer
from nodes.journal.unsigned import UnsignedInbox
from nodes.sandbox.pool import Sandbox
from tests.federation.ldes.publisher import LIMITS, STREAM, Page, Reader, leads, publisher, version

BOMBS = {
    "reified": ("<< " * 50_000 + "<urn:a> <urn:b> <urn:c>" + " >>" * 50_000, "text/turtle"),
    "quoted": ("<urn:a> <urn:b> " + "<<( <urn:a> <urn:b> " * 50_000, "application/n-quads"),
    "nested": ('{"@id":"urn:x","urn:p":' * 20_000 + "1" + "}" * 20_000, "application/ld+json"),
    "listed": ("<urn:a> <urn:b> " + "( " * 50_000, "text/turtle"),
    "graphs": ("<urn:a> { " * 50_000, "application/trig"),
}


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_costs_its_own_page_and_nothing_else(tmp_path: Path, bomb: str) -> None:
    reader = Reader(tmp_path)
    limits: Limits = replace(LIMITS, read_seconds=20)
    async with publisher() as city, Sandbox("examine", workers=1, spares=1) as sandbox:
        city.turtle("feed", STREAM + version("uno", 1) + leads("page1"))
        city.pages["page1"] = Page(*BOMBS[bomb])
        examiner = SandboxExaminer(sandbox=sandbox, limits=limits)
        inbox = UnsignedInbox(inbox=reader.inbox)
        reader.knows(city.peer)
        async with open_client(agent="test", limits=limits, allow_private=True) as client:
            done = await follow(client, city.peer, inbox, examiner, limits=limits, now=reader.now)
            city.turtle("page1", version("due", 2).replace("<#stream>", "<feed#stream>"))

            mended = await follow(client, city.peer, inbox, examiner, limits=limits, now=reader.now)

    assert done.failure
    assert done.new == 1
    assert (mended.failure, mended.new) == (None, 1)
    assert set(reader.titles()) == {"uno", "due"}
