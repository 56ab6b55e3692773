"""The query task without its refusal of keywords, to try the wall behind it."""

from typing import Any

from nodes.errors import QueryRefused
from nodes.sandbox.querying import evaluate


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        kind, said = evaluate(header, body.decode(), union=True)
    except QueryRefused as refusal:
        return {"refused": str(refusal)}, b""
    return {"kind": kind}, said
