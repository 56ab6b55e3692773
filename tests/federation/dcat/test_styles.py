"""Catalogues as different programs write them: what they say arrives, in whatever form it is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.dcat import geometries
from federation.dcat.reading import Looking, read_catalogue
from federation.dcat.sight import CataloguePage
from federation.errors import PageUnreadable
from federation.limits import Limits
from federation.peers import Observing
from tests.federation.dcat.portal import ME, PREFIXES
from tests.federation.dcat.test_records import EU, LEAST, record
from vocab.fields import Moment
from vocab.records import Record
from vocab.triples import from_payload

URL = "https://dati.example/data.json"
BOX = "POLYGON((2 48, 3 48, 3 49, 2 49, 2 48))"
POINT = "POINT(4.35 50.85)"
JSON = '{"type": "Point", "coordinates": [4.35, 50.85, 12.5]}'
TIME = "http://www.w3.org/2006/time#"
BARE = f'dct:title "Navetta" ; dct:description "Prova." ; dcat:theme <{EU}data-theme/TRAN>'
TRIAL = Observing(about=("text=navetta",), language="it", licence=f"{EU}licence/CC0", city="Torino")


def look(body: bytes | str, media_type: str = "text/turtle") -> CataloguePage:
    page = body if isinstance(body, bytes) else (PREFIXES + body).encode()
    looking = Looking(base=ME, told=TRIAL, now="2026-11-22T12:00:00Z")
    return read_catalogue(page, media_type, URL, looking, Limits())


def records(page: CataloguePage) -> dict[str, Record]:
    assert [each.defect for each in page.sightings if each.defect] == []
    return {each.source: from_payload(each.payload, each.object) for each in page.sightings}


def said(more: str) -> Record:
    return record(f"{LEAST[:-1]} ; {more} .")


@pytest.mark.parametrize(
    ("place", "wkt"),
    [
        ('"2,48,3,49"', BOX),
        (f'"{POINT}"', POINT),
        (f"'{JSON}'", POINT),
        (f'[ dcat:bbox "SRID=4326;{BOX}" ]', BOX),
        ('[ dcat:bbox "ENVELOPE(2, 3, 49, 48)" ]', BOX),
        ('[ dcat:bbox "POLYGON Z((2 48 0,3 48 0,3 49 0,2 49 0,2 48 0))" ]', BOX),
        (f"[ locn:geometry '{JSON}'^^<https://www.iana.org/assignments/media-types/x> ]", POINT),
        ("[ <http://www.w3.org/2003/01/geo/wgs84_pos#lat> 50.85 ; "
         "<http://www.w3.org/2003/01/geo/wgs84_pos#long> 4.35 ]", POINT),
        ('[ dcat:bbox "POLYGON((390000 4990000,391000 4990000,391000 4991000,390000 4990000))" ]',
         None),
        ("[ locn:geometry '{\"type\": \"Point\", \"coordinates\": [\"4\", true]}' ]", None),
    ],
)  # fmt: skip
def test_a_place_is_found_in_each_form_that_programs_write(place: str, wkt: str | None) -> None:
    found = said(f"dct:spatial {place}").place

    assert (found.wkt if found is not None else None) == wkt


def test_the_written_name_of_a_place_stays_beside_its_shape() -> None:
    place = said(f'dct:spatial "Torino"@it, "Turin"@en, [ dcat:bbox "{BOX}" ]').place

    assert place is not None
    assert (place.name, place.wkt) == ({"it": "Torino", "en": "Turin"}, BOX)


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        ('"2019-01-01/2020-06"', "2019-01-01", "2020-06"),
        ('"2019/.."', "2019", None),
        ('"2019"', "2019", "2019"),
        ('"start=2019-01-01; end=2020-01-01; scheme=W3C-DTF"', "2019-01-01", "2020-01-01"),
        (
            f'[ <{TIME}hasBeginning> [ <{TIME}inXSDDate> "2019-01-01" ] ; '
            f'<{TIME}hasEnd> [ <{TIME}inXSDgYear> "2020" ] ]',
            "2019-01-01",
            "2020",
        ),
        ('"da gennaio"', None, None),
    ],
)
def test_a_period_is_found_in_each_form(period: str, start: str | None, end: str | None) -> None:
    found = said(f"dct:temporal {period}")

    assert found.start == (None if start is None else Moment(value=start))
    assert found.end == (None if end is None else Moment(value=end))


def test_what_a_catalogue_lists_and_describes_is_a_dataset_whatever_its_class() -> None:
    page = look(
        "<#c> a dcat:Catalog ; dcat:dataset <d/1>, <d/2>, "
        f'[ dct:identifier "https://dati.example/id/3" ; {BARE} ] . '
        f"<d/1> {BARE} . <d/2> a dcat:DatasetSeries ; {BARE} ."
    )

    assert sorted(records(page)) == [
        "https://dati.example/d/1",
        "https://dati.example/d/2",
        "https://dati.example/id/3",
    ]
    assert (len(page.listed), page.elsewhere) == (3, ())


def test_datasets_without_an_address_are_neither_mixed_up_nor_lost_in_silence() -> None:
    page = look(
        f"[] a dcat:Dataset ; dcat:landingPage <tutto> ; {BARE} . "
        f"[] a dcat:Dataset ; dcat:landingPage <tutto> ; {BARE} ."
    )

    assert [each.defect and "no landing page that is its alone" in each.defect
            for each in page.sightings] == [True, True]  # fmt: skip


def test_the_same_dataset_without_a_name_says_the_same_each_time() -> None:
    page = f"[] a dcat:Dataset ; dcat:landingPage <d/1> ; {BARE} ."

    first, second = look(page).sightings, look(page).sightings

    assert [each.digest for each in first] == [each.digest for each in second]


@pytest.mark.parametrize(
    "stream",
    [
        "tree:member <m/1> . <m/1> <https://www.w3.org/ns/activitystreams#object> <d/1>",
        "ldes:versionOfPath dct:isVersionOf ; tree:member <d/1>",
    ],
)
def test_versions_of_datasets_are_not_mixed_into_one(stream: str) -> None:
    with pytest.raises(PageUnreadable, match="is a feed of versions"):
        look(f"<#s> a ldes:EventStream ; tree:view <> ; {stream} . <d/1> a dcat:Dataset ; {BARE} .")


@pytest.mark.parametrize(
    ("tag", "title"), [("ita", "it"), ("IT-it", "it-it"), ("und", "it"), ("x-default", "it")]
)
def test_a_title_is_in_its_language_however_that_is_written(tag: str, title: str) -> None:
    page = look(f'<d/1> a dcat:Dataset ; dct:language "it_IT" ; {BARE} .'.replace(
        '"Navetta"', f'"Navetta"@{tag}'))  # fmt: skip

    [found] = records(page).values()

    assert (found.language, found.title) == ("it", {title: "Navetta"})


def test_names_of_terms_that_begin_with_https_are_understood() -> None:
    page: dict[str, Any] = {
        "@context": {"dcat": "https://www.w3.org/ns/dcat#", "dct": "https://purl.org/dc/terms/"},
        "@type": "dcat:Catalog",
        "dcat:dataset": {
            "@id": "https://dati.example/d/1",
            "@type": "dcat:Dataset",
            "dct:title": "Navetta",
            "dct:description": "Prova.",
            "dcat:theme": ["Mobilità", {"@id": f"{EU}data-theme/TRAN"}],
        },
    }

    [found] = records(look(json.dumps(page).encode(), "application/json")).values()

    assert found.title == {"it": "Navetta"}


def test_a_catalogue_in_dcat_us_is_read_without_fetching_its_context() -> None:
    page = {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "dataset": [
            {
                "@type": "dcat:Dataset",
                "identifier": "https://dati.example/api/views/ab12-cd34",
                "landingPage": "https://dati.example/d/ab12-cd34",
                "title": "Navetta",
                "description": "Prova.",
                "keyword": ["autonomo"],
                "theme": ["Mobilità"],
                "publisher": {"@type": "org:Organization", "name": "Comune di Torino"},
                "contactPoint": {
                    "@type": "vcard:Contact",
                    "fn": "Ufficio",
                    "hasEmail": "mailto:dati@torino.example",
                },
                "license": "http://creativecommons.org/licenses/by/4.0/",
                "spatial": "2,48,3,49",
                "temporal": "2019-06-15/2019-10",
                "distribution": [{"downloadURL": "https://dati.example/rows.csv"}],
                "bureauCode": ["010:86"],
            }
        ],
    }

    [(source, found)] = records(look(json.dumps(page).encode(), "application/json")).items()

    assert source == found.landing_page == "https://dati.example/d/ab12-cd34"
    assert (found.publisher.name, found.contact) == ("Comune di Torino", "dati@torino.example")
    assert (found.start, found.end) == (Moment(value="2019-06-15"), Moment(value="2019-10"))
    assert found.place is not None
    assert found.place.wkt == BOX
    assert found.licence == "http://creativecommons.org/licenses/by/4.0/"
    assert found.source_pages == (source, "https://dati.example/rows.csv")
    assert found.keywords == (("it", "autonomo"),)


@given(st.text(alphabet='{}[]()"0123456789 ,.-eETPOINPOLYG:typecordans', max_size=60))
def test_no_text_makes_the_reader_of_shapes_fail(text: str) -> None:
    found = geometries.wkt(text)

    assert found is None or geometries.wkt(found) is not None


def test_a_mailbox_is_one_also_with_a_space_before_it() -> None:
    contact = "[ <http://www.w3.org/2006/vcard/ns#hasEmail> <mailto: dati@torino.example> ]"

    assert said(f"dcat:contactPoint {contact}").contact == "dati@torino.example"
