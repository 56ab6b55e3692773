"""An urban experiment as a value: what was tried, where, by whom, with which result.

These are plain frozen values without behaviour on disk, network or clock. `vocab.triples` writes
and reads them as canonical triples, `vocab.jsonld` as JSON-LD. Concepts (theme, technology, stage,
helix, verdict) are held as IRIs of the schemes in `vocab.schemes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

LanguageMap = Mapping[str, str]
"""Text by lower-case BCP 47 tag, such as `{"it": "Navetta", "en": "Shuttle"}`."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A date at the precision the city gave: `2019`, `2019-09` or `2019-09-30`.

    `value` is the lexical form of xsd:gYear, xsd:gYearMonth or xsd:date; the precision
    follows from its length.
    """

    value: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where it took place. `wkt` is WGS 84 in longitude, latitude order: `POINT(7.699 45.095)`."""

    name: LanguageMap = field(default_factory=dict)
    address: str | None = None
    city: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
    wkt: str | None = None


@dataclass(frozen=True, kw_only=True)
class Partner:
    """Who took part. `helix` is a concept of the helix scheme; `task` says what they did."""

    name: str
    helix: str | None = None
    task: LanguageMap = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How it ended. `verdict` is a concept of the verdict scheme."""

    verdict: str | None = None
    text: LanguageMap = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Agent:
    """An organisation that publishes; `homepage` is an http(s) address."""

    name: str
    homepage: str | None = None


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One experiment as its city tells it.

    `iri` is `{base}experiments/{slug}`; `identifier` is the city's own and never changes.
    `language` is the lower-case tag the city wrote in. `status_word` is the city's own word for
    the stage, in `language`. `issued` and `modified` are xsd:dateTime lexical forms in UTC
    (`2026-11-22T10:00:00Z`).
    """

    iri: str
    identifier: str
    title: LanguageMap
    description: LanguageMap
    language: str
    stage: str
    publisher: Agent
    licence: str
    issued: str
    modified: str
    summary: LanguageMap = field(default_factory=dict)
    themes: tuple[str, ...] = ()
    data_themes: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()  # (language, text)
    status_word: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    place: Place | None = None
    partners: tuple[Partner, ...] = ()
    outcome: Outcome | None = None
    source_pages: tuple[str, ...] = ()
    landing_page: str | None = None
    contact: str | None = None  # a role mailbox, without mailto:
