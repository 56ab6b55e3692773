"""What a city gives up is gone everywhere, and nobody stumbles over the gap or hides behind it."""

import asyncio
import tempfile
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation import feed
from federation import gap as gapping
from federation.examining import examine
from federation.judging import judge
from federation.keys import generate
from federation.layout import Node
from federation.limits import Limits
from federation.member import Kind
from federation.page import Entry, FeedPage, nquads
from federation.peers import Follow, Peer
from nodes.checking import Report, check_chains, check_journal, check_own_chain
from nodes.erasing import compact, erase
from nodes.errors import NotErasable
from nodes.feeds import Feeds
from nodes.journal import known
from nodes.journal.outbox import JournalOutbox
from tests.federation.giving import BASE, Giver, Reader, city, live, page_of

SECRET = "Pinuccia Zzyxw"
SLUGS = ("a", "b", "c", "d")
STEP = st.one_of(
    st.tuples(
        st.sampled_from(("say", "say", "withdraw", "erase", "clean")), st.sampled_from(SLUGS)
    ),
    st.tuples(st.sampled_from(("days", "compact", "read", "relay", "rotate")), st.just("")),
)


def iri(slug: str) -> str:
    return f"{BASE}experiments/{slug}"


async def agree(giver: Giver, *readers: tuple[Reader, Peer, tuple[Giver | Reader, ...]]) -> None:
    for reader, peer, nodes in readers:
        reader.now = giver.now + timedelta(hours=1)
        for _ in range(3):
            done = await reader.reads(peer, *nodes)
        assert done.failure is None, done.failure
        assert live(reader.journal) == live(giver.journal)


async def play(steps: list[tuple[str, str]], folder: Path) -> None:
    with city(folder / "torino") as giver:
        old, relay = Reader(folder, "old"), Reader(folder, "relay")
        for each in (old, relay):
            each.knows(giver.peer)
        for what, slug in steps:
            if what == "say":
                giver.say(slug)
            elif what == "withdraw":
                giver.withdraw(slug)
            elif what in ("erase", "clean"):
                giver.now += timedelta(minutes=1)
                try:
                    erase(giver.desk, iri(slug), giver.now, keep=what == "clean")
                except NotErasable:
                    continue
            elif what == "days":
                giver.now += timedelta(days=7)
            elif what == "compact":
                compact(giver.desk, giver.now, page=3)
            elif what == "rotate":
                giver.rotate()
            else:
                reader = old if what == "read" else relay
                reader.now = giver.now + timedelta(minutes=1)
                await reader.reads(giver.peer, giver)
        new, far = Reader(folder, "new"), Reader(folder, "far")
        new.knows(giver.peer)
        far.knows(replace(giver.peer, follow=Follow.NOTHING), relay.peer)
        await agree(
            giver,
            (old, giver.peer, (giver,)),
            (relay, giver.peer, (giver,)),
            (new, giver.peer, (giver,)),
            (far, relay.peer, (relay,)),
        )
        report = Report()
        pinned = {BASE: giver.desk.keyring.ring()}
        for each in (giver.journal, old.journal, relay.journal, new.journal, far.journal):
            check_journal(each, pinned, report, lambda _: None)
            check_chains(each, report)
        check_own_chain(giver.journal, report)
        assert report.faults == []
        for each in (old, relay, new, far):
            each.journal.close()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(st.lists(STEP, min_size=5, max_size=40))
def test_whatever_was_given_up_newcomers_and_old_followers_know_the_same_records(
    steps: list[tuple[str, str]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(steps, Path(folder)))


def pages(giver: Giver) -> dict[str, str]:
    """Give every sealed page that the root leads to, by its address."""
    found: dict[str, str] = {}
    root = page_of(giver, "feed")
    assert isinstance(root, FeedPage)
    queue = [link.node for link in root.links]
    while queue:
        address = queue.pop()
        page = page_of(giver, address.removeprefix(BASE))
        assert isinstance(page, FeedPage), "a relation leads to a page that moved or is gone"
        queue.extend(link.node for link in page.links)
        for link in page.links:
            below = page_of(giver, link.node.removeprefix(BASE))
            assert isinstance(below, FeedPage)
            assert all(link.lower <= each.stamp for each in below.entries)
            assert all(link.upper is None or each.stamp < link.upper for each in below.entries)
        if page.sealed:
            found[address] = nquads(page)
    return found


def test_no_page_changes_under_its_address_and_old_ones_lead_on_or_are_gone(tmp_path: Path) -> None:
    seen: dict[str, str] = {}
    with city(tmp_path) as giver:
        for turn in range(6):
            for slug in ("a", "b", "a", "c", "d", "a", f"only-{turn}"):
                giver.say(slug)
            if turn == 3:
                erase(giver.desk, iri("b"), giver.now)
            giver.now += timedelta(days=6)
            compact(giver.desk, giver.now, page=3)
            now = pages(giver)
            for address, text in now.items():
                assert seen.setdefault(address, text) == text
            for address in seen.keys() - now.keys():
                elsewhere = page_of(giver, address.removeprefix(BASE))
                assert elsewhere is None or elsewhere in now or isinstance(elsewhere, str)
        again = compact(giver.desk, giver.now, page=3)

    assert (again.own, again.gaps) == (0, 0)
    assert any(address.rpartition("/")[2].count("-") == 1 for address in seen)


def test_what_was_refused_about_another_record_is_not_erased(tmp_path: Path) -> None:
    with city(tmp_path / "torino") as giver:
        giver.say("a", SECRET)
        giver.say("b")
        said = (f"<{iri('a')}> ", f"<{iri('a')}#place> ", f"<{iri('ab')}> ")
        with giver.desk.journal.transaction() as db:
            for number, each in enumerate(said):
                row = (str(number), BASE, zlib.compress(each.encode()), giver.now.isoformat())
                db.execute(
                    "INSERT INTO quarantine (peer, iri, origin, sequence, reason, status, checked, "
                    "seen) VALUES ('', ?, ?, 0, '', 'refused', ?, ?)",
                    row,
                )
        erase(giver.desk, iri("a"), giver.now)
        kept = giver.desk.journal.db().execute("SELECT iri FROM quarantine").fetchall()

    assert [row["iri"] for row in kept] == ["2"]


async def test_an_erased_text_is_in_no_journal_and_no_stale_relay_brings_it_back(
    tmp_path: Path,
) -> None:
    with city(tmp_path / "torino") as giver:
        giver.say("a", f"Prova di {SECRET}")
        giver.say("b")
        giver.say("a", "Prova")
        giver.say("c")
        follower, stale, new = (Reader(tmp_path, name) for name in ("follower", "stale", "new"))
        for each in (follower, stale):
            each.knows(giver.peer)
            await each.reads(giver.peer, giver)
        [said] = erase(giver.desk, iri("a"), giver.now, text=SECRET.upper())
        new.knows(giver.peer, stale.peer)
        first = await new.reads(giver.peer, giver)
        await new.reads(stale.peer, stale)
        await follower.reads(giver.peer, giver)
        refused = [each.reason for each in known.refusals(new.journal)]
        kept = new.journal.db().execute("SELECT checked FROM quarantine").fetchall()
        owed = [row["member"] for row in new.journal.db().execute("SELECT member FROM erasures")]
        said_still = [
            SECRET.encode() in document
            for reader in (giver, follower, new)
            for document in _documents(reader)
        ]

    assert said.kind is Kind.UPDATE
    assert first.failure is None
    assert refused == [f"{BASE} has erased it"]
    assert all(len(row["checked"]) < 400 for row in kept)
    assert owed == [said.iri]
    assert not any(said_still)
    assert live(new.journal) == live(follower.journal)
    assert len(live(new.journal)) == 3


def _documents(reader: Reader | Giver) -> list[bytes]:
    found = reader.journal.db().execute("SELECT payload FROM members").fetchall()
    return [zlib.decompress(row["payload"]) for row in found]


async def test_a_gap_that_the_origin_did_not_sign_hides_nothing(tmp_path: Path) -> None:
    with city(tmp_path / "torino") as giver:
        for slug in ("a", "b"):
            giver.say(slug)
        giver.withdraw("a")
        giver.say("c")
        reader, members = Reader(tmp_path, "reader"), giver.journal.stream(0, 9, relayed=False)
        reader.knows(giver.peer)
        hidden = members[2].member
        gap = gapping.Gap(
            iri=gapping.name(BASE, 3, 3, 4),
            actor=f"{BASE}#node",
            first=3,
            last=3,
            count=4,
            digest=members[3].member.previous or "",
            published=hidden.published,
            reason=gapping.Reason.RETENTION,
        )
        method = giver.peer.keys[0].method
        forged = gapping.signed(gap, generate(), method=method, created="2026-11-22T08:00:00Z")
        true = gapping.signed(gap, giver.desk.key, method=method, created="2026-11-22T08:00:00Z")
        entries = tuple(Entry(member=each.member) for each in members if each is not members[2])
        outcomes = []
        for said in (forged, true):
            page = page_of(giver, "feed/pages/0")
            assert isinstance(page, FeedPage)
            text = nquads(replace(page, entries=entries, gaps=(said,)))
            examined = examine(
                text.encode(),
                "application/n-quads",
                page.url,
                await reader.inbox.keys(),
                Limits(),
            )
            outcomes.append(examined.gaps)
            await reader.inbox.note_gaps(giver.peer, examined.gaps)
            known_keys = await reader.inbox.keys()
            histories = await reader.inbox.histories([each.member for each in entries])
            verdicts = list(judge(examined.checked, giver.peer, known_keys, histories, giver.now))
            outcomes.append(tuple(each.outcome for each in verdicts))

    assert outcomes[0] == ()
    assert outcomes[1] == ("accepted", "accepted", "refused")
    assert outcomes[3] == ("accepted", "accepted", "accepted")


def test_only_what_the_city_said_itself_can_be_erased(tmp_path: Path) -> None:
    with city(tmp_path) as giver:
        giver.say("a", f"Di {SECRET}")
        for record, more in (
            ("https://ghent.example/experiments/a", {}),
            (iri("never"), {}),
            (iri("a"), {"keep": True}),
            (iri("a"), {"text": SECRET}),
        ):
            with pytest.raises(NotErasable):
                erase(giver.desk, record, giver.now, **more)

        assert giver.journal.size(BASE) == 1


async def test_who_was_away_longer_than_deletions_are_kept_is_put_right(tmp_path: Path) -> None:
    with city(tmp_path / "torino", deletions_days=10) as giver:
        for slug in ("a", "b", "c", "d", "e", "f"):
            giver.say(slug)
        old = Reader(tmp_path, "old")
        old.knows(giver.peer)
        await old.reads(giver.peer, giver)
        giver.withdraw("a")
        giver.now += timedelta(days=30)
        giver.say("g")
        done = compact(giver.desk, giver.now, page=3)
        await agree(giver, (old, giver.peer, (giver,)))

        assert done.own == 2
        assert iri("a") not in live(old.journal)


async def test_who_pinned_a_key_long_ago_follows_over_what_the_next_key_gave_up(
    tmp_path: Path,
) -> None:
    with city(tmp_path / "torino") as giver:
        early, late, far = (Reader(tmp_path, name) for name in ("early", "late", "far"))
        first = giver.peer
        early.knows(first)
        giver.say("a", f"Di {SECRET}")
        giver.say("b")
        for turn in range(2):
            giver.rotate()
            giver.say(f"c-{turn}")
        erase(giver.desk, iri("a"), giver.now)
        late.knows(giver.peer)
        far.knows(replace(first, follow=Follow.NOTHING), late.peer)

        await agree(giver, (early, first, (giver,)), (late, giver.peer, (giver,)))
        await agree(giver, (far, late.peer, (late,)))


async def test_what_was_given_up_with_a_key_that_is_revoked_stays_given_up(tmp_path: Path) -> None:
    with city(tmp_path / "torino") as giver:
        relay, new, far = (Reader(tmp_path, name) for name in ("relay", "new", "far"))
        giver.say("a", f"Di {SECRET}")
        for slug in ("b", "c", "b", "d"):
            giver.say(slug)
        giver.now += timedelta(days=30)
        compact(giver.desk, giver.now, page=3)
        erase(giver.desk, iri("a"), giver.now)
        relay.knows(giver.peer)
        await relay.reads(giver.peer, giver)
        giver.rotate()
        giver.revoke(giver.journal.size(BASE))
        giver.say("e")
        shown = replace(giver.peer, keys=giver.desk.keyring.ring())  # as its DID document has it
        new.knows(shown)
        far.knows(replace(shown, follow=Follow.NOTHING), relay.peer)

        await agree(giver, (new, shown, (giver,)), (relay, shown, (giver,)))
        await agree(giver, (far, relay.peer, (relay,)))


async def test_lost_members_of_another_city_are_told_and_those_it_gave_up_are_not(
    tmp_path: Path,
) -> None:
    with city(tmp_path / "torino") as giver:
        for slug in ("a", "b", "a", "b", "c", "c", "d"):
            giver.say(slug)
        giver.now += timedelta(days=30)
        compact(giver.desk, giver.now, page=3)
        for slug in ("c", "a", "c", "d"):
            giver.say(slug)
        reader = Reader(tmp_path, "reader")
        reader.knows(giver.peer)
        await agree(giver, (reader, giver.peer, (giver,)))
        whole, damaged = Report(), Report()

        check_chains(reader.journal, whole)
        with reader.journal.transaction() as db:
            db.execute("DELETE FROM members WHERE origin = ? AND sequence IN (7, 8)", (BASE,))
        check_chains(reader.journal, damaged)

    assert whole.faults == []
    assert damaged.faults == [f"of {BASE} no members 7 to 8 are here, and no gap says why"]


def test_no_page_that_is_kept_shows_a_gap_of_a_revoked_key(tmp_path: Path) -> None:
    with city(tmp_path / "torino") as giver:
        for slug in ("a", "b", "a", "c", "d", "e"):
            giver.say(slug)
        giver.now += timedelta(days=30)
        compact(giver.desk, giver.now, page=3)
        giver.rotate()
        feeds = Feeds(
            journal=giver.journal,
            city=giver.desk.city,
            key=giver.desk.keyring.key,
            interval=60,
            folder=tmp_path / "pages",
        )
        outbox = JournalOutbox(journal=giver.journal, relayed=False)
        before = [feeds._file(Node(0, number, 3), "nq", outbox) for number in (0, 1)]
        giver.revoke(giver.journal.size(BASE))
        after = [feeds._file(Node(0, number, 3), "nq", outbox) for number in (0, 1)]
        page = page_of(giver, f"feed/pages/0-{feed.edition(outbox, Node(0, 0, 3), 8)}")
        present = giver.peer.keys[0].method

    assert isinstance(page, FeedPage)
    assert [gap.proof.method for gap in page.gaps if gap.proof] == [present]
    assert before[0] != after[0]
    assert before[1] == after[1]
