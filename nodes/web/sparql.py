"""The SPARQL endpoint: `/sparql`, for everyone, read-only.

What is asked is decided in `sparqlrequest`; the answer comes whole from a worker process, so it
is either complete or an error, and goes out in `sparqlanswer`. Every answer, errors too, may be
read by pages of other sites. What a client asks again of the same state of the store costs
nothing, and a client that names the version it holds is told when that is still the newest.
"""

from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web

from nodes.budgets import Client
from nodes.errors import NodeError
from nodes.queries import fickle
from nodes.sandbox.formats import Kind
from nodes.web import instants, sparqlrequest
from nodes.web.answers import ASKED_WITH
from nodes.web.bodies import read_body
from nodes.web.freshness import fresh
from nodes.web.keys import BASE, BUDGETS, CLIENTS, QUERIES
from nodes.web.negotiation import accepted
from nodes.web.problems import Problem, of_query
from nodes.web.sparqlanswer import not_modified, rates, send, validator
from nodes.web.sparqldescription import FORMATS_OF_DESCRIPTION, description
from nodes.web.sparqlrequest import FORM, LONGEST_ADDRESS, LONGEST_BODY, Asked, Fields

ALLOWED: Final = "GET, HEAD, POST, OPTIONS"

_BODY_SECONDS: Final = 30
_OPEN: Final[dict[str, str]] = {
    hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
    hdrs.VARY: "Accept, Accept-Encoding",
}
_PREFLIGHT: Final = {
    hdrs.ALLOW: ALLOWED,
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: ASKED_WITH,
    hdrs.ACCESS_CONTROL_MAX_AGE: "86400",
}


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    return [
        web.route("*", "/sparql", sparql),
        web.route("*", r"/sparql.{format:[a-z0-9-]+}", sparql),
    ]


async def sparql(request: web.Request) -> web.StreamResponse:
    """Answer a query, describe the endpoint, or say what is wrong."""
    client = None
    try:
        client = request.app[CLIENTS].of(request)
        found = await _respond(request, client)
    except Problem as problem:
        found = problem.response()
    except NodeError as error:
        found = of_query(error).response()
    if not found.prepared:
        found.headers.update(_headers(request, client))
    return found


def _headers(request: web.Request, client: Client | None) -> dict[str, str]:
    budgets = request.app[BUDGETS]
    if client is None:
        return dict(_OPEN)
    return {**_OPEN, **rates(budgets.balance(client), budgets.rate * client.share)}


async def _respond(request: web.Request, client: Client) -> web.StreamResponse:
    if request.method == hdrs.METH_OPTIONS:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)
    if len(request.rel_url.raw_query_string) > LONGEST_ADDRESS:
        raise Problem(
            HTTPStatus.REQUEST_URI_TOO_LONG,
            f"The address has more than {LONGEST_ADDRESS} characters.",
            hint="Send a long query by POST.",
        )
    parameters = sparqlrequest.of_address(request)
    if request.method == hdrs.METH_POST:
        parameters, asked = await _posted(request, parameters)
        return await _answer(request, asked, parameters, client)
    if request.method in {hdrs.METH_GET, hdrs.METH_HEAD}:
        found = sparqlrequest.asked(parameters)
        if found is None:
            return await _describe(request, parameters)
        return await _answer(request, found, parameters, client)
    raise Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        f"{request.method[:20]} is not answered here.",
        hint=f"Use one of {ALLOWED}.",
        headers={hdrs.ALLOW: ALLOWED},
    )


async def _posted(request: web.Request, parameters: Fields) -> tuple[Fields, Asked]:
    kind = sparqlrequest.media_type(request.headers.get(hdrs.CONTENT_TYPE))
    said = await read_body(request, most=LONGEST_BODY, seconds=_BODY_SECONDS)
    body = sparqlrequest.text(said)
    if kind == FORM:
        parameters = parameters + sparqlrequest.fields(body)
        asked = sparqlrequest.asked(parameters)
    else:
        asked = sparqlrequest.asked(parameters, body)
    if asked is None:
        raise Problem(
            HTTPStatus.BAD_REQUEST, "The form has no query.", hint="Send it as the field `query`."
        )
    return parameters, asked


async def _answer(
    request: web.Request, asked: Asked, parameters: Fields, client: Client
) -> web.StreamResponse:
    wishes = accepted(request), _format(request, parameters)
    formats, (names, types) = sparqlrequest.wanted(*wishes), sparqlrequest.names(*wishes)
    queries, budgets = request.app[QUERIES], request.app[BUDGETS]
    question = (asked.query, asked.default_graphs, asked.named_graphs, types)
    lasting = not fickle(asked.query.encode("utf-8", "surrogatepass"))
    then = None
    if (text := instants.named(parameters)) is None:
        headers = {hdrs.CACHE_CONTROL: "no-cache", **await fresh(request)}
    else:
        then = await instants.moment(request, text)
        headers = await instants.headers(request, then)
        if not lasting:
            headers[hdrs.CACHE_CONTROL] = "no-cache"
    if lasting and hdrs.IF_NONE_MATCH in request.headers:
        tag = validator(queries, then or await queries.newest(), question)
        if not_modified(request, tag):
            return web.Response(status=304, headers={**headers, hdrs.ETAG: f'W/"{tag}"'})
    with budgets.spending(client) as spending:
        answer = await queries.ask(
            asked.query,
            formats=names,
            default_graphs=asked.default_graphs,
            named_graphs=asked.named_graphs,
            base=f"{request.app[BASE]}sparql",
            spooled=True,
            spending=spending,
            lasting=lasting,
            moment=then,
        )
    if lasting:
        headers[hdrs.ETAG] = f'W/"{validator(queries, then or answer.position, question)}"'
    if answer.spool is not None:  # it begins to go out in there
        headers |= _headers(request, client)
    return await send(request, answer, formats[answer.kind].media_type, headers)


async def _describe(request: web.Request, parameters: Fields) -> web.StreamResponse:
    formats = sparqlrequest.wanted(accepted(request), _format(request, parameters))
    if (text := instants.named(parameters)) is not None:
        await instants.moment(request, text)
    found = formats.get(Kind.GRAPH)
    if found is None or found.format.name not in FORMATS_OF_DESCRIPTION:
        raise Problem(
            HTTPStatus.NOT_ACCEPTABLE,
            "The description of this endpoint can be had as Turtle, RDF/XML, JSON-LD or N-Triples.",
            kind="query-format",
            hint="To ask a query, send it as ?query=.",
        )
    query = description(f"{request.app[BASE]}sparql")
    graphs = sparqlrequest.dataset(parameters)  # they change nothing, unless they are no IRIs
    answer = await request.app[QUERIES].ask(
        query,
        formats={Kind.GRAPH: found.format.name},
        default_graphs=graphs[0],
        named_graphs=graphs[1],
    )
    return await send(request, answer, found.media_type, {hdrs.CACHE_CONTROL: "no-cache"})


def _format(request: web.Request, parameters: Fields) -> str | None:
    suffix = request.match_info.get("format")
    return suffix or next((value for name, value in parameters if name == "format"), None)
