"""Structured data for search engines: schema.org descriptions inside the pages."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nodes.catalogue import Known, wording
from nodes.city import City
from nodes.places import centre
from nodes.web.shown import shown
from vocab.experiment import Experiment, LanguageMap
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
    experiment = known.experiment
    said = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": experiment.iri,
        "name": _text(experiment.title, languages, experiment),
        "description": _description(experiment, languages),
        "url": address,
        "identifier": experiment.identifier,
        "license": experiment.licence,
        "inLanguage": experiment.language,
        "creator": {"@type": "Organization", "name": shown(experiment.publisher.name)},
        "keywords": _keywords(experiment, languages),
        "temporalCoverage": _period(experiment),
        "spatialCoverage": _place(experiment, languages),
        "datePublished": experiment.issued,
        "dateModified": experiment.modified,
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": f"{city.base}#node"},
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": media, "contentUrl": where}
            for media, where in formats.items()
        ],
    }
    return {name: value for name, value in said.items() if value}


def _description(experiment: Experiment, languages: Sequence[str]) -> str:
    text = _text(experiment.description, languages, experiment)
    if len(text) < _SHORTEST:
        title = _text(experiment.title, languages, experiment)
        text = f"{title}: {text} An urban experiment published by {experiment.publisher.name}."
    return text[:_LONGEST]


def _keywords(experiment: Experiment, languages: Sequence[str]) -> list[str]:
    concepts = (*experiment.themes, *experiment.technologies)
    labels = [label(iri, (*languages, "en")) for iri in concepts]
    return [*labels, *(shown(word) for _, word in experiment.keywords)][:60]


def _period(experiment: Experiment) -> str | None:
    if experiment.start is None and experiment.end is None:
        return None
    start, end = experiment.start, experiment.end
    return f"{start.value if start else '..'}/{end.value if end else '..'}"


def _place(experiment: Experiment, languages: Sequence[str]) -> dict[str, Any] | None:
    place = experiment.place
    if place is None:
        return None
    where = centre(place.wkt)
    said = {
        "@type": "Place",
        "name": _text(place.name, languages, experiment) or shown(place.city or ""),
        "address": {
            "@type": "PostalAddress",
            "streetAddress": shown(place.address or ""),
            "addressLocality": shown(place.city or ""),
            "addressCountry": place.country or "",
        },
        "geo": where and {"@type": "GeoCoordinates", "longitude": where[0], "latitude": where[1]},
    }
    return {name: value for name, value in said.items() if value}


def _text(texts: LanguageMap, languages: Sequence[str], experiment: Experiment) -> str:
    found = wording(texts, languages, experiment.language)
    return shown(found.text) if found else ""
