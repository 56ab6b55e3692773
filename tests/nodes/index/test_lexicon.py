"""Which concepts the words of a question mean, in any language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.index.lexicon import lexicon
from nodes.words import fold, spoken
from tests.nodes.town import concept


def meant(text: str) -> set[str]:
    said = [part for word in spoken(text).split() for part in lexicon().parted(word)]
    return {sense.label.concept for sense in lexicon().senses(said, [False] * len(said))}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("自動運転バスの実証実験", ["technology/automated-driving"]),
        ("太陽光発電と蓄電池", ["technology/solar", "technology/battery-storage"]),
        ("ﾄﾞﾛｰﾝ", ["technology/drones"]),  # of half the width
        ("otonom otobüs", ["technology/automated-driving"]),
        ("GÜRÜLTÜ", ["theme/noise"]),
        ("безпілотний автобус", ["technology/automated-driving"]),
        ("الألواح الشمسية", ["technology/solar"]),
        ("רחפנים", ["technology/drones"]),
        ("सौर पैनल", ["technology/solar"]),
        ("스마트 가로등", ["technology/smart-lighting"]),
        ("無人機", ["technology/drones"]),
        ("eguzki-plakak", ["technology/solar"]),
        ("goleuadau stryd clyfar", ["technology/smart-lighting"]),
        ("sjálfkeyrandi strætó", ["technology/automated-driving"]),
        ("ġbir tal-iskart", ["theme/waste"]),
    ],
)
def test_a_question_in_any_language_means_concepts(text: str, names: list[str]) -> None:
    assert meant(text) == {concept(*name.split("/")) for name in names}


def test_a_word_of_a_label_is_no_form_of_another_word_elsewhere() -> None:
    """*Verde* is green; by the rules of Turkish it could be a form of *veri*, data."""
    assert concept("theme", "data") in lexicon().hints("verinin")
    assert concept("theme", "data") not in lexicon().hints("verde")
    assert concept("theme", "urban-green") in lexicon().hints("verde")


@given(
    st.text(st.characters(min_codepoint=0x3040, max_codepoint=0x30FF) | st.sampled_from("水 電"))
)
def test_parting_a_text_without_spaces_loses_nothing(text: str) -> None:
    for word in spoken(text).split():
        assert "".join(lexicon().parted(word)) in {fold(word), word}


@pytest.mark.parametrize("word", ["in", "van", "de", "of", "und", "per", "con", "dans"])
def test_a_little_word_stays_little_whatever_it_means_elsewhere(word: str) -> None:
    """Else *in* hints at concepts of young people, by the Slovenian *otroci in mladi*."""
    assert lexicon().little(word)
    assert not lexicon().little("bus")
