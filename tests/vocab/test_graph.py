"""A record reads the same in every syntax, and the vocabulary files are sound Turtle."""

import os
import re
import subprocess
import sys
from typing import get_args

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings

from federation.member import document
from tests.vocab.generated import records
from tests.vocab.test_jsonld import member
from tests.vocab.test_triples import SHUTTLE, with_rows
from vocab import graph, lines, shelf
from vocab.errors import BadTerm
from vocab.lines import Iri, Literal
from vocab.records import Record
from vocab.terms import CN, PREFIXES, RDF_TYPE, RDFS, XSD
from vocab.triples import to_payload

UNFIT_FOR_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def read_again(written: bytes, fmt: ox.RdfFormat) -> bytes:
    quads = list(ox.parse(written, format=fmt))
    found = ox.serialize(quads, format=ox.RdfFormat.N_QUADS).decode()
    return lines.canonical(found[:-1].split("\n"))


def fit_for_xml(payload: bytes) -> bytes:
    """Give the payload as XML can hold it, control characters replaced."""
    return lines.canonical(
        lines.line(
            each.subject,
            each.predicate,
            each.object
            if isinstance(each.object, Iri)
            else each.object._replace(value=UNFIT_FOR_XML.sub("\ufffd", each.object.value)),
        )
        for each in lines.triples(payload)
    )


@given(records)
@settings(max_examples=40, deadline=None)
def test_a_record_reads_the_same_in_every_syntax(record: Record) -> None:
    payload = to_payload(record)

    assert read_again(graph.serialise(payload, "turtle"), ox.RdfFormat.TURTLE) == payload
    assert read_again(graph.serialise(payload, "trig"), ox.RdfFormat.TRIG) == payload
    assert read_again(graph.serialise(payload, "xml"), ox.RdfFormat.RDF_XML) == fit_for_xml(payload)
    assert graph.serialise(payload, "nt") == payload
    assert graph.serialise(payload, "nquads") == payload


@given(records)
@settings(max_examples=20, deadline=None)
def test_a_member_keeps_its_graph_where_the_syntax_has_graphs(record: Record) -> None:
    signed = document(member(record))

    assert read_again(graph.serialise(signed, "trig"), ox.RdfFormat.TRIG) == signed
    assert graph.serialise(signed, "nquads") == signed
    flat = graph.serialise(signed, "nt")
    assert len(lines.rows(flat)) == len(lines.rows(signed))
    assert read_again(graph.serialise(signed, "turtle"), ox.RdfFormat.TURTLE) == flat
    assert read_again(graph.serialise(signed, "xml"), ox.RdfFormat.RDF_XML) == fit_for_xml(flat)


def test_the_same_record_gives_the_same_bytes_after_a_restart() -> None:
    """Sets have another order in each process, and what was tagged before is asked for again."""
    payload = to_payload(SHUTTLE)
    writing = (
        "import sys; from typing import get_args; from vocab import graph; said = sys.stdin.buffer."
        "read(); sys.stdout.buffer.write(b'\\0'.join("
        "graph.serialise(said, each) for each in get_args(graph.Format)))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", writing],
        input=payload,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        check=True,
    )

    assert ran.stdout.split(b"\0") == [
        graph.serialise(payload, each) for each in get_args(graph.Format)
    ]


def test_turtle_uses_short_names() -> None:
    written = graph.serialise(to_payload(SHUTTLE), "turtle").decode()

    assert "a cn:UrbanExperiment" in written
    assert 'dcterms:abstract "A driverless shuttle on a campus."@en ;' in written
    assert f"@prefix cn: <{PREFIXES['cn']}> ." in written
    assert "ns1:" not in written


def test_values_keep_their_letters() -> None:
    payload = with_rows(
        to_payload(SHUTTLE),
        lines.line("urn:a", "urn:p:x", Literal("007", XSD + "integer")),
        lines.line("urn:a", "urn:p:x", Literal("maybe", XSD + "boolean")),
        lines.line("urn:a", "urn:p:x", Literal("1.50", XSD + "decimal")),
        lines.line("urn:a", "urn:p:x", Literal("1e0", XSD + "double")),
        lines.line("urn:a", "urn:p:x", Literal("<b/>", "urn:xml")),
        lines.line("urn:a", "urn:p:x", Literal('ends with "quotes"')),
    )

    assert read_again(graph.serialise(payload, "turtle"), ox.RdfFormat.TURTLE) == payload
    assert read_again(graph.serialise(payload, "xml"), ox.RdfFormat.RDF_XML) == payload


@pytest.mark.parametrize(
    "predicate",
    [
        "https://a.example/1name",
        "https://a.example/x#a.b-c",
        "https://a.example/x?y=z&w=v",
        "https://a.example/città",
        "urn:isbn:x1",
        "https://w3id.org/citynode/ns#later",
        "http://purl.org/dc/terms/deeper/term",
    ],
)
def test_rdf_xml_splits_names_that_do_not_split_well(predicate: str) -> None:
    payload = lines.canonical([lines.line("urn:a?b=1&c=2", predicate, Literal(" a\r\n<&> "))])

    assert read_again(graph.serialise(payload, "xml"), ox.RdfFormat.RDF_XML) == payload
    assert len(rdflib.Graph().parse(data=graph.serialise(payload, "xml"), format="xml")) == 1


def test_rdf_xml_refuses_a_property_it_cannot_name() -> None:
    payload = lines.canonical([lines.line("urn:a", "https://a.example/123", Literal("x"))])

    with pytest.raises(BadTerm, match="123"):
        graph.serialise(payload, "xml")


def test_rdflib_reads_every_syntax() -> None:
    payload = to_payload(SHUTTLE)

    for fmt in ("turtle", "xml", "nt"):
        read = rdflib.Graph().parse(data=graph.serialise(payload, fmt), format=fmt)
        assert len(read) == len(lines.rows(payload)), fmt


def test_every_term_of_our_own_is_in_the_ontology() -> None:
    ontology = list(graph.statements(shelf.read("ns.ttl")))
    told = {each.subject.removeprefix(CN) for each in ontology if each.predicate == RDF_TYPE}
    used = set(re.findall(f"{re.escape(CN)}([A-Za-z]+)", document(member(SHUTTLE)).decode()))

    assert used <= told
    assert {"Head", "received", "previous", "Claimed"} <= told
    for term in told - {CN.removesuffix("#")}:
        labels = [
            each.object.language
            for each in ontology
            if each.subject == CN + term
            and each.predicate == RDFS + "label"
            and isinstance(each.object, Literal)
        ]
        assert "en" in labels, term


def test_a_vocabulary_file_with_blank_nodes_is_refused() -> None:
    with pytest.raises(BadTerm, match="blank node"):
        list(graph.statements(b"<urn:a> <urn:p> [] ."))
    with pytest.raises(BadTerm, match="blank node"):
        list(graph.statements(b"[] <urn:p> <urn:a> ."))
