"""Structured data for search engines: schema.org descriptions inside the pages."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nodes.catalogue import Known, wording
from nodes.city import City
from nodes.places import centre
from nodes.web.shown import shown
from vocab.fields import LanguageMap
from vocab.records import Record
from vocab.schemes import label

_SHORTEST: Final = 50
_LONGEST: Final = 5_000
_ESCAPES: Final = str.maketrans(
    {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)


def script(document: Mapping[str, Any]) -> str:
    """Write a document so that nothing in it can end the script element around it."""
    text = json.dumps(document, ensure_ascii=False)
    return text.translate(_ESCAPES)


def catalogue(city: City) -> dict[str, Any]:
    """Describe the node's catalogue."""
    return {
        "@context": "https://schema.org/",
        "@type": "DataCatalog",
        "@id": f"{city.base}#node",
        "name": f"Urban experiments, seen from {city.name}",
        "description": (
            f"Urban experiments of {city.name} and of the cities whose nodes it follows: "
            "what was tried, where, by whom and with which result."
        ),
        "url": city.base,
        "license": city.licence,
        "publisher": {"@type": "Organization", "name": city.publisher},
    }


def dataset(
    known: Known, city: City, languages: Sequence[str], address: str, formats: Mapping[str, str]
) -> dict[str, Any]:
    """Describe a record; `formats` gives the address of each media type it can be had in."""
    record = known.record
    said = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": record.iri,
        "name": _text(record.title, languages, record),
        "description": _description(record, languages),
        "url": address,
        "identifier": record.identifier,
        "license": record.licence,
        "inLanguage": record.language,
        "creator": {"@type": "Organization", "name": shown(record.publisher.name)},
        "keywords": _keywords(record, languages),
        "temporalCoverage": _period(record),
        "spatialCoverage": _place(record, languages),
        "datePublished": record.issued,
        "dateModified": record.modified,
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{city.base}#node"},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": media, "contentUrl": where}
            for media, where in formats.items()
        ],
    }
    return {name: value for name, value in said.items() if value}


def _description(record: Record, languages: Sequence[str]) -> str:
    text = _text(record.description, languages, record)
    if len(text) < _SHORTEST:
        title = _text(record.title, languages, record)
        text = f"{title}: {text} An urban experiment published by {record.publisher.name}."
    return text[:_LONGEST]


def _keywords(record: Record, languages: Sequence[str]) -> list[str]:
    concepts = (*record.themes, *record.technologies)
    labels = [label(iri, (*languages, "en")) for iri in concepts]
    return [*labels, *(shown(word) for _, word in record.keywords)][:60]


def _period(record: Record) -> str | None:
    if record.start is None and record.end is None:
        return None
    start, end = record.start, record.end
    return f"{start.value if start else '..'}/{end.value if end else '..'}"


def _place(record: Record, languages: Sequence[str]) -> dict[str, Any] | None:
    place = record.place
    if place is None:
        return None
    where = centre(place.wkt)
    said = {
        "@type": "Place",
        "name": _text(place.name, languages, record) or shown(place.city or ""),
        "address": {
            "@type": "PostalAddress",
            "streetAddress": shown(place.address or ""),
            "addressLocality": shown(place.city or ""),
            "addressCountry": place.country or "",
        },
        "geo": where and {"@type": "GeoCoordinates", "longitude": where[0], "latitude": where[1]},
    }
    return {name: value for name, value in said.items() if value}


def _text(texts: LanguageMap, languages: Sequence[str], record: Record) -> str:
    found = wording(texts, languages, record.language)
    return shown(found.text) if found else ""
