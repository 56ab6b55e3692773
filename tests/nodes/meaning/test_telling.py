"""By which texts the meaning of a record is known."""

from nodes.meaning.telling import LONGEST, middle, told
from tests.nodes.town import HELSINKI, ROBOT_BUS, SHUTTLE, experiment


def test_every_language_given_is_read_and_the_labels_of_concepts() -> None:
    titles, keywords, labels, descriptions = (texts for _, texts in told(SHUTTLE))

    assert titles == ("Navetta autonoma.", "Autonomous shuttle. A driverless shuttle around the hospitals.")  # fmt: skip  # noqa: E501
    assert keywords == ("ospedale",)
    assert "Automated driving" in labels
    assert descriptions == ("Una navetta elettrica percorre le strade degli ospedali.",)


def test_a_text_in_a_language_that_the_model_has_not_learned_brings_no_noise() -> None:
    assert all("Robottibussi" not in text for _, texts in told(ROBOT_BUS) for text in texts)


def test_a_record_that_says_nothing_else_is_known_by_such_texts_all_the_same() -> None:
    bare = experiment(
        HELSINKI, "bussi", title={"fi": "Bussi"}, description={"fi": "Kulkee."}, language="fi"
    )

    assert told(bare) == ((1.0, ("Bussi.",)), (1.0, ("Kulkee.",)))


def test_a_literal_of_a_megabyte_and_ten_thousand_keywords_cost_no_more_than_others() -> None:
    monster = experiment(
        HELSINKI,
        "monster",
        title={"en": "\u202e" + "a b" * 400_000},
        description={"en": "  \u200b ", "de": "ß" * 1_000_000},
        keywords=tuple(("en", f"word {number}") for number in range(10_000)),
    )

    texts = [text for _, group in told(monster) for text in group]

    assert len(texts) < 40
    assert max(map(len, texts)) <= LONGEST


def test_the_middle_is_that_of_all_concepts() -> None:
    assert {"Automated driving", "Waste", "Completed"} <= set(middle())
