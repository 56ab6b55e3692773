"""Contexts of JSON-LD that are held here, put in place of their addresses: none is ever fetched.

Ours and those of LDES and DCAT-US are held. A page that names another one is refused, one that
brings its own is read.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from federation.errors import PageUnreadable
from vocab import shelf
from vocab.terms import CONTEXT

_ABOUT_CONTEXTS: Final = (b"@context", b"@import", b"\\u")
"""Keys that are about contexts, and what may hide them."""


def with_contexts(body: bytes, url: str) -> bytes:
    """Put known contexts in place of their addresses in JSON; raises PageUnreadable.

    Others are refused, and so are keys that an object has twice. A page in which no key can be
    about contexts is only looked through.
    """
    changed = False

    def alone(found: list[tuple[str, object]]) -> None:
        if len(dict(found)) != len(found):
            raise PageUnreadable(f"{url}: a JSON object names the same key twice")

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal changed
        alone(found)
        whole = dict(found)
        if "@import" in whole:
            raise PageUnreadable(f"{url} imports a context, and contexts are never fetched")
        if "@context" in whole:
            changed = True
            whole["@context"] = _context(whole["@context"], url)
        return whole

    plain = not any(each in body for each in _ABOUT_CONTEXTS)
    try:
        document = json.loads(body, object_pairs_hook=alone if plain else pairs)
    except (ValueError, RecursionError) as error:
        raise PageUnreadable(f"{url}: not JSON: {str(error)[:200]}") from None
    return json.dumps(document).encode() if changed else body


def _context(said: Any, url: str) -> Any:
    if isinstance(said, list):
        return [_context(each, url) for each in said]
    if not isinstance(said, str):
        return said
    if said not in _contexts():
        raise PageUnreadable(
            f"{url} asks for the context {said[:200]}, which is not held here; none is fetched. "
            "Give the address of the same in Turtle or RDF/XML, or with its context inside"
        )
    return _contexts()[said]


@cache
def _contexts() -> Mapping[str, Any]:
    """Read the contexts held here, by their addresses."""
    held = {
        CONTEXT: "context-v1.jsonld",
        "https://w3id.org/ldes/context": "context-ldes.jsonld",
        "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld": "context-dcat-us.jsonld",
    }
    return {address: json.loads(shelf.read(name))["@context"] for address, name in held.items()}
