"""The parts of a record: who, where, under which permits, with which figures and result.

Plain frozen values. Each class names its RDF class (`rdf_type`), each field its property; the
words for that are in `vocab.fields`. Concepts are held as IRIs of the schemes in `vocab.schemes`.
The target and its sources are told in docs/model.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal as Number
from typing import Annotated, ClassVar

from vocab.fields import (
    Days,
    Decimal,
    Integer,
    LanguageMap,
    Link,
    Links,
    Mailbox,
    Moment,
    Names,
    Part,
    Parts,
    Tagged,
    Text,
    Texts,
    Typed,
    Via,
    When,
)  # fmt: skip
from vocab.terms import (
    CN,
    CPSV,
    DCAT,
    DCTERMS,
    FOAF,
    GEO,
    LOCN,
    M8G,
    ORG,
    PROV,
    QUDT,
    SCHEMA,
    SKOS,
    SOSA,
    VCARD,
)  # fmt: skip

_ADDRESS = Via(LOCN + "address", "address", LOCN + "Address")
_GEOMETRY = Via(GEO + "hasGeometry", "geometry", GEO + "Geometry")
_PROFILE = Via(CN + "cityProfile", "city-profile", CN + "CityProfile")
_AGENT = Via(PROV + "agent", "agent", FOAF + "Agent")
_PROVIDER = Via(PROV + "wasAttributedTo", "provider", FOAF + "Agent")
_AUTHORITY = Via(M8G + "hasCompetentAuthority", "authority", FOAF + "Agent")
_DECIDER = Via(PROV + "wasAssociatedWith", "decider", FOAF + "Agent")
_COST = Via(M8G + "hasCost", "cost", M8G + "Cost")
_SERVICE_COST = Via(M8G + "hasCost", "service-cost", M8G + "Cost")
_CONTACT = Via(DCAT + "contactPoint", "service-contact", VCARD + "Kind")
_NETWORK = Via(ORG + "organization", "network", ORG + "Organization")
_FUNDER = Via(SCHEMA + "funder", "grant-funder", FOAF + "Agent")
_AMOUNT = Via(SCHEMA + "amount", "grant-amount", SCHEMA + "MonetaryAmount")
_MEASURED = Via(SOSA + "phenomenonTime", "measured", DCTERMS + "PeriodOfTime")


def _no_texts() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where it took place. `wkt` is WGS 84 in longitude, latitude order: `POINT(7.699 45.095)`.

    `matches` are the same place in GeoNames, NUTS or the EU's table of places.
    """

    rdf_type: ClassVar[str] = DCTERMS + "Location"
    name: Annotated[LanguageMap, Texts(LOCN + "geographicName")] = field(default_factory=_no_texts)
    address: Annotated[str | None, Text(LOCN + "fullAddress", _ADDRESS)] = None
    city: Annotated[str | None, Text(LOCN + "postName", _ADDRESS)] = None
    country: Annotated[str | None, Text(LOCN + "adminUnitL1", _ADDRESS)] = None  # ISO 3166-1
    wkt: Annotated[str | None, Typed(GEO + "asWKT", _GEOMETRY, GEO + "wktLiteral")] = None
    matches: Annotated[tuple[str, ...], Links(SKOS + "exactMatch")] = ()


@dataclass(frozen=True, kw_only=True)
class City:
    """The city with the profile by which other cities find those like them.

    `population` in people, `density` in people per km², `area` in km². `climate` is a concept of
    Köppen and Geiger's classes, `income` the World Bank's class of the country, `nuts` a code of
    the EU's regions.
    """

    rdf_type: ClassVar[str] = CN + "City"
    name: Annotated[LanguageMap, Texts(LOCN + "geographicName")] = field(default_factory=_no_texts)
    matches: Annotated[tuple[str, ...], Links(SKOS + "exactMatch")] = ()
    population: Annotated[int | None, Integer(CN + "population", _PROFILE)] = None
    density: Annotated[Number | None, Decimal(CN + "density", _PROFILE)] = None
    area: Annotated[Number | None, Decimal(CN + "area", _PROFILE)] = None
    climate: Annotated[str | None, Link(CN + "climate", _PROFILE)] = None
    nuts: Annotated[str | None, Text(CN + "nuts", _PROFILE)] = None
    income: Annotated[str | None, Link(CN + "incomeClass", _PROFILE)] = None


@dataclass(frozen=True, kw_only=True)
class Agent:
    """An organisation; `homepage` is an http(s) address, `matches` the same in other registers."""

    rdf_type: ClassVar[str] = FOAF + "Agent"
    name: Annotated[str, Text(FOAF + "name")]
    homepage: Annotated[str | None, Link(FOAF + "homepage")] = None
    matches: Annotated[tuple[str, ...], Links(SKOS + "exactMatch")] = ()


@dataclass(frozen=True, kw_only=True)
class Partner:
    """Who took part. `helix` and `roles` are concepts; `task` says what they did."""

    rdf_type: ClassVar[str] = PROV + "Association"
    name: Annotated[str, Text(FOAF + "name", _AGENT)]
    helix: Annotated[str | None, Link(ORG + "classification", _AGENT)] = None
    roles: Annotated[tuple[str, ...], Links(PROV + "hadRole")] = ()
    task: Annotated[LanguageMap, Texts(CN + "task")] = field(default_factory=_no_texts)
    homepage: Annotated[str | None, Link(FOAF + "homepage", _AGENT)] = None
    matches: Annotated[tuple[str, ...], Links(SKOS + "exactMatch", _AGENT)] = ()


@dataclass(frozen=True, kw_only=True)
class Membership:
    """That a living lab belongs to a network, such as ENoLL, and since when."""

    rdf_type: ClassVar[str] = ORG + "Membership"
    network: Annotated[str, Text(FOAF + "name", _NETWORK)]
    homepage: Annotated[str | None, Link(FOAF + "homepage", _NETWORK)] = None
    since: Annotated[Moment | None, When(DCTERMS + "date")] = None


@dataclass(frozen=True, kw_only=True)
class LivingLab:
    """The city's laboratory that runs it, such as Torino City Lab."""

    rdf_type: ClassVar[str] = CN + "LivingLab"
    name: Annotated[str, Text(FOAF + "name")]
    homepage: Annotated[str | None, Link(FOAF + "homepage")] = None
    memberships: Annotated[
        tuple[Membership, ...], Parts(ORG + "hasMembership", name="membership")
    ] = ()


@dataclass(frozen=True, kw_only=True)
class Transition:
    """A step of the lifecycle: from one stage to the next, when, decided by whom."""

    rdf_type: ClassVar[str] = CN + "Transition"
    from_stage: Annotated[str, Link(CN + "fromStage")]
    to_stage: Annotated[str, Link(CN + "toStage")]
    on: Annotated[Moment | None, When(DCTERMS + "date")] = None
    by: Annotated[str | None, Text(FOAF + "name", _DECIDER)] = None
    note: Annotated[LanguageMap, Texts(DCTERMS + "description")] = field(default_factory=_no_texts)


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project that runs in several cities, such as SHOW; experiments are its trials."""

    rdf_type: ClassVar[str] = FOAF + "Project"
    name: Annotated[str, Text(FOAF + "name")]
    homepage: Annotated[str | None, Link(FOAF + "homepage")] = None
    matches: Annotated[tuple[str, ...], Links(SKOS + "exactMatch")] = ()


@dataclass(frozen=True, kw_only=True)
class Solution:
    """The product or service under test, with its maker. `trl` goes from 1 to 9."""

    rdf_type: ClassVar[str] = CN + "Solution"
    title: Annotated[LanguageMap, Texts(DCTERMS + "title")]
    description: Annotated[LanguageMap, Texts(DCTERMS + "description")] = field(
        default_factory=_no_texts
    )
    technologies: Annotated[tuple[str, ...], Links(CN + "technology")] = ()
    provider: Annotated[str | None, Text(FOAF + "name", _PROVIDER)] = None
    provider_homepage: Annotated[str | None, Link(FOAF + "homepage", _PROVIDER)] = None
    trl: Annotated[int | None, Integer(CN + "trl")] = None
    pages: Annotated[tuple[str, ...], Links(FOAF + "page")] = ()


@dataclass(frozen=True, kw_only=True)
class Consortium:
    """The parties together, under one name."""

    rdf_type: ClassVar[str] = ORG + "OrganizationalCollaboration"
    name: Annotated[str, Text(FOAF + "name")]
    homepage: Annotated[str | None, Link(FOAF + "homepage")] = None
    members: Annotated[tuple[str, ...], Names(CN + "memberName")] = ()


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The act by which the parties bound themselves; `kind` is a concept."""

    rdf_type: ClassVar[str] = CN + "Agreement"
    title: Annotated[LanguageMap, Texts(DCTERMS + "title")]
    kind: Annotated[str | None, Link(DCTERMS + "type")] = None
    signed: Annotated[Moment | None, When(DCTERMS + "date")] = None
    signatories: Annotated[tuple[str, ...], Names(CN + "signatory")] = ()
    pages: Annotated[tuple[str, ...], Links(FOAF + "page")] = ()


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A document that an authority asks for."""

    rdf_type: ClassVar[str] = M8G + "Evidence"
    title: Annotated[LanguageMap, Texts(DCTERMS + "title")]
    pages: Annotated[tuple[str, ...], Links(FOAF + "page")] = ()


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """The path to a permit: which authority, how long it says it takes, what it asks for.

    `declared_days` is the time the authority states, in days; `cost` in the currency named by
    its ISO 4217 code.
    """

    rdf_type: ClassVar[str] = CN + "PermitProcedure"
    title: Annotated[LanguageMap, Texts(DCTERMS + "title")] = field(default_factory=_no_texts)
    kind: Annotated[str | None, Link(DCTERMS + "type")] = None
    authority: Annotated[str | None, Text(FOAF + "name", _AUTHORITY)] = None
    authority_homepage: Annotated[str | None, Link(FOAF + "homepage", _AUTHORITY)] = None
    declared_days: Annotated[int | None, Days(M8G + "processingTime")] = None
    cost: Annotated[Number | None, Decimal(M8G + "value", _COST)] = None
    currency: Annotated[str | None, Text(CN + "currency", _COST)] = None
    cost_note: Annotated[LanguageMap, Texts(DCTERMS + "description", _COST)] = field(
        default_factory=_no_texts
    )
    evidence: Annotated[tuple[Evidence, ...], Parts(CPSV + "hasInput", name="evidence")] = ()
    legal_resources: Annotated[tuple[str, ...], Links(M8G + "hasLegalResource")] = ()
    pages: Annotated[tuple[str, ...], Links(FOAF + "page")] = ()


@dataclass(frozen=True, kw_only=True)
class Permit:
    """An authorisation the experiment needed, asked for and granted on these days."""

    rdf_type: ClassVar[str] = CN + "Permit"
    title: Annotated[LanguageMap, Texts(DCTERMS + "title")]
    kind: Annotated[str | None, Link(DCTERMS + "type")] = None
    number: Annotated[str | None, Text(DCTERMS + "identifier")] = None
    submitted: Annotated[Moment | None, When(CN + "submittedOn")] = None
    granted: Annotated[Moment | None, When(CN + "grantedOn")] = None
    procedure: Annotated[
        Procedure | None, Part(CN + "obtainedThrough", name="permit-procedure")
    ] = None


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Money from a programme; `amount` in the currency named by its ISO 4217 code."""

    rdf_type: ClassVar[str] = SCHEMA + "Grant"
    name: Annotated[str, Text(FOAF + "name")]
    number: Annotated[str | None, Text(DCTERMS + "identifier")] = None
    funder: Annotated[str | None, Text(FOAF + "name", _FUNDER)] = None
    amount: Annotated[Number | None, Decimal(SCHEMA + "value", _AMOUNT)] = None
    currency: Annotated[str | None, Text(CN + "currency", _AMOUNT)] = None
    pages: Annotated[tuple[str, ...], Links(FOAF + "page")] = ()


@dataclass(frozen=True, kw_only=True)
class Precondition:
    """What a city needs to have before it can do the same; `kind` is a concept."""

    rdf_type: ClassVar[str] = CN + "Precondition"
    kind: Annotated[str | None, Link(DCTERMS + "type")] = None
    note: Annotated[LanguageMap, Texts(CN + "preconditionNote")] = field(default_factory=_no_texts)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How it ended. `verdict` and `causes` (of failure) are concepts, `evidence` documents."""

    rdf_type: ClassVar[str] = CN + "Outcome"
    verdict: Annotated[str | None, Link(CN + "verdict")] = None
    text: Annotated[LanguageMap, Texts(DCTERMS + "description")] = field(default_factory=_no_texts)
    lessons: Annotated[tuple[tuple[str, str], ...], Tagged(CN + "lesson")] = ()
    causes: Annotated[tuple[str, ...], Links(CN + "causeOfFailure")] = ()
    evidence: Annotated[tuple[str, ...], Links(PROV + "wasDerivedFrom")] = ()


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """One measured figure. `indicator` is a concept, `unit` one of QUDT, `unit_text` in words."""

    rdf_type: ClassVar[str] = CN + "KpiObservation"
    title: Annotated[LanguageMap, Texts(DCTERMS + "title")] = field(default_factory=_no_texts)
    indicator: Annotated[str | None, Link(SOSA + "observedProperty")] = None
    result: Annotated[Number | None, Decimal(SOSA + "hasSimpleResult")] = None
    baseline: Annotated[Number | None, Decimal(CN + "baseline")] = None
    target: Annotated[Number | None, Decimal(CN + "target")] = None
    unit: Annotated[str | None, Link(QUDT + "unit")] = None
    unit_text: Annotated[str | None, Text(SCHEMA + "unitText")] = None
    start: Annotated[Moment | None, When(DCAT + "startDate", _MEASURED)] = None
    end: Annotated[Moment | None, When(DCAT + "endDate", _MEASURED)] = None
    note: Annotated[LanguageMap, Texts(DCTERMS + "description")] = field(default_factory=_no_texts)


@dataclass(frozen=True, kw_only=True)
class Replication:
    """That this experiment repeats another one: what was kept, changed and dropped."""

    rdf_type: ClassVar[str] = CN + "Replication"
    experiment: Annotated[str, Link(PROV + "activity")]
    adaptation: Annotated[LanguageMap, Texts(CN + "adaptation")] = field(default_factory=_no_texts)
    kept: Annotated[LanguageMap, Texts(CN + "kept")] = field(default_factory=_no_texts)
    dropped: Annotated[LanguageMap, Texts(CN + "dropped")] = field(default_factory=_no_texts)


@dataclass(frozen=True, kw_only=True)
class Service:
    """Support a testbed offers: space, equipment, data, competence, a panel of users."""

    rdf_type: ClassVar[str] = CN + "TestbedService"
    title: Annotated[LanguageMap, Texts(DCTERMS + "title")]
    description: Annotated[LanguageMap, Texts(DCTERMS + "description")] = field(
        default_factory=_no_texts
    )
    kind: Annotated[str | None, Link(DCTERMS + "type")] = None
    cost: Annotated[Number | None, Decimal(M8G + "value", _SERVICE_COST)] = None
    currency: Annotated[str | None, Text(CN + "currency", _SERVICE_COST)] = None
    cost_note: Annotated[LanguageMap, Texts(DCTERMS + "description", _SERVICE_COST)] = field(
        default_factory=_no_texts
    )
    contact: Annotated[str | None, Mailbox(VCARD + "hasEmail", _CONTACT)] = None
    pages: Annotated[tuple[str, ...], Links(FOAF + "page")] = ()


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """A need the city states, to which experiments may answer."""

    rdf_type: ClassVar[str] = CN + "Challenge"
    title: Annotated[LanguageMap, Texts(DCTERMS + "title")]
    description: Annotated[LanguageMap, Texts(DCTERMS + "description")] = field(
        default_factory=_no_texts
    )
    themes: Annotated[tuple[str, ...], Links(DCTERMS + "subject")] = ()
    goals: Annotated[tuple[str, ...], Links(CN + "contributesToGoal")] = ()
    technologies: Annotated[tuple[str, ...], Links(CN + "technology")] = ()
    deadline: Annotated[Moment | None, When(DCTERMS + "date")] = None
