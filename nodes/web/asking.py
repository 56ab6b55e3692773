"""From the address of a search to what is asked of the catalogue, and back.

Every parameter is checked here: a wrong one is BadParameter, which names it and says what to
write. An empty one, as a form sends it, counts as not given.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final
from urllib.parse import urlencode

from nodes.errors import BadCursor, BadParameter, NotFound
from nodes.searches import (
    BANDS,
    DEEPEST,
    FACETS,
    FARTHEST,
    LARGEST_PAGE,
    LONGEST_CURSOR,
    MOST_FILTERS,
    NO,
    SCHEME_OF,
    YES,
    Box,
    Near,
    Period,
    SearchRequest,
    Sort,
)  # fmt: skip
from nodes.web.labels import full, short
from nodes.words import LONGEST_QUESTION
from vocab.records import ROOMS
from vocab.schemes import concept, ids

FORMATS: Final = ("html", "json", "csv", "xlsx", "geojson", "atom", "ics")

_ONCE: Final = (
    *("q", "box", "from", "to", "near", "within", "sort", "page", "limit", "cursor", "facets"),
    "format",
)
_NONE: Final = "none"
_LONGEST_VALUE: Final = 300
_PAGE: Final = 20
_FORMS: Final = {
    "kind": (re.compile("|".join(ROOMS)), f"one of {', '.join(ROOMS)}"),
    "year": (re.compile(r"[0-9]{4}"), "a year of four digits, such as 2019"),
    "country": (re.compile(r"[A-Za-z]{2}"), "a country code of two letters, such as IT"),
    "language": (re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*"), "a language code, such as it"),
    "origin": (re.compile(r"https?://\S+"), "the base of a node, such as https://lab.example/"),
    "trl": (re.compile(r"[1-9]"), "a level from 1 to 9"),
    "outcome": (re.compile(f"{YES}|{NO}"), f"{YES} or {NO}"),
    "replication": (re.compile(f"{YES}|{NO}"), f"{YES} or {NO}"),
    "fresh": (re.compile("|".join(BANDS)), f"one of {', '.join(BANDS)}"),
}
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{1,12})?")
_LENGTH: Final = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,6})?")
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_CURSOR: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A search as it stood in the address."""

    request: SearchRequest
    page: int = 1
    format: str | None = None

    @property
    def narrowed(self) -> bool:
        """Say whether anything but words narrows the search."""
        request = self.request
        return bool(request.filters or request.box or request.period or request.near)

    def spoken(self) -> dict[str, str]:
        """Give what else stands in the address beside words and filters, for hidden fields."""
        return {name: value for name, value in self._beside().items() if value is not None}

    @cached_property
    def everything(self) -> str:
        """Write the query string of all that fits, whatever page of it was asked for."""
        return self.address(page=None, limit=None, cursor=None, facets=None)

    def address(self, **changes: object) -> str:
        """Write the query string of this search with some parameters changed; None drops one."""
        said = {**self._said, **{name: _encoded(name, value) for name, value in changes.items()}}
        return "?" + "&".join(kept) if (kept := [*filter(None, said.values())]) else ""

    @cached_property
    def _said(self) -> dict[str, str]:
        """All parameters in their order, each as it stands in an address; empty for none."""
        request = self.request
        said: dict[str, object] = {"q": request.text or None, **dict.fromkeys(FACETS)}
        for facet, values in request.filters.items():
            said[facet] = [short(facet, value) for value in values]
        said |= self._beside()
        said["limit"] = None if request.limit == _PAGE else request.limit
        said["facets"] = None if request.facets == FACETS else ",".join(request.facets) or _NONE
        said["cursor"] = request.cursor
        said["page"] = None if self.page == 1 else self.page
        return {
            name: "" if value is None else _encoded(name, value) for name, value in said.items()
        }

    def toggled(self, facet: str, value: str) -> str:
        """Write the address that adds a value to a filter, or takes it away."""
        chosen = self.request.filters.get(facet, ())
        others = [each for each in chosen if each != value]
        wanted = others if value in chosen else [*chosen, value]
        wanted = [short(facet, each) for each in wanted]
        return self.address(**{facet: wanted, "page": None, "cursor": None})

    def without(self, names: Sequence[str]) -> str:
        """Write the address of the search without some of its parameters."""
        return self.address(**dict.fromkeys((*names, "page", "cursor")))

    def _beside(self) -> dict[str, str | None]:
        request = self.request
        box, near = request.box, request.near
        period = request.period or Period()
        return {
            "box": _list(box.west, box.south, box.east, box.north) if box else None,
            "from": period.first,
            "to": period.last,
            "near": _list(near.latitude, near.longitude) if near else None,
            "within": _written(near.within) if near and near.within is not None else None,
            "sort": None if request.sort is Sort.RELEVANCE else request.sort.value,
        }


def _encoded(name: str, value: object) -> str:
    """Write a parameter, or each of several values of it; empty for None and for no value."""
    return "" if value in (None, []) else urlencode({name: value}, doseq=True)


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
    near = _near(query)
    sort = Sort(_choice(query, "sort", tuple(Sort)) or Sort.RELEVANCE)
    if sort is Sort.DISTANCE and near is None:
        raise BadParameter("sort", sort, "near=latitude,longitude too, or another order")
    cursor = query.get("cursor") or None
    if cursor and (len(cursor) > LONGEST_CURSOR or not _CURSOR.fullmatch(cursor)):
        raise BadCursor(cursor)
    if cursor and query.get("page"):
        raise BadParameter("page", query["page"], "either page or cursor")
    page = whole(query, "page", 1, DEEPEST)
    limit = whole(query, "limit", _PAGE, LARGEST_PAGE)
    if (page - 1) * limit > DEEPEST:
        raise NotFound(f"There is no such page: the first {DEEPEST} hits can be paged through.")
    return Asked(
        request=SearchRequest(
            text=text,
            filters=dict(_filters(given)),
            box=_box(query.get("box", "")),
            period=_period(query),
            near=near,
            offset=(page - 1) * limit,
            limit=limit,
            sort=sort,
            cursor=cursor,
            facets=_facets(query.get("facets", "")),
        ),
        page=page,
        format=_choice(query, "format", FORMATS),
    )


def _check_names(given: Mapping[str, list[str]]) -> None:
    for name, values in given.items():
        if name not in FACETS and name not in _ONCE:
            known = ", ".join((*_ONCE, *FACETS))
            raise BadParameter(name, "", f"another name; there are {known}")
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
        raise BadParameter(facet, value, f"one of {', '.join(ids(SCHEME_OF[facet]))}, or an IRI")
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


def _period(query: Mapping[str, str]) -> Period | None:
    first, last = (_date(query, name) for name in ("from", "to"))
    if first and last and last < first[: len(last)]:
        raise BadParameter("to", last, f"a date that is not before {first}")
    return Period(first=first, last=last) if first or last else None


def _date(query: Mapping[str, str], name: str) -> str | None:
    text = query.get(name) or None
    if text is None:
        return None
    match = _DATE.fullmatch(text) if text.isascii() else None
    try:
        date(*(int(part or 1) for part in match.groups()) if match else (0, 0, 0))
    except ValueError:
        advice = "a year, a month or a day, such as 2021, 2021-06 or 2021-06-30"
        raise BadParameter(name, text, advice) from None
    return text


def _near(query: Mapping[str, str]) -> Near | None:
    text, within = query.get("near", ""), query.get("within", "")
    if not text:
        if within:
            raise BadParameter("within", within, "near=latitude,longitude too")
        return None
    parts = [part.strip() for part in text.split(",", 2)]
    if len(parts) != 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise BadParameter("near", text, "latitude,longitude in degrees: 45.07,7.69")
    latitude, longitude = map(float, parts)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise BadParameter("near", text, "a latitude within 90 and a longitude within 180")
    if within and not _LENGTH.fullmatch(within):
        raise BadParameter("within", within, "kilometres, such as 5 or 0.5")
    far = min(float(within), FARTHEST) if within else None
    return Near(latitude=latitude, longitude=longitude, within=far)


def _facets(text: str) -> tuple[str, ...]:
    if not text or text == _NONE:
        return () if text else FACETS
    wanted = text.split(",", len(FACETS))
    if unknown := [name for name in wanted if name not in FACETS]:
        raise BadParameter("facets", unknown[0], f"some of {','.join(FACETS)}, or {_NONE}")
    return tuple(name for name in FACETS if name in wanted)


def _written(number: float) -> str:
    """Write a number as it can be read back, without an exponent."""
    return f"{number:.12f}".rstrip("0").rstrip(".")


def _list(*numbers: float) -> str:
    return ",".join(map(_written, numbers))


def whole(query: Mapping[str, str], name: str, default: int, most: int) -> int:
    """Read a whole number from 1 on; one that is empty is not given. Raises BadParameter."""
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= most):
        raise BadParameter(name, text, f"a whole number from 1 to {most}")
    return int(text)


def _choice(query: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str | None:
    value = query.get(name) or None
    if value is not None and value not in choices:
        raise BadParameter(name, value, f"one of {', '.join(choices)}")
    return value
