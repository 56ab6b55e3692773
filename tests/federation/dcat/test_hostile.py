"""Catalogues that mean harm: refused in words, and nothing that was observed is lost."""

from pathlib import Path

import pytest

from federation.dcat.reading import Looking, read_catalogue
from federation.errors import PageUnreadable
from federation.limits import Limits
from federation.peers import Observing
from nodes.examiner import SandboxExaminer
from nodes.sandbox.pool import Sandbox
from tests.federation.dcat.portal import LIMITS, ME, PREFIXES, Dataset, Observer, portal
from tests.federation.ldes.publisher import Page

URL = "https://dati.example/catalog"
LOOKING = Looking(base=ME, told=Observing(about=("keyword=x",)), now="2026-11-22T12:00:00Z")
XML = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa">]><rdf:RDF xmlns:rdf="{}">{}</rdf:RDF>'
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.mark.parametrize(
    ("body", "media_type", "words"),
    [
        (b"<html>", "text/html", "web page"),
        (b'{"result": {"results": []}}', "application/json", "JSON without a context"),
        (b"[" * 5_000, "text/turtle", "nested deeper"),
        (b'{"@id":' * 5_000, "application/ld+json", "nested deeper"),
        (b'{"@context": "https://evil.example/c", "@id": "x"}', "application/ld+json", "not held"),
        (b'{"@context": {"@import": "https://evil.example/c"}}', "application/json", "imports"),
        (XML.format(RDF, "&a;").encode(), "application/rdf+xml", "entities"),
        (XML.format(RDF, "&a;").encode("utf-16"), "text/xml", "entities"),
        (b"\xff\xfe", "text/turtle", None),
        (b"<a> <b", "text/turtle", None),
        (b"a,b,c", "text/csv", "no syntax"),
    ],
)
def test_what_is_no_catalogue_is_refused_in_words(body: bytes, media_type: str, words: str) -> None:
    with pytest.raises(PageUnreadable, match=words):
        read_catalogue(body, media_type, URL, LOOKING, Limits())


def test_texts_full_of_brackets_are_no_nesting() -> None:
    said = f'<d> a <http://www.w3.org/ns/dcat#Dataset> ; <urn:p> "{":( [" * 1_000}" .'

    assert read_catalogue(said.encode(), "text/turtle", URL, LOOKING, Limits()).sightings == ()


@pytest.mark.parametrize(
    "said",
    [
        'dct:title "\\u202Eevil"',
        f'dct:title "{"x" * 60_000}"',
        'dct:title "<script>alert(1)</script>" ; dcat:landingPage <javascript:alert(1)>',
        "dct:publisher <d> ; dct:creator <d> ; dct:spatial <d> ; dct:temporal <d>",
        "dcat:distribution " + ", ".join(f"<f{n}>" for n in range(3_000)),
        "dcat:keyword " + ", ".join(f'"x{n}"' for n in range(3_000)),
        "dct:language " + ", ".join(f'"{n}"' for n in range(1_000)),
        'dcat:theme "TRAN", <urn:x>, [], "x"@it ; dcat:contactPoint "x"',
        'dct:spatial [ dcat:bbox "POLYGON((1 1, 2 2))" ; dcat:centroid "POINT(1e999 1)" ]',
    ],
)
def test_a_dataset_that_means_harm_is_a_record_or_a_reason(said: str) -> None:
    body = (
        f'{PREFIXES} <d> a dcat:Dataset ; dct:title "T"@it ; dct:description "D"@it ; '
        f'dcat:keyword "x" ; {said} .'
    )
    [found] = read_catalogue(body.encode(), "text/turtle", URL, LOOKING, Limits()).sightings

    assert bool(found.payload) is (found.defect is None)
    assert b"javascript:" not in found.payload


async def test_pages_that_lead_on_without_end_or_elsewhere_are_not_followed(
    tmp_path: Path,
) -> None:
    me = Observer(tmp_path)
    few = Limits(pages_per_round=20)
    async with portal() as city, portal() as other:
        other.shows(Dataset("fuori"))
        city.shows(Dataset("uno"))
        await me.looks(city.peer)
        for number in range(60):
            city.web.pages[f"p{number}"] = Page(
                f"{PREFIXES}<> hydra:next <{city.base}p{number + 1}> ."
            )
        city.web.pages["catalog.ttl"] = Page(f"{PREFIXES}<> hydra:next <{city.base}p0> .")
        endless = await me.looks(city.peer, few)
        city.web.pages["catalog.ttl"] = Page(f"{PREFIXES}<> hydra:next <{city.base}catalog.ttl> .")
        circle = await me.looks(city.peer)
        city.web.pages["catalog.ttl"] = Page(
            f"{PREFIXES}<> a dcat:Catalog ; dcat:dataset <{other.source('fuori')}> ; "
            f"dcat:catalog <{other.catalogue}> ; hydra:next <{other.catalogue}> ."
        )
        away = await me.looks(city.peer)

    assert "more than 20 pages" in (endless.failure or "")
    assert circle.requests == 1
    assert "another host" in (away.failure or "")
    assert other.web.asked == []
    assert endless.deleted == away.deleted == 0


async def test_a_page_that_brings_its_reader_down_stops_nothing_else(tmp_path: Path) -> None:
    me = Observer(tmp_path)
    bomb = b"<a> <b> " + b"<<" * 400_000
    async with portal() as city, Sandbox("examine", workers=1, spares=1) as sandbox:
        me.reader = SandboxExaminer(sandbox=sandbox, limits=LIMITS)
        city.shows(Dataset("uno"))
        good = await me.looks(city.peer)
        [page] = city.web.pages.values()
        city.web.pages["catalog.ttl"] = Page(bomb)
        bad = await me.looks(city.peer)
        city.web.pages["catalog.ttl"] = page
        again = await me.looks(city.peer)

    assert (good.new, bad.deleted, again.known) == (1, 0, 1)
    assert bad.failure is not None
    assert set(me.titles()) == {"uno"}
