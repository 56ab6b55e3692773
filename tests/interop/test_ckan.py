"""CKAN must find every dossier in a city's catalogue, or its portals show nothing of the city.

The reader is ckanext-dcat itself, in an environment of its own (`ckan-requirements.txt`).
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from rdflib import DCAT, DCTERMS, RDF, Graph, URIRef

from nodes.demo.cities import example_cities
from nodes.web.catalog import write
from tests.journeys.places import example
from tests.nodes.portal import plenty
from tests.nodes.portal.test_catalogue import portal

HERE = Path(__file__).parent
SYNTAXES = ("rdf", "ttl", "jsonld")
PROFILES = ("euro_dcat_ap", "euro_dcat_ap_2", "euro_dcat_ap_3")

pytestmark = [
    pytest.mark.skipif(
        not (HERE / ".venv" / ".ready").exists(),
        reason="ckanext-dcat is not here: `make test` installs it where it can be",
    ),
    pytest.mark.timeout(300),
]


def read(
    folder: Path, *pages: bytes, profiles: tuple[str, ...] = PROFILES
) -> list[list[dict[str, Any]]]:
    """Let CKAN read pages of catalogues, in some of its profiles and in each syntax."""
    folders = [folder / f"page-{number}" for number, _ in enumerate(pages)]
    for place, triples in zip(folders, pages, strict=True):
        place.mkdir()
        for suffix in SYNTAXES:
            (place / f"catalog.{suffix}").write_bytes(write(triples, suffix))
    reader = (str(HERE / ".venv" / "bin" / "python"), str(HERE / "read_ckan.py"))
    done = subprocess.run(
        [*reader, ",".join(profiles), *map(str, folders)],
        capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [
        [each for syntaxes in told.values() for each in syntaxes.values()]
        for told in json.loads(done.stdout)
    ]


def extras(dataset: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: each["value"] for each in dataset["extras"]}


def texts(graph: Graph, dossier: URIRef, said: URIRef) -> set[str]:
    return {str(each) for each in graph.objects(dossier, said)}


def compare(triples: bytes, readings: list[dict[str, Any]]) -> int:
    """Hold what CKAN found against what the catalogue says; returns how many datasets."""
    graph = Graph().parse(data=triples, format="nt")
    dossiers = {str(each) for each in graph.subjects(RDF.type, DCAT.Dataset)}
    for reading in readings:
        found = {extras(each)["uri"]: each for each in reading["datasets"]}
        assert set(found) == dossiers
        for iri, dataset in found.items():
            dossier = URIRef(iri)
            assert dataset["title"] in texts(graph, dossier, DCTERMS.title)
            assert dataset["notes"] in texts(graph, dossier, DCTERMS.description)
            assert dataset["url"] in texts(graph, dossier, DCAT.landingPage)
            tags = {each["name"] for each in dataset["tags"]}
            words = texts(graph, dossier, DCAT.keyword)
            assert tags == {one.strip() for word in words for one in word.split(",")} != set()
            files = texts(graph, dossier, DCAT.distribution / DCAT.downloadURL)
            assert {each["url"] for each in dataset["resources"]} == files
            assert all(each["format"] and each["name"] for each in dataset["resources"])
            assert extras(dataset)["identifier"] in texts(graph, dossier, DCTERMS.identifier)
    return len(dossiers)


async def test_ckan_finds_every_dossier_of_every_city(tmp_path: Path) -> None:
    pages = []
    for city in example_cities():
        (tmp_path / city.id).mkdir()
        async with portal(city, tmp_path / city.id) as catalogue:
            pages.append(await catalogue.page(1))

    found = read(tmp_path, *(page.triples for page in pages if page), profiles=PROFILES[-1:])

    assert len(found) == len(pages) == len(example_cities())
    for page, readings in zip(pages, found, strict=True):
        assert page is not None
        assert len(readings) == len(SYNTAXES)
        assert compare(page.triples, readings) == page.total > 5


async def test_ckan_reads_every_kind_of_record_with_all_it_says(tmp_path: Path) -> None:
    async with portal(example("ghent"), tmp_path, records=plenty.whole) as catalogue:
        page = await catalogue.page(1)
    assert page is not None

    [readings] = read(tmp_path, page.triples)

    assert len(readings) == len(PROFILES) * len(SYNTAXES)
    assert compare(page.triples, readings) == 3
    of_all = (
        "publisher_name", "creator_name", "contact_email", "language", "theme", "spatial_uri",
        "access_rights", "documentation", "related_resource", "provenance",
    )  # fmt: skip
    of_newer = ("temporal_start", "temporal_end", "spatial_centroid", "applicable_legislation")
    for number, reading in enumerate(readings):
        for dataset in reading["datasets"]:
            more = extras(dataset)
            assert set(of_all) <= set(more)
            assert number < 3 or set(of_newer) <= set(more), "beyond the first profile"
            assert number < 3 or len(dataset["qualified_attribution"]) >= 3


async def test_ckan_turns_the_pages_of_a_large_catalogue(tmp_path: Path) -> None:
    async with portal(example("torino"), tmp_path, size=10) as catalogue:
        first, last = await catalogue.page(1), await catalogue.page(3)

    assert first is not None
    assert last is not None
    base = catalogue.city.base
    now, then = read(tmp_path, first.triples, last.triples, profiles=PROFILES[-1:])
    assert {each["next"] for each in now} == {f"{base}catalog?page=2"}
    assert {each["next"] for each in then} == {None}
