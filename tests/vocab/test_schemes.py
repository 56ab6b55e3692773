"""The schemes hold every word of the cities; a word is only found when it is certain."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from vocab import schemes
from vocab.errors import UnknownConcept

LANGUAGES = ("en", "it", "fi", "nl", "ca", "da", "de", "fr")

STAGES = (
    "proposed screening approved approved-with-changes approved-with-reservation rejected "
    "permitting ready running suspended completed evaluated archived withdrawn retracted unknown"
)
VERDICTS = "adopted scaled replicated needs-iteration inconclusive discontinued failed"
HELIX = "public-administration company research civil-society"
THEMES = (
    "mobility energy circular-economy participation waste urban-green data housing "
    "social-inclusion logistics public-space climate-adaptation air-quality water accessibility "
    "children-youth safety-crowds commerce lighting sharing-economy urban-agriculture environment "
    "education tourism-culture digital-services traffic-safety urban-air-mobility noise ageing"
)


@pytest.mark.parametrize("name", schemes.NAMES)
def test_every_concept_has_a_label_in_every_language_of_the_cities(name: str) -> None:
    for concept in schemes.scheme(name).concepts:
        for language in LANGUAGES:
            assert concept.labels[language].strip()
    assert set(schemes.scheme(name).title) >= {"en", "it"}


@pytest.mark.parametrize("name", schemes.NAMES)
def test_a_preferred_label_names_one_concept_in_its_language(name: str) -> None:
    for concept in schemes.scheme(name).concepts:
        for language, text in concept.labels.items():
            assert schemes.find(name, text, language) == concept.iri


@pytest.mark.parametrize(
    ("name", "ids"),
    [("lifecycle", STAGES), ("verdict", VERDICTS), ("helix", HELIX), ("theme", THEMES)],
)
def test_the_schemes_hold_the_concepts_of_the_model(name: str, ids: str) -> None:
    assert {concept.id for concept in schemes.scheme(name).concepts} == set(ids.split())


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        (
            "theme",
            "it",
            {
                "Mobilità": "mobility",
                " sosta ": "mobility",
                "spreco alimentare": "waste",
                "dati": "data",
            },
        ),
        (
            "theme",
            "nl",
            {"circulair": "circular-economy", "armoede": "social-inclusion", "handel": "commerce"},
        ),
        (
            "theme",
            "fi",
            {"liikenne": "mobility", "viherrakenne": "urban-green", "perheet": "children-youth"},
        ),
        (
            "theme",
            "da",
            {"drift": "digital-services", "bynatur": "urban-green", "belysning": "lighting"},
        ),
        (
            "theme",
            "ca",
            {"soroll": "noise", "gent gran": "ageing", "qualitat de l'aire": "air-quality"},
        ),
        (
            "theme",
            "de",
            {"Grünraum": "urban-green", "Beteiligung": "participation", "Bildung": "education"},
        ),
        (
            "theme",
            "fr",
            {"déchets": "waste", "construction": "housing", "logistique urbaine": "logistics"},
        ),
        (
            "technology",
            "en",
            {"robot bus": "automated-driving", "smart crossing": "connected-furniture"},
        ),
        ("technology", "it", {"IoT": "iot-sensors", "audio spaziale": "spatial-audio", "5G": "5g"}),
        ("technology", "de", {"Erdsonden": "heat-water-loop", "Empfangsboxen": "parcel-boxes"}),
        ("technology", "nl", {"hergebruik accu's": "battery-storage", "QR-code": "app-platform"}),
        (
            "helix",
            "it",
            {"ente pubblico": "public-administration", "terzo settore": "civil-society"},
        ),
        ("helix", "de", {"Wirtschaft": "company", "Forschung": "research"}),
        ("lifecycle", "it", {"conclusa": "completed", "in corso": "running", "avviata": "running"}),
        ("lifecycle", "de", {"laufend": "running", "abgeschlossen": "completed"}),
        ("verdict", "nl", {"opgeschaald": "scaled", "in gebruik": "adopted"}),
    ],
)
def test_finds_the_words_of_the_cities(name: str, language: str, words: dict[str, str]) -> None:
    for word, concept_id in words.items():
        assert schemes.find(name, word, language) == schemes.iri(name, concept_id)
        assert schemes.find(name, word) == schemes.iri(name, concept_id)


def test_a_word_that_is_not_certain_is_not_found() -> None:
    assert schemes.find("lifecycle", "autorizzata", "it") is None
    assert schemes.find("lifecycle", "beendet", "de") is None
    assert schemes.find("theme", "", "it") is None
    assert schemes.find("theme", "mobil", "it") is None


def test_a_word_of_another_language_or_an_id_is_found_too() -> None:
    assert schemes.find("theme", "urban-green", "it") == schemes.iri("theme", "urban-green")
    assert schemes.find("theme", "Energy", "it-IT") == schemes.iri("theme", "energy")


def test_labels_fall_back_to_english_and_then_to_the_end_of_the_iri() -> None:
    waste = schemes.iri("theme", "waste")

    assert schemes.label(waste, ["it"]) == "Rifiuti"
    assert schemes.label(waste, ["xx", "de-AT"]) == "Abfall"
    assert schemes.label(waste, ["xx"]) == "Waste"
    assert schemes.label("https://other.example/themes#bees", ["it"]) == "bees"


def test_every_theme_falls_under_a_theme_of_the_european_data_portal() -> None:
    for concept in schemes.scheme("theme").concepts:
        broad = schemes.broad_theme(concept.iri)

        assert broad is not None
        assert re.fullmatch(
            "http://publications.europa.eu/resource/authority/data-theme/"
            "(TRAN|ENER|ENVI|HEAL|SOCI|TECH|ECON|GOVE|REGI|EDUC|JUST|AGRI|INTR)",
            broad,
        )
    assert schemes.broad_theme(schemes.iri("helix", "company")) is None


def test_an_unknown_scheme_or_concept_is_named_in_the_error() -> None:
    with pytest.raises(UnknownConcept, match="colour"):
        schemes.scheme("colour")
    with pytest.raises(UnknownConcept, match="rainbows"):
        schemes.iri("theme", "rainbows")
    assert schemes.concept("https://w3id.org/citynode/theme/rainbows") is None
    assert schemes.concept("https://w3id.org/citynode/colour/red") is None


def test_all_schemes_are_read_quickly() -> None:
    program = (
        "import time; from vocab import graph, schemes; t = time.process_time()\n"
        "for name in schemes.NAMES: schemes.find(name, 'x')\n"
        "print(time.process_time() - t)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=root
    )

    assert float(done.stdout) < 0.5  # 0.09 s when nothing else runs
