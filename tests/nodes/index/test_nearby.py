"""Distances on a sphere, with the date line and both poles."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.index import Index
from nodes.searches import Near, SearchRequest, Sort
from tests.nodes.town import TORINO, experiment, town
from vocab.parts import Place

POINTS = [
    (latitude, longitude)
    for latitude in (-90.0, -89.99, -45.0, -0.01, 0.0, 45.07, 60.0, 89.95, 90.0)
    for longitude in (-180.0, -179.99, -90.0, 0.0, 7.69, 179.995, 180.0)
]
NEARS = st.builds(
    Near,
    latitude=st.floats(-90, 90) | st.sampled_from([-90.0, 0.0, 45.07, 89.99, 90.0]),
    longitude=st.floats(-180, 180) | st.sampled_from([-180.0, 0.0, 7.69, 179.999, 180.0]),
    within=st.sampled_from([0.1, 5.0, 30.0, 700.0, 6_000.0, 15_000.0, 20_040.0]),
)


@pytest.fixture(scope="module")
def globe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    places = [
        experiment(TORINO.base, f"at-{number}", place=Place(wkt=f"POINT({longitude} {latitude})"))
        for number, (latitude, longitude) in enumerate(POINTS)
    ]
    nowhere = experiment(TORINO.base, "nowhere")
    with town(tmp_path_factory.mktemp("globe"), *places, nowhere) as node:
        yield node.index


@settings(max_examples=30, deadline=None)
@given(near=NEARS)
def test_what_lies_within_a_distance_is_found_and_nothing_else(globe: Index, near: Near) -> None:
    found = globe.search(SearchRequest(near=near, sort=Sort.DISTANCE, limit=100, facets=("kind",)))

    far = [near.kilometres(*point) for point in POINTS]
    assert near.within is not None
    assert found.total == sum(each <= near.within for each in far)
    assert [hit.score for hit in found.hits] == sorted(each for each in far if each <= near.within)
    assert sum(count for _, count in found.facets["kind"]) == found.total


def test_a_distance_is_that_of_the_sphere() -> None:
    assert Near(latitude=0, longitude=0).kilometres(0, 90) == pytest.approx(10_007.6, abs=0.1)
    assert Near(latitude=0, longitude=179.5).kilometres(0, -179.5) == pytest.approx(111.2, abs=0.1)
    assert Near(latitude=90, longitude=0).kilometres(90, 120) == pytest.approx(0, abs=1e-6)
