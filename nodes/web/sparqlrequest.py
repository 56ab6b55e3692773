"""What a request to the SPARQL endpoint asks for: SPARQL 1.1 Protocol, section 2.1.

Plain functions of the request's parts. A query comes in the address, in a form, or as the body;
exactly one of them, in UTF-8. The dataset may be named in the address or in the form. Updates are
not answered in any way of asking. Parameters nobody knows are ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from nodes.sandbox.formats import FORMATS, Format, Kind, named
from nodes.web.negotiation import choose
from nodes.web.problems import Problem

LONGEST_ADDRESS: Final = 64 << 10
LONGEST_QUERY: Final = 256 << 10
LONGEST_BODY: Final = 1 << 20

FORM: Final = "application/x-www-form-urlencoded"
QUERY: Final = "application/sparql-query"
UPDATE: Final = "application/sparql-update"

_LONGEST_TYPE: Final = 500
_MOST_FIELDS: Final = 1000
_READ_ONLY: Final = "This endpoint is read-only; updates are not answered."

Fields = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A query with the dataset it is to be asked of; no graphs named: everything known."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """For one kind of answer, the format to write and the media type to call it."""

    format: Format
    media_type: str


def media_type(header: str | None) -> str:
    """Read a Content-Type; raises Problem unless a query or a form comes in UTF-8."""
    if not header:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "The request does not say what its body is.",
            hint=f"Send Content-Type: {QUERY} or {FORM}.",
        )
    message = Message()
    message["Content-Type"] = header[:_LONGEST_TYPE]  # reading all of a long one takes its square
    found = message.get_content_type()
    charset = str(message.get_param("charset") or "utf-8").lower()
    if found == UPDATE:
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _READ_ONLY, kind="query-update")
    if found not in {FORM, QUERY}:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"A body of type {header[:100]} is not read here.",
            hint=f"Send the query as {QUERY}, or as the field `query` of {FORM}.",
        )
    if charset not in {"utf-8", "utf8", "us-ascii", "ascii"}:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"The character set {charset[:40]} is not read here.",
            hint="Send UTF-8.",
        )
    return found


def of_address(request: web.Request) -> Fields:
    """Read an address's parameters; raises Problem for what is not UTF-8."""
    address = request.rel_url
    text = address.raw_query_string
    return checked(text, list(address.query.items())) if text.isascii() else fields(text)


def checked(text: str, found: Fields) -> Fields:
    """Take what was found in `text` by one who forgives, unless something had to be forgiven."""
    if text.count("&") < _MOST_FIELDS and not any(
        "\ufffd" in value for pair in found for value in pair
    ):
        return found
    return fields(text)


def fields(text: str) -> Fields:
    """Read a form, or parameters with care; raises Problem for what is not UTF-8."""
    try:
        found = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
        "".join(value for pair in found for value in pair).encode()
    except UnicodeError:
        raise Problem(
            HTTPStatus.BAD_REQUEST, "A parameter is not UTF-8.", hint="Percent-encode UTF-8 bytes."
        ) from None
    except ValueError:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"More than {_MOST_FIELDS} parameters."
        ) from None
    return found


def text(body: bytes) -> str:
    """Read a body as text; raises Problem for what is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"Byte {error.start} of the body is not UTF-8."
        ) from None


def asked(parameters: Fields, body: str | None = None) -> Asked | None:
    """Find the one query among parameters and body; None if there is none at all."""
    if any(name == "update" for name, _ in parameters):
        raise Problem(
            HTTPStatus.BAD_REQUEST, _READ_ONLY, kind="query-update", hint="Send a query instead."
        )
    queries = [value for name, value in parameters if name == "query"]
    if body is not None:
        queries.append(body)
    if len(queries) > 1:
        raise Problem(
            HTTPStatus.BAD_REQUEST, f"The request has {len(queries)} queries.", hint="Send one."
        )
    if not queries:
        return None
    if not queries[0].strip():
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "The query is empty.",
            hint="For example: SELECT * WHERE { ?s ?p ?o } LIMIT 10",
        )
    if len(queries[0]) > LONGEST_QUERY:
        raise Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"The query has {len(queries[0])} characters; at most {LONGEST_QUERY} are read.",
        )
    default, named = dataset(parameters)
    return Asked(query=queries[0], default_graphs=default, named_graphs=named)


def dataset(parameters: Fields) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the default graphs and the named graphs that the request asks for, as they stand.

    An empty one is none: many forms and addresses begin with `default-graph-uri=&query=`.
    """
    return (
        tuple(value for name, value in parameters if value and name == "default-graph-uri"),
        tuple(value for name, value in parameters if value and name == "named-graph-uri"),
    )


@lru_cache(maxsize=256)
def wanted(accept: str | None, name: str | None) -> Mapping[Kind, Wanted]:
    """Pick a format for each kind of answer; raises Problem when none fits any kind.

    `name` is what `?format=` or the suffix says, and goes before the Accept header.
    """
    found = {}
    for kind, formats in FORMATS.items():
        best = _named(kind, name) if name else _accepted(accept, formats)
        if best is not None:
            found[kind] = best
    if not found:
        every = dict.fromkeys(each.media_type for formats in FORMATS.values() for each in formats)
        raise Problem(
            HTTPStatus.NOT_ACCEPTABLE,
            f"Answers can be had as {', '.join(every)}.",
            kind="query-format",
            hint="Name one of these types in the Accept header, or in ?format=.",
        )
    return MappingProxyType(found)


@lru_cache(maxsize=256)
def names(accept: str | None, name: str | None) -> tuple[Mapping[Kind, str], str]:
    """Give the names of the formats that are `wanted`, and in one text all that was picked."""
    found = wanted(accept, name)
    named = {kind: each.format.name for kind, each in found.items()}
    picked = " ".join(
        f"{kind}={each.format.name},{each.media_type}" for kind, each in found.items()
    )
    return MappingProxyType(named), picked


def _named(kind: Kind, name: str) -> Wanted | None:
    found = named(kind, name)
    return None if found is None else Wanted(format=found, media_type=found.media_type)


def _accepted(accept: str | None, formats: tuple[Format, ...]) -> Wanted | None:
    offers = {each.media_type: each for each in formats}
    for each in formats:
        for alias in each.aliases:
            offers.setdefault(alias, each)
    best = choose(accept, tuple(offers))
    return None if best is None else Wanted(format=offers[best], media_type=best)
