"""A city's profile: what a city says of itself, by which other cities find those like them.

It travels like a record, as `{base}cities/own`, but it is none of the kinds of record: nothing was
tried, offered or asked for. There is one for each node, at an address that is fixed, so a node
speaks for its own city and for no other. It is held to rules of its own (`shapes/cities.ttl`), and
neither searched nor listed for data portals.

The words are those that a record says of the city around it (`vocab.parts.City`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from vocab import lines
from vocab.errors import NotARecord
from vocab.facts import Facts
from vocab.lines import Iri, Literal, Object
from vocab.terms import CN, DCTERMS, LOCN, RDF_TYPE, SKOS, XSD

ROOM: Final = "cities"
OWN: Final = f"{ROOM}/own"
"""Where a node's city stands below its base."""

LONGEST: Final = 16_000
"""Bytes of a payload."""

_LARGEST: Final = 10**9


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A city: `population` in people, `density` in people per km², `area` in km².

    `climate` and `income` are concepts of our schemes, `country` is a code of ISO 3166-1, `nuts`
    one of the EU's regions, `matches` are the same city elsewhere. The figures are from the
    `sources`, of the year `year`.
    """

    iri: str
    name: Mapping[str, str]
    country: str
    matches: tuple[str, ...] = ()
    population: int | None = None
    density: Decimal | None = None
    area: Decimal | None = None
    climate: str | None = None
    income: str | None = None
    nuts: str | None = None
    sources: tuple[str, ...] = field(default=())
    year: int | None = None

    @property
    def people_per_km2(self) -> Decimal | None:
        """Give the density as it is said, or as it follows from people and area."""
        if self.density is not None or not self.population or not self.area:
            return self.density
        return round(self.population / self.area, 1)


def is_city(payload: bytes, iri: str) -> bool:
    """Tell whether a payload is typed as a city: then the rules for those hold."""
    return f"<{iri}> <{RDF_TYPE}> <{CN}City> .\n".encode() in payload


def to_payload(said: Profile) -> bytes:
    """Write a profile as canonical N-Triples; raises BadTerm for what RDF cannot carry."""
    iri, figures = said.iri, f"{said.iri}#city-profile"
    found: list[tuple[str, str, Object]] = [
        (iri, RDF_TYPE, Iri(CN + "City")),
        (iri, LOCN + "adminUnitL1", Literal(said.country)),
        (iri, CN + "cityProfile", Iri(figures)),
        (figures, RDF_TYPE, Iri(CN + "CityProfile")),
    ]
    found += ((iri, LOCN + "geographicName", Literal(n, language=t)) for t, n in said.name.items())
    found += ((iri, SKOS + "exactMatch", Iri(each)) for each in said.matches)
    found += ((figures, DCTERMS + "source", Iri(each)) for each in said.sources)
    numbers = {"population": "integer", "density": "decimal", "area": "decimal"}
    for name, datatype in numbers.items():
        if (value := getattr(said, name)) is not None:
            found.append((figures, CN + name, Literal(format(Decimal(value), "f"), XSD + datatype)))
    for name, concept in {"climate": said.climate, "incomeClass": said.income}.items():
        if concept is not None:
            found.append((figures, CN + name, Iri(concept)))
    if said.nuts is not None:
        found.append((figures, CN + "nuts", Literal(said.nuts)))
    if said.year is not None:
        found.append((figures, DCTERMS + "date", Literal(f"{said.year:04}", XSD + "gYear")))
    return lines.canonical(lines.line(*each) for each in found)


def from_payload(payload: bytes, iri: str) -> Profile:
    """Read the city `iri`; raises NotARecord when it is none or has no name or country.

    A figure that cannot be one is left out: it passed the rules of another version.
    """
    facts = Facts.read(payload)
    if CN + "City" not in facts.iris(iri, RDF_TYPE):
        raise NotARecord(f"{iri} is not typed as a city (cn:City)")
    name, country = (
        facts.texts(iri, LOCN + "geographicName", "und"),
        facts.text(iri, LOCN + "adminUnitL1"),
    )
    if not name or not country:
        raise NotARecord(f"{iri} lacks the name or the country of the city")
    at = facts.iri(iri, CN + "cityProfile")
    population = _number(facts, at, "population")
    year = facts.text(at, DCTERMS + "date") or ""
    return Profile(
        iri=iri,
        name=name,
        country=country,
        matches=facts.iris(iri, SKOS + "exactMatch"),
        population=None if population is None else int(population),
        density=_number(facts, at, "density"),
        area=_number(facts, at, "area"),
        climate=facts.iri(at, CN + "climate"),
        income=facts.iri(at, CN + "incomeClass"),
        nuts=facts.text(at, CN + "nuts"),
        sources=facts.iris(at, DCTERMS + "source"),
        year=int(year) if len(year) == 4 and year.isascii() and year.isdigit() else None,
    )


def _number(facts: Facts, at: str | None, name: str) -> Decimal | None:
    for each in facts.literals(at, CN + name):
        whole, _, rest = each.value.partition(".")
        if len(each.value) < 30 and f"{whole}{rest}".isascii() and f"{whole}{rest}".isdigit():
            value = Decimal(each.value)
            if 0 < value <= _LARGEST:
                return value
    return None
