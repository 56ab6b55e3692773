"""What a city may say: as much as every node that reads it will take."""

from dataclasses import replace
from pathlib import Path

from nodes.sayable import checked
from vocab.jsonld import expand_to_payload, loads
from vocab.records import Record
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


def test_what_peers_would_refuse_is_told_with_its_place_value_and_advice() -> None:
    wrong = replace(shuttle(), landing_page="ftp://torino.example/\u202eolli")

    good, [told] = checked([wrong])

    assert good == []
    start, _, end = told.told("fr-CA").partition(": Sa page propre n'est pas une seule adresse")
    assert start == f"{wrong.identifier}: dcat:landingPage: ftp://torino.example/\\u202eolli"
    assert "Donnez une seule adresse, par exemple https://navette.example/" in end
    assert "Give one address, such as https://shuttle.example/" in told.told("fi")
