"""The SPARQL endpoint: `/sparql`, for everyone, read-only.

What is asked is decided in `sparqlrequest`; the answer comes whole from a worker process, so it
is either complete or an error. Every answer, errors too, may be read by pages of other sites.
"""

import asyncio
import gzip
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web

from nodes.errors import NodeError
from nodes.sandbox.formats import Kind
from nodes.web import sparqlrequest
from nodes.web.bodies import read_body
from nodes.web.encodings import choose_encoding
from nodes.web.keys import BASE, QUERIES
from nodes.web.negotiation import joined
from nodes.web.problems import Problem, of_query
from nodes.web.sparqldescription import FORMATS_OF_DESCRIPTION, description
from nodes.web.sparqlrequest import FORM, LONGEST_ADDRESS, LONGEST_BODY, Asked, Fields

ALLOWED: Final = "GET, HEAD, POST, OPTIONS"

_BODY_SECONDS: Final = 30
_WORTH_PACKING: Final = 1000
_OPEN: Final = {
    hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
    hdrs.VARY: "Accept, Accept-Encoding",
}
_PREFLIGHT: Final = {
    hdrs.ALLOW: ALLOWED,
    hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST",
    hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "content-type",
    hdrs.ACCESS_CONTROL_MAX_AGE: "86400",
}


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    return [
        web.route("*", "/sparql", sparql),
        web.route("*", r"/sparql.{format:[a-z0-9-]+}", sparql),
    ]


async def sparql(request: web.Request) -> web.Response:
    """Answer a query, describe the endpoint, or say what is wrong."""
    try:
        found = await _respond(request)
    except Problem as problem:
        found = problem.response()
    except NodeError as error:
        found = of_query(error).response()
    found.headers.update(_OPEN)
    return found


async def _respond(request: web.Request) -> web.Response:
    if request.method == hdrs.METH_OPTIONS:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)
    if len(request.rel_url.raw_query_string) > LONGEST_ADDRESS:
        raise Problem(
            HTTPStatus.REQUEST_URI_TOO_LONG,
            f"The address has more than {LONGEST_ADDRESS} characters.",
            hint="Send a long query by POST.",
        )
    parameters = sparqlrequest.fields(request.rel_url.raw_query_string)
    if request.method == hdrs.METH_POST:
        parameters, asked = await _posted(request, parameters)
        return await _answer(request, asked, parameters)
    if request.method in {hdrs.METH_GET, hdrs.METH_HEAD}:
        found = sparqlrequest.asked(parameters)
        if found is None:
            return await _describe(request, parameters)
        return await _answer(request, found, parameters)
    raise Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        f"{request.method[:20]} is not answered here.",
        hint=f"Use one of {ALLOWED}.",
        headers={hdrs.ALLOW: ALLOWED},
    )


async def _posted(request: web.Request, parameters: Fields) -> tuple[Fields, Asked]:
    kind = sparqlrequest.media_type(request.headers.get(hdrs.CONTENT_TYPE))
    body = sparqlrequest.text(await _body(request))
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


async def _body(request: web.Request) -> bytes:
    """Read the body, as much of it as allowed and no longer than allowed."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "A compressed body is not read here.")
    return await read_body(request, most=LONGEST_BODY, seconds=_BODY_SECONDS)


async def _answer(request: web.Request, asked: Asked, parameters: Fields) -> web.Response:
    formats = sparqlrequest.wanted(_accept(request), _format(request, parameters))
    answer = await request.app[QUERIES].ask(
        asked.query,
        formats={kind: each.format.name for kind, each in formats.items()},
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        base=f"{request.app[BASE]}sparql",
    )
    found = formats[answer.kind]
    return await _packed(request, answer.body, _typed(found.media_type))


async def _describe(request: web.Request, parameters: Fields) -> web.Response:
    formats = sparqlrequest.wanted(_accept(request), _format(request, parameters))
    found = formats.get(Kind.GRAPH)
    if found is None or found.format.name not in FORMATS_OF_DESCRIPTION:
        raise Problem(
            HTTPStatus.NOT_ACCEPTABLE,
            "The description of this endpoint can be had as Turtle, RDF/XML, JSON-LD or N-Triples.",
            kind="query-format",
            hint="To ask a query, send it as ?query=.",
        )
    query = description(f"{request.app[BASE]}sparql")
    answer = await request.app[QUERIES].ask(query, formats={Kind.GRAPH: found.format.name})
    return await _packed(request, answer.body, _typed(found.media_type))


async def _packed(request: web.Request, body: bytes, content_type: str) -> web.Response:
    headers = {hdrs.CONTENT_TYPE: content_type, hdrs.CACHE_CONTROL: "no-cache"}
    accepted = joined(request.headers.getall(hdrs.ACCEPT_ENCODING, ()))
    if len(body) > _WORTH_PACKING and choose_encoding(accepted, ("gzip",)) == "gzip":
        body = await asyncio.to_thread(gzip.compress, body, 5, mtime=0)
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(body=body, headers=headers)


def _accept(request: web.Request) -> str | None:
    return joined(request.headers.getall(hdrs.ACCEPT, ()))


def _format(request: web.Request, parameters: Fields) -> str | None:
    suffix = request.match_info.get("format")
    return suffix or next((value for name, value in parameters if name == "format"), None)


def _typed(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
