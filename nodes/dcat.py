"""What a data portal wants to know of the whole node, in DCAT-AP 3.0.1. Pure functions.

The datasets are derived from records by `vocab/files/dcat-ap.rq`; the rest stands here: the
catalogue, who publishes it, what can be asked, and how its pages hang together. Everything comes
from the configuration. What is not known is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from nodes.city import City
from vocab.languages import authority
from vocab.lines import Iri, Literal, Object
from vocab.terms import (
    CN,
    DCAT,
    DCTERMS,
    EU_THEME,
    FOAF,
    GEO,
    HYDRA,
    LOCN,
    RDF_TYPE,
    RDFS,
    SKOS,
    VCARD,
    XSD,
    XSD_DATETIME,
)  # fmt: skip

DOSSIER: Final = "#dossier"
"""What follows the IRI of a record in that of its dossier."""

_SPARQL_PROTOCOL: Final = "https://www.w3.org/TR/sparql11-protocol/"
_LDES: Final = "https://w3id.org/ldes/specification"
_DCAT_AP_FEEDS: Final = "https://semiceu.github.io/LDES-DCAT-AP-feeds/"

Statement = tuple[str, str, Object]
Offer = tuple[str, str, str, str]
"""Something that programs can ask: IRI, title, address, and the standard it keeps to."""


def statements(
    city: City,
    dossiers: Sequence[str],
    issued: str | None,
    modified: str | None,
    offered: Sequence[Offer] | None = None,
) -> Iterator[Statement]:
    """Describe the catalogue, the services beside it, and which dossiers it lists.

    `offered` are the services, those of a served node when it is not given.
    """
    beside = services(city) if offered is None else offered
    yield from _catalogue(city)
    for name, moment in (("issued", issued), ("modified", modified)):
        if moment is not None:
            yield city.node, DCTERMS + name, Literal(moment, XSD_DATETIME)
    yield from _services(city, beside)
    for dossier in dossiers:
        yield city.node, DCAT + "dataset", Iri(dossier)
        for service, *_ in beside:
            yield service, DCAT + "servesDataset", Iri(dossier)


def titled(city: City) -> str:
    """Name what the city's own records are, taken together."""
    return f"Urban experiments, testbeds and calls of {city.name}"


def _catalogue(city: City) -> Iterator[Statement]:
    """Describe the catalogue and who publishes it."""
    base, node, publisher, here = (
        city.base,
        city.node,
        f"{city.base}#publisher",
        f"{city.base}#city",
    )
    yield node, RDF_TYPE, Iri(DCAT + "Catalog")
    yield node, RDF_TYPE, Iri(CN + "CityNode")
    yield node, DCTERMS + "title", Literal(titled(city), language="en")
    yield (
        node,
        DCTERMS + "description",
        Literal(
            f"What {city.name} tries in real streets, offers for trials and asks for: one dossier "
            "for each urban experiment, testbed and call, as linked data.",
            language="en",
        ),
    )
    yield from _typed(node, DCTERMS + "publisher", publisher, FOAF + "Agent")
    yield publisher, FOAF + "name", Literal(city.publisher)
    yield from _typed(node, DCTERMS + "license", city.licence, DCTERMS + "LicenseDocument")
    for tag in dict.fromkeys(("en", city.language)):
        yield from _typed(node, DCTERMS + "language", authority(tag), DCTERMS + "LinguisticSystem")
    yield from _typed(node, FOAF + "homepage", base, FOAF + "Document")
    taxonomy = EU_THEME.rstrip("/")
    yield from _typed(node, DCAT + "themeTaxonomy", taxonomy, SKOS + "ConceptScheme")
    yield taxonomy, DCTERMS + "title", Literal("Data theme", language="en")
    yield from _typed(node, DCTERMS + "spatial", here, DCTERMS + "Location")
    yield here, LOCN + "geographicName", Literal(city.name)
    if city.box is not None:
        yield here, DCAT + "bbox", Literal(_around(city.box), GEO + "wktLiteral")
    if city.homepage is not None:
        yield from _typed(publisher, FOAF + "homepage", city.homepage, FOAF + "Document")


def services(city: City) -> tuple[Offer, ...]:
    """List what programs can ask."""
    base, name = city.base, city.name
    return (
        (f"{base}#sparql", f"SPARQL endpoint of {name}", f"{base}sparql", _SPARQL_PROTOCOL),
        (f"{base}#feed", f"Event stream of {name}", f"{base}feed", _LDES),
        (
            f"{base}#dcat-ap-feed",
            f"Event stream of {name} in DCAT-AP",
            f"{base}feed/dcat-ap",
            _DCAT_AP_FEEDS,
        ),
        (f"{base}#runs", f"Rounds of the node of {name}", f"{base}feed/runs", _LDES),
    )


def _services(city: City, offered: Sequence[Offer]) -> Iterator[Statement]:
    for service, title, address, standard in offered:
        yield from _typed(city.node, DCAT + "service", service, DCAT + "DataService")
        yield service, DCTERMS + "title", Literal(title, language="en")
        yield from _typed(service, DCAT + "endpointURL", address, RDFS + "Resource")
        yield service, DCAT + "endpointDescription", Iri(address)
        yield from _typed(service, DCTERMS + "conformsTo", standard, DCTERMS + "Standard")
        yield service, DCTERMS + "publisher", Iri(f"{city.base}#publisher")
        yield service, DCTERMS + "license", Iri(city.licence)
        if city.contact is not None:
            contact = f"{city.base}#contact"
            yield from _typed(service, DCAT + "contactPoint", contact, VCARD + "Kind")
            yield contact, VCARD + "hasEmail", Iri(f"mailto:{city.contact}")


def pages(
    city: City,
    number: int,
    last: int,
    total: int,
    size: int,
    *,
    at: Callable[[City, int], str] | None = None,
) -> Iterator[Statement]:
    """Link a page to its neighbours, also in the words that older harvesters look for.

    `at` gives the address of a page, `address` when it is not given.
    """
    where = at or address
    here = where(city, number)
    for kind in ("PartialCollectionView", "PagedCollection"):
        yield here, RDF_TYPE, Iri(HYDRA + kind)
    yield here, HYDRA + "totalItems", Literal(str(total), XSD + "integer")
    yield here, HYDRA + "itemsPerPage", Literal(str(size), XSD + "integer")
    neighbours = {"first": 1, "last": last, "previous": number - 1, "next": number + 1}
    for name, other in neighbours.items():
        if 1 <= other <= last:
            yield here, HYDRA + name, Iri(where(city, other))


def address(city: City, number: int) -> str:
    """Give the address of a page."""
    return f"{city.base}catalog?page={number}"


def _typed(subject: str, predicate: str, value: str, kind: str) -> Iterator[Statement]:
    yield subject, predicate, Iri(value)
    yield value, RDF_TYPE, Iri(kind)


def _around(box: tuple[float, float, float, float]) -> str:
    west, south, east, north = (f"{edge:g}" for edge in box)
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(' '.join(corner) for corner in corners)}))"
