"""Clause C1: the one address an officer gives leads to the root of a stream, or says why not."""

from pathlib import Path

from aiohttp import web

from federation.ldes.hearing import hear
from federation.limits import Limits
from tests.federation.ldes.publisher import (
    PREFIXES,
    STREAM,
    Reader,
    counts,
    leads,
    publisher,
    version,
)


async def test_c1_the_page_is_the_root_when_one_stream_names_it(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1))

        done = await reader.reads(city.peer)

    assert (done.failure, done.new) == (None, 1)


async def test_c1_a_redirect_leads_to_the_root(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.pages["feed"] = lambda _: web.Response(status=301, headers={"Location": "/ldes/v2"})
        body = STREAM.replace("<feed>", "<v2>") + version("uno", 1)
        city.turtle("ldes/v2", body)

        done = await reader.reads(city.peer)
        again = await reader.reads(city.peer)

    assert (done.failure, done.new) == (None, 1), reader.reasons()
    assert (again.failure, counts(again)) == (None, (0, 0, 0, 0, 0))


async def test_c1_two_streams_with_this_view_are_an_error_in_words(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + "<#other> tree:view <feed> .\n" + version("uno", 1))

        done = await reader.reads(city.peer)

    assert "is the view of 2 streams" in (done.failure or "")
    assert reader.titles() == {}


async def test_c1_the_address_of_a_stream_leads_to_its_one_view(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", "<feed> a ldes:EventStream ; tree:view <views/1> .\n")
        body = version("uno", 1).replace("<#stream>", "<../feed>")
        described = STREAM.replace("<#stream>", "<../feed>").replace("<feed>", "<1>")
        city.turtle("views/1", described + body)

        done = await reader.reads(city.peer)
        again = await reader.reads(city.peer)

    assert (done.failure, done.new, done.requests) == (None, 1, 2)
    assert again.requests == 1


async def test_c1_a_stream_with_two_views_needs_the_address_of_one(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", "<feed> tree:view <views/1>, <views/2> .\n")

        done = await reader.reads(city.peer)

    assert f"has 2 views: add the address of one of them: {city.base}views/1" in str(done.failure)
    assert city.asked == ["feed"]


async def test_c1_a_root_that_only_names_its_stream_is_described_where_the_stream_is(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle(
            "feed", STREAM.replace("<#stream>", "<feed>").replace("<feed> ;", "<views/1> ;")
        )
        for number in (1, 2):
            bare = "<../feed> tree:view <1> .\n@base <../feed> .\n"
            body = "".join(version("uno", each, f"Prova {each}") for each in range(1, number + 1))
            city.turtle("views/1", bare + body.replace("<#stream>", "<feed>"))
            done = await reader.reads(city.peer)

    assert (done.failure, counts(done)) == (None, (0, 1, 0, 1, 0)), reader.reasons()
    assert reader.titles() == {"uno": "Prova 2"}


async def test_c1_another_page_of_the_feed_or_its_description_leads_to_the_root(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", "<about#stream> tree:view <page> .\n")
        described = STREAM.replace("<#stream>", "<about#stream>").replace("<feed>", "<page>")
        city.turtle("page", described + version("uno", 1).replace("<#stream>", "<about#stream>"))

        done = await reader.reads(city.peer)

    assert (done.failure, done.new) == (None, 1)


def test_c1_a_host_behind_a_proxy_that_writes_http_is_read_by_https() -> None:
    url = "https://dati.example/feed"
    body = PREFIXES + STREAM + leads("due") + version("uno", 1)
    said = body.replace("<", "<http://dati.example/").replace("<http://dati.example/http", "<http")
    said = said.replace("<http://dati.example/>", "<http://dati.example/feed>")

    page = hear(said.encode(), "text/turtle", url, url, None, limits=Limits())

    assert page.stream is not None
    assert page.stream.root == url
    assert [each.node for each in page.leads] == ["https://dati.example/due"]


async def test_c1_a_page_that_is_no_feed_is_told_as_such(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", '<> dct:title "An ordinary page" .\n')

        done = await reader.reads(city.peer)

    assert "is not the root of a stream" in (done.failure or "")


async def test_c1_a_view_on_another_host_is_not_asked(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city, publisher() as other:
        city.turtle("feed", f"<feed> tree:view <{other.feed}> .\n")

        done = await reader.reads(city.peer)

    assert "another host" in (done.failure or "")
    assert other.asked == []


async def test_c11_a_stream_that_is_another_one_now_is_read_from_its_start(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 30))
        await reader.reads(city.peer)
        new = (STREAM + version("due", 1)).replace("<#stream>", "<#stream-v2>")
        city.turtle("feed", new)

        done = await reader.reads(city.peer)

    assert (done.failure, done.new) == (None, 1)
    assert set(reader.titles()) == {"uno", "due"}
