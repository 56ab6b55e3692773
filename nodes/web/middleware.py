"""What holds for every answer: safe headers, and errors in words.

A browser gets a page, any other client a problem document. What the node did not expect is
logged with its trace and answered with 500 and nothing of its inside.
"""

import logging
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from nodes.errors import (
    BadCursor,
    BadParameter,
    Busy,
    NodeError,
    NoSubscription,
    NotFound,
    OverBudget,
    PastBusy,
    PastGone,
    QueryRefused,
    WorkerTimedOut,
)
from nodes.web.answers import ASKED_WITH, EXPOSED
from nodes.web.keys import BASE, CITY
from nodes.web.negotiation import accepted, choose
from nodes.web.problems import PROBLEM, Problem, problem
from nodes.web.rendering import page

_LOG: Final = logging.getLogger(__name__)
_STATUS: Final = {
    NotFound: 404,
    NoSubscription: 404,
    BadCursor: 400,
    BadParameter: 400,
    QueryRefused: 400,
    Busy: 503,
    WorkerTimedOut: 503,
    PastBusy: 503,
    PastGone: 410,
    OverBudget: 429,
}
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SAFE: Final = {
    "Server": "citynode",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": _POLICY,
}
"""What every answer says."""

_LONGEST_SLASHED: Final = 1_000
_HINTS: Final = {
    404: "Look for it by search: it may be known under another address.",
    405: "Use one of the methods named in the Allow header.",
    406: "Ask for one of the formats named in the answer.",
    413: "Send less at once.",
}
_STRIPPED: Final = "A proxy in front of it must pass on the whole path that was asked for."


def setup(app: web.Application) -> None:
    """Put both in place."""
    app.middlewares.append(errors)
    app.on_response_prepare.append(_safe_headers)


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what went wrong into a page or a problem document."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        bare = await _without_slash(request) if error.status == 404 else None
        return _lead(bare) if bare else _refusal(request, error)
    except Problem as error:
        return error.response()
    except NodeError as error:
        status = _STATUS.get(type(error), 500)
        if status == 500:
            _LOG.exception("could not answer %s", _named(request))
            return say(request, 500, "The node could not answer this request.", error.hint)
        found = say(request, status, str(error), error.hint)
        if isinstance(error, OverBudget | PastBusy):
            found.headers[hdrs.RETRY_AFTER] = str(error.seconds)
        return found
    except (ConnectionResetError, TimeoutError):
        raise
    except Exception:
        _LOG.exception("could not answer %s", _named(request))
        return say(request, 500, "The node could not answer this request.", None)


async def _without_slash(request: web.Request) -> str | None:
    """Give the address without the slashes at its end, where that one is answered."""
    address = request.rel_url.raw_path
    bare = f"/{address.strip('/')}"
    if address in {bare, "/"} or bare == "/" or len(address) > _LONGEST_SLASHED:
        return None
    there = request.clone(rel_url=request.rel_url.with_path(bare, encoded=True))
    found = await request.app.router.resolve(there)
    if found.http_exception is not None:
        return None
    query = request.rel_url.raw_query_string
    return f"{bare}?{query}" if query else bare


def _lead(address: str) -> web.Response:
    headers = {hdrs.LOCATION: address, hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*"}
    return web.Response(status=308, headers=headers)


def _named(request: web.Request) -> str:
    """Name what was asked for in the log, where a link that is somebody's secret has no place."""
    secret = request.match_info.get("token")
    return request.path.replace(secret, "…") if secret else request.path


def say(request: web.Request, status: int, detail: str, hint: str | None) -> web.Response:
    """Say what went wrong, as a page or as a problem document."""
    wanted = choose(accepted(request), (PROBLEM, "application/json", "text/html"))
    if wanted == "text/html" and CITY in request.app:
        said = {"status": status, "detail": detail, "hint": hint}
        found = page(request, "error.html", said, status=status)
    else:
        found = problem(status, detail, hint=hint)
    found.headers["Vary"] = "Accept, Accept-Encoding, Accept-Language"
    found.headers["Cache-Control"] = "no-store"
    found.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "*"
    return found


def _refusal(request: web.Request, error: web.HTTPException) -> web.Response:
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted({*error.allowed_methods, hdrs.METH_OPTIONS}))
        if request.method == hdrs.METH_OPTIONS:
            return _preflight(allowed)
        found = say(request, 405, f"{request.method[:20]} is not answered here.", _HINTS[405])
        found.headers[hdrs.ALLOW] = allowed
        return found
    detail = error.text if error.text and error.text != f"{error.status}: {error.reason}" else None
    base = request.app.get(BASE, "")
    if error.status == 404 and not request.path.startswith(urlsplit(base).path):
        return say(request, 404, f"This node answers at {base} and below.", _STRIPPED)
    if error.status == 404 and detail is None:
        detail = "Nothing is published at this address."
    return say(request, error.status, detail or error.reason, _HINTS.get(error.status))


def _preflight(allowed: str) -> web.Response:
    return web.Response(
        status=204,
        headers={
            hdrs.ALLOW: allowed,
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: allowed,
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: ASKED_WITH,
            hdrs.ACCESS_CONTROL_MAX_AGE: "86400",
        },
    )


async def _safe_headers(request: web.Request, response: web.StreamResponse) -> None:
    del request
    response.headers.update(SAFE)
    if hdrs.ACCESS_CONTROL_ALLOW_ORIGIN in response.headers:
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = EXPOSED
