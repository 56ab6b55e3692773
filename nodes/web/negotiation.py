"""Which of several representations a client is given: RFC 9110, section 12.5.

Every header is read whole: weights, wildcards, exclusion by `q=0`, and the more specific range
before the more general one, in whatever order they stand. What cannot be read is left out.

Parameters that no offer has, such as a profile or the version of a syntax, make a range fit less,
and refuse nobody: where nothing else fits, it is read without them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from aiohttp import hdrs, web

_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PIECE: Final = re.compile(rf'\s*;\s*({_NAME})\s*=\s*("(?:[^"\\]|\\.)*"|[^;,"]*)')
_RANGE: Final = re.compile(rf"\s*({_NAME})(?:/({_NAME}))?")
_WEIGHT: Final = re.compile(r"0?\.\d{1,9}|0\.?|1(?:\.0{0,9})?", re.ASCII)
"""More than the grammar has: Java's own client says `*; q=.2, */*; q=.2`."""
_ELEMENT: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*+")++|".*', re.DOTALL)
_IGNORED: Final = frozenset(("charset",))
_LONGEST: Final = 8192


@dataclass(frozen=True, kw_only=True)
class Range:
    """One element of an Accept header: what it covers and how welcome that is."""

    type: str
    subtype: str
    parameters: dict[str, str] = field(default_factory=dict)
    weight: float = 1.0

    def covers(self, offer: "Range") -> bool:
        """Whether an offered type lies within this range."""
        if self.type not in {"*", offer.type} or self.subtype not in {"*", offer.subtype}:
            return False
        return all(offer.parameters.get(name) == value for name, value in self.parameters.items())

    @property
    def precision(self) -> tuple[bool, bool, int]:
        """How narrow the range is, for comparing."""
        return self.type != "*", self.subtype != "*", len(self.parameters)


def parse(header: str) -> list[Range]:
    """Read an Accept header, leaving out what is malformed."""
    return [found for part in _split(header[:_LONGEST]) if (found := _range(part)) is not None]


def choose(accept: str | None, offers: Sequence[str]) -> str | None:
    """Pick the media type the client likes best, or None when it accepts no offer.

    Offers stand in the server's own order, which decides between equals. A client that sends no
    Accept header, or one that says nothing readable, accepts everything.
    """
    ranges = parse(accept) if accept else []
    if not ranges:
        return offers[0] if offers else None
    return _best(ranges, offers) or _best([_loose(each) for each in ranges], offers)


def accepted(request: web.Request, name: str = hdrs.ACCEPT) -> str | None:
    """Give what a request accepts, by all fields of a name; None when it has none."""
    return ", ".join(request.headers.getall(name, ())) or None


def _best(ranges: Sequence[Range], offers: Sequence[str]) -> str | None:
    ranked = [(_weight(ranges, parse(offer)[0]), offer) for offer in offers]
    best = max((weight for weight, _ in ranked), default=0.0)
    return next((offer for weight, offer in ranked if weight == best), None) if best > 0 else None


def _loose(said: Range) -> Range:
    """Read a range without its parameters, unless it is to exclude something."""
    return replace(said, parameters={}) if said.weight > 0 else said


def _weight(ranges: Sequence[Range], offer: Range) -> float:
    """Find the weight of the narrowest range that covers an offer; 0 when none does."""
    covering = [each for each in ranges if each.covers(offer)]
    if not covering:
        return 0.0
    narrowest = max(each.precision for each in covering)
    return max(each.weight for each in covering if each.precision == narrowest)


def _split(header: str) -> list[str]:
    """Split at commas, except inside quotes; a quote that is never closed is apart."""
    return _ELEMENT.findall(header)


def _range(part: str) -> Range | None:
    match = _RANGE.match(part)
    if match is None:
        return None
    parameters: dict[str, str] = {}
    weight = 1.0
    position = match.end()
    while piece := _PIECE.match(part, position):
        position = piece.end()
        name, value = piece[1].lower(), piece[2].strip()
        if name == "q":
            if not _WEIGHT.fullmatch(value):
                return None
            weight = float(value)
            break  # what follows the weight belongs to no media type
        if name not in _IGNORED:
            parameters[name] = _unquoted(value).lower()
    else:
        if part[position:].strip():
            return None
    type_, subtype = match[1].lower(), (match[2] or "").lower()
    if not subtype:
        if type_ != "*":
            return None
        subtype = "*"
    return Range(type=type_, subtype=subtype, parameters=parameters, weight=weight)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
