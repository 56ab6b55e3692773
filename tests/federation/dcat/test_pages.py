"""A catalogue on many pages: each way in which portals say where the rest of it is."""

from pathlib import Path

import pytest

from federation.peers import Follow, Observing
from tests.federation.dcat.portal import PREFIXES, Observer, portal
from tests.federation.ldes.publisher import PREFIXES as WORDS
from tests.federation.ldes.publisher import Page, counts, said

EU = "http://publications.europa.eu/resource/authority/"


def dataset(slug: str) -> str:
    return (
        f'<dataset/{slug}> a dcat:Dataset ; dct:title "{slug}"@it ; dct:description "x"@it ; '
        f'dcat:keyword "sperimentazione" ; dcat:theme <{EU}data-theme/TRAN> ; '
        f'dct:license <{EU}licence/CC0> ; dct:publisher [ foaf:name "Comune" ] .'
    )


LEADS = {
    "hydra:next": "<> hydra:next <p2> .",
    "hydra view": "<> hydra:view [ a hydra:PartialCollectionView ; hydra:next <p2> ] .",
    "hydra text": '<> a hydra:PagedCollection ; hydra:nextPage "{base}p2" .',
    "tree": "<#all> tree:view <> . <> tree:relation [ a tree:Relation ; tree:node <p2> ] .",
    "ldp": "<> <http://www.w3.org/ns/ldp#nextPage> <p2> .",
    "part": "<#all> a dcat:Catalog ; dcat:catalog <p2> .",
    "link": "",
    "described elsewhere": "<#all> a dcat:Catalog ; dcat:dataset <dataset/uno>, <dataset/due> .",
}


@pytest.mark.parametrize("how", LEADS)
async def test_every_page_is_found(tmp_path: Path, how: str) -> None:
    me = Observer(tmp_path)
    async with portal() as city:
        lead = LEADS[how].replace("{base}", city.base)
        link = {"Link": f'<{city.base}>; rel="up", </p2>; rel="next"'} if how == "link" else {}
        pages = city.web.pages
        pages["catalog.ttl"] = Page(f"{PREFIXES}{lead} {dataset('uno')}", headers=link)
        second = f"{PREFIXES}@base <{city.base}> . {dataset('due')}"
        pages["dataset/due" if how == "described elsewhere" else "p2"] = Page(second)
        first = await me.looks(city.peer)
        again = await me.looks(city.peer)

    assert (first.failure, counts(first)) == (None, (2, 0, 0, 0, 0))
    assert (again.failure, counts(again), again.requests) == (None, (0, 0, 0, 2, 0), 2)
    assert set(me.titles()) == {"uno", "due"}


async def test_a_file_with_records_in_our_words_is_observed_like_a_catalogue(
    tmp_path: Path,
) -> None:
    me = Observer(tmp_path)
    async with portal() as city:
        peer = city.told(Observing(), Follow.STATIC)
        both = f"{WORDS}<#uno> {said('uno')} . <#due> {said('due', 'Lampioni')} ."
        city.web.pages["catalog.ttl"] = Page(
            f"{both} {dataset('no')}".replace(WORDS, WORDS + PREFIXES)
        )
        first = await me.looks(peer)
        city.web.pages["catalog.ttl"] = Page(f"{WORDS}<#due> {said('due', 'Lampioni')} .")
        second = await me.looks(peer)

    assert (first.failure, counts(first)) == (None, (2, 0, 0, 0, 0))
    assert (second.failure, counts(second)) == (None, (0, 0, 1, 1, 0))
    assert me.titles() == {"catalog.ttl#due": "Lampioni"}
