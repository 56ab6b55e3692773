"""The search index, on disk, with real records."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.changes import Change
from nodes.errors import ViewDamaged
from nodes.index import Index
from nodes.index.view import shares
from nodes.searches import Box, Near, Period, SearchRequest, Sort
from nodes.words import MOST_PARTS, ask
from tests.nodes.town import (
    CALL,
    CIRCUIT,
    EVERYTHING,
    HELSINKI,
    LIGHTS,
    ROBOT_BUS,
    SHUTTLE,
    TORINO,
    Town,
    concept,
    experiment,
    town,
)  # fmt: skip
from vocab.parts import Partner, Place

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Three records that no test changes."""
    with town(tmp_path_factory.mktemp("three"), *EVERYTHING) as found:
        yield found


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, *EVERYTHING) as found:
        yield found


def found(node: Town, text: str = "", **said: object) -> list[str]:
    request = SearchRequest(text=text, **said)  # type: ignore[arg-type]
    return [hit.iri for hit in node.index.search(request).hits]


def test_a_question_in_italian_finds_a_finnish_record_by_its_technology(three: Town) -> None:
    assert set(found(three, "guida autonoma")) == {SHUTTLE.iri, ROBOT_BUS.iri}


@pytest.mark.parametrize(
    ("text", "iri"),
    [
        ("lampione", LIGHTS.iri),  # a stem
        ("ospedali", SHUTTLE.iri),
        ("jatkasaari", ROBOT_BUS.iri),  # the beginning of a word, without its dots
        ('"navetta elettrica"', SHUTTLE.iri),  # a phrase
        ("ospedale -sottomarino", SHUTTLE.iri),
        ("mobilità -helsinki", SHUTTLE.iri),
        ("FORUM virium", ROBOT_BUS.iri),
        ("belysning", LIGHTS.iri),  # Danish, by the theme
        ("lampoini", LIGHTS.iri),  # two letters changed places
        ("ilumminazione", LIGHTS.iri),  # two errors in a long word
        ("osppedali", SHUTTLE.iri),
        ("l'ospedale", SHUTTLE.iri),  # said with another article
        ("NELL\u2019OSPEDALE", SHUTTLE.iri),
        ("\u201cnavetta elettrica\u201d", SHUTTLE.iri),  # as telephones and word processors quote
        ("\u00abnavetta elettrica\u00bb \u2212lampione", SHUTTLE.iri),
        (ROBOT_BUS.iri, ROBOT_BUS.iri),  # copied from an address
        ("led-lampoini", LIGHTS.iri),  # a typing error in a part
        ("led^4", LIGHTS.iri),
    ],
)
def test_finds(three: Town, text: str, iri: str) -> None:
    assert found(three, text) == [iri]


@pytest.mark.parametrize("text", ['"ospedalli"', "led", "bu"])
def test_quoted_and_short_words_are_taken_as_typed(three: Town, text: str) -> None:
    assert set(found(three, text)) <= {LIGHTS.iri}  # LED stands there


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        *[("navtta", "navetta"), ("Navtta -bus", "navetta -bus"), ("navetta", None)],
        *[("xqzwk", None), ("dellla", None)],  # *della* says nothing
    ],
)
def test_a_spelling_that_finds_more_is_offered(three: Town, text: str, instead: str | None) -> None:
    assert three.index.search(SearchRequest(text=text)).instead == instead


def test_a_word_that_records_say_is_doubted_for_a_far_more_usual_one_only(tmp_path: Path) -> None:
    said = ["Turin", *["turn"] * 3, *["Turia"] * 6, "Turja"]
    records = [experiment(TORINO.base, str(at), title={"en": text}) for at, text in enumerate(said)]

    with town(tmp_path, *records) as node:
        assert node.index.search(SearchRequest(text="turin")).instead == "turia"
        assert node.index.search(SearchRequest(text="turn")).instead is None


def test_a_question_says_which_concepts_its_words_mean(three: Town) -> None:
    result = three.index.search(SearchRequest(text="prova: navette senza conducente"))

    assert [(each.concept, each.word) for each in result.matches] == [
        (concept("technology", "automated-driving"), "navette senza conducente")
    ]
    assert {SHUTTLE.iri, ROBOT_BUS.iri} <= {hit.iri for hit in result.hits}


def test_all_words_go_before_some_words(three: Town) -> None:
    assert found(three, "navetta ospedali")[0] == SHUTTLE.iri
    assert found(three, "navetta ospedali", exact=True) == [SHUTTLE.iri]
    assert found(three, "navetta sottomarina")[0] == SHUTTLE.iri
    assert found(three, "sottomarina") == []


def test_a_title_weighs_more_than_a_description(tmp_path: Path) -> None:
    in_title = experiment(TORINO.base, "a", title={"en": "Drones over the river"})
    in_text = experiment(TORINO.base, "b", description={"en": "Some drones were seen once."})

    with town(tmp_path, in_text, in_title) as node:
        assert found(node, "drone") == [in_title.iri, in_text.iri]


def alike(text: str, *near: str) -> SearchRequest:
    return SearchRequest(text=text, alike=tuple((iri, 0.6) for iri in near))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("KU Kalasatama", ROBOT_BUS.iri),  # a partner
        ("jatkasaari", SHUTTLE.iri),  # of two places one is called just so
        ("kalasattama", ROBOT_BUS.iri),  # misspelt
        ("labx-171", ROBOT_BUS.iri),  # an identifier
    ],
)
def test_nothing_merely_alike_comes_before_what_bears_a_name(
    tmp_path: Path, text: str, first: str
) -> None:
    bus = replace(ROBOT_BUS, identifier="labx-171", partners=(Partner(name="KU Kalasatama"),))
    shuttle = replace(SHUTTLE, place=Place(name={"fi": "Jätkäsaari"}))

    with town(tmp_path, bus, shuttle, LIGHTS, CIRCUIT) as node:
        hits = node.index.search(alike(text, LIGHTS.iri, CIRCUIT.iri)).hits

    assert hits[0].iri == first
    assert {LIGHTS.iri, CIRCUIT.iri} <= {hit.iri for hit in hits}


def test_words_that_concepts_are_called_by_are_no_name(tmp_path: Path) -> None:
    works = experiment(TORINO.base, "works", partners=(Partner(name="Energy"),))

    with town(tmp_path, works, LIGHTS) as node:
        hits = node.index.search(alike("energy", LIGHTS.iri)).hits

    assert [hit.iri for hit in hits] == [LIGHTS.iri, works.iri]


def test_a_mistyped_label_means_its_concept(three: Town) -> None:
    right, wrong = (
        three.index.search(SearchRequest(text=text))
        for text in ("guida autonoma", "guida autonomma")
    )

    iris = {SHUTTLE.iri, ROBOT_BUS.iri}
    assert {hit.iri for hit in wrong.hits} == {hit.iri for hit in right.hits} == iris
    [meant] = wrong.matches
    assert (meant.concept, meant.word) == (right.matches[0].concept, "guida autonomma")


def test_a_compound_that_nobody_says_means_what_its_ends_mean(three: Town) -> None:
    assert found(three, "Beleuchtungskonzept") == [LIGHTS.iri]
    assert found(three, "Probebeleuchtung") == [LIGHTS.iri]
    assert found(three, '"Beleuchtungskonzept"') == []


def test_an_address_finds_the_record_first_then_those_that_name_it_or_are_about_it(
    tmp_path: Path,
) -> None:
    technology = concept("technology", "automated-driving")
    about = experiment(TORINO.base, "1", title={"it": "Altro"}, landing_page=ROBOT_BUS.iri)

    with town(tmp_path, *EVERYTHING, about) as node:
        assert found(node, ROBOT_BUS.iri)[0] == ROBOT_BUS.iri
        assert set(found(node, technology)) == {SHUTTLE.iri, ROBOT_BUS.iri}
        assert found(node, f"-{technology} navetta") == []
        assert found(node, "https://nowhere.example/navetta") == []


def test_scripts_without_spaces_are_found_by_any_part(tmp_path: Path) -> None:
    tokyo = experiment(
        HELSINKI, "tokyo", title={"ja": "自動運転バスの実証実験"}, description={"ja": "東京"}
    )

    with town(tmp_path, tokyo, SHUTTLE) as node:
        assert found(node, "運転バス") == [tokyo.iri]
        assert found(node, "京") == [tokyo.iri]


def test_filters_are_alternatives_within_and_narrow_between(three: Town) -> None:
    mobility, energy = concept("theme", "mobility"), concept("theme", "energy")

    both = three.index.search(SearchRequest(filters={"theme": (mobility, energy)}))
    narrowed = three.index.search(
        SearchRequest(filters={"theme": (mobility,), "city": ("Torino",)})
    )

    assert both.total == 3
    assert [hit.iri for hit in narrowed.hits] == [SHUTTLE.iri]


def test_counts_of_a_facet_leave_its_own_filter_out(three: Town) -> None:
    facets = three.index.search(SearchRequest(filters={"city": ("Torino",)})).facets

    assert dict(facets["city"]) == {"Torino": 2, "Helsinki": 1}
    assert dict(facets["country"]) == {"IT": 2}
    assert dict(facets["year"]) == {"2018": 1, "2019": 1, "2020": 1, "2024": 1}
    assert dict(facets["origin"]) == {TORINO.base: 2}
    assert dict(facets["language"]) == {"it": 2}
    assert dict(facets["partner"]) == {"Città di Torino": 1, "GTT": 1}


@pytest.mark.parametrize(
    ("box", "iris"),
    [
        (Box(west=24, south=60, east=25, north=61), {ROBOT_BUS.iri}),
        (Box(west=7.6, south=45, east=7.68, north=45.1), {SHUTTLE.iri}),
        (Box(west=170, south=-90, east=10, north=90), {SHUTTLE.iri, LIGHTS.iri}),
        (Box(west=-10, south=0, east=-5, north=10), set()),
    ],
)
def test_a_box_finds_what_lies_in_it(three: Town, box: Box, iris: set[str]) -> None:
    assert set(found(three, box=box)) == iris


@pytest.mark.parametrize(
    ("first", "last", "slugs"),
    [
        ("2019", None, {"lampioni", "navetta-autonoma", "robottibussi"}),
        ("2018-12-31", "2018-12-31", {"lampioni"}),  # a year that may have been that day
        ("2020-07", "2024-08", set()),  # the shuttle begins in September
        ("2020-06-15", "2020-06-15", {"lampioni", "robottibussi"}),  # a month has that day
        ("2030", None, {"navetta-autonoma"}),  # it runs, and no end is told
        (None, "2017", set()),
    ],
)
def test_a_period_finds_what_may_have_been_under_way(
    three: Town, first: str | None, last: str | None, slugs: set[str]
) -> None:
    met = found(three, period=Period(first=first, last=last))

    assert {iri.rpartition("/")[2] for iri in met} == slugs


def test_what_is_near_comes_nearest_first_and_no_farther_than_asked(three: Town) -> None:
    hospital = Near(latitude=45.04, longitude=7.67)
    near = replace(hospital, within=7.0)

    assert found(three, near=hospital, sort=Sort.DISTANCE) == [
        SHUTTLE.iri,
        LIGHTS.iri,
        ROBOT_BUS.iri,
    ]
    assert set(found(three, near=near)) == {SHUTTLE.iri, LIGHTS.iri}
    assert found(three, near=replace(near, within=5.0)) == [SHUTTLE.iri]


def test_freshness_is_counted_when_it_is_asked_for(three: Town) -> None:
    request = SearchRequest(filters={"fresh": ("day",)})
    ages = {TORINO.base: 0, HELSINKI: 100_000}

    now = three.index.search(request, ages)
    later = three.index.search(request, {TORINO.base: 90_000, HELSINKI: 190_000})

    assert {hit.iri for hit in now.hits} == {SHUTTLE.iri, LIGHTS.iri}
    assert dict(now.facets["fresh"]) == {"day": 2, "week": 3, "month": 3}
    assert dict(later.facets["fresh"]) == {"week": 3, "month": 3}
    assert later.total == 0


def test_hits_come_in_the_order_asked_for(three: Town) -> None:
    assert found(three, sort=Sort.DATE) == [SHUTTLE.iri, ROBOT_BUS.iri, LIGHTS.iri]
    assert found(three, sort=Sort.TITLE) == [LIGHTS.iri, SHUTTLE.iri, ROBOT_BUS.iri]
    assert found(three, sort=Sort.UPDATED)[0] == SHUTTLE.iri
    assert found(three, sort=Sort.CITY) == [ROBOT_BUS.iri, LIGHTS.iri, SHUTTLE.iri]
    assert found(three, sort=Sort.READINESS)[0] == SHUTTLE.iri


def test_what_says_a_day_to_come_stands_where_it_was_said(changing: Town) -> None:
    [said] = changing.say(replace(LIGHTS, modified="2999-01-01T00:00:00Z"))
    early = replace(said, published="2026-11-22T09:00:00.000001Z")

    changing.index.apply([Change(object=LIGHTS.iri, position=10, member=early)], 10)

    assert found(changing, sort=Sort.UPDATED) == [SHUTTLE.iri, LIGHTS.iri, ROBOT_BUS.iri]


def test_pages_share_no_hit_and_miss_none(tmp_path: Path) -> None:
    many = [experiment(TORINO.base, f"trial-{number:03}") for number in range(45)]

    with town(tmp_path, *many) as node:
        pages = [
            found(node, "trial", sort=Sort.TITLE, offset=offset, limit=20)
            for offset in (0, 20, 40, 60)
        ]
        everything = node.index.all_hits(SearchRequest(text="trial"))

    assert [len(page) for page in pages] == [20, 20, 5, 0]
    assert sorted(iri for page in pages for iri in page) == [each.iri for each in many]
    assert len(everything) == 45


def test_a_withdrawn_record_is_found_no_more(changing: Town) -> None:
    changing.withdraw(LIGHTS.iri)
    changing.catch_up()

    assert found(changing, "lampioni") == []
    assert changing.index.search(SearchRequest()).total == 2


def test_names_of_a_withdrawn_record_are_not_proposed_any_more(changing: Town) -> None:
    person = Partner(name="Zebulon Quickfoot")
    changing.say(
        experiment(HELSINKI, "zoo", partners=(person,), place=Place(city="Zedtown")),
        experiment(HELSINKI, "zinc", place=Place(city="Zeebrugge")),
    )
    changing.catch_up()
    before = {each.text for each in changing.index.propose("ze")[0]}
    changing.withdraw(f"{HELSINKI}experiments/zoo")
    changing.catch_up()

    after = {each.text for each in changing.index.propose("ze")[0]}

    assert {"Zebulon Quickfoot", "Zedtown", "Zeebrugge"} <= before
    assert before - after == {"Zebulon Quickfoot", "Zedtown"}


def test_a_changed_record_is_found_by_its_new_words_only(changing: Town) -> None:
    changing.say(experiment(TORINO.base, "lampioni", title={"it": "Semafori"}))
    changing.catch_up()

    assert found(changing, "semaforo") == [LIGHTS.iri]
    assert found(changing, "lampioni che") == [LIGHTS.iri]  # by its identifier
    assert found(changing, "LED") == []


def test_a_record_is_found_by_the_records_that_name_it_or_a_part_of_it(tmp_path: Path) -> None:
    copy = replace(ROBOT_BUS, replicates=(SHUTTLE.iri,), services=(f"{CIRCUIT.iri}#service-1",))
    with town(tmp_path, SHUTTLE, CIRCUIT, CALL, copy) as node:
        repeated = node.index.mentioning(SHUTTLE.iri, 10)
        used = node.index.mentioning(CIRCUIT.iri, 10)

        assert [hit.iri for hit in repeated] == [ROBOT_BUS.iri]
        assert {hit.iri for hit in used} == {ROBOT_BUS.iri, CALL.iri}
        assert len(node.index.mentioning(CIRCUIT.iri, 1)) == 1
        assert node.index.mentioning("urn:x:\x00" * 400, 10) == ()


def test_no_city_crowds_others_out_of_what_names_a_record(tmp_path: Path) -> None:
    loud = [
        experiment("https://loud.example/", f"n{number}", replicates=(SHUTTLE.iri,),
                   modified="2026-11-22T11:00:00Z")
        for number in range(70)
    ]  # fmt: skip
    true = [replace(each, replicates=(SHUTTLE.iri,)) for each in (ROBOT_BUS, LIGHTS)]
    with town(tmp_path, SHUTTLE, *true, *loud) as node:
        named = [hit.iri for hit in node.index.mentioning(SHUTTLE.iri, 65)]

    assert len(named) == len(set(named)) == 65
    assert set(named[-2:]) == {ROBOT_BUS.iri, LIGHTS.iri}


@given(counts=st.lists(st.integers(1, 50), max_size=20), room=st.integers(1, 100))
def test_room_is_shared_to_the_last_and_evenly(counts: list[int], room: int) -> None:
    given_ = dict(shares([(str(at), count) for at, count in enumerate(counts)], room))
    got = [given_.get(str(at), 0) for at in range(len(counts))]

    assert sum(got) == min(room, sum(counts))
    assert all(most - 1 <= mine or mine == count for mine, count in zip(got, counts, strict=True)
               for most in got)  # fmt: skip


def test_the_position_is_kept_with_the_records(tmp_path: Path) -> None:
    with town(tmp_path, *EVERYTHING) as node:
        reached = node.index.position

    with_again = Index.open(tmp_path / "index")

    assert reached == with_again.position == 3
    assert with_again.search(SearchRequest()).total == 3
    with_again.close()


def test_applying_again_changes_nothing(changing: Town) -> None:
    changes, position = changing.journal.changes(0, 100)
    old = [Change(object=LIGHTS.iri, position=1, member=None)]

    changing.index.apply(changes, position)
    changing.index.apply(old, 2)

    assert changing.index.search(SearchRequest()).total == 3
    assert changing.index.position == position


def test_another_process_may_read_beside_the_writer(tmp_path: Path) -> None:
    with town(tmp_path, SHUTTLE) as node:
        reader = Index.open(tmp_path / "index", read_only=True)
        before = reader.search(SearchRequest()).total
        node.say(ROBOT_BUS)
        node.catch_up()

        assert (before, reader.search(SearchRequest()).total) == (1, 2)
        assert reader.position == 2
        with pytest.raises(ViewDamaged, match="lock"):
            Index.open(tmp_path / "index")
        with pytest.raises(ViewDamaged, match="read only"):
            reader.apply([], 3)


def test_what_a_power_cut_left_of_a_commit_is_no_obstacle_to_the_next_start(tmp_path: Path) -> None:
    """What marks the deleted is written before the commit counts, under the name of the next one:
    a node that was killed between the two could not start again."""
    folder = tmp_path / "index"
    with town(tmp_path, *EVERYTHING):
        before = (folder / "meta.json").read_bytes()
    with town(tmp_path) as node:
        node.say(replace(LIGHTS, title={"it": "Lanterne"}))
        node.catch_up()
        changes = node.journal.changes(3, 100)
    (folder / "meta.json").write_bytes(before)

    again = Index.open(folder)
    again.apply(*changes)

    assert [hit.iri for hit in again.search(SearchRequest(text="lanterne")).hits] == [LIGHTS.iri]
    assert again.search(SearchRequest()).total == 3
    again.close()


CUT_OFF = """
import os, pathlib, sys
from nodes.index.view import Index
from nodes.journal import Journal

folder = pathlib.Path(sys.argv[1])
index = Index.open(folder / "cut-off")
changes, _ = Journal(folder / "journal.sqlite", sys.argv[2]).changes(0, 100)
for two in zip(changes[::2], changes[1::2]):
    index.apply(two, two[1].position)
os._exit(0)
"""
"""Writes a part of an index for each two changes, and ends while they are being made one."""


def test_a_record_stays_withdrawn_after_a_merge_that_was_cut_off(tmp_path: Path) -> None:
    """The first deletion of a process was lost for what is merged at the same time."""
    records = [experiment(TORINO.base, f"trial-{number}") for number in range(16)]
    with town(tmp_path, *records) as node:
        words = (sys.executable, "-c", CUT_OFF, str(tmp_path), TORINO.base)
        subprocess.run(words, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd="/")
        node.withdraw(records[-4].iri)  # of the last part but one, in which the last looked too

        with closing(Index.open(tmp_path / "cut-off")) as index:
            index.apply(*node.journal.changes(index.position, 100))

    with closing(Index.open(tmp_path / "cut-off", read_only=True)) as index:
        assert index.search(SearchRequest()).total == 15


@pytest.mark.parametrize("name", ["meta.json", "*.store", "*.term"])
def test_a_damaged_index_says_so(tmp_path: Path, name: str) -> None:
    with town(tmp_path, *EVERYTHING):
        pass
    for path in (tmp_path / "index").glob(name):
        path.write_bytes(b"not an index")

    with pytest.raises(ViewDamaged, match="search index") as caught:
        Index.open(tmp_path / "index").close()

    assert "citynode rebuild" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_000_000,
        "word " * 100_000,
        "\u202e\u2066evil\x00\x1f\ufeff",
        "title:x AND (a OR [b TO c}) ~2 ^3 *?",
        '"' * 999,
        "-" * 999,
        "- - -",
        '-"',
        "😀 👩‍🚀",
        "\ud800",
        "a" + "\u0301" * 900,
        "日" * 999,
        "",
    ],
)
def test_no_question_makes_it_raise_or_wait(three: Town, text: str) -> None:
    three.index.search(SearchRequest(text=text, filters={"city": (text,)}))
    three.index.search(SearchRequest(text=text))


@pytest.mark.parametrize("text", ["a-b-" * 250, '"' + "a " * 490 + '"', "a-b-c-d " * 60, "ﷺ" * 900])
def test_a_question_of_one_endless_word_is_no_more_work_than_another(text: str) -> None:
    question = ask(text)

    terms = (*question.wanted, *question.unwanted)

    assert 0 < sum(len(each.folded) for each in terms) <= MOST_PARTS
    assert all(len(each.spoken.split()) <= MOST_PARTS for each in terms)


def test_a_monstrous_record_is_kept_and_found(tmp_path: Path) -> None:
    monster = experiment(
        HELSINKI,
        "m" * 3_000,
        title={"en": "Monster" + "\u202e\x00" * 50_000},
        description={f"en-x{number:04}": "word" * 20 for number in range(2_500)}
        | {"en": "long " * 20_000 + "z" * 300_000},
        partners=tuple(Partner(name=f"p{number}" * 100) for number in range(2_000)),
        place=Place(name={}, city="c" * 100_000, wkt="POINT(" + "9" * 100_000 + ")"),
        themes=tuple(f"https://a.example/{number}" for number in range(3_000)),
    )

    with town(tmp_path, monster, SHUTTLE) as node:
        assert monster.iri in found(node, "monster")
        assert found(node, "navetta") == [SHUTTLE.iri]
        node.withdraw(monster.iri)
        node.catch_up()
        assert found(node, "monster") == []


def test_words_said_since_are_offered_once_they_were_read_ahead(tmp_path: Path) -> None:
    known = [" ".join(f"parola{n}" for n in range(first, first + 1_300)) for first in (0, 1_300)]
    said = dict(zip(("it", "fr"), known, strict=True))
    with town(tmp_path, replace(SHUTTLE, description=said)) as node:
        assert node.index.search(SearchRequest(text="zubrawka")).instead is None
        fresh = {"title": {"it": "Zubrowka"}, "language": "it"}
        node.say(*(experiment(TORINO.base, f"prova-{n}", **fresh) for n in range(30)))
        node.catch_up()
        at_once = node.index.search(SearchRequest(text="zubrawka")).instead
        node.index.read_ahead()
        then = node.index.search(SearchRequest(text="zubrawka")).instead

    assert at_once is None  # nobody waits for thousands of words to be read again
    assert then == "zubrowka"
