"""The worker's task "examine": one page of a feed is read, verified and validated."""

from typing import Any, Final

from pydantic import TypeAdapter

from federation.errors import FederationError
from federation.examining import Examined, examine
from federation.keys import PublicKey
from federation.limits import Limits

_KEYS: Final = TypeAdapter(dict[str, tuple[PublicKey, ...]])
_LIMITS: Final = TypeAdapter(Limits)
_EXAMINED: Final = TypeAdapter(Examined)


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Examine a page; a page that cannot be read is an answer with `unreadable`."""
    try:
        examined = examine(
            body,
            header["media_type"],
            header["url"],
            _KEYS.validate_python(header["keys"]),
            _LIMITS.validate_python(header["limits"]),
        )
    except FederationError as error:
        return {"unreadable": str(error)}, b""
    return {}, _EXAMINED.dump_json(examined)
