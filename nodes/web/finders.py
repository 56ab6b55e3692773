"""Finders across cities: `/testbeds`, `/calls` and `/permits`.

Each is a page with a form that needs no script, JSON, and CSV; testbeds also a map (GeoJSON), calls
a calendar. All that fits is there in every shape; a page shows it whole too, for these are few.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from nodes.errors import BadParameter
from nodes.finding import CallRow, by_deadline
from nodes.gathering import Rows, Where
from nodes.harvesting import utc_now
from nodes.permits import times
from nodes.places import box as box_of
from nodes.searches import Box
from nodes.web import exports, given, rowsaid
from nodes.web.answers import answer
from nodes.web.calendars import Calendar
from nodes.web.keys import CATALOGUE, CITY, FINDERS
from nodes.web.reader import languages
from nodes.web.rendering import links, page
from nodes.web.shapes import GEOJSON, ICS, MEDIA, VARY, addresses, as_json, wanted
from nodes.web.twins import address_of
from nodes.words import fold
from vocab import schemes

_MOST_SHOWN: Final = 500
_MOST_EVENTS: Final = 1_000
_CSV: Final = "text/csv; charset=utf-8; header=present"


def routes() -> list[web.RouteDef]:
    """Give the addresses."""
    return [
        *(web.get(path, testbeds)
          for path in addresses("/testbeds", "json", "html", "csv", "geojson")),
        *(web.get(path, calls) for path in addresses("/calls", "json", "html", "csv", "ics")),
        *(web.get(path, permits) for path in addresses("/permits", "json", "html", "csv")),
    ]  # fmt: skip


async def testbeds(request: web.Request) -> web.Response:
    """Find testbeds by kind, service, city and box; raises BadParameter."""
    given.only(request, "kind", "service", "city", "box", "format")
    kind = given.concept(request, "kind", "testbed")
    service = given.concept(request, "service", "service")
    city, box = given.text(request, "city"), given.box(request)
    shape = wanted(request, "json", "html", "csv", "geojson")
    found = await request.app[FINDERS].testbeds.rows()

    def written() -> web.Response:
        rows = [
            row
            for row in found.rows
            if (kind is None or row.kind == kind)
            and (service is None or any(each.kind == service for each in row.services))
            and _in_city(row.of, city)
            and (box is None or _within(row.of, box))
        ]
        rows.sort(key=lambda row: (row.of.city.casefold(), row.of.iri))
        if shape == "csv":
            cells = (rowsaid.testbed_cells(request, row) for row in rows)
            return _csv(request, rowsaid.TESTBED_COLUMNS, cells)
        if shape == "geojson":
            features = [rowsaid.feature(request, row) for row in rows]
            said = {"type": "FeatureCollection", "features": features}
            return as_json(request, said, None, GEOJSON)
        context = {"kinds": _choices("testbed"), "services": _choices("service")}
        told = (rowsaid.testbed_json(request, row) for row in rows)
        return _answer(request, "testbeds", shape, (found, rows, told), context)

    return await asyncio.to_thread(written)


async def calls(request: web.Request) -> web.Response:
    """Find calls, the open ones first, by their deadlines; raises BadParameter."""
    given.only(request, "status", "city", "format")
    city, status = given.text(request, "city"), given.text(request, "status")
    if status not in {"", *_STANDINGS}:
        raise BadParameter("status", status, f"one of {', '.join(_STANDINGS)}")
    shape = wanted(request, "json", "html", "csv", "ics")
    today = utc_now().date()
    found = await request.app[FINDERS].calls.rows()

    def kept() -> list[CallRow]:
        return [
            row
            for row in by_deadline(found.rows, today)
            if _in_city(row.of, city) and (not status or row.standing(today) == status)
        ]

    def written() -> web.Response:
        rows = kept()
        if shape == "csv":
            cells = (rowsaid.call_cells(request, row, row.standing(today)) for row in rows)
            return _csv(request, rowsaid.CALL_COLUMNS, cells)
        told = (rowsaid.call_json(request, row, row.standing(today)) for row in rows)
        context = {"standings": _STANDINGS, "today": today}
        return _answer(request, "calls", shape, (found, rows, told), context)

    if shape == "ics":
        return await _calendar(request, await asyncio.to_thread(kept))
    return await asyncio.to_thread(written)


async def permits(request: web.Request) -> web.Response:
    """Tell how long permits take, by kind and city; raises BadParameter."""
    given.only(request, "type", "city", "format")
    kind, city = given.concept(request, "type", "permit"), given.text(request, "city")
    shape = wanted(request, "json", "html", "csv")
    found = await request.app[FINDERS].permits.rows()

    def written() -> web.Response:
        rows = [
            row
            for row in found.rows
            if (kind is None or row.kind == kind) and _in_city(row.of, city)
        ]
        rows.sort(key=lambda row: (row.kind or "~", row.of.city.casefold(), row.of.iri, row.part))
        if shape == "csv":
            cells = (rowsaid.permit_cells(request, row) for row in rows)
            return _csv(request, rowsaid.PERMIT_COLUMNS, cells)
        summed = times(rows)
        context = {"kinds": _choices("permit"), "times": summed}
        more = {"times": [rowsaid.times_json(each, languages(request)) for each in summed]}
        told = (rowsaid.permit_json(request, row) for row in rows)
        return _answer(request, "permits", shape, (found, rows, told), context, more=more)

    return await asyncio.to_thread(written)


_STANDINGS: Final = ("open", "planned", "closed")


def _answer(
    request: web.Request,
    name: str,
    shape: str,
    found: tuple[Rows[Any], Sequence[Any], Iterable[Mapping[str, Any]]],
    context: Mapping[str, Any],
    *,
    more: Mapping[str, Any] | None = None,
) -> web.Response:
    whole, rows, told = found
    base = request.app[CITY].base
    query = f"?{urlencode(request.query, errors='replace')}" if request.query else ""
    forms = {each: f"{base}{name}.{each}{query}" for each in _FORMS[name]}
    headers = links([(where, "alternate", MEDIA[each]) for each, where in forms.items()])
    if shape == "html":
        shown = {
            "rows": rows[:_MOST_SHOWN],
            "total": len(rows),
            "whole": whole.whole,
            "query": query,
            "asked": {name: request.query.get(name, "") for name in _ASKED},
            **context,
        }
        return page(request, f"{name}.html", shown, headers=headers)
    body = {
        "total": len(rows),
        "whole": whole.whole,
        **(more or {}),
        name: list(told),
        "links": {"self": f"{base}{name}.json{query}", **forms},
    }
    return as_json(request, body, headers)


_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "testbeds": ("json", "csv", "geojson"),
    "calls": ("json", "csv", "ics"),
    "permits": ("json", "csv"),
}
_ASKED: Final = ("kind", "service", "type", "status", "city", "box")


def _in_city(of: Where, city: str) -> bool:
    return not city or fold(of.city) == fold(city)


def _within(of: Where, box: Box) -> bool:
    """Tell whether a place touches the box; one across the date line is two."""
    there = box_of(of.wkt)
    if there is None or there.south > box.north or there.north < box.south:
        return False
    if box.west <= box.east:
        return there.west <= box.east and there.east >= box.west
    return there.east >= box.west or there.west <= box.east


def _choices(scheme: str) -> list[str]:
    return [schemes.folder(scheme) + each for each in schemes.ids(scheme)]


def _csv(
    request: web.Request, columns: Sequence[str], rows: Iterable[Sequence[str]]
) -> web.Response:
    clean: Callable[[str], str] = exports.safe
    lines = [exports.csv_line(columns)]
    lines += (exports.csv_line([clean(cell) for cell in row]) for row in rows)
    body = "".join(lines).encode(errors="replace")
    return answer(request, body, _CSV, vary=VARY)


async def _calendar(request: web.Request, rows: Sequence[CallRow]) -> web.Response:
    city = request.app[CITY]
    said = [each for each in request.query.items() if each[0] != "format" and each[1]]
    asked = urlencode(said, errors="replace")
    known = await request.app[CATALOGUE].records(row.of.iri for row in rows[:_MOST_EVENTS])
    calendar = Calendar(
        languages(request),
        lambda each: address_of(request, each),
        name=f"Calls of cities, seen from {city.name}",
        source=f"{city.base}calls.ics{'?' if asked else ''}{asked}",
    )

    def written() -> bytes:
        body = calendar.begin() + calendar.add(tuple(known.values()))
        return body + b"".join(calendar.end())

    body = await asyncio.to_thread(written)
    return answer(request, body, f"{ICS}; charset=utf-8", vary=VARY)
