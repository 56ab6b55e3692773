"""A search taken along: every shape opens in the programs people have, with the same records."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, quote, urlsplit

import feedparser
import openpyxl
import pandas
import pytest
import pytest_asyncio
import shapely
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from icalendar import Calendar
from icalendar import Event as Day

from nodes.turns import Turns
from nodes.web import exports, twins
from nodes.web.keys import EXPORTS, EXPORTS_FOLDER
from tests.nodes.town import CALL, CIRCUIT, EVERYTHING, HELSINKI, SHUTTLE, TORINO, experiment, town
from vocab.fields import Moment
from vocab.parts import Place

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVIL = experiment(
    HELSINKI,
    "evil",
    title={"en": '=HYPERLINK("https://a.example","click")\r\nEND:VEVENT\rBEGIN:VALARM\u2028X'},
    description={
        "en": "\u202etxet\x00\x07\ufffe _x0041_ ]]> \U0001f6b2 \x85" + "many words " * 9_000
    },
    place=Place(city="+39", wkt="POINT(-3.7 -40.4)"),
    keywords=(("en", "a,b;c\\n"),),
    start=Moment(value="2024"),
    end=Moment(value="2023-02"),
)
DATED = replace(CALL, iri=f"{HELSINKI}calls/snow", start=Moment(value="2026-10"),
                end=Moment(value="2026-12-24"))  # fmt: skip
FURTHER = tuple(experiment(TORINO.base, f"prova-{number}") for number in range(110))
KNOWN = (*EVERYTHING, CIRCUIT, CALL, DATED, EVIL, *FURTHER)
ALL = {each.iri for each in KNOWN}

Client = TestClient[web.Request, web.Application]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    with town(tmp_path_factory.mktemp("twins"), *KNOWN) as node:
        async with TestClient(TestServer(node.app())) as found:
            yield found


async def body(client: Client, path: str, **headers: str) -> bytes:
    async with client.get(path, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.read()


async def in_csv(client: Client, query: str) -> set[str]:
    return set(pandas.read_csv(io.BytesIO(await body(client, f"/search.csv?{query}")))["iri"])


async def in_xlsx(client: Client, query: str) -> set[str]:
    book = openpyxl.load_workbook(io.BytesIO(await body(client, f"/search.xlsx?{query}")))
    return {row[0].value for row in book["Results"].iter_rows(min_row=2)}


async def in_geojson(client: Client, query: str) -> set[str]:
    said = json.loads(await body(client, f"/search.geojson?{query}"))
    return {each["properties"]["iri"] for each in said["features"]}


async def in_atom(client: Client, query: str) -> set[str]:
    found: set[str] = set()
    path = f"/search.atom?{query}"
    while path:
        feed = feedparser.parse(await body(client, path))
        assert not feed.bozo
        assert len(feed.entries) <= twins.ENTRIES
        assert found.isdisjoint(each.id for each in feed.entries)
        found |= {each.id for each in feed.entries}
        following = [each.href for each in feed.feed.links if each.rel == "next"]
        path = "/" + following[0].removeprefix(TORINO.base) if following else ""
    return found


async def in_ics(client: Client, query: str) -> set[str]:
    whole = Calendar.from_ical(await body(client, f"/search.ics?{query}"))
    assert not whole.errors
    assert not [each.errors for each in whole.subcomponents if each.errors]
    return {str(each["UID"]) for each in whole.subcomponents}


@pytest.mark.parametrize("query", ["", "q=robot", "limit=1&page=1&theme=mobility", "q=notthere"])
async def test_every_twin_opens_and_has_the_same_records(client: Client, query: str) -> None:
    said = json.loads(await body(client, f"/search.json?{query}"))
    wanted = await in_csv(client, query)

    assert len(wanted) == said["total"]
    assert wanted >= {hit["iri"] for hit in said["hits"]}
    assert wanted == (ALL if not query else wanted)
    for read in (in_xlsx, in_geojson, in_atom, in_ics):
        assert await read(client, query) == wanted, read.__name__


async def test_a_page_names_its_twins_and_a_browser_is_offered_them(client: Client) -> None:
    async with client.get("/search?q=robot&limit=1", headers={"Accept": "text/html"}) as answer:
        page = await answer.text()
        said = ", ".join(answer.headers.getall("Link"))

    for shape, media in twins.MEDIA.items():
        assert f'<{TORINO.base}search.{shape}?q=robot>; rel="alternate"; type="{media}"' in said
        assert f'href="/search.{shape}?q=robot"' in page
        async with client.get("/search?q=robot", headers={"Accept": media}) as answer:
            assert (answer.status, answer.content_type) == (200, media)
    async with client.get("/search.json?q=" + quote("é" * 900)) as answer:
        assert answer.status == 200
        assert 'rel="alternate"' not in answer.headers.get("Link", "")


@pytest.mark.parametrize("shape", twins.MEDIA)
async def test_a_twin_that_is_held_is_not_made_again(client: Client, shape: str) -> None:
    async with client.get(f"/search.{shape}?q=robot") as first:
        tag, vary = first.headers["ETag"], first.headers["Vary"]
    again = await client.get(f"/search.{shape}?q=robot", headers={"If-None-Match": tag})
    other = await client.get(
        f"/search.{shape}?q=robot", headers={"If-None-Match": tag, "Accept-Language": "fi"}
    )
    head = await client.head(f"/search.{shape}?q=robot")

    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == tag
    assert other.status == (200 if shape != "atom" else other.status)
    assert (head.status, head.headers["ETag"], await head.read()) == (200, tag, b"")
    assert head.headers["Access-Control-Allow-Origin"] == "*"
    assert {each.strip() for each in vary.split(",")} == {
        "Accept", "Accept-Encoding", "Accept-Language",
    }  # fmt: skip


async def test_a_twin_is_made_again_when_a_city_said_more(tmp_path: Path) -> None:
    with town(tmp_path, *EVERYTHING) as node:
        async with TestClient(TestServer(node.app())) as client:
            tags = {}
            for shape in twins.MEDIA:
                async with client.get(f"/search.{shape}") as answer:
                    tags[shape] = answer.headers["ETag"]
            node.say(replace(SHUTTLE, title={"it": "Navetta"}, modified="2026-11-23T00:00:00Z"))
            node.catch_up()
            for shape, tag in tags.items():
                async with client.get(f"/search.{shape}", headers={"If-None-Match": tag}) as answer:
                    assert answer.status == 200, shape


async def eventually(what: Callable[[], object]) -> None:
    for _ in range(60_000):
        if what():
            return
        await asyncio.sleep(0.001)
    pytest.fail("it did not come about in time")


async def test_who_hangs_up_amid_a_workbook_leaves_nothing_behind(client: Client) -> None:
    folder = client.app[EXPORTS_FOLDER]
    asked = [asyncio.create_task(client.get("/search.xlsx")) for _ in range(4)]
    await eventually(lambda: [*folder.iterdir()])
    for each in asked:
        each.cancel()
    await asyncio.gather(*asked, return_exceptions=True)

    await body(client, "/search.xlsx")  # waits for a hand that works on the others
    await eventually(lambda: not [*folder.iterdir()])


async def test_an_export_that_is_given_up_waits_for_the_step_under_way() -> None:
    begun, go_on, ended = Event(), Event(), []

    def step() -> None:
        begun.set()
        assert go_on.wait(60)
        ended.append("step")

    async def export() -> None:
        try:
            await twins._in_hand(step)
        finally:
            ended.append("closed")

    exporting = asyncio.create_task(export())
    await asyncio.to_thread(begun.wait, 60)
    exporting.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(exporting, return_exceptions=True)

    assert exporting.cancelled()
    assert ended == ["step", "closed"]


async def test_a_node_that_was_killed_finds_no_halves_of_workbooks(tmp_path: Path) -> None:
    (tmp_path / "exports" / "half").mkdir(parents=True)
    (tmp_path / "exports" / "half" / "experiments.xlsx").write_bytes(b"PK")

    assert [*twins.exports_folder(tmp_path).iterdir()] == []


async def test_who_exports_much_leaves_a_place_to_others_and_more_is_refused(
    client: Client,
) -> None:
    turns = client.app[EXPORTS]
    async with AsyncExitStack() as stack:
        for _ in range(8):
            await stack.enter_async_context(turns.turn("greedy"))
        first = await client.get("/search.csv")
        await stack.enter_async_context(turns.turn("newcomer"))
        line = [asyncio.create_task(_wait(turns, str(number))) for number in range(24)]
        await asyncio.sleep(0)  # all of them begin to wait
        assert turns.waiting == 24
        later = await client.get("/search.xlsx")
        paged = await client.get("/search.json")
        for each in line:
            each.cancel()
        await asyncio.gather(*line, return_exceptions=True)

    again = await client.get("/search.csv")
    assert [each.status for each in (first, later, paged, again)] == [200, 503, 200, 200]


async def _wait(turns: Turns, client: str) -> None:
    async with turns.turn(client):
        pass


async def test_a_table_comes_packed_to_whom_it_helps(client: Client) -> None:
    plain = await client.get("/search.csv", headers={"Accept-Encoding": "identity"})
    packed = await client.get("/search.csv", headers={"Accept-Encoding": "gzip"})
    refused = await client.get("/search.csv", headers={"Accept-Encoding": "gzip;q=0"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in refused.headers
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert await packed.read() == await plain.read() == await refused.read()


async def test_a_workbook_runs_nothing_and_says_whence_it_is(client: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(await body(client, "/search.xlsx?q=hyperlink")))
    head, row = book["Results"].iter_rows()
    cells = dict(zip((each.value for each in head), row, strict=True))
    about = {row[0]: row[1] for row in book["About"].iter_rows(values_only=True) if row[0]}

    assert tuple(cells) == exports.COLUMNS
    assert cells["title"].value.startswith("'=HYPERLINK")
    assert cells["city"].value == "'+39"
    assert {each.data_type for each in row} <= {"s", "n", "inlineStr"}
    assert (cells["longitude"].value, cells["latitude"].value) == (-3.7, -40.4)
    text = cells["description"].value.replace("_x005F_", "_")  # which openpyxl leaves as it is
    assert text.startswith("⟨U+202E⟩txet⟨U+0000⟩⟨U+0007⟩⟨U+FFFE⟩ _x0041_ ]]>")
    assert text.endswith("[…]")
    assert len(text.encode("utf-16-le")) // 2 == 32_767
    assert about["Address"] == f"{TORINO.base}search?q=hyperlink"
    assert about["Records"] == "1"
    assert about["Cite as"].startswith(TORINO.publisher)
    sources = list(book["About"].iter_rows(min_row=9, values_only=True))
    assert ("", EVIL.licence, "Helsinki", HELSINKI, "1") in sources


async def test_a_map_has_a_feature_for_what_has_no_place(client: Client) -> None:
    said = json.loads(await body(client, "/search.geojson"))
    shapes = {each["id"]: each["geometry"] for each in said["features"]}

    assert shapes[CALL.iri] is None
    assert shapely.geometry.shape(shapes[SHUTTLE.iri]).equals(shapely.Point(7.67, 45.04))
    for shape in filter(None, shapes.values()):
        assert shapely.geometry.shape(shape).is_valid


async def test_a_feed_begins_with_the_last_change_whatever_the_order(client: Client) -> None:
    feed = feedparser.parse(await body(client, "/search.atom?sort=title"))
    far = await client.get("/search.atom?page=101")

    assert feed.entries[0].id == SHUTTLE.iri
    assert [each.rel for each in feed.feed.links] == ["self", "alternate", "first", "next", "last"]
    assert far.status == 404


def span(event: Day) -> tuple[date, date]:
    return event.DTSTART, event.DTEND


async def test_a_calendar_is_read_again_at_the_address_it_names(client: Client) -> None:
    whole = Calendar.from_ical(await body(client, "/search.ics?q=navetta&theme=mobility&page=1"))

    again = urlsplit(str(whole["SOURCE"]))

    assert again.path == "/search.ics"
    assert parse_qs(again.query) == {"q": ["navetta"], "theme": ["mobility"]}


async def test_dates_in_a_calendar_are_as_precise_as_the_city_was(client: Client) -> None:
    whole = Calendar.from_ical(await body(client, "/search.ics"))
    found = {str(each["UID"]): each for each in whole.subcomponents}
    lights = found[f"{TORINO.base}experiments/lampioni"]
    deadline = found[DATED.iri]
    shuttle = found[SHUTTLE.iri]

    assert span(lights) == (date(2018, 1, 1), date(2020, 7, 1))
    assert "2018 to 2020-06-30" in lights["DESCRIPTION"]
    assert span(shuttle) == (date(2024, 9, 1), date(2024, 10, 1))
    assert "Only the start is given: 2024-09" in shuttle["DESCRIPTION"]
    assert tuple(map(float, (shuttle["GEO"].latitude, shuttle["GEO"].longitude))) == (45.04, 7.67)
    assert span(deadline) == (date(2026, 12, 24), date(2026, 12, 25))
    assert deadline["SUMMARY"].startswith("Deadline: ")
    assert found[CALL.iri].name == "VJOURNAL", "it is open at any time"
    assert "DTSTART" not in found[CALL.iri]
    assert span(found[EVIL.iri])[1] == date(2025, 1, 1), "an end before the start is only told"
    assert str(shuttle["DTSTAMP"].dt) == "2026-11-22 10:00:00+00:00"


async def test_no_text_can_say_a_line_of_a_calendar(client: Client) -> None:
    text = (await body(client, "/search.ics?q=hyperlink")).decode()
    lines = text.split("\r\n")

    assert [line for line in lines if line.startswith(("BEGIN:", "END:"))] == [
        "BEGIN:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    assert max(len(line.encode()) for line in lines) <= 75
    assert "\r" not in text.replace("\r\n", "")
    assert "\u202e" not in text
    [event] = Calendar.from_ical(text).events
    assert event["SUMMARY"].endswith("\nEND:VEVENT\nBEGIN:VALARM\nX")
