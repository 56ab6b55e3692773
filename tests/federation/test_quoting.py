"""What strangers say is quoted: it cannot write lines into logs or speak to a terminal."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from federation.errors import plain
from federation.page import nquads
from nodes.acquaintance import JournalNetwork
from nodes.city import City as Me
from tests.city import City, body
from tests.federation.node import ME, Node
from vocab.terms import TREE

ODD = "\u009b31m\u202eevil\u2028\x85\x7f"


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path)
    yield node
    node.journal.close()


def test_only_what_cannot_be_seen_is_escaped() -> None:
    assert plain("Città “di” 東京 👩\n\x1b[0m") == r"Città “di” 東京 👩\n\x1b[0m"


async def test_reasons_and_names_of_refused_members_stay_on_their_line(node: Node) -> None:
    torino = City("torino")
    torino.publish("uno")
    page = torino.page("feed")
    assert page is not None
    feed = "https://torino.example/feed"
    odd = (
        f"<{feed}#stream> <{TREE}member> <urn:m:{ODD}> .\n"
        f"<urn:m:{ODD}> <urn:p:{ODD}> <urn:o:{ODD}> .\n"
    )
    torino.answers["feed"] = lambda *_: body(nquads(page) + odd)
    node.knows(torino.peer)
    me = Me(
        name="Me", base=ME, country="IT", language="it", publisher="Me", licence="", homepage=None,
        contact=None,
    )  # fmt: skip

    await node.reads(torino.peer, torino)

    [peer] = JournalNetwork(journal=node.journal, me=me).peers()
    [refusal] = peer.refused
    assert refusal.reason.isprintable()
    assert refusal.member.isprintable()


async def test_the_failure_of_a_round_stays_on_its_line(node: Node) -> None:
    torino = City("torino")
    torino.publish("uno")
    page = torino.page("feed")
    assert page is not None
    links = (
        f"<{page.url}> <{TREE}relation> _:x .\n_:x <{TREE}node> <https://evil.example/{ODD}> .\n"
    )
    head = torino.head(page.stream, [*torino.entries(0, 1)] * 3)
    torino.answers["feed"] = lambda *_: body(nquads(replace(page, head=head)) + links)
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino)

    assert "leads away" in (done.failure or "")
    assert (done.failure or "").isprintable()
