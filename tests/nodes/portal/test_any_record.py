"""Whatever a city says within the model, portals are given what their shapes accept."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import DCAT, RDF, Graph

from federation.member import Kind, Member
from nodes.deriving import Workbench
from nodes.dossiers import PAGE
from nodes.portal import QUERY
from tests.nodes.portal import plenty, standards
from tests.vocab.generated import records
from vocab.records import KINDS, Record
from vocab.triples import to_payload

BENCH = Workbench()


def dossier_of(record: Record) -> bytes:
    said = Member(
        iri="https://torino.example/feed/1-00000000",
        sequence=1,
        kind=Kind.CREATE,
        object=record.iri,
        actor="https://torino.example/#node",
        published="2026-11-22T10:00:00.000001Z",
        previous=None,
        payload=to_payload(record),
    )
    return BENCH.derive(said, QUERY)


@standards.needed
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(records, min_size=1, max_size=5, unique_by=lambda each: each.iri))
def test_whatever_records_say_their_dossiers_conform(said: list[Record]) -> None:
    graph = Graph().parse(data=b"".join(map(dossier_of, said)), format="nt")

    assert len(set(graph.subjects(RDF.type, DCAT.Dataset))) == len(said)
    assert standards.dcat_ap(graph) == []


@pytest.mark.parametrize("kind", [kind.room for kind in KINDS])
def test_a_page_of_records_that_say_everything_is_not_too_heavy(kind: str) -> None:
    [record] = [each for each in plenty.whole("https://torino.example/") if each.room == kind]
    row = len("<https://torino.example/feed/dcat-ap#10000-00000000>")

    dossier = dossier_of(record)

    assert PAGE >= 20, "a full page is worth a request"
    assert PAGE * (len(dossier) + row * dossier.count(b"\n")) < 2_000_000
