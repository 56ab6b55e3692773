"""Who, where, how much and what for, in the words of schema.org. Plain functions of parts.

Each gives an object for `nodes.web.structured`, without what is not known. Texts of others are
made safe to look at, addresses are given only where they may be links.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from nodes.catalogue import wording
from nodes.places import centre
from nodes.web.shown import link, shown
from vocab.fields import LanguageMap, Moment
from vocab.parts import Agent, Challenge, City, Grant, Kpi, Partner, Place, Service
from vocab.schemes import label

Thing = dict[str, Any]

MOST: Final = 60
"""How many of a kind are told; the record's own formats tell all."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """In which languages to tell: the reader's, and the record's own."""

    languages: Sequence[str]
    original: str

    def text(self, texts: LanguageMap) -> str:
        """Choose a text, safe to look at; empty where there is none."""
        found = wording(texts, self.languages, self.original)
        return shown(found.text) if found else ""

    def name(self, concept: str) -> str:
        """Name a concept."""
        return shown(label(concept, (*self.languages, "en")))


def thing(kind: str, **said: Any) -> Thing:
    """Make an object of a type, without what is empty."""
    return {"@type": kind, **{name: each for name, each in said.items() if not _empty(each)}}


def _empty(value: Any) -> bool:
    return value in _NOTHING or (isinstance(value, dict) and set(value) == {"@type"})


_NOTHING: Final[tuple[Any, ...]] = (None, "", [], {}, ())


def links(addresses: Iterable[str]) -> list[str]:
    """Keep the addresses that may be links."""
    return [each for each in addresses if link(each)][:MOST]


def organisation(agent: Agent | None) -> Thing | None:
    """Tell an organisation."""
    if agent is None:
        return None
    return thing(
        "Organization",
        name=shown(agent.name),
        url=link(agent.homepage),
        sameAs=links(agent.matches),
    )


def contributors(partners: Iterable[Partner], reader: Reader) -> list[Thing]:
    """Tell the partners, each in the role it had."""
    told = []
    for partner in tuple(partners)[:MOST]:
        who = organisation(
            Agent(name=partner.name, homepage=partner.homepage, matches=partner.matches)
        )
        roles = [reader.name(each) for each in partner.roles]
        if roles or partner.task:
            task = reader.text(partner.task)
            who = thing("Role", roleName=roles, description=task, contributor=who)
        told.append(who)
    return [each for each in told if each is not None]


def place(where: Place | None, city: City | None, reader: Reader) -> Thing | None:
    """Tell where, with the city around it; the city alone where no place is known."""
    around = None
    if city is not None:
        around = thing("City", name=reader.text(city.name), sameAs=links(city.matches))
    if where is None:
        return around
    middle = centre(where.wkt)
    return thing(
        "Place",
        name=reader.text(where.name) or shown(where.city or ""),
        address=thing(
            "PostalAddress",
            streetAddress=shown(where.address or ""),
            addressLocality=shown(where.city or ""),
            addressCountry=shown(where.country or ""),
        ),
        geo=middle and thing("GeoCoordinates", longitude=middle[0], latitude=middle[1]),
        sameAs=links(where.matches),
        containedInPlace=around,
    )


def period(start: Moment | None, end: Moment | None) -> str | None:
    """Write a period as ISO 8601 has it, open where it is not known."""
    if start is None and end is None:
        return None
    return f"{start.value if start else '..'}/{end.value if end else '..'}"


def grant(given: Grant) -> Thing:
    """Tell the money that came from a programme."""
    return thing(
        "Grant",
        name=shown(given.name),
        identifier=shown(given.number or ""),
        funder=organisation(Agent(name=given.funder) if given.funder else None),
        amount=given.amount
        and thing(
            "MonetaryAmount",
            value=number(given.amount),
            currency=shown(given.currency or ""),
        ),
        url=links(given.pages),
    )


def measured(kpi: Kpi, reader: Reader) -> Thing:
    """Tell what was measured, beside what it was before and was meant to be."""
    unit: Mapping[str, str] = {
        "unitText": shown(kpi.unit_text or ""),
        "unitCode": link(kpi.unit) or "",
    }
    beside = {"Baseline": kpi.baseline, "Target": kpi.target}
    return thing(
        "PropertyValue",
        name=reader.text(kpi.title) or (reader.name(kpi.indicator) if kpi.indicator else ""),
        propertyID=link(kpi.indicator),
        value=number(kpi.result),
        **unit,
        description=reader.text(kpi.note),
        valueReference=[
            thing("PropertyValue", name=name, value=number(value), **unit)
            for name, value in beside.items()
            if value is not None
        ],
    )


def number(value: Decimal | None) -> int | float | None:
    """Write a number as JSON has it."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def amenity(service: Service, reader: Reader) -> Thing:
    """Tell what a testbed offers."""
    return thing(
        "LocationFeatureSpecification",
        name=reader.text(service.title),
        description=reader.text(service.description),
        propertyID=link(service.kind),
        value=True,
        url=links(service.pages),
    )


def need(challenge: Challenge, reader: Reader) -> Thing:
    """Tell what a call asks for."""
    return thing(
        "Service",
        name=reader.text(challenge.title),
        description=reader.text(challenge.description),
    )
