"""Whoever asks as of a time gets what the node showed then, whenever they ask."""

import json

import pytest

from tests.nodes.past.place import TITLES, Place

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_query_gives_what_was_shown_then(place: Place, times: list[str]) -> None:
    shown = [await place.titles(each) for each in times]

    assert shown == [set(), {"Uno"}, {"Uno", "Due"}, {"Tre", "Due"}]
    assert await place.titles(None) == {"Tre", "Due"}


async def test_instants_between_two_changes_share_one_store_and_one_tag(
    place: Place, times: list[str]
) -> None:
    await place.titles(times[1])
    stores = len(list((place.node.desk.views / "past").iterdir()))
    early = await place.get(f"/sparql.csv?query=ASK{{}}&format=json&asOf={times[1]}", 406)
    assert early.status == 406
    tags = set()
    for instant in (times[1], times[1][:-1] + "9Z"):
        answer = await place.get(f"/sparql?query=ASK%20{{}}&format=json&asOf={instant}")
        tags.add(answer.headers["ETag"])

    assert len(tags) == 1
    assert len(list((place.node.desk.views / "past").iterdir())) == stores


async def test_an_answer_says_which_time_it_speaks_of(place: Place, times: list[str]) -> None:
    answer = await place.get(f"/sparql?query=ASK%20{{}}&asOf={times[2]}")
    account = answer.links["describedby"]["url"]
    told = json.loads(await (await place.get(str(account))).text())

    assert "Age" not in answer.headers
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Memento-Datetime"].endswith("GMT")
    assert f'as-of="{times[2]}", origins=2, records=2' in answer.headers["Citynode-Freshness"]
    assert told["generated"] == times[2]
    assert {each["@id"]: each["records"] for each in told["origins"]} == {
        place.base: 1,
        place.helsinki.base: 1,
    }


async def test_a_time_before_history_was_kept_is_gone_and_the_answer_says_since_when(
    place: Place,
) -> None:
    gone = json.loads(await place.ask(TITLES, "1989-12-31T23:59:59Z", 410))

    assert gone["since"] == "1990-01-01T00:00:00.000000Z"
    assert gone["since"] in gone["hint"]
    await place.get("/experiments/tram?asOf=1989-12-31T23:59:59Z", 410)


async def test_before_the_first_member_there_is_nothing_and_that_is_said(place: Place) -> None:
    account = await place.get("/freshness?asOf=1999-12-31T23:59:59Z")

    assert await place.titles("1999-12-31T23:59:59Z") == set()
    assert "Before this node accepted its first member" in await account.text()


@pytest.mark.parametrize("path", ["/experiments/tram", "/catalogue/helsinki.example/bussi"])
async def test_a_record_is_had_in_every_format_as_it_was(
    place: Place, times: list[str], path: str
) -> None:
    word = "Uno" if "tram" in path else "Due"
    for suffix in ("jsonld", "html", "ttl", "trig", "nq", "nt", "rdf"):
        answer = await place.get(f"{path}.{suffix}?asOf={times[2]}")
        again = await place.get(f"{path}.{suffix}?asOf={times[2]}")

        assert word in await answer.text()
        assert await answer.read() == await again.read()
        assert "Memento-Datetime" in answer.headers
        assert answer.headers["ETag"] == again.headers["ETag"]


async def test_a_record_of_no_time_yet_is_missing_and_a_withdrawn_one_was_there(
    place: Place, times: list[str]
) -> None:
    before = await place.say("navetta", "Navetta")
    after = await place.withdraw("navetta")

    missing = await place.get(f"/experiments/navetta.ttl?asOf={times[0]}", 404)
    assert times[0] in await missing.text()
    await place.get(f"/experiments/navetta.ttl?asOf={before}")
    await place.get(f"/experiments/navetta.ttl?asOf={after}", 410)


async def test_accept_datetime_leads_to_what_was_shown_then(place: Place, times: list[str]) -> None:
    wish = {"Accept-Datetime": "Thu, 01 Jan 1998 00:00:00 GMT"}
    led = await place.get("/experiments/tram", 302, **wish)
    first = await place.get(led.headers["Location"], Accept="text/turtle")
    gate = (await place.get("/experiments/tram.ttl")).links["original timegate"]["url"]

    assert '"Uno"' in await first.text()
    assert str(gate) == f"{place.base}experiments/tram"
    await place.get("/experiments/tram", 400, **{"Accept-Datetime": "yesterday"})


@pytest.mark.parametrize(
    "bad",
    [
        *("2026-11-01", "2026-11-01T00:00:00", "yesterday", "", "2026-13-01T00:00:00Z"),
        *("2999-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"),
        "0394-01-08T23:45:47Z",
        "2026-11-01T00:00:00Z&asOf=2026-11-02T00:00:00Z",
    ],
)
async def test_what_is_no_time_that_is_over_is_refused_with_what_to_write(
    place: Place, bad: str
) -> None:
    for path in (f"/sparql?query=ASK%20{{}}&asOf={bad}", f"/experiments/tram?asOf={bad}"):
        said = json.loads(await (await place.get(path, 400)).text())

        assert "asOf" in said["detail"]
        assert "2026-11-01T00:00:00Z" in said["detail"] or "once" in said["detail"]


async def test_a_plus_that_an_address_made_a_space_is_understood(
    place: Place, times: list[str]
) -> None:
    east = times[1].replace("Z", "+00:00")

    answer = await place.get(f"/sparql.csv?query={TITLES.replace('#', '%23')}&asOf={east}")

    assert "Uno" in await answer.text()


async def test_the_page_asks_as_of_a_time_and_leads_to_an_address(
    place: Place, times: list[str]
) -> None:
    answer = await place.get(f"/query?query={TITLES.replace('#', '%23')}&asOf={times[1]}")
    text = await answer.text()

    assert "Uno" in text
    assert f'value="{times[1]}"' in text
    assert 'formaction="/cite"' in text
    assert f"asOf={times[1].replace(':', '%3A')}" in text
