"""A worker's work on one page of a feed, which is read, verified and validated.

The task "examine" is this and what `nodes.arriving` adds.

A page of a feed that nobody signs is *heard* instead: the header then says what was `asked` for. A
page of a catalogue is *looked* at: the header says how.
"""

from typing import Any, Final

from pydantic import TypeAdapter

from federation.dcat.reading import Looking, read_catalogue
from federation.dcat.sight import CataloguePage
from federation.dcat.versions import versions
from federation.errors import FederationError
from federation.examining import Examined, examine
from federation.keys import PublicKey
from federation.ldes.hearing import HeardPage, hear
from federation.ldes.stream import Stream
from federation.limits import Limits
from federation.peers import Observing

_KEYS: Final = TypeAdapter(dict[str, tuple[PublicKey, ...]])
_LIMITS: Final = TypeAdapter(Limits)
_STREAM: Final = TypeAdapter(Stream | None)
_HEARD: Final = TypeAdapter(HeardPage)
_TOLD: Final = TypeAdapter(Observing | None)
_LOOKING: Final = TypeAdapter(Looking)
_LOOKED: Final = TypeAdapter(CataloguePage)


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Hear or look at a page; one that cannot be read is an answer with `unreadable`."""
    try:
        if "asked" in header:
            return {}, _HEARD.dump_json(_hear(header, body))
        return {}, _LOOKED.dump_json(_look(header, body))
    except FederationError as error:
        return {"unreadable": str(error)}, b""


def examined(header: dict[str, Any], body: bytes) -> Examined:
    """Examine a page of a feed that is signed; raises PageUnreadable."""
    return examine(
        body,
        header["media_type"],
        header["url"],
        _KEYS.validate_python(header["keys"]),
        _LIMITS.validate_python(header["limits"]),
    )


def _look(header: dict[str, Any], body: bytes) -> CataloguePage:
    return read_catalogue(
        body,
        header["media_type"],
        header["url"],
        _LOOKING.validate_python(header["looking"]),
        _LIMITS.validate_python(header["limits"]),
    )


def _hear(header: dict[str, Any], body: bytes) -> HeardPage:
    told = _TOLD.validate_python(header["told"])
    return hear(
        body,
        header["media_type"],
        header["url"],
        header["asked"],
        _STREAM.validate_python(header["stream"]),
        limits=_LIMITS.validate_python(header["limits"]),
        also=None if told is None else versions(told),
    )
