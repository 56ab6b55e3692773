"""What a worker prepared for the index: used for the record it belongs to, and never needed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.carrying import Carried
from federation.examining import Checked, Examined, Signature
from federation.member import Member
from federation.reading import ReadPage
from nodes import arriving
from nodes.index.documents import STEMMERS, prepared, terms_of
from nodes.prepared import Prepared, Ready
from nodes.searches import SearchRequest
from nodes.words import spoken
from tests.nodes.town import CIRCUIT, LIGHTS, SHUTTLE, Town, town


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, LIGHTS) as opened:
        yield opened


def found(node: Town, text: str) -> list[str]:
    return [hit.iri for hit in node.index.search(SearchRequest(text=text)).hits]


def ready(member: Member) -> Ready:
    made = prepared(member)
    assert made is not None
    return made


def written(member: Member, found_by: str) -> Ready:
    return replace(ready(member), found_by=found_by)


def page(*members: tuple[Member, Signature]) -> Examined:
    checked = (
        Checked(carried=Carried(iri=member.iri, member=member), signature=signature)
        for member, signature in members
    )
    return Examined(page=ReadPage(url="https://city.example/feed"), checked=tuple(checked))


def test_a_record_is_found_by_what_a_worker_prepared(node: Town) -> None:
    [member] = node.say(SHUTTLE)
    said = ready(member).found_by.replace("ospedale", "sottomarino")
    node.index.prepared.keep(member, written(member, said))

    node.catch_up()

    assert found(node, "sottomarino") == [SHUTTLE.iri]


@pytest.mark.parametrize(
    "spoilt",
    ["", "{}", "[]", "null", '{"tie":"x"}', '{"tie":-1}', '{"west":1e999}', '{"words":{"a":1}}'],
)
def test_a_record_is_found_whatever_a_worker_made_of_it(node: Town, spoilt: str) -> None:
    [member] = node.say(SHUTTLE)
    node.index.prepared.keep(member, written(member, spoilt))

    node.catch_up()

    assert found(node, "ospedale") == [SHUTTLE.iri]


def test_what_is_prepared_for_one_record_speaks_for_no_other(node: Town) -> None:
    [member] = node.say(SHUTTLE)
    other = f'{{"key":"{LIGHTS.iri}","iri":"{LIGHTS.iri}","is":"position",'
    node.index.prepared.keep(member, written(member, other + ready(member).found_by[1:]))

    node.catch_up()

    assert found(node, "ospedale") == [SHUTTLE.iri]
    assert found(node, "lampione") == [LIGHTS.iri]
    node.say(replace(LIGHTS, summary={"it": "altro"}))
    node.catch_up()
    assert found(node, "ospedale") == [SHUTTLE.iri]


def test_another_wording_of_a_record_is_prepared_anew(node: Town) -> None:
    [member] = node.say(SHUTTLE)
    kept, made = Prepared(), ready(member)
    kept.keep(member, made)

    assert kept.take(replace(member, payload=member.payload + b" ")) is None
    assert kept.take(replace(member, object=LIGHTS.iri)) is None
    assert kept.take(replace(member, actor="https://other.example/#node")) is None
    assert kept.take(member) == made
    assert kept.take(member) is None


def test_what_nobody_asks_for_does_not_fill_the_memory(node: Town) -> None:
    members = node.say(SHUTTLE, CIRCUIT)
    kept = Prepared(10)
    for member in members:
        kept.keep(member, written(member, "x" * 8))
    kept.keep(members[1], written(members[1], "x" * 11))

    assert [kept.take(each) for each in members] == [None, written(members[1], "x" * 8)]


def test_a_record_dated_in_a_far_future_is_found(node: Town) -> None:
    node.say(replace(SHUTTLE, modified="9999-12-31T23:59:59Z"))

    node.catch_up()

    assert found(node, "ospedale") == [SHUTTLE.iri]


def test_a_worker_prepares_what_its_city_signed_and_no_more(node: Town) -> None:
    good, forged = node.say(SHUTTLE, CIRCUIT)
    gone = node.withdraw(LIGHTS.iri)

    arrivals = arriving.arrivals(
        page((good, Signature.GOOD), (forged, Signature.BAD), (gone, Signature.GOOD))
    )

    assert [each.ready for each in arrivals] == [ready(good), None, None]


@given(st.text(max_size=80), st.sampled_from(sorted(STEMMERS)))
@settings(deadline=None)
def test_a_word_has_the_same_stem_whatever_stands_beside_it(said: str, language: str) -> None:
    words = spoken(said).split()

    assert terms_of(said, language) == [term for word in words for term in terms_of(word, language)]
