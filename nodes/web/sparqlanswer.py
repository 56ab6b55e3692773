"""How an answer to a query goes out: packed, validated by its version, never cut off.

A short answer goes as a whole. A long one lies complete in a file and is read as fast as the
client takes it; a client that takes it too slowly loses its connection, which shows. Nothing of
the answer is sent before the query has ended well.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from typing import Final

from aiohttp import hdrs, web

from nodes.budgets import Balance
from nodes.journal.past import Moment
from nodes.queries import Answer, Queries, Spooled
from nodes.web.answers import holds, typed
from nodes.web.encodings import CODINGS, choose_encoding, packed, packer
from nodes.web.negotiation import accepted

_WORTH_PACKING: Final = 1_000
_WORTH_A_THREAD: Final = 32 << 10
_PATIENCE: Final = 60.0
_SLOWEST: Final = 50_000.0  # bytes a second
_POLICY: Final = "query"
_RELEASE: Final = version("citynode")


def validator(queries: Queries, state: int | Moment, said: object) -> str:
    """Name what the answer to a question is made from: the state of the store and the question.

    It is a weak one: the same solutions may come in another order. All instants of one state of the
    journal have the same.
    """
    held = (state.number, state.edition) if isinstance(state, Moment) else state
    made_of = (_RELEASE, queries.edition, held, said)
    return sha256(repr(made_of).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def not_modified(request: web.Request, tag: str) -> bool:
    """Whether the client holds this version already."""
    if request.method not in {hdrs.METH_GET, hdrs.METH_HEAD}:
        return False
    return holds(request, tag)


def rates(balance: Balance, rate: float) -> dict[str, str]:
    """Say what is left of a budget (draft-ietf-httpapi-ratelimit-headers), in seconds."""
    most = int(balance.most)
    return {
        "RateLimit-Policy": f'"{_POLICY}";q={most};w={max(1, round(most / rate))}'
        ';qu="processor-seconds"',
        "RateLimit": f'"{_POLICY}";r={int(balance.left)};t={max(0, round(balance.full))}',
    }


async def send(
    request: web.Request,
    answer: Answer,
    media_type: str,
    headers: Mapping[str, str],
    *,
    strong: str | None = None,
) -> web.StreamResponse:
    """Send an answer; `strong` names its very bytes, for an ETag of each encoding."""
    said = {**headers, hdrs.CONTENT_TYPE: typed(media_type)}
    size = len(answer.body) if answer.spool is None else answer.spool.size
    wishes = accepted(request, hdrs.ACCEPT_ENCODING)
    coding = choose_encoding(wishes, CODINGS) if size > _WORTH_PACKING else "identity"
    if coding != "identity":
        said[hdrs.CONTENT_ENCODING] = coding
    if strong is not None:
        said[hdrs.ETAG] = f'"{strong}-{coding}"'
        if not_modified(request, f"{strong}-{coding}"):
            if answer.spool is not None:
                answer.spool.close()
            kept = (hdrs.CONTENT_TYPE, hdrs.CONTENT_ENCODING)
            return web.Response(
                status=304, headers={key: each for key, each in said.items() if key not in kept}
            )
    if answer.spool is not None:
        return await _stream(request, answer.spool, coding, said)
    body = answer.body
    if coding != "identity":
        if len(body) > _WORTH_A_THREAD:
            body = await asyncio.to_thread(packed, body, coding)
        else:
            body = packed(body, coding, quickly=True)
    return web.Response(body=body, headers=said)


async def _stream(
    request: web.Request, spool: Spooled, coding: str, headers: Mapping[str, str]
) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    if coding == "identity":
        response.content_length = spool.size
    try:
        await response.prepare(request)
        if request.method == hdrs.METH_HEAD:
            return response
        with suppress(ConnectionResetError):  # the client has gone
            async with asyncio.timeout(_PATIENCE + spool.size / _SLOWEST):
                into = packer(coding)
                async for piece in spool.pieces():
                    await response.write(await asyncio.to_thread(into.pack, piece))
                await response.write(into.finish())
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
    finally:
        spool.close()
    return response
