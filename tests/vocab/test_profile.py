"""What a city says of itself is written, checked and read back, and nobody says it for another."""

from dataclasses import replace
from decimal import Decimal

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from tests.nodes.town import concept
from vocab import lines, shelf
from vocab.errors import NotARecord
from vocab.jsonld import record_document
from vocab.profile import OWN, Profile, from_payload, is_city, to_payload
from vocab.terms import CN
from vocab.validation import validate

BASE = "https://torino.example/"
TORINO = Profile(
    iri=BASE + OWN,
    name={"it": "Torino"},
    country="IT",
    matches=("https://sws.geonames.org/3165524/",),
    population=850_000,
    density=Decimal(6538),
    area=Decimal("130.01"),
    climate=concept("climate", "Cfa"),
    income=concept("income", "high"),
    nuts="ITC11",
    sources=("https://www.istat.it/",),
    year=2021,
)
FIGURES = st.decimals(min_value="0.01", max_value=10**6, places=2)


def faults(payload: bytes) -> set[str]:
    return {each.rule for each in validate({TORINO.iri: payload})[TORINO.iri]}


@given(
    name=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=50),
    population=st.none() | st.integers(1, 10**9),
    density=st.none() | FIGURES,
    area=st.none() | FIGURES,
    year=st.none() | st.integers(1900, 2100),
)
def test_what_a_city_says_comes_back_and_passes(
    name: str,
    population: int | None,
    density: Decimal | None,
    area: Decimal | None,
    year: int | None,
) -> None:
    said = replace(
        TORINO, name={"it": name}, population=population, density=density, area=area, year=year
    )

    payload = to_payload(said)

    assert from_payload(payload, said.iri) == said
    assert is_city(payload, said.iri)
    assert faults(payload) == set()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('"850000"', '"-5"', "city-population"),
        ('"130.01"^^<http://www.w3.org/2001/XMLSchema#decimal>', '"much"', "city-area"),
        ("climate/Cfa>", "theme/Cfa>", "city-climate"),
        ('"ITC11"', '"somewhere"', "city-nuts"),
        ('"IT"', '"Italy"', "city-country"),
        ('"2021"', '"2021-01"', "city-year"),
        ("<https://www.istat.it/>", "<javascript:alert(1)>", "city-source"),
    ],
)
def test_a_figure_that_cannot_be_one_is_refused_in_words(old: str, new: str, rule: str) -> None:
    payload = to_payload(TORINO).replace(old.encode(), new.encode())

    assert rule in faults(lines.canonical(payload.decode().splitlines()))
    from_payload(payload, TORINO.iri)  # reading it never fails


def test_only_what_is_typed_as_a_city_is_one() -> None:
    payload = to_payload(TORINO)

    assert not is_city(payload, BASE)
    with pytest.raises(NotARecord, match="cn:City"):
        from_payload(payload, BASE + "experiments/other")


def test_a_city_is_pleasant_to_read_as_json() -> None:
    said = record_document(to_payload(TORINO), f"{BASE}context/v1.jsonld")

    assert said["type"] == "City"
    assert said["profile"]["population"] == 850_000
    assert said["profile"]["dateYear"] == "2021"
    assert said["country"] == "IT"


def test_density_follows_from_people_and_area() -> None:
    assert replace(TORINO, density=None).people_per_km2 == Decimal("6538.0")
    assert replace(TORINO, density=None, area=None).people_per_km2 is None


def test_the_rules_of_cities_speak_five_languages() -> None:
    shapes = rdflib.Graph().parse(data=shelf.read("shapes/cities.ttl"), format="turtle")
    rules = set(shapes.subjects(rdflib.URIRef("http://www.w3.org/ns/shacl#path")))

    assert len(rules) == 12
    for rule in rules:
        for word in ("http://www.w3.org/ns/shacl#message", CN + "advice"):
            said = {each.language for each in shapes.objects(rule, rdflib.URIRef(word))}
            assert said == {"en", "it", "fr", "de", "es"}, rule
