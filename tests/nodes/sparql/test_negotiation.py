"""Content negotiation reads the whole Accept header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.web.negotiation import choose

OFFERS = ("application/json", "text/csv", "text/turtle", "application/ld+json;profile=compact")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("", "application/json"),
        (",;=/", "application/json"),
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/turtle", "text/turtle"),
        ("TEXT/Turtle", "text/turtle"),
        ("text/turtle;charset=utf-8", "text/turtle"),
        ("text/csv;q=0.5, text/turtle;q=0.6", "text/turtle"),
        ("text/turtle;q=0.6, text/csv;q=0.5", "text/turtle"),
        ("text/csv;q=0.500, text/turtle;q=.6", "text/turtle"),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "application/json"),
        ("*", "application/json"),
        ("turtle", "application/json"),
        ("text/csv;q=2, text/turtle", "text/turtle"),
        ("*/*;q=0.9, application/json;q=0", "text/csv"),
        ("application/json;q=0, */*;q=0.9", "text/csv"),
        ("text/*;q=0.9, text/csv;q=0.1, application/json;q=0.5", "text/turtle"),
        ("image/png", None),
        ("*/*;q=0", None),
        ("application/json;q=0", None),
        ("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8", "application/json"),
        ("application/ld+json", "application/ld+json;profile=compact"),
        ('application/ld+json;profile="compact"', "application/ld+json;profile=compact"),
        ('application/ld+json;profile="other"', "application/ld+json;profile=compact"),
        ('application/ld+json;profile="other", text/turtle;q=0.1', "text/turtle"),
        ('application/ld+json;profile="other", */*;q=0', "application/ld+json;profile=compact"),
        ("text/turtle;version=1.2", "text/turtle"),
        ("text/turtle;version=1.2;q=0", None),
        ('text/html;x="a,b", text/csv', "text/csv"),
        ("text/csv ; q=0.3 , text/turtle ;q=0.2", "text/csv"),
    ],
)
def test_picks_what_the_client_likes_best(accept: str | None, expected: str | None) -> None:
    assert choose(accept, OFFERS) == expected


@given(st.permutations(["*/*;q=0.1", "text/*;q=0.3", "text/csv;q=0.2", "image/png", "a/b;q=0"]))
def test_order_makes_no_difference(parts: list[str]) -> None:
    assert choose(", ".join(parts), OFFERS) == "text/turtle"


@pytest.mark.parametrize("piece", ['"', '\\"', ";", 'a;b="', "a/b;", " ", ", ", 'a/b;c="\\'])
def test_a_header_that_never_ends_a_quote_costs_no_more_than_another(piece: str) -> None:
    assert choose("image/png, " + '"' + piece * 4_000, OFFERS) is None


@given(st.text(max_size=200))
def test_no_header_is_an_error(accept: str) -> None:
    assert choose(accept, OFFERS) in {None, *OFFERS}
