"""RDF files: rows made by a CONSTRUCT or a SELECT, and what is refused."""

from pathlib import Path

import pytest
from rdflib import Graph

from nodes.errors import ImportRefused
from nodes.importing import Reading, propose, read, read_mapping
from tests.nodes.importing.cities import CITIES, FILES, NOW, city
from tests.nodes.importing.measuring import proposed_reading
from tests.nodes.importing.small import read_file, write

TURTLE = """
@prefix x: <https://x.example/> .
x:b x:name "p-2" ; x:title "Seconda"@it ; x:theme "mobilità"@it, "altro"@it ; x:by x:ohmio .
x:a x:name "p-1" ; x:title "Prima"@it ; x:theme "mobilità"@it ; x:by x:ohmio, x:gtt .
x:ohmio x:called "Ohmio" ; x:kind "impresa" .
x:gtt x:called "GTT" .
"""
CONSTRUCT = """
PREFIX x: <https://x.example/>
PREFIX row: <urn:row:>
CONSTRUCT { ?e a row:Row ; row:id ?id ; row:titolo ?t ; row:temi ?theme ; row:chi ?by ;
               row:fonte ?e . ?by row:nome ?n ; row:ruolo ?r }
WHERE { ?e x:name ?id ; x:title ?t ; x:theme ?theme ; x:by ?by . ?by x:called ?n .
        OPTIONAL { ?by x:kind ?r } }
"""
SELECT = """
PREFIX x: <https://x.example/>
SELECT ?id ?titolo ?temi ?nome WHERE {
  ?e x:name ?id ; x:title ?titolo ; x:theme ?temi ; x:by ?by . ?by x:called ?nome
  FILTER (?id = "p-1" && ?nome = "GTT") }
"""
FIELDS = {
    "identifier": "id",
    "title": "titolo",
    "description": "titolo",
    "themes": "temi",
    "source": {"constant": "https://x.example/"},
    "partners": {"column": "chi", "name": "nome", "role": "ruolo"},
}


def read_turtle(folder: Path, query: str | None, turtle: str = TURTLE) -> Reading:
    """Read Turtle of the small city."""
    fields = dict(FIELDS)
    if query and "SELECT" in query:
        fields["partners"] = {"column": "nome"}
    return read_file(
        write(folder, "prove.ttl", turtle),
        file={"query": query},
        fields=fields,
        ignore=["row", "fonte"],
    )


def test_a_construct_gives_rows_in_a_steady_order_with_objects_and_lists(tmp_path: Path) -> None:
    reading = read_turtle(tmp_path, CONSTRUCT)

    assert [each.identifier for each in reading.records] == ["p-1", "p-2"]
    first, second = reading.records
    assert [(each.name, bool(each.helix)) for each in first.partners] == [
        ("GTT", False),
        ("Ohmio", True),
    ]
    assert second.keywords == (("it", "altro"), ("it", "mobilità"))


def test_a_select_gives_a_row_for_each_solution(tmp_path: Path) -> None:
    [found] = read_turtle(tmp_path, SELECT).records

    assert (found.identifier, found.partners[0].name) == ("p-1", "GTT")


@pytest.mark.parametrize(
    ("query", "turtle", "reason"),
    [
        (None, TURTLE, "is RDF: write query ="),
        ("SELECT", TURTLE, "the query cannot be read"),
        ("ASK { ?s ?p ?o }", TURTLE, "neither a CONSTRUCT nor a SELECT"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", TURTLE, "types nothing <urn:row:Row>"),
        ("SELECT * { SERVICE <https://y.example/> { ?s ?p ?o } }", TURTLE, "asks elsewhere"),
        ("SELECT * FROM <https://y.example/> { ?s ?p ?o }", TURTLE, "asks elsewhere"),
        (CONSTRUCT, "x:a x:b .", r"prove\.ttl: it is not Turtle"),
        (CONSTRUCT, "<a> <b> " + "(" * 5000, r"prove\.ttl: it is not Turtle"),
        (CONSTRUCT, '<a> <b> "cut', r"prove\.ttl: it is not Turtle"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    tmp_path: Path, query: str | None, turtle: str, reason: str
) -> None:
    with pytest.raises(ImportRefused, match=reason):
        read_turtle(tmp_path, query, turtle)


def test_a_record_with_endless_facts_is_refused(tmp_path: Path) -> None:
    many = " , ".join(f'"{n}"' for n in range(6_000))
    path = write(tmp_path, "d.ttl", f"@prefix x: <urn:x:> . <urn:d> a x:Trial ; x:title {many} .")

    with pytest.raises(ImportRefused, match="more than 5,000 facts"):
        read_file(path, file={"records": "urn:x:Trial"})


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib of itself
@pytest.mark.parametrize(("suffix", "form"), [("rdf", "xml"), ("jsonld", "json-ld")])
def test_a_dcat_catalogue_in_any_syntax_gives_what_the_turtle_gives(
    tmp_path: Path, suffix: str, form: str
) -> None:
    source = CITIES / "ghent" / FILES["ghent"]
    text = Graph().parse(source, format="turtle").serialize(format=form, auto_compact=True)
    path = write(tmp_path, f"catalogue.{suffix}", text)

    proposed = read_mapping(propose(path, city("ghent")).text(), path)
    found = read(path, proposed, city("ghent"), NOW)

    assert found.records == proposed_reading("ghent")[1].records


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.jsonld", '{"@context": "https://example.org/c", "@id": "x"}', "lies elsewhere"),
        ("a.jsonld", '[{"@context": [{}, "https://example.org/c"]}]', "lies elsewhere"),
        ("a.jsonld", '{"@context": {"@import": "https://example.org/c"}}', "lies elsewhere"),
        ("a.jsonld", '{"@context": ', "not JSON"),
        ("a.rdf", '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><r/>', "entities"),
        ("a.rdf", '<?xml version="1.0"?><rdf:RDF', "not RDF/XML"),
        ("a.xml", '<?xml version="1.0"?><a><b>x</b><b>y</b></a>', "XML of another kind"),
        ("a.rdf", "<html><body>404</body></html>", "not Turtle"),
    ],
)
def test_linked_data_that_reaches_out_or_is_broken_is_refused(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    with pytest.raises(ImportRefused, match=reason):
        propose(write(tmp_path, name, text), city("ghent"))
