"""`/observatory`: what cities try, by theme, technology, stage, outcome and city, over the years.

Each count is had as a page with figures and tables, as CSV and JSON, and as a SPARQL query whose
answer is the same. The parameters are those of search. Figures are drawn here, without a script;
whatever they show stands in the table beside them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from nodes import observatory
from nodes.harvesting import utc_now
from nodes.index.trends import Trend, Trends
from nodes.observatory import FACETS
from nodes.web import labels
from nodes.web.answers import answer
from nodes.web.asking import Asked
from nodes.web.asking import read as read_search
from nodes.web.exports import csv_line, safe
from nodes.web.keys import CATALOGUE, CITY, NETWORK, OBSERVATORY
from nodes.web.reader import languages
from nodes.web.rendering import links, page
from nodes.web.shapes import VARY, addresses, as_json, wanted
from nodes.web.snippets import permalink

_OF_A_PAGE: Final = ("page", "limit", "sort", "cursor", "facets", "format", "fresh", "kind")
_COLUMNS: Final = ("facet", "value", "label", "year", "experiments")
_FIRST: Final = 10
_FIGURES: Final = 12
_YEARS: Final = 15
_WIDE, _HIGH = 150.0, 48.0


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar of a figure, in its own units."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """A value of a facet with its words, its counts in the years shown, and its figure."""

    value: str
    label: str
    short: str
    total: int
    years: tuple[int, ...]
    bars: tuple[Bar, ...]
    share: float


def routes() -> list[web.RouteDef]:
    """List the addresses."""
    facet = "{facet:" + "|".join(FACETS) + "}"
    return [
        web.get("/observatory", overview),
        *(web.get(path, one) for path in addresses(f"/observatory/{facet}", "html", "json", "csv")),
    ]


async def overview(request: web.Request) -> web.Response:
    """Show the first counts of every facet."""
    asked = _asked(request)
    found = {}
    for facet in FACETS:
        trends = await _trends(request, asked, facet)
        found[facet] = (_rows(request, facet, trends.values[:_FIRST], ()), trends)
    return page(request, "observatory.html", {"asked": asked, "found": found})


async def one(request: web.Request) -> web.Response:
    """Show the counts of one facet over the years."""
    asked, facet = _asked(request), request.match_info["facet"]
    trends = await _trends(request, asked, facet)
    years = observatory.years(trends.values)
    query = observatory.query(asked.request, facet, years)
    base = request.app[CITY].base
    place = f"{base}observatory/{facet}"
    headers = links(
        [
            (f"{place}.csv{asked.address()}", "alternate", "text/csv"),
            (f"{place}.json{asked.address()}", "alternate", "application/json"),
        ]
    )
    match wanted(request, "html", "json", "csv"):
        case "csv":
            body = _csv(request, facet, trends.values)
            return answer(request, body, "text/csv; charset=utf-8", vary=VARY, headers=headers)
        case "json":
            said = {
                "facet": facet,
                "query": query,
                "experiments": trends.records,
                "silent": trends.silent,
                "values": _json(request, facet, trends.values),
            }
            return as_json(request, said, headers)
    shown = _shown(years)
    told = {
        "asked": asked,
        "facet": facet,
        "rows": _rows(request, facet, trends.values, shown),
        "counted": trends,
        "figures": _FIGURES,
        "years": shown,
        "others": not set(years) <= set(shown),
        "sparql": permalink(f"{base}query", query) if query else None,
        "wide": _WIDE,
        "high": _HIGH,
    }
    return page(request, "trends.html", told, headers=headers)


def _asked(request: web.Request) -> Asked:
    return read_search([pair for pair in request.query.items() if pair[0] not in _OF_A_PAGE])


async def _trends(request: web.Request, asked: Asked, facet: str) -> Trends:
    meant = await request.app[CATALOGUE].meant(asked.request)
    return await asyncio.to_thread(request.app[OBSERVATORY].trends, meant, facet)


def _rows(
    request: web.Request, facet: str, trends: Sequence[Trend], years: Sequence[int]
) -> list[Row]:
    """Say each value in words, and draw it on one scale for all."""
    most = max((count for each in trends for count in each.years.values()), default=1)
    largest = max((each.total for each in trends), default=1)
    return [
        Row(
            value=each.value,
            label=_label(request, facet, each.value),
            short=labels.short(facet, each.value),
            total=each.total,
            years=tuple(each.years.get(year, 0) for year in years),
            bars=_bars([each.years.get(year, 0) for year in years], most),
            share=round(100 * each.total / largest, 1),
        )
        for each in trends
    ]


def _shown(years: Sequence[int]) -> tuple[int, ...]:
    """Choose the years of a page: those up to the next one, without a gap, not too many."""
    soon = [year for year in years if year <= utc_now().year + 1] or [*years]
    if not soon:
        return ()
    return tuple(range(max(soon[0], soon[-1] - _YEARS + 1), soon[-1] + 1))


def _bars(counts: Sequence[int], most: int) -> tuple[Bar, ...]:
    step = _WIDE / max(len(counts), 1)
    return tuple(
        Bar(
            x=round(place * step, 1),
            y=round(_HIGH - _HIGH * count / most, 1),
            width=round(step * 0.8, 1),
            height=round(_HIGH * count / most, 1),
        )
        for place, count in enumerate(counts)
        if count
    )


def _label(request: web.Request, facet: str, value: str) -> str:
    return labels.word(facet, value, languages(request), request.app[NETWORK])


def _csv(request: web.Request, facet: str, trends: Sequence[Trend]) -> bytes:
    """Write one line for each value in all, with no year, and for each of its years."""
    written = [csv_line(_COLUMNS)]
    for each in trends:
        said = (facet, safe(each.value), safe(_label(request, facet, each.value)))
        written.append(csv_line((*said, "", str(each.total))))
        written += (csv_line((*said, str(year), str(count))) for year, count in each.years.items())
    return "".join(written).encode(errors="replace")


def _json(request: web.Request, facet: str, trends: Sequence[Trend]) -> list[dict[str, Any]]:
    return [
        {
            "value": each.value,
            "label": _label(request, facet, each.value),
            "experiments": each.total,
            "years": {str(year): count for year, count in each.years.items()},
        }
        for each in trends
    ]
