"""The schemes hold every word of the cities; a word is only found when it is certain."""

import re
import subprocess
import sys
import unicodedata
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from vocab import graph, schemes, shelf
from vocab.errors import UnknownConcept
from vocab.lines import Iri
from vocab.terms import RDF_TYPE, SKOS

SEEN = ("theme", "technology", "lifecycle", "helix", "verdict")
"""The schemes whose words city files were seen to use, in the languages of these cities."""
CITIES = ("en", "it", "fi", "nl", "ca", "da", "de", "fr")
FIVE = ("en", "it", "fr", "de", "es")
FURTHER = ("ja", "tr")
LANGUAGES = (*FIVE, "nl", "fi", "da", "ca", "pt", "el", "et", "nb", "sv", "pl")

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


IDS = {
    "lifecycle": STAGES,
    "verdict": VERDICTS,
    "helix": HELIX,
    "theme": THEMES,
    "role": "promoter solution-provider testbed-owner permit-authority scientific-evaluator "
    "funder user-community data-provider city-owned-utility",
    "cause": "technology cost permit user-acceptance governance procurement data safety external",
    "precondition": "infrastructure law data staff governance",
    "involvement": "co-creation panel open",
    "cost-band": "under-10k 10k-50k 50k-250k 250k-1m 1m-5m over-5m",
    "urban-topic": "air-quality circular-economy climate-adaptation culture-and-heritage "
    "digital-transition energy-transition housing inclusion-of-migrants jobs-and-skills "
    "public-procurement security-in-public-spaces sustainable-land-use urban-mobility "
    "urban-poverty",
    "permit": "road-occupation traffic-order autonomous-driving drone-flight radio-spectrum "
    "building data-protection event environmental other",
    "agreement": "collaboration-agreement memorandum-of-understanding concession sponsorship "
    "procurement-contract free-use",
    "testbed": "district street-circuit mobile-network-area data-platform building "
    "energy-network water-network green-space process digital-twin",
    "service": "space equipment data competence user-panel",
    "availability": "open on-request reserved closed",
    "call-status": "planned open closed awarded cancelled",
    "indicator": "passengers-carried distance-driven travel-time energy-saved co2-avoided "
    "air-quality noise-level user-satisfaction safety-incidents cost-saved uptime participants "
    "water-saved waste-reduced",
    "income": "low lower-middle upper-middle high",
    "climate": "Af Am Aw BWh BWk BSh BSk Csa Csb Cfa Cfb Cfc Dfa Dfb Dfc Dwa Dwb Dsb ET EF",
    "goal": " ".join(str(number) for number in range(1, 18)),
    "data-theme": "AGRI ECON EDUC ENER ENVI GOVE HEAL INTR JUST REGI SOCI TECH TRAN",
}
TRANSITIONS = (
    "proposed → screening → {approved | approved-with-changes | approved-with-reservation | "
    "rejected} → permitting → ready → running ⇄ suspended → completed → evaluated → archived"
)
"""As docs/model.md has it; `rejected` is an end, and a running trial may be completed."""


@pytest.mark.parametrize("name", schemes.NAMES)
def test_a_reader_of_the_five_languages_finds_every_concept_named_and_explained(name: str) -> None:
    for concept in schemes.scheme(name).concepts:
        assert set(concept.labels) >= set(FIVE)
        assert name in schemes.FOREIGN or set(concept.definition) == set(FIVE)
    assert set(schemes.scheme(name).title) >= set(FIVE)


@pytest.mark.parametrize("name", SEEN)
def test_every_concept_has_a_label_in_every_language_of_the_cities(name: str) -> None:
    for concept in schemes.scheme(name).concepts:
        assert set(concept.labels) >= set(CITIES)


def test_fifteen_languages_name_nearly_everything() -> None:
    every = [concept for name in schemes.NAMES for concept in schemes.scheme(name).concepts]

    counts = Counter(language for concept in every for language in concept.labels)
    for language in FURTHER:
        del counts[language]
    assert set(counts) == set(LANGUAGES)
    assert {language: count for language, count in counts.items() if count < 0.9 * len(every)} == {}


@pytest.mark.parametrize("name", ["theme", "technology"])
def test_what_people_search_by_has_names_in_further_languages(name: str) -> None:
    for concept in schemes.scheme(name).concepts:
        assert set(concept.labels) >= set(FURTHER)


@pytest.mark.parametrize("name", schemes.NAMES)
def test_no_word_is_spelled_so_that_it_cannot_be_found(name: str) -> None:
    for concept in schemes.scheme(name).concepts:
        others = [word for words in concept.others.values() for word in words]
        for text in (*concept.labels.values(), *others, *concept.definition.values()):
            assert text == unicodedata.normalize("NFC", " ".join(text.split()))
        for language, text in concept.labels.items():
            assert text not in concept.others.get(language, ())
        for words in concept.others.values():
            assert len(set(map(schemes.fold, words))) == len(words)


@pytest.mark.parametrize("name", schemes.NAMES)
def test_a_preferred_label_names_one_concept_in_its_language(name: str) -> None:
    for concept in schemes.scheme(name).concepts:
        for language, text in concept.labels.items():
            assert schemes.find(name, text, language) == concept.iri


@pytest.mark.parametrize(
    ("name", "word", "language", "concept"),
    [
        ("theme", "ULAŞIM", "tr", "mobility"),
        ("lifecycle", "DEVAM EDİYOR", "tr", "running"),
        ("lifecycle", "TAMAMLANDI", None, "completed"),
        ("theme", "Kultuur", "et", "tourism-culture"),
        ("theme", "Byrom", "nb", "public-space"),
        ("theme", "Przestrzeń publiczna", "pl", "public-space"),
        ("technology", "LED", "en", "smart-lighting"),
        ("theme", "саобраћај", "sr", "mobility"),
        ("theme", "otpad", "sr-latn", "waste"),
        ("lifecycle", "í gangi", "is", "running"),
        ("helix", "नगर निगम", "hi", "public-administration"),
    ],
)
def test_a_word_is_known_in_capitals_and_as_part_of_a_label(
    name: str, word: str, language: str | None, concept: str
) -> None:
    found = schemes.find(name, word, language)

    assert found
    assert found.rsplit("/", 1)[1] == concept


@pytest.mark.parametrize("name", schemes.NAMES)
def test_a_file_says_nothing_that_python_does_not_see(name: str) -> None:
    scheme = schemes.scheme(name)
    said = list(graph.statements(shelf.read(f"schemes/{name}.ttl")))

    typed = {each.subject for each in said if each.predicate == RDF_TYPE}
    tops = {each.object for each in said if each.predicate == SKOS + "hasTopConcept"}
    of = {each.subject for each in said if each.predicate == SKOS + "topConceptOf"}
    inside = {each.subject for each in said if each.object == Iri(scheme.iri)}
    labels = [each for each in said if each.predicate == SKOS + "prefLabel"]
    iris = {concept.iri for concept in scheme.concepts}
    assert typed == iris | {scheme.iri}
    assert tops == {Iri(iri) for iri in iris}
    assert of == inside == iris
    assert len(labels) == sum(len(concept.labels) for concept in scheme.concepts)


def test_the_schemes_hold_the_concepts_of_the_model_in_their_own_order() -> None:
    for name, ids in IDS.items():
        found = [concept.id for concept in schemes.scheme(name).concepts]
        assert sorted(found) == sorted(ids.split())
        assert found == ids.split() or name == "theme"
    assert {*IDS, "technology"} == set(schemes.NAMES)


def test_stages_follow_each_other_as_the_model_says() -> None:
    steps = re.split(" ([→⇄]) ", TRANSITIONS)
    groups = [step.strip("{}").split(" | ") for step in steps[::2]]
    legal = {
        (before, after)
        for befores, afters in pairwise(groups)
        for before in befores
        for after in afters
        if before != "rejected"
    } | {("suspended", "running"), ("running", "completed")}
    main = [stage for group in groups for stage in group]
    ended = {"completed", "evaluated", "archived"}
    legal |= {(stage, "withdrawn") for stage in set(main) - ended - {"rejected"}}
    legal |= {(stage, "retracted") for stage in [*main, "withdrawn"]}

    found = schemes.scheme("lifecycle").concepts
    assert {
        (concept.id, after.rsplit("/", 1)[1]) for concept in found for after in concept.may_become
    } == legal


def test_goals_and_themes_of_others_are_named_under_their_own_iris() -> None:
    goal = "http://metadata.un.org/sdg/11"
    theme = "http://publications.europa.eu/resource/authority/data-theme/TRAN"

    assert schemes.label(goal, ["it"]) == "Città e comunità sostenibili"
    assert schemes.label(theme, ["nb", "de"]) == "Transport"
    assert schemes.find("goal", "acción por el clima", "es") == schemes.iri("goal", "13")
    assert schemes.find("goal", "odd 13", "fr") == schemes.find("goal", "SDG 13")
    assert schemes.iri("goal", "11") == goal
    assert schemes.iri("data-theme", "TRAN") == theme
    assert schemes.concept("http://metadata.un.org/sdg/18") is None
    assert schemes.scheme("goal").iri == "http://metadata.un.org/sdg"


def test_goals_and_climates_have_their_codes() -> None:
    assert [each.notation for each in schemes.scheme("goal").concepts][-1] == "17"
    assert all(each.notation == each.id for each in schemes.scheme("climate").concepts)


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


@pytest.mark.parametrize(
    ("name", "language", "word", "concept"),
    [
        ("technology", "en", "autonomous vehicles", "automated-driving"),
        ("technology", "en", "Cargo bikes", "cargo-bike"),
        ("technology", "en", "drone", "drones"),
        ("technology", "en", "electric buses", "electric-vehicle"),
        ("technology", "en", "energy communities", "energy-community-grid"),
        ("lifecycle", "en", "planned", "proposed"),
        ("lifecycle", "en", "cancelled", "withdrawn"),
        ("lifecycle", "it", "approvato", "approved"),
        ("lifecycle", "it", "concluso", "completed"),
        ("lifecycle", "it", "sospeso", "suspended"),
        ("lifecycle", "fr", "annulée", "withdrawn"),
        ("lifecycle", "es", "finalizada", "completed"),
        ("lifecycle", "de", "in Umsetzung", "running"),
    ],
)
def test_the_words_of_everyday_tables_are_understood(
    name: str, language: str, word: str, concept: str
) -> None:
    assert schemes.find(name, word, language) == f"{schemes.folder(name)}{concept}"


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


def test_nobody_waits_for_schemes_that_are_not_asked_for() -> None:
    program = (
        "from vocab import schemes, shelf\n"
        "schemes.find('helix', 'x'); schemes.label('http://metadata.un.org/sdg/1', ['it'])\n"
        "print(shelf.read.cache_info().currsize)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=root
    )

    assert int(done.stdout) == 2


@pytest.mark.parametrize(
    ("name", "word", "language", "meant"),
    [
        ("theme", "doprava", "cs", "mobility"),
        ("theme", "النقل", "ar", "mobility"),
        ("lifecycle", "실증중", "ko", "running"),
        ("lifecycle", "已完成", "zh-tw", "completed"),
        ("helix", "Громадська організація", "uk", "civil-society"),
    ],
)
def test_words_count_in_languages_that_have_no_labels(
    name: str, word: str, language: str, meant: str
) -> None:
    assert schemes.find(name, word, language) == schemes.iri(name, meant)
