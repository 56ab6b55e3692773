"""What the text of a query shows before it is parsed."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.errors import QueryRefused
from nodes.sandbox.querytext import DEEPEST, examine

HARMLESS = [
    "ASK { ?s ?p 'SERVICE <http://a.example/>' }",
    'ASK { ?s ?p "SERVICE <http://a.example/>"@en }',
    'ASK { ?s ?p """a "quoted" SERVICE <http://a.example/> """ }',
    "ASK { ?s ?p '''it's SERVICE <http://a.example/>''' }",
    'ASK { ?s ?p "an escaped \\" SERVICE <http://a.example/>" }',
    "ASK { # SERVICE <http://a.example/>\n ?s ?p ?o }",
    "ASK { ?s <http://a.example/service> <http://service.example/SERVICE#service> }",
    "ASK { ?service ?SERVICE $service }",
    "PREFIX service: <http://a.example/> ASK { service:a service:SERVICE service:service }",
    "PREFIX service: <http://a.example/> ASK { GRAPH service:a { ?s ?p ?o } }",
    "PREFIX a: <http://a.example/> ASK { ?s a:service ?o ; a:service a:b }",
    "ASK { ?s ?p ?o FILTER(?s<?o && ?o>?s) }",
    "ASK { <mailto:service@a.example> ?p <urn:service:b> }",
    "ASK { ?s ?p 'INSERT' } # LOAD",
    "DESCRIBE <http://a.example/service>",
]

REFUSED = [
    "ASK { SERVICE <a:b> {} }",
    "ASK { service?x {} }",
    "ASK { ?s ?p 'x' . SERVICE <a:b> {} }",
    "ASK { ?s ?p '''x''' SERVICE <a:b> {} }",
    "ASK { ?s ?p ?o FILTER(?a<?b && ?c>?d) SERVICE <a:b> {} }",
    'ASK { ?s ?p ?o FILTER(?s<?s#>"""\n) SERVICE <a:b> {} #"""\n }',
    "ASK { ?s ?p ?o FILTER(?s<?s#>'\n) SERVICE <a:b> {} #'\n }",
    "ASK { # \\u000A SERVICE <a:b> {} }",
    "ASK { \\u0053ERVICE <a:b> {} }",
    "ASK { \\U00000053ERVICE <a:b> {} }",
    "ASK { <http://a.example/\\u0041#'''> ?p ?o . SERVICE <a:b> {} }",
]


@pytest.mark.parametrize("query", HARMLESS)
def test_the_word_is_harmless_in_text_names_and_comments(query: str) -> None:
    examine(query)


@pytest.mark.parametrize("query", REFUSED)
def test_the_keyword_is_seen_however_it_is_hidden(query: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE at line"):
        examine(query)


@pytest.mark.parametrize(
    "query",
    [
        "LOAD <a:b>",
        "load <a:b>",
        "PREFIX a: <b:c> DELETE WHERE {}",
        "# c\nWITH <a:b> DELETE",
        "prefix : <b:c>base<b:d>#SELECT\rCLEAR ALL",
        "PREFIX é: <b:c> DROP ALL",
    ],
)
def test_updates_are_called_updates(query: str) -> None:
    with pytest.raises(QueryRefused, match="read-only"):
        examine(query)


@pytest.mark.parametrize(("query", "named"), [
    ("SELECT * FROM <a:b> {}", True),
    ("SELECT * from named <a:b> {}", True),
    ("SELECT * FROM<a:b>{}", True),
    ("SELECT * { ?from ?p 'FROM' }", False),
    ("PREFIX from: <a:b> SELECT * { ?s from:FROM ?o } # FROM", False),
])  # fmt: skip
def test_tells_whether_a_dataset_is_named(query: str, named: bool) -> None:
    assert examine(query).has_dataset is named


def test_depth_is_counted_outside_text_only() -> None:
    examine("ASK { ?s ?p '" + "(" * 10_000 + "' }")
    examine("ASK " + "{" * DEEPEST + "}" * DEEPEST)
    with pytest.raises(QueryRefused, match="nested"):
        examine("ASK " + "{" * (DEEPEST + 1))


@given(st.text("<>{}()?:ab#'\"\\ \nSERVICEu0", max_size=60))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    with suppress(QueryRefused):
        examine(text)


PIECES = [
    "<a>",
    "?a<?b>",
    "<",
    "'",
    '"""',
    "<a:\\u0041>",
    "a:",
    "_:a",
    "SERVICE ",
    "#",
    "@a-",
    "%41",
]
PIECES += ["\\u0041", "a.", "'\\", "a.:", '"""\\', "a:\\"]


@pytest.mark.parametrize("piece", PIECES)
def test_reading_takes_time_in_proportion(piece: str) -> None:
    text = "ASK { " + piece * (200_000 // len(piece))
    began = time.process_time()

    with suppress(QueryRefused):
        examine(text)

    assert time.process_time() - began < 5
