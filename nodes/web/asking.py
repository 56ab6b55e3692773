"""From the address of a search to what is asked of the catalogue, and back.

Every parameter is checked here: a wrong one is BadParameter, which names it and says what to
write. An empty one, as a form sends it, counts as not given.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from nodes.errors import BadParameter, NotFound
from nodes.searches import (
    DEEPEST,
    FACETS,
    LARGEST_PAGE,
    MOST_FILTERS,
    SCHEME_OF,
    Box,
    SearchRequest,
    Sort,
)  # fmt: skip
from nodes.web.labels import full, short
from nodes.words import LONGEST_QUESTION
from vocab.schemes import concept

FORMATS: Final = ("html", "json", "csv", "xlsx", "geojson", "atom", "ics")

_ONCE: Final = ("q", "box", "sort", "page", "limit", "format")
_LONGEST_VALUE: Final = 300
_PAGE: Final = 20
_FORMS: Final = {
    "year": (re.compile(r"[0-9]{4}"), "a year of four digits, such as 2019"),
    "country": (re.compile(r"[A-Za-z]{2}"), "a country code of two letters, such as IT"),
    "language": (re.compile(r"[A-Za-z]{2,3}"), "a language code, such as it"),
    "origin": (re.compile(r"https?://\S+"), "the base of a node, such as https://lab.example/"),
}
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{1,12})?")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A search as it stood in the address."""

    request: SearchRequest
    page: int = 1
    format: str | None = None

    def address(self, **changes: object) -> str:
        """Write the query string of this search with some parameters changed; None drops one."""
        request = self.request
        said: dict[str, object] = {"q": request.text or None}
        for facet in FACETS:
            values = request.filters.get(facet, ())
            said[facet] = [short(facet, value) for value in values] or None
        if box := request.box:
            said["box"] = f"{box.west:g},{box.south:g},{box.east:g},{box.north:g}"
        said["sort"] = None if request.sort is Sort.RELEVANCE else request.sort.value
        said["limit"] = None if request.limit == _PAGE else request.limit
        said["page"] = None if self.page == 1 else self.page
        said |= changes
        kept = {name: value for name, value in said.items() if value not in (None, [])}
        return "?" + urlencode(kept, doseq=True) if kept else ""

    def toggled(self, facet: str, value: str) -> str:
        """Write the address that adds a value to a filter, or takes it away."""
        chosen = self.request.filters.get(facet, ())
        others = [each for each in chosen if each != value]
        wanted = others if value in chosen else [*chosen, value]
        return self.address(**{facet: [short(facet, each) for each in wanted], "page": None})


def read(parameters: Iterable[tuple[str, str]]) -> Asked:
    """Read the parameters of a search.

    Raises BadParameter for the first wrong one, NotFound for a page too far to be had.
    """
    given: dict[str, list[str]] = {}
    for name, value in parameters:
        given.setdefault(name, []).append(value)
    _check_names(given)
    query: dict[str, str] = {name: given[name][0] for name in _ONCE if name in given}
    text = query.get("q", "")
    if len(text) > LONGEST_QUESTION:
        raise BadParameter("q", text, f"at most {LONGEST_QUESTION} characters")
    page = _whole(query, "page", 1, DEEPEST)
    limit = _whole(query, "limit", _PAGE, LARGEST_PAGE)
    if (page - 1) * limit > DEEPEST:
        raise NotFound(f"There is no such page: the first {DEEPEST} hits can be paged through.")
    return Asked(
        request=SearchRequest(
            text=text,
            filters=dict(_filters(given)),
            box=_box(query.get("box", "")),
            offset=(page - 1) * limit,
            limit=limit,
            sort=Sort(_choice(query, "sort", tuple(Sort)) or Sort.RELEVANCE),
        ),
        page=page,
        format=_choice(query, "format", FORMATS),
    )


def _check_names(given: Mapping[str, list[str]]) -> None:
    for name, values in given.items():
        if name not in FACETS and name not in _ONCE:
            raise BadParameter(name, "", f"one of {', '.join((*_ONCE, *FACETS))}")
        if name in _ONCE and len(values) > 1:
            raise BadParameter(name, "", "it only once")
        if len(values) > MOST_FILTERS:
            raise BadParameter(name, "", f"it at most {MOST_FILTERS} times")


def _filters(given: Mapping[str, list[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for facet in FACETS:
        values = [value for value in given.get(facet, []) if value]
        if values:
            found = (_value(facet, value) for value in values)
            yield facet, tuple(dict.fromkeys(found))


def _value(facet: str, value: str) -> str:
    if len(value) > _LONGEST_VALUE:
        raise BadParameter(facet, value, f"at most {_LONGEST_VALUE} characters")
    form, advice = _FORMS.get(facet, (None, ""))
    if form is not None and not form.fullmatch(value):
        raise BadParameter(facet, value, advice)
    found = full(facet, value)
    if facet in SCHEME_OF and "://" not in value and concept(found) is None:
        raise BadParameter(facet, value, "the id or IRI of a concept, as /search.json lists them")
    return found


def _box(text: str) -> Box | None:
    if not text:
        return None
    parts = [part.strip() for part in text.split(",", 4)]
    if len(parts) != 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise BadParameter("box", text, "west,south,east,north in degrees: 7.5,45.0,7.8,45.2")
    west, south, east, north = (float(part) for part in parts)
    if max(map(math.fabs, (west, east))) > 180 or not -90 <= south <= north <= 90:
        raise BadParameter("box", text, "longitudes within 180 and south below north within 90")
    return Box(west=west, south=south, east=east, north=north)


def _whole(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= most):
        raise BadParameter(name, text, f"a whole number from 1 to {most}")
    return int(text)


def _choice(query: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    value = query.get(name) or None
    if value is not None and value not in choices:
        raise BadParameter(name, value, f"one of {', '.join(choices)}")
    return value
