"""From the form on the search page to a message, over HTTP, SMTP and webhooks: one node."""

import asyncio
import gzip
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from standardwebhooks import Webhook

from nodes.alerting import running
from nodes.alerting.sending import Sending
from nodes.commands.subscribing import counts, remove
from nodes.config import read_config
from nodes.errors import BadParameter
from nodes.harvesting import utc_now
from nodes.journal import alerts, subscriptions
from nodes.node import Node, open_node
from nodes.publishing import plan
from nodes.seals import open_seal
from nodes.searches import SearchRequest
from nodes.subscriptions import Channel, Pace
from nodes.web.app import build_app
from nodes.web.keys import ASKERS, SUBSCRIBING
from tests.journeys.places import found
from tests.nodes.alerting.receiving import CLOSE, HANG, Hook, Mailbox
from tests.nodes.town import experiment
from vocab.records import Experiment

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "<script>alert(1)</script>\r\nBcc: all@example.org\u202e\x07 "
SETTINGS = {
    "sender": "alerts@torino.example",
    "smtp_host": "127.0.0.1",
    "smtp_security": "none",
    "webhooks": True,
    "allow_private_webhooks": True,
    "pause": 0.1,
    "gather": 0.1,
    "timeout": 1.0,
    "retry": 0.1,
    "patience": 6,
    "requests_per_hour": 1_000,
    "most_per_target": 3,
}


@dataclass(frozen=True)
class Place:
    """A node, who asks it, and where it may send to. Its alerts move when they are told to."""

    node: Node
    client: TestClient[web.Request, web.Application]
    sending: Sending
    box: Mailbox
    hook: Hook
    hook_port: int

    @property
    def base(self) -> str:
        return self.node.desk.city.base

    def path(self, address: str) -> str:
        assert address.startswith(self.base)
        return "/" + address.removeprefix(self.base)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.hook_port}/{name}"

    async def ask(self, status: int = 202, **said: str) -> Any:
        async with self.client.post("/subscriptions", json=said) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def post(self, link: str, status: int = 200, **said: str) -> str:
        async with self.client.post(self.path(link), data=said) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    async def one_click(self, link: str) -> None:
        said = {"List-Unsubscribe": "One-Click"}
        async with self.client.post(self.path(link), data=said) as answer:
            assert answer.status == 200, await answer.text()

    async def get(self, path: str, status: int = 200) -> str:
        async with self.client.get(path, headers={"Accept": "text/html"}) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    def publish(self, slug: str, **said: Any) -> Experiment:
        record = experiment(self.base, slug, **said)
        drafts = plan([record], self.node.desk.current).drafts
        self.node.desk.speak(drafts, None, utc_now())
        return record

    async def settle(self) -> None:
        """Match and send until nothing more is due: pauses are over at once."""
        while True:
            with self.node.desk.journal.transaction() as db:
                db.execute("UPDATE alerts SET due = '2000-01-01T00:00:00+00:00'")
                db.execute(
                    "UPDATE subscriptions SET due = '2000-01-01T00:00:00+00:00' "
                    "WHERE due IS NOT NULL"
                )
            await running.step(self.node, self.sending)
            await self.sending.done()
            due = subscriptions.due(self.node.desk.journal, utc_now().replace(year=2099), 100)
            if not due and not alerts.behind(self.node.desk.journal):
                return

    async def by_mail(self, name: str, search: str, pace: str = "instant") -> str:
        """Subscribe by mail and confirm; gives the link."""
        address = f"{name}@officers.example"
        await self.ask(search=search, channel="mail", target=address, pace=pace)
        await self.settle()
        [asked] = self.mails(name)
        link = link_in(asked)
        await self.post(link, action="confirm")
        self.box.mails.remove(asked)
        return link

    def mails(self, name: str) -> list[EmailMessage]:
        return [each for each in self.box.mails if str(each["To"]).startswith(f"{name}@")]

    def count(self) -> int:
        return subscriptions.many(self.node.desk.journal)


def link_in(mail: EmailMessage) -> str:
    [link] = re.findall(r"<(http.*)>", str(mail["List-Unsubscribe"]))
    return str(link)


def text(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    town = found("torino", tmp_path_factory.mktemp("alerts"), "Torino")
    box, hook = Mailbox(), Hook()
    async with AsyncExitStack() as stack:
        smtp = await stack.enter_async_context(box.open())
        http = await stack.enter_async_context(hook.open())
        said = {**SETTINGS, "smtp_port": smtp}
        lines = [f"{name} = {json.dumps(value)}" for name, value in said.items()]
        with (town.folder / "node.toml").open("a") as file:
            file.write("\n".join(["", "[alerts]", *lines, ""]))
        config = read_config(town.folder)
        node = await stack.enter_async_context(open_node(config))
        server = TestServer(build_app(node), port=urlsplit(town.base).port)
        client = await stack.enter_async_context(TestClient(server))
        sending = Sending(
            config=config,
            journal=node.desk.journal,
            city=node.desk.city,
            seal=open_seal(config.folder),
            city_of=node.network.city,
            now=utc_now,
            random=Random(1),
        )
        alerts.begin(node.desk.journal)
        yield Place(node, client, sending, box, hook, http)


async def test_a_mail_tells_what_is_new_and_one_click_ends_it(place: Place) -> None:
    link = await place.by_mail("anna", "https://any.example/search?q=lantern&sort=date")
    record = place.publish("lanterns", title={"en": "Lantern poles"})
    place.publish("trams", title={"en": "Trams"})
    await place.settle()
    await place.settle()

    [mail] = place.mails("anna")

    assert str(mail["Subject"]) == "Lantern poles"
    assert record.iri in text(mail)
    assert f'href="{record.iri}"' in text(mail, "html")
    assert "Trams" not in text(mail)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
    raw = place.box.raw[-1]
    assert f"List-Unsubscribe: <{link}>\r\n".encode() in raw

    assert "It is confirmed" in await place.get(place.path(link))  # as programs that look ahead do
    await place.one_click(link)
    await place.one_click(link)
    place.publish("lanterns", title={"en": "Lantern poles, changed"})
    await place.settle()

    assert len(place.mails("anna")) == 1
    assert "no such subscription" in await place.get(place.path(link), 404)
    files = [*place.node.desk.config.folder.glob("journal.sqlite*")]
    assert all(b"anna@" not in file.read_bytes() for file in files)


async def test_nothing_but_the_question_is_sent_to_whoever_does_not_confirm(place: Place) -> None:
    answers = [
        await place.ask(search="q=bench", channel="mail", target="bert@officers.example", pace=pace)
        for pace in ("instant", "instant", "daily", "weekly", "daily")
    ]
    place.publish("benches", title={"en": "Bench with a lamp"})
    await place.settle()

    sent = place.mails("bert")

    assert all(answer == answers[0] for answer in answers)
    assert len(sent) == 3  # of the same wish one, and of one address no more than three
    assert all("Please confirm" in str(mail["Subject"]) for mail in sent)
    assert all("Bench" not in mail.as_string() for mail in sent)
    [confirm] = {link_in(mail) for mail in sent[:1]}
    await place.get(place.path(confirm))
    await place.settle()
    assert len(place.mails("bert")) == 3


async def test_the_form_on_the_search_page_needs_no_script(place: Place) -> None:
    shown = await place.get("/search?q=canal&theme=mobility")
    [query] = re.findall(r'name="search" value="([^"]*)"', shown)
    said = {
        "search": query.replace("&amp;", "&"),
        "channel": "mail",
        "target": "carla@officers.example",
        "pace": "weekly",
    }

    async with place.client.post(
        "/subscriptions", data=said, headers={"Accept": "text/html"}
    ) as answer:
        page = await answer.text()
    await place.settle()

    assert answer.status == 202
    assert "Please confirm" in page
    [mail] = place.mails("carla")
    assert "once a week" in text(mail)
    assert "search?q=canal&theme=mobility" in text(mail)


async def test_a_webhook_is_asked_first_and_told_with_a_signature_that_others_verify(
    place: Place,
) -> None:
    place.hook.told.clear()
    said = await place.ask(
        search="q=kiosk", channel="webhook", target=place.url("a"), pace="instant"
    )
    place.publish("kiosk-1", title={"en": "Kiosk of books"})
    await place.settle()
    [(headers, body)] = place.hook.told
    asked = Webhook(said["secret"]).verify(body, headers)
    await place.post(asked["data"]["confirm"], action="confirm")
    record = place.publish("kiosk-2", title={"en": "Kiosk of seeds"})
    await place.settle()

    _, (headers, body) = place.hook.told

    told = Webhook(said["secret"]).verify(body, headers)
    assert asked["type"] == "subscription.confirm"
    assert told["type"] == "search.news"
    [one] = told["data"]["records"]
    assert (one["iri"], one["change"], one["href"]) == (record.iri, "new", record.iri)
    assert one["member"].startswith(f"{place.base}feed/")
    with pytest.raises(Exception, match="signature"):
        Webhook(said["secret"]).verify(body.replace(b"seeds", b"weeds"), headers)
    await place.post(told["data"]["manage"], action="end")


async def test_what_fails_is_tried_again_under_the_same_name_and_then_given_up(
    place: Place,
) -> None:
    place.hook.told.clear()
    await place.ask(search="q=ferry", channel="webhook", target=place.url("b"), pace="instant")
    await place.settle()
    link = json.loads(place.hook.told[0][1])["data"]["confirm"]
    await place.post(link, action="confirm")
    place.hook.answers[:] = [500, 302, 429, CLOSE, HANG]
    place.publish("ferry-1", title={"en": "Ferry without a crew"})
    await place.settle()
    tries = place.hook.ids[-6:]
    taken = [json.loads(body) for _, body in place.hook.told]
    place.hook.answers[:] = [503] * 6
    before = place.hook.tries
    place.publish("ferry-2", title={"en": "Ferry across the river"})
    await place.settle()
    place.publish("ferry-3", title={"en": "Ferry by night"})
    await place.settle()

    page = await place.get(place.path(link))

    assert len(taken) == 2
    assert len(set(tries)) == 1
    assert place.hook.tries - before == 6
    assert "Nothing is sent any more" in page
    assert "status 503" in page
    assert alerts.pending(place.node.desk.journal) == 0
    assert "It is confirmed" in await place.post(link, action="resume")
    place.publish("ferry-4", title={"en": "Ferry for cars"})
    await place.settle()
    last = json.loads(place.hook.told[-1][1])
    assert [each["title"] for each in last["data"]["records"]] == ["Ferry for cars"]
    await place.post(link, action="end")


async def test_mail_that_is_refused_is_tried_again_and_one_that_is_refused_for_good_ends(
    place: Place,
) -> None:
    link = await place.by_mail("dora", "q=harbour")
    place.box.answers[:] = [451, CLOSE, HANG, 421]
    place.publish("harbour-1", title={"en": "Harbour shuttle"})
    await place.settle()
    taken = len(place.mails("dora"))
    place.box.answers[:] = [550] * 3
    before = place.box.tries
    place.publish("harbour-2", title={"en": "Harbour lights"})
    await place.settle()

    page = await place.get(place.path(link))

    assert taken == 1
    assert place.box.tries - before == 3
    assert "does not take the address: 550" in page
    assert "dora@" not in page
    await place.post(link, action="end")


async def test_a_mail_server_that_is_down_is_nobodys_fault(place: Place) -> None:
    link = await place.by_mail("emil", "q=tunnel")
    place.box.answers[:] = [CLOSE] * 20
    place.publish("tunnel", title={"en": "Tunnel of light"})
    await place.settle()

    assert len(place.mails("emil")) == 1
    await place.post(link, action="end")


async def test_a_password_that_is_gone_or_a_fault_of_the_node_is_tried_again_later(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    link = await place.by_mail("emma", "q=viaduct")
    place.publish("viaduct", title={"en": "Viaduct"})
    config = place.node.desk.config
    lost = config.alerts.model_copy(update={"smtp_password_file": Path("gone")})
    faulty = replace(place.sending, config=config.model_copy(update={"alerts": lost}))
    broken = replace(place.sending, city_of=None)  # type: ignore[arg-type]
    id_ = link.rsplit("/", 1)[1][:16]

    await running.step(place.node, faulty)
    await faulty.done()
    waiting = subscriptions.find(place.node.desk.journal, id_)
    with place.node.desk.journal.transaction() as db:
        db.execute("UPDATE subscriptions SET due = '2000' WHERE id = ?", (id_,))
        db.execute("UPDATE alerts SET kind = 'joined', object = 'x' WHERE subscription = ?", (id_,))
    await broken.tick()
    await broken.done()
    again = subscriptions.find(place.node.desk.journal, id_)

    assert waiting is not None
    assert again is not None
    assert (waiting.failures, again.failures) == (1, 2)
    assert "this node cannot send mail" in (waiting.reason or "")
    assert "no mail can be sent" in caplog.text
    await place.post(link, action="end")


async def test_hostile_titles_are_words_in_a_message_and_nothing_else(place: Place) -> None:
    link = await place.by_mail("fay", "q=quarry")
    record = place.publish("quarry", title={"en": f"{HOSTILE}quarry"})
    await place.settle()

    [mail] = place.mails("fay")

    assert mail["Bcc"] is None
    assert "⟨U+202E⟩" in str(mail["Subject"])
    assert "<script>" not in text(mail, "html")
    assert "&lt;script&gt;" in text(mail, "html")
    assert record.iri in text(mail)
    assert all(line.isprintable() for line in text(mail).splitlines())
    await place.post(link, action="end")


@pytest.mark.parametrize(
    "said",
    [
        {"target": "nobody"},
        {"target": "a@b\r\nBcc: c@d.example"},
        {"target": "a@b.example, c@d.example"},
        {"target": f"{'a' * 65}@b.example"},
        {"target": f"a@{'b' * 300}.example"},
        {"target": '"a b"@c.example'},
        {"target": "a@straße.example"},  # strasse.example is somebody else's
        {"channel": "webhook", "target": "https://straße.example/"},
        {"target": ""},
        {"channel": "webhook", "target": "ftp://a.example/"},
        {"channel": "webhook", "target": "https://user:word@a.example/"},
        {"channel": "webhook", "target": "https://a.example/#part"},
        {"channel": "webhook", "target": "https://" + "a" * 2_000},
        {"channel": "pigeon", "target": "a@b.example"},
        {"pace": "hourly", "target": "a@b.example"},
        {"search": "theme=nonsense", "target": "a@b.example"},
        {"search": "nonsense", "target": "a@b.example"},
        {"search": "nonsense=1", "target": "a@b.example"},
        {"search": "q=" + "a" * 5_000, "target": "a@b.example"},
        {"more": "x", "target": "a@b.example"},
        {"search": "q=lamp", "target": "\ud800@b.example"},
    ],
)
async def test_a_wrong_wish_is_refused_with_words(place: Place, said: dict[str, str]) -> None:
    before = place.count()

    answer = await place.ask(400, **said)

    assert answer["detail"]
    assert place.count() == before


async def test_bodies_are_bounded_and_links_cannot_be_guessed(place: Place) -> None:
    post = place.client.post
    long = await post("/subscriptions", data={"search": "a" * 30_000})
    odd = await post("/subscriptions", data=b"<x/>", headers={"Content-Type": "text/xml"})
    packed = await post(
        "/subscriptions",
        data=gzip.compress(b"search=x"),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Encoding": "gzip",
        },
    )
    deep = await post(
        "/subscriptions",
        data=b"[" * 10_000,
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    link = await place.by_mail("gus", "q=nothing")
    forged = link[:-1] + ("A" if link[-1] != "A" else "B")

    statuses = [long.status, odd.status, packed.status, deep.status]

    assert statuses == [413, 415, 415, 400]
    await place.post(forged, 404, action="end")
    await place.post(link[:-24], 404, action="end")
    await place.get("/subscriptions/%00%E2%98%83", 404)
    await place.post(link, 400, action="dance")
    await place.post(link, action="end")


async def test_peers_in_a_closed_network_let_no_stranger_send_messages_into_it(
    place: Place,
) -> None:
    config = place.node.desk.config
    alerts_ = config.alerts.model_copy(update={"allow_private_webhooks": False})
    strict = config.model_copy(update={"alerts": alerts_})
    app = build_app(replace(place.node, desk=replace(place.node.desk, config=strict)))
    place.hook.told.clear()
    before = place.count()
    guarded = replace(place.sending, config=strict)
    await place.ask(search="q=x", channel="webhook", target=place.url("ssrf"), pace="instant")

    for _ in range(3):
        with place.node.desk.journal.transaction() as db:
            db.execute("UPDATE subscriptions SET due = '2000-01-01' WHERE due IS NOT NULL")
        await guarded.tick()
        await guarded.done()

    assert strict.harvest.allow_private_peers
    assert place.hook.told == []
    assert place.count() == before
    with pytest.raises(BadParameter, match="https"):
        app[SUBSCRIBING].ask(
            Channel.WEBHOOK, place.url("ssrf"), "?q=x", SearchRequest(text="x"), Pace.INSTANT
        )


async def test_who_asks_too_often_is_told_to_wait(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place.client.app[ASKERS], "burst", 0.0)

    async with place.client.post("/subscriptions", json={"target": "h@b.example"}) as answer:
        said = await answer.json()

    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "often" in said["detail"]


async def test_an_officer_counts_subscriptions_without_names_and_ends_one_by_its_address(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    await place.by_mail("olga", "q=orchard", "weekly")
    folder = place.node.desk.config.folder

    counts(folder, as_json=True)
    listed = capsys.readouterr().out
    figures = await place.get("/metrics")
    before = place.count()
    remove("Olga@officers.example", folder)

    said = json.loads(listed)["subscriptions"]
    assert {"channel": "mail", "pace": "weekly", "state": "told", "count": 1} in said
    assert "olga@" not in listed + figures
    assert 'citynode_subscriptions{channel="mail",pace="weekly",state="told"} 1.0' in figures
    assert place.count() == before - 1


async def test_what_a_city_said_before_it_was_known_is_one_line_with_a_link(place: Place) -> None:
    link = await place.by_mail("lea", "q=river&theme=mobility")
    to = subscriptions.find(place.node.desk.journal, link.rsplit("/", 1)[1][:16])
    assert to is not None
    with place.node.desk.journal.transaction() as db:
        db.execute(
            "INSERT INTO alerts (subscription, kind, object, member, count, due) "
            "VALUES (?, 'joined', 'https://ghent.example/', '', 37, '2000')",
            (to.id,),
        )
        db.execute("UPDATE subscriptions SET due = '2000' WHERE id = ?", (to.id,))
    await place.settle()

    [mail] = place.mails("lea")

    assert "37 earlier records" in str(mail["Subject"])
    assert "37 records from before this node knew that city" in text(mail)
    [address] = re.findall(r"http\S+origin=\S+", text(mail))
    assert json.loads(await place.get(place.path(address).replace("search?", "search.json?")))
    await place.post(link, action="end")


async def test_the_page_about_it_says_what_is_kept(place: Place) -> None:
    page = await place.get("/subscriptions?q=lantern")

    assert "What is kept of you" in page
    assert "search?q=lantern" in page


async def test_a_search_with_odd_signs_is_kept_as_it_was_asked(place: Place) -> None:
    page = await place.get("/subscriptions?q=which+lamp%3F+R%26D+100%2525")
    said = await place.ask(search="q=lamp \ud800", channel="mail", target="odd@officers.example")

    assert "search?q=which+lamp%3F+R%26D+100%2525" in page
    assert said["search"] == "?q=lamp+%3F"


async def test_a_link_that_cannot_be_answered_is_not_logged(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    link = await place.by_mail("kim", "q=quay")
    with place.node.desk.journal.transaction() as db:
        db.execute("ALTER TABLE subscriptions RENAME TO elsewhere")

    await place.get(place.path(link), 500)
    with place.node.desk.journal.transaction() as db:
        db.execute("ALTER TABLE elsewhere RENAME TO subscriptions")

    assert "could not answer /subscriptions/…" in caplog.text
    assert link.rsplit("/", 1)[-1] not in caplog.text


async def test_no_address_is_ever_logged(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    link = await place.by_mail("ida", "q=bridge")
    place.box.answers[:] = [450, 550, 550, 550]
    place.publish("bridge", title={"en": "Bridge"})
    await place.settle()
    await place.post(link, action="end")

    said = "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")

    assert "ida@" not in said
    assert "gave up" in said


async def test_closing_breaks_off_what_hangs(place: Place) -> None:
    link = await place.by_mail("jo", "q=pier")
    place.publish("pier", title={"en": "Pier"})
    place.box.answers[:] = [HANG]
    await running.step(place.node, place.sending)
    with place.node.desk.journal.transaction() as db:
        db.execute("UPDATE subscriptions SET due = '2000-01-01' WHERE due IS NOT NULL")
    await place.sending.tick()
    await asyncio.wait_for(place.sending.close(), 60)

    await place.settle()

    assert len(place.mails("jo")) == 1
    await place.post(link, action="end")
