"""`/openapi.json`: the interfaces of the node for programs, OpenAPI 3.1."""

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from aiohttp import web

from nodes.journal import Journal
from nodes.journal.walking import first_of_each_room
from nodes.web.answers import answer
from nodes.web.keys import CITY, JOURNAL
from nodes.web.operations import HTML, OPERATIONS, Operation, Parameter
from nodes.web.problems import PROBLEM

_TAGS: Final = {
    "pages": "Pages for people.",
    "search": "Questions to all that the node knows.",
    "records": "Experiments, testbeds and calls, each at its own address.",
    "feeds": "Signed members, as Linked Data Event Streams.",
    "portals": "For data portals, crawlers and other programs.",
    "node": "The node itself.",
    "vocabulary": "What the words mean.",
}
_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "hint": {"type": "string"},
    },
}
_REFUSAL: Final = {
    "description": "What is wrong, and what to do about it (RFC 9457); a page for browsers.",
    "content": {
        PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}},
        HTML: {"schema": {"type": "string"}},
    },
}


def routes() -> list[web.RouteDef]:
    """List the address."""
    return [web.get("/openapi.json", openapi)]


async def openapi(request: web.Request) -> web.Response:
    """Describe the interfaces."""
    city = request.app[CITY]
    examples = await asyncio.to_thread(_examples, request.app[JOURNAL])
    said = {"servers": [{"url": city.base.rstrip("/")}], **described(examples)}
    body = json.dumps(said, ensure_ascii=False, indent=1).encode()
    return answer(request, body, "application/json", vary="Accept-Encoding")


def described(examples: Mapping[str, str]) -> dict[str, Any]:
    """Write the description, without the address of a server.

    `examples` names by parameter what is there on this node and can be tried; where an address
    needs one of its own, by the operation and the parameter, `testbed.slug`.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "citynode",
            "version": version("citynode"),
            "summary": "Experiments, testbeds and calls of a city and of the cities it follows.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "tags": [{"name": name, "description": about} for name, about in _TAGS.items()],
        "paths": {operation.path: _item(operation, examples) for operation in OPERATIONS},
        "components": {
            "schemas": {"Problem": _PROBLEM_SCHEMA},
            "responses": {"Refusal": _REFUSAL},
        },
    }


def _examples(journal: Journal) -> dict[str, str]:
    found = {}
    for room, entry in first_of_each_room(journal, journal.base).items():
        found[f"{room.removesuffix('s')}.slug"] = entry.member.object.rpartition("/")[2]
    newest = journal.newest(journal.base)
    if newest is not None:
        found["member"] = newest.iri.rpartition("/")[2]
    return found


def _item(operation: Operation, examples: Mapping[str, str]) -> dict[str, Any]:
    said = {
        "tags": [operation.tag],
        "summary": operation.about,
        "parameters": [_parameter(each, operation, examples) for each in operation.parameters],
        "responses": _responses(operation),
    }
    item: dict[str, Any] = {"get": {"operationId": operation.id, **said}}
    if operation.form is not None:
        body = {"required": True, "content": dict(operation.form)}
        inside = [
            _parameter(each, operation, examples)
            for each in operation.parameters
            if each.place == "path"
        ]
        posted: dict[str, Any] = {**said, "parameters": inside, "requestBody": body}
        if operation.taken:
            answers: dict[str, Any] = {**_responses(operation)}
            content: dict[str, Any] = {HTML: {}, "application/json": {}}
            answers["202"] = {**answers.pop("200"), "content": content}
            posted["responses"] = answers
        if operation.posted:
            return {"post": {"operationId": operation.id, **posted}}
        item["post"] = {"operationId": f"{operation.id}ByPost", **posted}
    return item


def _parameter(
    parameter: Parameter, operation: Operation, examples: Mapping[str, str]
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.about,
        "schema": dict(parameter.schema),
    }
    if parameter.place == "path":
        said["required"] = True
    own = examples.get(f"{operation.id}.{parameter.name}")
    example = own or examples.get(parameter.name, parameter.example)
    if example is not None:
        said["example"] = example
    return said


def _responses(operation: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {
        "200": {
            "description": "Here it is.",
            "content": {media: {} for media in operation.media},
        }
    }
    if not operation.media:
        said = {"202": {"description": "Taken."}}
    if operation.cached:
        said["304"] = {"description": HTTPStatus(304).description or "Not modified."}
    for status in operation.refusals:
        said[str(status)] = {"$ref": "#/components/responses/Refusal"}
    said["default"] = {"$ref": "#/components/responses/Refusal"}
    return said
