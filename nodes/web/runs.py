"""The rounds of the node as an event stream: `/feed/runs`, its pages, and the shape of a run."""

from typing import Final

from aiohttp import web

from nodes.feeds import SYNTAXES
from nodes.runs import COUNTS
from nodes.web.answers import answer
from nodes.web.feed import send
from nodes.web.keys import CITY, RUNS

SHAPE: Final = """\
@prefix cn: <https://w3id.org/citynode/ns#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<> a sh:NodeShape ;
    sh:class prov:Activity ;
    sh:property [
        sh:path prov:startedAtTime ; sh:datatype xsd:dateTime ; sh:minCount 1 ; sh:maxCount 1
    ] ;
    sh:property [
        sh:path prov:endedAtTime ; sh:datatype xsd:dateTime ; sh:minCount 1 ; sh:maxCount 1
    ] ;
COUNTS    sh:property [ sh:path prov:used ; sh:nodeKind sh:IRI ; sh:minCount 1 ; sh:maxCount 1 ] .
"""
_COUNT: Final = """\
    sh:property [
        sh:path cn:%sCount ; sh:datatype xsd:integer ; sh:minCount 1 ; sh:maxCount 1
    ] ;
"""


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    return [
        web.get("/feed/runs/shape", shape),
        web.get("/feed/runs{suffix:(?:\\.[a-z.]+)?}", page),
        web.get(r"/feed/runs/{path:(?:pages|index)/[^/]+}", page),
    ]


async def page(request: web.Request) -> web.Response:
    """Give the root or a page of the stream."""
    runs = request.app[RUNS]
    return await send(request, runs.render, SYNTAXES, runs.interval)


async def shape(request: web.Request) -> web.Response:
    """Give the shape that members of the stream meet."""
    body = SHAPE.replace("<>", f"<{request.app[CITY].base}feed/runs/shape>")
    body = body.replace("COUNTS", "".join(_COUNT % name for name in COUNTS))
    return answer(request, body.encode(), "text/turtle; charset=utf-8")
