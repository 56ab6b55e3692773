"""What a saved search is told of: each version once, whatever the journal goes through."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nodes.alerting.finding import match_next
from nodes.budgets import Budgets, Client
from nodes.errors import BadParameter, OverBudget
from nodes.findable import findable
from nodes.harvesting import utc_now
from nodes.index.matching import matching
from nodes.journal import alerts, known, subscriptions, trust
from nodes.journal.alerts import Letter
from nodes.searches import FACETS, Box, Near, Period, SearchRequest
from nodes.sections import AlertsSection
from nodes.subscribing import hook
from nodes.subscriptions import Channel, Pace, Subscription, next_letter
from nodes.web.clients import Clients, neighbourhood
from tests.city import City
from tests.nodes.town import (
    CALL,
    CIRCUIT,
    EVERYTHING,
    HELSINKI,
    LIGHTS,
    NOON,
    ROBOT_BUS,
    SHUTTLE,
    TORINO,
    Town,
    experiment,
    town,
)

SETTINGS = AlertsSection(webhooks=True)
LATE = NOON + timedelta(days=30)
MOBILITY = SearchRequest(filters={"theme": SHUTTLE.themes})


@pytest.fixture
def torino(tmp_path: Path) -> Iterator[Town]:
    """A node that knows one record, and has told of news before."""
    with town(tmp_path, LIGHTS) as found:
        alerts.begin(found.journal)
        yield found


def subscribe(
    at: Town, request: SearchRequest = MOBILITY, pace: Pace = Pace.INSTANT, *, confirm: bool = True
) -> str:
    """Keep a search; each at a target of its own."""
    id_ = f"subscription-{subscriptions.many(at.journal)}"
    wanted = Subscription(
        id=id_,
        channel=Channel.WEBHOOK,
        target=f"https://{id_}.example/",
        address="",
        request=request,
        pace=pace,
        made=NOON.isoformat(),
    )
    assert subscriptions.keep(at.journal, wanted, NOON, most=1, waiting=100, until=NOON)
    if confirm:
        subscriptions.confirm(at.journal, id_)
    return id_


def match(at: Town) -> None:
    while match_next(at.journal, SETTINGS, NOON):
        pass


def letter(at: Town, id_: str) -> Letter:
    """Match what came, and give what would be sent to somebody in a month."""
    match(at)
    to = subscriptions.find(at.journal, id_)
    assert to is not None
    return alerts.open_letter(at.journal, to, LATE)


def take(at: Town, id_: str) -> list[str]:
    """Take what is to be told; gives the records."""
    found = letter(at, id_)
    to = subscriptions.find(at.journal, id_)
    assert to is not None
    alerts.close_letter(at.journal, to, NOON, timedelta(0))
    return [each.entry.member.object for each in found.told]


def test_each_version_of_a_record_is_told_once_and_as_new_or_changed(torino: Town) -> None:
    id_ = subscribe(torino)

    torino.say(SHUTTLE)
    first = letter(torino, id_)
    again = letter(torino, id_)
    took = take(torino, id_)
    torino.say(replace(SHUTTLE, title={"it": "Navetta, riveduta"}))
    second = take(torino, id_)
    nothing = take(torino, id_)

    assert [(each.entry.member.object, each.first) for each in first.told] == [(SHUTTLE.iri, True)]
    assert first == again
    assert took == second == [SHUTTLE.iri]
    assert nothing == []


def test_what_was_known_before_somebody_confirmed_is_never_told(torino: Town) -> None:
    early = subscribe(torino, SearchRequest(), confirm=False)
    torino.say(SHUTTLE)
    subscriptions.confirm(torino.journal, early)

    assert take(torino, early) == []

    torino.say(replace(LIGHTS, title={"it": "Lampioni, riveduti"}))
    assert take(torino, early) == [LIGHTS.iri]


def test_nothing_is_told_again_when_the_views_or_an_origin_are_made_anew(torino: Town) -> None:
    id_ = subscribe(torino, SearchRequest())
    torino.say(SHUTTLE)
    assert take(torino, id_) == [SHUTTLE.iri]

    with torino.journal.transaction() as db:
        trust.block(db, TORINO.base, "a test", NOON)
    match(torino)
    with torino.journal.transaction() as db:
        trust.unblock(db, TORINO.base, NOON)
    with torino.journal.transaction() as db:
        trust.set_aside(db, TORINO.base, 2)

    assert take(torino, id_) == []
    alerts.begin(torino.journal)
    assert take(torino, id_) == []


def test_a_batch_that_another_process_has_matched_is_not_matched_twice(torino: Town) -> None:
    id_ = subscribe(torino)
    torino.say(SHUTTLE)
    batch = alerts.unmatched(torino.journal, 10)
    news = {id_: batch.news}

    kept = [
        alerts.keep(torino.journal, batch, news, {id_: NOON}, NOON),
        alerts.keep(torino.journal, batch, news, {id_: NOON}, NOON),
    ]

    assert kept == [True, False]
    assert take(torino, id_) == [SHUTTLE.iri]


def test_what_is_withdrawn_or_changed_again_before_it_is_told_is_left_out(torino: Town) -> None:
    id_ = subscribe(torino, SearchRequest(text="navetta"), Pace.DAILY)
    torino.say(SHUTTLE, CIRCUIT)
    match(torino)
    torino.say(replace(SHUTTLE, title={"it": "Navetta due"}))
    match(torino)
    torino.say(replace(SHUTTLE, title={"it": "Navetta tre"}))

    [told] = letter(torino, id_).told

    assert "Navetta tre" in told.entry.member.payload.decode()
    assert told.first
    torino.withdraw(SHUTTLE.iri)
    assert letter(torino, id_).empty


def test_a_city_that_is_met_is_one_number_and_its_news_are_told_one_by_one(torino: Town) -> None:
    id_ = subscribe(torino, SearchRequest())
    past = [experiment(HELSINKI, f"trial-{number}") for number in range(20)]
    torino.say(*past[:12])
    match(torino)
    torino.say(*past[12:])

    met = letter(torino, id_)
    take(torino, id_)
    with torino.journal.transaction() as db:  # it was met an hour before
        db.execute("UPDATE met SET since = '2026-11-22T11:00:00+00:00' WHERE since > ''")
    torino.say(ROBOT_BUS)

    assert (met.told, met.more, met.joined) == ((), 0, {HELSINKI: 20})
    assert take(torino, id_) == [ROBOT_BUS.iri]


def test_a_city_that_is_blocked_meanwhile_is_not_named(torino: Town) -> None:
    id_ = subscribe(torino, SearchRequest())
    torino.say(*(experiment(HELSINKI, f"trial-{number}") for number in range(3)))
    match(torino)
    with torino.journal.transaction() as db:
        trust.block(db, HELSINKI, "spam", NOON)

    assert letter(torino, id_).empty


def test_what_a_city_says_after_it_was_added_as_a_peer_is_news_from_the_first(
    torino: Town,
) -> None:
    id_ = subscribe(torino, SearchRequest())
    helsinki = replace(City("helsinki").peer, base=HELSINKI)
    known.add_peer(torino.journal, helsinki, NOON - timedelta(hours=1))

    torino.say(ROBOT_BUS)

    assert take(torino, id_) == [ROBOT_BUS.iri]


def test_more_than_somebody_can_read_is_counted(
    torino: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "MOST_PENDING", 5)
    id_ = subscribe(torino, SearchRequest())

    torino.say(*(experiment(TORINO.base, f"trial-{number}") for number in range(12)))

    found = letter(torino, id_)
    assert (len(found.told), found.more) == (5, 7)


def test_a_letter_keeps_its_name_however_often_it_is_sent(torino: Town) -> None:
    id_ = subscribe(torino, SearchRequest())
    torino.say(SHUTTLE)
    first = letter(torino, id_)
    torino.say(CIRCUIT)
    again = letter(torino, id_)
    take(torino, id_)
    second = letter(torino, id_)

    assert first.key == again.key != second.key
    assert [each.entry.member.object for each in again.told] == [SHUTTLE.iri]
    assert [each.entry.member.object for each in second.told] == [CIRCUIT.iri]


def test_whoever_ends_or_loses_a_subscription_is_told_nothing_more(torino: Town) -> None:
    gone, paused = subscribe(torino), subscribe(torino)
    torino.say(SHUTTLE)
    match(torino)
    subscriptions.remove(torino.journal, gone)
    to = subscriptions.find(torino.journal, paused)
    assert to is not None
    alerts.give_up(torino.journal, to, NOON, "it answered with status 410")
    torino.say(replace(SHUTTLE, title={"it": "Navetta, riveduta"}))
    match(torino)

    assert alerts.pending(torino.journal) == 0
    subscriptions.resume(torino.journal, paused)
    assert take(torino, paused) == []
    torino.say(replace(SHUTTLE, title={"it": "Navetta tre"}))
    assert take(torino, paused) == [SHUTTLE.iri]


def test_what_nobody_confirms_and_what_is_given_up_is_forgotten_in_time(torino: Town) -> None:
    subscribe(torino, confirm=False)
    paused, told = subscribe(torino), subscribe(torino)
    to = subscriptions.find(torino.journal, paused)
    assert to is not None
    alerts.give_up(torino.journal, to, NOON, "")

    gone = subscriptions.expire(torino.journal, utc_now(), utc_now())

    assert gone == 2
    assert subscriptions.find(torino.journal, told) is not None


def test_a_saved_search_finds_what_search_finds(tmp_path: Path) -> None:
    records = (*EVERYTHING, CIRCUIT, CALL)
    known_by = [findable(each, each.iri.rsplit("/", 2)[0] + "/") for each in records]
    wanted = [
        SearchRequest(),
        SearchRequest(text="navetta"),
        SearchRequest(text="driverless"),
        SearchRequest(text='"ilman kuljettajaa"'),
        SearchRequest(text="-navetta"),
        SearchRequest(text="robots", filters={"kind": ("calls",)}),
        SearchRequest(filters={"city": ("Torino",), "year": ("2019", "2020")}),
        SearchRequest(period=Period(first="2020", last="2021")),
        SearchRequest(near=Near(latitude=45.04, longitude=7.67, within=2.0)),
        SearchRequest(text="senza conducente"),
        SearchRequest(box=Box(west=7.6, south=45.0, east=7.68, north=45.05)),
        *(SearchRequest(filters={facet: ("none",)}) for facet in FACETS),
    ]
    with town(tmp_path, *records) as found:
        shown = [{hit.iri for hit in found.index.search(each).hits} for each in wanted]

    told = matching(known_by, wanted)

    assert list(map(set, told)) == shown
    assert sum(map(bool, told)) == 11


def test_a_saved_search_is_not_woken_by_what_search_shows_for_want_of_better(
    tmp_path: Path,
) -> None:
    with town(tmp_path, SHUTTLE) as found:
        loose = found.index.search(SearchRequest(text="navetta banana")).total
    [told] = matching([findable(SHUTTLE, TORINO.base)], [SearchRequest(text="navetta banana")])

    assert loose == 1
    assert told == frozenset()


ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("pace", "now", "due"),
    [
        (Pace.DAILY, "2026-11-23T04:00+00:00", "2026-11-23T06:00+00:00"),
        (Pace.DAILY, "2026-11-23T06:00+00:00", "2026-11-24T06:00+00:00"),
        (Pace.WEEKLY, "2026-11-23T05:59+00:00", "2026-11-23T06:00+00:00"),  # a Monday
        (Pace.WEEKLY, "2026-11-23T06:01+00:00", "2026-11-30T06:00+00:00"),
        (Pace.DAILY, "2026-03-28T22:00+00:00", "2026-03-29T05:00+00:00"),  # summer time begins
        (Pace.DAILY, "2026-10-24T22:30+00:00", "2026-10-25T06:00+00:00"),  # and ends
        (Pace.INSTANT, "2026-11-23T04:00+00:00", "2026-11-23T04:00+00:00"),
    ],
)
def test_digests_come_in_the_morning_of_the_city(pace: Pace, now: str, due: str) -> None:
    apart = timedelta(minutes=5)

    found = next_letter(pace, datetime.fromisoformat(now), None, apart=apart, hour=7, zone=ROME)

    assert found == datetime.fromisoformat(due)


def test_two_messages_at_once_are_never_closer_than_the_operator_wants() -> None:
    apart, hour = timedelta(minutes=5), 7
    last = NOON - timedelta(minutes=1)

    soon = next_letter(Pace.INSTANT, NOON, last, apart=apart, hour=hour, zone=UTC)
    set_back = next_letter(Pace.INSTANT, NOON, LATE, apart=apart, hour=hour, zone=UTC)

    assert soon == last + apart
    assert set_back == NOON


def test_a_flood_of_unconfirmed_wishes_shuts_nobody_out_for_long(torino: Town) -> None:
    def asks(name: str, minutes: int) -> bool:
        at = NOON + timedelta(minutes=minutes)
        wish = Subscription(
            id=name,
            channel=Channel.MAIL,
            target=f"{name}@officers.example",
            address="",
            request=MOBILITY,
            pace=Pace.DAILY,
            made=at.isoformat(),
        )
        until = at - timedelta(hours=1)
        return subscriptions.keep(torino.journal, wish, at, most=1, waiting=3, until=until)

    begun = subscribe(torino)
    flood = [asks(f"flood-{number}", number) for number in range(5)]
    soon, later = asks("anna", 30), asks("anna", 61)

    assert flood == [True, True, True, False, False]
    assert (soon, later) == (False, True)
    assert subscriptions.find(torino.journal, "flood-0") is None
    assert subscriptions.find(torino.journal, "flood-1") is not None
    assert subscriptions.find(torino.journal, begun) is not None  # what is confirmed stays


@pytest.mark.parametrize(
    ("port", "good"),
    [("", True), (":443", True), (":80", True), (":8443", True), (":9000", True), (":25", False),
     (":22", False), (":587", False), (":6667", False), (":10080", False), (":0", True),
     (":2525", True)],
)  # fmt: skip
def test_a_webhook_goes_where_web_servers_are(port: str, *, good: bool) -> None:
    address = f"https://hooks.example{port}/news"
    if good:
        assert hook(address, plain=False).startswith("https://hooks.example")
        return
    with pytest.raises(BadParameter, match="port"):
        hook(address, plain=False)
    assert hook(address, plain=False, ports=(int(port[1:]),)) == address


def test_many_addresses_of_one_network_ask_as_one() -> None:
    askers = Budgets(burst=10.0, rate=0.001)

    def ask(address: str) -> bool:
        client = Client(name=Clients().address(address, ""))
        try:
            with askers.spending(client) as one, askers.spending(neighbourhood(client)) as around:
                one.seconds = around.seconds = 1.0
        except OverBudget:
            return False
        return True

    for network in ("192.0.2.{}", "2001:db8:1:{}::1"):
        assert sum(ask(network.format(each)) for each in range(1, 100)) in {30, 31}
    assert ask("198.51.100.7")
    assert neighbourhood(Client(name="token anna")) == Client(name="token anna")
