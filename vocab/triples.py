"""An experiment as canonical triples and back, without a graph library.

`to_payload` writes the whole record; every subject is the experiment or a part of it
(`{experiment}#place`), so there are no blank nodes and the bytes can be signed as they are.
`from_payload` reads such a record and overlooks what it does not know, so that a record of a
later version, or of another program, is still understood. For every experiment that can be
written, `from_payload(to_payload(e), e.iri) == normalised(e)`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final, TypeVar

from vocab import lines
from vocab.errors import BadTerm, NotARecord
from vocab.experiment import Agent, Experiment, LanguageMap, Moment, Outcome, Partner, Place
from vocab.facts import Facts
from vocab.languages import authority, primary, tag_of
from vocab.lines import Iri, Literal, Object
from vocab.terms import (
    ADMS,
    CN,
    DCAT,
    DCTERMS,
    FOAF,
    GEO,
    LOCN,
    ORG,
    PROV,
    RDF_TYPE,
    VCARD,
    XSD,
    XSD_DATETIME,
)  # fmt: skip

_WKT: Final = GEO + "wktLiteral"
_PRECISIONS: Final = {4: XSD + "gYear", 7: XSD + "gYearMonth", 10: XSD + "date"}
_MOMENT: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_MAILTO: Final = "mailto:"

_Sortable = TypeVar("_Sortable", str, tuple[str, str])


def to_payload(experiment: Experiment) -> bytes:
    """Write a record as canonical N-Triples; raises BadTerm for what RDF cannot carry."""
    if "#" in experiment.iri:
        raise BadTerm(f"the address of a record has no '#': {experiment.iri[:200]!r}")
    return lines.canonical(lines.line(*said) for said in _statements(normalised(experiment)))


def from_payload(payload: bytes, iri: str) -> Experiment:
    """Read the record of `iri`; raises NotARecord when a mandatory property is missing."""
    facts = Facts(payload)
    if CN + "UrbanExperiment" not in facts.iris(iri, RDF_TYPE):
        raise NotARecord(f"{iri} is not typed cn:UrbanExperiment")
    language = tag_of(facts.iri(iri, DCTERMS + "language") or "")
    if language is None:
        raise NotARecord(f"{iri} has no language (dcterms:language) of the EU table")
    publisher = facts.needed_iri(iri, DCTERMS + "publisher", "publisher (dcterms:publisher)")
    return Experiment(
        iri=iri,
        identifier=facts.needed(iri, DCTERMS + "identifier", "identifier (dcterms:identifier)"),
        title=facts.needed_texts(iri, DCTERMS + "title", language, "title (dcterms:title)"),
        summary=facts.texts(iri, DCTERMS + "abstract", language),
        description=facts.needed_texts(
            iri, DCTERMS + "description", language, "description (dcterms:description)"
        ),
        language=language,
        themes=facts.iris(iri, DCTERMS + "subject"),
        data_themes=facts.iris(iri, DCAT + "theme"),
        technologies=facts.iris(iri, CN + "technology"),
        keywords=facts.keywords(iri, language),
        stage=facts.needed_iri(iri, ADMS + "status", "stage (adms:status)"),
        status_word=facts.text(iri, CN + "statusWord"),
        start=_moment(facts, iri, "startDate"),
        end=_moment(facts, iri, "endDate"),
        place=_place(facts, iri, language),
        partners=_partners(facts, iri, language),
        outcome=_outcome(facts, iri, language),
        source_pages=facts.iris(iri, DCTERMS + "source"),
        landing_page=facts.iri(iri, DCAT + "landingPage"),
        publisher=Agent(
            name=facts.needed(publisher, FOAF + "name", "name of the publisher (foaf:name)"),
            homepage=facts.iri(publisher, FOAF + "homepage"),
        ),
        contact=_contact(facts, iri),
        licence=facts.needed_iri(iri, DCTERMS + "license", "licence (dcterms:license)"),
        issued=facts.needed(iri, DCTERMS + "issued", "issued (dcterms:issued)"),
        modified=facts.needed(iri, DCTERMS + "modified", "modified (dcterms:modified)"),
    )


def normalised(experiment: Experiment) -> Experiment:
    """Give the one form a record has: sets sorted, tags lower case, language without region."""
    place, outcome, contact = experiment.place, experiment.outcome, experiment.contact
    return replace(
        experiment,
        title=_lowered(experiment.title),
        summary=_lowered(experiment.summary),
        description=_lowered(experiment.description),
        language=primary(experiment.language),
        themes=_set(experiment.themes),
        data_themes=_set(experiment.data_themes),
        technologies=_set(experiment.technologies),
        keywords=_set((tag.lower(), text) for tag, text in experiment.keywords),
        source_pages=_set(experiment.source_pages),
        place=place and replace(place, name=_lowered(place.name)),
        partners=tuple(replace(each, task=_lowered(each.task)) for each in experiment.partners),
        outcome=outcome and replace(outcome, text=_lowered(outcome.text)),
        contact=None if contact is None else contact.removeprefix(_MAILTO),
    )


def _set(values: Iterable[_Sortable]) -> tuple[_Sortable, ...]:
    return tuple(sorted(set(values)))


def _lowered(texts: LanguageMap) -> LanguageMap:
    found: dict[str, str] = {}
    for tag, text in sorted(texts.items(), key=lambda item: item[1]):
        found.setdefault(tag.lower(), text)
    return dict(sorted(found.items()))


def _statements(e: Experiment) -> Iterator[tuple[str, str, Object]]:
    """Say everything about a normalised experiment."""
    yield e.iri, RDF_TYPE, Iri(CN + "UrbanExperiment")
    yield e.iri, DCTERMS + "identifier", Literal(e.identifier)
    yield from _say_texts(e.iri, DCTERMS + "title", e.title)
    yield from _say_texts(e.iri, DCTERMS + "abstract", e.summary)
    yield from _say_texts(e.iri, DCTERMS + "description", e.description)
    yield e.iri, DCTERMS + "language", Iri(authority(e.language))
    yield from _say_iris(e.iri, DCTERMS + "subject", e.themes)
    yield from _say_iris(e.iri, DCAT + "theme", e.data_themes)
    yield from _say_iris(e.iri, CN + "technology", e.technologies)
    for tag, text in e.keywords:
        yield e.iri, DCAT + "keyword", Literal(text, language=tag)
    yield e.iri, ADMS + "status", Iri(e.stage)
    if e.status_word is not None:
        yield e.iri, CN + "statusWord", Literal(e.status_word, language=e.language)
    yield from _say_iris(e.iri, DCTERMS + "source", e.source_pages)
    yield from _say_iri(e.iri, DCAT + "landingPage", e.landing_page)
    yield e.iri, DCTERMS + "license", Iri(e.licence)
    yield e.iri, DCTERMS + "issued", Literal(e.issued, XSD_DATETIME)
    yield e.iri, DCTERMS + "modified", Literal(e.modified, XSD_DATETIME)
    yield from _say_publisher(e)
    yield from _say_period(e)
    yield from _say_place(e)
    yield from _say_partners(e)
    yield from _say_outcome(e)


def _say_publisher(e: Experiment) -> Iterator[tuple[str, str, Object]]:
    part = e.iri + "#publisher"
    yield e.iri, DCTERMS + "publisher", Iri(part)
    yield part, RDF_TYPE, Iri(FOAF + "Agent")
    yield part, FOAF + "name", Literal(e.publisher.name)
    yield from _say_iri(part, FOAF + "homepage", e.publisher.homepage)
    if e.contact is not None:
        part = e.iri + "#contact"
        yield e.iri, DCAT + "contactPoint", Iri(part)
        yield part, RDF_TYPE, Iri(VCARD + "Kind")
        yield part, VCARD + "hasEmail", Iri(_MAILTO + e.contact)


def _say_period(e: Experiment) -> Iterator[tuple[str, str, Object]]:
    if e.start is None and e.end is None:
        return
    part = e.iri + "#period"
    yield e.iri, DCTERMS + "temporal", Iri(part)
    yield part, RDF_TYPE, Iri(DCTERMS + "PeriodOfTime")
    for name, moment in (("startDate", e.start), ("endDate", e.end)):
        if moment is not None:
            if not _MOMENT.fullmatch(moment.value):
                raise BadTerm(f"not a year, month or day: {moment.value[:40]!r}")
            yield part, DCAT + name, Literal(moment.value, _PRECISIONS[len(moment.value)])


def _say_place(e: Experiment) -> Iterator[tuple[str, str, Object]]:
    place = e.place
    if place is None:
        return
    part = e.iri + "#place"
    yield e.iri, DCTERMS + "spatial", Iri(part)
    yield part, RDF_TYPE, Iri(DCTERMS + "Location")
    yield from _say_texts(part, LOCN + "geographicName", place.name)
    lines_of_address = {
        "fullAddress": place.address, "postName": place.city, "adminUnitL1": place.country,
    }  # fmt: skip
    if any(value is not None for value in lines_of_address.values()):
        address = e.iri + "#address"
        yield part, LOCN + "address", Iri(address)
        yield address, RDF_TYPE, Iri(LOCN + "Address")
        for name, value in lines_of_address.items():
            if value is not None:
                yield address, LOCN + name, Literal(value)
    if place.wkt is not None:
        geometry = e.iri + "#geometry"
        yield part, GEO + "hasGeometry", Iri(geometry)
        yield geometry, RDF_TYPE, Iri(GEO + "Geometry")
        yield geometry, GEO + "asWKT", Literal(place.wkt, _WKT)


def _say_partners(e: Experiment) -> Iterator[tuple[str, str, Object]]:
    for position, partner in enumerate(e.partners, start=1):
        part, agent = f"{e.iri}#partner-{position}", f"{e.iri}#agent-{position}"
        yield e.iri, PROV + "qualifiedAssociation", Iri(part)
        yield part, RDF_TYPE, Iri(PROV + "Association")
        yield part, CN + "position", Literal(str(position), XSD + "integer")
        yield part, PROV + "agent", Iri(agent)
        yield from _say_texts(part, CN + "task", partner.task)
        yield agent, RDF_TYPE, Iri(FOAF + "Agent")
        yield agent, FOAF + "name", Literal(partner.name)
        yield from _say_iri(agent, ORG + "classification", partner.helix)


def _say_outcome(e: Experiment) -> Iterator[tuple[str, str, Object]]:
    if e.outcome is None:
        return
    part = e.iri + "#outcome"
    yield e.iri, CN + "hasOutcome", Iri(part)
    yield part, RDF_TYPE, Iri(CN + "Outcome")
    yield from _say_iri(part, CN + "verdict", e.outcome.verdict)
    yield from _say_texts(part, DCTERMS + "description", e.outcome.text)


def _say_texts(part: str, name: str, texts: LanguageMap) -> Iterator[tuple[str, str, Object]]:
    for tag, text in texts.items():
        yield part, name, Literal(text, language=tag)


def _say_iris(part: str, name: str, values: Iterable[str]) -> Iterator[tuple[str, str, Object]]:
    for value in values:
        yield part, name, Iri(value)


def _say_iri(part: str, name: str, value: str | None) -> Iterator[tuple[str, str, Object]]:
    if value is not None:
        yield part, name, Iri(value)


def _moment(facts: Facts, iri: str, name: str) -> Moment | None:
    period = facts.iri(iri, DCTERMS + "temporal")
    for each in facts.literals(period, DCAT + name):
        if _MOMENT.fullmatch(each.value) and each.datatype == _PRECISIONS[len(each.value)]:
            return Moment(value=each.value)
    return None


def _place(facts: Facts, iri: str, language: str) -> Place | None:
    if (place := facts.iri(iri, DCTERMS + "spatial")) is None:
        return None
    address = facts.iri(place, LOCN + "address")
    return Place(
        name=facts.texts(place, LOCN + "geographicName", language),
        address=facts.text(address, LOCN + "fullAddress"),
        city=facts.text(address, LOCN + "postName"),
        country=facts.text(address, LOCN + "adminUnitL1"),
        wkt=facts.text(facts.iri(place, GEO + "hasGeometry"), GEO + "asWKT"),
    )


def _partners(facts: Facts, iri: str, language: str) -> tuple[Partner, ...]:
    def order(part: str) -> tuple[int, str]:
        position = facts.text(part, CN + "position") or ""
        known = position.isascii() and position.isdigit() and len(position) < 10
        return (int(position) if known else 10**9), part

    return tuple(
        Partner(
            name=facts.text(agent, FOAF + "name") or "",
            helix=facts.iri(agent, ORG + "classification"),
            task=facts.texts(part, CN + "task", language),
        )
        for part in sorted(facts.iris(iri, PROV + "qualifiedAssociation"), key=order)
        for agent in (facts.iri(part, PROV + "agent"),)
    )


def _outcome(facts: Facts, iri: str, language: str) -> Outcome | None:
    if (outcome := facts.iri(iri, CN + "hasOutcome")) is None:
        return None
    return Outcome(
        verdict=facts.iri(outcome, CN + "verdict"),
        text=facts.texts(outcome, DCTERMS + "description", language),
    )


def _contact(facts: Facts, iri: str) -> str | None:
    found = facts.iri(facts.iri(iri, DCAT + "contactPoint"), VCARD + "hasEmail")
    return None if found is None else found.removeprefix(_MAILTO)
