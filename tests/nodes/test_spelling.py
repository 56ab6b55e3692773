"""Words with typing errors find the words that were meant."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nodes.spelling import Spelling, distance, errors_in
from nodes.words import fold, words

WORDS = st.text(alphabet="abcdefgλβδджщü", min_size=4, max_size=12).map(fold)


@given(word=WORDS, at=st.integers(0, 11), letter=st.sampled_from("abcλд"), how=st.integers(0, 3))
def test_one_error_is_mended_in_any_alphabet(word: str, at: int, letter: str, how: int) -> None:
    at %= len(word)
    typed = (
        word[:at] + letter + word[at:],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    )[how]

    assert distance(typed, word, 2) <= 1
    if typed != word and errors_in(typed):
        assert (word, 1) in Spelling({word: 1, "zzzz": 5}).near(typed)


@given(known=st.lists(WORDS, min_size=1, max_size=8, unique=True), word=WORDS)
def test_no_word_that_may_have_been_meant_is_passed_over(known: list[str], word: str) -> None:
    allowed = errors_in(word)
    meant = {other for other in known if 0 < distance(word, other, allowed) <= allowed}

    found = Spelling(dict.fromkeys(known, 1)).near(word, len(known))

    shared = {other for other in meant if set(pairs(word)) & set(pairs(other))}
    assert {other for other, _ in found} == {other for other in shared if len(other) > 2}


@given(
    known=st.dictionaries(WORDS, st.integers(1, 9), min_size=1, max_size=8),
    word=WORDS,
    said=st.integers(0, 10),
)
def test_a_word_that_has_a_more_frequent_neighbour_is_known_to(
    known: dict[str, int], word: str, said: int
) -> None:
    frequent_first = dict(sorted(known.items(), key=lambda each: -each[1]))
    spelling = Spelling(frequent_first)

    neighbours = [other for other, _ in spelling.near(word, len(known)) if known[other] >= said]

    assert spelling.rivalled(word, said) or not neighbours


def pairs(word: str) -> list[str]:
    return [one + other for one, other in pairwise(f"^{word}$")]


@given(one=WORDS, other=WORDS)
def test_a_distance_is_the_same_both_ways(one: str, other: str) -> None:
    assert distance(one, other, 3) == distance(other, one, 3)
    assert (distance(one, other, 3) == 0) == (one == other)


def test_short_words_numbers_and_pairs_of_characters_are_taken_as_they_are() -> None:
    assert not any(errors_in(word) for word in ("bus", "2026", *words("自動運転")))


@given(text=st.text(max_size=60))
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert words(" ".join(words(text, asked=True)), asked=True) == words(text, asked=True)
