"""A portal without a feed: what changes there becomes signed members, and nothing else does."""

from dataclasses import replace
from pathlib import Path

import pytest

from federation import signing
from federation.member import Kind, digest, document
from nodes.publishing import Draft
from tests.federation.dcat.portal import LIMITS, ME, Dataset, Observer, portal, strict
from tests.federation.ldes.publisher import Page, counts


@pytest.mark.parametrize("syntax", ["ttl", "xml", "jsonld"])
async def test_new_changed_and_vanished_datasets_become_members_in_every_syntax(
    tmp_path: Path, syntax: str
) -> None:
    me = Observer(tmp_path)
    async with portal(syntax, per_page=2) as torino:
        torino.shows(
            *(Dataset(f"d{n}") for n in range(5)), Dataset("altro", keywords=("bilancio",))
        )
        first = await me.looks(torino.peer)
        torino.shows(
            *(Dataset(f"d{n}") for n in range(5)), Dataset("altro", keywords=("bilancio",))
        )
        again = await me.looks(torino.peer)
        torino.shows(
            Dataset("d0", title="Navetta al campus"), *(Dataset(f"d{n}") for n in range(2, 6))
        )
        third = await me.looks(torino.peer)

    assert (first.failure, counts(first), first.others) == (None, (5, 0, 0, 0, 0), 1)
    assert (again.failure, counts(again)) == (None, (0, 0, 0, 5, 0))
    assert (third.failure, counts(third)) == (None, (1, 1, 1, 3, 0))
    assert set(me.titles()) == {"d0", "d2", "d3", "d4", "d5"}
    assert me.titles()["d0"] == "Navetta al campus"


async def test_members_are_ours_signed_chained_and_name_where_they_were_observed(
    tmp_path: Path,
) -> None:
    me = Observer(tmp_path)
    async with portal() as torino:
        torino.shows(Dataset("uno"))
        await me.looks(torino.peer)
        torino.shows(Dataset("uno", title="Navetta due"))
        await me.looks(torino.peer)
        torino.shows(Dataset("due"))
        await me.looks(torino.peer)
        source = torino.source("uno")

    about_uno = [each for each in me.members() if each.source == source]
    key = me.key.public(ME).multibase
    assert [each.kind for each in about_uno] == [Kind.CREATE, Kind.UPDATE, Kind.DELETE]
    assert len({each.object for each in about_uno}) == 1
    assert about_uno[0].object.startswith(f"{ME}experiments/observed-uno-")
    for before, member in zip([None, *me.members()], me.members(), strict=False):
        assert member.observed
        assert member.previous == (digest(before) if before else None)
        assert member.proof is not None
        assert signing.verify(document(member), member.proof, key)


async def test_an_unchanged_catalogue_costs_one_request_a_page_and_no_parsing(
    tmp_path: Path,
) -> None:
    me = Observer(tmp_path)
    async with portal(per_page=2) as torino:
        torino.shows(*(Dataset(f"d{n}") for n in range(6)))
        await me.looks(torino.peer)
        torino.web.asked.clear()
        again = await me.looks(torino.peer)
        asked, looked = list(torino.web.asked), me.reader.looked
        for page in torino.web.pages.values():
            assert isinstance(page, Page)
            page.etag = False
        same_bytes = await me.looks(torino.peer)

    assert asked == ["catalog.ttl", "catalog.ttl?page=2", "catalog.ttl?page=3"]
    assert (again.received_bytes, counts(again), again.interval) == (0, (0, 0, 0, 6, 0), None)
    assert same_bytes.interval == 60  # it had to send three pages: it is asked less often
    assert (counts(same_bytes), me.reader.looked) == ((0, 0, 0, 6, 0), looked)
    assert len(me.members()) == 6


@pytest.mark.parametrize("trouble", ["gone", "error", "broken", "elsewhere", "fewer", "empty"])
async def test_a_snapshot_that_is_not_whole_withdraws_nothing(tmp_path: Path, trouble: str) -> None:
    me = Observer(tmp_path)
    async with portal(per_page=2) as torino:
        datasets = [Dataset(f"d{n}") for n in range(6)]
        torino.shows(*datasets)
        await me.looks(torino.peer)
        torino.shows(*datasets[:4])
        pages = torino.web.pages
        if trouble == "gone":
            del pages["catalog.ttl?page=2"]
        elif trouble == "error":
            pages["catalog.ttl?page=2"] = Page("", status=503, etag=False)
        elif trouble == "broken":
            pages["catalog.ttl?page=2"] = Page("<a> <b> ", etag=False)
        elif trouble == "elsewhere":
            pages["catalog.ttl?page=2"] = Page(
                "<> <http://www.w3.org/ns/hydra/core#next> <https://other.example/p3> ."
            )
        elif trouble == "fewer":
            torino.shows(*datasets[:4], total=6)
        else:
            torino.shows()
        round_ = await me.looks(torino.peer)
        torino.shows(*datasets[:4])
        mended = await me.looks(torino.peer)

    assert round_.failure is not None
    assert round_.deleted == 0
    assert (mended.failure, mended.deleted) == (None, 2)
    assert set(me.titles()) == {"d0", "d1", "d2", "d3"}


async def test_more_than_a_fifth_is_held_until_it_comes_back_or_a_person_decides(
    tmp_path: Path,
) -> None:
    me = Observer(tmp_path)
    async with portal() as torino:
        datasets = [Dataset(f"d{n}") for n in range(10)]
        torino.shows(*datasets)
        await me.looks(torino.peer)
        torino.shows(*datasets[:6])
        held = await me.looks(torino.peer, strict())
        still = await me.looks(torino.peer, strict())
        reasons = me.reasons()
        torino.shows(*datasets[:9])
        back = await me.looks(torino.peer, strict())

    assert (held.deleted, held.refused) == (0, 4)
    assert (still.deleted, still.refused) == (0, 0)
    assert len(reasons) == 4
    assert "withdraws 4 of 10 records at once" in reasons[0]
    assert (back.deleted, back.refused) == (1, 0)
    assert len(me.titles()) == 9
    assert me.reasons() == []


async def test_a_dataset_that_cannot_be_a_record_is_told_and_stops_no_other(
    tmp_path: Path,
) -> None:
    me = Observer(tmp_path)
    async with portal() as torino:
        torino.shows(Dataset("uno"), Dataset("due", description=" "))
        first = await me.looks(torino.peer)
        torino.shows(Dataset("uno"), Dataset("due"))
        mended = await me.looks(torino.peer)
        torino.shows(Dataset("uno", description=" "), Dataset("due"))
        worse = await me.looks(torino.peer)

    assert counts(first) == (1, 0, 0, 0, 1)
    assert counts(mended) == (1, 0, 0, 1, 0)
    assert counts(worse) == (0, 0, 0, 1, 1)
    assert set(me.titles()) == {"uno", "due"}
    assert me.reasons() == ["it has no description (dcterms:description)"]


async def test_what_an_officer_took_back_is_not_told_again(tmp_path: Path) -> None:
    me = Observer(tmp_path)
    async with portal() as torino:
        torino.shows(Dataset("uno"), Dataset("due"))
        await me.looks(torino.peer)
        [taken] = [each for each in me.members() if each.source == torino.source("uno")]
        drafts = [Draft(kind=Kind.DELETE, object=taken.object, source=taken.source)]
        me.journal.publish(lambda newest: me.signed(newest, drafts), None, me.now)
        torino.shows(Dataset("uno", title="Un altro titolo"), Dataset("due"))
        changed = await me.looks(torino.peer)
        torino.shows(Dataset("due"))
        gone = await me.looks(torino.peer)
        torino.shows(Dataset("uno"), Dataset("due"))
        back = await me.looks(torino.peer)

    assert counts(changed) == (0, 0, 0, 2, 0)
    assert counts(gone) == (0, 0, 0, 1, 0)
    assert counts(back) == (0, 0, 0, 2, 0)
    assert set(me.titles()) == {"due"}


async def test_a_catalogue_cannot_make_this_node_say_more_than_so_much_at_once(
    tmp_path: Path,
) -> None:
    me, few = Observer(tmp_path), replace(LIMITS, observed_per_round=3)
    async with portal(per_page=2) as torino:
        torino.shows(*(Dataset(f"d{n}") for n in range(10)))
        first = await me.looks(torino.peer, few)
        told = len(me.members())
        rounds = [await me.looks(torino.peer, few) for _ in range(2)]

    assert "the rest comes later" in (first.failure or "")
    assert told == 4
    assert rounds[-1].failure is None
    assert len(me.members()) == 10
