"""Feeds that lie, shout or never end: nothing they say may cost a good record or a request away."""

import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from federation.errors import BadChoice
from federation.ldes.strangers import stranger
from nodes.errors import OriginTaken
from tests.city import City
from tests.federation.ldes.publisher import (
    LIMITS,
    PREFIXES,
    STREAM,
    Page,
    Reader,
    allowing,
    at,
    counts,
    leads,
    publisher,
    version,
)


def elsewhere(slug: str, minute: int, entity: str) -> str:
    """A version of something that may not be this feed's to speak about."""
    return version(slug, minute).replace(f"<id/{slug}>", f"<{entity}>")


@pytest.mark.parametrize(
    "entity",
    [
        "https://other.example/experiments/1",
        "http://127.0.0.1:1/experiments/1",
        "http://user@127.0.0.1/experiments/1",
        "urn:uuid:8f0e6f3a-0000-4000-8000-000000000000",
        "mailto:someone@other.example",
    ],
)
async def test_a_record_of_another_host_is_refused(tmp_path: Path, entity: str) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + elsewhere("uno", 1, entity) + version("due", 2))

        done = await reader.reads(city.peer)

    assert counts(done) == (1, 0, 0, 0, 1)
    assert set(reader.titles()) == {"due"}


async def test_a_record_of_another_host_is_taken_where_the_officer_allowed_it(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        good, near = "https://id.example/trials/1", "https://id.example/trials-of-others/1"
        climbs = "https://id.example/trials/../1"
        body = elsewhere("uno", 1, good) + elsewhere("due", 2, near) + elsewhere("tre", 3, climbs)
        city.turtle("feed", STREAM + body)

        done = await reader.reads(allowing(city.peer, "https://id.example/trials"))

    assert (done.new, done.refused) == (1, 2), reader.reasons()
    assert [each.member.object for each in reader.journal.records()] == [good]


async def test_what_a_node_signs_is_never_an_unsigned_feeds_to_say(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    torino = City("torino")
    reader.knows(torino.peer)
    async with publisher() as city:
        body = elsewhere("uno", 1, f"{torino.base}experiments/1")
        mine = elsewhere("due", 2, "https://me.example/experiments/1")
        city.turtle("feed", STREAM + body + mine)

        done = await reader.reads(
            allowing(city.peer, torino.base, "https://torino.example", "https://me.example/")
        )

    assert (done.new, done.refused) == (0, 2)
    assert all("signs what it says" in each for each in reader.reasons())


async def test_a_strangers_member_cannot_take_the_name_of_a_signed_one(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    torino = City("torino")
    signed = torino.publish("uno")
    reader.knows(torino.peer)
    async with publisher() as city:
        body = version("uno", 1).replace("<versions/uno/1>", f"<{signed.iri}>")
        city.turtle("feed", STREAM + body)

        done = await reader.reads(city.peer)

    assert done.new == 1
    assert reader.journal.member(signed.iri) is None


async def test_the_first_feed_that_speaks_for_a_record_keeps_it(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1))
        second = STREAM.replace("<feed>", "<feed2>") + version("uno", 2, "Rubato")
        city.turtle("feed2", second.replace("versions/", "others/"))
        await reader.reads(city.peer)

        done = await reader.reads(replace(city.peer, base=f"{city.base}feed2"))

    assert (done.new, done.refused) == (0, 1)
    assert "already speaks for" in reader.reasons()[0]
    assert reader.titles() == {"uno": "Navetta"}


async def test_a_member_that_changes_its_content_is_refused(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1, "Prima"))
        await reader.reads(city.peer)
        city.turtle("feed", STREAM + version("uno", 1, "Dopo") + version("due", 2))

        done = await reader.reads(city.peer)

    assert done.new == 1
    assert reader.titles() == {"uno": "Prima", "due": "Navetta"}


async def test_a_member_with_two_contents_on_two_pages_is_taken_once(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1, "Prima") + leads("page1"))
        city.turtle("page1", version("uno", 1, "Dopo").replace("<#stream>", "<feed#stream>"))

        done = await reader.reads(city.peer)

    assert (done.new, done.changed, done.refused) == (1, 0, 1)
    assert "a member never changes" in reader.reasons()[0]


async def test_a_time_in_the_future_waits_and_does_not_move_the_bookmark(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        late = version("tre", 3).replace("2026-11-22T08:03", "2026-11-23T08:03")
        city.turtle("feed", STREAM + late + version("uno", 1))
        first = await reader.reads(city.peer)
        city.turtle("feed", STREAM + late + version("uno", 1) + version("due", 2))
        second = await reader.reads(city.peer)
        before = set(reader.titles())
        reader.now += timedelta(days=2)

        third = await reader.reads(city.peer)

    assert (first.new, first.refused) == (1, 1)
    assert (second.new, second.refused) == (1, 0)
    assert before == {"uno", "due"}
    assert (third.failure, third.new) == (None, 1)
    assert set(reader.titles()) == {"uno", "due", "tre"}
    assert reader.reasons() == []


async def test_a_late_member_with_a_time_long_past_is_still_taken(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 30))
        await reader.reads(city.peer)
        old = version("due", 2).replace("2026-11-22T08:02", "1970-01-01T00:00")
        city.turtle("feed", STREAM + version("uno", 30) + old)

        done = await reader.reads(city.peer)

    assert counts(done) == (1, 0, 0, 1, 0)


TIMES = [
    '"yesterday"^^xsd:dateTime',
    '"2026-13-45T99:99:99Z"^^xsd:dateTime',
    '"-9999-01-01T00:00:00Z"^^xsd:dateTime',
    '"0001-01-01T00:00:00+14:00"^^xsd:dateTime',
    '"9999-12-31T23:59:59-14:00"^^xsd:dateTime',
    '"2026-11-22T08:01:00Z"@en',
    f"{at(1)}, {at(2)}",
    "<urn:x:now>",
]


@pytest.mark.parametrize("time", TIMES)
async def test_a_member_without_exactly_one_time_spoils_only_itself(
    tmp_path: Path, time: str
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1).replace(at(1), time) + version("due", 2))

        done = await reader.reads(city.peer)

    assert (done.failure, counts(done)) == (None, (1, 0, 0, 0, 1))
    assert set(reader.titles()) == {"due"}


@pytest.mark.parametrize(
    "more",
    [
        "; foaf:page [ foaf:page _:a ] . _:a foaf:page _:b . _:b foaf:page _:a",
        "; foaf:page " + "[ foaf:page " * 60 + "<urn:x:y>" + " ]" * 60,
        "; foaf:page << <urn:a> <urn:b> <urn:c> >>",
        '; dct:title "' + "x" * 200_000 + '"',
        "; foaf:page " + ", ".join(f"<urn:x:{n}>" for n in range(6_000)),
        "; dct:isVersionOf <id/another>",
        "; adms:status [ ]",
    ],
    ids=["circle", "deep", "triple term", "long", "many", "two entities", "bare node"],
)
async def test_a_member_that_is_too_much_spoils_only_itself(tmp_path: Path, more: str) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1, more=more) + version("due", 2))

        done = await reader.reads(city.peer)

    assert done.failure is None
    assert "due" in reader.titles()
    assert done.new + done.refused == 2


async def test_blank_nodes_made_to_be_hard_to_compare_cost_what_they_are_long(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        knot = " . ".join(
            f"_:n{a} foaf:page _:n{b}" for a, b in itertools.permutations(range(12), 2)
        )
        more = f"; foaf:page _:n0 . {knot}"
        city.turtle("feed", STREAM + version("uno", 1, more=more) + version("due", 2))

        done = await reader.reads(city.peer)

    assert counts(done) == (1, 0, 0, 0, 1)
    assert "circle" in reader.reasons()[0]


async def test_a_blank_node_is_no_member(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + "<#stream> tree:member [ ] .\n" + version("due", 2))

        done = await reader.reads(city.peer)

    assert counts(done) == (1, 0, 0, 0, 1)


async def test_a_feed_that_never_ends_is_left_in_time(tmp_path: Path) -> None:
    reader = Reader(tmp_path)

    def endless(request: web.Request) -> web.Response:
        number = int(request.query.get("page", "0"))
        body = PREFIXES + STREAM + leads(f"feed?page={number + 1}")
        return web.Response(text=body, content_type="text/turtle")

    async with publisher() as city:
        city.pages["feed"] = endless
        for number in range(200):
            city.pages[f"feed?page={number}"] = endless
        limits = replace(LIMITS, pages_per_round=10, nodes_per_feed=25)

        rounds = [await reader.reads(city.peer, limits) for _ in range(6)]

    assert all(each.failure for each in rounds)
    assert "never ends" in (rounds[-1].failure or "")
    assert all(each.requests <= 10 + 2 * LIMITS.concurrent_requests for each in rounds)
    assert len(city.asked) < 100


async def test_a_page_with_a_million_relations_is_refused(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + "".join(leads(f"p{n}") for n in range(30)))

        done = await reader.reads(city.peer, replace(LIMITS, relations_per_page=10))

    assert "too many relations" in (done.failure or "")
    assert len(city.asked) == 1


async def test_no_request_goes_to_another_host(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city, publisher() as victim:
        city.turtle("feed", STREAM + leads(f"{victim.base}admin") + version("uno", 1))
        away = await reader.reads(city.peer)
        city.pages["feed"] = lambda _: web.Response(
            status=302, headers={"Location": f"{victim.base}admin"}
        )

        redirected = await reader.reads(city.peer)

    assert "another host" in (away.failure or "")
    assert "another origin" in (redirected.failure or "")
    assert victim.asked == []


async def test_a_page_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.pages["feed"] = Page("# " + "x" * 2_000_000)

        done = await reader.reads(city.peer, replace(LIMITS, page_bytes=1_000_000))

    assert "more than 1000000 bytes" in (done.failure or "")


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("<a> <b> .", "text/turtle"),
        ("[" * 10_000, "application/ld+json"),
        ('{"@id": "x", "@id": "y"}', "application/ld+json"),
        ("<html><title>Wartung</title></html>", "text/html"),
        ("\x00\xff\xfe", "application/n-quads"),
    ],
)
async def test_what_is_no_page_ends_the_round_in_words(
    tmp_path: Path, body: str, media_type: str
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.pages["feed"] = Page(body.encode("latin-1"), media_type)

        done = await reader.reads(city.peer)

    assert done.failure
    assert "\x00" not in done.failure


async def test_a_transaction_that_never_ends_is_bounded(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        stream = STREAM + (
            "<#stream> ldes:transactionPath cn:partOf ; ldes:transactionFinalizedPath cn:last .\n"
        )
        members = "".join(version(f"e{n}", n, more='; cn:partOf "t1"') for n in range(20))
        city.turtle("feed", stream + members)

        done = await reader.reads(city.peer, replace(LIMITS, pending_bytes=10_000))

    assert "end of a transaction" in (done.failure or "")
    assert reader.titles() == {}


async def test_a_shortage_of_room_for_members_that_wait_loses_none(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        pages = "".join(leads(f"page{n}") for n in range(6))
        city.turtle("feed", STREAM + pages)
        for n in range(6):
            body = version(f"a{n}", 50 - n) + version(f"b{n}", n + 1)
            city.turtle(f"page{n}", body.replace("<#stream>", "<feed#stream>"))

        done = await reader.reads(city.peer, replace(LIMITS, pending_bytes=4_000))

    assert (done.failure, done.new, done.refused) == (None, 12, 0)


async def test_signed_and_unsigned_members_never_share_an_origin(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    torino = City("torino")
    reader.knows(torino.peer)
    async with publisher() as city:
        city.turtle("", STREAM.replace("<feed>", "<>") + version("uno", 1))
        feed = replace(city.peer, base=city.base)
        await reader.reads(feed)

        with pytest.raises(OriginTaken, match="not signed"):
            reader.knows(replace(torino.peer, base=city.base))
        with pytest.raises(OriginTaken, match="a node that signs"):
            reader.knows(replace(feed, base=torino.base))
        with pytest.raises(OriginTaken, match="a node that signs"):
            reader.knows(replace(feed, base="https://me.example/"))

    assert reader.titles() == {"uno": "Navetta"}


@pytest.mark.parametrize(
    "address",
    [
        "ftp://data.example/ldes",
        "https://user:word@data.example/ldes",
        "data.example/ldes",
        "https://data.example/l des",
        "https://torino.example/#node",
        "https://data.example:99999/",
    ],
)
def test_an_address_that_cannot_be_a_feed_is_not_added(address: str) -> None:
    with pytest.raises(BadChoice):
        stranger(address, None, ())


def test_a_feed_is_called_by_its_host_until_it_has_a_name() -> None:
    named = stranger("https://data.example/ldes", "  Open\n data ", ("https://id.example/",))

    assert stranger("https://data.example/ldes", None, ()).name == "data.example"
    assert (named.name, named.about) == ("Open data", ("https://id.example/",))
