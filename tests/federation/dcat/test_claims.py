"""A city that speaks for itself: what was observed of it makes way, and comes back when needed."""

from pathlib import Path

from federation.harvest import harvest
from federation.limits import Limits
from nodes.journal import known
from tests.city import City, World, experiment
from tests.federation.dcat.portal import Dataset, Observer, portal, strict
from tests.federation.direct import DirectExaminer
from tests.federation.ldes.publisher import counts
from vocab.triples import to_payload


async def hears(me: Observer, city: City) -> None:
    """Read what a city that signs says."""
    if city.base not in {each.base for each in known.peers(me.journal)}:
        known.add_peer(me.journal, city.peer, me.now)
    limits = Limits()
    async with World(city).client() as client:
        await harvest(
            client, city.peer, me.inbox, DirectExaminer(limits), limits=limits, now=me.now
        )


def speaks(city: City, slug: str, source: str) -> None:
    """Sign a record that says that it comes from a source."""
    record = experiment(city.base, slug, source_pages=(source,))
    city.say(object=record.iri, payload=to_payload(record))


async def test_a_copy_makes_way_for_the_record_its_city_signs_and_returns_without_it(
    tmp_path: Path,
) -> None:
    me, torino = Observer(tmp_path), City("torino")
    async with portal() as web:
        web.shows(Dataset("uno"), Dataset("due"))
        await me.looks(web.peer)
        speaks(torino, "navetta", web.source("uno"))
        await hears(me, torino)
        spoken = await me.looks(web.peer)
        again = await me.looks(web.peer)
        only = {each for each in me.titles() if each}
        torino.withdraw("navetta")
        await hears(me, torino)
        back = await me.looks(web.peer)

    assert counts(spoken) == (0, 0, 1, 2, 0)
    assert counts(again) == (0, 0, 0, 2, 0)
    assert only == {"due"}
    assert counts(back) == (1, 0, 0, 1, 0)
    assert set(me.titles()) == {"uno", "due"}


async def test_a_city_that_claims_a_whole_portal_waits_for_a_person(tmp_path: Path) -> None:
    me, torino = Observer(tmp_path), City("torino")
    async with portal() as web:
        web.shows(*(Dataset(f"d{n}") for n in range(5)))
        await me.looks(web.peer)
        for number in range(5):
            speaks(torino, f"t{number}", web.source(f"d{number}"))
        await hears(me, torino)
        held = await me.looks(web.peer, strict())

    assert (held.deleted, held.refused) == (0, 5)
    assert len(me.titles()) == 5
    assert f"its city tells of it itself now: {torino.base}experiments/t0" in me.reasons()[-1]


async def test_a_dataset_in_two_catalogues_is_told_once(tmp_path: Path) -> None:
    me = Observer(tmp_path)
    async with portal() as city, portal() as state:
        city.shows(Dataset("uno"))
        [page] = city.web.pages.values()
        state.web.pages["catalog.ttl"] = page
        await me.looks(city.peer)
        second = await me.looks(state.peer)
        known.remove_peer(me.journal, city.peer.base, me.now)
        known.add_peer(me.journal, state.peer, me.now)
        taken = await me.looks(state.peer)
        state.shows(Dataset("altro"))
        gone = await me.looks(state.peer)

    assert counts(second) == (0, 0, 0, 1, 0)
    assert counts(taken) == (0, 0, 0, 1, 0)
    assert counts(gone) == (1, 0, 1, 0, 0)
    assert set(me.titles()) == {"altro"}
