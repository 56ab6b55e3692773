"""Looking for doubles costs no more than it may, whatever strangers publish."""

import asyncio
from dataclasses import replace
from pathlib import Path
from threading import Event

from hypothesis import given
from hypothesis import strategies as st

from federation.member import Kind as Create
from federation.member import Member
from nodes.catalogue import Known
from nodes.duplicates import CROWD, Duplicates
from nodes.index import Index
from nodes.pairing import ENOUGH, Kind, judge, sight
from tests.nodes.town import HELSINKI, SHUTTLE, TORINO, experiment, town
from vocab.fields import Moment
from vocab.parts import Partner, Place, Project
from vocab.records import Experiment


def known(record: Experiment, origin: str = TORINO.base) -> Known:
    member = Member(
        iri=f"{origin}feed/1-00000000",
        sequence=1,
        kind=Create.CREATE,
        object=record.iri,
        actor=f"{origin}#node",
        published="2026-11-22T12:00:00.000001Z",
        previous=None,
        payload=b"",
    )
    return Known(record=record, member=member, received=member.published, via=origin)


SHOW = Project(name="SHOW - SHared automation", homepage="https://show.example/")
PARTNERS = tuple(Partner(name=name) for name in ("Navya", "AIT", "Siemens"))
HERE = experiment(TORINO.base, "qui", projects=(SHOW,), partners=PARTNERS)
THERE = experiment(HELSINKI, "siella", projects=(Project(name="Show"),), partners=PARTNERS[:1])


async def test_a_crowd_of_equal_titles_is_named_and_not_compared(tmp_path: Path) -> None:
    same = [
        experiment(TORINO.base, f"prova-{number}", title={"it": "Prova"})
        for number in range(CROWD + 5)
    ]
    with town(tmp_path, *same) as node:
        found = await Duplicates(journal=node.journal, index=node.index).every()
        catalogue = await node.catalogue.record(same[0].iri)
        assert isinstance(catalogue, Known)
        around = await Duplicates(journal=node.journal, index=node.index).around(catalogue)

    assert (found.pairs, found.compared, around) == ((), 0, ())
    assert [(each.mark, each.records) for each in found.crowds] == [("title:prova", CROWD + 5)]


class SlowIndex(Index):
    """An index of many records, in which looking for all crowds takes its time."""

    go_on: Event

    def crowds(self, field: str, most: int) -> tuple[tuple[str, int], ...]:
        assert self.go_on.wait(60)
        return super().crowds(field, most)


async def test_the_page_of_a_record_does_not_wait_for_a_look_at_all_of_them(tmp_path: Path) -> None:
    one = experiment(TORINO.base, "prova", title={"it": "Prova"})
    with town(tmp_path, one) as node:
        slow = SlowIndex.open(tmp_path / "index", read_only=True)
        slow.go_on = Event()
        looking = Duplicates(journal=node.journal, index=slow)
        catalogue = await node.catalogue.record(one.iri)
        assert isinstance(catalogue, Known)
        whole = asyncio.create_task(looking.every())
        await asyncio.sleep(0)

        around = await asyncio.wait_for(looking.around(catalogue), 60)
        ended = whole.done()
        slow.go_on.set()
        await whole

    assert (around, ended) == ((), False)


def test_trials_of_one_project_in_two_cities_are_proposed_as_such() -> None:
    pair = judge(sight(known(HERE)), sight(known(THERE, HELSINKI)))

    assert pair is not None
    assert pair.kind is Kind.PROJECT
    assert {each.name for each in pair.reasons} == {"project", "partners"}
    assert judge(sight(known(HERE)), sight(known(THERE))) is None  # one city knows its own


def test_what_ran_at_another_time_and_place_is_no_double() -> None:
    first = replace(SHUTTLE, start=Moment(value="2019"), end=Moment(value="2019-06"))
    far = Place(city="Torino", country="IT", wkt="POINT(7.60 45.10)")
    second = replace(
        first,
        iri=f"{TORINO.base}experiments/altra",
        start=Moment(value="2021-03-01"),
        end=None,
        place=far,
    )
    twin = replace(second, start=first.start, end=Moment(value="2020"), place=first.place)

    assert judge(sight(known(first)), sight(known(second))) is None
    assert judge(sight(known(first)), sight(known(twin))) is not None


def test_a_title_within_a_longer_one_is_not_said_to_share_all_its_words() -> None:
    longer = {"en": "Autonomous shuttle between two hospitals in winter"}
    twin = replace(SHUTTLE, iri=f"{TORINO.base}experiments/altra", title=longer)
    shorter = replace(SHUTTLE, title={"en": "Autonomous shuttle between hospitals"})

    pair = judge(sight(known(shorter)), sight(known(twin)))

    assert pair is not None
    assert "a title has 100 % of the telling words of the other" in [
        each.why for each in pair.reasons
    ]


def test_what_one_record_names_as_repeated_is_no_double() -> None:
    twin = replace(SHUTTLE, iri=f"{TORINO.base}experiments/altra", replicates=(SHUTTLE.iri,))

    assert judge(sight(known(SHUTTLE)), sight(known(twin))) is None


@given(
    st.builds(
        lambda title, page, year, name: experiment(
            HELSINKI,
            "x",
            title={"en": title},
            landing_page=page,
            start=year and Moment(value=f"{year:04}"),
            projects=(Project(name=name),),
        ),
        st.text(max_size=80),
        st.none() | st.text(max_size=40).map("https://a.example/".__add__),
        st.none() | st.integers(1, 9999),
        st.text(max_size=30),
    )
)
def test_any_two_records_can_be_compared_and_it_does_not_matter_which_comes_first(
    said: Experiment,
) -> None:
    twin = replace(said, iri=f"{TORINO.base}experiments/x")
    first, second = sight(known(said, HELSINKI)), sight(known(twin))

    there = judge(first, second)

    assert there == judge(second, first)
    assert there is None or (there.score >= ENOUGH and all(each.why for each in there.reasons))
