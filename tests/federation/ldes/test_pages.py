"""Clauses C5 to C9 and C11: which pages are asked for, how often, and what their errors do."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from tests.federation.ldes.publisher import (
    LIMITS,
    STREAM,
    Reader,
    at,
    counts,
    leads,
    publisher,
    version,
)


def inner(slug: str, minute: int, title: str = "Navetta") -> str:
    """A member on a page below the root."""
    return version(slug, minute, title).replace("<#stream>", "<feed#stream>")


def once(status: int, **headers: str) -> tuple[Callable[[web.Request], web.Response], list[int]]:
    """An answer that fails the first time and tells how often it was asked for."""
    asked: list[int] = []

    def answer(_: web.Request) -> web.Response:
        asked.append(status)
        return web.Response(status=status, headers=headers)

    return answer, asked


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_c5_a_page_that_cannot_be_given_now_is_asked_for_again(
    tmp_path: Path, status: int
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1))
        good = city.pages["feed"]

        def busy(_: web.Request) -> web.Response:
            city.pages["feed"] = good
            return web.Response(status=status)

        city.pages["feed"] = busy
        done = await reader.reads(city.peer)

    assert (done.failure, done.new, done.requests) == (None, 1, 2)


async def test_c5_a_host_that_stays_busy_ends_the_round_and_says_when_to_return(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        answer, asked = once(429, **{"Retry-After": "0"})
        city.pages["feed"] = answer
        tired = await reader.reads(city.peer)
        many = len(asked)
        answer, asked = once(429, **{"Retry-After": "3600"})
        city.pages["feed"] = answer

        patient = await reader.reads(city.peer)

    assert "429" in (tired.failure or "")
    assert (many, len(asked)) == (LIMITS.attempts, 1)
    assert patient.retry_after == 3600


@pytest.mark.parametrize("status", [400, 401, 403, 404, 451, 501, 505])
async def test_c5_any_other_error_ends_the_round_and_what_was_read_stays(
    tmp_path: Path, status: int
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1) + leads("page1"))
        city.turtle("page1", "", status=status)

        done = await reader.reads(city.peer)
        asked = city.asked.count("page1")
        city.turtle("page1", inner("due", 2))
        mended = await reader.reads(city.peer)

    assert str(status) in (done.failure or "")
    assert asked == 1
    assert mended.failure is None
    assert set(reader.titles()) == {"uno", "due"}


async def test_c5_a_page_that_is_gone_is_empty(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1) + leads("page1") + leads("page2"))
        city.turtle("page1", "", status=410)
        city.turtle("page2", inner("due", 2))

        done = await reader.reads(city.peer)

    assert done.failure is None
    assert set(reader.titles()) == {"uno", "due"}


async def test_c6_pages_that_may_change_are_asked_for_with_their_etag(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1) + leads("page1"))
        city.turtle("page1", inner("due", 2))
        await reader.reads(city.peer)
        city.asked.clear()
        city.headers.clear()

        done = await reader.reads(city.peer)

    assert sorted(city.asked) == ["feed", "page1"]
    assert all("If-None-Match" in each for each in city.headers)
    assert (done.seen, done.received_bytes) == (0, 0)


async def test_c6_a_host_without_etags_costs_bytes_but_no_second_look(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1), etag=False)
        await reader.reads(city.peer)

        done = await reader.reads(city.peer)

    assert (done.failure, done.seen) == (None, 0)
    assert done.received_bytes > 0


@pytest.mark.parametrize("way", ["page", "header", "bound"])
async def test_c7_a_page_that_never_changes_is_asked_for_once(tmp_path: Path, way: str) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        bound = leads("page1", "LessThanRelation", 10) if way == "bound" else leads("page1")
        city.turtle("feed", STREAM + version("uno", 30) + bound)
        says = "<> ldes:immutable true .\n" if way == "page" else ""
        headers = {"Cache-Control": "public, immutable"} if way == "header" else {}
        city.turtle("page1", says + inner("due", 2), headers=headers)
        await reader.reads(city.peer)
        city.turtle("feed", STREAM + version("uno", 30) + version("tre", 31) + bound)

        done = await reader.reads(city.peer)

    assert (done.failure, done.new) == (None, 1)
    assert city.asked.count("page1") == 1


async def test_c7_what_a_sealed_page_leads_to_is_still_followed(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + "<> ldes:immutable true .\n" + leads("page1"))
        city.turtle("page1", "<> ldes:immutable true .\n" + inner("uno", 1) + leads("page2"))
        city.turtle("page2", inner("due", 2))
        await reader.reads(city.peer)
        city.turtle("page2", inner("due", 2) + inner("tre", 3))
        city.asked.clear()

        done = await reader.reads(city.peer)

    assert (done.failure, done.new) == (None, 1)
    assert city.asked == ["page2"]


async def test_c8_the_pause_that_a_feed_asks_for_is_told_and_bounded(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + "<#stream> ldes:pollingInterval 900 .\n")
        done = await reader.reads(city.peer)
        idle = await reader.reads(city.peer)
        city.turtle("feed", STREAM + "<#stream> ldes:pollingInterval 99999999999999 .\n")

        greedy = await reader.reads(city.peer)

    assert (done.interval, idle.interval, greedy.interval) == (900, 900, 86_400)


KINDS = [
    ("GreaterThanRelation", 30, True),
    ("GreaterThanOrEqualToRelation", 30, True),
    ("LessThanRelation", 20, False),
    ("LessThanOrEqualToRelation", 19, False),
    ("LessThanOrEqualToRelation", 20, True),
    ("EqualToRelation", 19, False),
    ("EqualToRelation", 21, True),
    ("NotEqualToRelation", 1, True),
    ("PrefixRelation", 1, True),
    ("SubstringRelation", 1, True),
    ("GeospatiallyContainsRelation", 1, True),
    ("SomethingNewRelation", 1, True),
    ("Relation", None, True),
]


@pytest.mark.parametrize(("kind", "minute", "visited"), KINDS)
async def test_c9_only_pages_that_cannot_hold_anything_new_are_left_out(
    tmp_path: Path, kind: str, minute: int | None, visited: bool
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 20))
        await reader.reads(city.peer)
        city.turtle("feed", STREAM + version("uno", 20) + leads("page1", kind, minute))
        city.turtle("page1", "")

        done = await reader.reads(city.peer)

    assert done.failure is None
    assert ("page1" in city.asked) is visited


async def test_c9_a_bound_by_another_path_is_not_believed(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 20))
        await reader.reads(city.peer)
        other = leads("page1", "LessThanRelation", 1).replace("dct:created", "dct:modified")
        city.turtle("feed", STREAM + version("uno", 20) + other)
        city.turtle("page1", inner("due", 30))

        done = await reader.reads(city.peer)

    assert (done.failure, done.new) == (None, 1)


async def test_c9_several_relations_to_one_page_hold_together(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 20))
        await reader.reads(city.peer)
        both = leads("page1", "GreaterThanOrEqualToRelation", 1)
        both += leads("page1", "LessThanRelation", 10)
        city.turtle("feed", STREAM + version("uno", 20) + both)

        done = await reader.reads(city.peer)

    assert done.failure is None
    assert "page1" not in city.asked


async def test_c9_a_path_of_several_steps_orders_a_stream_too(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    path = "( prov:wasGeneratedBy prov:endedAtTime )"

    def member(slug: str, minute: int) -> str:
        ended = f"prov:wasGeneratedBy [ prov:endedAtTime {at(minute)} ]"
        return version(slug, minute).replace("dct:created", f"{ended} ; dct:created", 1)

    def bound(minute: int) -> str:
        return leads("page1", "LessThanRelation", minute).replace("dct:created", path)

    async with publisher() as city:
        stream = STREAM.replace("dct:created", path)
        city.turtle("feed", stream + member("uno", 20))
        first = await reader.reads(city.peer)
        city.turtle("feed", stream + member("uno", 20) + member("due", 30) + bound(10))

        done = await reader.reads(city.peer)

    assert (first.new, done.failure, done.new) == (1, None, 1)
    assert "page1" not in city.asked


async def test_c9_a_loop_of_pages_ends(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1) + leads("page1") + leads("feed"))
        city.turtle("page1", inner("due", 2) + leads("page2"))
        city.turtle("page2", inner("tre", 3) + leads("page1") + leads("feed") + leads("page2"))

        done = await reader.reads(city.peer)

    assert (done.failure, done.new) == (None, 3)
    assert sorted(city.asked) == ["feed", "page1", "page2"]


@pytest.mark.parametrize(
    "relation",
    [
        "<> tree:relation [ a tree:Relation ] .",
        "<> tree:relation [ tree:node <page1>, <page2> ] .",
        "<> tree:relation [ tree:node [] ] .",
    ],
)
async def test_c9_a_relation_without_exactly_one_node_is_an_error(
    tmp_path: Path, relation: str
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + relation)

        done = await reader.reads(city.peer)

    assert "exactly one tree:node" in (done.failure or "")


async def test_c11_a_round_that_breaks_off_goes_on_where_it_was(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        index = "".join(
            leads(f"page{n}", "GreaterThanOrEqualToRelation", n * 10)
            + leads(f"page{n}", "LessThanRelation", n * 10 + 10)
            for n in range(5)
        )
        city.turtle("feed", STREAM + index)
        for n in range(5):
            sealed = "<> ldes:immutable true .\n"
            city.turtle(f"page{n}", sealed + inner(f"e{n}a", n * 10) + inner(f"e{n}b", n * 10 + 5))

        short = await reader.reads(city.peer, replace(LIMITS, pages_per_round=2))
        half = set(reader.titles())
        rest = await reader.reads(city.peer)

    assert "goes on next time" in (short.failure or "")
    assert half == {"e0a", "e0b", "e1a", "e1b"}
    assert (rest.failure, rest.new) == (None, 6)
    assert all(city.asked.count(f"page{n}") <= 2 for n in range(2))


async def test_c11_members_of_the_same_instant_as_the_bookmark_are_not_lost(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 20))
        await reader.reads(city.peer)
        city.turtle("feed", STREAM + version("uno", 20) + version("due", 20))

        done = await reader.reads(city.peer)

    assert counts(done) == (1, 0, 0, 1, 0)


async def test_c11_an_unordered_feed_goes_on_where_it_was(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        stream = "<#stream> tree:view <feed> .\n"
        member = version("due", 1).replace("versions/due/1", "id/due").replace("<#", "<feed#")
        city.turtle("feed", stream + leads("page1") + leads("page2"))
        city.turtle("page1", member + "<> ldes:immutable true .\n")
        city.turtle("page2", member.replace("due", "tre"))

        short = await reader.reads(city.peer, replace(LIMITS, pages_per_round=1))
        half = set(reader.titles())
        rest = await reader.reads(city.peer)

    assert "goes on next time" in (short.failure or "")
    assert len(half) == 1
    assert rest.failure is None
    assert set(reader.titles()) == {"due", "tre"}
    assert city.asked.count("page1") == 1


async def test_a_page_that_cannot_be_read_does_not_stop_the_next_ones(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        index = "".join(
            leads(f"page{n}", "GreaterThanOrEqualToRelation", n * 10)
            + leads(f"page{n}", "LessThanRelation", n * 10 + 10)
            for n in range(4)
        )
        city.turtle("feed", STREAM + index)
        for n in range(4):
            city.turtle(f"page{n}", inner(f"e{n}", n * 10))
        city.turtle("page1", "this is no Turtle")
        broken = await reader.reads(city.peer)
        before = set(reader.titles())
        still = await reader.reads(city.peer)
        city.turtle("page1", inner("e1", 10))

        mended = await reader.reads(city.peer)
        idle = await reader.reads(city.peer)

    assert "page1" in (broken.failure or "")
    assert before == {"e0", "e2", "e3"}
    assert (still.new, still.refused) == (0, 0)
    assert (mended.failure, mended.new) == (None, 1)
    assert (idle.failure, idle.seen, idle.requests) == (None, 0, 2)
