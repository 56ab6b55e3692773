"""What is exported and imported again unchanged says nothing new, whatever the records hold."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nodes.errors import ImportRefused
from nodes.importing.form import read_form, write_form
from nodes.importing.form.wording import LANGUAGES
from nodes.publishing import plan
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.form.filling import columns, opened
from tests.nodes.importing.form.town import TOWN, Town
from tests.vocab.generated import BASE, full, records
from vocab.records import KINDS, Record
from vocab.triples import to_payload

CAREFULLY = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

LEFT_EMPTY = (
    "Publisher: name", "Publisher: homepage", "Licence", "Language", "Contact", "First published",
    "Last changed", "European data themes", "Place: city", "Place: country", "Stage",
)  # fmt: skip


def distinct(found: Sequence[Record]) -> list[Record]:
    return list({each.iri: each for each in found}.values())


@settings(CAREFULLY, max_examples=15)
@given(st.lists(records, max_size=3).map(distinct), st.sampled_from([*LANGUAGES, "fi"]))
def test_any_records_come_back_and_say_nothing_new(
    tmp_path_factory: pytest.TempPathFactory, found: list[Record], language: str
) -> None:
    path = tmp_path_factory.mktemp("lab") / "lab.xlsx"
    town = Town(found)

    cut = write_form(path, town.records, language=language, texts="it")
    reading = read_form(path, TOWN, NOW, town.published)

    assert cut == []
    assert reading.findings == ()
    assert len(reading.records) == reading.rows == len(town.records)
    assert plan(reading.records, town.current).drafts == ()
    assert {each.iri: to_payload(each) for each in Town(reading.records).records} == (
        {each.iri: to_payload(each) for each in reading.records}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_with_every_field_comes_back_on_a_node_that_never_had_it(
    tmp_path: Path, kind: type[Record]
) -> None:
    record = full(kind, f"{BASE}{kind.room}/x")

    write_form(tmp_path / "lab.xlsx", [record], language="de", texts="it")
    reading = read_form(tmp_path / "lab.xlsx", TOWN, NOW, lambda _: None)

    assert reading.findings == ()
    assert [to_payload(each) for each in reading.records] == [to_payload(record)]


@settings(CAREFULLY, max_examples=10)
@given(st.lists(records, min_size=1, max_size=3).map(distinct), st.data())
def test_a_workbook_that_was_filled_in_says_everything_once(
    tmp_path_factory: pytest.TempPathFactory, found: list[Record], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("lab")
    write_form(folder / "lab.xlsx", found, language="en", texts="it")
    cleared = data.draw(st.sets(st.sampled_from(LEFT_EMPTY)))
    with opened(folder / "lab.xlsx") as book:
        for page in book.worksheets[: len(KINDS)]:
            clear(page, {*cleared, "Address"})
        for name in ("Partners", "Figures", "Services", "Challenges"):
            clear(book[name], {"Position"})

    first = read_form(folder / "lab.xlsx", TOWN, NOW, lambda _: None)
    town = Town(first.records)
    second = read_form(folder / "lab.xlsx", TOWN, NOW, town.published)
    write_form(folder / "out.xlsx", town.records, language="it", texts="it")
    third = read_form(folder / "out.xlsx", TOWN, NOW, town.published)

    told = {each.said.kind for each in first.findings}
    assert told <= {"clash"} or told == {"clash", "form-no-record"}  # parts of those that clash
    assert plan(second.records, town.current).drafts == ()
    assert plan(third.records, town.current).drafts == ()
    assert third.findings == ()


def clear(page: Any, headings: set[str]) -> None:
    for heading, column in columns(page).items():
        if heading in headings:
            for row in range(3, page.max_row + 1):
                page.cell(row, column).value = None


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(
        [r"\{=}", r"\{}", r"\{41}x", "experiments:title@it", ".partners:@record", "a\nb\n\nc",
         "1,5", "2019", "POINT(1 2)", "experiments", "-", "é" * 300]
    ),
)  # fmt: skip


@settings(CAREFULLY, max_examples=12)
@given(st.data())
def test_whatever_stands_in_the_cells_the_import_does_not_break(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("lab") / "lab.xlsx"
    before = [full(kind, f"{BASE}{kind.room}/x") for kind in KINDS]
    write_form(path, before, language="en", texts="it")
    with opened(path) as book:
        for page in data.draw(st.lists(st.sampled_from(book.worksheets), min_size=1, max_size=8)):
            for _ in range(data.draw(st.integers(1, 12))):
                row = data.draw(st.integers(1, 5))
                column = data.draw(st.integers(1, page.max_column))
                page.cell(row, column).value = data.draw(CELLS)

    try:
        reading = read_form(path, TOWN, NOW, Town(before).published)
    except ImportRefused:
        return

    assert all(str(each) for each in reading.findings)
    plan(reading.records, Town(before).current)
