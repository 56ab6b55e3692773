"""Create, update and delete, transactions and retention: clauses C3, C12 and C13."""

from datetime import timedelta
from pathlib import Path

import pytest

from federation.peers import Round
from nodes.journal import known
from nodes.journal.inbox import accept
from nodes.journal.unsigned import UnsignedInbox
from tests.federation.ldes.publisher import (
    PREFIXES,
    STREAM,
    Page,
    Publisher,
    Reader,
    at,
    counts,
    publisher,
    said,
    version,
)

ACTS = """<#stream> tree:view <feed> ; ldes:timestampPath as:published ;
  ldes:versionOfPath as:object ; ldes:versionCreateObject as:Create ;
  ldes:versionUpdateObject as:Update ; ldes:versionDeleteObject as:Delete .
"""


def act(kind: str, slug: str, minute: int, title: str = "Navetta", more: str = "") -> str:
    """An activity about a record, whose payload is its graph."""
    record = f"<act/{minute}> {{ <id/{slug}> {said(slug, title)} ; dct:created {at(1)} . }}\n"
    typed = f"a as:{kind} ; " if kind else ""
    return (
        f"<#stream> tree:member <act/{minute}> .\n<act/{minute}> {typed}as:object <id/{slug}> ; "
        f"as:published {at(minute)} {more} .\n" + ("" if kind == "Delete" else record)
    )


def serve(city: Publisher, *parts: str) -> None:
    city.pages["feed"] = Page(PREFIXES + "".join(parts), "application/trig")


async def test_created_changed_and_deleted_records_are_told_apart(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        one, two = act("Create", "uno", 1), act("Create", "due", 2)
        serve(city, ACTS, one, two)
        first = await reader.reads(city.peer)
        serve(city, ACTS, one, two, act("Update", "uno", 3, "Autobus"), act("Delete", "due", 4))

        done = await reader.reads(city.peer)

    assert counts(first) == (2, 0, 0, 0, 0), reader.reasons()
    assert counts(done) == (0, 1, 1, 2, 0), reader.reasons()
    assert reader.titles() == {"uno": "Autobus"}


async def test_a_member_without_a_type_is_an_upsert(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        serve(city, ACTS, act("", "uno", 1), act("", "uno", 2, "Autobus"))

        done = await reader.reads(city.peer)

    assert (done.new, done.changed) == (1, 1)
    assert reader.titles() == {"uno": "Autobus"}


async def test_other_words_for_create_and_delete_are_those_the_stream_declares(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        stream = (
            STREAM
            + '<#stream> ldes:versionDeletePath adms:status ; ldes:versionDeleteObject "gone" .\n'
        )
        gone = (
            "<#stream> tree:member <v/2> . <v/2> dct:isVersionOf <id/uno> ; "
            f'dct:created {at(2)} ; adms:status "gone" .\n'
        )
        city.turtle("feed", stream + version("uno", 1) + version("due", 1) + gone)

        done = await reader.reads(city.peer)

    assert counts(done) == (2, 0, 1, 0, 0), reader.reasons()
    assert set(reader.titles()) == {"due"}


async def test_the_newest_version_wins_in_whatever_order_versions_come(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        stream = STREAM.replace("ldes:timestampPath", "ldes:versionTimestampPath")
        city.turtle("feed", stream + version("uno", 9, "Nuovo"))
        await reader.reads(city.peer)
        city.turtle("feed", stream + version("uno", 9, "Nuovo") + version("uno", 3, "Vecchio"))

        done = await reader.reads(city.peer)
        again = await reader.reads(city.peer)

    assert (done.failure, done.changed, done.refused) == (None, 0, 0)
    assert reader.titles() == {"uno": "Nuovo"}
    assert again.seen == 0


async def test_a_sequence_tells_versions_of_one_instant_apart(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        stream = STREAM + "<#stream> ldes:sequencePath cn:position .\n"
        members = "".join(
            version("uno", 5, f"Numero {n}").replace("versions/uno/5", f"versions/{n}")
            + f"<versions/{n}> cn:position {n} .\n"
            for n in (10, 9, 2)
        )
        city.turtle("feed", stream + members)

        done = await reader.reads(city.peer)

    assert (done.failure, done.refused) == (None, 0)
    assert reader.titles() == {"uno": "Numero 10"}


async def test_a_late_version_does_not_bring_back_what_was_deleted(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        serve(city, ACTS, act("Create", "due", 1), act("Delete", "uno", 9))
        await reader.reads(city.peer)
        serve(city, ACTS, act("Delete", "uno", 9), act("Create", "due", 1), act("Create", "uno", 3))

        await reader.reads(city.peer)

    assert set(reader.titles()) == {"due"}


async def test_c13_an_upsert_takes_the_place_of_the_statements_before(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        before = version("uno", 1, more="; foaf:page <https://example.org/old>")
        city.turtle("feed", STREAM + before)
        await reader.reads(city.peer)
        city.turtle("feed", STREAM + before + version("uno", 2))

        await reader.reads(city.peer)

    [entry] = reader.journal.records()
    assert b"example.org/old" not in entry.member.payload


TRANSACTIONS = ACTS + (
    "<#stream> ldes:transactionPath cn:partOf ; ldes:transactionFinalizedPath cn:last .\n"
)


async def test_c3_a_transaction_is_kept_when_its_last_member_came(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        one = act("Create", "uno", 1, more='; cn:partOf "t1"')
        free = act("Create", "solo", 2)
        serve(city, TRANSACTIONS, one, free)
        open_ = await reader.reads(city.peer)
        waiting = set(reader.titles())
        last = act("Create", "due", 3, more='; cn:partOf "t1" ; cn:last true')
        serve(city, TRANSACTIONS, free, last)  # the first one moved to a page that is sealed

        done = await reader.reads(city.peer)

    assert (open_.failure, open_.new) == (None, 1)
    assert waiting == {"solo"}
    assert (done.failure, done.new) == (None, 2)
    assert set(reader.titles()) == {"uno", "due", "solo"}


def keeping(policy: str) -> str:
    return ACTS + f"<feed> ldes:retentionPolicy [ {policy} ] .\n"


async def absent(
    tmp_path: Path, policy: str, days: float, left: tuple[str, ...]
) -> tuple[Reader, Round]:
    """Read a feed of ten records, stay away, and find only some of them there."""
    reader = Reader(tmp_path)
    async with publisher() as city:
        members = {f"e{n}": act("Create", f"e{n}", n) for n in range(10)}
        serve(city, keeping(policy), *members.values())
        await reader.reads(city.peer)
        reader.now += timedelta(days=days)
        serve(city, keeping(policy), *(members[each] for each in left))
        return reader, await reader.reads(city.peer)


LATEST = 'ldes:versionAmount 1 ; ldes:versionDeleteDuration "P30D"^^xsd:duration'
OLD = 'a ldes:LatestVersionSubset ; ldes:amount 1 ; ldes:versionDeleteDuration "P30D"^^xsd:duration'
NINE = tuple(f"e{n}" for n in range(9))


@pytest.mark.parametrize("policy", [LATEST, OLD])
async def test_c12_after_a_long_absence_what_the_feed_holds_no_more_is_withdrawn(
    tmp_path: Path, policy: str
) -> None:
    reader, done = await absent(tmp_path, policy, 31, NINE)

    assert (done.failure, done.deleted, done.known) == (None, 1, 9)
    assert set(reader.titles()) == set(NINE)


async def test_c12_after_a_short_absence_nothing_is_concluded(tmp_path: Path) -> None:
    reader, done = await absent(tmp_path, LATEST, 29, NINE)

    assert (done.failure, done.deleted) == (None, 0)
    assert len(reader.titles()) == 10


@pytest.mark.parametrize(
    "policy",
    [
        'ldes:fullLogDuration "P30D"^^xsd:duration ; '
        'ldes:versionDeleteDuration "P30D"^^xsd:duration',
        'a ldes:DurationAgoPolicy ; tree:value "P30D"^^xsd:duration',
        f"a ldes:PointInTimePolicy ; ldes:pointInTime {at(5)}",
        "",
    ],
)
async def test_c12_a_window_that_moved_on_says_nothing_about_what_left_it(
    tmp_path: Path, policy: str
) -> None:
    reader, done = await absent(tmp_path, policy, 31, NINE)

    assert (done.failure, done.deleted) == (None, 0)
    assert len(reader.titles()) == 10


async def test_c12_a_feed_that_lost_most_of_its_records_is_held_for_a_person(
    tmp_path: Path,
) -> None:
    reader, done = await absent(tmp_path, LATEST, 31, NINE[:3])

    assert (done.failure, done.deleted, done.refused) == (None, 0, 7)
    assert len(reader.titles()) == 10
    assert "release them" in reader.reasons()[0]


async def test_a_feed_that_deletes_most_of_its_records_is_held_for_a_person(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        members = [act("Create", f"e{n}", n) for n in range(10)]
        serve(city, ACTS, *members)
        await reader.reads(city.peer)
        serve(city, ACTS, *members, *(act("Delete", f"e{n}", 20 + n) for n in range(5)))

        done = await reader.reads(city.peer)

    assert (done.failure, done.deleted, done.refused) == (None, 0, 5)
    assert len(reader.titles()) == 10


async def test_a_history_with_many_deletions_is_read_as_it_happened(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        members = [act("Create", f"e{n}", n) for n in range(10)]
        serve(city, ACTS, *members, *(act("Delete", f"e{n}", 20 + n) for n in range(9)))

        done = await reader.reads(city.peer)

    assert counts(done) == (10, 0, 9, 0, 0), reader.reasons()
    assert set(reader.titles()) == {"e9"}


async def test_a_withdrawal_that_was_held_is_carried_out_when_an_officer_says_so(
    tmp_path: Path,
) -> None:
    reader, _ = await absent(tmp_path, LATEST, 31, NINE[:3])
    held = [each.iri for each in known.refusals(reader.journal) if each.status == "held"]

    with reader.journal.transaction() as db:
        released = [accept(db, each) for each in held]

    assert released == [True] * 7
    assert set(reader.titles()) == set(NINE[:3])
    assert reader.reasons() == []


async def test_a_round_that_died_before_its_end_leaves_its_withdrawals_to_the_next(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        members = [act("Create", f"e{n}", n) for n in range(10)]
        serve(city, ACTS, *members)
        await reader.reads(city.peer)
        inbox = UnsignedInbox(inbox=reader.inbox)
        await inbox.withdraw(city.peer, [f"{city.base}id/e1"])
        there = len(reader.titles())

        done = await reader.reads(city.peer)

    assert (there, done.deleted, len(reader.titles())) == (10, 1, 9)
