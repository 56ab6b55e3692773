"""A round with a peer: what a city would miss, believe wrongly or pay if it went wrong."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from federation import keys
from federation.errors import FederationError, MuchToRead
from federation.member import Kind, digest
from federation.page import nquads
from federation.peers import Follow
from nodes.journal import known
from nodes.journal.inbox import accept
from tests.city import NOON, City, body
from tests.federation.node import Node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path)
    yield node
    node.journal.close()


async def test_takes_in_what_a_city_published(node: Node) -> None:
    torino = City("torino")
    torino.publish("navetta")
    torino.publish("lampioni")
    torino.publish("navetta", "Navetta bis", Kind.UPDATE)
    torino.withdraw("lampioni")
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino)

    assert (done.failure, done.new, done.changed, done.deleted) == (None, 2, 1, 1)
    assert done.seen == 4
    assert node.titles() == ["navetta"]
    [entry] = node.journal.records()
    assert entry.member == torino.members[2]


async def test_a_round_with_nothing_new_is_one_request_without_a_body(node: Node) -> None:
    torino = City("torino")
    for number in range(30):
        torino.publish(f"prova-{number}")
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    torino.requests.clear()

    done = await node.reads(torino.peer, torino)

    assert (done.requests, done.received_bytes, done.seen, done.failure) == (1, 0, 0, None)
    assert len(torino.requests) == 1


async def test_a_round_with_more_to_read_than_is_wanted_is_left_to_somebody_else(
    node: Node,
) -> None:
    torino = City("torino")
    for number in range(30):
        torino.publish(f"prova-{number}")
    node.knows(torino.peer)

    with pytest.raises(MuchToRead):
        await node.reads(torino.peer, torino, most=29)

    assert node.titles() == []
    done = await node.reads(torino.peer, torino, most=30)
    assert (done.failure, done.new) == (None, 30)
    torino.publish("un-altra")
    assert (await node.reads(torino.peer, torino, most=1)).new == 1


async def test_one_new_experiment_costs_one_request_under_20_kilobytes(node: Node) -> None:
    torino = City("torino")
    for number in range(600):
        torino.publish(f"prova-{number}")
    node.knows(torino.peer)
    first = await node.reads(torino.peer, torino)
    torino.publish("nuova")

    done = await node.reads(torino.peer, torino)

    assert (first.failure, first.new) == (None, 600)
    assert (done.new, done.requests, done.refused) == (1, 1, 0)
    assert 0 < done.received_bytes < 20_000


async def test_sealed_pages_are_never_fetched_twice(node: Node) -> None:
    torino = City("torino")
    for number in range(520):
        torino.publish(f"prova-{number}")
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    for number in range(40):
        torino.publish(f"altra-{number}")
    torino.requests.clear()

    done = await node.reads(torino.peer, torino)

    assert done.new == 40
    assert [request.url.path for request in torino.requests] == ["/feed", "/feed/pages/2"]


async def test_a_relay_is_believed_about_others_only_by_their_signatures(node: Node) -> None:
    torino, ghent = City("torino"), City("ghent")
    torino.publish("navetta")
    ghent.publish("fietsen")
    ghent.relayed = list(torino.members)
    node.knows(ghent.relay, replace(torino.peer, follow=Follow.NOTHING))

    done = await node.reads(ghent.relay, ghent)

    assert (done.new, done.refused) == (2, 0)
    assert node.journal.record(torino.members[0].object) is not None


async def test_a_member_changed_by_one_byte_at_a_relay_is_refused_alone(node: Node) -> None:
    torino, ghent = City("torino"), City("ghent")
    for name in ("uno", "due", "tre"):
        torino.publish(name)
    changed = replace(
        torino.members[1], payload=torino.members[1].payload.replace(b"Navetta", b"Navexta")
    )
    ghent.relayed = [torino.members[0], changed, torino.members[2]]
    ghent.publish("fietsen")
    node.knows(ghent.relay, replace(torino.peer, follow=Follow.NOTHING))

    done = await node.reads(ghent.relay, ghent)

    assert (done.new, done.refused) == (3, 1)
    assert "was changed after https://torino.example/ signed it" in node.reasons()[0]
    assert node.titles() == ["fietsen", "tre", "uno"]


async def test_the_true_member_fills_the_hole_a_forgery_left(node: Node) -> None:
    torino, ghent = City("torino"), City("ghent")
    for name in ("uno", "due", "tre"):
        torino.publish(name)
    forged = replace(torino.members[1], payload=torino.members[0].payload)
    ghent.relayed = [torino.members[0], forged, torino.members[2]]
    node.knows(ghent.relay, torino.peer)
    await node.reads(ghent.relay, ghent)

    done = await node.reads(torino.peer, torino)

    assert (done.new, done.known, done.refused) == (1, 2, 0)
    assert node.titles() == ["due", "tre", "uno"]
    assert node.reasons() == []


async def test_a_late_filler_never_undoes_a_later_word(node: Node) -> None:
    torino, ghent = City("torino"), City("ghent")
    torino.publish("uno")
    torino.publish("uno", "Vecchia", Kind.UPDATE)
    torino.publish("uno", "Nuova", Kind.UPDATE)
    forged = replace(torino.members[1], payload=torino.members[0].payload)
    ghent.relayed = [torino.members[0], forged, torino.members[2]]
    node.knows(ghent.relay, torino.peer)
    await node.reads(ghent.relay, ghent)

    await node.reads(torino.peer, torino)

    entry = node.journal.record(torino.members[0].object)
    assert entry is not None
    assert entry.member == torino.members[2]


async def test_a_member_signed_by_a_stranger_is_refused(node: Node) -> None:
    torino = City("torino")
    torino.publish("uno")
    stranger = City("torino", members=list(torino.members))
    node.knows(torino.peer)
    torino.members.append(stranger.sign(**_about(torino, "due")))
    torino.publish("tre")

    done = await node.reads(torino.peer, torino)

    assert (done.new, done.refused) == (2, 1)
    assert node.reasons() == ["no key of https://torino.example/ signed it"]


async def test_another_citys_address_is_refused(node: Node) -> None:
    torino, ghent = City("torino"), City("ghent")
    torino.publish("uno")
    mine = torino.publish("due")
    about_ghent = mine.payload.replace(b"torino.example", b"ghent.example")
    torino.members[-1] = torino.sign(
        object=mine.object.replace("torino", "ghent"),
        payload=about_ghent,
        sequence=2,
        previous=digest(torino.members[0]),
    )
    node.knows(torino.peer, ghent.peer)

    done = await node.reads(torino.peer, torino)

    assert (done.new, done.refused) == (1, 1)
    assert "is not for https://torino.example/ to speak about" in node.reasons()[0]


async def test_statements_about_something_else_than_the_record_are_refused(node: Node) -> None:
    torino = City("torino")
    good = torino.publish("uno")
    extra = b"<https://torino.example/experiments/unox> <urn:p:q> <urn:o:o> .\n"
    rows = sorted([*good.payload.splitlines(keepends=True), extra])
    torino.members[0] = torino.sign(
        object=good.object, payload=b"".join(rows), sequence=1, previous=None
    )
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino)

    assert (done.new, done.refused) == (0, 1)
    assert "something else than its record" in node.reasons()[0]


async def test_after_a_removed_member_the_rest_waits_until_it_is_found(node: Node) -> None:
    torino, ghent = City("torino"), City("ghent")
    for name in ("uno", "due", "tre", "quattro"):
        torino.publish(name)
    ghent.relayed = [torino.members[0], *torino.members[2:]]
    ghent.publish("fietsen")
    node.knows(ghent.relay, torino.peer)

    cut = await node.reads(ghent.relay, ghent)
    reasons = node.reasons()
    titles = node.titles()
    whole = await node.reads(torino.peer, torino)

    assert (cut.new, cut.refused) == (2, 2)
    assert "member 2 of https://torino.example/, which comes before it, is missing" in reasons
    assert titles == ["fietsen", "uno"]
    assert whole.failure is None
    assert node.titles() == ["due", "fietsen", "quattro", "tre", "uno"]
    assert node.reasons() == []


async def test_a_waiting_member_follows_as_soon_as_its_predecessor_is_there(node: Node) -> None:
    torino, ghent, paris = City("torino"), City("ghent"), City("paris")
    for name in ("uno", "due", "tre"):
        torino.publish(name)
    ghent.relayed = [torino.members[0], torino.members[2]]
    paris.relayed = torino.members[:2]
    node.knows(ghent.relay, paris.relay, replace(torino.peer, follow=Follow.NOTHING))
    await node.reads(ghent.relay, ghent)

    done = await node.reads(paris.relay, paris)

    assert (done.new, done.known) == (2, 1)  # the second by Paris, the third from quarantine
    assert node.titles() == ["due", "tre", "uno"]
    assert node.reasons() == []


async def test_an_older_feed_than_before_is_refused(node: Node) -> None:
    torino = City("torino")
    for name in ("uno", "due", "tre"):
        torino.publish(name)
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    torino.members = torino.members[:2]

    done = await node.reads(torino.peer, torino)

    assert done.failure is not None
    assert "went back: it had 3 members, now 2" in done.failure
    assert node.titles() == ["due", "tre", "uno"]


async def test_a_second_history_is_refused(node: Node) -> None:
    torino = City("torino")
    torino.publish("uno")
    torino.publish("due")
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    torino.members.pop()
    torino.publish("altro")

    same_length = await node.reads(torino.peer, torino)
    torino.publish("ancora")
    longer = await node.reads(torino.peer, torino)

    assert "ends with another member" in (same_length.failure or "")
    assert longer.refused == 2
    assert any("has signed two histories" in each for each in node.reasons())
    assert node.titles() == ["due", "uno"]


@pytest.mark.parametrize("fault", ["none", "stranger"])
async def test_a_feed_must_state_its_head_under_its_own_key(node: Node, fault: str) -> None:
    torino = City("torino")
    torino.publish("uno")
    torino.hides_head = fault == "none"
    torino.head_key = keys.generate() if fault == "stranger" else None
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino)

    assert "head of" in (done.failure or "")
    assert node.titles() == []


async def test_a_bad_record_never_stops_the_next(node: Node) -> None:
    torino = City("torino")
    torino.publish("uno")
    torino.publish("due", themes=(), source_pages=())
    torino.publish("tre")
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino)

    assert (done.new, done.refused) == (2, 1)
    assert node.titles() == ["tre", "uno"]
    [refusal] = known.refusals(node.journal)
    assert refusal.iri == torino.members[1].iri


async def test_what_was_refused_for_its_content_can_be_released(node: Node) -> None:
    torino = City("torino")
    torino.publish("uno", source_pages=())
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)

    with node.journal.transaction() as db:
        released = accept(db, torino.members[0].iri)

    assert released
    assert node.titles() == ["uno"]
    assert node.reasons() == []


async def test_a_city_that_is_not_known_is_refused_until_it_is_added(node: Node) -> None:
    torino, ghent = City("torino"), City("ghent")
    torino.publish("uno")
    ghent.relayed = list(torino.members)
    node.knows(ghent.relay)

    before = await node.reads(ghent.relay, ghent)
    reasons = node.reasons()
    node.knows(replace(torino.peer, follow=Follow.NOTHING))
    after = await node.reads(ghent.relay, ghent)

    assert (before.new, before.refused) == (0, 1)
    assert "no key of https://torino.example/ is known here" in reasons[0]
    assert (after.new, after.refused) == (1, 0)


async def test_on_its_own_feed_a_city_speaks_only_for_itself(node: Node) -> None:
    torino, ghent = City("torino"), City("ghent")
    torino.publish("uno")
    ghent.members = list(torino.members)
    node.knows(ghent.peer, torino.peer)

    done = await node.reads(ghent.peer, ghent)

    assert (done.new, done.refused) == (0, 1)
    assert "may speak only for itself" in node.reasons()[0]


async def test_a_member_from_the_future_is_refused(node: Node) -> None:
    torino = City("torino", clock=NOON + timedelta(hours=1))
    torino.publish("uno")
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino)

    assert (done.new, done.refused) == (0, 1)
    assert "dated in the future" in node.reasons()[0]


async def test_a_mass_withdrawal_is_held_and_the_records_stay(node: Node) -> None:
    torino = City("torino")
    for number in range(20):
        torino.publish(f"prova-{number}")
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    for number in range(5):
        torino.withdraw(f"prova-{number}")
    torino.publish("nuova")

    done = await node.reads(torino.peer, torino)

    assert (done.deleted, done.refused, done.new) == (0, 5, 1)
    assert len(node.titles()) == 21
    assert "withdraws 5 of 20 records at once" in node.reasons()[0]


async def test_a_few_withdrawals_are_carried_out(node: Node) -> None:
    torino = City("torino")
    for number in range(20):
        torino.publish(f"prova-{number}")
    node.knows(torino.peer)
    await node.reads(torino.peer, torino)
    for number in range(4):
        torino.withdraw(f"prova-{number}")

    done = await node.reads(torino.peer, torino)

    assert (done.deleted, done.refused) == (4, 0)
    assert len(node.titles()) == 16


async def test_a_round_that_broke_off_goes_on_where_it_was(node: Node) -> None:
    torino = City("torino")
    for number in range(600):
        torino.publish(f"prova-{number}")
    node.knows(torino.peer)
    torino.answers["feed/pages/1"] = lambda _, __: httpx.Response(500)

    first = await node.reads(torino.peer, torino)
    torino.answers.clear()
    torino.requests.clear()
    second = await node.reads(torino.peer, torino)

    assert first.new == 250
    assert "status 500" in (first.failure or "")
    assert (second.new, second.failure) == (350, None)
    assert "/feed/pages/0" not in [request.url.path for request in torino.requests]


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        (httpx.Response(503, headers={"Retry-After": "120"}), "status 503"),
        (body(b"\xff\xfe"), "not UTF-8"),
        (body("this is no RDF"), ""),
        (body(""), "names 0 views"),
        (body("{" * 60_000, "application/ld+json"), "nested deeper"),
        (body('{"@id":"urn:a:b","@id":"urn:a:c"}', "application/ld+json"), "same key twice"),
        (
            body('{"urn:x":{"@id":"urn:a","@\\u0069d":"urn:b"}}', "application/ld+json"),
            "same key twice",
        ),
        (
            body('{"@\\u0063ontext":"https://evil.example/c"}', "application/ld+json"),
            "none is fetched",
        ),
        (
            body(
                '{"@\\u0063ontext":{"@\\u0069mport":"https://evil.example/c"}}',
                "application/ld+json",
            ),
            "imports",
        ),
        (body("<html></html>", "text/html"), "no syntax of a feed"),
    ],
)
async def test_an_answer_that_is_no_feed_ends_the_round_in_words(
    node: Node, spoiled: httpx.Response, reason: str
) -> None:
    torino = City("torino")
    torino.publish("uno")
    torino.answers["feed"] = lambda _, __: spoiled
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino)

    assert done.failure is not None
    assert reason in done.failure
    assert done.seen == 0


async def test_a_relation_that_leads_elsewhere_is_not_followed(node: Node) -> None:
    torino, ghent = City("torino"), City("ghent")
    for number in range(30):
        torino.publish(f"prova-{number}")
    page = torino.page("feed")
    assert page is not None
    text = nquads(page).replace(
        "https://torino.example/feed/pages/0", "https://ghent.example/feed/pages/0"
    )
    torino.answers["feed"] = lambda _, __: body(text)
    node.knows(torino.peer, ghent.peer)

    done = await node.reads(torino.peer, torino, ghent)

    assert "leads away from" in (done.failure or "")
    assert ghent.requests == []


async def test_a_feed_that_runs_in_a_circle_is_left(node: Node) -> None:
    torino = City("torino")
    for number in range(600):
        torino.publish(f"prova-{number}")
    page = torino.page("feed/pages/0")
    root = torino.page("feed")
    assert page is not None
    assert root is not None
    looped = nquads(replace(page, links=root.links))
    torino.answers["feed/pages/0"] = lambda _, __: body(looped)
    node.knows(torino.peer)

    done = await node.reads(torino.peer, torino)

    assert "runs in a circle" in (done.failure or "")


async def test_a_peer_without_an_answer_is_told_in_words(node: Node) -> None:
    torino = City("torino")
    node.knows(torino.peer)

    done = await node.reads(torino.peer)

    assert "did not answer: no such host" in (done.failure or "")
    assert issubclass(FederationError, Exception)


def _about(city: City, slug: str) -> dict[str, object]:
    member = City(city.id).publish(slug)
    return {"object": member.object, "payload": member.payload}
