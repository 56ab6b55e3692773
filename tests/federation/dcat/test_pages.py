"""A catalogue on many pages: each way in which portals say where the rest of it is."""

from pathlib import Path

import pytest

from tests.federation.dcat.portal import PREFIXES, Observer, portal
from tests.federation.ldes.publisher import Page, counts

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
