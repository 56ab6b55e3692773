"""Testbeds, calls and permits are found across cities, with honest figures."""

import csv
import io
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import icalendar
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from nodes.finding import by_deadline, call_rows, finders
from nodes.harvesting import utc_now
from nodes.journal import trust
from nodes.permits import Spread
from tests.nodes.test_duplicates import known
from tests.nodes.town import (
    CALL,
    CIRCUIT,
    HELSINKI,
    LIGHTS,
    SHUTTLE,
    TORINO,
    Town,
    concept,
    experiment,
    town,
)  # fmt: skip
from vocab.fields import Moment
from vocab.parts import Challenge, Permit, Place, Procedure, Service

Client = TestClient[web.Request, web.Application]
DRIVING = concept("permit", "autonomous-driving")
PATH = Procedure(kind=DRIVING, authority="=Ministero", declared_days=30)


def permit(asked: str, granted: str, **said: Any) -> Permit:
    return Permit(
        title={"it": "Deroga"},
        kind=DRIVING,
        submitted=Moment(value=asked),
        granted=Moment(value=granted),
        **said,
    )


RUNS = replace(
    SHUTTLE,
    permits=(
        permit("2022-01-01", "2022-02-10", procedure=PATH),
        permit("2023-01-01", "2023-01-21", procedure=PATH),
    ),
)
VAGUE = experiment(
    HELSINKI,
    "lupa",
    place=Place(city="Helsinki", country="FI"),
    permits=(permit("2021", "2022-02"), Permit(title={"fi": "Katulupa"})),
)
TRACK = replace(
    CIRCUIT,
    procedures=(replace(PATH, declared_days=45),),
    services=(Service(title={"en": "Radio"}, kind=concept("service", "equipment")),),
)
PANEL = replace(
    CIRCUIT,
    iri=f"{HELSINKI}testbeds/panel",
    kind=concept("testbed", "district"),
    place=Place(city="Helsinki", country="FI"),
    services=(Service(title={"en": "Panel"}, kind=concept("service", "user-panel")),),
)
DATED = replace(
    CALL,
    iri=f"{TORINO.base}calls/dated",
    title={"it": "Bando con scadenza"},
    rolling=None,
    place=Place(city="Torino", country="IT"),
    end=Moment(value="2999-05-01"),
)
LATE = replace(
    DATED,
    iri=f"{TORINO.base}calls/late",
    end=None,
    challenges=(Challenge(title={"it": "Neve"}, deadline=Moment(value="2001-02")),),
)
ROLLING = replace(LATE, iri=f"{TORINO.base}calls/rolling", rolling=True, status=None)
SAID = (RUNS, LIGHTS, VAGUE, TRACK, PANEL, CALL, DATED, LATE, ROLLING)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    with town(tmp_path_factory.mktemp("finders"), *SAID) as node:
        async with TestClient(TestServer(node.app())) as found:
            found.node = node
            yield found


ON = pytest.mark.asyncio(loop_scope="module")


async def get(client: Client, path: str, status: int = 200, **headers: str) -> str:
    async with client.get(path, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.text()


async def json(client: Client, path: str) -> Any:
    async with client.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json(content_type=None)


@ON
async def test_permits_tell_medians_with_their_number_and_none_of_one(client: Client) -> None:
    said = await json(client, "/permits.json")
    text = await get(client, "/permits", Accept="text/html")

    [driving, unsaid] = said["times"]
    assert (driving["type"]["iri"], driving["permits"]) == (DRIVING, 4)
    assert driving["declared"] == {"n": 2, "median": 37.5, "least": 30, "most": 45}
    assert driving["actual"] == {"n": 2, "median": 30.0, "least": 20, "most": 40}
    cities = {each["city"]: each for each in driving["cities"]}
    assert cities["Helsinki"]["actual"] == {"n": 0, "median": None, "least": None, "most": None}
    assert unsaid["type"] is None
    assert "median 30 days (n = 2, 20 to 40)" in text
    assert "not known to the day" in text
    assert "nothing known" in text


@ON
async def test_permits_are_narrowed_and_had_as_a_table(client: Client) -> None:
    one = await json(client, "/permits.json?type=autonomous-driving&city=helsinki")
    rows = list(csv.DictReader(io.StringIO(await get(client, "/permits.csv?city=Torino"))))

    assert [each["record"]["iri"] for each in one["permits"]] == [VAGUE.iri]
    assert [(each["declared_days"], each["actual_days"]) for each in rows] == [
        ("30", "40"), ("30", "20"), ("45", ""),
    ]  # fmt: skip
    assert {each["authority"] for each in rows} == {"'=Ministero"}
    await get(client, "/permits?type=magic", 400)


@ON
async def test_testbeds_are_found_by_service_kind_city_and_box(client: Client) -> None:
    def iris(said: Any) -> list[str]:
        return [each["iri"] for each in said["testbeds"]]

    assert iris(await json(client, "/testbeds.json")) == [PANEL.iri, TRACK.iri]
    assert iris(await json(client, "/testbeds.json?service=user-panel")) == [PANEL.iri]
    assert iris(await json(client, "/testbeds.json?kind=street-circuit")) == [TRACK.iri]
    assert iris(await json(client, "/testbeds.json?box=7.5,45,7.8,45.2")) == [TRACK.iri]
    assert iris(await json(client, "/testbeds.json?city=HELSINKI&kind=")) == [PANEL.iri]
    shapes = await json(client, "/testbeds.geojson")
    places = {each["id"]: each["geometry"] for each in shapes["features"]}
    assert places == {PANEL.iri: None, TRACK.iri: {"type": "Point", "coordinates": [7.7, 45.13]}}
    text = await get(client, "/testbeds?service=equipment", Accept="text/html")
    assert "/testbeds/falchera" in text
    assert '<option value="equipment" selected>' in text


@ON
async def test_open_calls_come_first_by_deadline_and_go_into_a_calendar(client: Client) -> None:
    said = await json(client, "/calls.json")
    whole = icalendar.Calendar.from_ical(await get(client, "/calls.ics?status=open"))
    text = await get(client, "/calls", Accept="text/html")

    assert [(each["iri"], each["standing"]) for each in said["calls"]] == [
        (DATED.iri, "open"), (CALL.iri, "open"), (ROLLING.iri, "open"), (LATE.iri, "closed"),
    ]  # fmt: skip
    assert {str(each["UID"]) for each in whole.subcomponents} == {DATED.iri, CALL.iri, ROLLING.iri}
    assert str(whole["SOURCE"]).endswith("/calls.ics?status=open"), "else it would grow in a phone"
    assert "1 May 2999" in text
    assert "always open" in text


@ON
async def test_what_changes_is_gathered_again(client: Client) -> None:
    node: Town = client.node
    before = await finders(node.journal, node.index).testbeds.rows()
    node.withdraw(PANEL.iri)
    node.catch_up()

    after = await json(client, "/testbeds.json")

    assert len(before.rows) == 2
    assert [each["iri"] for each in after["testbeds"]] == [TRACK.iri]
    node.say(PANEL)
    node.catch_up()


@ON
async def test_what_is_blocked_is_gone_at_once_however_lately_all_was_read(client: Client) -> None:
    node: Town = client.node
    testbeds = finders(node.journal, node.index).testbeds
    before = {row.of.iri for row in (await testbeds.rows()).rows}
    testbeds._due = math.inf
    with node.journal.transaction() as db:
        trust.block(db, HELSINKI, "spam", utc_now())

    after = {row.of.iri for row in (await testbeds.rows()).rows}
    with node.journal.transaction() as db:
        trust.unblock(db, HELSINKI, utc_now())
    node.catch_up()

    assert after == {iri for iri in before if not iri.startswith(HELSINKI)}
    assert after != before


@ON
@pytest.mark.parametrize(
    "path",
    ["/testbeds?box=1", "/testbeds?service=x", "/calls?status=maybe", "/calls?what=1",
     "/permits?city=a&city=b", "/calls.json?format=x"],
)  # fmt: skip
async def test_what_cannot_be_followed_is_refused_in_words(client: Client, path: str) -> None:
    assert "write" in await get(client, path, 400)


@ON
async def test_what_a_stranger_asks_for_begins_no_header_and_no_link_of_its_own(
    client: Client,
) -> None:
    asked = "/permits.json?city=%0D%0ASet-Cookie:%20a=b%3E;%20rel=%22next%22"
    async with client.get(URL(asked, encoded=True)) as answer:
        said = await answer.json()
        links = answer.headers.getall("Link")

    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers
    assert all(' rel="alternate"' in each for link in links for each in link.split(", "))
    assert "%3E%3B+rel" in said["links"]["self"]


def test_one_observation_has_no_median() -> None:
    assert Spread(days=(3,)).middle is None
    assert Spread(days=(3, 4)).middle == 3.5


MOMENTS = st.none() | st.dates().map(lambda day: Moment(value=day.isoformat()[:7]))


@given(st.lists(st.tuples(MOMENTS, MOMENTS, st.booleans()), max_size=8), st.dates())
def test_no_closed_call_stands_before_one_that_can_be_answered(
    said: list[tuple[Moment | None, Moment | None, bool]], today: date
) -> None:
    calls = [
        replace(CALL, iri=f"{HELSINKI}calls/{number}", start=first, end=last, rolling=rolling)
        for number, (first, last, rolling) in enumerate(said)
    ]
    rows = [row for each in calls for row in call_rows(known(each, HELSINKI))]

    found = [row.standing(today) for row in by_deadline(rows, today)]

    assert found == sorted(found, key=("open", "planned", "closed").index)
