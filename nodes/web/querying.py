"""Asking in SPARQL on a page: a form, worked questions, the first rows, and where to go on.

`/query` works without a script. Every query has an address, so it can be sent to somebody. The
questions themselves stand at `/queries` for programs.
"""

import json
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from nodes.errors import NodeError
from nodes.journal.past import Moment
from nodes.queries import Answer
from nodes.sandbox.formats import Kind
from nodes.web import instants, sparqlrequest, syntaxes
from nodes.web.cells import table
from nodes.web.keys import BASE, BUDGETS, CLIENTS, QUERIES
from nodes.web.problems import Problem, of_query
from nodes.web.reader import languages
from nodes.web.rendering import page
from nodes.web.snippets import permalink, snippets
from vocab.examples import QUERIES as QUESTIONS
from vocab.examples import Example, examples, statements
from vocab.expanded import expanded
from vocab.turtle import turtle

_FORMATS: Final = {Kind.TABLE: "tsv", Kind.TRUTH: "json", Kind.GRAPH: "ttl"}
DOWNLOADS: Final = {
    Kind.TABLE: (("csv", "Table (CSV)"), ("tsv", "Table (TSV)"), ("json", "JSON"), ("xml", "XML")),
    Kind.TRUTH: (("json", "JSON"), ("xml", "XML")),
    Kind.GRAPH: (("ttl", "Turtle"), ("jsonld", "JSON-LD"), ("nt", "N-Triples"), ("rdf", "RDF/XML")),
}
_ROWS: Final = 200
_SHOWN: Final = 100_000


def routes() -> list[web.RouteDef]:
    """Give the addresses of the page and of the questions."""
    return [
        web.get("/query", asking),
        *(web.get(path, questions) for path in syntaxes.routes("/queries")),
    ]


async def questions(request: web.Request) -> web.Response:
    """Give the worked questions as RDF, or the page to ask them on."""
    media = syntaxes.wanted(request)
    if media == syntaxes.HTML:
        return await asking(request)
    headers = syntaxes.alternates(request, "queries", QUESTIONS)
    said = tuple(statements())
    body = turtle(said) if media == syntaxes.TURTLE else expanded(said)
    return syntaxes.data(request, body, media, headers)


async def asking(request: web.Request) -> web.Response:
    """Show the form, and what a query gives."""
    base = request.app[BASE]
    said: dict[str, Any] = {
        **{"query": "", "as_of": "", "then": None, "empty": ""},
        **{"result": None, "problem": None, "downloads": ()},
    }
    status = HTTPStatus.OK
    try:
        parameters = _named(sparqlrequest.of_address(request))
        said["as_of"] = instants.named(parameters) or ""
        if said["as_of"]:
            said["then"] = await instants.moment(request, said["as_of"])
        found = sparqlrequest.asked(parameters)
        if found is not None:
            said["query"] = found.query
            then = said["then"]
            said["empty"] = instants.words(then) if then is not None else ""
            answer = await _answer(request, found, then)
            said["result"] = await _shown(answer)
            said["downloads"] = [
                (permalink(f"{base}sparql.{suffix}", found.query, said["as_of"]), words)
                for suffix, words in DOWNLOADS[answer.kind]
            ]
    except Problem as problem:
        said["problem"], status = problem, problem.status
    except NodeError as error:
        said["problem"] = of_query(error)
        status = said["problem"].status
    said["examples"] = [_choice(request, each) for each in examples()]
    said["snippets"] = (
        snippets(f"{base}sparql", said["query"], said["as_of"]) if said["result"] else ()
    )
    said["address"] = (
        permalink(f"{base}query", said["query"], said["as_of"]) if said["query"] else ""
    )
    return page(request, "query.html", said, status=status)


def _named(parameters: sparqlrequest.Fields) -> sparqlrequest.Fields:
    """Put the query of a worked question in the place of its name; leave out empty fields."""
    known = {each.id: each.query for each in examples()}
    chosen = [("query", known[value]) for name, value in parameters if name == "example"
              and value in known]  # fmt: skip
    fields = {"query", instants.PARAMETER}
    typed = [(name, value) for name, value in parameters if name not in fields or value.strip()]
    return chosen + [each for each in typed if each[0] != "query"] if chosen else typed


def _choice(request: web.Request, example: Example) -> tuple[str, str, str]:
    """Give a question's name and its title in a language the reader knows, with its tag."""
    tag = next((each for each in languages(request) if each in example.titles), "en")
    return example.id, example.titles[tag], tag


async def _answer(request: web.Request, asked: sparqlrequest.Asked, then: Moment | None) -> Answer:
    client = request.app[CLIENTS].of(request)
    with request.app[BUDGETS].spending(client) as spending:
        return await request.app[QUERIES].ask(
            asked.query,
            formats=_FORMATS,
            default_graphs=asked.default_graphs,
            named_graphs=asked.named_graphs,
            base=f"{request.app[BASE]}sparql",
            spooled=True,
            spending=spending,
            moment=then,
        )


async def _shown(answer: Answer) -> dict[str, Any]:
    """Read as much of an answer as the page shows."""
    body, cut = await start(answer)
    if answer.kind is Kind.TRUTH:
        return {"kind": "truth", "yes": bool(json.loads(body)["boolean"])}
    text = body.decode(errors="ignore")
    if answer.kind is Kind.GRAPH:
        return {"kind": "graph", "text": text[: text.rfind("\n")] if cut else text, "more": cut}
    return {"kind": "table", "table": table(text, _ROWS, cut=cut)}


async def start(answer: Answer) -> tuple[bytes, bool]:
    """Read the first bytes of an answer, and let the rest of it go."""
    if answer.spool is None:
        return answer.body[:_SHOWN], len(answer.body) > _SHOWN
    try:
        async for piece in answer.spool.pieces():
            return piece[:_SHOWN], answer.spool.size > _SHOWN
    finally:
        answer.spool.close()
    return b"", False
