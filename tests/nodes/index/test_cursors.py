"""Pages of hits that follow each other while records come, change and go."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.errors import BadCursor
from nodes.index import Index
from nodes.searches import Near, SearchRequest, Sort
from tests.nodes.town import HELSINKI, TORINO, Town, experiment, town
from vocab.parts import Place
from vocab.records import Record

HERE = Near(latitude=45.0, longitude=7.0)
WORDS = ("shuttle", "street", "lamp", "sensor")


def trial(number: int, said: str) -> Record:
    """A record that fits, like many others or not: titles, dates and places come again."""
    return experiment(
        (TORINO.base, HELSINKI)[number % 2],
        f"trial-{number}",
        title={"en": f"Shuttle {said}"},
        description={"en": f"{said} " * (number % 7)},
        modified=f"2026-11-{number % 3 + 10}T10:00:00Z",
        place=Place(city="Torino", wkt=f"POINT(7.{number % 4} 45)") if number % 5 else None,
    )


def harvested(node: Town, changes: list[tuple[int, str | None]]) -> None:
    for number, said in changes:
        record = trial(number, said or "")
        if said is None:
            node.withdraw(record.iri)
        else:
            node.say(record)
    node.catch_up()


CHANGES = st.lists(
    st.tuples(st.integers(20, 60), st.none() | st.sampled_from(WORDS)), min_size=1, max_size=8
)


@settings(max_examples=6, deadline=None)
@given(
    sort=st.sampled_from(Sort),
    text=st.sampled_from(["", "shuttle", "shutle lamp", "lamp -street"]),
    between=st.lists(CHANGES, min_size=2, max_size=2),
)
def test_no_record_that_stays_is_missed_or_told_twice_while_others_come_and_go(
    sort: Sort, text: str, between: list[list[tuple[int, str | None]]]
) -> None:
    request = SearchRequest(text=text, sort=sort, near=HERE, limit=4, facets=())
    with TemporaryDirectory() as folder, town(Path(folder)) as node:
        harvested(node, [(number, WORDS[number % 4]) for number in range(30)])
        stay = {trial(number, "").iri for number in range(20)}
        whole = [hit.iri for hit in node.index.all_hits(request) if hit.iri in stay]

        told: list[str] = []
        page = node.index.search(request)
        changes = iter(between)
        while True:
            told += [hit.iri for hit in page.hits]
            if page.following is None:
                break
            harvested(node, next(changes, []))
            page = node.index.search(replace(request, cursor=page.following))

        assert [iri for iri in told if iri in stay] == whole


def test_cursors_lead_to_every_hit(busy: Index) -> None:
    request = SearchRequest(text="shuttle", limit=100, facets=())
    told: list[str] = []
    page = busy.search(request)
    while page.following is not None:
        told += [hit.iri for hit in page.hits]
        page = busy.search(replace(request, cursor=page.following))
    told += [hit.iri for hit in page.hits]

    assert told == [hit.iri for hit in busy.all_hits(request)]
    assert len(set(told)) == 450


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Many records that are equal in all but their names."""
    with town(tmp_path_factory.mktemp("busy")) as node:
        node.say(*(trial(15 * number, "lamp") for number in range(450)))
        node.catch_up()
        yield node.index


@pytest.mark.parametrize(
    "said",
    [
        "[]",
        "{}",
        "null",
        "[1,2,3,4,5]",
        '["DIGEST",1e999,1,1,0]',
        '["DIGEST",true,1,1,0]',
        '["DIGEST",1,1.5,1,0]',
        '["DIGEST",1,1,-5,0]',
        '["DIGEST",1,1,99999999999999999999,0]',
        '["DIGEST",1,1,1]',
        '["DIGEST",1,1,1,99]',
        '["DIGEST",1,1,1,0,-7]',
        "[" * 700,
    ],
)
def test_a_forged_cursor_is_refused(busy: Index, said: str) -> None:
    request = SearchRequest(text="shuttle", limit=1)
    real = busy.search(request).following or ""
    digest = json.loads(urlsafe_b64decode(real + "=="))[0]

    forged = urlsafe_b64encode(said.replace("DIGEST", digest).encode()).decode().rstrip("=")

    with pytest.raises(BadCursor, match=r"links\.next"):
        busy.search(replace(request, cursor=forged))


def test_a_cursor_of_another_search_is_refused(busy: Index) -> None:
    cursor = busy.search(SearchRequest(text="shuttle", limit=1)).following

    for other in (SearchRequest(text="lamp"), SearchRequest(text="shuttle", sort=Sort.TITLE)):
        with pytest.raises(BadCursor):
            busy.search(replace(other, cursor=cursor))


def test_a_forged_place_leads_on_and_takes_no_memory(busy: Index) -> None:
    for sort in Sort:
        request = SearchRequest(text="shuttle", sort=sort, near=HERE, limit=2, facets=())
        first = busy.search(request)
        said = json.loads(urlsafe_b64decode((first.following or "") + "=="))
        said[3] = 1 << 40
        forged = urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")

        page = busy.search(replace(request, cursor=forged))

        assert page.hits == busy.search(replace(request, cursor=first.following)).hits
