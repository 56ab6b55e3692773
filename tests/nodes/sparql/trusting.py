"""The query task without its refusal of keywords, to try the wall behind it."""

from typing import Any

from nodes.errors import QueryRefused
from nodes.sandbox.pool import MIB
from nodes.sandbox.querying import Output, evaluate
from nodes.sandbox.querytext import Gist


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        with Output(MIB, None, 0) as output:
            kind, _ = evaluate(header, body.decode(), output, Gist(has_dataset=False))
            _, said = output.finish()
    except QueryRefused as refusal:
        return {"refused": str(refusal)}, b""
    return {"kind": kind}, said or b""
