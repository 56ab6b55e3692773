"""Ten records of each city (all, where a city has fewer), compared with hand-written facts."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from nodes.importing import load_mapping, read
from tests.nodes.importing.cities import CITIES, FILES, NOW, city, reading
from vocab.records import Experiment
from vocab.terms import SCHEMES
from vocab.triples import from_payload, to_payload
from vocab.validation import validate

HELIX = {
    "public": "public-administration",
    "company": "company",
    "research": "research",
    "civil": "civil-society",
}
EXPECTED = {
    name: tomllib.loads((Path(__file__).parent / "expected" / f"{name}.toml").read_text("utf-8"))
    for name in FILES
}


def facts(e: Experiment) -> dict[str, Any]:
    """Say an experiment the way the expectations are written."""
    sides = {f"{SCHEMES}helix/{helix}": short for short, helix in HELIX.items()}
    place = e.place
    assert place is not None
    said = {
        "title": dict(e.title),
        "start": e.start and e.start.value,
        "end": e.end and e.end.value,
        "stage": e.stage.removeprefix(f"{SCHEMES}lifecycle/"),
        "word": e.status_word,
        "verdict": e.outcome and e.outcome.verdict and e.outcome.verdict.rsplit("/", 1)[1],
        "themes": [each.removeprefix(f"{SCHEMES}theme/") for each in e.themes],
        "technologies": [each.removeprefix(f"{SCHEMES}technology/") for each in e.technologies],
        "partners": [f"{sides[each.helix or '']}: {each.name}" for each in e.partners],
        "place": dict(place.name) or None,
        "wkt": place.wkt,
        "source": " ".join(e.source_pages),
        "landing": e.landing_page,
        "outcome": (dict(e.outcome.text) or None) if e.outcome else None,
    }
    return {key: value for key, value in said.items() if value is not None}


@pytest.mark.parametrize(
    ("name", "identifier"), [(name, each) for name in FILES for each in EXPECTED[name]]
)
def test_record_says_what_the_city_wrote(name: str, identifier: str) -> None:
    [found] = [each for each in reading(name).records if each.identifier == identifier]

    assert facts(found) == EXPECTED[name][identifier]


@pytest.mark.parametrize("name", FILES)
def test_ten_records_of_each_city_are_expected_or_all_of_them(name: str) -> None:
    assert len(EXPECTED[name]) == min(10, reading(name).rows)


@pytest.mark.parametrize("name", FILES)
def test_records_can_be_written_as_triples_and_read_again(name: str) -> None:
    for each in reading(name).records:
        assert from_payload(to_payload(each), each.iri) == each


@pytest.mark.parametrize("name", FILES)
def test_reading_a_file_again_gives_the_same_records(name: str) -> None:
    folder = CITIES / name

    again = read(folder / FILES[name], load_mapping(folder / "mapping.toml"), city(name), NOW)

    assert again == reading(name)


@pytest.mark.parametrize("name", FILES)
def test_every_record_passes_the_shapes(name: str) -> None:
    found = validate({each.iri: to_payload(each) for each in reading(name).records})

    assert not [each for said in found.values() for each in said if each.severity == "error"]
