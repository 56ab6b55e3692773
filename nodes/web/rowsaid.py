"""Rows of the finders as JSON and as cells of a table. What strangers wrote is made safe later."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from aiohttp import web

from nodes.finding import CallRow, TestbedRow
from nodes.gathering import Where
from nodes.permits import PermitRow, PermitTimes, Spread
from nodes.places import centre, geometry
from nodes.web import exports
from nodes.web.addresses import shown_below
from nodes.web.keys import CITY
from nodes.web.labels import concept_word
from nodes.web.reader import languages
from vocab.fields import LanguageMap

_OF: Final = ("iri", "title", "city", "country", "node", "page")
TESTBED_COLUMNS: Final = (
    *_OF, "kind", "kind_iri", "availability", "services", "service_kinds", "longitude", "latitude",
)  # fmt: skip
CALL_COLUMNS: Final = (*_OF, "standing", "status_iri", "rolling", "opens", "deadline", "challenges")
PERMIT_COLUMNS: Final = (
    *_OF, "type", "type_iri", "permit", "authority", "declared_days", "actual_days", "submitted",
    "granted",
)  # fmt: skip


def _text(texts: LanguageMap, request: web.Request, language: str) -> str:
    return exports.text_for(texts, languages(request), language)


def _of_json(request: web.Request, of: Where) -> dict[str, Any]:
    base = request.app[CITY].base
    return {
        "iri": of.iri,
        "href": shown_below(base, of.iri, of.origin),
        "title": dict(of.title),
        "language": of.language,
        "city": of.city or None,
        "country": of.country or None,
        "origin": of.origin,
    }


def _concept(iri: str | None, reader: Sequence[str]) -> dict[str, str] | None:
    return {"iri": iri, "label": concept_word(iri, reader).text} if iri else None


def testbed_json(request: web.Request, row: TestbedRow) -> dict[str, Any]:
    """Tell a testbed."""
    reader = languages(request)
    return {
        **_of_json(request, row.of),
        "kind": _concept(row.kind, reader),
        "availability": _concept(row.availability, reader),
        "services": [
            {"title": dict(each.title), "kind": _concept(each.kind, reader)}
            for each in row.services
        ],
        "wkt": row.of.wkt,
    }


def feature(request: web.Request, row: TestbedRow) -> dict[str, Any]:
    """Tell a testbed as a GeoJSON feature; one without a place has no geometry."""
    said = testbed_json(request, row)
    said.pop("wkt")
    shape = geometry(row.of.wkt) if row.of.wkt else None
    return {"type": "Feature", "id": row.of.iri, "geometry": shape, "properties": said}


def call_json(request: web.Request, row: CallRow, standing: str) -> dict[str, Any]:
    """Tell a call, and whether it can be answered."""
    return {
        **_of_json(request, row.of),
        "standing": standing,
        "status": _concept(row.status, languages(request)),
        "rolling": row.rolling,
        "opens": row.opens.value if row.opens else None,
        "deadline": row.deadline.value if row.deadline else None,
        "challenges": [dict(each) for each in row.challenges],
    }


def permit_json(request: web.Request, row: PermitRow) -> dict[str, Any]:
    """Tell a permit."""
    said = _of_json(request, row.of)
    return {
        "record": said,
        "href": f"{said['href']}#{row.part}",
        "type": _concept(row.kind, languages(request)),
        "permit": dict(row.title),
        "authority": row.authority or None,
        "declaredDays": row.declared,
        "actualDays": row.actual,
        "submitted": row.submitted.value if row.submitted else None,
        "granted": row.granted.value if row.granted else None,
    }


def times_json(each: PermitTimes, reader: Sequence[str]) -> dict[str, Any]:
    """Tell how long a kind of permit takes; there is no median of fewer than two observations."""
    return {
        "type": _concept(each.kind, reader),
        "permits": each.permits,
        "declared": _spread(each.declared),
        "actual": _spread(each.actual),
        "cities": [
            {"city": city or None, "declared": _spread(declared), "actual": _spread(actual)}
            for city, (declared, actual) in each.cities.items()
        ],
    }


def _spread(spread: Spread) -> dict[str, Any]:
    return {
        "n": spread.count,
        "median": spread.middle,
        "least": spread.days[0] if spread.days else None,
        "most": spread.days[-1] if spread.days else None,
    }


def _of_cells(request: web.Request, of: Where) -> tuple[str, ...]:
    title = _text(of.title, request, of.language)
    page = shown_below(request.app[CITY].base, of.iri, of.origin)
    return (of.iri, title, of.city, of.country, of.origin, page)


def _words(iris: Iterable[str | None], request: web.Request) -> str:
    found = (concept_word(iri, languages(request)).text for iri in iris if iri)
    return " | ".join(dict.fromkeys(found))


def testbed_cells(request: web.Request, row: TestbedRow) -> tuple[str, ...]:
    """Give the cells of a testbed, one for each of `TESTBED_COLUMNS`."""
    east, north = centre(row.of.wkt) or ("", "")
    titles = (_text(each.title, request, row.of.language) for each in row.services)
    return (
        *_of_cells(request, row.of),
        _words([row.kind], request),
        row.kind or "",
        _words([row.availability], request),
        " | ".join(filter(None, titles)),
        _words((each.kind for each in row.services), request),
        str(east),
        str(north),
    )


def call_cells(request: web.Request, row: CallRow, standing: str) -> tuple[str, ...]:
    """Give the cells of a call, one for each of `CALL_COLUMNS`."""
    titles = (_text(each, request, row.of.language) for each in row.challenges)
    return (
        *_of_cells(request, row.of),
        standing,
        row.status or "",
        "yes" if row.rolling else "",
        row.opens.value if row.opens else "",
        row.deadline.value if row.deadline else "",
        " | ".join(filter(None, titles)),
    )


def permit_cells(request: web.Request, row: PermitRow) -> tuple[str, ...]:
    """Give the cells of a permit, one for each of `PERMIT_COLUMNS`."""
    return (
        *_of_cells(request, row.of),
        _words([row.kind], request),
        row.kind or "",
        _text(row.title, request, row.of.language),
        row.authority,
        "" if row.declared is None else str(row.declared),
        "" if row.actual is None else str(row.actual),
        row.submitted.value if row.submitted else "",
        row.granted.value if row.granted else "",
    )
