"""Records that may be the same, or like each other, are found without comparing all with all."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.index.nearness import Wanted
from nodes.marks import marks, names, page
from tests.nodes.town import EVERYTHING, LIGHTS, ROBOT_BUS, SHUTTLE, TORINO, experiment, town
from vocab.parts import Permit, Project

BUS = experiment(TORINO.base, "bus", description={"fi": "Bussi ilman kuljettajaa sataman luona."})


def test_records_like_one_are_found_by_concepts_and_by_weighty_words(tmp_path: Path) -> None:
    wanted = Wanted(
        iri=SHUTTLE.iri,
        themes=SHUTTLE.themes,
        technologies=SHUTTLE.technologies,
        texts={"body": "navetta elettrica ospedali"},
    )
    with town(tmp_path, *EVERYTHING) as node:
        near = [hit.iri for hit in node.index.near(wanted, 10)]
        rare = node.index.rarities(["bussi", "wordless"])

    assert near == [ROBOT_BUS.iri]
    assert LIGHTS.iri not in near
    assert rare["wordless"] > rare["bussi"] > 0


def test_records_meet_under_the_marks_they_share(tmp_path: Path) -> None:
    twin = replace(SHUTTLE, iri=f"{TORINO.base}experiments/twin", identifier="twin")
    with town(tmp_path, *EVERYTHING, twin) as node:
        crowds = dict(node.index.crowds("marks", 100))
        hits, total = node.index.marked("title:navetta autonoma", 1)

        assert crowds["title:navetta autonoma"] == 2
        assert (len(hits), total) == (1, 2)
        assert node.index.crossed("origin", "theme")[TORINO.base][LIGHTS.themes[0]] == 1


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("https://www.Lab.example/a/", "lab.example/a"),
        ("http://lab.example/a?x=1#part", "lab.example/a?x=1"),
        ("https://lab.example/", None),
        ("mailto:lab@lab.example", None),
        ("http://[", None),
    ],
)
def test_a_page_is_the_same_however_it_is_written(address: str, plain: str | None) -> None:
    assert page(address) == plain


def test_a_project_is_known_by_its_short_name_too() -> None:
    whole = Project(name="SHOW - SHared automation Operating models")

    assert names(whole)[1:] == names(Project(name="show")) == ("show",)


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_a_record_says_its_marks_are_short(title: str, name: str) -> None:
    said = replace(BUS, title={"en": title}, projects=(Project(name=name),), permits=(_PERMIT,))

    found = marks(said)

    assert len(found) <= 40
    assert all(len(each) <= 200 and ":" in each for each in found)


_PERMIT = Permit(title={"en": "Permit"})
