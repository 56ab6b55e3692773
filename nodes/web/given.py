"""What the query of an address gives: checked, and refused in words."""

from typing import Final

from aiohttp import web

from nodes.errors import BadParameter
from nodes.searches import Box
from nodes.web import asking
from vocab import schemes

_LONGEST_TEXT: Final = 300


def only(request: web.Request, *names: str) -> None:
    """See to it that nothing else is given, and nothing twice; raises BadParameter."""
    for name in request.query:
        if name not in names:
            raise BadParameter(name, "", f"one of {', '.join(names)}")
        if len(request.query.getall(name)) > 1:
            raise BadParameter(name, "", "it only once")


def whole(request: web.Request, name: str, default: int, most: int) -> int:
    """Read a whole number from 1 on; one that is empty is not given. Raises BadParameter."""
    return asking.whole(request.query, name, default, most)


def text(request: web.Request, name: str) -> str:
    """Read a text; empty when it is not given. Raises BadParameter when it is too long."""
    found = request.query.get(name, "").strip()
    if len(found) > _LONGEST_TEXT:
        raise BadParameter(name, found, f"at most {_LONGEST_TEXT} characters")
    return found


def concept(request: web.Request, name: str, scheme: str) -> str | None:
    """Read a concept of a scheme, by its id or IRI; None when none is given.

    Raises BadParameter for what is none.
    """
    found = text(request, name)
    known, folder = schemes.ids(scheme), schemes.folder(scheme)
    if found and found.removeprefix(folder) not in known:
        raise BadParameter(name, found, f"one of {', '.join(known)}")
    return folder + found.removeprefix(folder) if found else None


def box(request: web.Request) -> Box | None:
    """Read `box=west,south,east,north`, as search does; raises BadParameter."""
    return asking.read([("box", text(request, "box"))]).request.box
