"""Numbers in the query of an address: checked, and refused in words."""

from typing import Final

from aiohttp import web

from nodes.errors import BadParameter

_LONGEST: Final = 6


def whole(request: web.Request, name: str, default: int, most: int) -> int:
    """Read a whole number from 1 on; one that is empty is not given. Raises BadParameter."""
    given = request.query.getall(name, [])
    if len(given) > 1:
        raise BadParameter(name, given[1], "given once")
    text = (given or [""])[0] or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST and 1 <= int(text) <= most):
        raise BadParameter(name, text, f"a whole number from 1 to {most}")
    return int(text)
