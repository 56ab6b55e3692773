"""A feed that only a catalogue names: found, shown, and read when an officer says so."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from federation.dcat.meeting import find_streams
from federation.errors import BadChoice, FederationError
from federation.fetch import open_client
from nodes.commands import peers, upkeep
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.errors import JournalError
from nodes.journal import known, observed
from tests.federation.dcat.portal import LIMITS, ME, PREFIXES, Dataset, LooksHere, Portal, portal
from tests.federation.ldes.publisher import STREAM, Page, version
from tests.journeys.places import found as place

NAMED = {
    "download": '<#s> a dcat:Dataset ; dct:title "Eventi"@it ; dct:type ldes:EventStream ; '
    "dcat:distribution [ dcat:downloadURL <{base}eventi> ] .",
    "service": "<#s> a ldes:EventStream . [] a dcat:DataService ; dcat:servesDataset <#s> ; "
    "dcat:endpointURL <{base}eventi> .",
    "source": "<#s> a dcat:Dataset ; dcat:distribution <#e> . "
    "<#e> a ldes:EventSource ; dcat:downloadURL <{base}eventi> .",
}


def names(city: Portal, how: str) -> None:
    """Let the site have a catalogue that names a feed, and the feed."""
    said = NAMED[how].replace("{base}", city.base)
    city.web.pages["catalog.ttl"] = Page(f"{PREFIXES}<> a dcat:Catalog . {said}")
    stream = (STREAM + version("uno", 1)).replace("tree:view <feed>", "tree:view <eventi>")
    city.web.turtle("eventi", stream)


@pytest.mark.parametrize("how", NAMED)
async def test_a_feed_is_found_however_the_catalogue_names_it(how: str) -> None:
    async with portal() as city, open_client(agent="me", limits=LIMITS, allow_private=True) as web:
        names(city, how)
        found, where = await find_streams(web, city.base, LooksHere(), base=ME, limits=LIMITS)

    assert [each.root for each in found] == [f"{city.base}eventi"]
    assert where == city.catalogue


async def test_a_site_that_is_no_node_is_read_through_its_catalogue_when_a_person_says_yes(
    tmp_path: Path,
) -> None:
    me = place("me", tmp_path)
    async with portal() as city:
        names(city, "download")
        base = f"{city.base}eventi"
        with pytest.raises(BadChoice, match="--unsigned"):
            await asyncio.to_thread(peers.add, city.base, folder=me.folder, yes=True)
        words = ["add", city.base, "--folder", str(me.folder)]
        shown = await asyncio.to_thread(CliRunner().invoke, peers.app, words, input="y\n")

    with open_desk(read_config(me.folder)) as desk:
        [peer] = known.peers(desk.journal)
    assert (peer.base, peer.follow.value) == (base, "unsigned")
    assert f"names the feed {base}" in shown.output


async def test_a_site_with_a_catalogue_and_no_feed_is_told_how_to_be_observed(
    tmp_path: Path,
) -> None:
    me = place("me", tmp_path)
    async with portal() as city, portal() as nothing:
        city.shows(Dataset("uno"))
        with pytest.raises(BadChoice, match="--dcat"):
            await asyncio.to_thread(peers.add, city.base, folder=me.folder, yes=True)
        with pytest.raises(FederationError, match=r"did\.json"):
            await asyncio.to_thread(peers.add, nothing.base, folder=me.folder, yes=True)


async def test_a_withdrawal_that_was_held_is_carried_out_by_a_person(tmp_path: Path) -> None:
    me = place("me", tmp_path)
    async with portal() as city:
        city.shows(*(Dataset(f"d{n}") for n in range(4)))
        told = {"dcat": True, "about": ["keyword=sperimentazione"], "yes": True}
        await asyncio.to_thread(peers.add, city.catalogue, folder=me.folder, **told)
        await asyncio.to_thread(peers.harvest, folder=me.folder)
        city.shows(Dataset("d0"), Dataset("d1"))
        await asyncio.to_thread(peers.harvest, folder=me.folder)
        with open_desk(read_config(me.folder)) as desk:
            held = [each.iri for each in known.refusals(desk.journal)]
            desk.journal.db().execute(
                "CREATE TRIGGER cut_off BEFORE UPDATE OF state ON observed "
                "BEGIN SELECT RAISE (ABORT, 'the power is gone'); END"
            )
            with pytest.raises(JournalError):
                await asyncio.to_thread(upkeep.release, held[0], folder=me.folder)
            assert len(list(desk.journal.records())) == 4, "all of a withdrawal is kept, or nothing"
            desk.journal.db().execute("DROP TRIGGER cut_off")
        await asyncio.to_thread(upkeep.release, held[0], folder=me.folder)

    with open_desk(read_config(me.folder)) as desk:
        assert len(held) == 2
        assert len(list(desk.journal.records())) == 3
        assert [each.iri for each in known.refusals(desk.journal)] == held[1:]
        assert observed.live_count(desk.journal, city.catalogue) == 3


async def test_what_an_officer_mistypes_is_told_before_anything_is_kept(tmp_path: Path) -> None:
    me = place("me", tmp_path)
    for told in ({"country": "Italia"}, {"theme": ["x-y"]}, {"licence": "CC"}, {"language": "?"}):
        with pytest.raises(BadChoice):
            peers.add("https://dati.example/c.ttl", folder=me.folder, dcat=True, yes=True, **told)

    with open_desk(read_config(me.folder)) as desk:
        assert known.peers(desk.journal) == []
