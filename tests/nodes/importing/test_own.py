"""Records in the model's own words come in whole, whoever wrote them and in whatever syntax."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import Graph

from nodes.errors import ImportRefused
from nodes.importing import Reading, read_own
from tests.nodes.importing.cities import NOW
from tests.nodes.town import TORINO
from tests.vocab.generated import full
from vocab import graph
from vocab.jsonld import record_document
from vocab.records import KINDS, Experiment, Record
from vocab.triples import normalised, to_payload

TURTLE = """
@prefix cn: <https://w3id.org/citynode/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix m8g: <http://data.europa.eu/m8g/> .
[] a cn:UrbanExperiment ;
    dcterms:identifier "Navetta 7" ;
    dcterms:title "Navetta"@it, "Shuttle"@en ;
    dcterms:description "Una navetta senza conducente." ;
    dcterms:subject <https://w3id.org/citynode/theme/mobility> ;
    cn:usesTestbed _:circuito ;
    dcterms:temporal [ dcat:startDate "2024-05"^^<http://www.w3.org/2001/XMLSchema#gYearMonth> ] ;
    prov:qualifiedAssociation
        [ prov:agent [ foaf:name "GTT" ] ], [ prov:agent [ foaf:name "Ohmio" ] ] ;
    cn:requiredPermit [ dcterms:title "Guida automatica"@it ;
        cn:obtainedThrough [ m8g:hasCompetentAuthority [ foaf:name "Ministero" ] ] ] .
_:circuito a cn:Testbed ;
    dcterms:identifier "circuito" ;
    dcterms:title "Circuito"@it ; dcterms:description "Strade aperte alle prove."@it .
"""


def own(folder: Path, name: str, text: str | bytes) -> Reading:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = read_own(path, TORINO, NOW)
    assert found is not None
    return found


def whole(kind: type[Record]) -> Record:
    """Make a record with everything, last changed now."""
    record = normalised(full(kind, f"{TORINO.base}{kind.room}/x"))
    return replace(record, modified=NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("syntax", ["jsonld", "ttl", "nt", "xml"])
def test_a_whole_record_comes_in_as_a_node_serves_it(
    tmp_path: Path, kind: type[Record], syntax: str
) -> None:
    record = whole(kind)
    payload = to_payload(record)
    formats: dict[str, graph.Format] = {"ttl": "turtle", "nt": "nt", "xml": "xml"}
    text = (
        json.dumps(record_document(payload, f"{TORINO.base}context/v1.jsonld")).encode()
        if syntax == "jsonld"
        else graph.serialise(payload, formats[syntax])
    )

    reading = own(tmp_path, f"x.{syntax}", text)

    assert reading.records == (record,)
    assert reading.findings == ()


def test_several_records_come_from_one_file(tmp_path: Path) -> None:
    records = [whole(kind) for kind in KINDS]

    listed = own(tmp_path, "x.jsonld", json.dumps([record_document(each) for each in records]))

    assert sorted(listed.records, key=str) == sorted(records, key=str)
    stored = own(tmp_path, "x.nt", b"".join(to_payload(each) for each in records))
    assert sorted(stored.records, key=str) == sorted(records, key=str)


def test_turtle_by_hand_needs_no_names_and_nothing_the_node_knows(tmp_path: Path) -> None:
    reading = own(tmp_path, "mano.ttl", TURTLE)

    assert reading.findings == ()
    testbed, experiment = sorted(reading.records, key=lambda each: -len(each.iri))
    if isinstance(testbed, Experiment):
        testbed, experiment = experiment, testbed
    assert isinstance(experiment, Experiment)
    assert experiment.iri == f"{TORINO.base}experiments/navetta-7"
    assert experiment.testbeds == (testbed.iri,) == (f"{TORINO.base}testbeds/circuito",)
    assert {each.name for each in experiment.partners} == {"GTT", "Ohmio"}
    assert experiment.permits[0].procedure is not None
    assert experiment.permits[0].procedure.authority == "Ministero"
    assert experiment.description == {"it": "Una navetta senza conducente."}
    assert experiment.publisher.name == TORINO.publisher
    assert (experiment.licence, experiment.language) == (TORINO.licence, "it")
    assert experiment.stage.endswith("lifecycle/unknown")
    again = own(tmp_path, "di-nuovo.ttl", graph.serialise(to_payload(experiment), "turtle"))
    assert again.records == (experiment,)


def test_a_json_document_may_leave_out_the_names_of_parts(tmp_path: Path) -> None:
    said = {
        "@context": "https://w3id.org/citynode/context/v1",
        "id": f"{TORINO.base}experiments/a",
        "type": "UrbanExperiment",
        "title": {"it": "A"},
        "description": {"it": "B"},
        "partners": [{"agent": {"name": "GTT"}, "task": {"it": "guida"}}],
        "kpis": [{"title": {"it": "Passeggeri"}, "result": "1200", "baseline": "0"}],
        "participantCount": 12,
    }

    [record] = own(tmp_path, "modulo.json", json.dumps(said)).records

    assert isinstance(record, Experiment)
    assert record.partners[0].name == "GTT"
    assert str(record.kpis[0].result) == "1200"
    assert record.participants == 12


def test_what_the_model_has_no_place_for_is_told(tmp_path: Path) -> None:
    text = TURTLE.replace(
        'dcterms:identifier "Navetta 7" ;',
        'dcterms:identifier "Navetta 7" ; <https://x.example/colour> "blu" ; '
        'dcterms:subject [ foaf:name "Mobilità" ] ; cn:trlAtEnd "molto" ;',
    )

    reading = own(tmp_path, "mano.ttl", text)

    told = {(each.said.kind, each.value) for each in reading.findings}
    assert told == {("own-lost", "blu"), ("own-lost", "molto"), ("own-no-iri", None)}
    assert len(reading.records) == 2


def test_nobody_speaks_about_what_is_not_theirs(tmp_path: Path) -> None:
    record = replace(whole(Experiment), iri="https://ghent.example/experiments/x")

    reading = own(tmp_path, "x.ttl", graph.serialise(to_payload(record), "turtle"))

    assert reading.records == ()
    assert [each.said.kind for each in reading.findings] == ["own-elsewhere"]


def test_records_that_cannot_be_told_apart_are_left_out_and_told(tmp_path: Path) -> None:
    text = TURTLE + TURTLE.replace("@prefix", "# @prefix").replace("_:circuito", "_:altro").replace(
        '"circuito"', '" "'
    )

    reading = own(tmp_path, "mano.ttl", text)

    assert {each.said.kind for each in reading.errors} == {"own-twice", "own-unnamed"}
    assert len(reading.records) == 2
    assert reading.unnamed == 1


def test_what_is_no_record_is_for_a_mapping(tmp_path: Path) -> None:
    for name, text in (
        ("a.ttl", "<https://x.example/a> <https://x.example/b> 1 ."),
        ("a.json", '[{"title": "x"}]'),
        ("a.csv", "a,b\n1,2\n"),
    ):
        (tmp_path / name).write_text(text)
        assert read_own(tmp_path / name, TORINO, NOW) is None


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.ttl", "<a", "not Turtle"),
        ("a.jsonld", '{"@context": "https://w3id.org/citynode/context/v1", "colour": 1}', "colour"),
        ("a.jsonld", '{"@context": "https://evil.example/", "@id": "x:y"}', "elsewhere"),
        ("a.rdf", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>', "entities"),
    ],
)
def test_a_broken_file_is_refused_in_words(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(ImportRefused, match=reason):
        read_own(tmp_path / name, TORINO, NOW)


def test_a_number_that_would_fill_the_memory_does_not(tmp_path: Path) -> None:
    text = TURTLE.replace(
        'dcterms:identifier "Navetta 7" ;',
        'dcterms:identifier "Navetta 7" ; cn:trlAtEnd "1E+999999999" ;',
    )

    assert own(tmp_path, "mano.ttl", text).findings[0].value == "1E+999999999"


def test_the_parser_of_others_reads_what_we_read(tmp_path: Path) -> None:
    reading = own(tmp_path, "mano.ttl", TURTLE)

    for record in reading.records:
        found = Graph().parse(data=graph.serialise(to_payload(record), "xml"), format="xml")
        assert len(found) == len(to_payload(record).splitlines())
