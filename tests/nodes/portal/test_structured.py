"""Search engines are told of every kind of record, in words of schema.org that they know."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pyld import jsonld
from rdflib import SDO

from tests.nodes.portal import plenty
from tests.nodes.portal.conftest import Place
from vocab.records import KINDS

pytestmark = pytest.mark.asyncio(loop_scope="package")

SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
SINCE_13 = {"funding"}
"""Words of schema.org that are younger than rdflib's list."""
WORDS = {str(each).rpartition("/")[2] for each in dir(SDO)} | SINCE_13


async def told(place: Place, path: str) -> dict[str, Any]:
    """Give the description that stands in a page."""
    [script] = SCRIPT.findall(await place.get(path, Accept="text/html"))
    found: dict[str, Any] = json.loads(script)
    return found


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Walk over all objects of a description."""
    if isinstance(value, list):
        for each in value:
            yield from objects(each)
    elif isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects(each)


@pytest.mark.parametrize("room", [kind.room for kind in KINDS])
@pytest.mark.parametrize("slug", [plenty.SLUG, "evil-0"])
async def test_every_page_holds_a_dataset_in_words_of_schema_org(
    hall: Place, room: str, slug: str
) -> None:
    said = await told(hall, f"/{room}/{slug}")

    assert said["@context"] == "https://schema.org/"
    assert (said["@type"], said["@id"]) == ("Dataset", f"{hall.base}{room}/{slug}")
    assert 50 <= len(said["description"]) <= 5_000
    for each in objects(said):
        assert {each["@type"], *each} - {"@context", "@type", "@id"} <= WORDS
        for name in ("url", "sameAs", "isBasedOn", "subjectOf", "citation"):
            addresses = each.get(name, [])
            for address in addresses if isinstance(addresses, list) else [addresses]:
                assert address.startswith(("http://", "https://", "mailto:"))
    here = {**said, "@context": {"@vocab": "https://schema.org/"}}
    quads = jsonld.to_rdf(here)["@default"]
    assert len(quads) > 40
    assert all(each["predicate"]["value"].startswith(("https://schema.org/", "http://www.w3.org/"))
               for each in quads)  # fmt: skip


async def test_what_search_engines_for_data_ask_for_is_there(hall: Place) -> None:
    for kind in KINDS:
        said = await told(hall, f"/{kind.room}/{plenty.SLUG}")
        for name in (
            "name", "description", "url", "license", "creator", "keywords", "identifier",
            "spatialCoverage", "temporalCoverage", "distribution", "includedInDataCatalog",
            "inLanguage", "contributor", "isBasedOn", "author", "about",
        ):  # fmt: skip
            assert said[name], name
        assert said["spatialCoverage"]["geo"]["@type"] == "GeoCoordinates"
        assert plenty.NUTS in said["spatialCoverage"]["sameAs"]
        assert said["spatialCoverage"]["containedInPlace"]["name"] == "Turin"
        for file in said["distribution"]:
            await hall.get(hall.path(file["contentUrl"]))


async def test_partners_money_and_figures_of_an_experiment_are_told(hall: Place) -> None:
    said = await told(hall, f"/experiments/{plenty.SLUG}")

    gtt = next(each for each in said["contributor"] if each["contributor"]["name"] == "GTT")
    assert gtt["roleName"] == ["City-owned utility", "Funder"]
    assert [each["@type"] for each in said["funding"]] == ["Grant", "Grant"]
    assert said["funding"][0]["funder"]["@type"] == "Organization"
    figure = said["variableMeasured"][0]
    assert {each["name"] for each in figure["valueReference"]} == {"Baseline", "Target"}
    assert isinstance(figure["value"], int | float)
    assert said["citation"]
    assert said["about"]["@type"] == "Action"


async def test_a_testbed_is_about_a_place_and_a_call_about_a_demand(hall: Place) -> None:
    testbed = await told(hall, f"/testbeds/{plenty.SLUG}")
    call = await told(hall, f"/calls/{plenty.SLUG}")

    assert testbed["about"]["@type"] == "Place"
    assert testbed["about"]["geo"]["longitude"] == 7.68
    assert [each["@type"] for each in testbed["about"]["amenityFeature"]] == [
        "LocationFeatureSpecification", "LocationFeatureSpecification",
    ]  # fmt: skip
    assert call["about"]["@type"] == "Demand"
    assert call["about"]["availabilityStarts"] == "2020-01-16"
    assert len(call["about"]["itemOffered"]) == 2


async def test_the_home_page_is_a_catalogue_of_data(hall: Place) -> None:
    said = await told(hall, "/")

    assert (said["@type"], said["@id"]) == ("DataCatalog", f"{hall.base}#node")
