"""Records are found by what their city is called in any language, and words go on as they were."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nodes.findable import findable
from nodes.index.gazetteer import gazetteer
from nodes.index.lexicon import lexicon
from nodes.index.matching import matching
from nodes.searches import SearchRequest, SearchResult
from nodes.words import words
from tests.nodes.town import Town, concept, experiment, town
from vocab.cities import cities
from vocab.parts import Partner, Place
from vocab.records import Experiment

DRIVERLESS = (concept("technology", "automated-driving"),)
SOLAR = (concept("technology", "solar"),)


def of(city: str, slug: str, title: str, **said: Any) -> Experiment:
    base = f"https://{slug.partition('-')[0]}.example/"
    return experiment(base, slug, title={"de": title}, place=Place(city=city), **said)


TRIALS = (
    of("Wien", "wien-bus", "Bus ohne Fahrer", technologies=DRIVERLESS),
    of("Wien", "wien-laden", "Ladepunkte"),
    of("Gent", "gent-bus", "Zelfrijdende bus", technologies=DRIVERLESS),
    of("KØBENHAVN", "kobenhavn-luft", "Luftmålinger"),
    of("Nice", "nice-plage", "Plage propre"),
    of("Köln", "koln-rhein", "Rhein"),
    of("東京", "tokyo-bus", "Bus in der Nacht", technologies=DRIVERLESS),
    of("東京", "tokyo-park", "Park"),
    of("Torino", "torino-bus", "Bus per tutti", technologies=DRIVERLESS),
    of("Torino", "torino-vista", "Visita a Wien"),
    of("Helsinki", "helsinki-bikes", "Nice bikes", description={"en": "A nice bike to split."}),
    of("Helsinki", "helsinki-colonia", "Colonia felina"),
    of("New York", "newyork-bench", "Bench"),
    of("York", "york-bench", "Bench"),
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("cities"), *TRIALS) as found:
        yield found


def found(node: Town, text: str, **said: object) -> list[str]:
    request = SearchRequest(text=text, **said)  # type: ignore[arg-type]
    return named(node.index.search(request))


def named(result: SearchResult) -> list[str]:
    return [hit.iri.rpartition("/")[2] for hit in result.hits]


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        *[(text, ["wien-bus", "wien-laden", "torino-vista"]) for text in
          ("Wien", "Wiedeń", "wieden", "VIENNA", "Vienne", "Βιέννη", "Вена", "Відень", "ウィーン")],
        ("Gand", ["gent-bus"]),
        ("Copenhague", ["kobenhavn-luft"]),
        ("Koebenhavn", ["kobenhavn-luft"]),
        ("Nizza", ["nice-plage"]),  # in no text: there it is an English word
        ("Cologne", ["koln-rhein"]),
        ("Tokio", ["tokyo-bus", "tokyo-park"]),
        ("Nueva York", ["newyork-bench"]),
        ("'s-Gravenhage", []),
        ('"Wiedeń"', []),  # meant as it stands
    ],
)  # fmt: skip
def test_a_city_is_found_by_its_name_in_any_language(
    node: Town, text: str, slugs: list[str]
) -> None:
    strictly = node.index.search(SearchRequest(text=text, exact=True))

    assert sorted(named(strictly)) == sorted(slugs)
    assert sum(count for _, count in strictly.facets["kind"]) == len(slugs)
    assert set(found(node, text)[: len(slugs)]) == set(slugs)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Wiedeń autobus autonomiczny", "wien-bus"),
        ("navetta autonoma Gand", "gent-bus"),
        ("Turin fahrerloser Bus", "torino-bus"),
        ("東京自動運転バス", "tokyo-bus"),
        ("nice bikes", "helsinki-bikes"),
        ("colonia", "helsinki-colonia"),  # a word of Spanish, and what Köln is called there
    ],
)
def test_the_city_s_own_come_first_and_words_before_what_they_perhaps_name(
    node: Town, text: str, first: str
) -> None:
    elsewhere = tuple((each.iri, 0.9) for each in TRIALS if first not in each.iri)
    meant = () if first.startswith(("helsinki", "tokyo")) else elsewhere

    assert found(node, text, alike=meant)[0] == first


@pytest.mark.parametrize("text", ["Wien Energie", "Wiedeń Energie"])
def test_who_bears_all_of_a_name_comes_before_the_city_in_it(tmp_path: Path, text: str) -> None:
    energy = (concept("theme", "energy"),)
    works = of("Wien", "wien-works", "Energie im Haus, Energie", themes=energy, technologies=SOLAR)
    bears = of("Gent", "gent-bears", "Zon", partners=(Partner(name="Wien Energie"),))

    with town(tmp_path, works, bears) as node:
        assert found(node, text) == ["gent-bears", "wien-works"]


def test_a_name_that_is_a_word_too_finds_the_city_as_well(node: Town) -> None:
    assert found(node, "colonia") == ["helsinki-colonia", "koln-rhein"]
    assert found(node, "split") == ["helsinki-bikes"]


def test_a_part_of_a_compound_is_no_city(node: Town) -> None:
    assert found(node, "Wien-Simmering", exact=True) == []


@pytest.mark.parametrize(
    ("typed", "city"),
    [
        ("copenh", "KØBENHAVN"),
        ("Wiede", "Wien"),
        ("Βιέν", "Wien"),
        ("东", "東京"),
        ("nizz", "Nice"),
    ],
)
def test_a_city_is_proposed_by_what_it_is_called_elsewhere(
    node: Town, typed: str, city: str
) -> None:
    assert [each.text for each in node.index.propose(typed)[0] if each.kind == "city"] == [city]


def test_a_city_is_kept_out_by_any_of_its_names(node: Town) -> None:
    assert found(node, "automated driving -Wiedeń -Turin -Tokio") == ["gent-bus"]


def test_a_name_is_no_misspelt_word(node: Town) -> None:
    result = node.index.search(SearchRequest(text="Lione"))

    assert (result.hits, result.instead) == ((), None)


def test_who_waits_for_a_city_by_its_name_elsewhere_is_told(node: Town) -> None:
    known = [findable(each, "https://wien.example/") for each in TRIALS[:3]]

    [matched] = matching(known, [SearchRequest(text="Wiedeń autobus autonomiczny")])

    assert matched == {TRIALS[0].iri}


def test_a_sure_name_is_no_word_of_a_label_and_no_little_one() -> None:
    """Else it would have a ~ in the file: it is looked for in every text."""
    usual = {
        name.text
        for names in cities()
        for name in names
        if not name.common and len(said := words(name.text, asked=True)) == 1
        if said[0] in lexicon().content or lexicon().little(said[0])
    }

    assert usual == set()
    assert not gazetteer().sure("nice")


ASKED = (
    "Wiedeń",
    "Vienna autonomous bus",
    "nice bikes",
    "bikes",
    "nachtbus",
    "colonia",
    "ladepumkte",  # misspelt
)


def test_a_node_s_own_records_are_found_by_what_it_calls_its_city(tmp_path: Path) -> None:
    """Whatever a node calls itself, the records of others are found as before."""
    bare = replace(TRIALS[0], iri="https://node.example/experiments/bare", place=None)
    with town(tmp_path, *TRIALS, bare) as node:
        before = {text: found(node, text, limit=100) for text in ASKED}
        node.index.call({"https://node.example/": ("Wien", "Ruritanien", *ASKED[2:])})
        after = {text: found(node, text, limit=100) for text in ASKED}

        assert found(node, "Ruritanien autonomer Bus")[0] == "bare"

    assert "bare" in after["Wiedeń"]
    assert "bare" not in after["bikes"]
    for text in ASKED:
        others = [[each for each in hits[text] if each != "bare"] for hits in (before, after)]
        assert others[0] == others[1], text
