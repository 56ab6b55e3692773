"""`/subscriptions`: asking to be told of what a search finds, confirming that, ending it.

A page with a form that needs no script, and JSON for programs, at one address. The link in each
message leads to the subscription's own page; only its buttons (POST) change anything, so programs
that look at links ahead of people neither confirm nor end anything. `List-Unsubscribe=One-Click`
(RFC 8058) posted there ends it, without a cookie or another question.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from aiohttp import hdrs, web

from nodes.errors import BadParameter, NotFound, OverBudget, TooManySubscriptions
from nodes.subscribing import Subscribing
from nodes.subscriptions import Channel, Pace
from nodes.web.asking import Asked
from nodes.web.asking import read as read_search
from nodes.web.bodies import kind_of_body, read_body
from nodes.web.clients import neighbourhood
from nodes.web.keys import ASKERS, CLIENTS, SUBSCRIBING
from nodes.web.letters import described
from nodes.web.negotiation import accepted, choose
from nodes.web.problems import Problem
from nodes.web.rendering import page

_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_MOST_BYTES: Final = 20_000
_BODY_SECONDS: Final = 10
_LONGEST_SEARCH: Final = 4_000
_MOST_PARAMETERS: Final = 200
_KIND: Final = "subscription"
_NAMES: Final = ("search", "channel", "target", "pace")
_OF_A_PAGE: Final = ("page", "limit", "sort", "cursor", "facets", "format", "fresh")
"""What a search is shown by, or what is true of a moment only; news are told without."""

_ONE_CLICK: Final = ("List-Unsubscribe", "One-Click")
_PRIVATE: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_TAKEN: Final = {
    Channel.MAIL: "If this can be done, a mail is on its way: open the link in it to confirm. "
    "Nothing is sent before that.",
    Channel.WEBHOOK: "If this can be done, a signed message is on its way: post action=confirm "
    "to the link in it, or open it, to confirm. Nothing else is sent before that.",
}


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    return [
        web.get("/subscriptions", form),
        web.post("/subscriptions", ask),
        web.get("/subscriptions/{token}", look),
        web.post("/subscriptions/{token}", act),
    ]


async def form(request: web.Request) -> web.Response:
    """Show how to be told of a search; the search is in the address, as in that of /search."""
    asked = _saved(request.query.items())
    return page(request, "subscriptions.html", {"asked": asked, **_words_of(asked)})


async def ask(request: web.Request) -> web.Response:
    """Take the wish to be told."""
    try:
        return await _ask(request)
    except Problem as problem:
        return problem.response()


async def _ask(request: web.Request) -> web.Response:
    subscribing = _subscribing(request)
    said = await _body(request)
    channel = Channel(_choice(said, "channel", tuple(Channel), Channel.MAIL))
    pace = Pace(_choice(said, "pace", tuple(Pace), Pace.DAILY))
    asked = _search(said.get("search", ""))
    try:
        askers, client = request.app[ASKERS], request.app[CLIENTS].of(request)
        with askers.spending(client) as spent, askers.spending(neighbourhood(client)) as around:
            spent.seconds = around.seconds = 1.0
            secret = await asyncio.to_thread(
                subscribing.ask,
                *(channel, said.get("target", ""), asked.address(), asked.request, pace),
            )
    except OverBudget as error:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "You have asked as often as one may.",
            kind=_KIND,
            hint="Wait, and ask again.",
            headers={"Retry-After": str(error.seconds)},
        ) from None
    except TooManySubscriptions as error:
        raise Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "This node keeps as many subscriptions as it may.",
            kind=_KIND,
            hint=error.hint,
        ) from None
    detail = _TAKEN[channel]
    if choose(accepted(request), (_JSON, "text/html")) == "text/html":
        told = {"asked": asked, "detail": detail, "secret": secret, **_words_of(asked)}
        return page(request, "subscribed.html", told, status=202, headers=_PRIVATE)
    answer = {"detail": detail, "search": asked.address(), **({"secret": secret} if secret else {})}
    return web.Response(
        status=HTTPStatus.ACCEPTED,
        body=json.dumps(answer, ensure_ascii=False).encode(),
        content_type=_JSON,
        headers={**_PRIVATE, hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"},
    )


async def look(request: web.Request) -> web.Response:
    """Show a subscription to whoever has its link; nothing happens by that."""
    return await _shown(request)


async def act(request: web.Request) -> web.Response:
    """Confirm, go on with or end a subscription."""
    try:
        return await _act(request)
    except Problem as problem:
        return problem.response()


async def _act(request: web.Request) -> web.Response:
    subscribing, token = _subscribing(request), request.match_info["token"]
    said = dict(await _fields(request))
    if _ONE_CLICK in said.items() or said.get("action") == "end":
        await asyncio.to_thread(subscribing.leave, token)
        return page(request, "unsubscribed.html", {}, headers=_PRIVATE)
    if said.get("action") == "confirm":
        await asyncio.to_thread(subscribing.confirm, token)
    elif said.get("action") == "resume":
        await asyncio.to_thread(subscribing.resume, token)
    else:
        raise BadParameter("action", said.get("action", ""), "confirm, resume or end")
    return await _shown(request)


async def _shown(request: web.Request) -> web.Response:
    found = await asyncio.to_thread(_subscribing(request).find, request.match_info["token"])
    said = {"subscription": found, "words": described(found.request)}
    return page(request, "subscription.html", said, headers=_PRIVATE)


def _subscribing(request: web.Request) -> Subscribing:
    found = request.app.get(SUBSCRIBING)
    if found is None:
        raise NotFound("This node tells of no news; follow the Atom feed of a search instead.")
    return found


def _words_of(asked: Asked) -> dict[str, str]:
    return {"words": described(asked.request)}


def _search(text: str) -> Asked:
    """Read a search from its address, or what stands behind the question mark in it."""
    if len(text) > _LONGEST_SEARCH:
        raise BadParameter("search", "", f"at most {_LONGEST_SEARCH} characters")
    text = text.encode(errors="replace").decode()  # JSON can name half a character
    before, mark, behind = text.strip().partition("?")
    whole = "=" not in before and (mark or "://" in before)
    query = behind if whole else text.strip()
    try:
        pairs = parse_qsl(
            urlsplit(f"?{query}").query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS
        )
    except ValueError:
        raise BadParameter("search", "", "the address of a search on this node") from None
    return _saved(pairs)


def _saved(pairs: Iterable[tuple[str, str]]) -> Asked:
    return read_search([pair for pair in pairs if pair[0] not in _OF_A_PAGE])


async def _body(request: web.Request) -> Mapping[str, str]:
    said = (
        dict(await _fields(request)) if kind_of_body(request) != _JSON else await _object(request)
    )
    for name in said.keys() - set(_NAMES):
        raise BadParameter(name, "", f"one of {', '.join(_NAMES)}")
    return said


async def _object(request: web.Request) -> Mapping[str, str]:
    body = await read_body(request, most=_MOST_BYTES, seconds=_BODY_SECONDS, kind=_KIND)
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not all(isinstance(each, str) for each in said.values()):
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "The body is no JSON object of texts.",
            kind=_KIND,
            hint='Send {"search": "…", "channel": "mail", "target": "…", "pace": "daily"}.',
        )
    return said


async def _fields(request: web.Request) -> list[tuple[str, str]]:
    if kind_of_body(request) != _FORM:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"A body of type {kind_of_body(request)[:100]} is not read here.",
            kind=_KIND,
            hint=f"Send it as {_FORM}.",
        )
    body = await read_body(request, most=_MOST_BYTES, seconds=_BODY_SECONDS, kind=_KIND)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise Problem(HTTPStatus.BAD_REQUEST, "The form cannot be read.", kind=_KIND) from None


def _choice(said: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    value = said.get(name) or default
    if value not in choices:
        raise BadParameter(name, value, f"one of {', '.join(choices)}")
    return value
