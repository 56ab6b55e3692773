"""Any text comes back from a cell, and an officer's own text is left alone."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nodes.importing.form.escaping import (
    escaped,
    fits,
    is_literal,
    joined,
    literal,
    parted,
    unescaped,
)  # fmt: skip
from tests.vocab.generated import texts

ANY = st.one_of(texts, st.text("\\{}=AaF09_x \n\r\t", max_size=12))


@given(ANY)
@example(r"\{A}")
@example("_x0041_")
def test_any_text_comes_back_from_a_cell(text: str) -> None:
    cell = escaped(text)

    assert unescaped(cell) == text
    assert unescaped(f" {cell}\n") == text
    assert cell


@given(st.lists(ANY, max_size=4))
def test_any_list_of_texts_comes_back_from_one_cell(items: list[str]) -> None:
    cell = joined(map(escaped, items))

    assert [unescaped(each) for each in parted(cell)] == items


@given(ANY)
def test_a_literal_comes_back_and_is_known_as_one(text: str) -> None:
    assert unescaped(literal(text)) == text
    assert is_literal(literal(text))


@pytest.mark.parametrize(
    "text", ["=1+1", "+39 011", "-", "@citta", "due\nrighe", r"C:\nuovi\x", "a; b", "👩‍🚀 è"]
)
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    assert escaped(text) == text


@pytest.mark.parametrize("text", [r"\{x}", r"\{110000}", r"\{D800}"])
def test_what_is_no_escape_stays_as_it_was_typed(text: str) -> None:
    assert unescaped(text) == text


def test_a_cell_holds_as_much_as_spreadsheet_programs_count() -> None:
    assert fits("x" * 32_767)
    assert not fits("x" * 32_768)
    assert not fits("👩" * 16_384)
