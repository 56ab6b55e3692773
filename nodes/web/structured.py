"""Structured data for search engines: schema.org descriptions inside the pages.

A record is a Dataset whichever kind it is of, for that is what search engines for data look for;
`about` says what it describes: what was done (an Action), a Place to test in, or what a city asks
for (a Demand).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nodes.catalogue import Known
from nodes.city import City
from nodes.dcat import titled
from nodes.web import things
from nodes.web.shown import link, shown
from nodes.web.things import Reader, Thing, thing
from vocab.records import Call, Experiment, Record, Testbed

_SHORTEST: Final = 50
_LONGEST: Final = 5_000
_KINDS: Final[Mapping[type[Record], str]] = {
    Experiment: "An urban experiment",
    Testbed: "A testbed for urban experiments",
    Call: "A call for urban experiments",
}
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
        "name": titled(city),
        "description": (
            f"Urban experiments, testbeds and calls of {city.name} and of the cities whose nodes "
            "it follows: what was tried, where, by whom and with which result."
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
    reader = Reader(languages=languages, original=record.language)
    said = thing(
        "Dataset",
        name=reader.text(record.title),
        description=_description(record, reader),
        url=address,
        identifier=shown(record.identifier),
        license=link(record.licence),
        isAccessibleForFree=True,
        inLanguage=record.language,
        creator=things.organisation(record.publisher),
        author=things.organisation(record.author),
        contributor=things.contributors(record.partners, reader),
        sourceOrganization=record.living_lab
        and thing(
            "Organization",
            name=shown(record.living_lab.name),
            url=link(record.living_lab.homepage),
        ),
        keywords=_keywords(record, reader),
        temporalCoverage=things.period(record.start, record.end),
        spatialCoverage=things.place(record.place, record.city, reader),
        isBasedOn=things.links(record.source_pages),
        sameAs=link(record.landing_page),
        subjectOf=things.links(record.pages),
        about=_about(record, reader),
        **_own(record, reader),
        datePublished=record.issued,
        dateModified=record.modified,
        includedInDataCatalog=thing("DataCatalog", **{"@id": f"{city.base}#node"}),
        distribution=[
            thing("DataDownload", encodingFormat=media, contentUrl=where)
            for media, where in formats.items()
        ],
    )
    return {"@context": "https://schema.org/", "@id": record.iri, **said}


def _own(record: Record, reader: Reader) -> dict[str, Any]:
    """Tell what only some kinds of record say."""
    if isinstance(record, Experiment):
        outcome = record.outcome
        evidence = outcome.evidence if outcome is not None else ()
        related = (*record.testbeds, *record.calls, *record.replicates, *record.inspired_by)
        return {
            "funding": [things.grant(each) for each in record.grants[: things.MOST]],
            "variableMeasured": [
                things.measured(each, reader) for each in record.kpis[: things.MOST]
            ],
            "citation": things.links((*record.papers, *evidence)),
            "hasPart": _named(record.datasets),
            "isPartOf": _named(record.series),
            "mentions": _named(related),
        }
    if isinstance(record, Call):
        return {
            "funding": [things.grant(each) for each in record.grants[: things.MOST]],
            "mentions": _named(record.testbeds),
        }
    return {}


def _about(record: Record, reader: Reader) -> Thing | None:
    """Say what the record describes."""
    name = reader.text(record.title)
    where = things.place(record.place, record.city, reader)
    if isinstance(record, Experiment):
        return thing(
            "Action",
            name=name,
            location=where,
            startTime=record.started_at,
            endTime=record.ended_at,
            object=[
                thing("Thing", name=reader.text(each.title), url=things.links(each.pages))
                for each in record.solutions[: things.MOST]
            ],
            result=record.outcome
            and thing(
                "Thing",
                name=record.outcome.verdict and reader.name(record.outcome.verdict),
                description=reader.text(record.outcome.text),
            ),
        )
    if isinstance(record, Testbed):
        services = [things.amenity(each, reader) for each in record.services[: things.MOST]]
        return {**(where or {}), **thing("Place", name=name, amenityFeature=services)}
    if isinstance(record, Call):
        return thing(
            "Demand",
            name=name,
            availabilityStarts=record.start and record.start.value,
            availabilityEnds=record.end and record.end.value,
            itemOffered=[things.need(each, reader) for each in record.challenges[: things.MOST]],
        )
    return None


def _named(addresses: Sequence[str]) -> list[Thing]:
    """Name other things that are described at their own address."""
    return [thing("CreativeWork", url=each) for each in things.links(addresses)]


def _description(record: Record, reader: Reader) -> str:
    """Describe in no fewer letters than search engines ask for, and no more than they take."""
    text = reader.text(record.description)
    if len(text) < _SHORTEST:
        kind = _KINDS.get(type(record), "A record")
        said = (reader.text(record.title), reader.text(record.summary), text)
        publisher = shown(record.publisher.name) or "its city"
        also = f"{kind}, published with its facts as open data by {publisher}."
        text = ". ".join(each.strip() for each in (*said, also) if each.strip())
    return text[:_LONGEST]


def _keywords(record: Record, reader: Reader) -> list[str]:
    concepts = (*record.themes, *record.technologies, *record.urban_topics, *record.goals)
    words = [*map(reader.name, concepts), *(shown(word) for _, word in record.keywords)]
    return [each for each in dict.fromkeys(words) if each.strip()][: things.MOST]
