"""Lookups of one subject: the same answers as a worker gives, and they wait for none.

Whatever does not have the one shape, however near it comes, goes to a worker as before.
"""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.lookups import is_lookup
from nodes.queries import Limits, Queries
from nodes.sandbox.formats import Kind
from tests.nodes.sparql.endpoint import Endpoint, begun, changes, endpoint, member
from tests.nodes.sparql.test_queries import SLOW, further

RECORD = member("torino", 1).object
MEMBER = member("torino", 1).iri
TITLE = "http://purl.org/dc/terms/title"
PREFIXES = "PREFIX dcterms: <http://purl.org/dc/terms/>\nprefix : <urn:x:>\n"

LOOKUPS = {
    "by a variable": f"SELECT ?p ?o {{ <{RECORD}> ?p ?o }}",
    "of all": f"select * where{{<{RECORD}>?p?o}}",
    "with prefixes": f"{PREFIXES}SELECT ?o ?p WHERE {{ <{RECORD}> ?p ?o . }}\n",
    "of a property": f"SELECT DISTINCT $o {{ <{RECORD}> <{TITLE}> $o }}",
    "of its class": f"SELECT ?class {{ <{RECORD}> a ?class }}",
    "of a member": f"SELECT REDUCED ?p ?o {{ <{MEMBER}> ?p ?o }}",
    "of nothing": "SELECT ?p ?o { <urn:nobody> ?p ?o }",
    "with one variable twice": f"SELECT ?x {{ <{RECORD}> ?x ?x }}",
    "with an unbound variable": f"SELECT ?z ?o {{ <{RECORD}> ?p ?o }}",
}
OTHERS = {
    "a relative address": "SELECT ?p ?o { <experiments/trial-1> ?p ?o }",
    "a comment": f"SELECT ?p ?o {{ <{RECORD}> ?p ?o }} # {{",
    "two patterns": f"SELECT * {{ <{RECORD}> ?p ?o . ?o ?q ?r }}",
    "two subjects": f"SELECT * {{ <{RECORD}> ?p ?o . ?s ?q ?r }}",
    "a path": f"SELECT * {{ <{RECORD}> (<{TITLE}>|!<{TITLE}>)* ?o }}",
    "an inverse": f"SELECT * {{ <{RECORD}> ^<{TITLE}> ?o }}",
    "any subject": "SELECT * { ?s ?p ?o }",
    "a filter": f"SELECT * {{ <{RECORD}> ?p ?o FILTER(?o = 1) }}",
    "a service": f"SELECT * {{ SERVICE <{RECORD}> {{ ?s ?p ?o }} }}",
    "a graph": f"SELECT * {{ GRAPH <{MEMBER}> {{ <{RECORD}> ?p ?o }} }}",
    "a dataset": f"SELECT * FROM <{MEMBER}> {{ <{RECORD}> ?p ?o }}",
    "an expression": f"SELECT (STR(?o) AS ?t) {{ <{RECORD}> ?p ?o }}",
    "many variables": f"SELECT {'?x ' * 9} {{ <{RECORD}> ?p ?o }}",
    "escapes": f"SELECT * {{ <{RECORD}\\u0041> ?p ?o }}",
    "letters beyond ASCII": "SELECT * { <https://torino.example/è> ?p ?o }",
    "length": f"SELECT * {{ <{RECORD}{'x' * 4_000}> ?p ?o }}",
    "an update": f"DELETE WHERE {{ <{RECORD}> ?p ?o }}",
    "a second query": f"SELECT * {{ <{RECORD}> ?p ?o }} SELECT * {{ <{RECORD}> ?p ?o }}",
}


async def _open(queries: Queries) -> None:
    """Wait until lookups are answered in the node: the first ones had its checkpoint opened."""
    checkpoint = await queries._checkpoints.newest()
    async with asyncio.timeout(60):
        while checkpoint.opened() is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("query", LOOKUPS.values(), ids=LOOKUPS)
@pytest.mark.parametrize("form", ["json", "csv", "tsv", "xml"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_lookup_gives_what_a_worker_gives(site: Endpoint, query: str, form: str) -> None:
    await _open(site.queries)

    here = await site.queries.ask(query, formats={Kind.TABLE: form})
    there = await site.queries.ask(f"{query} #", formats={Kind.TABLE: form})

    assert is_lookup(query.encode())
    assert (here.kind, here.format, here.position) == (there.kind, there.format, there.position)
    assert here.body == there.body


@pytest.mark.parametrize("query", OTHERS.values(), ids=OTHERS)
def test_what_could_do_harm_is_no_lookup(query: str) -> None:
    assert not is_lookup(query.encode())


@given(st.text(alphabet="<>{}?ps:*./a \n#", max_size=40))
def test_nothing_but_one_pattern_of_one_subject_is_a_lookup(inner: str) -> None:
    query = f"SELECT * {{ <urn:a> {inner} }}"

    assert not is_lookup(query.encode()) or (inner.count("?") in {1, 2} and "{" not in inner)


async def test_a_lookup_waits_for_no_worker(tmp_path: Path) -> None:
    patient = Limits(seconds=3_600)
    async with endpoint(tmp_path, known=changes(4), limits=patient, workers=1) as site:
        await _open(site.queries)
        slow = [asyncio.create_task(site.queries.ask(f"{SLOW} # {each}")) for each in range(4)]
        await begun(site)

        answer = await asyncio.wait_for(site.queries.ask(LOOKUPS["of a property"]), 60)

        assert not any(task.done() for task in slow)
        assert len(json.loads(answer.body)["results"]["bindings"]) == 1
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


async def test_a_lookup_sees_what_is_new_and_nothing_that_is_gone(tmp_path: Path) -> None:
    async with endpoint(tmp_path, known=changes(1)) as site:
        [new, _] = further(50, 4)
        gone = replace(new, position=5, member=None)
        query = f"SELECT ?o {{ <{new.object}> <{TITLE}> ?o }}"
        seen = []
        for change in (None, new, gone):
            if change is not None:
                site.store.apply([change], change.position)
                await site.queries.refresh()
            await _open(site.queries)
            answer = await site.queries.ask(query)
            seen.append(len(json.loads(answer.body)["results"]["bindings"]))

    assert seen == [0, 1, 0]
