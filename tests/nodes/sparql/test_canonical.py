"""A cited answer has one form, in whatever order and under whatever names its parts come."""

import io
import random
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import QueryResultsFormat, RdfFormat, Store

from nodes.errors import QueryRefused
from nodes.sandbox import canonical
from nodes.sandbox.querytext import examine

LABELS = ("a", "b", "c", "d")
NODES = st.sampled_from(["<urn:x:s>", "<urn:x:t>", *(f"_:{each}" for each in LABELS)])
VALUES = NODES | st.sampled_from(['"x\\ty\\n"', '"x"@en', '"01"^^<urn:x:n>', '"é\\u2028"'])
ROWS = st.lists(st.tuples(NODES, st.just("<urn:x:p>"), VALUES), max_size=7)
TABLE = "SELECT * { ?s ?p ?o OPTIONAL { ?o ?q ?z } }"
GRAPH = "CONSTRUCT { ?s ?p ?o . ?o <urn:x:of> ?s } { ?s ?p ?o FILTER (!isLiteral(?o)) }"


def asked(rows: list[tuple[str, ...]], query: str, form: QueryResultsFormat | RdfFormat) -> bytes:
    store = Store()
    store.load("".join(f"{' '.join(row)} .\n" for row in rows).encode(), RdfFormat.N_TRIPLES)
    into = io.BytesIO()
    starred = examine(query).starred
    canonical.write(store.query(query), form, into, most=1 << 20, starred=starred)
    return into.getvalue()


@settings(max_examples=40, deadline=None)
@given(ROWS, st.permutations(LABELS), st.randoms(use_true_random=False))
def test_the_bytes_are_the_same_however_rows_are_ordered_and_blank_nodes_called(
    rows: list[tuple[str, ...]], names: list[str], chance: random.Random
) -> None:
    called = {f"_:{old}": f"_:{new}" for old, new in zip(LABELS, names, strict=True)}
    other = [tuple(called.get(term, term) for term in row) for row in rows]
    chance.shuffle(other)

    for query, form in (
        (TABLE, QueryResultsFormat.TSV),
        (TABLE, QueryResultsFormat.JSON),
        (GRAPH, RdfFormat.N_TRIPLES),
        (GRAPH, RdfFormat.TURTLE),
    ):
        assert asked(rows, query, form) == asked(other, query, form)


def test_every_format_says_what_the_one_form_says_and_the_facts_are_of_that() -> None:
    rows = [("<urn:x:s>", "<urn:x:p>", '"b"'), ("<https://lab.example/a>", "<urn:x:p>", '"a"')]
    tsv = asked(rows, "SELECT ?s ?o { ?s ?p ?o }", QueryResultsFormat.TSV)
    csv = asked(rows, "SELECT ?s ?o { ?s ?p ?o }", QueryResultsFormat.CSV)
    into = io.BytesIO()

    store = Store()
    store.load("".join(f"{' '.join(row)} .\n" for row in rows).encode(), RdfFormat.N_TRIPLES)
    facts = canonical.write(
        store.query("SELECT ?s ?o { ?s ?p ?o }"),
        QueryResultsFormat.XML,
        into,
        most=1 << 20,
        starred=False,
    )

    assert tsv == b'?s\t?o\n<https://lab.example/a>\t"a"\n<urn:x:s>\t"b"\n'
    assert csv == b"s,o\r\nhttps://lab.example/a,a\r\nurn:x:s,b\r\n"
    assert facts == {
        "rows": 2,
        "sha256": sha256(tsv).hexdigest(),
        "hosts": ("https://lab.example/",),
    }


def test_an_answer_that_is_too_large_is_refused_as_a_whole() -> None:
    store, into = Store(), io.BytesIO()
    query = "SELECT ?x { VALUES ?x { 1 2 3 } }"

    with pytest.raises(QueryRefused, match="larger"):
        canonical.write(store.query(query), QueryResultsFormat.CSV, into, most=20, starred=False)

    assert into.getvalue() == b""


@pytest.mark.parametrize(
    ("query", "starred"),
    [
        ("SELECT * {}", True),
        ("PREFIX x: <urn:select> SELECT DISTINCT * {}", True),
        ("SELECT ?x { SELECT * {} }", False),
        ("SELECT (COUNT(*) AS ?n) {}", False),
        ("ASK {}", False),
    ],
)
def test_columns_are_sorted_only_where_the_query_names_none(query: str, starred: bool) -> None:
    assert examine(query).starred is starred
