"""What a city may say: as much as every node that reads it will take."""

from dataclasses import replace
from pathlib import Path

import pytest

from nodes.sayable import checked
from vocab.fields import Moment
from vocab.jsonld import expand_to_payload, loads
from vocab.records import Experiment, Record
from vocab.triples import from_payload

SHUTTLE = Path(__file__).parents[2] / "examples/golden/torino-shuttle.jsonld"


def shuttle() -> Record:
    document = loads(SHUTTLE.read_bytes())
    return from_payload(expand_to_payload(document), document["id"])


def test_a_record_with_every_field_filled_is_not_too_much_for_others() -> None:
    record = shuttle()

    assert checked([record]) == ([record], [])


def test_a_record_that_others_would_refuse_for_its_size_is_not_said() -> None:
    long = replace(shuttle(), description={"it": "parola " * 3_000, "en": "word " * 3_900})

    good, [told] = checked([long])

    assert good == []
    assert "takes more than 120000 bytes" in str(told)


ENDED = [
    ("2024-05", "2023-01-01", ["#period"]),
    ("2024-05", "2023", ["#period"]),
    ("2024-05-02", "2024-05-01", ["#period"]),
    ("2024", "2024-01-01", []),
    ("2024-05-30", "2024-05", []),
]


@pytest.mark.parametrize(("start", "end", "told"), ENDED)
def test_what_ends_before_it_begins_is_not_said_of_any_kind_or_part(
    start: str, end: str, told: list[str]
) -> None:
    first, last = Moment(value=start), Moment(value=end)
    record = shuttle()
    assert isinstance(record, Experiment)
    [kpi, *_] = record.kpis
    [permit, *_] = record.permits
    wrong = [
        replace(record, start=first, end=last),
        replace(record, kpis=(replace(kpi, start=first, end=last),)),
        replace(record, permits=(replace(permit, submitted=first, granted=last),)),
    ]

    found = [checked([each])[1] for each in wrong]

    parts = [[each.part for each in bad] for bad in found]
    assert parts == [told, ["#measured-1"] * len(told), ["#permit-1"] * len(told)]
    assert {each.value for bad in found for each in bad} == {end for _ in told}


def test_what_peers_would_refuse_is_told_with_its_place_value_and_advice() -> None:
    wrong = replace(shuttle(), landing_page="ftp://torino.example/\u202eolli")

    good, [told] = checked([wrong])

    assert good == []
    start, _, end = told.told("fr-CA").partition(": Sa page propre n'est pas une seule adresse")
    assert start == f"{wrong.identifier}: dcat:landingPage: ftp://torino.example/\\u202eolli"
    assert "Donnez une seule adresse, par exemple https://navette.example/" in end
    assert "Give one address, such as https://shuttle.example/" in told.told("fi")
