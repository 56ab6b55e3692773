"""Every format must give back the terms that were stored, or tables of researchers are wrong.

The ground is that of the W3C's tests of the CSV, TSV and JSON results of SPARQL 1.1 (terms of every
kind, values that are not bound, numbers that are written unlike they are typed, ASK), with data of
our own that adds languages, tabs, line ends and quotes. Terms are read back by rdflib.
"""

import csv
import io
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pyoxigraph import NamedNode, RdfFormat
from pyoxigraph import Store as Quads
from rdflib import XSD, BNode, Graph, Literal, Namespace, URIRef, Variable
from rdflib.query import Result
from rdflib.term import Identifier

from tests.nodes.sparql.endpoint import Endpoint, endpoint

pytestmark = pytest.mark.asyncio(loop_scope="module")

S, O = Variable("s"), Variable("o")  # noqa: E741
LAB = Namespace("https://lab.example/")
KINDS: dict[str, Identifier] = {
    "iri": LAB.bus,
    "plain": Literal("tram"),
    "string": Literal("bike", datatype=XSD.string),
    "integer": Literal("12", datatype=XSD.integer),
    "decimal": Literal("0.75", datatype=XSD.decimal),
    "blank": BNode("somebody"),
}
CORNERS: dict[str, Identifier] = {
    "digits": Literal("7"),
    "comma": Literal("1,5"),
    "own-type": Literal("1,5", datatype=LAB.reading),
    "hex": Literal("c0de", datatype=XSD.hexBinary),
    "day": Literal("2026-11-22", datatype=XSD.date),
    "empty": Literal(""),
    "language": Literal("lampioni, “spenti”", lang="it"),
    "region": Literal("bairro", lang="pt-br"),
    "lines": Literal('one\ttab, two\nlines,\r\n"three" quotes \\ and a lone\rreturn'),
    "astral": Literal("🚲, Ελλάδα"),
    "formula": Literal("=1+1"),
}
NUMBERS: dict[str, tuple[Literal, float]] = {
    "zeros": (Literal("007", datatype=XSD.integer), 7),
    "signed": (Literal("+1.50", datatype=XSD.decimal), 1.5),
    "negative": (Literal("-12", datatype=XSD.negativeInteger), -12),
    "byte": (Literal("12", datatype=XSD.unsignedByte), 12),
    "double": (Literal("2.50E3", datatype=XSD.double), 2500),
    "float": (Literal("1e-3", datatype=XSD.float), 0.001),
}
ALL = "SELECT ?s ?o {{ GRAPH <{graph}> {{ ?s <https://lab.example/says> ?o }} }} ORDER BY ?s"
OPTIONAL = """SELECT ?s ?o ?more ?never { GRAPH <https://lab.example/kinds> {
  ?s <https://lab.example/says> ?o OPTIONAL { ?o <https://lab.example/more> ?more }
} } ORDER BY ?s"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    folder = tmp_path_factory.mktemp("formats")
    (folder / "store").mkdir()
    quads = Quads(folder / "store" / "quads")
    numbers = {name: term for name, (term, _) in NUMBERS.items()}
    control: dict[str, Identifier] = {"control": Literal("a\x07b\ufffec")}
    parts = {"kinds": KINDS, "corners": CORNERS, "numbers": numbers, "control": control}
    for name, terms in parts.items():
        graph = Graph()
        for about, term in terms.items():
            graph.add((LAB[about], LAB.says, term))
        if name == "kinds":
            graph.add((LAB.bus, LAB.more, Literal("further")))
        text = graph.serialize(format="nt").encode()
        quads.load(text, RdfFormat.N_TRIPLES, to_graph=NamedNode(LAB[name]))
    quads.flush()
    del quads, graph
    async with endpoint(folder, known=()) as site:
        yield site


async def answer(site: Endpoint, query: str, suffix: str) -> bytes:
    async with site.client.get(f"/sparql.{suffix}", params={"query": query}) as found:
        assert found.status == 200, await found.text()
        return await found.read()


def told(term: Identifier | None) -> tuple[str, ...] | None:
    """Take a term apart, as it is written; what a blank node is called tells nothing."""
    if isinstance(term, BNode) or term is None:
        return None if term is None else ("blank",)
    if isinstance(term, Literal):
        kind = term.datatype or XSD.string
        return ("literal", str(term), term.language or "", "" if term.language else str(kind))
    return ("iri", str(term))


def rows(found: Result) -> list[dict[str, tuple[str, ...] | None]]:
    assert found.vars is not None
    return [{str(name): told(row.get(name)) for name in found.vars} for row in found.bindings]


def expected(terms: dict[str, Identifier]) -> list[dict[str, tuple[str, ...] | None]]:
    return [{"s": ("iri", str(LAB[name])), "o": told(terms[name])} for name in sorted(terms)]


@pytest.mark.parametrize("suffix", ["json", "xml", "tsv"])
@pytest.mark.parametrize(("graph", "terms"), [("kinds", KINDS), ("corners", CORNERS)])
async def test_terms_come_back_as_they_were_said(
    site: Endpoint, suffix: str, graph: str, terms: dict[str, Identifier]
) -> None:
    body = await answer(site, ALL.format(graph=LAB[graph]), suffix)
    found = Result.parse(io.BytesIO(body), format=suffix)

    assert rows(found) == expected(terms)


@pytest.mark.parametrize("suffix", ["json", "xml", "tsv", "csv"])
async def test_a_number_comes_back_with_its_value_if_not_as_it_was_spelt(
    site: Endpoint, suffix: str
) -> None:
    body = await answer(site, ALL.format(graph=LAB.numbers), suffix)
    found = Result.parse(io.BytesIO(body), format=suffix)

    said = {str(row[S]).rpartition("/")[2]: row[O] for row in found.bindings}
    assert {name: float(str(term)) for name, term in said.items()} == {
        name: value for name, (_, value) in NUMBERS.items()
    }
    for name, term in said.items() if suffix != "csv" else ():
        assert isinstance(term, Literal)
        wanted = NUMBERS[name][0].datatype
        assert term.datatype in {wanted, XSD.integer if name in {"negative", "byte"} else wanted}


async def test_a_character_that_xml_cannot_have_spoils_no_answer(site: Endpoint) -> None:
    query = ALL.format(graph=LAB.control)
    construct = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{LAB.control}> {{ ?s ?p ?o }} }}"

    table = Result.parse(io.BytesIO(await answer(site, query, "xml")), format="xml")
    graph = Graph().parse(data=await answer(site, construct, "rdf"), format="xml")
    whole = json.loads(await answer(site, query, "json"))["results"]["bindings"]

    assert [str(row[O]) for row in table.bindings] == ["a\ufffdb\ufffdc"]
    assert [str(each) for each in graph.objects()] == ["a\ufffdb\ufffdc"]
    assert [row["o"]["value"] for row in whole] == ["a\x07b\ufffec"]


@pytest.mark.parametrize("suffix", ["json", "xml", "tsv"])
async def test_what_is_not_bound_is_left_empty(site: Endpoint, suffix: str) -> None:
    found = rows(Result.parse(io.BytesIO(await answer(site, OPTIONAL, suffix)), format=suffix))

    more = {row["s"]: row.get("more") for row in found}
    assert len(found) == len(KINDS)
    assert [name for name, said in more.items() if said] == [("iri", str(LAB.iri))]
    assert more["iri", str(LAB.iri)] == ("literal", "further", "", str(XSD.string))
    assert not any(row.get("never") for row in found)


@pytest.mark.parametrize(("graph", "terms"), [("kinds", KINDS), ("corners", CORNERS)])
async def test_csv_has_the_texts_of_terms_and_nothing_else(
    site: Endpoint, graph: str, terms: dict[str, Identifier]
) -> None:
    text = (await answer(site, ALL.format(graph=LAB[graph]), "csv")).decode()
    head, *found = csv.reader(io.StringIO(text, newline=""))

    assert head == ["s", "o"]
    assert text.startswith("s,o\r\n")
    assert text.endswith("\r\n")
    for (about, said), name in zip(found, sorted(terms), strict=True):
        assert about == str(LAB[name])
        if isinstance(terms[name], BNode):
            assert said.startswith("_:")
        else:
            assert said == str(terms[name])


async def test_csv_and_tsv_leave_cells_empty_where_nothing_is_bound(site: Endpoint) -> None:
    table = (await answer(site, OPTIONAL, "csv")).decode().split("\r\n")
    tabs = (await answer(site, OPTIONAL, "tsv")).decode().split("\n")

    assert table[0] == "s,o,more,never"
    assert tabs[0] == "?s\t?o\t?more\t?never"
    assert {line.count("\t") for line in tabs if line} == {3}
    assert f"{LAB.plain},tram,," in table
    assert f'<{LAB.plain}>\t"tram"\t\t' in tabs
    assert f'<{LAB.iri}>\t<{LAB.bus}>\t"further"\t' in tabs


async def test_json_names_variables_even_if_nothing_binds_them(site: Endpoint) -> None:
    said = json.loads(await answer(site, OPTIONAL, "json"))

    assert said["head"]["vars"] == ["s", "o", "more", "never"]
    assert {"never"} & {name for row in said["results"]["bindings"] for name in row} == set()
    terms = {row["s"]["value"]: row["o"] for row in said["results"]["bindings"]}
    assert terms[str(LAB.integer)] == {
        "type": "literal", "value": "12", "datatype": str(XSD.integer),
    }  # fmt: skip
    assert terms[str(LAB.plain)] == {"type": "literal", "value": "tram"}
    assert terms[str(LAB.blank)]["type"] == "bnode"


@pytest.mark.parametrize(("thing", "truth"), [("bus", True), ("boat", False)])
@pytest.mark.parametrize("suffix", ["json", "xml"])
async def test_a_truth_is_said_in_both_formats_that_have_one(
    site: Endpoint, thing: str, truth: bool, suffix: str
) -> None:
    query = f"ASK {{ GRAPH ?g {{ ?s <https://lab.example/says> <{URIRef(LAB[thing])}> }} }}"

    body = await answer(site, query, suffix)

    assert Result.parse(io.BytesIO(body), format=suffix).askAnswer is truth
    if suffix == "json":
        assert json.loads(body) == {"head": {}, "boolean": truth}
