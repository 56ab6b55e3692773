"""What a list of hits tells of a record is what the record says."""

from dataclasses import replace

from hypothesis import given, settings

from federation.member import Kind, Member, Proof
from nodes.cards import card, read
from nodes.findable import concepts
from tests.vocab.generated import records
from vocab.records import Record

SIGNED = Proof(created="2026-11-22T12:00:00Z", method="https://torino.example/#key", value="z1")


@settings(max_examples=25)
@given(records)
def test_a_card_tells_the_texts_and_the_concepts_of_its_record(record: Record) -> None:
    found = read(card(record, member(record), 40).written())

    assert found.iri == record.iri
    assert found.origin == "https://torino.example/"
    assert found.rest()["title"] == record.title
    assert found.rest()["summary"] == record.summary
    assert found.rest()["readiness"] == 40
    assert found.wkt == (record.place.wkt if record.place else None)
    assert found.concepts == set(concepts(record))


@settings(max_examples=10)
@given(records)
def test_a_record_of_somebody_else_is_not_told_as_signed_by_its_owner(record: Record) -> None:
    observer = replace(member(record), proof=SIGNED, source="https://portal.example/dataset/1")

    assert card(record, replace(observer, source=None), 0).rest()["signed"]
    assert not card(record, replace(observer, proof=None), 0).rest()["signed"]
    found = card(record, observer, 0).rest()
    assert not found["signed"]
    assert found["observed"]["at"] == "https://portal.example/dataset/1"


def member(record: Record) -> Member:
    return Member(
        iri="https://torino.example/feed/1-0badc0de",
        sequence=1,
        kind=Kind.CREATE,
        object=record.iri,
        actor="https://torino.example/#node",
        published="2026-11-22T12:00:00.000001Z",
    )
