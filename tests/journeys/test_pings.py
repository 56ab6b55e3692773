"""News travel at once between cities that know each other, and nobody can misuse the way."""

import asyncio
import gzip
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from aiohttp import ClientSession, web
from prometheus_client.parser import text_string_to_metric_families

from federation import keys, pings
from federation.keys import SigningKey
from federation.messages import content_digest, signed_message
from federation.peers import Follow, Peer
from federation.pings import Ping, Verb
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.journal import followers, known
from nodes.journal.known import Standing
from nodes.telling import Telling
from tests.journeys.places import Table, eventually, found, free_port, knows_somebody, served, take

Figures = dict[tuple[str, ...], float]


@pytest.fixture(autouse=True)
def _an_hour_between_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYNODE_HARVEST__INTERVAL", "3600")
    monkeypatch.setenv("CITYNODE_HARVEST__POLLING_INTERVAL", "3600")
    monkeypatch.setenv("CITYNODE_HARVEST__PING_PAUSE", "1")


def standing(town: Town, base: str) -> Standing:
    """Say how a peer fares, straight from the journal."""
    with open_desk(read_config(town.folder)) as desk:
        return next(each for each in known.standings(desk.journal) if each.peer.base == base)


def is_told(town: Town, base: str) -> bool:
    with open_desk(read_config(town.folder)) as desk:
        return base in followers.prompt(desk.journal, utc_now())


async def introduced(reader: Town, publisher: Town, follow: Follow = Follow.OWN) -> None:
    """Let one town read another that knows it, until it is told of news at once."""
    await publisher.befriend(reader, Follow.NOTHING)
    await reader.befriend(publisher, follow)

    async def agreed() -> bool:
        read = standing(reader, publisher.base).last_good is not None
        return read and is_told(reader, publisher.base)

    await eventually(agreed)


async def has(town: Town, title: str) -> bool:
    hits = (await town.json("search.json?limit=100"))["hits"]
    return any(title in str(hit) for hit in hits)


async def figures(town: Town) -> Figures:
    text = (await town.get("metrics", accept="text/plain")).decode()
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def were_told(teller: Town, hearer: Town) -> bool:
    """Tell whether messages are counted on both sides; the last is, once it is answered.

    One message may tell of two pieces of news, one whose answer is late is not counted here, and
    the first piece may be found in the round that follows an agreement.
    """
    told = (await figures(teller)).get(("citynode_pings_told_total", "Announce", "taken"), 0)
    heard = (await figures(hearer)).get(("citynode_pings_heard_total", "taken"), 0)
    return 1 <= told <= heard


async def test_what_one_city_publishes_is_soon_found_in_another_that_polls_hourly(
    tmp_path: Path,
) -> None:
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)
    table = Table(tmp_path / "prove.csv", {})

    async with served(torino, ghent):
        await introduced(ghent, torino)
        for code, title in (("t-1", "Navetta"), ("t-2", "Lampioni"), ("t-3", "Orti")):
            table.rows[code] = title
            await asyncio.to_thread(take, torino, table)  # in a process of its own
            await eventually(lambda title=title: has(ghent, title))
        page = (await ghent.get("network", accept="text/html")).decode()
        await eventually(lambda: were_told(torino, ghent))

    assert "it tells this node at once" in page


async def test_news_go_on_from_city_to_city_through_one_that_reads_them(tmp_path: Path) -> None:
    torino, hub, ghent = (found(each, tmp_path) for each in ("torino", "hub", "ghent"))

    async with served(torino, hub, ghent):
        await introduced(hub, torino)
        await ghent.befriend(torino, Follow.NOTHING)
        await introduced(ghent, hub, Follow.ALL)
        await asyncio.to_thread(take, torino, Table(tmp_path / "prove.csv", {"t-1": "Navetta"}))

        await eventually(lambda: has(ghent, "Navetta"))


async def test_what_was_published_while_the_node_was_down_is_told_when_it_is_back(
    tmp_path: Path,
) -> None:
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)

    async with served(ghent):
        async with served(torino):
            await introduced(ghent, torino)
        await asyncio.to_thread(take, torino, Table(tmp_path / "prove.csv", {"t-1": "Navetta"}))
        async with served(torino):
            await eventually(lambda: has(ghent, "Navetta"))


async def test_a_city_that_does_not_know_its_reader_is_polled_and_the_log_says_so_once(
    tmp_path: Path,
) -> None:
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)
    log = ghent.folder / "serve.log"

    async with served(torino, ghent):
        await ghent.befriend(torino, Follow.OWN)

        async def polled() -> bool:
            return "does not tell of its news" in log.read_text()

        await eventually(polled)
        await eventually(lambda: _good(ghent, torino))
        view = (await ghent.get("network", accept="text/html")).decode()
        assert not is_told(ghent, torino.base)
        await torino.befriend(ghent, Follow.OWN)  # it asks in turn, and so is asked again
        await eventually(lambda: _told(ghent, torino))

    assert "in good order" in view
    assert log.read_text().count("does not tell of its news") == 1


async def _good(reader: Town, publisher: Town) -> bool:
    return standing(reader, publisher.base).last_good is not None


async def _told(reader: Town, publisher: Town) -> bool:
    return is_told(reader, publisher.base)


@dataclass(kw_only=True)
class Elsewhere:
    """A city that is no node of ours: it has a key and listens; every request to it is kept."""

    base: str
    key: SigningKey = field(default_factory=keys.generate)
    asked: list[str] = field(default_factory=list)

    @property
    def peer(self) -> Peer:
        return Peer(base=self.base, name="Elsewhere", keys=(self.key.public(self.base),))

    def known_to(self, town: Town) -> None:
        with open_desk(read_config(town.folder)) as desk:
            known.add_peer(desk.journal, self.peer, utc_now())

    def ping(self, verb: Verb = Verb.ANNOUNCE, *, feed: str = "", actor: str = "") -> bytes:
        actor = actor or f"{self.base}#node"
        return pings.write(Ping(verb=verb, actor=actor, object=feed or f"{self.base}feed"))

    def sign(self, body: bytes, inbox: str, *, earlier: int = 0) -> dict[str, str]:
        return signed_message(
            body,
            pings.MEDIA,
            inbox,
            self.key,
            method=self.key.public(self.base).method,
            created=int(time.time()) - earlier,
            nonce=secrets.token_hex(8),
        )

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path}")
        return web.Response(status=404)


@asynccontextmanager
async def elsewhere() -> AsyncIterator[Elsewhere]:
    port = free_port()
    place = Elsewhere(base=f"http://127.0.0.1:{port}/")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", place.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield place
    finally:
        await runner.cleanup()


async def send(town: Town, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    async with (
        ClientSession() as session,
        session.post(f"{town.base}inbox", data=body, headers=headers) as response,
    ):
        if response.status == 429:
            assert int(response.headers["Retry-After"]) >= 1
        if response.status != 202:
            assert response.content_type == "application/problem+json"
        return response.status, await response.text()


Spoil = Callable[[Elsewhere, str], tuple[bytes, dict[str, str]]]


def _changed(place: Elsewhere, inbox: str) -> tuple[bytes, dict[str, str]]:
    return place.ping(feed=f"{place.base}feed/all"), place.sign(place.ping(), inbox)


def _swapped(place: Elsewhere, inbox: str) -> tuple[bytes, dict[str, str]]:
    body = place.ping(feed=f"{place.base}feed/all")
    return body, {**place.sign(place.ping(), inbox), "Content-Digest": content_digest(body)}


def _signed(body: Callable[[Elsewhere], bytes], **said: int) -> Spoil:
    def make(place: Elsewhere, inbox: str) -> tuple[bytes, dict[str, str]]:
        return body(place), place.sign(body(place), inbox, **said)

    return make


REFUSALS: dict[str, tuple[int, str, Spoil]] = {
    "unsigned": (400, "no Signature-Input", lambda p, _: (p.ping(), {"Content-Type": pings.MEDIA})),
    "old": (403, "seconds ago", _signed(Elsewhere.ping, earlier=400)),
    "early": (403, "seconds from now", _signed(Elsewhere.ping, earlier=-400)),
    "for another inbox": (
        403,
        "this very address",
        lambda p, _: (p.ping(), p.sign(p.ping(), "https://other.example/inbox")),
    ),
    "changed on its way": (403, "digest differs", _changed),
    "with a digest of the changed text": (403, "does not fit", _swapped),
    "too large": (413, "4096 bytes", _signed(lambda p: p.ping() + b" " * 5_000)),
    "of another type": (
        415,
        "text/plain",
        lambda p, inbox: (p.ping(), {**p.sign(p.ping(), inbox), "Content-Type": "text/plain"}),
    ),
    "packed": (
        415,
        "compressed",
        lambda p, inbox: (
            gzip.compress(p.ping()),
            {**p.sign(p.ping(), inbox), "Content-Encoding": "gzip"},
        ),
    ),
    "in another's name": (
        403,
        "for nobody else",
        _signed(lambda p: p.ping(actor="https://other.example/#node")),
    ),
    "of another's feed": (
        403,
        "own streams only",
        _signed(lambda p: p.ping(feed="https://other.example/feed")),
    ),
    "following what is not there": (
        400,
        "no such stream",
        _signed(lambda p: p.ping(Verb.FOLLOW, feed="https://other.example/feed")),
    ),
    "no ping": (400, "not JSON", _signed(lambda _: b"[" * 3_000)),
}


async def test_a_message_that_is_not_as_it_should_be_is_refused_in_words_and_does_nothing(
    tmp_path: Path,
) -> None:
    ghent = found("ghent", tmp_path)

    async with elsewhere() as place, served(ghent):
        place.known_to(ghent)
        await eventually(lambda: _failed(ghent, place.base))
        before, asked = standing(ghent, place.base), read(place)
        for name, (status, words, spoil) in REFUSALS.items():
            body, headers = spoil(place, f"{ghent.base}inbox")
            answer = await send(ghent, body, headers)
            assert (answer[0], words in answer[1]) == (status, True), (name, answer)
        with open_desk(read_config(ghent.folder)) as desk:
            told = followers.untold(desk.journal, utc_now())

    assert standing(ghent, place.base).due == before.due
    assert read(place) == asked
    assert told == []


def read(place: Elsewhere) -> list[str]:
    """List what a city was asked to show; that a node asks to be told has its own clock."""
    return [each for each in place.asked if not each.startswith("POST")]


async def _failed(town: Town, base: str) -> bool:
    return standing(town, base).failures > 0


async def test_a_strangers_message_is_refused_and_sends_the_node_nowhere(tmp_path: Path) -> None:
    ghent, torino = found("ghent", tmp_path), found("torino", tmp_path)

    async with elsewhere() as place, served(ghent):
        knows_somebody(ghent)
        for verb in Verb:
            body = place.ping(verb)
            status, words = await send(ghent, body, place.sign(body, f"{ghent.base}inbox"))
            assert (status, "knows nobody with that key" in words) == (403, True)
        heard = await figures(ghent)
        async with served(torino):  # time in which the node does what it has to do
            await introduced(ghent, torino)

    assert place.asked == []
    assert heard["citynode_pings_heard_total", "not believed"] == len(Verb)


async def test_a_flood_of_pings_brings_one_round_and_a_copy_of_one_brings_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITYNODE_HARVEST__PING_PAUSE", "3600")
    ghent = found("ghent", tmp_path)

    def rounds(place: Elsewhere) -> int:
        return place.asked.count("GET /feed")

    async with elsewhere() as place, served(ghent):
        place.known_to(ghent)
        await eventually(lambda: _failed(ghent, place.base))
        first, inbox = rounds(place), f"{ghent.base}inbox"
        one = place.ping(), place.sign(place.ping(), inbox)
        copies = [await send(ghent, *one) for _ in range(5)]
        flood = await asyncio.gather(
            *(send(ghent, place.ping(), place.sign(place.ping(), inbox)) for _ in range(60))
        )

        async def came() -> bool:
            return rounds(place) > first and standing(ghent, place.base).failures > 1

        await eventually(came)
        await asyncio.sleep(4)
        again = rounds(place)

    assert [status for status, _ in copies] == [202, 403, 403, 403, 403]
    assert "heard before" in copies[1][1]
    assert {status for status, _ in flood} == {202, 429}
    assert again == first + 1


async def test_a_clock_that_is_a_day_ahead_is_told_by_the_refusal_of_a_peer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ghent = found("ghent", tmp_path)
    config = read_config(ghent.folder)

    async with elsewhere() as peer:
        peer.known_to(ghent)
        with open_desk(config) as desk:
            telling = Telling(
                config=config,
                journal=desk.journal,
                key=lambda: desk.key,
                now=lambda: utc_now() + timedelta(days=1),
                random=Random(1),
            )
            await telling.tick()

            async def refused() -> bool:
                return telling.outcomes[Verb.FOLLOW, "refused"] > 0

            await eventually(refused)
            await telling.close()

    [said] = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
    assert re.match(rf"the clock of this node is 86\d+ seconds ahead of that of {peer.base}", said)
