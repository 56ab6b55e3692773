"""Likeness says what it is made of, and a city says its profile once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.member import Kind
from nodes import likeness
from nodes.cities import drafts
from tests.nodes.town import TORINO, concept, town
from tests.vocab.test_profile import TORINO as PROFILE
from vocab.profile import Profile

SELF = replace(PROFILE, iri=TORINO.iri)
FIGURES = st.none() | st.decimals(min_value="0.01", max_value=10**6, places=2)
PROFILES = st.none() | st.builds(
    Profile,
    iri=st.just(TORINO.iri),
    name=st.just({"it": "Torino"}),
    country=st.just("IT"),
    population=st.none() | st.integers(1, 10**9),
    density=FIGURES,
    area=FIGURES,
    climate=st.none()
    | st.sampled_from([concept("climate", each) for each in ("Cfa", "Cfb", "ET")]),
    income=st.none() | st.sampled_from([concept("income", each) for each in ("low", "high", "x")]),
)
COUNTS = st.dictionaries(st.sampled_from("abcd"), st.integers(1, 1_000))


@given(PROFILES, PROFILES, COUNTS, COUNTS)
def test_likeness_is_the_same_both_ways_and_whole_with_itself(
    first: Profile | None, second: Profile | None, one: dict[str, int], two: dict[str, int]
) -> None:
    there = likeness.cities(first, second, (one, two), ({}, {}))
    back = likeness.cities(second, first, (two, one), ({}, {}))
    itself = likeness.cities(first, first, (one, one), ({}, {}))

    assert there.score == pytest.approx(back.score)
    assert 0 <= there.score <= 1
    assert there.known == pytest.approx(
        sum(part.weight for part in there.parts if part.score is not None), abs=1e-3
    )
    assert itself.score == pytest.approx(1 if itself.known else 0)
    assert all(part.why for part in there.parts)


def test_a_city_says_its_profile_once_and_takes_it_back_when_it_is_no_longer_configured(
    tmp_path: Path,
) -> None:
    city = replace(TORINO, profile=SELF)
    with town(tmp_path) as node:
        said = node.profile(SELF)
        gone = node.withdraw(SELF.iri)

    assert kinds(drafts(city, None)) == [Kind.CREATE]
    assert kinds(drafts(city, said)) == []
    changed = replace(city, profile=replace(SELF, population=1))
    assert kinds(drafts(changed, said)) == [Kind.UPDATE]
    assert kinds(drafts(TORINO, said)) == [Kind.DELETE]
    assert kinds(drafts(TORINO, gone)) == []
    assert kinds(drafts(city, gone)) == [Kind.CREATE]


def kinds(said: list[Any]) -> list[Kind]:
    return [each.kind for each in said]
