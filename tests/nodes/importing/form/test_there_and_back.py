"""What is exported and imported again unchanged says nothing new, whatever the records hold."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nodes.importing.form import read_form, write_form
from nodes.importing.form.wording import LANGUAGES
from nodes.publishing import plan
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.form.town import TOWN, Town
from tests.vocab.generated import BASE, full, records
from vocab.records import KINDS, Record
from vocab.triples import to_payload

CAREFULLY = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def distinct(found: Sequence[Record]) -> list[Record]:
    return list({each.iri: each for each in found}.values())


@settings(CAREFULLY, max_examples=25)
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
