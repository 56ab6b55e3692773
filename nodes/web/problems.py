"""Errors for programs: problem documents of RFC 9457, `application/problem+json`.

A problem says what is wrong and what to do about it, and never what happened inside: no
traceback, no path, no library's words about itself.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from nodes.errors import (
    Busy,
    NodeError,
    OverBudget,
    PastBusy,
    PastGone,
    QueryRefused,
    WorkerDied,
    WorkerTimedOut,
)

PROBLEM: Final = "application/problem+json"
KINDS: Final = "https://w3id.org/citynode/problems#"
"""The `type` of a problem is one of these; docs/catalogue.md tells of them."""

_STATUS: Final = {"format": HTTPStatus.NOT_ACCEPTABLE, "size": HTTPStatus.SERVICE_UNAVAILABLE}


class Problem(Exception):
    """An answer that is an error; a handler raises it, `response` writes it."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        kind: str = "request",
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
        **facts: object,
    ) -> None:
        """`facts` are further members of the document, such as the line of a fault."""
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.hint = hint
        self.headers = dict(headers or {})
        self.facts = {name: fact for name, fact in facts.items() if fact is not None}

    def response(self) -> web.Response:
        """Write the problem document."""
        said = {
            "type": KINDS + self.kind,
            "title": self.status.phrase,
            "status": int(self.status),
            "detail": printable(str(self)),
            **({"hint": self.hint} if self.hint else {}),
            **self.facts,
        }
        return web.Response(
            status=self.status,
            body=json.dumps(said, ensure_ascii=False).encode(),
            content_type=PROBLEM,
            headers={"Cache-Control": "no-store", **self.headers},
        )


def problem(status: int, detail: str, *, hint: str | None = None) -> web.Response:
    """Write a problem document about a request."""
    return Problem(HTTPStatus(status), detail, hint=hint).response()


def of_query(error: NodeError) -> Problem:
    """Turn an error of the query service into what a client may know of it."""
    if isinstance(error, QueryRefused):
        return Problem(
            _STATUS.get(error.reason, HTTPStatus.BAD_REQUEST),
            str(error),
            kind=f"query-{error.reason}",
            hint=error.hint,
            line=error.line,
            column=error.column,
        )
    if isinstance(error, OverBudget):
        return Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"The query was not run: {error}.",
            kind="over-budget",
            hint=error.hint,
            headers={"Retry-After": str(error.seconds)},
        )
    if isinstance(error, PastGone):
        return Problem(
            HTTPStatus.GONE,
            f"That time cannot be asked about: {error}.",
            kind="past-gone",
            hint=error.hint,
            since=error.since,
        )
    if isinstance(error, PastBusy):
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"That time cannot be asked about yet: {error}.",
            kind="past-building",
            hint=error.hint,
            headers={"Retry-After": str(error.seconds)},
        )
    if isinstance(error, Busy):
        again = {"Retry-After": "2"}
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "Every worker is busy with other queries.",
            kind="busy",
            hint=error.hint,
            headers=again,
        )
    if isinstance(error, WorkerTimedOut):
        return Problem(
            HTTPStatus.GATEWAY_TIMEOUT,
            f"The query was {error}.",
            kind="query-too-long",
            hint=error.hint,
        )
    if isinstance(error, WorkerDied):
        return Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The query used up what it may use, and was stopped.",
            kind="query-too-large",
            hint="Ask for less at once, or narrow the question.",
        )
    return Problem(HTTPStatus.BAD_REQUEST, str(error), hint=error.hint)


def printable(text: str) -> str:
    """Show characters that steer terminals and text direction instead of sending them."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)
