"""The worker's task "diagnose": one page of any feed is read for the doctor."""

from typing import Any, Final

from pydantic import TypeAdapter

from federation.doctor.seeing import PageSeen, Paths, see
from federation.errors import FederationError
from federation.limits import Limits

_PATHS: Final = TypeAdapter(Paths)
_LIMITS: Final = TypeAdapter(Limits)
_SEEN: Final = TypeAdapter(PageSeen)


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Read a page; one that cannot be read is an answer with `unreadable`."""
    try:
        page = see(
            body,
            header["media_type"],
            header["url"],
            header["names"],
            paths=_PATHS.validate_python(header["paths"]),
            limits=_LIMITS.validate_python(header["limits"]),
        )
    except FederationError as error:
        return {"unreadable": str(error)}, b""
    return {}, _SEEN.dump_json(page)
