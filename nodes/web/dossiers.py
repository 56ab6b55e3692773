"""The feed for data portals: `/feed/dcat-ap`, its pages, and the shape of its members."""

from typing import Final

from aiohttp import web

from nodes.dossiers import SYNTAXES
from nodes.web.answers import answer
from nodes.web.feed import send
from nodes.web.keys import CITY, DOSSIERS

SHAPE: Final = """\
@prefix as: <https://www.w3.org/ns/activitystreams#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<> a sh:NodeShape ;
    sh:closed true ;
    sh:ignoredProperties ( rdf:type ) ;
    sh:property [ sh:path as:object ; sh:nodeKind sh:IRI ; sh:minCount 1 ; sh:maxCount 1 ] ;
    sh:property [
        sh:path as:published ; sh:datatype xsd:dateTime ; sh:minCount 1 ; sh:maxCount 1
    ] .
"""


def routes() -> list[web.RouteDef]:
    """List the addresses of the feed for portals."""
    return [
        web.get("/feed/dcat-ap/shape", shape),
        web.get("/feed/dcat-ap{suffix:(?:\\.[a-z.]+)?}", page),
        web.get(r"/feed/dcat-ap/{path:(?:pages|index)/[^/]+}", page),
    ]


async def page(request: web.Request) -> web.Response:
    """Give the root or a page of the stream."""
    dossiers = request.app[DOSSIERS]
    return await send(request, dossiers.render, SYNTAXES, dossiers.interval)


async def shape(request: web.Request) -> web.Response:
    """Give the shape that members of the stream meet."""
    body = SHAPE.replace("<>", f"<{request.app[CITY].base}feed/dcat-ap/shape>").encode()
    return answer(request, body, "text/turtle; charset=utf-8")
