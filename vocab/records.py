"""The three kinds of record that travel: an experiment, a testbed and a call, as plain values.

Frozen, without behaviour on disk, network or clock. `vocab.triples` writes and reads them as
canonical triples, `vocab.jsonld` as JSON-LD. Everything that is not one of the three is a part of
one (`vocab.parts`). A field says by which property it travels (`vocab.fields`).
"""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

from vocab.fields import (
    Boolean,
    Instant,
    Integer,
    Language,
    LanguageMap,
    Link,
    Links,
    Mailbox,
    Moment,
    Part,
    Parts,
    Tagged,
    Text,
    Texts,
    Via,
    When,
    Word,
)  # fmt: skip
from vocab.parts import (
    Agent,
    Agreement,
    Challenge,
    City,
    Consortium,
    Grant,
    Kpi,
    LivingLab,
    Outcome,
    Partner,
    Permit,
    Place,
    Precondition,
    Procedure,
    Project,
    Replication,
    Service,
    Solution,
    Transition,
)  # fmt: skip
from vocab.terms import (
    ADMS,
    CN,
    DCAT,
    DCATAP,
    DCTERMS,
    FOAF,
    PROV,
    SCHEMA,
    SKOS,
    VCARD,
)  # fmt: skip

_PERIOD = Via(DCTERMS + "temporal", "period", DCTERMS + "PeriodOfTime")
_CONTACT = Via(DCAT + "contactPoint", "contact", VCARD + "Kind")


def _no_texts() -> LanguageMap:
    return {}


@dataclass(frozen=True, kw_only=True)
class Record:
    """What all three kinds say.

    `iri` is `{base}{room}/{slug}`; `identifier` is the city's own and never changes. `language`
    is the lower-case tag the city wrote in. `start` and `end` are the period at the precision the
    city gave. `issued` and `modified` are xsd:dateTime lexical forms in UTC
    (`2026-11-22T10:00:00Z`). `themes` may also hold concepts of EuroVoc, `goals` are the UN's.
    """

    rdf_type: ClassVar[str]
    room: ClassVar[str]
    """The folder of its address, `experiments` in `{base}experiments/{slug}`."""

    iri: str
    identifier: Annotated[str, Text(DCTERMS + "identifier")]
    title: Annotated[LanguageMap, Texts(DCTERMS + "title")]
    summary: Annotated[LanguageMap, Texts(DCTERMS + "abstract")] = field(default_factory=_no_texts)
    description: Annotated[LanguageMap, Texts(DCTERMS + "description")]
    language: Annotated[str, Language(DCTERMS + "language")]
    themes: Annotated[tuple[str, ...], Links(DCTERMS + "subject")] = ()
    data_themes: Annotated[tuple[str, ...], Links(DCAT + "theme")] = ()
    urban_topics: Annotated[tuple[str, ...], Links(CN + "urbanTopic")] = ()
    goals: Annotated[tuple[str, ...], Links(CN + "contributesToGoal")] = ()
    technologies: Annotated[tuple[str, ...], Links(CN + "technology")] = ()
    keywords: Annotated[tuple[tuple[str, str], ...], Tagged(DCAT + "keyword")] = ()
    start: Annotated[Moment | None, When(DCAT + "startDate", _PERIOD)] = None
    end: Annotated[Moment | None, When(DCAT + "endDate", _PERIOD)] = None
    place: Annotated[Place | None, Part(DCTERMS + "spatial", name="place")] = None
    city: Annotated[City | None, Part(CN + "inCity", name="city")] = None
    partners: Annotated[
        tuple[Partner, ...], Parts(PROV + "qualifiedAssociation", name="partner")
    ] = ()
    living_lab: Annotated[LivingLab | None, Part(CN + "livingLab", name="living-lab")] = None
    legislation: Annotated[tuple[str, ...], Links(DCATAP + "applicableLegislation")] = ()
    source_pages: Annotated[tuple[str, ...], Links(DCTERMS + "source")] = ()
    landing_page: Annotated[str | None, Link(DCAT + "landingPage")] = None
    pages: Annotated[tuple[str, ...], Links(FOAF + "page")] = ()
    note: Annotated[LanguageMap, Texts(SKOS + "editorialNote")] = field(default_factory=_no_texts)
    publisher: Annotated[Agent, Part(DCTERMS + "publisher", name="publisher")]
    author: Annotated[Agent | None, Part(PROV + "wasAttributedTo", name="author")] = None
    contact: Annotated[str | None, Mailbox(VCARD + "hasEmail", _CONTACT)] = None
    licence: Annotated[str, Link(DCTERMS + "license")]
    access_rights: Annotated[str | None, Link(DCTERMS + "accessRights")] = None
    issued: Annotated[str, Instant(DCTERMS + "issued")]
    modified: Annotated[str, Instant(DCTERMS + "modified")]


@dataclass(frozen=True, kw_only=True)
class Experiment(Record):
    """A time-bound trial in a real urban setting.

    `stage` is a concept of the lifecycle, `status_word` the city's own word for it, in
    `language`. `trl_…` and `srl_…` go from 1 to 9. `started_at` and `ended_at` are exact instants
    (xsd:dateTime), where they are known.
    """

    rdf_type: ClassVar[str] = CN + "UrbanExperiment"
    room: ClassVar[str] = "experiments"

    stage: Annotated[str, Link(ADMS + "status")]
    status_word: Annotated[str | None, Word(CN + "statusWord")] = None
    transitions: Annotated[
        tuple[Transition, ...],
        Parts(CN + "transition", name="transition", chain=PROV + "wasInformedBy"),
    ] = ()
    started_at: Annotated[str | None, Instant(PROV + "startedAtTime")] = None
    ended_at: Annotated[str | None, Instant(PROV + "endedAtTime")] = None
    projects: Annotated[tuple[Project, ...], Parts(CN + "partOfProject", name="project")] = ()
    series: Annotated[tuple[str, ...], Links(DCAT + "inSeries")] = ()
    challenges: Annotated[tuple[str, ...], Links(CN + "addressesChallenge")] = ()
    calls: Annotated[tuple[str, ...], Links(CN + "respondsToCall")] = ()
    solutions: Annotated[tuple[Solution, ...], Parts(CN + "testsSolution", name="solution")] = ()
    trl_at_start: Annotated[int | None, Integer(CN + "trlAtStart")] = None
    trl_at_end: Annotated[int | None, Integer(CN + "trlAtEnd")] = None
    srl_at_end: Annotated[int | None, Integer(CN + "srlAtEnd")] = None
    consortium: Annotated[Consortium | None, Part(CN + "consortium", name="consortium")] = None
    agreements: Annotated[
        tuple[Agreement, ...], Parts(CN + "underAgreement", name="agreement")
    ] = ()
    testbeds: Annotated[tuple[str, ...], Links(CN + "usesTestbed")] = ()
    services: Annotated[tuple[str, ...], Links(CN + "usesService")] = ()
    permits: Annotated[tuple[Permit, ...], Parts(CN + "requiredPermit", name="permit")] = ()
    cost_band: Annotated[str | None, Link(CN + "costBand")] = None
    grants: Annotated[tuple[Grant, ...], Parts(SCHEMA + "funding", name="grant")] = ()
    participants: Annotated[int | None, Integer(CN + "participantCount")] = None
    involvement: Annotated[tuple[str, ...], Links(CN + "involvementMethod")] = ()
    preconditions: Annotated[
        tuple[Precondition, ...], Parts(CN + "precondition", name="precondition")
    ] = ()
    outcome: Annotated[Outcome | None, Part(CN + "hasOutcome", name="outcome")] = None
    kpis: Annotated[tuple[Kpi, ...], Parts(CN + "hasKpi", name="kpi")] = ()
    datasets: Annotated[tuple[str, ...], Links(PROV + "generated")] = ()
    papers: Annotated[tuple[str, ...], Links(DCTERMS + "isReferencedBy")] = ()
    replicates: Annotated[tuple[str, ...], Links(CN + "replicates")] = ()
    inspired_by: Annotated[tuple[str, ...], Links(CN + "inspiredBy")] = ()
    replications: Annotated[
        tuple[Replication, ...], Parts(PROV + "qualifiedCommunication", name="replication")
    ] = ()
    seeks_replication: Annotated[bool | None, Boolean(CN + "seeksReplication")] = None
    offers_visit: Annotated[bool | None, Boolean(CN + "offersVisit")] = None


@dataclass(frozen=True, kw_only=True)
class Testbed(Record):
    """A place or asset offered for trials, with the support that comes with it.

    `kind` and `availability` are concepts; `procedures` are the permits it takes to test there.
    """

    rdf_type: ClassVar[str] = CN + "Testbed"
    room: ClassVar[str] = "testbeds"

    kind: Annotated[str | None, Link(DCTERMS + "type")] = None
    availability: Annotated[str | None, Link(CN + "availability")] = None
    services: Annotated[tuple[Service, ...], Parts(CN + "offersService", name="service")] = ()
    procedures: Annotated[tuple[Procedure, ...], Parts(CN + "hasProcedure", name="procedure")] = ()


@dataclass(frozen=True, kw_only=True)
class Call(Record):
    """What the city asks for: challenges, open from `start` to `end` or, when rolling, always.

    `status` is a concept; `cost_band` what one experiment may cost; `testbeds` those on offer.
    """

    rdf_type: ClassVar[str] = CN + "Call"
    room: ClassVar[str] = "calls"

    status: Annotated[str | None, Link(ADMS + "status")] = None
    rolling: Annotated[bool | None, Boolean(CN + "rolling")] = None
    challenges: Annotated[
        tuple[Challenge, ...], Parts(CN + "statesChallenge", name="challenge")
    ] = ()
    eligibility: Annotated[LanguageMap, Texts(CN + "eligibility")] = field(
        default_factory=_no_texts
    )
    cost_band: Annotated[str | None, Link(CN + "costBand")] = None
    grants: Annotated[tuple[Grant, ...], Parts(SCHEMA + "funding", name="grant")] = ()
    testbeds: Annotated[tuple[str, ...], Links(CN + "usesTestbed")] = ()


KINDS: Final[tuple[type[Record], ...]] = (Experiment, Testbed, Call)
"""All kinds of record, in the order in which they are told."""

ROOMS: Final = tuple(kind.room for kind in KINDS)
"""The folders of their addresses."""
