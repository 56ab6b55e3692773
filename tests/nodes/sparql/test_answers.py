"""What comes back for a query that succeeds: whole, packed, once computed and then remembered."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import brotli
import pytest
import pytest_asyncio
import zstandard

from nodes.errors import Busy
from nodes.queries import Limits, fickle
from nodes.sandbox.pool import MIB
from tests.nodes.sparql.endpoint import Endpoint, begun, changes, endpoint
from tests.nodes.sparql.test_queries import further

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = "SELECT * { ?s ?p ?o . ?a ?b ?c } LIMIT 6000"
SHORT = "SELECT ?o { ?s <http://purl.org/dc/terms/identifier> ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"
LIMITS = Limits(seconds=60, answer_bytes=16 * MIB)
OPEN = {
    "identity": lambda body: body,
    "gzip": lambda body: zlib.decompress(body, wbits=31),
    "br": brotli.decompress,
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    folder = tmp_path_factory.mktemp("answers")
    async with endpoint(folder, known=changes(20), limits=LIMITS) as site:
        site.client.session._auto_decompress = False
        yield site


@pytest.mark.parametrize("coding", OPEN)
async def test_a_long_answer_is_whole_in_every_coding(site: Endpoint, coding: str) -> None:
    answer = await site.client.get(
        "/sparql", params={"query": LONG}, headers={"Accept-Encoding": coding}
    )
    body = await answer.read()

    assert answer.status == 200
    assert answer.headers.get("Content-Encoding", "identity") == coding
    assert ("Content-Length" in answer.headers) == (coding == "identity")
    assert len(json.loads(OPEN[coding](body))["results"]["bindings"]) == 6000


async def test_head_of_a_long_answer_has_its_length_and_no_body(site: Endpoint) -> None:
    head = await site.client.head(
        "/sparql", params={"query": LONG}, headers={"Accept-Encoding": "identity"}
    )

    assert int(head.headers["Content-Length"]) > 256 << 10
    assert await head.read() == b""


async def test_nothing_is_read_ahead_of_a_slow_reader(site: Endpoint) -> None:
    answer = await site.queries.ask(LONG, spooled=True)
    assert answer.spool is not None
    assert answer.body == b""

    pieces = answer.spool.pieces()
    first = await anext(pieces)

    assert len(first) <= 256 << 10 < answer.spool.size
    await pieces.aclose()  # type: ignore[attr-defined]
    assert answer.spool.closed


async def test_long_answers_leave_no_files(tmp_path: Path) -> None:
    async with endpoint(tmp_path, known=changes(20), limits=LIMITS) as site:
        for _ in range(2):
            async with site.client.get("/sparql", params={"query": LONG}) as answer:
                await answer.content.readany()  # and then hang up

        assert list((tmp_path / "checkpoints" / "answers").iterdir()) == []


async def test_slow_readers_cannot_fill_the_disk(tmp_path: Path) -> None:
    limits = Limits(seconds=60, answer_bytes=16 * MIB, waiting_bytes=4 * MIB)
    async with endpoint(tmp_path, known=changes(20), limits=limits) as site:
        first = await site.queries.ask(LONG, spooled=True)
        with pytest.raises(Busy, match="still being read"):
            await site.queries.ask(LONG, spooled=True)
        assert first.spool is not None
        first.spool.close()

        again = await site.queries.ask(LONG, spooled=True)

    assert again.spool is not None


async def test_an_answer_longer_than_allowed_is_an_error_not_a_piece(tmp_path: Path) -> None:
    limits = Limits(seconds=60, answer_bytes=1 * MIB)
    async with endpoint(tmp_path, known=changes(20), limits=limits) as site:
        answer = await site.client.get("/sparql", params={"query": LONG})

        assert answer.status == 503
        assert answer.content_type == "application/problem+json"


async def test_what_was_asked_before_is_remembered_until_something_changes(tmp_path: Path) -> None:
    async with endpoint(tmp_path, known=changes(4)) as site:
        first = await site.queries.ask(SHORT)
        again = await site.queries.ask(SHORT)
        other = await site.queries.ask(SHORT + " LIMIT 1")
        site.store.apply(further(50, 13), 13)
        await site.queries.refresh()
        after = await site.queries.ask(SHORT)

    assert [each.remembered for each in (first, again, other, after)] == [False, True, False, False]
    assert again.body == first.body != after.body
    assert (first.position, after.position) == (12, 13)


@pytest.mark.parametrize("query", [
    "SELECT (NOW() AS ?t) {}", "SELECT (now ( ) AS ?t) {}", "SELECT (RAND#\n() AS ?t) {}",
    "SELECT (STRUUID() AS ?t) {}", "SELECT (BNODE() AS ?t) {}",
])  # fmt: skip
async def test_time_and_chance_are_asked_anew(site: Endpoint, query: str) -> None:
    await site.queries.ask(query)

    assert not (await site.queries.ask(query)).remembered
    answer = await site.client.get("/sparql", params={"query": query})
    assert "ETag" not in answer.headers


async def test_a_word_that_only_looks_like_time_is_none() -> None:
    assert not fickle(b"SELECT * { ?s foaf:knows ?o ; ex:now 1 ; ex:random (1 2) }")


@pytest.mark.parametrize("piece", [b"#", b"#now", b"now ", b" ", b"now#", b"\n#", b"now\n"])
async def test_no_comment_holds_up_the_node(piece: bytes) -> None:
    question = b"SELECT * {} #now" + piece * (200_000 // len(piece))

    assert fickle(question) == (b"#" in piece)


async def test_a_client_that_holds_the_newest_version_is_told_so(tmp_path: Path) -> None:
    async def get(site: Endpoint, address: str = "/sparql", **headers: str) -> tuple[int, str]:
        async with site.client.get(address, params={"query": SHORT}, headers=headers) as answer:
            await answer.read()
            return answer.status, answer.headers["ETag"]

    async with endpoint(tmp_path, known=changes(4)) as site:
        first = await get(site)
        same = await get(site, **{"If-None-Match": f'"x", {first[1]}'})
        strong = await get(site, **{"If-None-Match": first[1].removeprefix("W/")})
        table = await get(site, "/sparql.csv", **{"If-None-Match": first[1]})
        site.store.apply(further(50, 13), 13)
        await site.queries.refresh()
        after = await get(site, **{"If-None-Match": first[1]})

    assert [each[0] for each in (first, same, strong, table, after)] == [200, 304, 304, 200, 200]
    assert first[1] == same[1]
    assert len({first[1], table[1], after[1]}) == 3


async def test_a_304_needs_no_worker(tmp_path: Path) -> None:
    async with endpoint(tmp_path, known=changes(4), workers=1) as site:
        tag = (await site.client.get("/sparql", params={"query": SHORT})).headers["ETag"]
        await site.queries._sandbox.close()

        answer = await site.client.get(
            "/sparql", params={"query": SHORT}, headers={"If-None-Match": tag}
        )

    assert answer.status == 304
    assert await answer.read() == b""


async def test_a_checkpoint_goes_with_its_last_reader(tmp_path: Path) -> None:
    async with endpoint(tmp_path, known=changes(4), limits=Limits(seconds=600)) as site:
        slow = asyncio.create_task(site.queries.ask(ENDLESS))
        await begun(site)
        site.store.apply(further(50, 13), 13)
        await site.queries.refresh()
        assert (tmp_path / "checkpoints" / "1").exists()

        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)

        async with asyncio.timeout(60):
            while (tmp_path / "checkpoints" / "1").exists():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
