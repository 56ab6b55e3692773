"""Counts and fill rates of the eight files, computed from the files alone, against the records."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl
import pytest

from tests.nodes.importing.cities import CITIES, FILES, reading
from vocab.records import Experiment
from vocab.terms import SCHEMES

Raw = dict[str, Any]

FIELDS: dict[str, Callable[[Experiment], Any]] = {
    "title": lambda e: e.title,
    "summary": lambda e: e.summary.get("en"),
    "description": lambda e: e.description,
    "start": lambda e: e.start,
    "end": lambda e: e.end,
    "status": lambda e: e.status_word,
    "place": lambda e: e.place and e.place.name,
    "geometry": lambda e: e.place and e.place.wkt,
    "partners": lambda e: e.partners,
    "themes": lambda e: e.themes,
    "technologies": lambda e: e.technologies,
    "outcome": lambda e: e.outcome and e.outcome.text,
    "landing": lambda e: e.landing_page,
    "source": lambda e: e.source_pages,
}


def _table(name: str, encoding: str, delimiter: str, columns: dict[str, str]) -> Iterator[Raw]:
    path = CITIES / name / FILES[name]
    with path.open(encoding=encoding, newline="") as file:
        for line in csv.DictReader(file, delimiter=delimiter):
            yield {field: line[heading] for field, heading in columns.items()}


def torino() -> Iterator[Raw]:
    columns = {
        "title": "titolo",
        "summary": "abstract_en",
        "description": "descrizione",
        "start": "data_inizio",
        "end": "data_fine",
        "status": "stato",
        "place": "zona",
        "geometry": "latitudine",
        "partners": "soggetti",
        "themes": "temi",
        "technologies": "tecnologie",
        "outcome": "risultati",
        "landing": "sito",
        "source": "fonte",
    }
    for raw in _table("torino", "utf-8-sig", ";", columns):
        yield raw | {"count": len(re.findall(r"\([^)]*\)(?:,|$)", raw["partners"]))}


def barcelona() -> Iterator[Raw]:
    columns = {
        "title": "Nom del projecte",
        "summary": "Resumen (en)",
        "description": "Descripció",
        "start": "Inici",
        "end": "Fi",
        "status": "Estat",
        "place": "Barri / Lloc",
        "geometry": "Coordenadas",
        "partners": "Entitats",
        "themes": "Àmbits",
        "technologies": "Tecnologies",
        "outcome": "Resultats",
        "landing": "Web",
        "source": "Font",
    }
    for raw in _table("barcelona", "latin-1", ",", columns):
        yield raw | {"count": len(raw["partners"].split(";"))}


def paris() -> Iterator[Raw]:
    columns = {
        "title": "Nom de l'expérimentation",
        "summary": "Résumé anglais",
        "description": "Descriptif",
        "start": "Date de début",
        "end": "Date de fin",
        "status": "État d'avancement",
        "place": "Lieu",
        "geometry": "geo_point_2d",
        "partners": "Porteurs et partenaires",
        "themes": "Thématiques",
        "technologies": "Technologies",
        "outcome": "Bilan",
        "landing": "Site web",
        "source": "Source",
    }
    for raw in _table("paris", "utf-8", ";", columns):
        yield raw | {"count": len(raw["partners"].split("|"))}


def copenhagen() -> Iterator[Raw]:
    document = json.loads((CITIES / "copenhagen" / FILES["copenhagen"]).read_text("utf-8"))
    for feature in document["features"]:
        raw = feature["properties"]
        yield {
            "title": raw["titel"],
            "summary": raw["resume_en"],
            "description": raw["beskrivelse"],
            "start": raw["startdato"],
            "end": raw["slutdato"],
            "status": raw["status"],
            "place": raw["sted"],
            "geometry": feature["geometry"],
            "partners": raw["partnere"],
            "themes": raw["temaer"],
            "technologies": raw["teknologier"],
            "outcome": raw["resultat"],
            "landing": raw["link"],
            "source": raw["kilde"],
            "count": len(raw["partnere"]),
        }


def vienna() -> Iterator[Raw]:
    for raw in json.loads((CITIES / "vienna" / FILES["vienna"]).read_text("utf-8")):
        yield {
            "title": raw["Titel"],
            "summary": raw["Kurzfassung_en"],
            "description": raw["Beschreibung"],
            "start": raw["Zeitraum"]["von"],
            "end": raw["Zeitraum"]["bis"],
            "status": raw["Status"],
            "place": raw["Ort"]["Bezeichnung"],
            "geometry": raw["Ort"]["Breite"],
            "partners": raw["Beteiligte"],
            "themes": raw["Themen"],
            "technologies": raw["Technologien"],
            "outcome": raw["Ergebnis"],
            "landing": raw["Webseite"],
            "source": raw["Quelle"],
            "count": len(raw["Beteiligte"]),
        }


def amsterdam() -> Iterator[Raw]:
    document = json.loads((CITIES / "amsterdam" / FILES["amsterdam"]).read_text("utf-8"))
    for package in document["result"]["results"]:
        extras = {each["key"]: each["value"] for each in package["extras"]}
        partners = json.loads(extras["partners"])
        yield {
            "title": package["title"],
            "summary": extras["summary_en"],
            "description": package["notes"],
            "start": extras.get("start"),
            "end": extras.get("end"),
            "status": extras.get("status"),
            "place": extras.get("location_name"),
            "geometry": extras.get("spatial"),
            "partners": partners,
            "themes": package["tags"],
            "technologies": json.loads(extras["technologies"]),
            "outcome": extras.get("results"),
            "landing": package["url"],
            "source": extras["source_url"],
            "count": len(partners),
        }


def helsinki() -> Iterator[Raw]:
    sheet = openpyxl.load_workbook(CITIES / "helsinki" / FILES["helsinki"])["Pilots"]
    headings, *lines = sheet.iter_rows(values_only=True)
    for line in lines:
        raw = dict(zip(headings, line, strict=True))
        yield {
            "title": raw["Kokeilun nimi"],
            "summary": raw["Summary"],
            "description": raw["Kuvaus"],
            "start": raw["Start / Alkoi"],
            "end": raw["End / Päättyi"],
            "status": raw["Status / Tila"],
            "place": raw["District / Alue"],
            "geometry": raw["Lat"],
            "partners": raw["Partners / Kumppanit"],
            "themes": raw["Themes / Teemat"],
            "technologies": raw["Technologies / Teknologiat"],
            "outcome": raw["Results / Tulokset"],
            "landing": raw["Web"],
            "source": raw["Source / Lähde"],
            "count": len(raw["Partners / Kumppanit"].splitlines()),
        }


def ghent() -> Iterator[Raw]:
    """Cut the Turtle into its paragraphs: no parser is needed to count what stands there."""
    text = (CITIES / "ghent" / FILES["ghent"]).read_text("utf-8")
    marks = {
        "title": "dct:title ",
        "summary": "dct:abstract ",
        "description": "dct:description ",
        "start": "dcat:startDate ",
        "end": "dcat:endDate ",
        "status": "adms:status ",
        "place": "locn:geographicName ",
        "geometry": "dcat:centroid ",
        "partners": "dct:contributor ",
        "themes": "dcat:keyword ",
        "technologies": "dct:subject ",
        "outcome": "skos:note ",
        "landing": "dcat:landingPage ",
        "source": "dct:source ",
    }
    for part in re.split(r"\n\n", text):
        if part.startswith("exp:"):
            agents = re.search(r"dct:contributor ((?:agent:[\w-]+,?\s*)+);", part)
            assert agents is not None
            yield {field: mark in part for field, mark in marks.items()} | {
                "count": agents[1].count("agent:")
            }


RAW = {
    "amsterdam": amsterdam,
    "barcelona": barcelona,
    "copenhagen": copenhagen,
    "ghent": ghent,
    "helsinki": helsinki,
    "paris": paris,
    "torino": torino,
    "vienna": vienna,
}
COUNTS = {
    "amsterdam": 8,
    "barcelona": 12,
    "copenhagen": 7,
    "ghent": 7,
    "helsinki": 14,
    "paris": 10,
    "torino": 27,
    "vienna": 9,
}


def test_the_eight_files_hold_ninety_four_experiments() -> None:
    assert sum(COUNTS.values()) == 94
    assert {name: len(list(raw())) for name, raw in RAW.items()} == COUNTS
    assert {name: len(reading(name).records) for name in RAW} == COUNTS


@pytest.mark.parametrize("name", RAW)
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_filled_as_often_as_in_the_file(name: str, field: str) -> None:
    filled = [bool(raw[field]) for raw in RAW[name]()]

    found = [bool(FIELDS[field](each)) for each in reading(name).records]

    assert found == filled


@pytest.mark.parametrize("name", RAW)
def test_every_partner_comes_through_with_a_role(name: str) -> None:
    experiments = reading(name).records

    assert [len(each.partners) for each in experiments] == [raw["count"] for raw in RAW[name]()]
    assert all(partner.helix for each in experiments for partner in each.partners)


@pytest.mark.parametrize("name", RAW)
def test_nothing_is_left_to_say_about_the_example_files(name: str) -> None:
    found = reading(name)

    assert [str(each) for each in found.findings] == []
    assert (found.held, found.unnamed) == ((), 0)


@pytest.mark.parametrize("name", RAW)
def test_stage_is_unknown_only_where_the_city_says_nothing(name: str) -> None:
    silent = [not raw["status"] for raw in RAW[name]()]

    unknown = [each.stage == f"{SCHEMES}lifecycle/unknown" for each in reading(name).records]

    assert unknown == silent


@pytest.mark.parametrize("name", RAW)
def test_every_record_has_a_theme_of_the_european_portal(name: str) -> None:
    assert all(each.data_themes for each in reading(name).records)


@pytest.mark.parametrize("name", RAW)
def test_no_word_of_the_city_is_lost(name: str) -> None:
    for raw, each in zip(RAW[name](), reading(name).records, strict=True):
        if isinstance(raw["themes"], str):
            words = re.split(r"[,;|/]\s*", raw["themes"])
        elif isinstance(raw["themes"], list):
            words = [item if isinstance(item, str) else item["name"] for item in raw["themes"]]
        else:
            words = []
        kept = {text for _, text in each.keywords}
        assert {word.strip() for word in words} <= kept


@pytest.mark.parametrize("name", [name for name in RAW if name != "ghent"])
def test_long_texts_come_through_letter_by_letter(name: str) -> None:
    for raw, each in zip(RAW[name](), reading(name).records, strict=True):
        assert each.description[each.language] == raw["description"]
        assert each.title[each.language] == raw["title"]
        assert each.summary["en"] == raw["summary"]
        assert each.source_pages == (raw["source"],)


def test_long_texts_of_ghent_come_through_letter_by_letter() -> None:
    text = (CITIES / "ghent" / FILES["ghent"]).read_text("utf-8")

    for each in reading("ghent").records:
        assert f'dct:description "{each.description["nl"]}"@nl' in text
        assert f'dct:title "{each.title["nl"]}"@nl' in text
        assert f'dct:abstract "{each.summary["en"]}"@en' in text
